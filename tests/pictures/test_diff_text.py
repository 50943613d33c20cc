"""A difference in text: a sentence with the causes beyond chance, a bar per group."""

from __future__ import annotations

import pytest

from churnkit.pictures import diff_text


def _record(plan: str | None, part: float, **more: object) -> dict[str, object]:
    return {"plan": plan, "status": "both", "rows_before": 1_000, "rows_after": 2_000, "value_before": 0.1,
            "value_after": 0.2, "size_part": 0.0, "rate_part": part, "part": part, "noise": False, **more}  # fmt: skip


RECORDS = [_record("basic", 0.04), _record("plus", -0.02), _record(None, 0.01, noise=True)]


@pytest.mark.parametrize(("totals", "word"), [((0.05, 0.08), "rose"), ((0.08, 0.05), "fell")])
def test_the_sentence_has_both_totals_and_the_direction(totals: tuple[float, float], word: str) -> None:
    sentence = diff_text.sentence("churned_30d", totals, RECORDS, ["plan"], True)
    for words in ("churned_30d", word, "3.0 points", f"{totals[0]:.1%}", f"{totals[1]:.1%}"):
        assert words in sentence


def test_only_groups_with_the_same_direction_and_beyond_chance_are_named() -> None:
    sentence = diff_text.sentence("churned", (0.05, 0.08), RECORDS, ["plan"], True)
    assert "plan=basic" in sentence
    assert "plan=plus" not in sentence
    assert "empty" not in sentence
    assert "plan=plus" in diff_text.sentence("churned", (0.08, 0.05), RECORDS, ["plan"], True)


def test_a_larger_group_shows_its_rows_and_a_new_group_is_called_new() -> None:
    larger = _record("basic", 0.04, size_part=0.03, rate_part=0.01)
    new = _record("gold", 0.02, status="new", rows_before=0, value_before=None)
    sentence = diff_text.sentence("churned", (0.05, 0.11), [larger, new], ["plan"], True)
    assert "1,000 rows and now has 2,000" in sentence
    assert "plan=gold, which is new" in sentence


def test_without_a_change_no_group_is_named() -> None:
    assert "plan" not in diff_text.sentence("churned", (0.05, 0.05), RECORDS, ["plan"], True)


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
