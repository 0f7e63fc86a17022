# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#       jupytext_version: 1.19.6
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Which variables drive the score?
#
# A profiling model asks fifty things of a person and answers with one number. Which of the fifty move it, for whom, and
# which of them carry the gap between two groups? First with a model and people whose truth is written down, then with a
# model that an employment service used. Run the cells from top to bottom; the first one holds every choice.

# %%
import pandas as pd
from IPython.display import display

import wfaudit as wf
from wfaudit.measures import drivers
from wfaudit.synthetic import asta
from wfaudit.systems import load

INVENTED, MODEL, BY, OTHERS = wf.load("asta"), asta.model(), "origin", "non-western"
PERSON = "p0000000045"
REAL_MODEL, ITS_CASE, ITS_BY = load("amas"), wf.load("amas"), "gender"
INVENTED

# %% [markdown]
# ## The truth, for once
# These people are invented. Ten of the fifty inputs were drawn by lot, apart from everything, and say nothing about
# anybody's chances. Five are "not available" for some, three of these more often for people of non-western origin.
# Origin itself is not among the inputs; citizenship is.

# %%
planted = pd.DataFrame(asta.INPUTS).set_index("number")[["name", "source", "effect", "missing"]]
planted[~planted["effect"] | (planted["missing"] != (0, 0))]

# %% [markdown]
# ## How far does each input move the score?
# The score is compared, person by person, with everybody else's, and the difference is shared out among the inputs (Shapley
# values, exact for this model). The bar is the mean size of an input's share. **What would be worrying:** an input that
# should not matter is near the top; or the order differs between groups.

# %%
display(
    drivers.importance(INVENTED, MODEL).plot(),
    drivers.heat(drivers.importance(INVENTED, MODEL, by=BY)),
)

# %% [markdown]
# Months employed, education and sick leave come first. The ten inputs that say nothing are all far down, at most 0.0054,
# yet only one of them is at 0: the model learnt from luck. And spoken Danish moves the scores of people of non-western
# origin three times as far as those of Danes. **What this does not show:** that months of employment cause anything; nor
# what happens to a person whose answer is changed.
#
# ## Which inputs could be left out?
# Each input is dealt anew among people, as if the forms had been mixed up, and the scores are held against what came. **What
# would be worrying:** an input that is asked of everybody, and says nothing. Here are the ten that were drawn by lot.

# %%
told = drivers.without_effect(INVENTED, MODEL).to_frame().set_index("at")["note"]
lots = told[planted[~planted["effect"]]["name"]].to_frame()
lots.style.set_properties(**{"text-align": "left"})

# %% [markdown]
# One is in no tree: exactly without effect. Of the other nine there is no sign that they help, and "no sign" is all that a test
# can say; what more they could be worth at most stands beside it. **What this does not show:** that nobody's tier hangs on them.
#
# ## Which inputs stand in for origin?
# How well does each input alone tell whether somebody is of non-western origin? One half is a coin toss. **What would be worrying:** an
# input that tells it well and moves the score.

# %%
drivers.proxy_auc(INVENTED, by=BY).plot()

# %% [markdown]
# Spoken Danish tells it in 84 of 100 pairs of people, the number of languages in 83, citizenship in 82. The trees never ask for
# citizenship; they do ask for both languages. **What this does not show:** why an input goes with origin.
#
# ## Which inputs carry the gap?
# The mean prediction of people of non-western origin is higher. The gap is split exactly: the bars add up to it. **What would
# be worrying:** a long bar of an input that stands in for origin, such as a language.

# %%
drivers.waterfall(drivers.gap(INVENTED, MODEL, by=BY), OTHERS)

# %% [markdown]
# Of 0.309 log-odds, education and months employed carry 0.163. Spoken Danish and the number of languages carry 0.042: the
# model was never told the origin, and has a part of it all the same. **What this does not show:** whether people differ in
# education for a good reason, and whether a gap in the prediction is a gap in what happened.
#
# ## One person, in words
# Somebody who is put in a tier may ask for the main elements of the decision (Article 86 of the AI Act). What follows
# is personal data, even if this person is invented: it is for the screen, and no report takes it in. **What would be worrying:** an
# answer that says nothing about work decides the tier.

# %%
explained = drivers.explain(INVENTED, MODEL, person=PERSON)
display(explained, explained.plot())

# %% [markdown]
# A hair's breadth above the cut-off: an input drawn by lot, the newsletter, decides between two tiers here. **What this does not
# show:** what this person should do. To cancel the newsletter would change the number, and no employer's mind.
#
# ## A real model: Austria's AMAS
# The coefficients are the published ones, as documented in 2018. **The people are invented**, for no service publishes
# its own. Being a woman and having care duties are inputs. A higher score is a better chance of work
# here. **What would be worrying:** the two carry the gap between women and men.

# %%
drivers.waterfall(drivers.gap(ITS_CASE, REAL_MODEL, by=ITS_BY), "women")

# %% [markdown]
# They carry all of it: 0.140 is the coefficient of being a woman, to the last digit and for every woman alike, and 0.042
# comes from care duties, which count for women only. **What this does not show:** Austria's job seekers. With other people
# the second number would be another; the first would not.
#
# ## What if she were a man?
# One attribute is changed, everything else is kept, and the group is read off again. **What would be worrying:** anybody moves.

# %%
display(
    drivers.flips(ITS_CASE, REAL_MODEL, {"gender": "male"}, by=ITS_BY),
    drivers.matrix(drivers.flip_matrix(ITS_CASE, REAL_MODEL, "gender", "male", by=ITS_BY), "women"),
)

# %% [markdown]
# Of 100 women without care duties, 3 would be in the group with good chances if they were men: the same answers, another
# group. Women with care duties are left out and counted, for a man with care duties does not exist in AMAS. **What this does not
# show:** what would happen to these women; only what the model says.
#
# ## Exercises
# 1. Set `OTHERS = "western"` in the first cell and run all. Which inputs carry that gap, and which way?
# 2. Ask the importance of AMAS' inputs. Its largest coefficient belongs to the years with a case (1.98). Does the longest bar too?
# 3. The bars of `drivers.importance(INVENTED, MODEL, background={"origin": "Danish"})` differ from those above. Why?

# %% [markdown]
# ## Answers
# 1. Next to no gap (0.007 less, and the interval holds 0), and yet two things in it: education lowers the scores of people of
#    western origin by 0.028, spoken Danish and the number of languages raise them by 0.040.
# 2. Yes: 0.72 on average. But days employed, whose 0.74 is only the fourth largest coefficient, comes second: its two answers
#    are about equally frequent. A coefficient alone does not say how often it makes a difference.
# 3. Everybody is compared with Danes alone. A share always depends on whom people are compared with, which every result names.
