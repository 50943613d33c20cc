"""Where the output and the notes go, and how they are written."""

from __future__ import annotations

import functools
import os
from collections.abc import Sequence
from typing import Any

import click

from churnkit import messages
from churnkit.errors import shown_path
from churnkit.options.arguments import Command, Decorator, to_codes, with_all
from churnkit.options.sections import writing_option


def notes(command: Command) -> Command:
    """-q, --notes and --fail-on: what happens with the notes."""
    return with_all(_NOTES, command)


_NOTES: list[Decorator] = [
    writing_option(
        "-q", "--quiet", is_flag=True, expose_value=False, is_eager=True,
        callback=lambda ctx, param, value: messages.set_quiet(value),
        help="Print no notes and warnings, only errors.",
    ),
    writing_option(
        "--notes", type=click.Path(), metavar="FILE", expose_value=False, is_eager=True,
        callback=lambda ctx, param, value: messages.set_path(value),
        help="Write the notes to FILE as JSON Lines: code, text, count, column.",
    ),
    writing_option(
        "--fail-on", metavar="CODES", expose_value=False, is_eager=True,
        callback=lambda ctx, param, value: messages.set_fail_on(to_codes(ctx, param, value)),
        help="Exit with status 1 if one of these notes was written (a,b; see churnkit help messages).",
    ),
]  # fmt: skip


def output(formats: Sequence[str], default: str, *, is_shown: bool = False) -> Decorator:
    """-o, --to, --no-header and the notes; the command gets them as `out`.

    formats: what --to takes. default: where neither --to nor -o FILE says; a name of no format is only told.
    is_shown: a terminal gets text.
    """

    def declare(command: Command) -> Command:
        @functools.wraps(command)
        def with_output(**given: Any) -> Any:
            from churnkit.tables.writing import Destination

            path, to, header = given.pop("path"), given.pop("to", None), given.pop("header", True)
            width = given.pop("width", None)
            first = default if default in formats else formats[0]
            out = Destination(path, to, header, tuple(formats), first, is_shown, width)
            return command(out=out, **given)

        declared: Command = notes(with_output)
        if "text" in formats:
            declared = writing_option(
                "--width", type=click.IntRange(min=20), metavar="N",
                help="Width of text, in characters. Default: COLUMNS, or the width of the terminal.",
            )(declared)  # fmt: skip
        if {"csv", "tsv"} & {*formats}:
            declared = writing_option(
                "--no-header", "header", is_flag=True, callback=lambda ctx, param, value: not value,
                help="Write CSV and TSV without a header, so that parts can be joined.",
            )(declared)  # fmt: skip
        if len(formats) > 1:
            words = f"text on a terminal, {default}" if is_shown else default
            declared = writing_option(
                "--to", type=click.Choice(formats),
                help=f"Format of the output. Default: by the ending of -o FILE, else {words}.",
            )(declared)  # fmt: skip
        return writing_option(
            "-o", "--output", "path", type=click.Path(), metavar="FILE",
            help="Write to FILE: all of it or nothing. Default: standard output.",
        )(declared)  # fmt: skip

    return declare


def digits(command: Command) -> Command:
    return click.option(
        "--digits", type=click.IntRange(1, 9), metavar="N",
        help="Round the numbers in the output to N decimals. Default: all digits.",
    )(command)  # fmt: skip


def check_outputs(out: str | None, others: Sequence[str | None], inputs: Sequence[str]) -> None:
    """Raises UsageError if one of the other FILEs to write is read, or is written twice; devices may be."""
    read = {os.path.realpath(path) for path in inputs if os.path.exists(path)}
    written = {os.path.realpath(out)} if out else set()
    for path in filter(None, others):
        place = os.path.realpath(path)
        if place in read or (place in written and (os.path.isfile(place) or not os.path.exists(place))):
            what = "read" if place in read else "written twice"
            raise click.UsageError(f"{shown_path(path)} is {what}: choose another FILE to write to")
        written.add(place)
