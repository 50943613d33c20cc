"""A file of rules: one rule per line, parsed and typed; an error names line and column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from churnkit.checks.rule_expressions import instant_of
from churnkit.checks.rule_syntax import (
    Condition,
    Literal,
    Match,
    Membership,
    Reference,
    Rule,
    Unique,
    parse,
)
from churnkit.checks.rule_tokens import RuleError
from churnkit.checks.rule_types import ColumnOfRule, Types, columns_of, parts_of, resolve
from churnkit.errors import ChurnkitError, quote


@dataclass(frozen=True)
class NumberedRule:
    """A resolved rule. text: as written. line: of the file, from 1."""

    rule: Rule
    text: str
    line: int

    @property
    def columns(self) -> list[ColumnOfRule]:
        return columns_of(self.rule)

    @property
    def condition(self) -> Condition | None:
        """The condition; None for a unique key or a reference."""
        return None if isinstance(self.rule, Unique | Reference) else self.rule


def parse_rules(text: str, path: str, types: Types) -> list[NumberedRule]:
    """The rules of a file. path: as shown in errors. types: column → type.

    Raises ChurnkitError with line and column (from 1) for the first rule that is wrong.
    """
    rules = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        try:
            rule = parse(line)
            if rule is not None:
                resolved = resolve(rule, types)
                _check_literals(resolved)
                rules.append(NumberedRule(resolved, shorten(line), number))
        except RuleError as error:
            raise ChurnkitError(f"{path}:{number}:{error.at + 1}: {error}") from None
        except RecursionError:
            what = "too many brackets or signs in one rule; write several rules"
            raise ChurnkitError(f"{path}:{number}: {what}") from None
    return rules


def shorten(line: str) -> str:
    """A rule without its comment and blanks."""
    return re.sub(r"\s+#[^'\"]*$", "", line).strip()


def _check_literals(node: object) -> None:
    """Raises RuleError for a date that does not exist and a regular expression that is wrong."""
    if isinstance(node, Literal) and node.kind == "time":
        try:
            instant_of(node.text)
        except ValueError as error:
            raise RuleError(node.at, f"{node.text} is not a time: {error}") from None
    if isinstance(node, Match):
        _check_pattern(node)
    words: Sequence[object] = node.words if isinstance(node, Membership) else ()
    for part in [*parts_of(node), *words]:
        _check_literals(part)


def _check_pattern(match: Match) -> None:
    import polars as pl

    try:
        pl.Series([""]).str.contains(f"^(?:{match.pattern})$")
    except pl.exceptions.PolarsError:
        raise RuleError(match.at, f"{quote(match.pattern)} is not a regular expression") from None
