"""Where the output goes: a file that is read, or written already, is not written over."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from churnkit.options import outputs
from churnkit.tables.writing import Destination


def test_a_file_that_is_read_or_written_twice_is_refused_under_any_name(tmp_path: Path) -> None:
    table, link, new = tmp_path / "table.csv", tmp_path / "link.csv", str(tmp_path / "new.csv")
    table.write_text("a\n")
    link.symlink_to(table)
    outputs.check_outputs(None, [None, new], [str(table)])
    outputs.check_outputs("/dev/null", ["/dev/null"], ["/dev/null.csv"])
    with pytest.raises(click.UsageError, match="is read: choose another FILE"):
        outputs.check_outputs(None, [str(link)], [str(table)])
    for out, others in ((new, [new]), (None, [new, f"{tmp_path}/./new.csv"])):
        with pytest.raises(click.UsageError, match="is written twice: choose another FILE"):
            outputs.check_outputs(out, others, [])


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ([], Destination(None, None, True, ("csv", "text"), "csv", True, None)),
        (["--no-header", "-o", "x"], Destination("x", None, False, ("csv", "text"), "csv", True, None)),
        (
            ["--to", "text", "--width", "50"],
            Destination(None, "text", True, ("csv", "text"), "csv", True, 50),
        ),
    ],
    ids=["nothing", "a file", "text"],
)
def test_the_options_of_writing_are_one_value(args: list[str], expected: Destination) -> None:
    found: list[Any] = []

    @click.command()
    @outputs.output(("csv", "text"), "csv", is_shown=True)
    def command(out: Destination) -> None:
        found.append(out)

    assert CliRunner().invoke(command, args).exit_code == 0
    assert found == [expected]


def test_a_command_with_one_format_has_no_option_to_choose_it() -> None:
    @click.command()
    @outputs.output(("json",), "json")
    def command(out: Destination) -> None:
        """Writes a model."""

    flags = {flag for option in command.params for flag in option.opts}
    assert flags == {"-o", "--output", "-q", "--quiet", "--notes", "--fail-on"}
