"""The help of a command: what it says of its own options, and of those that many commands have."""

from __future__ import annotations

import click
from click.testing import CliRunner

from churnkit.options.sections import CommandWithSections, reading_option, writing_option


@click.command(cls=CommandWithSections)
@click.option("--rate", help="An option of its own.")
@click.option("--old", hidden=True, help="A hidden one.")
@reading_option("--null", help="How it reads.")
@writing_option("-o", "--output", help="How it writes.")
def _command(**_: object) -> None:
    """Does something."""


def test_the_help_explains_own_options_and_names_the_shared_ones_by_their_shortest_name() -> None:
    told = CliRunner().invoke(_command, ["--help"]).output
    assert "An option of its own." in told
    assert "Reading: --null (churnkit help reading)" in told
    assert "Writing: -o (churnkit help formats)" in told
    assert not {"How it reads.", "How it writes.", "A hidden one."} & {*told.splitlines()}
    assert "How it reads." not in told


def test_help_all_explains_the_shared_options_in_their_sections() -> None:
    told = CliRunner().invoke(_command, ["--help-all"]).output
    own, _, shared = told.partition("Reading:")
    assert "An option of its own." in own
    reading, _, writing = shared.partition("Writing:")
    assert "How it reads." in reading
    assert "How it writes." in writing
    assert "A hidden one." not in told
