"""What is written for a person, on standard error alone: notes and warnings by code, a progress bar."""

from __future__ import annotations

import contextlib
import os
import time
from dataclasses import dataclass, field

from churnkit.errors import visible

PATIENCE = 2.0  # seconds of work from which on it is shown how far it is
PACE = 0.1  # seconds between two looks of the bar
BAR = 20  # characters
CLEAR = "\r\x1b[K"

# code → what it means, what to type
MESSAGES = {
    "ablation": (
        "fit: what the AUC is without each group of columns.",
        "--drop the columns that add nothing.",
    ),
    "censored": (
        "featurize: the log ends before the label window does, so the label is empty.",
        "an earlier --as-of, or --until where the log goes further than its last event",
    ),
    "column-left-out": ("fit: a column is not learnt from, and why.", "--only COLUMNS overrules"),
    "difference": ("diff: the difference, in one sentence.", ""),
    "drifted": (
        "score: a column has moved away from the rows that the model learnt from, beyond chance.",
        "churnkit drift model.json FILE shows all columns; fit again on newer rows",
    ),
    "duplicates-dropped": ("featurize --dedupe: events equal in every column, dropped.", ""),
    "expected-loss": (
        "score --customer-value: how many customers are expected to leave, and what they cost.",
        "",
    ),
    "far-end": ("The log's last event lies in the far future.", "--until DATE"),
    "feature-table": ("featurize: rows, customers and dates of the table, and the share that churned.", ""),
    "inactive": (
        "measure: the number of silent days after which few customers come back.",
        "--inactive DAYS",
    ),
    "incomplete-period": (
        "measure: the log ends inside the last period.",
        "--until DATE, the end of a whole period",
    ),
    "last-two-periods": ("diff --period: of more than two values, the last two are compared.", "two FILEs"),
    "leak": ("fit: a column is left out, since it reveals the target.", "--allow-leak COLUMN overrules"),
    "learnt-from": ("fit: columns, rows and customers that the model learns from.", ""),
    "log-ends-early": ("featurize: an observation date lies after the end of the log.", "--as-of latest"),
    "no-inactive": (
        "measure: the log is too short to say after how many silent days customers have left.",
        "a longer log, or --churn-event",
    ),
    "no-test-in-time": (
        "fit: no earlier date's label window ends before the latest date, so the test is in folds.",
        "more dates: featurize --as-of FIRST..LAST/1mo",
    ),
    "not-calibrated": ("fit: too few rows to calibrate the probabilities.", "more rows, or more dates"),
    "not-compared": ("drift: a column is not compared, and why.", ""),
    "not-happened": (
        "Subscriptions that start or end after the end of the log are left out.",
        "--until DATE",
    ),
    "not-searched": ("diff --auto: columns of many values are not searched.", "--by COLUMN"),
    "numbered-rows": ("score, explain: the table has no id, so its rows are numbered.", "--id COLUMN"),
    "old-name": (
        "An option or field was renamed; the old name works for this release.",
        "the new name, which the note shows",
    ),
    "one-column": (
        "fit: the model is not clearly better than one column alone.",
        "more columns, or that column",
    ),
    "proved": ("featurize --prove: all values are the same from the log before each date alone.", ""),
    "rare-events": ("featurize: events too rare for features of their own.", "--features NAME,…"),
    "repeated-headers": ("Lines that repeat the header are not rows.", ""),
    "settings": ("fit --tune: the settings that were best.", ""),
    "skipped-rows": ("Bad rows were skipped.", "--rejects FILE keeps them, with line and reason"),
    "spellings": ("Event names that differ only in capitals, blanks, - and _ are one event.", ""),
    "test": ("fit: how the model was tested, and how good it is.", ""),
    "too-few-rows": ("drift: too few rows to decide whether a column has drifted.", "more rows"),
    "too-late": (
        "featurize --lead: customers who leave before the label window begins are left out.",
        "--lead DAYS",
    ),
    "unknown-event": ("An event that was named is not in the log.", "churnkit profile FILE lists the events"),
    "unknown-metric": ("diff: rows whose metric is empty are left out.", ""),
    "unknown-target": ("fit: rows whose target is empty are left out.", ""),
    "unknown-value": ("evaluate: rows without truth, baseline or customer value are left out.", ""),
    "unmatched": ("featurize --join: customers without a row in the joined table.", ""),
    "value-window": (
        "score: the customer value is of another number of days than the label.",
        "--customer-value of the label's horizon",
    ),
    "weighted-psi": ("drift MODEL: the PSI of all columns, weighted by their importance.", ""),
}


