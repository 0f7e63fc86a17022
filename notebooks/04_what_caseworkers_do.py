# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What do caseworkers do with the advice?
#
# A score decides nothing alone: somebody reads it, or does not, and follows it, or does not. First among invented job
# seekers, where the answer is known before we look; then real decisions beside a real rule. Run the cells from top to
# bottom; the first one holds every choice.

# %%
import pandas as pd
from IPython.display import display

import wfaudit as wf
from wfaudit.measures import overrides
from wfaudit.synthetic import asta, truth

INVENTED, BY, OTHERS = wf.load("asta"), "origin", "non-western"
REAL, REAL_BY = wf.load("loanapp"), "race"
INVENTED

# %% [markdown]
# ## The truth, for once
# These people are invented, so what differs is written down. Two lines are about caseworkers: the third and the last.

# %%
told = pd.DataFrame(truth(asta.PLANTED, asta.PLANTED)["planted"]).set_index("name")[["says"]]
told.style.set_properties(**{"text-align": "left"}).hide(axis="columns").hide(names=True)

# %% [markdown]
# ## Do they look at it?
# Nobody departs from advice they have not seen. **What would be worrying:** advice on one group is opened much less
# often.

# %%
wf.rates(INVENTED, "opened_rate", by=BY).plot()

# %% [markdown]
# Two in three look, whoever it is about. From here on only they are held against the advice. **What this does not show:**
# whether those who opened it read it.
#
# ## Whom do they move, and which way?
# The case declared this question before looking. **What would be worrying:** people of one group who were rated high
# are moved down more often; to be rated high brings help here.

# %%
wf.rates(INVENTED, "moved_down_rate", by=BY).plot()

# %% [markdown]
# Of 100 people of non-western origin rated high, 51 were moved down; of 100 Danes, 8. **What this does not show:** that
# the caseworkers were wrong. They may know what the score does not.
#
# ## Were they rated alike?
# People rated high can have scores far apart. Here each is compared with others of the same tier and nearly the same
# score. **What would be worrying:** the gap stays.

# %%
overrides.adjusted(INVENTED, "override_down_rate", by=BY).plot()

# %% [markdown]
# It stays. **What this does not show:** what else caseworkers saw: only the score is held alike.
#
# ## How much of the gap in the end is theirs?
# The gap in who gets help in the end is split into what the advice brings and what people add or take away, tier by
# tier. The parts add up exactly. **What would be worrying:** a long bar that is not the advice's.

# %%
overrides.waterfall(overrides.split(INVENTED, by=BY), OTHERS)

# %% [markdown]
# By the advice alone, 16 in 100 more people of non-western origin would get help, for their risk is higher. Caseworkers
# take 11 of these away again. **What this does not show:** which of the two gaps is right.
#
# ## Is it all of them, or a few?
# Each dot is a caseworker, under a number that says nothing of who it is. Between the lines lies what chance alone would
# show. **What would be worrying:** many dots outside, for then it hangs on whose desk one lands.

# %%
overrides.funnel(INVENTED, "override_down_rate").plot()

# %% [markdown]
# Fifteen of 200 lie outside, where chance alone would put up to ten: the habits that were planted hardly show in 30 to
# 120 decisions each. **What this does not show:** that caseworkers are alike; with fewer
# than a hundred decisions nobody can tell.
#
# ## Did it help?
# Overrides should find the people whom the score gets wrong. Beside them stand as many overrides drawn by lot at the same
# advice. **What would be worrying:** they are right no more often than by lot.

# %%
overrides.override_value(INVENTED, by=BY)

# %% [markdown]
# They are not: by these numbers overrides were right about as often as by lot, in every group. **What this does not
# show:** what the help itself changed. Whoever was helped may have found work because of it, and
# then the override looks wrong.
#
# ## A real case: loan officers and a guideline
# No employment service has published such data. Here is a lender's guideline of 1990 and what was decided. **What would
# be worrying:** people *within* the guideline are turned down more often in one group, people *outside* it are let
# through less often, or both.

# %%
display(
    wf.rates(REAL, "moved_down_rate", by=REAL_BY).plot(),
    wf.rates(REAL, "moved_up_rate", by=REAL_BY).plot(),
)
wf.audit(REAL).findings

# %% [markdown]
# Within the guideline 12 in 100 Black and 5 in 100 White applicants were turned down; outside it 11 and 28 in 100 were let
# through. **What this does not show:** why. The guideline is one line of a lender's rules, and income and debts are not in
# these data. And "cannot tell" is no "clear": with 53 Black applicants outside the guideline, only a gap of 22 in 100
# would probably have been raised.
#
# ## Exercises
# 1. Set `OTHERS = "western"` in the first cell and run all. What do caseworkers add there?
# 2. A service reports that 0.58 in 100 decisions depart from the advice. Of 1,000 decisions, how many is that, and what
#    could be said of a group of 100 people? `wf.power(INVENTED, "override_rate", by=BY, gap=0.03)` helps.

# %% [markdown]
# ## Answers
# 1. Next to nothing: all parts but the advice lie within 1 in 100 of nothing.
# 2. Six decisions. Among 100 people one would expect none or one, so that nothing can be said of the group; the table tells
#    that it would take about 87,000 records to see a gap of 3 in 100 for people of non-western origin.
