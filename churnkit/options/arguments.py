"""What users type and set: names, shares, codes of notes, which options they gave, and the time."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from typing import Any

import click
from click.core import ParameterSource

from churnkit import columns
from churnkit.errors import ChurnkitError, quote
from churnkit.message_codes import MESSAGES

Command = Callable[..., Any]
Decorator = Callable[[Command], Command]
ROLES = ("--id", "--time", "--event", "--value", "--target")


def with_all(decorators: Sequence[Decorator], command: Command) -> Command:
    """The command with several options, which the help shows in this order."""
    for decorate in reversed(decorators):
        command = decorate(command)
    return command


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


def names(text: str | None) -> list[str]:
    """'a,b' → the names; nothing → none."""
    return [part.strip() for part in text.split(",") if part.strip()] if text else []


def to_names(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The callback of an option that takes names: 'a,b' as a tuple."""
    return tuple(names(value))


def to_codes(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The codes of notes in `a,b`. Raises click.BadParameter for a code that does not exist."""
    codes = tuple(names(value))
    for code in codes:
        if code not in MESSAGES:
            near = columns.suggestion(code, MESSAGES) or "; see churnkit help messages"
            raise click.BadParameter(f"no note has the code {quote(code)}{near}")
    return codes


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
    return source_of_value not in map(variable_of_role, ROLES)


def variable_of_role(flag: str) -> str:
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
