"""Words of a script: whatever a name contains, a shell reads it back as it is, and runs nothing."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from churnkit.plan import shell

NAMES = [
    "a b",
    "it's",
    '"',
    "$(touch x)",
    "`id`",
    "na\nme",
    "-dash",
    "\\n",
    "%s",
    "a\tb\\",
    "*",
    "ü€",
    "\x1b[31m",
    "-\x1f",
]


def _read_back(words: list[str]) -> list[str]:
    script = f"printf '%s\\0' {' '.join(words)}"
    return (
        subprocess.run(["sh", "-euc", script], capture_output=True, check=True)
        .stdout.decode()
        .split("\0")[:-1]
    )


def test_a_shell_reads_names_back() -> None:
    assert _read_back([shell.word(name) for name in NAMES]) == NAMES


@settings(max_examples=3)
@given(
    st.lists(
        st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8),
        min_size=1,
        max_size=30,
    )
)
def test_a_shell_reads_any_names_back(names: list[str]) -> None:
    assert _read_back([shell.word(name) for name in names]) == names


@pytest.mark.parametrize("name", NAMES)
def test_a_comment_has_one_line(name: str) -> None:
    assert shell.comment(name).isprintable()


def test_a_path_is_no_option_and_only_a_star_is_a_pattern() -> None:
    assert shell.path("-x.csv") == "'./-x.csv'"
    assert shell.pattern("a b/*-[1].csv") == "'a b/'*'-[1].csv'"
    assert shell.pattern("-*.csv") == "'./-'*'.csv'"
