"""Each option that several commands share, declared once."""

from __future__ import annotations

import functools
import os
import textwrap
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

import click
from click.core import ParameterSource

from churnkit import columns, messages, windows
from churnkit.errors import ChurnkitError, quote, shown_path
from churnkit.message_codes import MESSAGES
from churnkit.tables import formats

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]
SECTIONS = {"Reading": "churnkit help reading", "Writing": "churnkit help formats"}  # → where it is explained
HELP_ALL = "--help-all"
ROLES = ("--id", "--time", "--event", "--value", "--target")


class SharedOption(click.Option):
    """An option that most commands share: the help of a command only names it, `--help-all` explains it.

    section: a key of SECTIONS.
    """

    def __init__(self, *args: Any, section: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.section = section


class Share(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """A share, typed as 1% or 0.01: 0 to 1."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        text = str(value).strip()
        try:
            share = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
        except ValueError:
            share = -1.0
        if not 0 <= share <= 1:
            self.fail(f"{quote(text)} is not a share: type 1% or 0.01", param, ctx)
        return share


class CommandWithSections(click.Command):
    """A command whose help shows its own options, and names the shared ones on a line per section."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.params.append(
            click.Option(
                [HELP_ALL], is_flag=True, is_eager=True, expose_value=False, callback=_show_all,
                help="Show this message with the options of reading and writing, and exit.",
            )
        )  # fmt: skip

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        options = [o for o in self.get_params(ctx) if isinstance(o, click.Option) and not o.hidden]
        own = [option for option in options if not isinstance(option, SharedOption)]
        _write_section(ctx, formatter, "Options", own)
        for section, topic in SECTIONS.items():
            shared = [o for o in options if isinstance(o, SharedOption) and o.section == section]
            if shared and ctx.meta.get(HELP_ALL):
                _write_section(ctx, formatter, section, shared)
            elif shared:
                flags = " ".join(_flag(option) for option in shared)
                line = f"{section}: {flags} ({topic})"
                wrapped = textwrap.fill(line, formatter.width, subsequent_indent="  ", break_on_hyphens=False)
                formatter.write(f"\n{wrapped}\n")


def _show_all(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        ctx.meta[HELP_ALL] = True
        click.echo(ctx.get_help())
        ctx.exit()


def _write_section(
    ctx: click.Context, formatter: click.HelpFormatter, section: str, options: Sequence[click.Parameter]
) -> None:
    records = [record for option in options if (record := option.get_help_record(ctx))]
    with formatter.section(section):
        formatter.write_dl(records)


def _flag(option: click.Option) -> str:
    """How an option is named in a line: -o and -q by their letters, all others in full."""
    return min(option.opts, key=len)


def to_names(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The callback of an option that takes names: 'a,b' as a tuple."""
    return tuple(names(value))


def _reading_option(*flags: str, **more: Any) -> Decorator:
    return click.option(*flags, cls=SharedOption, section="Reading", **more)


def _writing_option(*flags: str, **more: Any) -> Decorator:
    return click.option(*flags, cls=SharedOption, section="Writing", **more)


def files(command: Command) -> Command:
    """FILE...: standard input where none is given, or -."""
    return click.argument("files", nargs=-1, metavar="[FILE]...", type=click.Path())(command)


def notes(command: Command) -> Command:
    """-q, --notes and --fail-on: what happens with the notes."""
    for decorate in reversed(_NOTES):
        command = decorate(command)
    return command


def to_codes(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The codes of notes in `a,b`. Raises click.BadParameter for a code that does not exist."""
    codes = tuple(names(value))
    for code in codes:
        if code not in MESSAGES:
            near = columns.suggestion(code, MESSAGES) or "; see churnkit help messages"
            raise click.BadParameter(f"no note has the code {quote(code)}{near}")
    return codes


_NOTES: list[Decorator] = [
    _writing_option(
        "-q", "--quiet", is_flag=True, expose_value=False, is_eager=True,
        callback=lambda ctx, param, value: messages.set_quiet(value),
        help="Print no notes and warnings, only errors.",
    ),
    _writing_option(
        "--notes", type=click.Path(), metavar="FILE", expose_value=False, is_eager=True,
        callback=lambda ctx, param, value: messages.set_path(value),
        help="Write the notes to FILE as JSON Lines: code, text, count, column.",
    ),
    _writing_option(
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
            declared = _writing_option(
                "--width", type=click.IntRange(min=20), metavar="N",
                help="Width of text, in characters. Default: COLUMNS, or the width of the terminal.",
            )(declared)  # fmt: skip
        if {"csv", "tsv"} & {*formats}:
            declared = _writing_option(
                "--no-header", "header", is_flag=True, callback=lambda ctx, param, value: not value,
                help="Write CSV and TSV without a header, so that parts can be joined.",
            )(declared)  # fmt: skip
        if len(formats) > 1:
            words = f"text on a terminal, {default}" if is_shown else default
            declared = _writing_option(
                "--to", type=click.Choice(formats),
                help=f"Format of the output. Default: by the ending of -o FILE, else {words}.",
            )(declared)  # fmt: skip
        return _writing_option(
            "-o", "--output", "path", type=click.Path(), metavar="FILE",
            help="Write to FILE: all of it or nothing. Default: standard output.",
        )(declared)  # fmt: skip

    return declare


def from_(command: Command) -> Command:
    return _reading_option(
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

    declared: Command = with_reading
    for option in reversed([*_FILES, *_VALUES, *_BAD_ROWS]):
        declared = option(declared)
    return from_(declared)


def reading_of_values(command: Command) -> Command:
    """As `reading`, without what concerns FILEs and bad rows: for a command that judges the rows itself."""

    @functools.wraps(command)
    def with_reading(**given: Any) -> Any:
        return command(reading=_reading(given), **given)

    declared: Command = with_reading
    for option in reversed(_VALUES):
        declared = option(declared)
    return from_(declared)


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
    return _reading_option(
        "--columns", "column_names", metavar="A,B,C", help="Column names, for CSV without a header.",
    )(command)  # fmt: skip


def encoding(command: Command) -> Command:
    return _reading_option(
        "--encoding", metavar="NAME", help="Encoding of the input. Default: utf-8.",
    )(command)  # fmt: skip


def sheet(command: Command) -> Command:
    return _reading_option(
        "--sheet", metavar="NAME", help="Sheet of an Excel file. Default: the first.",
    )(command)  # fmt: skip


_FILES: list[Decorator] = [
    sheet,
    _reading_option(
        "--as-of-name", metavar="PATTERN",
        help="Add as_of from the name of each FILE, such as '%Y.csv' or 'all_%Y-%m-%d.csv'; missing parts "
        "of the date are the first (2023 is 2023-01-01).",
    ),
    _reading_option(
        "--hive", "is_hive", is_flag=True,
        help="Add the folders key=value of each FILE's path as columns.",
    ),
]  # fmt: skip
_VALUES: list[Decorator] = [
    column_names,
    _reading_option(
        "--null", multiple=True, metavar="WORD",
        help="A word that means \"no value\", such as NA or -. Repeatable. An empty field always means it.",
    ),
    encoding,
    _reading_option(
        "--time-format", metavar="FORMAT",
        help="How times are written: '%d/%m/%Y %H:%M', excel (serial days), or s, ms, us, ns (Unix times). "
        "Default: ISO 8601, Unix seconds or milliseconds of 1990 or later.",
    ),
    _reading_option(
        "--decimal", type=click.Choice([",", "."]),
        help="The mark before the decimals of numbers such as 1.570,69 or $1,570.69; the other mark groups "
        "thousands. Default: plain numbers only.",
    ),
]  # fmt: skip
_BAD_ROWS: list[Decorator] = [
    _reading_option(
        "--on-error", type=click.Choice(["stop", "skip"]), default="stop", show_default=True,
        help="What to do with a row that cannot be read: stop with an error, or skip and count it.",
    ),
    _reading_option(
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


def zone(command: Command) -> Command:
    """--tz and --local-times; the second is a part of `reading`."""
    for decorate in reversed(_ZONE):
        command = decorate(command)
    return command


def _local(ctx: click.Context, param: click.Parameter, value: bool) -> bool:
    if value and ctx.get_parameter_source("zone") in (None, ParameterSource.DEFAULT):
        raise click.UsageError("--local-times needs --tz: the zone of the times")
    return value


_ZONE: list[Decorator] = [
    _reading_option(
        "--tz", "zone", default="UTC", show_default=True, metavar="ZONE", is_eager=True,
        help="Time zone in which a day begins at midnight.",
    ),
    _reading_option(
        "--local-times", "are_local", is_flag=True, callback=_local,
        help="Times without an offset are times of --tz. Default: they are UTC.",
    ),
]  # fmt: skip


def same_as(command: Command) -> Command:
    """--same-as, a part of `reading`: for a command that reads a log."""
    return _reading_option(
        "--same-as", type=click.Path(), metavar="FILE",
        help="Join the ids of a customer: a table with two columns, the old id and the id it counts for.",
    )(command)  # fmt: skip


def log_roles(command: Command) -> Command:
    """--id, --time, --event and --value: the columns of an event log."""
    return id_()(time(event(value(command))))


def sorted_(command: Command) -> Command:
    return click.option(
        "--sorted", "is_sorted", is_flag=True,
        help="The log is sorted by customer: process it so, in constant memory. Another order is an error.",
    )(command)  # fmt: skip


def activity(command: Command) -> Command:
    return click.option(
        "--activity", metavar="EVENTS", callback=to_names,
        help="Only these events (a,b) keep a customer active, or bring one back after --churn-event. "
        "Default: all events.",
    )(command)  # fmt: skip


def start_event(command: Command) -> Command:
    return click.option(
        "--start-event", metavar="EVENT",
        help="The event with which a customer starts, and starts again after leaving.",
    )(command)  # fmt: skip


_SUBSCRIPTIONS: list[Decorator] = [
    click.option(
        "--start", metavar="COLUMN", help="Column with the start, where each row is a subscription.",
    ),
    click.option(
        "--end", metavar="COLUMN", help="Column with the end of a subscription; empty: still running.",
    ),
    click.option(
        "--gap", default="1d", show_default=True, metavar="DAYS",
        help="A break of at most DAYS between two subscriptions is not an end.",
    ),
]  # fmt: skip


def subscriptions(command: Command) -> Command:
    """--start, --end, --gap: a table whose rows are subscriptions."""
    for decorate in reversed(_SUBSCRIPTIONS):
        command = decorate(command)
    return command


def with_asked(command: Command) -> Command:
    """The command gets `asked`: the parameters to which the user gave a value for this call.

    A role's variable is set for many calls, and may not apply to this one: it counts as a default does.
    """

    @click.pass_context
    @functools.wraps(command)
    def with_context(ctx: click.Context, /, **given: Any) -> Any:
        from_user = {name for name in ctx.params if _is_asked(ctx, name)}
        return command(asked=from_user, **given)

    return with_context


def _is_asked(ctx: click.Context, name: str) -> bool:
    source = ctx.get_parameter_source(name)
    if source is not ParameterSource.ENVIRONMENT:
        return source is not ParameterSource.DEFAULT
    parameter = next(each for each in ctx.command.params if each.name == name)
    variables = [parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or ()
    source_of_value = next(variable for variable in variables if os.environ.get(variable))
    return source_of_value not in map(_variable_of_role, ROLES)


def until(default: str) -> Decorator:
    """--until. default: in words."""
    return click.option(
        "--until", metavar="TIME",
        help=f"When the log ends: the first instant that it does not cover. Default: {default}.",
    )  # fmt: skip


def digits(command: Command) -> Command:
    return click.option(
        "--digits", type=click.IntRange(1, 9), metavar="N",
        help="Round the numbers in the output to N decimals. Default: all digits.",
    )(command)  # fmt: skip


def target(help: str) -> Decorator:
    return click.option("--target", metavar="COLUMN", envvar=_variable_of_role("--target"), help=help)


_LEARNING: list[Decorator] = [
    click.option(
        "--positive", metavar="VALUE", help="The target value that means churned. Default: 1, true, yes."
    ),
    click.option(
        "--horizon", metavar="DAYS",
        help="Length of the label window (30d), if the target's name does not contain it.",
    ),
    click.option(
        "--lead", metavar="DAYS",
        help="Days between as_of and the label window, if the target's name does not contain them.",
    ),
    click.option(
        "--only", callback=to_names, metavar="COLUMNS", help="Use only these columns as features (a,b)."
    ),
    click.option(
        "--drop", callback=to_names, metavar="COLUMNS", help="Do not use these columns as features (a,b)."
    ),
    click.option(
        "--allow-leak", callback=to_names, metavar="COLUMNS",
        help="Use these columns although they seem to reveal the target (leakage).",
    ),
    click.option(
        "--allow-clock", callback=to_names, metavar="COLUMNS",
        help="Use these columns although they reveal the observation date.",
    ),
]  # fmt: skip


def learning(command: Command) -> Command:
    """--positive, --horizon, --lead, --only, --drop, --allow-leak, --allow-clock: what is learnt from."""
    for decorate in reversed(_LEARNING):
        command = decorate(command)
    return command


def weight(command: Command) -> Command:
    return click.option(
        "--weight", metavar="COLUMN", help="Column of sampling weights: how many rows each row stands for."
    )(command)


def seed(command: Command) -> Command:
    return click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True,
        help="Seed of the random numbers: the same seed gives the same bytes.",
    )(command)  # fmt: skip


def _role(flag: str, name: str, default: str | None, help: str) -> Decorator:
    return _reading_option(
        flag, name, default=default, show_default=default is not None, metavar="COLUMN",
        envvar=_variable_of_role(flag), help=help,
    )  # fmt: skip


def _variable_of_role(flag: str) -> str:
    """CHURNKIT_ID: the column of a role in all commands."""
    return f"CHURNKIT_{flag.removeprefix('--').upper()}"


def now() -> str:
    """The time in SOURCE_DATE_EPOCH if it is set, else the current time: ISO 8601, UTC."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    try:
        moment = datetime.fromtimestamp(float(given), timezone.utc) if given else datetime.now(timezone.utc)
    except (ValueError, OverflowError, OSError):
        raise ChurnkitError(f"SOURCE_DATE_EPOCH is {quote(given or '')}, not Unix seconds") from None
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def names(text: str | None) -> list[str]:
    """'a,b' → the names; nothing → none."""
    return [part.strip() for part in text.split(",") if part.strip()] if text else []


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
