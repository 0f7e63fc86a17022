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
# # Who is shown to whom, and who never is?
#
# A matching system puts people into lists, and hardly anybody reads a list to its end. First among invented people and
# vacancies, where the answer is known before we look; then a real experiment and a real model. Run the cells from top
# to bottom; the first one holds every choice.

# %%
import pandas as pd
from IPython.display import display

import wfaudit as wf
from wfaudit import texts
from wfaudit.measures import matching
from wfaudit.synthetic import matching as invented
from wfaudit.synthetic import truth

INVENTED, BY = wf.load("matching"), "sex"
REAL, REAL_BY = wf.load("callbacks"), "race"
INVENTED

# %% [markdown]
# ## The truth, for once
# Two things were planted in these people: one in the score, one outside it.

# %%
told = pd.DataFrame(truth(invented.PLANTED, invented.POPULATION.planted)["planted"]).set_index(
    "name"
)[["says"]]
told.style.set_properties(**{"text-align": "left"}).hide(axis="columns").hide(names=True)

# %% [markdown]
# ## Who stands where?
# A line shows how many in 100 at each place are women, or men. **What would be worrying:** a line that rises or falls, for
# then somebody stands further down than they are many.

# %%
matching.picture(matching.place_share(INVENTED, by=BY))

# %% [markdown]
# Of 100 people considered 48 are women, of 100 first places 22. **What this does not show:** why, nor how far down anybody reads.
#
# ## How much attention is that worth?
# Attention falls from place to place; how fast, nobody knows, so it is asked by two models. 100 is what a first place gets.
# **What would be worrying:** an interval that lies wholly outside the shaded band.

# %%
matching.exposure(INVENTED, by=BY, compare=True).plot()

# %% [markdown]
# Women's places are worth 6 or 9 of 100 parts less, by the model. **What this does not show:** whether they fit less well.
#
# ## Do they fit as well?
# The same, at equal relevance: how well a pair fits by a judgement that is not the model's. **What would be worrying:** the
# gap stays, for then it is not about fitting.

# %%
matching.score_at_relevance(INVENTED, by=BY, compare=True)

# %% [markdown]
# It stays: fitting as well, women's scores are 0.10 lower, just what was planted. **What this does not show:** that the
# judgement of relevance is right; nobody checked that either.
#
# ## Could they take the job?
# A list that nobody on it can act on is no help. Way, licence, hours and cost are declared in the case; the score knows of
# none. **What would be worrying:** places that one group cannot take much more often than another.

# %%
matching.feasible_share(INVENTED, by=BY).plot()

# %% [markdown]
# Of 100 places in the top ten given to men, 42 could be taken; of those given to women, 21: hours and the way. **What this does
# not show:** what people would do for a job they want. Speeds of travel are declared, not measured.
#
# ## The same person, only the name changed
# Now a real model: it tells how near a sentence is to the description of an occupation. We write the same sentence under
# the 36 names of a well-known experiment. **What would be worrying:** the name moves the score.

# %%
jobs = texts.occupations().entries[::150][:20]
said = [f"My name is {{name}}. I have worked as a {job.label} for five years." for job in jobs]
asked = [job.description for job in jobs]
swapped = wf.swap(
    texts.embedding(),
    said,
    asked,
    texts.bertrand_mullainathan(),
    reference="White men",
    own=True,
    tolerance=0.01,
)
swapped.measure("name_swap_score").plot()

# %% [markdown]
# The same sentence lies 0.03 further from its own occupation with a Black woman's name than with a White man's, 0.02 with a Black
# man's; the limits reach from next to nothing to 0.05 and 0.04, so that against a tolerance of 0.01 the answer is "cannot tell".
# **What this does not show:** what other names, sentences or models do. A model of words without any meaning (TF-IDF)
# gives 0 for all: `wf.swap(texts.tfidf(asked), …)`.
#
# ## And what employers did with these names
# The experiment itself: up to four résumés went to each of 1,323 advertisements, the names dealt by lot. **What would be
# worrying:** advertisements that called only one side back, and more often the same side.

# %%
display(matching.favoured(REAL, by=REAL_BY))
wf.audit(REAL).findings

# %% [markdown]
# In 88 of 100 advertisements both sides were treated alike, mostly because nobody was called; where not, White names were favoured 111 times
# and Black names 46. **What this does not show:** who would have been hired, or what employers do today; the lots were drawn in 2001.
#
# ## Exercises
# 1. Set `BY = "origin"` in the first cell and run all. What do the lists do there?
# 2. A vendor says: our score does not know sex, so women cannot stand further down. Which cell answers, and how?

# %% [markdown]
# ## Answers
# 1. Next to nothing: the lines are level, and every gap lies within its band. Nothing was planted by origin.
# 2. That of equal relevance. A score need not know sex to be lower for women who fit as well; what it knows may stand in
#    for it, and these data tell that it is lower, not by which variable.
