"""The difference of two estimates of unrelated people, from the limits of each."""

import numpy as np

from wfaudit.estimators.estimates import ANY, Estimate, Floats, Texts, deviate, first_reason


def armed(value: Floats, low: Floats, high: Floats, level: float, note: Texts) -> Estimate:
    """An estimate whose standard error is that of its longer arm; none where a note says why not.

    What is judged by such an error claims no more than the limits do.

    >>> armed(*np.array([[0.3], [0.1], [0.4]]), 0.95, np.array([""])).se.round(3)
    array([0.102])
    """
    told = note == ""
    se = np.where(told, np.maximum(value - low, high - value) / deviate(level), np.nan)
    return Estimate(value, se, np.where(told, low, np.nan), np.where(told, high, np.nan), note)


def apart(
    one: Estimate, reference: Estimate, level: float = 0.95, edges: tuple[float, float] = ANY
) -> Estimate:
    """One estimate less another, its limits put together from theirs (Zou and Donner 2008).

    Of two shares with Wilson limits this is Newcombe's interval (1998, method 10). A reason why one of
    the two has no limits is passed on. The standard error is that of the longer arm.

    >>> from wfaudit.estimators.intervals import wilson
    >>> sides = (([0.8], *wilson([56], [70])), ([0.6], *wilson([48], [80])))
    >>> found = apart(*(armed(np.array(p), a, b, 0.95, np.array([""])) for p, a, b in sides))
    >>> print(f"{found.estimate[0]:.4f} {found.low[0]:.4f} {found.high[0]:.4f}")
    0.2000 0.0524 0.3339
    """
    theirs = np.where(reference.note == "", "", np.char.add("reference: ", reference.note))
    note = first_reason((one.note != "", one.note), (theirs != "", theirs))
    value = one.estimate - reference.estimate
    with np.errstate(all="ignore"):
        down = np.hypot(one.estimate - one.low, reference.high - reference.estimate)
        up = np.hypot(one.high - one.estimate, reference.estimate - reference.low)
        low, high = np.maximum(value - down, edges[0]), np.minimum(value + up, edges[1])
        se = np.where(note == "", np.maximum(down, up) / deviate(level), np.nan)
    low, high = (np.where(note == "", x, np.nan) for x in (low, high))
    return Estimate(value, se, low, high, note)
