"""A difference in text: a sentence with the causes beyond chance, a bar per group."""

from __future__ import annotations

from typing import Any

import pytest

from churnkit.diff.decomposition import MEAN
from churnkit.diff.summary import Summary
from churnkit.pictures import diff_text


def _record(plan: str | None, part: float, **more: object) -> dict[str, Any]:
    return {"plan": plan, "status": "both", "rows_before": 1_000, "rows_after": 2_000, "value_before": 0.1,
            "value_after": 0.2, "size_part": 0.0, "rate_part": part, "part": part, "noise": False, **more}  # fmt: skip


RECORDS = [_record("basic", 0.04), _record("plus", -0.02), _record(None, 0.01, noise=True)]


def _summary(before: float, after: float, **more: Any) -> Summary:
    """A rate of two groups, of which one rose."""
    fields = {"margin": 0.011, "is_rate": True, "groups": 2, "mix": 0.0, "rates": after - before,
              "up": 1, "down": 1, "both": 2, "gained": ("pro",), **more}  # fmt: skip
    return Summary(stat=MEAN, totals=(before, after), **fields)


@pytest.mark.parametrize(("totals", "word"), [((0.05, 0.08), "rose"), ((0.08, 0.05), "fell")])
def test_the_sentence_has_both_totals_the_direction_and_the_interval(
    totals: tuple[float, float], word: str
) -> None:
    sentence = diff_text.sentence("churned_30d", _summary(*totals), RECORDS, ["plan"])
    for words in ("churned_30d", word, "3.0 points", f"{totals[0]:.1%}", f"{totals[1]:.1%}"):
        assert words in sentence
    assert ("(+1.9 to +4.1)" if word == "rose" else "(-4.1 to -1.9)") in sentence
    assert "(-0.1 to +2.1, within chance)" in diff_text.sentence("x", _summary(0.05, 0.06), RECORDS, ["plan"])
    assert "(" not in diff_text.sentence("x", _summary(0.05, 0.08, margin=None), [], [])


def test_the_first_sentence_is_the_split_into_mix_and_rates() -> None:
    fell = _summary(0.3, 0.494, mix=0.234, rates=-0.04, up=0, down=2)
    sentence = diff_text.sentence("churned", fell, RECORDS, ["plan"])
    assert (
        "of which mix +23.4, rates -4.0: the rate fell in both groups of plan; the mix moved to pro;"
        in sentence
    )
    chance = _summary(0.05, 0.08, has_mix=False, has_rates=False, mix=-0.0001)
    sentence = diff_text.sentence("churned", chance, RECORDS, ["plan"])
    assert "mix 0.0, rates" in sentence
    assert "the rates of plan add nothing beyond chance; the mix adds nothing beyond chance" in sentence
    some = _summary(0.05, 0.08, groups=7, both=6, up=5)
    assert "the rate rose in 5 of 6 groups of plan" in diff_text.sentence("churned", some, RECORDS, ["plan"])


def test_groups_that_are_alike_or_cannot_be_compared_are_no_causes() -> None:
    for more, words in (
        ({"is_alike": True}, "both groups of plan alike, none stands out from chance"),
        ({"groups": 1, "both": 0}, "all rows are in one group of plan, so it explains nothing"),
        ({"both": 0}, "no group of plan is on both sides, so it explains nothing"),
    ):
        sentence = diff_text.sentence("churned", _summary(0.05, 0.08, **more), RECORDS, ["plan"])
        assert sentence.endswith(words)


def test_only_groups_with_the_same_direction_and_beyond_chance_are_named() -> None:
    sentence = diff_text.sentence("churned", _summary(0.05, 0.08), RECORDS, ["plan"])
    assert "plan=basic" in sentence
    assert "plan=plus" not in sentence
    assert "empty" not in sentence
    assert "plan=plus" in diff_text.sentence("churned", _summary(0.08, 0.05), RECORDS, ["plan"])


def test_a_larger_group_shows_its_rows_and_a_new_group_is_called_new() -> None:
    larger = _record("basic", 0.04, size_part=0.03, rate_part=0.01)
    new = _record("gold", 0.02, status="new", rows_before=0, value_before=None)
    sentence = diff_text.sentence("churned", _summary(0.05, 0.11), [larger, new], ["plan"])
    assert "1,000 rows and now has 2,000" in sentence
    assert "plan=gold, which is new" in sentence
    counted = diff_text.sentence("churned", _summary(0.05, 0.11), [larger], ["plan"], "customers_start")
    assert "1,000 customers_start and now has 2,000" in counted


def test_without_a_change_no_group_is_named() -> None:
    assert "plan" not in diff_text.sentence("churned", _summary(0.05, 0.05), RECORDS, ["plan"])


def test_bars_are_to_one_scale_on_the_side_of_their_part() -> None:
    _, _, *lines = diff_text.draw("fact", RECORDS, ["plan"], True).splitlines()
    for line, record in zip(lines, RECORDS, strict=True):
        left, right = line.split("│")
        size = round(abs(float(str(record["part"]))) / 0.04 * diff_text.BAR)
        assert (left.count("█"), right.count("█")) == (
            (0, size) if float(str(record["part"])) > 0 else (size, 0)
        )
        assert line.endswith("(chance)") == record["noise"]
        assert "10.0% → 20.0%" in line
    assert len({line.index("│") for line in lines}) == 1
