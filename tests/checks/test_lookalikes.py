"""What a column looks like that is not as expected."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from churnkit.checks.lookalikes import UNITS, changed_unit, renamed, swapped_pairs
from churnkit.models.columns import CATEGORY, NUMBER, Column, histogram

RNG = np.random.default_rng(0)
AMOUNT = Column("amount", NUMBER, histogram=histogram(Column("amount", NUMBER), RNG.lognormal(3, 1, 3_000)))
AGE = Column(
    "age", NUMBER, histogram=histogram(Column("age", NUMBER), RNG.integers(18, 91, 3_000).astype(float))
)
PLAN = Column("plan", CATEGORY, ("a", "b"), histogram={"rows": [2_000, 1_000, 0], "missing": 0})
NEW = {
    "amount": RNG.lognormal(3, 1, 2_000), "age": RNG.integers(18, 91, 2_000), "plan": RNG.choice(["a", "b"], 2_000, p=(0.67, 0.33)),
}  # fmt: skip


def _texts(**swapped: str) -> dict[str, pl.Series]:
    return {name: pl.Series(name, NEW[swapped.get(name, name)]).cast(pl.String) for name in NEW}


@pytest.mark.parametrize("factor", UNITS)
def test_a_changed_unit_is_named(factor: float) -> None:
    texts = pl.Series(NEW["amount"] * factor).cast(pl.String)
    assert changed_unit(texts, AMOUNT, 9.0, None) == UNITS[factor]


def test_another_distribution_is_no_unit() -> None:
    texts = pl.Series(RNG.uniform(0, 500, 2_000)).cast(pl.String)
    assert changed_unit(texts, AMOUNT, 3.0, None) is None
    assert changed_unit(_texts()["plan"], AMOUNT, 3.0, None) is None


def test_two_columns_are_swapped_if_each_has_the_values_of_the_other() -> None:
    texts = _texts(amount="age", age="amount")
    assert swapped_pairs([AMOUNT, AGE, PLAN], texts.__getitem__, None) == [("amount", "age")]
    texts = _texts(amount="plan", plan="amount")
    assert swapped_pairs([AMOUNT, AGE, PLAN], texts.__getitem__, None) == [("amount", "plan")]
    assert swapped_pairs([AMOUNT, AGE], _texts(age="amount").__getitem__, None) == []


def test_a_renamed_column_is_the_only_one_with_its_values() -> None:
    texts = {"price": _texts()["amount"], "years": _texts()["age"], "same": _texts()["age"]}
    assert renamed([AMOUNT], ["price", "years"], texts.__getitem__, None) == {"amount": "price"}
    assert renamed([AGE], ["years", "same"], texts.__getitem__, None) == {}
