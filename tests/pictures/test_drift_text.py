"""Drift in text: one line per column, a bar as long as its PSI, and the values before and after."""

from __future__ import annotations

import pytest

from churnkit.pictures import drift_text


def _record(column: str, psi: float | None, **more: object) -> dict[str, object]:
    return {"column": column, "kind": "number", "psi": psi, "drifted": False, "moved": False, "note": None,
            "change": "", "top_value": None, "before": 3.0, "after": 4.5, "missing_before": 0.0, "missing_after": 0.0, "new_values": [], "vanished_values": [], **more}  # fmt: skip


@pytest.mark.parametrize("psi", [0.0, 0.1, 0.25, 0.5, 1.0, 7.0])
def test_a_bar_is_as_long_as_the_psi_up_to_one(psi: float) -> None:
    _, line, *_ = drift_text.draw([_record("x", psi)], 0.25, 0.01).splitlines()
    assert line.count("█") == round(min(psi, 1) * drift_text.BAR)
    assert f"{psi:.3f}" in line


def test_what_has_drifted_is_marked_and_nothing_else() -> None:
    records = [
        _record("moved", 0.4, drifted=True),
        _record("still", 0.0),
        _record("gone", None, kind="absent", drifted=True),
    ]
    lines = drift_text.draw(records, 0.25, 0.01).splitlines()[1:-2]
    assert ["◀" in line for line in lines] == [True, True, False]


def test_a_line_has_what_was_before_and_what_is_after() -> None:
    records = [
        _record("x", 0.1, missing_after=0.25),
        _record("score", 0.1, kind="score", before=0.123, after=0.2),
        _record(
            "plan",
            0.1,
            kind="category",
            top_value="pro",
            before=0.5,
            after=None,
            new_values=["a", "b", "c", "d"],
            vanished_values=["e"],
        ),
    ]
    x, score, plan = drift_text.draw(records, 0.25, 0.01).splitlines()[1:-2]
    assert "3 → 4.5" in x
    assert "0% → 25%" in x
    assert "12.3% → 20.0%" in score
    assert "missing" not in score
    assert "share of pro 50.0% → unknown" in plan
    assert "a, b, c" in plan
    assert ", d" not in plan
    assert plan.endswith("e")


def test_drifted_columns_come_first_then_those_that_moved_little() -> None:
    records = [
        _record("still", 0.2),
        _record("little", 0.1, moved=True, change="missing 5.0% → 15%"),
        _record("far", 0.05, moved=True, drifted=True, change="mean 3 → 9; 5.0% outside 0 to 90"),
    ]
    far, little, still = drift_text.draw(records, 0.25, 0.01).splitlines()[1:-2]
    assert far.startswith("far ")
    assert far.endswith("◀ drifted          mean 3 → 9; 5.0% outside 0 to 90")
    assert little.endswith("moved, but little  missing 5.0% → 15%")
    assert still.endswith("mean 3 → 4.5")


def test_the_foot_has_both_limits() -> None:
    foot = drift_text.draw([], 0.3, 0.02)
    assert "psi above 0.3, or more than 2% of the values" in foot
