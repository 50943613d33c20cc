"""Checks files: opens BASE, FILEs, rules and what they refer to; holds good rows back until they pass."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np
import polars as pl

from churnkit import columns
from churnkit.arrays import Hashes
from churnkit.checks import expectations
from churnkit.checks.blocks import RecordBlock
from churnkit.checks.checker import Checker, JudgedBlock, rule_types, typed_rows
from churnkit.checks.expectations import Expectations
from churnkit.checks.findings import TableFinding, TableLimits, find, find_ages, undecided
from churnkit.checks.keys import MOST_KEYS, hash_rows
from churnkit.checks.rule_syntax import Reference
from churnkit.checks.rules import NumberedRule, parse_rules
from churnkit.checks.suggestions import suggest_rules
from churnkit.columns import list_names
from churnkit.drift.reading import read_model_or_profile
from churnkit.errors import ChurnkitError, shown_path
from churnkit.formatting import Finding, count
from churnkit.models.model_file import Model
from churnkit.sampling.reading import SampleInput, encoding_of_bytes, open_tables
from churnkit.tables import formats, parquet, streams
from churnkit.tables.held_output import HeldOutput
from churnkit.tables.records import RecordStream
from churnkit.tables.table import Reading, Table
from churnkit.tables.writing import Output

BLOCK_BYTES = 4 << 20
MOST_REJECTS = 0.1  # with a larger share of rejects the table itself is wrong
OF_THE_USER = {"too-old", "personal-data", "special-category"}  # findings in which BASE has no part
REJECTS_HEADER = b"file,line,reason,row\n"


@dataclass(frozen=True)
class CheckOptions:
    """What is checked. id, time: columns; id None: as in BASE. drop: columns that are not checked.

    limits: of the table. max_rejects: the share of rows that is tolerated. rules: a FILE, or None. every:
    rows of a table in a stream, or None. is_streaming: good rows are written at once. allow: codes of
    findings that do not fail. refuse: codes of other notes that fail.
    """

    limits: TableLimits
    id: str | None = None
    time: str = columns.TIME
    drop: Sequence[str] = ()
    max_rejects: float = 0.0
    rules: str | None = None
    every: int | None = None
    is_streaming: bool = False
    allow: Sequence[str] = ()
    refuse: Sequence[str] = ()


@dataclass
class Verdict:
    """What was found, of all tables of a stream together. rows: also those that cannot be read.

    has_passed: every row and every table. is_written: whether the good rows of every table were let go.
    findings: those that fail; allowed: the others. first_reject: FILE:LINE and its reasons. notes: what else
    is told.
    """

    rows: int = 0
    rejected: int = 0
    has_passed: bool = True
    is_written: bool = True
    findings: list[TableFinding] = field(default_factory=list)
    allowed: list[TableFinding] = field(default_factory=list)
    first_reject: str | None = None
    notes: list[Finding] = field(default_factory=list)


def read_expectations(path: str, reading: Reading, options: CheckOptions) -> tuple[Expectations, str]:
    """What BASE (a model, a profile or a table) expects, and the column of the id.

    Raises ChurnkitError if BASE cannot be read or has no rows, or if no column has a name of --drop.
    """
    found = read_model_or_profile(path, reading)
    if isinstance(found, Model):
        expected, id_ = expectations.of_model(found), options.id or found.id or columns.ID
    else:
        id_ = options.id or columns.ID
        if not found[-1]["rows"]:
            raise ChurnkitError(f"{shown_path(path)} has no rows to compare with")
        expected = expectations.of_profile(found, id_, options.time, options.limits.now)
    for name in options.drop:
        if name not in expected.columns:
            raise columns.missing_column(name, [*expected.columns])
    return expectations.without(expected, options.drop), id_


def read_suggestions(path: str, reading: Reading, options: CheckOptions) -> str:
    """The rules that BASE suggests, as a file."""
    return suggest_rules(read_expectations(path, reading, options)[0])


def check_files(
    base: str,
    files: Sequence[str],
    reading: Reading,
    options: CheckOptions,
    output: Output,
    rejects: Output | None,
) -> Verdict:
    """Judges the rows of FILEs: good ones go to the output once their table has passed, others to rejects.

    Raises ChurnkitError: a FILE that cannot be read, an open quote, a wrong rule, two FILEs with other
    headers.
    """
    expected, id_ = read_expectations(base, reading, options)
    digest, verdict = hashlib.sha256(), Verdict()
    source = SampleInput(files, reading.format, reading.columns, reading.encoding)
    parts = open_tables(source, digest.update, BLOCK_BYTES)
    part = next(parts)
    blocks = _blocks(chain([part], parts), source)
    names: Sequence[str] = source.names or (part.names if part.header else ())
    if part.layout.format == formats.JSONL:
        first = next(blocks)
        names, blocks = first.parse({}).rows.columns, chain([first], blocks)
    if options.every is not None:
        expected = replace(expected, rows=None)
    rules = _read_rules(options.rules, rule_types(expected, names))
    null = tuple(dict.fromkeys([*reading.null, *expected.null]))
    time = options.time if options.time in expected.columns else expected.time
    checker = Checker(
        expected,
        rules,
        _references(rules, options.rules),
        reading.notation,
        null,
        id_,
        time,
        options.limits.now,
        list(names),
    )
    gate = _TypedGate(output, expected) if output.format == "parquet" else _Gate(output, part.header)
    if rejects is not None:
        rejects.bytes(REJECTS_HEADER)
    headers = 0
    for block, ends_table in _in_tables(blocks, options.every):
        judged = checker.judge(block)
        headers += judged.headers
        _write_rejects(block, judged, rejects, verdict)
        gate.add(block, judged)
        if options.is_streaming:
            gate.release()
        if ends_table:
            _conclude(checker, gate, verdict, options)
            if not verdict.has_passed and not options.is_streaming:
                break
            checker.begin_table()
    else:
        is_same = len(files) == 1 and expected.sha256 == digest.hexdigest() and checker.facts.all_rows > 0
        if options.every is None or checker.facts.all_rows:
            _conclude(checker, gate, verdict, options, is_same=is_same)
        if options.every is not None:
            _conclude_stream(checker, verdict, options)
    gate.close()
    verdict.notes += _notes(checker, headers)
    return verdict


def _conclude(
    checker: Checker, gate: _Gate | _TypedGate, verdict: Verdict, options: CheckOptions, is_same: bool = False
) -> None:
    """Judges the table as a whole, and lets its good rows go if it has passed: with few rejects it has."""
    facts = checker.facts
    found = find(facts, replace(options.limits, are_parts=options.every is not None))
    if is_same:
        found = [finding for finding in found if finding.code in OF_THE_USER]
        verdict.notes.append(Finding("same-bytes", "BASE and FILE have the same bytes: nothing is compared"))
    failing = _sort(found, verdict, options)
    verdict.rows += facts.all_rows
    verdict.rejected += facts.rejected
    is_refused = is_same and "same-bytes" in options.refuse
    are_many = facts.rejected > max(MOST_REJECTS, options.max_rejects) * facts.all_rows
    is_written = not failing and not is_refused and not are_many
    has_passed = is_written and facts.rejected <= options.max_rejects * facts.all_rows
    verdict.has_passed = verdict.has_passed and has_passed
    verdict.is_written = verdict.is_written and is_written
    if is_written:
        gate.release()
    else:
        gate.discard()
    if names := [] if is_same else undecided(facts):
        text = f"too few rows to decide whether these columns have drifted: {list_names(names)}"
        verdict.notes.append(Finding("too-few-rows", text, is_warning=True))


def _conclude_stream(checker: Checker, verdict: Verdict, options: CheckOptions) -> None:
    """Judges what only all tables of a stream together can show: how old the latest rows are."""
    checker.facts.lasts = checker.all_lasts
    if _sort(find_ages(checker.facts, options.limits), verdict, options):
        verdict.has_passed = False


def _sort(found: Iterable[TableFinding], verdict: Verdict, options: CheckOptions) -> list[TableFinding]:
    """The findings that fail; they and the allowed ones are added to the verdict."""
    each = list(found)
    failing = [finding for finding in each if finding.code not in options.allow]
    verdict.findings += failing
    verdict.allowed += [finding for finding in each if finding.code in options.allow]
    return failing


def _notes(checker: Checker, headers: int) -> Iterator[Finding]:
    if headers:
        text = f"{count(headers, 'repeated header line')} skipped"
        yield Finding("repeated-headers", text, count=headers)
    if checker.is_full:
        text = f"keys are compared in the first {MOST_KEYS:,} rows only"
        yield Finding("keys-not-compared", text, is_warning=True)


# ------------------------------------------------------------------------ rows
def _blocks(parts: Iterator[RecordStream], source: SampleInput) -> Iterator[RecordBlock]:
    encoding = encoding_of_bytes(source.encoding)
    for part in parts:
        is_json = part.layout.format == formats.JSONL
        names = () if is_json else source.names or part.names
        for block in part.blocks:
            yield RecordBlock(block, part.layout, part.header, names, encoding, part.path)


def _in_tables(blocks: Iterator[RecordBlock], every: int | None) -> Iterator[tuple[RecordBlock, bool]]:
    """The blocks, cut where a table of `every` records ends, and whether it ends there."""
    left = every or 0
    for block in blocks:
        while every is not None and block.count > left:
            head, block = block.split(left)
            yield head, True
            left = every
        if every is None:
            yield block, False
            continue
        left -= block.count
        yield block, left == 0
        left = left or every


def _write_rejects(block: RecordBlock, judged: JudgedBlock, rejects: Output | None, verdict: Verdict) -> None:
    """Writes the rejects of a block, whole, with their lines and reasons."""
    for place in sorted(judged.rejects):
        why = judged.rejects[place]
        if verdict.first_reject is None:
            verdict.first_reject = f"{shown_path(block.path)}:{block.line(place)}: {why}"
        if rejects is not None:
            row = block.record(place).removesuffix(b"\n").removesuffix(b"\r")
            cells = (shown_path(block.path).encode(), b"%d" % block.line(place), why.encode(), row)
            rejects.bytes(b",".join(map(_quoted, cells)) + b"\n")


def _quoted(cell: bytes) -> bytes:
    """A field of CSV; its bytes need not be text."""
    return b'"' + cell.replace(b'"', b'""') + b'"' if any(mark in cell for mark in b',"\n\r') else cell


@dataclass
class _Gate:
    """Lets good rows through, byte for byte, once they are released. header: of the FILE, written first."""

    output: Output
    header: bytes
    held: HeldOutput = field(init=False)

    def __post_init__(self) -> None:
        self.held = HeldOutput(self.output)
        if self.header and self.output.has_header:
            self.held.bytes(self.header if self.header.endswith(b"\n") else self.header + b"\n")

    def add(self, block: RecordBlock, judged: JudgedBlock) -> None:
        self.held.bytes(block.kept(judged.is_kept))

    def release(self) -> None:
        self.held.release()

    def discard(self) -> None:
        self.held.discard()

    def close(self) -> None:
        self.held.discard()


@dataclass
class _TypedGate:
    """Lets good rows through with their types: those of a Parquet FILE, or those that BASE has."""

    output: Output
    expected: Expectations
    held: list[pl.DataFrame] = field(default_factory=list)
    released: list[pl.DataFrame] = field(default_factory=list)
    original: parquet.ParquetTable | None = None  # the Parquet FILE that is read
    path: str = ""
    place: int = 0  # its next row

    def add(self, block: RecordBlock, judged: JudgedBlock) -> None:
        if block.path != self.path:
            self.path, self.place = block.path, 0
            is_parquet = block.path.endswith(formats.FORMATS["parquet"].endings)
            self.original = parquet.open_table(block.path) if is_parquet else None
        if self.original is None:
            self.held.append(typed_rows(judged, self.expected))
        else:
            rows = self.original.typed(self.place, block.count)
            self.held.append(rows.filter(pl.Series(judged.is_kept, dtype=pl.Boolean)))
        self.place += block.count

    def release(self) -> None:
        self.released += self.held
        self.held = []

    def discard(self) -> None:
        self.held = []

    def close(self) -> None:
        rows = self.released or [pl.DataFrame(schema=dict.fromkeys(self.expected.columns, pl.String))]
        self.output.frame(pl.concat(rows, how="diagonal_relaxed"))


# ------------------------------------------------------------------------ rules
def _read_rules(path: str | None, types: Mapping[str, str | None]) -> list[NumberedRule]:
    if path is None:
        return []
    streams.check_readable([path])
    try:
        text = b"".join(streams.read(path)).decode()
    except UnicodeDecodeError:
        raise ChurnkitError(f"{shown_path(path)} is not UTF-8") from None
    return parse_rules(text, shown_path(path), types)


def _references(rules: Sequence[NumberedRule], path: str | None) -> dict[NumberedRule, Hashes]:
    """Rule → the sorted hashes of the values of the other table's column. path: of the rules.

    Raises ChurnkitError with the line of the rule whose table cannot be read.
    """
    found: dict[NumberedRule, Hashes] = {}
    for rule in rules:
        if isinstance(rule.rule, Reference):
            try:
                found[rule] = _hashes_of(rule.rule)
            except ChurnkitError as error:
                raise ChurnkitError(f"{shown_path(path or '')}:{rule.line}: {error}") from None
    return found


def _hashes_of(reference: Reference) -> Hashes:
    if reference.path == "-":
        raise ChurnkitError("the other table must be a FILE, not standard input")
    table = Table([reference.path], Reading())
    table.require(reference.column)
    hashes = [hash_rows([frame.rows[reference.column].cast(pl.String)]) for frame in table.frames()]
    return np.unique(np.concatenate([np.empty(0, dtype=np.uint64), *hashes]))
