"""The command group, and the only place that turns an exception into one line and a status."""

from __future__ import annotations

import contextlib
import importlib
import os
import re
from collections.abc import Sequence
from typing import Any

import click
from click.core import ParameterSource

from churnkit import __version__, columns, messages
from churnkit.commands import COMMANDS
from churnkit.errors import CheckFailed, ChurnkitError, is_panic, quote, visible

TOPICS = {
    "commands": "The help of every command, with all options.",
    "reading": "What commands read, and the options for it.",
    "formats": "What commands write, and the options for it.",
    "catalog": "From a folder of unknown tables to scores: catalog and plan.",
    "features": "Features and labels by name.",
    "honest-numbers": "How metrics, intervals and baselines are made.",
    "past-dates": "What models would have expected at past dates, and what happened.",
    "model": "The model file, field by field.",
    "messages": "The code of every note, and what to do.",
    "pipes": "Patterns with cut, sort, xargs, jq and others.",
    "export": "A model in a database, and the proof that the numbers are the same.",
    "production": "A monthly job: Makefile, cron, shards.",
    "how-it-works": "What happens inside.",
    "glossary": "AUC, PSI, log-odds and other terms, in plain words.",
    "benchmarks": "Time and memory beside other tools.",
    "comparison": "What other tools do better.",
}
LIBRARIES = (
    "click", "polars", "numpy", "orjson", "msgspec", "xgboost-cpu", "xgboost", "backports.zstd",
)  # fmt: skip
COMPLETION = "_CHURNKIT_COMPLETE"  # the environment variable by which a shell asks what could follow
INTERRUPTED = 130  # exit status
LIGHT = {"sample"}  # commands that do without the large libraries
ADDRESSES = 2 << 30  # bytes of addresses that those reserve at their start; they die without them
IDEA = """
Who will leave next, why, and what it costs: small commands that chain.

\b
  churnkit simulate --customers 5000 > events.csv
  churnkit featurize --as-of 2024-06-01..2024-10-01/1mo --horizon 30d events.csv > train.csv
  churnkit fit --model xgboost train.csv > model.json
  churnkit featurize --like model.json --as-of 2024-12-01 events.csv |
    churnkit score model.json | sort -t, -k2,2gr | head

Every command reads FILEs or standard input and writes to standard output; notes go to standard error.
`churnkit COMMAND --help` has an example that runs. `churnkit help` lists the topics.
"""


