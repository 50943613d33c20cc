"""How tables are read, and which column has which role."""

from __future__ import annotations

import functools
from typing import Any

import click
from click.core import ParameterSource

from churnkit import columns, windows
from churnkit.options.arguments import Command, Decorator, variable_of_role, with_all
from churnkit.options.sections import reading_option
from churnkit.tables import formats


def files(command: Command) -> Command:
    """FILE...: standard input where none is given, or -."""
    return click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path())(command)


def from_(command: Command) -> Command:
    return reading_option(
        "--from", "format", type=click.Choice(formats.READ),
        help="Format of the input. Default: detected from the content (Parquet, Excel: from the name).",
    )(command)  # fmt: skip


def reading(command: Command) -> Command:
    """The options that say how tables are read; the command gets them as `reading`."""

    @functools.wraps(command)
    def with_reading(**given: Any) -> Any:
        skip = given.pop("on_error") == "skip"
        how = _reading(
            given,
            skip=skip,
            rejects=given.pop("rejects"),
            sheet=given.pop("sheet"),
            as_of_name=given.pop("as_of_name"),
            is_hive=given.pop("is_hive"),
        )
        if same_as := given.pop("same_as", None):
            from churnkit.eventlog.reading import with_same_as

            if given.get("is_sorted"):
                way_out = "before it, churnkit events --same-as FILE -o log.parquet"
                raise click.UsageError(
                    f"--sorted cannot be used with --same-as, which changes the order: {way_out}"
                )
            how = with_same_as(how, same_as)
        if how.notation.are_local and given.get("until"):
            given["until"] = windows.with_offset(given["until"], how.notation.zone)
        if how.rejects and not how.skip:
            raise click.UsageError("--rejects needs --on-error skip")
        return command(reading=how, **given)

    return from_(with_all([*_FILES, *_VALUES, *_BAD_ROWS], with_reading))


def reading_of_values(command: Command) -> Command:
    """As `reading`, without what concerns FILEs and bad rows: for a command that judges the rows itself."""

    @functools.wraps(command)
    def with_reading(**given: Any) -> Any:
        return command(reading=_reading(given), **given)

    return from_(with_all(_VALUES, with_reading))


def _reading(given: dict[str, Any], **more: Any) -> Any:
    """The Reading of the given options, which are taken out of `given`. more: of files and of bad rows."""
    from churnkit.tables.column_casts import Notation
    from churnkit.tables.table import Reading

    names = given.pop("column_names")
    return Reading(
        format=given.pop("format"),
        columns=tuple(names.split(",")) if names else (),
        null=given.pop("null"),
        encoding=given.pop("encoding"),
        notation=Notation(
            time_format=given.pop("time_format"),
            decimal=given.pop("decimal"),
            zone=given.get("zone", "UTC"),
            are_local=given.pop("are_local", False),
        ),
        id=given.get("id_"),
        **more,
    )


def column_names(command: Command) -> Command:
    return reading_option(
        "--columns", "column_names", metavar="A,B,C", help="Column names, for CSV without a header.",
    )(command)  # fmt: skip


def encoding(command: Command) -> Command:
    return reading_option(
        "--encoding", metavar="NAME", help="Encoding of the input. Default: utf-8.",
    )(command)  # fmt: skip


def sheet(command: Command) -> Command:
    return reading_option(
        "--sheet", metavar="NAME", help="Sheet of an Excel file. Default: the first.",
    )(command)  # fmt: skip


_FILES: list[Decorator] = [
    sheet,
    reading_option(
        "--as-of-name", metavar="PATTERN",
        help="Add as_of from the name of each FILE, such as '%Y.csv' or 'all_%Y-%m-%d.csv'; missing parts "
        "of the date are the first (2023 is 2023-01-01).",
    ),
    reading_option(
        "--hive", "is_hive", is_flag=True,
        help="Add the folders key=value of each FILE's path as columns.",
    ),
]  # fmt: skip
_VALUES: list[Decorator] = [
    column_names,
    reading_option(
        "--null", multiple=True, metavar="WORD",
        help="A word that means \"no value\", such as NA or -. Repeatable. An empty field always means it.",
    ),
    encoding,
    reading_option(
        "--time-format", metavar="FORMAT",
        help="How times are written: '%d/%m/%Y %H:%M', excel (serial days), or s, ms, us, ns (Unix times). "
        "Default: ISO 8601, Unix seconds or milliseconds of 1990 or later.",
    ),
    reading_option(
        "--decimal", type=click.Choice([",", "."]),
        help="The mark before the decimals of numbers such as 1.570,69 or $1,570.69; the other mark groups "
        "thousands. Default: plain numbers only.",
    ),
]  # fmt: skip
_BAD_ROWS: list[Decorator] = [
    reading_option(
        "--on-error", type=click.Choice(["stop", "skip"]), default="stop", show_default=True,
        help="What to do with a row that cannot be read: stop with an error, or skip and count it.",
    ),
    reading_option(
        "--rejects", type=click.Path(), metavar="FILE",
        help="With --on-error skip: write the skipped rows to FILE (CSV), with line and reason.",
    ),
]  # fmt: skip


def id_(default: str | None = columns.ID, help: str = "Column with the customer's id.") -> Decorator:
    return _role("--id", "id_", default, help)


def time(command: Command) -> Command:
    return _role("--time", "time", columns.TIME, "Column with the event's time.")(command)


def event(command: Command) -> Command:
    return _role("--event", "event", columns.EVENT, "Column with the event's name.")(command)


def value(command: Command) -> Command:
    return _role("--value", "value", columns.VALUE, "Column with the event's value, a number.")(command)


def log_roles(command: Command) -> Command:
    """--id, --time, --event and --value: the columns of an event log."""
    return id_()(time(event(value(command))))


def _role(flag: str, name: str, default: str | None, help: str) -> Decorator:
    return reading_option(
        flag, name, default=default, show_default=default is not None, metavar="COLUMN",
        envvar=variable_of_role(flag), help=help,
    )  # fmt: skip


def target(help: str) -> Decorator:
    return click.option("--target", metavar="COLUMN", envvar=variable_of_role("--target"), help=help)


def zone(command: Command) -> Command:
    """--tz and --local-times; the second is a part of `reading`."""
    return with_all(_ZONE, command)


def _local(ctx: click.Context, param: click.Parameter, value: bool) -> bool:
    if value and ctx.get_parameter_source("zone") in (None, ParameterSource.DEFAULT):
        raise click.UsageError("--local-times needs --tz: the zone of the times")
    return value


_ZONE: list[Decorator] = [
    reading_option(
        "--tz", "zone", default="UTC", show_default=True, metavar="ZONE", is_eager=True,
        help="Time zone in which a day begins at midnight.",
    ),
    reading_option(
        "--local-times", "are_local", is_flag=True, callback=_local,
        help="Times without an offset are times of --tz. Default: they are UTC.",
    ),
]  # fmt: skip


def same_as(command: Command) -> Command:
    """--same-as, a part of `reading`: for a command that reads a log."""
    return reading_option(
        "--same-as", type=click.Path(), metavar="FILE",
        help="Join the ids of a customer: a table with two columns, the old id and the id it counts for.",
    )(command)  # fmt: skip


def sorted_(command: Command) -> Command:
    return click.option(
        "--sorted", "is_sorted", is_flag=True,
        help="The log is sorted by customer: process it so, in constant memory. Another order is an error.",
    )(command)  # fmt: skip
