"""The help of a command: its own options, and the shared ones on a line per section."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Any

import click

from churnkit.options.arguments import Decorator

SECTIONS = {"Reading": "churnkit help reading", "Writing": "churnkit help formats"}  # → where it is explained
HELP_ALL = "--help-all"


class SharedOption(click.Option):
    """An option that most commands share: the help of a command only names it, `--help-all` explains it.

    section: a key of SECTIONS.
    """

    def __init__(self, *args: Any, section: str, **more: Any) -> None:
        super().__init__(*args, **more)
        self.section = section


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


def reading_option(*flags: str, **more: Any) -> Decorator:
    """A shared option of the section Reading; arguments as of click.option."""
    return click.option(*flags, cls=SharedOption, section="Reading", **more)


def writing_option(*flags: str, **more: Any) -> Decorator:
    """A shared option of the section Writing; arguments as of click.option."""
    return click.option(*flags, cls=SharedOption, section="Writing", **more)