class CommandGroup(click.Group):
    """Commands by name, imported when they are needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return _names()

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name == "help":
            return help_command
        if name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"churnkit.commands.{name}")
        command: click.Command = module.command
        for option in command.params:
            if isinstance(option, click.Option):
                everywhere = [option.envvar] if isinstance(option.envvar, str) else []
                option.envvar = [_variable(name, option), *everywhere]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name != "help" and name not in self.list_commands(ctx):
            near = columns.suggestion(name, self.list_commands(ctx))
            raise click.UsageError(f"no command {quote(name)}{near or '; see churnkit --help'}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for group, commands in COMMANDS.items():
            with formatter.section(group.capitalize()):
                formatter.write_dl(list(commands.items()))


@click.group(
    cls=CommandGroup,
    help=IDEA,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
    subcommand_metavar="COMMAND [ARGS]...",
)
@click.option("--version", is_flag=True, help="Show the version and exit.")
@click.option(
    "--verbose", is_flag=True, help="With --version: also the versions of Python and the libraries."
)
@click.pass_context
def main_group(ctx: click.Context, version: bool, verbose: bool) -> None:
    if version:
        click.echo("\n".join(_versions() if verbose else [f"churnkit {__version__}"]))
        ctx.exit()
    if ctx.invoked_subcommand is None:
        raise click.UsageError("no command; see churnkit --help")


def _versions() -> list[str]:
    """The versions that a bug report should name, one line per program."""
    import platform
    from importlib import metadata

    found = [f"churnkit {__version__}", f"python {platform.python_version()} ({platform.platform()})"]
    for name in LIBRARIES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            found.append(f"{name} {metadata.version(name)}")
    return found


@click.command("help")
@click.argument("topic", required=False)
@click.option("--schema", is_flag=True, help="With the topic model: print the JSON Schema of the file.")
@click.pass_context
def help_command(ctx: click.Context, topic: str | None, schema: bool) -> None:
    """Show a topic, or the help of a command."""
    if schema:
        click.echo(_schema(topic))
        return
    if topic is None:
        width = max(map(len, TOPICS))
        click.echo("\n".join(f"churnkit help {name:<{width}}  {words}" for name, words in TOPICS.items()))
        return
    if topic in TOPICS:
        from importlib import resources

        click.echo((resources.files("churnkit") / "topics" / f"{topic}.md").read_text("utf-8"), nl=False)
        return
    command = main_group.get_command(ctx, topic)
    if command is None:
        known = [*TOPICS, *main_group.list_commands(ctx)]
        raise click.UsageError(
            f"no topic {quote(topic)}{columns.suggestion(topic, known) or '; see churnkit help'}"
        )
    with click.Context(command, parent=ctx.parent, info_name=topic) as inner:
        click.echo(command.get_help(inner))


def _schema(topic: str | None) -> str:
    """The JSON Schema of a topic."""
    if topic != "model":
        raise click.UsageError("--schema exists for the model file only: churnkit help model --schema")
    import json

    from churnkit.models.model_schema import json_schema

    return json.dumps(json_schema(), indent=2)


def _variable(command: str, option: click.Option) -> str:
    """CHURNKIT_SCORE_TO: the environment variable of an option, by how it is typed."""
    flag = max(option.opts, key=len).removeprefix("--")
    return f"CHURNKIT_{command}_{flag}".replace("-", "_").upper()


def run(arguments: Sequence[str]) -> int:
    """Runs one command line; returns the exit status. Says at most one line of error."""
    name = f"churnkit {arguments[0]}" if arguments and arguments[0] in _names() else "churnkit"
    messages.begin()
    try:
        _refuse_little_memory(arguments)
        return _run(arguments or ["--help"])
    except ChurnkitError as error:
        messages.write_line(f"{name}: {error}{_from_variable(str(error))}")
        return error.status
    except click.ClickException as error:
        messages.write_line(f"{name}: {_usage(error)}")
        return 2
    except MemoryError:
        messages.write_line(f"{name}: not enough memory")
        return 2
    except OSError as error:
        messages.write_line(f"{name}: {error.filename or 'standard output'}: {error.strerror or error}")
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED
    except BaseException as error:
        if str(error) == "can't start new thread":
            messages.write_line(f"{name}: not enough memory: the system starts no more threads")
            return 2
        if not is_panic(error):
            raise
        messages.write_line(f"{name}: {str(error) or 'polars gave up'}")
        return 2
    finally:
        messages.clear_progress()
        _leave_nothing_to_flush()


def _refuse_little_memory(arguments: Sequence[str]) -> None:
    """Under a limit that is too low the libraries would abort, with words and a status of their own."""
    import resource

    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    heavy = (
        arguments
        and arguments[0] in _names()
        and arguments[0] not in LIGHT
        and not {"-h", "--help"} & {*arguments}
    )
    if heavy and limit != resource.RLIM_INFINITY and limit < ADDRESSES:
        raise ChurnkitError(
            f"not enough memory: ulimit -v is {limit >> 20:,} MiB, and the libraries reserve"
            f" {ADDRESSES >> 20:,} MiB of addresses at their start (but use far less)"
        )


def _run(arguments: Sequence[str]) -> int:
    if instruction := os.environ.get(COMPLETION):
        from click.shell_completion import shell_complete

        return shell_complete(main_group, {}, "churnkit", COMPLETION, instruction)
    try:
        with main_group.make_context("churnkit", list(arguments)) as context:
            main_group.invoke(context)
    except click.exceptions.Exit as done:
        return done.exit_code
    except BaseException:
        with contextlib.suppress(ChurnkitError):  # what went wrong first is what is reported
            _write_notes()
        raise
    _write_notes()
    if codes := messages.failing():
        raise CheckFailed(f"{columns.list_names(codes)}: written as a note (--fail-on)")
    return 0


def _write_notes() -> None:
    """--notes: the notes of this run, as JSON Lines."""
    path, notes = messages.records()
    if path is not None:
        from churnkit.tables import writing

        with writing.open_output(path, "jsonl") as output:
            output.records(notes)


def _from_variable(message: str) -> str:
    """Names the environment variable whose value a message complains of."""
    for name, value in os.environ.items():
        if name.startswith("CHURNKIT_") and name != "CHURNKIT_KEY" and value and quote(value) in message:
            return f" (from {name})"
    return ""


def _names() -> list[str]:
    return [name for group in COMMANDS.values() for name in group]


def _usage(error: click.ClickException) -> str:
    """Click's message in one line of ours, with the environment variable where that is the source."""
    if isinstance(error, click.NoSuchOption):
        near = columns.suggestion(error.option_name, error.possibilities or [])
        return f"no option {quote(error.option_name)}{near}"
    text = " ".join(error.format_message().split()).removesuffix(".")
    parameter = getattr(error, "param", None)
    context: Any = getattr(error, "ctx", None)
    if parameter is not None and context is not None and parameter.name:
        source = context.get_parameter_source(parameter.name)
        if source is ParameterSource.ENVIRONMENT:
            given = [variable for variable in parameter.envvar if os.environ.get(variable)]
            text = f"{text} (from {given[0]})"
    if parameter is not None and isinstance(parameter.type, click.Choice):
        given_word = re.search("'([^']*)' is not one of", text)
        text += columns.suggestion(given_word[1], map(str, parameter.type.choices)) if given_word else ""
    is_name = text.partition(" ")[0].isupper()  # BEFORE, FILE
    return visible(text if is_name else text[:1].lower() + text[1:])


def _leave_nothing_to_flush() -> None:
    """Python flushes sys.stdout once more at exit; a full disk must not speak up a second time."""
    import sys

    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except (OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
