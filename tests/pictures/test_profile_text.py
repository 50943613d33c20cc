"""The screen of a profile fits into 80 columns and shows no colours but on a terminal."""

from __future__ import annotations

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
    for step in profile.steps(rows, pl.Series([1, 0] * 25, dtype=pl.Int8)):
        step()
    return profile_text.draw(profile.records(2_000, ""), colours)


def test_no_line_is_wider_than_the_screen() -> None:
    assert max(map(len, _screen().splitlines())) <= 80


def test_it_says_what_is_odd_and_the_way_out() -> None:
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
    import re

    assert "\x1b" not in _screen()
    assert re.sub(r"\x1b\[\d+m", "", _screen(colours=True)) == _screen()
