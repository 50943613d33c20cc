"""Judges the rows of a table block by block: which are kept, which are rejects, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl

from churnkit.arrays import Flags, Hashes, Ints
from churnkit.checks.blocks import RecordBlock
from churnkit.checks.expectations import Expectations
from churnkit.checks.keys import KeySet, hash_rows, is_in_run
from churnkit.checks.row_checks import Caster, Reasons, TypedColumn, check_columns, rule_frame
from churnkit.checks.rule_expressions import is_broken
from churnkit.checks.rule_syntax import Reference, Unique
from churnkit.checks.rule_types import NUMBER, TEXT, TIME
from churnkit.checks.rules import NumberedRule
from churnkit.checks.table_facts import TableFacts
from churnkit.errors import quote
from churnkit.tables import formats, types
from churnkit.tables.column_casts import Notation


@dataclass(frozen=True)
class JudgedBlock:
    """is_kept: (records,). rejects: record → its reasons, joined by '; '. rows: all rows, with their places
    among the records; typed: their expected columns."""

    is_kept: Flags
    rejects: dict[int, str]
    rows: pl.DataFrame
    places: Ints
    typed: Mapping[str, TypedColumn]
    headers: int


@dataclass
class Checker:
    """The state that rows are judged with: keys that came before, units of times, facts of the table.

    null: words that mean no value. references: rule → the sorted hashes of the other table's values.
    names: of the FILE's columns.
    """

    expected: Expectations
    rules: Sequence[NumberedRule]
    references: Mapping[NumberedRule, Hashes]
    notation: Notation
    null: Sequence[str]
    id: str
    time: str | None
    now: int
    names: list[str]
    facts: TableFacts = field(init=False)
    caster: Caster = field(init=False)
    keys: dict[tuple[str, ...], KeySet] = field(init=False)
    whole_rows: KeySet = field(default_factory=KeySet)
    lasts: dict[str, int] = field(default_factory=dict)  # of the tables before, as in TableFacts

    def __post_init__(self) -> None:
        self.facts = TableFacts(self.expected, self.id, self.time, list(self.names))
        self.caster = Caster(self.notation)
        unique = [tuple(n.name for n in r.rule.names) for r in self.rules if isinstance(r.rule, Unique)]
        self.keys = {key: KeySet() for key in (*self.expected.keys, *unique)}

    @property
    def wishes(self) -> dict[str, Any]:
        """The columns that may be parsed as numbers at once; not those whose texts are needed."""
        if self.null or self.notation.decimal is not None:
            return {}
        as_text = {name for key in self.keys for name in key} | {self.id}
        as_text |= {c.name for rule in self.rules for c in rule.columns if c.kind not in (NUMBER, TIME)}
        columns = self.expected.columns.values()
        return {c.name: pl.Float64 for c in columns if c.is_number and c.name not in as_text}

    def begin_table(self) -> None:
        """Begins the facts of another table; keys, units and the latest times are kept."""
        self.names, self.lasts = self.facts.names, self.all_lasts
        self.facts = TableFacts(self.expected, self.id, self.time, list(self.names))

    @property
    def all_lasts(self) -> dict[str, int]:
        """The latest time of each column in all tables."""
        now = self.facts.lasts
        return {
            name: max(each[name] for each in (self.lasts, now) if name in each)
            for name in [*self.lasts, *now]
        }

    def judge(self, block: RecordBlock) -> JudgedBlock:
        """Judges a block and adds it to the facts."""
        parsed = block.parse(self.wishes)
        rows = parsed.rows
        if self.null:
            rows = rows.with_columns(pl.all().cast(pl.String).replace(list(self.null), None))
        names = list(rows.columns)
        if block.layout.format == formats.JSONL:  # a record without the key
            lacking = [name for name in self.expected.columns if name not in names]
            rows = rows.with_columns(pl.lit(None, pl.String).alias(name) for name in lacking)
        columns = {name: c for name, c in self.expected.columns.items() if name in rows.columns}
        typed = {name: self.caster.cast(rows[name], column) for name, column in columns.items()}
        reasons = check_columns(typed, columns, self.now)
        repeats = self._repeated(rows, reasons)
        self._check_rules(rows, typed, reasons)
        rejects = {int(parsed.places[row]): "; ".join(dict.fromkeys(why)) for row, why in reasons.items()}
        rejects |= parsed.unreadable
        is_kept = np.zeros(block.count, dtype=np.bool_)
        is_kept[parsed.places] = True
        is_kept[list(rejects)] = False
        self.facts.unreadable += len(parsed.unreadable)
        self.facts.rejected += len(rejects)
        self.facts.see(rows, typed, repeats, names)
        return JudgedBlock(is_kept, rejects, rows, parsed.places, typed, parsed.headers)

    def _repeated(self, rows: pl.DataFrame, reasons: Reasons) -> Flags:
        """(n,) the rows whose key, or without a key the whole row, came before."""
        repeats = np.zeros(rows.height, dtype=np.bool_)
        for key, known in self.keys.items():
            if not {*key} <= {*rows.columns}:
                continue
            columns = [rows[name] for name in key]
            is_known = np.all([c.is_not_null().to_numpy() for c in columns], axis=0)
            came_before = np.zeros(rows.height, dtype=np.bool_)
            came_before[is_known] = known.repeats(hash_rows(columns)[is_known])
            for row in np.flatnonzero(came_before).tolist():
                reasons[row].append(_repeated_key(key, [c[row] for c in columns]))
            repeats |= came_before
        if not self.keys and self.time is not None and rows.width:
            repeats |= self.whole_rows.repeats(hash_rows(rows.get_columns()))
        return repeats

    @property
    def is_full(self) -> bool:
        """Whether later keys are no longer compared."""
        return any(known.is_full for known in (*self.keys.values(), self.whole_rows))

    def _check_rules(self, rows: pl.DataFrame, typed: Mapping[str, TypedColumn], reasons: Reasons) -> None:
        needed = [column for rule in self.rules if rule.condition is not None for column in rule.columns]
        frame, unknown = rule_frame(rows, typed, needed, self.caster)
        for row, why in unknown.items():
            reasons[row] += why
        for rule in self.rules:
            if rule.condition is not None:
                broken = is_broken(rule.condition, frame, self.now)
                for row in broken.arg_true() if rows.height else ():
                    reasons[row].append(f"rule {rule.line}: {rule.text}")
            elif isinstance(rule.rule, Reference) and rule.rule.of.name in rows.columns:
                texts = rows[rule.rule.of.name]
                lacks = texts.is_not_null().to_numpy() & ~is_in_run(self.references[rule], hash_rows([texts]))
                for row in np.flatnonzero(lacks).tolist():
                    what = f"column {quote(texts.name)}: {quote(texts[row])} is not in {rule.rule.path}"
                    reasons[row].append(f"rule {rule.line}: {what}:{rule.rule.column}")


def rule_types(expected: Expectations, names: Sequence[str]) -> dict[str, str | None]:
    """The type of each column in rules; None for a column that the base does not have."""
    kinds: dict[str, str | None] = dict.fromkeys(names)
    for name, column in expected.columns.items():
        is_time = column.type == types.TIMESTAMP
        kinds[name] = NUMBER if column.is_number else TIME if is_time else TEXT
    return kinds


def typed_rows(judged: JudgedBlock, expected: Expectations) -> pl.DataFrame:
    """The kept rows of a block with the types of the base: times in UTC, columns that it lacks as text."""
    columns = []
    for texts in judged.rows:
        found, column = judged.typed.get(texts.name), expected.columns.get(texts.name)
        if found is None or column is None:
            columns.append(texts.cast(pl.String))
        elif column.type == types.TIMESTAMP:
            columns.append(found.values.cast(pl.Datetime("us", "UTC")))
        elif column.type == types.BOOLEAN:
            columns.append(texts.str.to_lowercase().is_in(["true", "yes"]))
        elif column.type == types.INTEGER:
            columns.append(found.values.cast(pl.Int64, strict=False))
        else:
            columns.append(found.values)
    return pl.DataFrame(columns).filter(pl.Series(judged.is_kept[judged.places], dtype=pl.Boolean))


def _repeated_key(key: Sequence[str], values: Sequence[str]) -> str:
    if len(key) == 1:
        return f"column {quote(key[0])}: {quote(str(values[0]))} came before"
    return f"columns {', '.join(map(quote, key))}: {', '.join(quote(str(v)) for v in values)} came before"