@dataclass
class _Written:
    """The notes of this run. The one thing here that is kept: -q, --notes and --fail-on ask for it."""

    is_quiet: bool = False
    path: str | None = None
    fail_on: tuple[str, ...] = ()
    notes: list[dict[str, str | int | None]] = field(default_factory=list)


_written = _Written()


def begin() -> None:
    """A new run: nothing was written yet."""
    global _written
    _written = _Written()


def set_quiet(quiet: bool) -> None:
    """-q: notes and warnings are not shown; errors still are."""
    _written.is_quiet = quiet


def set_path(path: str | None) -> None:
    """--notes: the FILE that gets the notes at the end."""
    _written.path = path


def set_fail_on(codes: tuple[str, ...]) -> None:
    """--fail-on: the codes that end the command with status 1."""
    _written.fail_on = codes


def records() -> tuple[str | None, list[dict[str, str | int | None]]]:
    """The FILE of --notes, and the notes of this run: code, text, count, column."""
    return _written.path, _written.notes


def failing() -> list[str]:
    """The codes of --fail-on of which a note was written, each once."""
    return list(dict.fromkeys(str(n["code"]) for n in _written.notes if n["code"] in _written.fail_on))


def note(code: str, text: str, *, count: int | None = None, column: str | None = None) -> None:
    """One line on standard error. One that cannot be written is no failure.

    code: a key of MESSAGES. count: of the rows, values or events that it is about. column: its name.
    """
    _add(code, text, text, count, column)


def warn(code: str, text: str, *, count: int | None = None, column: str | None = None) -> None:
    """A note that asks for attention."""
    _add(code, f"warning: {text}", text, count, column)


def _add(code: str, line: str, text: str, count: int | None, column: str | None) -> None:
    if code not in MESSAGES:
        raise KeyError(code)
    _written.notes.append({"code": code, "text": text.strip(), "count": count, "column": column})
    if not _written.is_quiet:
        write_line(line)


def write_line(text: str) -> None:
    """A line on standard error, whatever -q says."""
    clear_progress()
    _write(f"{visible(text)}\n")


def _write(text: str) -> None:
    with contextlib.suppress(OSError):
        os.write(2, text.encode("utf-8", "backslashreplace"))


def count(number: int, singular: str, plural: str = "") -> str:
    """'1 row', '1,234 rows'."""
    return f"{number:,} {singular if number == 1 else plural or singular + 's'}"


# ------------------------------------------------------------------------ how far the work is
class _Progress:
    """The bytes and rows read so far. A class, for it is the one thing here that goes on."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.looked = 0.0
        self.bytes = self.rows = 0
        self.expected: int | None = 0  # bytes; None where nobody knows
        self.is_shown = False


_work: _Progress | None = None


def expect(size: int | None) -> None:
    """The bytes that are going to be read, None where they are not known; of several FILEs they add up."""
    work = _begun()
    work.expected = None if size is None or work.expected is None else work.expected + size


def advance(size: int = 0, rows: int = 0) -> None:
    """So many more bytes and rows are read. From two seconds on a terminal shows it."""
    work = _begun()
    work.bytes += size
    work.rows += rows
    now = time.monotonic()
    if now - work.looked < PACE or now - work.begun < PATIENCE or _written.is_quiet:
        return
    work.looked = now
    if os.isatty(2):
        work.is_shown = True
        _write(CLEAR + progress_bar(work.bytes, work.rows, work.expected, now - work.begun))


def progress_bar(size: int, rows: int, expected: int | None, seconds: float) -> str:
    """How far it is, in a line of less than 80 characters. size, expected: bytes."""
    told = f"{rows:,} rows, {size / 1e6:,.0f} MB, {size / 1e6 / seconds:,.0f} MB/s"
    if not expected:
        return told
    share = min(1.0, size / expected)
    full = round(share * BAR)
    return f"[{'█' * full}{' ' * (BAR - full)}] {share:4.0%}  {told}"


def step(done: int, of: int, what: str) -> None:
    """So many of so many steps are done. From two seconds on a terminal shows it."""
    work = _begun()
    if time.monotonic() - work.begun < PATIENCE or _written.is_quiet or not os.isatty(2):
        return
    work.is_shown = True
    full = round(done / of * BAR)
    _write(f"{CLEAR}[{'█' * full}{' ' * (BAR - full)}] {done:,} of {of:,} {what}")


def clear_progress() -> None:
    """Takes the bar away, before anything else is written."""
    if _work is not None and _work.is_shown:
        _work.is_shown = False
        _write(CLEAR)


def _begun() -> _Progress:
    global _work
    if _work is None:
        _work = _Progress()
    return _work
