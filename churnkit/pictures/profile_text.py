"""A profile as text of 80 columns: one line per column, its values in short, and remarks below it.

With a target, the columns with the strongest relation to churn come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from churnkit.errors import quote, visible
from churnkit.evaluation.metrics import auc_error_by_chance
from churnkit.formatting import format_size, format_value
from churnkit.intervals import Z
from churnkit.pictures.bars import fine_bar, spark
from churnkit.pictures.text_table import align_rows, cut

WIDTH = 80  # characters, where the user and the terminal say nothing
LONGEST_NAME = 26
MIN_TOP_SHARE = 0.02  # of the rows: below it the most frequent value is shown without its share
NEARLY_ALL_SHARE = 0.9  # of the values are numbers: the others look like a word for "unknown"
MIN_CATEGORY_ROWS = 5  # rows of a category whose churn rate is shown
BAR = 8  # characters of a full bar
LEAKS = {"value": "its values reveal the target", "presence": "being empty or not reveals the target"}
BOLD, FAINT, YELLOW, RED = "1", "2", "33", "31"


def draw(records: Sequence[dict[str, Any]], width: int | None = None, colours: bool = False) -> str:
    """records: of `Profile.records`, that of the table last. width: in characters.
    colours: for a terminal."""
    width = width or WIDTH
    *columns, table = records
    has_target = any("auc" in record for record in columns)
    if has_target:
        columns.sort(key=_relation_to_churn, reverse=True)
    cells = [["column", "type", "empty", "distinct", "values"], *map(_cells, columns)]
    indent = " " * max(len(name) for name, *_ in cells)
    title, *heads = align_rows(cells, "< <9 >6 >9  <")
    about = "" if table["duplicate_rows_exact"] else "about "
    rows, wide = (
        f"{n:,} {what}{'' if n == 1 else 's'}"
        for n, what in ((table["rows"], "row"), (len(columns), "column"))
    )
    lines = [
        f"{rows}, {wide}, {format_size(table['bytes'])}, {about}{table['duplicate_rows']:,} repeated rows",
        *(["sorted by auc: the strongest relation to churn first"] if has_target else []),
        "",
        _painted(title, BOLD, colours),
    ]
    for head, record in zip(heads, columns, strict=True):
        lines.append(cut(head, width))
        lines += [
            _painted(cut(f"{indent} {remark}", width), paint, colours and bool(paint))
            for remark, paint in _remarks(record)
        ]
    return "\n".join(line.rstrip() for line in lines)


def _cells(record: dict[str, Any]) -> list[str]:
    empty = f"{record['nulls'] / max(record['rows'], 1):.1%}" if record["nulls"] else "-"
    distinct = f"{'' if record['distinct_exact'] else '~'}{record['distinct']:,}"
    return [cut(record["column"], LONGEST_NAME), record["type"], empty, distinct, _values(record)]


def _relation_to_churn(record: dict[str, Any]) -> float:
    """Sort key: how far the AUC of a column is from chance. Leaks come first, the target last."""
    if record["leak"]:
        return 0.5
    return -1.0 if record["auc"] is None else abs(record["auc"] - 0.5)


def _remarks(record: dict[str, Any]) -> list[tuple[str, str]]:
    """Lines below the line of a column, with their colours: flags, a leak, a hint, and churn."""
    remarks = []
    if record["flags"]:
        more = {"pii": "--show-pii", "special category": record.get("special_category")}
        flags = ", ".join(f"{flag} ({more[flag]})" if more.get(flag) else flag for flag in record["flags"])
        remarks.append((f"! {flags}", RED if record["pii"] else YELLOW))
    if record.get("leak"):
        remarks.append((f"! leak: {LEAKS[record['leak']]}", RED))
    if notation := record.get("number_notation"):
        text = f"{notation['rows']:,} values look like numbers: {visible(notation['way_out'])}"
        remarks.append((f"  {text}", ""))
    if hint := _null_hint(record):
        remarks.append((f"  {hint}", ""))
    if churn := _churn(record):
        remarks.append((f"  {churn}", ""))
    return remarks


def _values(record: dict[str, Any]) -> str:
    if record["pii"] and not record["top"]:
        share = record["pii"]["share"]
        kind = record["pii"]["kind"]
        return f"hidden: {kind} {share:.0%}" if share is not None else f"hidden: {kind}, by column name"
    if record["mean"] is not None:
        numbers = (record["min"], record["quantiles"]["0.5"], record["max"])
        ends = " … ".join(format_value(number) for number in numbers)
        return f"{ends}  {spark(record['histogram']['rows'])}"
    if record["span_days"] is not None:
        return f"{record['min'][:10]} … {record['max'][:10]}"
    if not record["top"]:
        return "" if record["min"] is None else f"{_named(record['min'])} … {_named(record['max'])}"
    rows = max(record["rows"] - record["nulls"], 1)
    most = max((top["rows"] for top in record["top"]), default=1)
    names = [_named(top["value"]) for top in record["top"][:3]]
    if most < MIN_TOP_SHARE * rows:
        return ", ".join(names)
    shares = [top["rows"] / rows for top in record["top"][:3]]
    bars = [f" {fine_bar(shares[0], BAR)}", "", ""]
    return ", ".join(
        f"{name}{bar} {share:.0%}" for name, bar, share in zip(names, bars, shares, strict=False)
    )


def _named(value: str) -> str:
    """A value in short, in quotes if it begins or ends with a space."""
    return cut(value if value == value.strip() else quote(value), 16)


def _churn(record: dict[str, Any]) -> str:
    """The AUC of the column alone, and the churn rate along its values, or of its categories."""
    rates = record.get("target_rates") or []
    auc = record.get("auc")
    churn = ""
    tenths = [rate for rate in rates if "from" in rate]
    if tenths:
        heights = spark([round(1000 * rate["rate"]) for rate in tenths])
        direction = "churn" if auc is None else _direction(auc, tenths, record["type"])
        churn = f"{direction} {tenths[0]['rate']:.0%} {heights} {tenths[-1]['rate']:.0%}"
    elif shown := [rate for rate in rates if rate["rows"] >= MIN_CATEGORY_ROWS and "other" not in rate]:
        shown.sort(key=lambda rate: -rate["rate"])
        churn = "churn " + ", ".join(
            f"{_named(rate['value'] or '(empty)')} {rate['rate']:.0%}" for rate in shown
        )
    return ": ".join([*([f"auc {auc:.2f}"] if auc is not None else []), *([churn] if churn else [])])


def _direction(auc: float, tenths: Sequence[dict[str, Any]], type_: str) -> str:
    """Whether more of a number raises or lowers the churn rate, if the AUC is beyond chance."""
    rows, churned = (sum(rate[name] for rate in tenths) for name in ("rows", "left"))
    if abs(auc - 0.5) < Z * auc_error_by_chance(churned, rows - churned):
        return "no direction, churn"
    return f"{'later' if type_ == 'timestamp' else 'more'} {'raises' if auc > 0.5 else 'lowers'} churn,"


def _null_hint(record: dict[str, Any]) -> str:
    """The option that reads a column of numbers with a few words as numbers."""
    known = record["rows"] - record["nulls"]
    if not record["other_words"] or record["numbers"] < NEARLY_ALL_SHARE * known:
        return ""
    return f"{record['numbers']:,} of {known:,} are numbers: --null '{visible(record['other_words'][0])}'?"


def _painted(text: str, code: str, colours: bool) -> str:
    return f"\x1b[{code}m{text}\x1b[0m" if colours else text
