"""check: new rows against what a base expects of them."""

from __future__ import annotations

import contextlib
import re
import time as clock
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from churnkit import messages, options, windows
from churnkit.errors import CheckFailed, ChurnkitError

if TYPE_CHECKING:
    from churnkit.checks.reading import Verdict
    from churnkit.tables.table import Reading
    from churnkit.tables.writing import Destination

SHOWN_FINDINGS = 10


def _range(ctx: click.Context, param: click.Parameter, value: str) -> tuple[float, float]:
    low, dots, high = value.partition("..")
    try:
        found = float(low or 0), float(high or "inf")
    except ValueError:
        found = (1.0, 0.0)
    if not dots or not 0 <= found[0] <= found[1]:
        raise click.BadParameter(f"{value!r} is not LOW..HIGH, such as 0.5..2, 0.9.. or ..3")
    return found


def _age(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    match = re.fullmatch(r"(\d{1,5})([hdw])", value)
    if match is None:
        raise click.BadParameter(f"{value!r} is not an age such as 36h, 2d or 1w")
    return int(match[1]) * {"h": windows.DAY // 24, "d": windows.DAY, "w": 7 * windows.DAY}[match[2]]


def _now(ctx: click.Context, param: click.Parameter, value: str | None) -> int:
    return clock.time_ns() // 1_000 if value is None else windows.log_end(value, 0)


@click.command(cls=options.CommandWithSections)
@click.argument("base", type=click.Path())
@options.files
@click.option(
    "--rejects",
    type=click.Path(),
    metavar="FILE",
    help="Write the rejected rows to FILE (CSV), whole, with file, line and reason.",
)
@click.option(
    "--findings",
    type=click.Path(),
    metavar="FILE",
    help="Write the findings about the table to FILE (JSON Lines): code, column, text, rows, before, after, p.",
)
@click.option(
    "--max-rejects",
    type=options.Share(),
    default="0%",
    show_default=True,
    metavar="SHARE",
    help="The share of rejected rows with which the exit status is still 0.",
)
@click.option(
    "--rows",
    default="0.5..2",
    show_default=True,
    callback=_range,
    metavar="LOW..HIGH",
    help="How many times the rows of BASE a table has; either end may be left out. Not judged with a model as BASE.",
)
@click.option(
    "--max-age", callback=_age, metavar="AGE", help="The latest time may be this old (36h, 2d, 1w)."
)
@click.option(
    "--now", callback=_now, metavar="TIME", help="What counts as now: a date or a time. Default: the clock."
)
@click.option("--rules", type=click.Path(), metavar="FILE", help="Rules that rows must meet, one per line.")
@click.option(
    "--suggest", is_flag=True, help="Print rules that BASE suggests, to be edited for --rules; needs no FILE."
)
@click.option(
    "--no-pii",
    is_flag=True,
    help="Exit with status 1 if a column holds personal data, or if its name speaks of a special category.",
)
@click.option(
    "--drop",
    metavar="COLUMNS",
    help="Do not check these columns (a,b): those that always grow, such as tenure_days.",
)
@click.option(
    "--allow",
    metavar="CODES",
    callback=options.to_codes,
    help="Findings that are reported but do not fail (a,b; see churnkit help messages).",
)
@click.option("--stream", is_flag=True, help="Write good rows at once, before the table has passed.")
@click.option(
    "--every",
    type=click.IntRange(min=1),
    metavar="N",
    help="Judge N rows at a time as a table, for streams without an end.",
)
@options.id_(None, "Column of the customer's id. Default: as in the model, else customer_id.")
@options.time
@options.reading_of_values
@options.output(["csv"], "the input's format")
def command(
    base: str, files: tuple[str, ...], rejects: str | None, findings: str | None, max_rejects: float,
    rows: tuple[float, float], max_age: int | None, now: int, rules: str | None, suggest: bool, no_pii: bool,
    drop: str | None, allow: tuple[str, ...], stream: bool, every: int | None, id_: str | None, time: str,
    reading: Reading, out: Destination,
) -> None:  # fmt: skip
    """Check new rows against a base: good rows pass, byte for byte.

    BASE is a model, the output of profile, or a table. Good rows are written only after the table as a whole has
    passed; if it has not, nothing is written, so the last month's scores stay as they are. The exit status is 1 if a
    table or a row has not passed:

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d \\
        --features event_count_30d,login_count_30d,amount_sum_90d,plan_last events.csv > train.csv
      churnkit fit --model logistic train.csv > model.json
      churnkit featurize --like model.json --as-of 2024-11-01 events.csv |
        churnkit check model.json - | churnkit score -o scores.csv model.json
      churnkit profile events.csv > events.jsonl
      churnkit check --suggest events.jsonl > rules.txt
      churnkit check --rules rules.txt --rejects rejects.csv events.jsonl events.csv | wc -l

    A row is rejected for what it shows itself: the wrong number of fields, bytes that are not UTF-8, a value of
    another type than in BASE, no value where BASE always has one (300 rows or more), a key that came before (the
    later row), a time in the future, a number far outside the range of BASE (farther than its tail would reach in
    20,000 rows), a number below 0 or a new value where 1,000 rows or more never had one. --rejects keeps such
    rows whole.

    A table fails for more than a tenth of rejects, and for what only many rows show: columns that are gone, new,
    renamed or in another order; the share of empty values; a distribution that has changed by the rule of drift; new
    values; swapped columns, of numbers, words or times; a changed unit; ids of another kind; a latest time that is
    earlier than in BASE (with --every: in all of the stream); the number of rows; a day that was delivered twice.
    Each limit comes with its chance: of a hundred honest tables at most one fails. Findings are notes with a code
    (churnkit help messages).

    With a model as BASE only its columns are checked. A value that it does not know is no reason to reject a row,
    because the model scores it as "other".

    \b
      # a file of rules
      customer_id unique
      plan in (basic, plus, premium)
      end_date >= start_date and end_date - start_date <= 400d
      amount > 0 unless event = refund
      account_id references accounts.csv:account_id

    A rule is a condition (=, !=, <, <=, >, >=, between, in, matches 'regex', is empty, + - * /, and, or, not;
    A unless B; A if B), a unique key or a reference. Names in "double quotes" are columns, 'quoted' ones are texts.
    now is --now, and 30d, 2w, 12h are durations. As in SQL, a comparison with an empty value is unknown, and a row
    is rejected only where a rule is false.

    Memory is constant but for 8 bytes per row and key. Good rows beyond 8 MB wait in a temporary file.
    """
    from churnkit.checks.findings import TableLimits
    from churnkit.checks.reading import CheckOptions, check_files, read_suggestions
    from churnkit.tables import streams, writing

    if base == "-" and not suggest and (not files or "-" in files):
        raise click.UsageError("BASE and FILE cannot both be standard input")
    options.check_outputs(out.path, [rejects, findings], [base, *files, *([rules] if rules else [])])
    limits = TableLimits(now, rows if every is None else None, max_age, no_pii, reading.notation.decimal)
    chosen = CheckOptions(
        limits, id_, time, options.names(drop), max_rejects, rules, every, stream, allow, messages.fail_on()
    )
    if suggest:
        with out.open() as output:
            output.text(read_suggestions(base, reading, chosen))
        return
    whole = replace(out, formats=("csv", "parquet"))  # -o x.parquet: typed
    with whole.open() as output:
        with contextlib.ExitStack() as opened:  # each FILE to write before any FILE is read
            rejected, found = (
                opened.enter_context(writing.open_output(path, format)) if path else None
                for path, format in ((rejects, "csv"), (findings, "jsonl"))
            )
            paths = opened.enter_context(streams.table_after(base, "BASE", files))
            verdict = check_files(base, paths, reading, chosen, output, rejected)
            if found is not None:
                found.records(finding.record() for finding in (*verdict.findings, *verdict.allowed))
        _report(verdict)
        if not verdict.is_written and not stream:
            raise _failure(verdict, "nothing is written" if every is None else "the rest is not written")
    if not verdict.has_passed:
        raise _failure(verdict, "the good rows are written")


def _report(verdict: Verdict) -> None:
    """Writes the notes."""
    for finding in verdict.allowed:
        messages.note(finding.code, finding.text, count=finding.rows, column=finding.column)
    for finding in verdict.findings:
        messages.warn(finding.code, finding.text, count=finding.rows, column=finding.column)
    messages.write(verdict.notes)
    if verdict.rejected:
        text = f"{verdict.rejected:,} of {messages.count(verdict.rows, 'row')} rejected; the first: {verdict.first_reject}"
        messages.note("rejected-rows", text, count=verdict.rejected)


def _failure(verdict: Verdict, what: str) -> ChurnkitError:
    codes = list(dict.fromkeys(finding.code for finding in verdict.findings))
    parts = (
        [f"{verdict.rejected:,} of {messages.count(verdict.rows, 'row')} rejected"]
        if verdict.rejected
        else []
    )
    parts += [", ".join(codes)] if codes else []
    return CheckFailed(f"not passed: {'; '.join(parts)}; {what}")
