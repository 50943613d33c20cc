"""The front door: a command by its name, and every error in one line with a status."""

from __future__ import annotations

import pytest

from churnkit import cli
from churnkit.commands import COMMANDS

NAMES = [name for group in COMMANDS.values() for name in group]


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_the_table_opens(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run([name, "--help"]) == 0
    said = capfd.readouterr()
    assert f"churnkit {name}" in said.out
    assert said.err == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["featurise"], "'featurise'; did you mean 'featurize'?"),
        (["zzz"], "see churnkit --help"),
        (["sample", "--sed", "3"], "'--sed'; did you mean '--seed'?"),
        (["help", "fromats"], "did you mean 'formats'?"),
        (["sample", "--rate", "1", "no such file.csv"], "no such file.csv"),
        (["--nonsense"], "'--nonsense'"),
        (["fit", "--model", "xgbost"], "did you mean 'xgboost'?"),
    ],
)
def test_an_error_is_one_line_with_the_nearest_name_and_status_2(
    words: list[str], said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(words) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert err.startswith("churnkit")
    assert err.count("\n") == 1
    assert said in err


def test_a_bad_value_of_a_variable_is_blamed_on_the_variable(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CHURNKIT_SAMPLE_RATE", "many")
    assert cli.run(["sample"]) == 2
    assert "from CHURNKIT_SAMPLE_RATE" in capfd.readouterr().err


def test_without_words_the_help_is_shown(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run([]) == 0
    shown = capfd.readouterr().out
    assert [name for name in NAMES if name not in shown] == []
