"""A curve adds what its formula says: points by linear interpolation, a line, a logarithm, levels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit.models.curves import LOG, Curve, contribution

VALUES = np.array([-9.0, 0.0, 0.5, 1.0, 3.0, 5.0, 7.0, np.nan])


def test_between_points_a_curve_is_straight_and_beyond_them_constant() -> None:
    curve = Curve(points=((0.0, 1.0, 5.0), (0.2, -0.4, 0.6)), missing=0.7)
    assert contribution(curve, VALUES) == pytest.approx([0.2, 0.2, -0.1, -0.4, 0.1, 0.6, 0.6, 0.7])


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12, unique=True).map(sorted).filter(
        lambda at: min(np.diff(at)) > 1e-3
    ),
    st.integers(0, 999),
)  # fmt: skip
def test_points_are_those_of_numpy(at: list[float], seed: int) -> None:
    added = np.random.default_rng(seed).normal(size=len(at))
    curve = Curve(points=(tuple(at), tuple(added.tolist())))
    values = np.concatenate([at, np.linspace(at[0] - 1, at[-1] + 1, 50)])
    assert contribution(curve, values) == pytest.approx(np.interp(values, at, added), abs=1e-12)


def test_a_line_may_have_a_logarithm_as_in_models_of_release_0_1_0() -> None:
    curve = Curve(LOG, -1.0, 1.5, center=0.3, scale=2.0, weight=0.8, missing=0.7)
    logarithm = np.sign(VALUES[:-1]) * np.log(1 + np.abs(VALUES[:-1]))
    expected = [0.8 * (min(max(x, -1.0), 1.5) - 0.3) / 2.0 for x in logarithm]
    assert contribution(curve, VALUES) == pytest.approx([*expected, 0.7])


def test_a_category_adds_its_level() -> None:
    curve = Curve(levels=(0.1, 0.2, -0.3), missing=0.7)
    assert contribution(curve, np.array([0.0, 2.0, np.nan, 1.0])).tolist() == [0.1, -0.3, 0.7, 0.2]
