"""An evaluation in text: every metric with its interval, gains and calibration as bars."""

from __future__ import annotations

import numpy as np
import pytest

from churnkit.evaluation.record import evaluate_scores
from churnkit.pictures import metrics_text
from tests.scored import simulated

TRUTH, SAID = simulated(600, 4)
RECORD = evaluate_scores(TRUTH, SAID, None, 0)


def _line(text: str, start: str) -> str:
    return next(line for line in text.splitlines() if line.lstrip().startswith(start))


@pytest.mark.parametrize("name", [name for name in metrics_text.NAMES if not name.startswith("ece")])
def test_a_metric_stands_between_the_ends_of_its_interval(name: str) -> None:
    words = _line(metrics_text.draw(RECORD), f"{name} ").split()
    assert [words[1], words[2], words[4]] == [f"{RECORD[name + end]:.4f}" for end in ("", "_low", "_high")]


def test_the_calibration_error_stands_beside_chance_and_its_corrected_figure_has_the_interval() -> None:
    text = metrics_text.draw(RECORD)
    assert _line(text, "ece ").split()[1:] == [
        f"{RECORD['ece']:.4f}",
        "by",
        "chance",
        f"{RECORD['ece_chance']:.4f}",
    ]
    low, high = (f"{RECORD[name]:.4f}" for name in ("ece_low", "ece_high"))
    assert _line(text, "ece_corrected ").split()[2:5] == [low, "to", high]


def test_a_gain_is_a_bar_with_a_mark_at_chance() -> None:
    text = metrics_text.draw(RECORD)
    for point in RECORD["gains"]:
        bar = _line(text, f"top {point['share']:.0%} ").split("%")[2].strip()
        recall, chance = round(point["recall"] * metrics_text.BAR), round(point["share"] * metrics_text.BAR)
        chance = min(chance, metrics_text.BAR - 1)
        assert bar.index("│") == chance
        assert bar.count("█") == recall - (chance < recall)


def test_bins_of_probability_that_have_rows_are_drawn() -> None:
    text = metrics_text.draw(RECORD)
    filled = [b for b in RECORD["calibration"] if b["rows"]]
    drawn = [line for line in text.splitlines() if "% to " in line and "│" in line]
    assert len(drawn) == len(filled)
    for line, bin_ in zip(drawn, filled, strict=True):
        assert line.split()[-1] == f"{bin_['rows']:,}"
        assert f"{bin_['observed']:.1%}" in line


def test_a_difference_that_chance_explains_is_marked() -> None:
    both = evaluate_scores(TRUTH, SAID, None, 0, np.random.default_rng(0).random(600))
    same = evaluate_scores(TRUTH, SAID, None, 0, SAID)
    for record, is_chance in ((both, False), (same, True)):
        text = metrics_text.draw({**record, "baseline": "noise"})
        beside = next(line for line in text.split("noise")[1].splitlines() if line.startswith("auc "))
        assert ("chance" in beside) == is_chance
        assert f"{record['auc_difference']:+.4f}" in beside


def test_a_group_is_named_by_its_values() -> None:
    assert metrics_text.draw({**RECORD, "plan": "basic"}, ["plan"]).startswith("plan basic: ")
