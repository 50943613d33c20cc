"""How tables are read: what the options become, and which of them exclude each other."""

from __future__ import annotations

from typing import Any

import click
import pytest
from click.testing import CliRunner

from churnkit.options import tables
from churnkit.tables.table import Reading


def _invoke(*args: str) -> tuple[dict[str, Any], str]:
    """What a command gets from these words, and what click says."""
    found: dict[str, Any] = {}

    @click.command()
    @tables.files
    @click.option("--until")
    @tables.sorted_
    @tables.same_as
    @tables.log_roles
    @tables.zone
    @tables.reading
    def command(**given: Any) -> None:
        found.update(given)

    return found, CliRunner().invoke(command, args).output


def test_the_options_of_reading_are_one_value() -> None:
    words = "--from csv --columns a,b --null NA --null - --encoding cp1252 --decimal , --time-format %d.%m.%Y --hive"
    found, _ = _invoke(
        *words.split(), "--on-error", "skip", "--rejects", "bad.csv", "--id", "a", "-", "x.csv"
    )
    reading = found["reading"]
    assert isinstance(reading, Reading)
    assert found["files"] == ("-", "x.csv")
    assert (reading.format, reading.columns, reading.null) == ("csv", ("a", "b"), ("NA", "-"))
    assert (reading.encoding, reading.id, reading.is_hive) == ("cp1252", "a", True)
    assert (reading.skip, reading.rejects) == (True, "bad.csv")
    notation = reading.notation
    assert (notation.decimal, notation.time_format, notation.zone) == (",", "%d.%m.%Y", "UTC")
    assert {*found} == {"reading", "files", "until", "is_sorted", "id_", "time", "event", "value", "zone"}


@pytest.mark.parametrize(
    ("args", "error"),
    [
        (["--rejects", "bad.csv"], "--rejects needs --on-error skip"),
        (["--local-times"], "--local-times needs --tz"),
        (["--sorted", "--same-as", "x.csv"], "--sorted cannot be used with --same-as"),
    ],
)
def test_an_option_that_would_mean_nothing_is_refused(args: list[str], error: str) -> None:
    found, told = _invoke(*args)
    assert found == {}
    assert error in " ".join(told.split())


def test_the_end_of_a_log_with_local_times_is_local() -> None:
    found, _ = _invoke("--tz", "Europe/Berlin", "--local-times", "--until", "2024-07-01T10:00")
    assert found["until"] == "2024-07-01T10:00:00+02:00"
    assert found["reading"].notation.are_local
    assert _invoke("--tz", "Europe/Berlin", "--until", "2024-07-01T10:00")[0]["until"] == "2024-07-01T10:00"
