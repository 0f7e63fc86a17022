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
# # What can these data not tell?
#
# An audit that has a number for everything hides what it does not know. Here are six ways of not knowing: not recorded,
# recorded for some only, not independent, hidden, too few, not over yet. The first three are shown among invented people,
# whose truth is known, the others in real data. Run the cells from top to bottom; the first one holds every choice.

# %%
from IPython.display import Markdown, display

import wfaudit as wf
from wfaudit.synthetic import MECHANISMS, Dice, plain

SERVICES, TRUTH, BY, PLANTED = wf.load("referrals"), wf.load("plain"), "origin", "selective labels"
HIDDEN, FEW, OPEN = wf.load("amsterdam/pilot_age"), wf.load("jobs"), wf.load("unemployment")
MISSED, WRONGLY, GAP = "false_negative_rate", "false_positive_rate", 0.15
WORDS = {"flagged": "rated high risk", "outcome": "were without work"}
SERVICES

# %% [markdown]
# ## 1. Not recorded
# Invented people; a service reports who came, or never reports. **What would be worrying:** much is unknown, and more of it
# for one group. The first table counts those of whom it is known. The second has the lowest and the highest share there
# could be, whatever all others did.

# %%
display(wf.rates(SERVICES, "base_rate", by=BY))
wf.bounds(SERVICES, "base_rate", by=BY)

# %% [markdown]
# The first table looks sharp: fewer migrants came, and the intervals lie apart. By the second, either group may have come
# more often. **What neither shows:** which it is. Whoever takes the unknown to be like the known has it from elsewhere.
# (Here it is so within each group: whether a service reports was drawn apart from who came.)
#
# ## 2. Recorded after one result, not after another
# What registers often do: people who get help drop out of the data. It is planted here in people whose outcomes we know.
# **What would be worrying:** the outcome is missing more often after a high rating than after any other. An audit measures
# that by itself.

# %%
people = plain(Dice(seed=1, chunk=0, n=20_000), [PLANTED])
seen = {"y_true": people["outcome"], "y_pred": people["tier"] == "high"}
told = {"name": "outcomes withheld", "words": WORDS}
SELECTED = wf.Case.from_arrays(**seen, sensitive_features=people[[BY]], declared=told)
display(Markdown(MECHANISMS[PLANTED].says))
wf.rates(SELECTED, "outcome_unknown_rate", by="result").plot()

# %%
display(wf.rates(TRUTH, MISSED), wf.rates(SELECTED, MISSED), wf.bounds(SELECTED, MISSED))

# %% [markdown]
# First the truth: 53 in 100 are missed. Then the recorded outcomes of the same people: 78, and the narrow interval leaves
# out 53, for an interval knows of chance and not of who is missing. Last the bounds, which hold it. **What this does not
# show:** a way back. More records of the same kind only narrow that interval; following up those who dropped out helps.
#
# ## 3. Not independent
# The same people live in five areas. If what befalls one person of an area befalls the others too, the 20,000 come closer
# to five answers. **What would be worrying:** an interval given all the same.

# %%
told = {"roles": {"cluster": "area"}, "groups": {BY: {"reference": "native"}}, "words": WORDS}
AREAS = wf.Case.from_arrays(**seen, sensitive_features=people[[BY, "area"]], declared=told)
wf.gaps(AREAS, "selection_rate", by=BY)

# %% [markdown]
# No number, and a note that says why. **What this does not show:** whether areas differ; five are too few to learn it.
#
# ## 4. Hidden in the table
# Real: the pilot of a model by which Amsterdam marked welfare applications. Of applicants under 30, two of the four counts
# are published as 0, which means "below 10". **What would be worrying:** a rate made of those zeros; this one would be 100 %.

# %%
display(wf.rates(HIDDEN, WRONGLY, by="age"))
wf.bounds(HIDDEN, WRONGLY, by="age")

# %% [markdown]
# **What this does not show:** where between them it lies. Nor how applications that nobody investigated got a label; if the
# mark decided which were looked into, this is section 2 again, and a table of counts cannot say.
#
# ## 5. Too few
# Real: 899 job seekers, with a score added for wfaudit. 39 non-white people were in work later. **What would be worrying:**
# "no difference was found" said of an interval that reaches beyond the tolerance (the band) on both sides.

# %%
wf.gaps(FEW, WRONGLY, by="race").plot()

# %%
found = wf.audit(FEW).findings.to_frame().query("measure == @WRONGLY and by == 'race'")
asked = wf.power(FEW, WRONGLY, by="race", gap=GAP)
Markdown("\n\n".join([*found["says"], *asked.says]))

# %% [markdown]
# The finding names the smallest gap these data would probably have shown. The lines after it turn the question round: how
# many records to ask for, if a gap of 15 in 100 is not to be missed. **What this does not show:** that there is a gap. It
# says what could be seen, not what is.
#
# ## 6. Not over yet, or never declared
# Real: 452 spells of unemployment; of 196 nobody saw the end. **What would be worrying:** a share of those who left, counted
# from the other 256. Below is all that this case cannot test, and why; a report has the same list.

# %%
untested = wf.can(OPEN).query("not possible").groupby("why")["measure"].agg(", ".join).to_frame()
untested.style.set_properties(**{"text-align": "left"}).hide(axis="columns").hide(names=True)

# %% [markdown]
# **What this does not show:** what nobody asked. A group that is not in the file, people who never registered, a harm without
# a column are on no list. Write them down beside the audit.
#
# ## Exercises
# 1. Ask `wf.bounds(HIDDEN, "precision", by="age")`, then `wf.rates` of the same. The cells are hidden; why is there a rate?
# 2. Set `GAP = 0.25` and run section 5 again. How many records does it take now? Does that make the data good enough?

# %% [markdown]
# ## Answers
# 1. There are no bounds, for nothing is unknown: precision counts only those marked, and both their counts are published,
#    15 of 32. The hidden cells hold those not marked. What is unknown depends on the question.
# 2. About 1,100 instead of 4,300, and with those at hand 72 audits in 100 would raise such a gap. But the gap is not chosen
#    to suit the data: it is the smallest that matters to the people concerned, and declared before looking.
