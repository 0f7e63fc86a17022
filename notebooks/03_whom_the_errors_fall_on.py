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
# # Whom do the errors fall on?
#
# A score errs in two ways: it misses people who needed what the flag brings, and it flags people who did not. Both
# happen to somebody. First among invented job seekers, where the answer is known before we look; then in the published
# counts of a court's risk score. Run the cells from top to bottom; the first one holds every choice.

# %%
import pandas as pd
from IPython.display import display

import wfaudit as wf
from wfaudit.measures import equalize
from wfaudit.synthetic import asta, truth

INVENTED, BY, CUTS = wf.load("asta"), "origin", [0.40, 0.48, 0.56]
REAL, REAL_BY = wf.load("compas"), "race"
MISSED, WRONGLY = "false_negative_rate", "false_positive_rate"
INVENTED

# %% [markdown]
# ## The truth, for once
# These people are invented, so what differs between them is written down. A real audit has no such list. The first line
# matters most below: people of non-western origin do find work later.

# %%
told = pd.DataFrame(truth(asta.PLANTED, asta.PLANTED)["planted"]).set_index("name")[["says"]]
told.style.set_properties(**{"text-align": "left"}).hide(axis="columns").hide(names=True)

# %% [markdown]
# ## Who is missed, and who is flagged without need?
# To be rated high brings help here. **What would be worrying:** a group that is missed more often than another, its
# interval clear of the other's. One picture alone misleads: read both.

# %%
display(wf.rates(INVENTED, MISSED, by=BY).plot(), wf.rates(INVENTED, WRONGLY, by=BY).plot())

# %% [markdown]
# People of non-western origin are missed *less* often and flagged without need *more* often. One cause makes both: more
# of them are flagged. **What this does not show:** whether the score is wrong about them. Where more people of a group
# stay without work, a score that is right about everyone gives such pictures too.
#
# ## Does the score say the same for everyone?
# Two questions that leave the cut-off aside. Does it sort people within each group (area under the curve; 0.5 is a
# coin)? Do as many stay without work as it says (in the large; 0 is as it says)? **What would be worrying:** an area
# well below the others', or an interval for one group that leaves out 0.

# %%
display(wf.values(INVENTED, "auc", by=BY).plot())
wf.values(INVENTED, "calibration_in_the_large", by=BY).plot()

# %% [markdown]
# More people of non-western origin stay without work than their scores say. By the rates they looked flagged too often;
# by this they are scored too low. Nobody planted it: the model never sees origin and has learnt part of the gap in risk.
# **What this does not show:** that it is as large in every such year; 20,000 others, drawn with another seed, gave 1.5 in
# 100.
#
# ## Does it hang on the cut-off?
# **What would be worrying:** a gap that holds at every cut-off one might have chosen. Each interval is for its cut-off
# alone, so do not pick the most striking one.

# %%
wf.sweep(INVENTED, WRONGLY, by=BY, compare=True, cuts=CUTS).plot()

# %% [markdown]
# At all three cut-offs the gap has one sign, and it shrinks as fewer are flagged. **What this does not show:** that a
# high cut-off is better, for more people are then missed.
#
# ## What does equal treatment by one rate cost by the others?
# Suppose each group got its own cut-off, so that all are missed equally often. **What would be worrying:** that the
# other rates move apart, for then somebody pays. The tables show three rates at those cut-offs (`at`).

# %%
display(*equalize(INVENTED, MISSED, by=BY)[1:4])

# %% [markdown]
# Missed equally often, people of non-western origin need a *higher* score than others before they are helped. That is
# a choice about people, and no number makes it. **What this does not show:** how the score would fare if the rule were
# known and people or caseworkers answered to it.
#
# ## And those not followed to the end?
# One in eight registered too late to be seen for 26 weeks. The rates leave them out; here they count for as long as
# they were seen. **What would be worrying:** another order of the groups than before.

# %%
wf.values(INVENTED, "share_without_event", by=BY).plot()

# %% [markdown]
# The order stands. **What this does not show:** that people lost from sight go on like the others. Here they do, for
# only the calendar ends their time; in life, ask who left the data and why.
#
# ## A real case: a court's risk score
# The best-known counts of their kind (ProPublica, 2016). To be rated high is a *burden* here, so the picture of those
# flagged without need comes first. **What would be worrying:** its intervals lie apart.

# %%
display(wf.rates(REAL, WRONGLY, by=REAL_BY).plot(), wf.rates(REAL, MISSED, by=REAL_BY).plot())

# %% [markdown]
# Of people not charged again, 44.8 in 100 Black and 23.5 in 100 White defendants had been rated medium or high; of people
# charged again, 28.0 and 47.7 in 100 had not. Those are the numbers of the source. Now every comparison, each against the
# tolerance declared beforehand. **What would be worrying:** "raised". Mind also the line on those who *were rated* high.

# %%
wf.audit(REAL).findings

# %% [markdown]
# **What this does not show:** which rate ought to be equal. While 51 and 39 in 100 are charged again, no score short of
# a perfect one can have equal shares of missed, of wrongly flagged and of rightly flagged among the flagged (Chouldechova,
# 2017). Nor that the last of these is equal here, for "cannot tell" is no proof; nor what people did, for a new charge
# also shows where police look.
#
# ## Exercises
# 1. Who becomes flagged if the invented score's cut-off falls to 0.40? `from wfaudit.measures import movers`, then
#    `movers(INVENTED, 0.40, by=BY)`. Is that good for the group that moves most?
# 2. Set `BY = "sex"` in the first cell and run all; then `BY = "age"`. Where do the pictures of the first section part, and
#    what does the list of what was planted say about it?

# %% [markdown]
# ## Answers
# 1. 24 in 100 people of non-western origin, and 17 or 18 in 100 of the others. More of those who stay without work are
#    reached, and more of those who would have found work anyway are flagged with them. As help it costs places; were it
#    a burden, it would cost the people flagged.
# 2. By sex nothing parts: no line of the list names it. By age everything does: 85 in 100 of those under 30 who stay
#    without work are missed, of those aged 50 and over 50 in 100; flagged without need are 7 and 28 in 100. The list says
#    why: the risk differs by age, the model sees it, and the young are rated high less often.
