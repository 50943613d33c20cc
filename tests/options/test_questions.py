"""What is asked: names arrive as tuples, and chance has one seed."""

from __future__ import annotations

from typing import Any

import click
from click.testing import CliRunner

from churnkit.options import questions


def test_names_arrive_as_tuples_and_what_is_not_given_has_its_default() -> None:
    found: dict[str, Any] = {}

    @click.command()
    @questions.activity
    @questions.learning
    @questions.subscriptions
    @questions.seed
    def command(**given: Any) -> None:
        found.update(given)

    given = ["--activity", "login, order", "--drop", "a", "--allow-leak", "b,c", "--lead", "7d"]
    assert CliRunner().invoke(command, given).exit_code == 0
    empty = dict.fromkeys(["positive", "horizon", "start", "end"])
    assert found == {
        **empty, "activity": ("login", "order"), "only": (), "drop": ("a",), "allow_leak": ("b", "c"), "allow_clock": (),
        "lead": "7d", "gap": "1d", "seed": 0,
    }  # fmt: skip
    assert CliRunner().invoke(command, ["--seed", "-1"]).exit_code == 2
