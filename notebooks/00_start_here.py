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
# # Were people with Black-sounding names called back less often?
#
# In 2001 and 2002, researchers answered 1,323 job advertisements with 4,870 invented résumés and drew lots for the name
# on each. The employers did not know. This notebook goes from those data to a finding. Run the cells from top to bottom.

# %%
import wfaudit as wf

CASE, MEASURE, BY = wf.load("callbacks"), "selection_rate", "race"
CASE

# %% [markdown]
# The case says what each column means and what was decided *before* looking: whom to compare with whom, and how large a
# disparity is let pass (here: a ratio of 0.80). **What would be worrying:** a callback rate for one group whose interval
# lies below the other's.

# %%
wf.rates(CASE, MEASURE, by=BY)

# %%
wf.rates(CASE, MEASURE, by=BY).plot()

# %% [markdown]
# Every row has its n and an interval. Résumés sent to the same advertisement are not independent, so the interval leaves
# out one advertisement at a time. Now the comparison that was declared: how many times as often as the reference group?

# %%
wf.ratios(CASE, MEASURE, by=BY)

# %%
audit = wf.audit(CASE)
audit.findings

# %% [markdown]
# **Raised**: beyond the tolerance. **Clear**: shown to lie within. **Cannot tell**: these data carry neither answer; the
# sentence says how large a disparity would have to be to be seen. What the audit could not test at all, and why:

# %%
wf.can(CASE)
