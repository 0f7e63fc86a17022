"""Many roots at once, however steep or flat the functions are."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wfaudit.estimators.roots import rising

numbers = st.floats(-8, 8)


@given(wanted=st.lists(numbers, min_size=1, max_size=9), steep=st.sampled_from([0.1, 1, 30]))
def test_each_function_is_0_at_its_root(wanted, steep):
    at = np.array(wanted)
    found = rising(lambda x: np.sinh(steep * (x - at) / 10), np.full(at.shape, -9.0), np.full(at.shape, 9.0), 1e-12)  # fmt: skip
    np.testing.assert_allclose(found, at, atol=2e-10)


def test_a_function_that_steps_is_closed_in_on_as_well():
    step = rising(lambda x: np.where(x < 0.3, -5.0, 2.0), np.zeros(1), np.ones(1))
    assert step[0] == pytest.approx(0.3, abs=1e-6)


def test_where_a_function_never_passes_0_there_is_no_root():
    shift = np.array([-3.0, 0.0, 3.0])
    found = rising(lambda x: x + shift, np.full(3, -1.0), np.ones(3))
    assert np.isnan(found).tolist() == [True, False, True]
    assert found[1] == 0


@given(wanted=st.lists(numbers, min_size=2, max_size=9))
def test_a_root_looked_for_apart_does_not_hang_on_the_others(wanted):
    def root(*at):
        low, high = np.full(len(at), -9.0), np.full(len(at), 9.0)
        return rising(lambda x: np.sinh((x - np.array(at)) / 2), low, high, apart=True)

    assert root(*wanted).tolist() == [root(one)[0] for one in wanted]
