"""A profile in text: 80 columns wide, the strongest relation to churn first, with its direction."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from churnkit.pictures import profile_text
from churnkit.profiling.profile import Profile


def _screen(colours: bool = False) -> str:
    rows = pl.DataFrame(
        {
            "a very long name of a column, longer than others": [
                f"some long value {i % 3}" for i in range(50)
            ],
            "number": [str(i) for i in range(50)],
            "mail": [f"c{i}@example.com" for i in range(50)],
            "charge": [" "] + [f"{i}.5" for i in range(49)],
            "left": ["1", "0"] * 25,
            "empty": [None] * 50,
        }
    )
    profile = Profile("left")
    for step in profile.steps(rows, pl.Series([1, 0] * 25, dtype=pl.Int8)).values():
        step()
    return profile_text.draw(profile.records(2_000, ""), colours=colours)


def test_no_line_is_wider_than_80_columns() -> None:
    assert max(map(len, _screen().splitlines())) <= 80


def test_it_shows_remarks_and_the_option_that_helps() -> None:
    screen = _screen()
    for words in (
        "50 rows, 6 columns, 2.0 kB",
        "--null ' '?",
        "hidden: email 100%",
        "pii (--show-pii)",
        "auc 0.5",
    ):
        assert words in screen
    assert "@example.com" not in screen


def test_colours_change_no_character() -> None:
    assert "\x1b" not in _screen()
    assert re.sub(r"\x1b\[\d+m", "", _screen(colours=True)) == _screen()


def _against_churn() -> list[str]:
    """Numbers that raise, lower and do not change churn, and a category."""
    rng = np.random.default_rng(0)
    churned = rng.integers(0, 2, 400)
    columns = {
        "chance": rng.random(400),
        "raises": churned + 2 * rng.random(400),
        "lowers": 4 * rng.random(400) - churned,
        "plan": np.where(churned + rng.random(400) > 1.2, "basic", "pro"),
        "filled": np.where(churned == 1, "1.5", ""),
        "churned": churned,
    }
    rows = pl.DataFrame({name: [str(value) or None for value in column] for name, column in columns.items()})
    profile = Profile("churned")
    for step in profile.steps(rows, pl.Series(churned, dtype=pl.Int8)).values():
        step()
    return profile_text.draw(profile.records(2_000, "")).splitlines()


def test_the_column_with_the_strongest_relation_to_churn_comes_first() -> None:
    names = [line.split()[0] for line in _against_churn()[4:] if not line.startswith(" ")]
    assert names == ["filled", "plan", "raises", "lowers", "chance", "churned"]


def test_the_direction_of_a_number_and_the_rates_of_a_category_are_shown() -> None:
    text = "\n".join(_against_churn()[4:])
    raises, lowers, chance, plan, filled = (
        re.search(rf"^{name} .*(?:\n .*)*", text, re.M)[0]  # type: ignore[index]
        for name in ("raises", "lowers", "chance", "plan", "filled")
    )
    assert "more raises churn" in raises
    assert "more lowers churn" in lowers
    assert "no direction" in chance
    assert re.search(r"churn basic 100%, pro \d\d%", plan)
    assert "leak: being empty or not reveals the target" in filled


def test_without_a_target_columns_stay_in_the_order_of_the_table() -> None:
    profile = Profile()
    for step in profile.steps(pl.DataFrame({"b": ["1", "2"], "a": ["x", "y"]})).values():
        step()
    text = profile_text.draw(profile.records(10, ""))
    assert "auc" not in text
    assert text.index("\nb ") < text.index("\na ")
