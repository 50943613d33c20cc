"""Each option that several commands share, declared once."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import click
from click.core import ParameterSource

from churnkit import columns, messages
from churnkit.errors import quote
from churnkit.tables import formats

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]


def to_names(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The callback of an option that takes names: 'a,b' as a tuple."""
    return tuple(names(value))


def files(command: Command) -> Command:
    """FILE...: standard input where none is given, or -."""
    return click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path())(command)


def notes(command: Command) -> Command:
    """-q, --notes and --fail-on: what happens with the notes."""
    for decorate in reversed(_NOTES):
        command = decorate(command)
    return command


def _codes(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    codes = names(value)
    for code in codes:
        if code not in messages.MESSAGES:
            near = columns.suggestion(code, messages.MESSAGES) or "; see churnkit help messages"
            raise click.BadParameter(f"no note has the code {quote(code)}{near}")
    messages.set_fail_on(tuple(codes))


_NOTES: list[Decorator] = [
    click.option(
        "-q", "--quiet", is_flag=True, expose_value=False, is_eager=True,
        callback=lambda ctx, param, value: messages.set_quiet(value),
        help="Say no notes and warnings; errors are still said.",
    ),
    click.option(
        "--notes", type=click.Path(), metavar="FILE", expose_value=False, is_eager=True,
        callback=lambda ctx, param, value: messages.set_path(value),
        help="Write the notes to FILE as JSON Lines: code, text, count, column.",
    ),
    click.option(
        "--fail-on", metavar="CODES", expose_value=False, is_eager=True, callback=_codes,
        help="End with status 1 when one of these notes was written (a,b: churnkit help messages).",
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
            first = default if default in formats else formats[0]
            return command(out=Destination(path, to, header, tuple(formats), first, is_shown), **given)

        declared: Command = notes(with_output)
        if {"csv", "tsv"} & {*formats}:
            declared = click.option(
                "--no-header", "header", is_flag=True, callback=lambda ctx, param, value: not value,
                help="Leave out the header of CSV and TSV, for parts that are joined.",
            )(declared)  # fmt: skip
        if len(formats) > 1:
            words = f"text on a terminal, {default}" if is_shown else default
            declared = click.option(
                "--to", type=click.Choice(formats),
                help=f"Format of the output. Default: as the ending of -o FILE says, else {words}.",
            )(declared)  # fmt: skip
        return click.option(
            "-o", "--output", "path", type=click.Path(), metavar="FILE",
            help="Write to FILE, whole or not at all. Default: standard output.",
        )(declared)  # fmt: skip

    return declare


def from_(command: Command) -> Command:
    return click.option(
        "--from", "format", type=click.Choice(formats.READ),
        help="Format of the input. Default: told by its content; Parquet by the name's ending.",
    )(command)  # fmt: skip


def reading(command: Command) -> Command:
    """The options that say how tables are read; the command gets them as `reading`."""

    @functools.wraps(command)
    def with_reading(**given: Any) -> Any:
        from churnkit.tables.table import Reading

        names = given.pop("column_names")
        how = Reading(
            format=given.pop("format"),
            columns=tuple(names.split(",")) if names else (),
            null=given.pop("null"),
            encoding=given.pop("encoding"),
            time_format=given.pop("time_format"),
            skip=given.pop("on_error") == "skip",
            rejects=given.pop("rejects"),
        )
        if how.rejects and not how.skip:
            raise click.UsageError("--rejects needs --on-error skip")
        return command(reading=how, **given)

    declared: Command = with_reading
    for option in reversed(_READING):
        declared = option(declared)
    return from_(declared)


def column_names(command: Command) -> Command:
    return click.option(
        "--columns", "column_names", metavar="A,B,C", help="Names of the columns of CSV without a header.",
    )(command)  # fmt: skip


def encoding(command: Command) -> Command:
    return click.option(
        "--encoding", metavar="NAME", help="Encoding of the input. Default: utf-8.",
    )(command)  # fmt: skip


_READING: list[Decorator] = [
    column_names,
    click.option(
        "--null", multiple=True, metavar="WORD",
        help="A word that means: nothing is known (NA, -). Repeatable. The empty field always does.",
    ),
    encoding,
    click.option(
        "--time-format", metavar="FORMAT",
        help="How times are written: '%d/%m/%Y %H:%M', or s, ms, us, ns for Unix times. "
        "Default: ISO 8601, Unix seconds or milliseconds.",
    ),
    click.option(
        "--on-error", type=click.Choice(["stop", "skip"]), default="stop", show_default=True,
        help="What a bad value or a ragged row does: end with an error, or be skipped and counted.",
    ),
    click.option(
        "--rejects", type=click.Path(), metavar="FILE",
        help="With --on-error skip: write the skipped rows there, with line and reason (CSV).",
    ),
]  # fmt: skip


def id_(default: str | None = columns.ID, help: str = "Column of the customer's id.") -> Decorator:
    return _role("--id", "id_", default, help)


def time(command: Command) -> Command:
    return _role("--time", "time", columns.TIME, "Column of the event's time.")(command)


def event(command: Command) -> Command:
    return _role("--event", "event", columns.EVENT, "Column of the event's name.")(command)


def value(command: Command) -> Command:
    return _role("--value", "value", columns.VALUE, "Column of the event's value, a number.")(command)


def zone(command: Command) -> Command:
    return click.option(
        "--tz", "zone", default="UTC", show_default=True, metavar="ZONE",
        help="Time zone in which days begin.",
    )(command)  # fmt: skip


def log_roles(command: Command) -> Command:
    """--id, --time, --event and --value: the columns of an event log."""
    return id_()(time(event(value(command))))


def activity(command: Command) -> Command:
    return click.option(
        "--activity", metavar="EVENTS", callback=to_names,
        help="Only these events keep a customer active (a,b). Default: all.",
    )(command)  # fmt: skip


def start_event(command: Command) -> Command:
    return click.option(
        "--start-event", metavar="EVENT", help="The event that makes a customer; after a churn, again.",
    )(command)  # fmt: skip


_SUBSCRIPTIONS: list[Decorator] = [
    click.option(
        "--start", metavar="COLUMN", help="The table is one of subscriptions: the column of their start.",
    ),
    click.option(
        "--end", metavar="COLUMN", help="Column of a subscription's end; empty is still running.",
    ),
    click.option(
        "--gap", default="1d", show_default=True, metavar="DAYS",
        help="A break of at most so many days is no end.",
    ),
]  # fmt: skip


def subscriptions(command: Command) -> Command:
    """--start, --end, --gap: a table whose rows are subscriptions."""
    for decorate in reversed(_SUBSCRIPTIONS):
        command = decorate(command)
    return command


def with_asked(command: Command) -> Command:
    """The command gets `asked`: the parameters that the user has given a value."""

    @click.pass_context
    @functools.wraps(command)
    def with_context(ctx: click.Context, /, **given: Any) -> Any:
        from_user = {name for name in ctx.params if _is_asked(ctx, name)}
        return command(asked=from_user, **given)

    return with_context


def _is_asked(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is not ParameterSource.DEFAULT


def until(default: str) -> Decorator:
    """--until. default: in words."""
    return click.option(
        "--until", metavar="TIME", help=f"The first instant that the log does not cover. Default: {default}.",
    )  # fmt: skip


def target(help: str) -> Decorator:
    return _role("--target", "target", None, help)


def seed(command: Command) -> Command:
    return click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True,
        help="The one source of chance: the same seed gives the same bytes.",
    )(command)  # fmt: skip


def _role(flag: str, name: str, default: str | None, help: str) -> Decorator:
    return click.option(
        flag, name, default=default, show_default=default is not None, metavar="COLUMN",
        envvar=f"CHURNKIT_{flag.removeprefix('--').upper()}", help=help,
    )  # fmt: skip


def names(text: str | None) -> list[str]:
    """'a,b' → the names; nothing → none."""
    return [part.strip() for part in text.split(",") if part.strip()] if text else []
