"""A plan as a shell script: a variable per guess with its evidence, then the commands, each into a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from churnkit.formatting import count
from churnkit.plan import shell
from churnkit.plan.choices import Record, Story, column, kept_columns, personal_columns
from churnkit.plan.dates import FEW_DATES, PlanDates

HEAD = """\
#!/bin/sh
# shellcheck disable=SC2016  # a name may contain a $, and stays a name
# Written by churnkit plan, which runs nothing. Read it, edit it, then: sh go.sh
# A line that begins with CHECK cannot be decided from the data; the script stops there until you decide.
set -eu
OUT=${OUT:-plan}  # every step writes its files into this folder
mkdir -p "$OUT"
"""


@dataclass(frozen=True)
class ChurnFacts:
    """What was measured in the tables of a story.

    customers, churned: their numbers; churned: by contract. churn_event: an event of leaving in the log, or None.
    proposed: the days of silence after which fewer than 5 % return, or None. curve: silent days → return rate.
    horizon_days: None if it cannot be decided, then `why`. rate: of the customers that are sampled.
    """

    customers: int = 0
    churned: int = 0
    churn_event: str | None = None
    proposed: int | None = None
    curve: Sequence[tuple[int, float]] = ()
    horizon_days: int | None = None
    dates: PlanDates = field(default_factory=lambda: PlanDates("", "", 0))
    rate: float = 1.0
    why: str = ""


def write_script(story: Story, measured: ChurnFacts, files: dict[str, list[str]]) -> str:
    """The script. files: path of a record → its files, where a pattern would match others too."""
    if story.sources:
        lines = _log_plan(story, measured, files)
    elif len(story.snapshots) == 1:
        lines = _snapshot_plan(story.snapshots[0], story, files)
    else:
        lines = _choose_table(story)
    return "\n".join([HEAD, *lines, ""])


# ------------------------------------------------------------------------ a table with a target
def _snapshot_plan(record: Record, story: Story, files: dict[str, list[str]]) -> list[str]:
    roles, several = record["roles"], record["files"] > 1
    lines = [*_about(record, story), *_left_out(story)]
    names = files.get(record["path"], [record["path"]])
    if several:
        *earlier, latest = names
        lines += [
            "# Parts of one table, told apart by their numbers: the model learns from the earlier ones, and is",
            "# tested on the latest, which it has not seen.",
            f"LATEST={shell.path(latest)}",
            f"set -- {' '.join(map(shell.path, earlier))}",
        ]
    else:
        lines.append(f"set -- {shell.path(names[0])}")
    lines += _id(record) if roles["id"] else ["# no column is an id: the rows are numbered"]
    lines += _target(record)
    given = ' --target "$TARGET" ${POSITIVE:+--positive "$POSITIVE"}'
    id_ = ' --id "$ID"' if roles["id"] else ""
    drop = _drop(personal_columns(record))
    lines += ["", *drop[0], "# a model of who leaves; the test is on rows that the model had not seen"]
    lines += [
        f'churnkit fit --model best{id_}{given}{drop[1]} --out-of-fold "$OUT/tested.csv" -o "$OUT/model.json" "$@"',
        'churnkit evaluate --to text -o "$OUT/evaluation.txt" "$OUT/tested.csv"',
        'churnkit explain --overall --to text -o "$OUT/model.txt" "$OUT/model.json"',
    ]
    rows = '"$LATEST"' if several else '"$@"'
    keep = ' --keep "$TARGET"' if several else ""
    if several:
        lines += ["", "# how good it is later, on the latest part"]
    else:
        lines += [
            "",
            "# scores of the rows that it learnt from look better than it is: for customers of today, use their file",
        ]
    lines.append(f'churnkit score --stamp{id_}{keep} -o "$OUT/scores.csv" "$OUT/model.json" {rows}')
    if several:
        lines.append(f'churnkit evaluate{id_}{given} --to text -o "$OUT/later.txt" "$OUT/scores.csv"')
    lines.append(f'churnkit explain{id_} -o "$OUT/reasons.jsonl" "$OUT/model.json" {rows}')
    shown = ['cat "$OUT/evaluation.txt"' + (' "$OUT/later.txt"' if several else "")]
    return [*lines, "", *shown]


def _target(record: Record) -> list[str]:
    roles = record["roles"]
    name = roles["target"]
    lines = [f"TARGET={shell.word(name)}  # {shell.comment(name)}: {_values(record, name)}"]
    if choices := roles["unsure"].get("positive"):
        lines += [
            f"# CHECK: which value of {shell.comment(name)} means churned: {' or '.join(map(shell.comment, choices))}?",
            "POSITIVE=${POSITIVE:?choose the value that means churned: POSITIVE=… sh go.sh}",
        ]
    else:
        positive = roles["positive"] or ""
        lines.append(f"POSITIVE={shell.word(positive)}  # the value that means churned; empty: 1, true, yes")
    return lines


def _choose_table(story: Story) -> list[str]:
    lines = [f"# {shell.comment(r['path'])}: {shell.comment(r['grain'])}" for r in story.snapshots]
    lines += _left_out(story)
    what = (
        "no table has a customer with times, or a target"
        if not story.snapshots
        else "several tables have a target"
    )
    return [
        *lines,
        f"# CHECK: {what}: name the table, as in churnkit plan TABLE",
        ': "${TABLE:?run churnkit plan again, with the table that you mean}"',
    ]


# ------------------------------------------------------------------------ logs and subscriptions
def _log_plan(story: Story, measured: ChurnFacts, files: dict[str, list[str]]) -> list[str]:
    id_ = str(story.id)
    lines: list[str] = []
    for record in story.sources:
        lines += _about(record, story)
    lines += [*_left_out(story), ""]
    lines += _id(story.sources[0], id_)
    for place, record in enumerate(story.sources):
        lines += _roles(record, story, place)
    lines += _horizon(story, measured)
    lines += ["", "# one log of all events: customer_id, timestamp, event, amount, recurring"]
    for place, record in enumerate(story.sources):
        lines += _events(record, story, place, files)
    joins = [r for r in story.attributes if shell.is_plain(id_) and record_is_plain(r)]
    joined = "".join(f" --join {shell.path(r['path'])}" for r in joins)
    name = "customer_id"
    if joins and id_ != name:
        lines.append(
            'sed "1s/^customer_id,/$ID,/" "$OUT/events.csv" > "$OUT/log.csv"  # named as in the joined table'
        )
        lines.append('mv "$OUT/log.csv" "$OUT/events.csv"')
        name = id_
    role = "" if name == "customer_id" else ' --id "$ID"'
    churn = _churn_options(story, measured)
    own = churn or ' --inactive "$HORIZON"'
    sampled, by = measured.rate < 1, '"$ID"' if role else name
    train = '"$OUT/sampled.csv"' if sampled else '"$OUT/events.csv"'
    lines += ["", "# customers and revenue gained, kept and lost by month"]
    lines.append(f'churnkit measure --every 1mo{role}{own} -o "$OUT/months.csv" "$OUT/events.csv"')
    lines += ["", "# what was known of each customer at each date, and who then left"]
    if joins:
        lines.append("# (what is joined has no time: it is what it is today, also at earlier dates)")
    if sampled:
        lines.append(f'churnkit sample --by {by} --rate "$RATE" "$OUT/events.csv" > "$OUT/sampled.csv"')
    within = f' --horizon "$HORIZON"{churn}'
    lines.append(f'churnkit featurize{role} --as-of "$DATES"{within}{joined} -o "$OUT/train.csv" {train}')
    dropped = [c for r in joins for c in personal_columns(r)] + [
        r["roles"]["target"] for r in joins if r["roles"]["target"]
    ]
    drop = _drop(dropped)
    lines += ["", *drop[0], "# a model of who leaves; it is tested on the latest date"]
    lines += [
        f'churnkit fit --model best{role}{drop[1]} --out-of-fold "$OUT/tested.csv" -o "$OUT/model.json" "$OUT/train.csv"',
        f'churnkit evaluate{role} --to text -o "$OUT/evaluation.txt" "$OUT/tested.csv"',
        'churnkit explain --overall --to text -o "$OUT/model.txt" "$OUT/model.json"',
        "",
        "# today's customers: how likely each is to leave, and why",
        f'churnkit featurize{role} --like "$OUT/model.json" --as-of latest{joined} -o "$OUT/now.csv" "$OUT/events.csv"',
        f'churnkit score --stamp{role} -o "$OUT/scores.csv" "$OUT/model.json" "$OUT/now.csv"',
        f'churnkit explain{role} -o "$OUT/reasons.jsonl" "$OUT/model.json" "$OUT/now.csv"',
        "",
        'cat "$OUT/evaluation.txt"',
    ]
    return lines


def record_is_plain(record: Record) -> bool:
    """Whether a table can be joined as it is: one file."""
    return bool(record["files"] == 1)


def _churn_options(story: Story, measured: ChurnFacts) -> str:
    if story.subscriptions:
        return " --churn-event ended --start-event started"
    return ' --churn-event "$CHURN"' if measured.churn_event else ""


def _horizon(story: Story, measured: ChurnFacts) -> list[str]:
    """What churn means, the days, the dates and the sample, each with its reason."""
    lines = []
    if story.subscriptions:
        lines.append(
            f"# churn by contract: {count(measured.churned, 'customer')} have no subscription any more"
        )
    elif measured.churn_event:
        lines.append(
            f"CHURN={shell.word(measured.churn_event)}  # an event of leaving: {count(measured.churned, 'customer')}"
        )
    else:
        lines.append("# churn by silence: no end of a contract, and no event that says so")
    if measured.curve:
        curve = ", ".join(f"{rate:.0%} after {days} silent days" for days, rate in measured.curve)
        lines.append(f"# who comes back: {curve}")
    if measured.horizon_days is None or not measured.dates.number:
        lines += [
            f"# CHECK: {measured.why}",
            "HORIZON=${HORIZON:?choose the days that mean churn, as in HORIZON=30d DATES=2024-06-01 sh go.sh}",
            "DATES=${DATES:?choose dates with a horizon of data behind them, as in DATES=2024-06-01}",
        ]
        return lines
    by_contract = bool(story.subscriptions or measured.churn_event)
    how = (
        "time to act"
        if by_contract
        else "fewer than 5% come back after it"
        if measured.proposed
        else ("a third of the log at most; not all who are silent so long have left")
    )
    lines.append(f"HORIZON={measured.horizon_days}d  # {how}")
    few = f"; fewer than {FEW_DATES}: the test rests on little" if measured.dates.number < FEW_DATES else ""
    lines.append(f"DATES={measured.dates}  # {count(measured.dates.number, 'date')} that the log covers{few}")
    if measured.rate < 1:
        lines.append(
            f"RATE={measured.rate:g}  # of {count(measured.customers, 'customer')}, to fit in minutes"
        )
    return lines


def _roles(record: Record, story: Story, place: int) -> list[str]:
    """A variable per role of a table, with what speaks for it. place: of the table; numbered if there are several."""
    roles, number = record["roles"], _number(story, place)
    is_subscriptions = record in story.subscriptions
    wanted = ("start", "end", "value") if is_subscriptions else ("time", "event", "value")
    lines = [f"# {shell.comment(record['path'])}"] if number else []
    for role in wanted:
        name = roles[role]
        others = [other for other in roles["others"].get(role, []) if other != name]
        also = f"; also possible: {', '.join(map(shell.comment, others))}" if others else ""
        what = f"{shell.comment(name)}: {_values(record, name)}{also}" if name else "no column"
        if role == "time" and record["latest"]:
            what += f"; the latest is {record['latest']}"
        lines.append(f"{role.upper()}{number}={shell.word(name or '')}  # {what}")
    if choices := roles["unsure"].get("time_format"):
        name = shell.comment(roles["time"])
        lines += [
            f"# CHECK: which format has {name}: {' or '.join(map(shell.comment, choices))}? No day is over 12.",
            f"TIME_FORMAT{number}=${{TIME_FORMAT{number}:?choose the format, as in TIME_FORMAT{number}=%d/%m/%Y sh go.sh}}",
        ]
    elif roles["time_format"]:
        lines.append(
            f"TIME_FORMAT{number}={shell.word(roles['time_format'])}  # reads every value of {shell.comment(roles['time'])}"
        )
    else:
        lines.append(f"TIME_FORMAT{number}=''  # ISO 8601 or Unix times")
    return lines


def _number(story: Story, place: int) -> str:
    return str(place + 1) if len(story.sources) > 1 else ""


def _events(record: Record, story: Story, place: int, files: dict[str, list[str]]) -> list[str]:
    """The command that turns a table into a part of the log."""
    roles, number = record["roles"], _number(story, place)
    options = ['--id "$ID"']
    if record in story.subscriptions:
        options += [f'--start "$START{number}" --end "$END{number}"']
    else:
        options.append(f'--time "$TIME{number}" ${{EVENT{number}:+--event "$EVENT{number}"}}')
        if not roles["event"] and len(story.sources) > 1:
            options.append(f"--name {shell.word(_event_name(record))}")
    options.append(f'${{VALUE{number}:+--value "$VALUE{number}"}}')
    options.append(f'${{TIME_FORMAT{number}:+--time-format "$TIME_FORMAT{number}"}}')
    if kept := kept_columns(record) if len(story.sources) == 1 else []:
        options.append(f"--keep {shell.word(','.join(kept))}")
    lines = []
    if empty := column(record, str(story.id))["nulls"]:
        lines.append(f"# {count(empty, 'row')} without a customer are skipped")
        options.append("--on-error skip")
    header, into = (" --no-header", ">>") if place else ("", ">")
    named = files.get(record["path"])
    what = " ".join(map(shell.path, named)) if named else shell.pattern(record["path"])
    return [*lines, f'churnkit events{header} {" ".join(options)} {what} {into} "$OUT/events.csv"']


def _event_name(record: Record) -> str:
    """The name of the events of a table that has no names: what one row is."""
    grain = record["grain"].removeprefix("one row per ").split(",")[0]
    return str(grain).replace(" ", "_") or "event"


# ------------------------------------------------------------------------ comments
def _about(record: Record, story: Story) -> list[str]:
    """A table, what it refers to, and what contradicts it; copies of a table are not told twice."""

    def is_told(each: Record) -> bool:
        return not any(
            (each["to"] or "").startswith(f"{path}:") or each["to"] == path for path in story.copies
        )

    size = f"{count(record['rows'], 'row')}, {count(len(record['columns']), 'column')}"
    files = f" in {count(record['files'], 'file')}" if record["files"] > 1 else ""
    lines = [f"# {shell.comment(record['path'])}: {size}{files}; {shell.comment(record['grain'])}"]
    lines += [
        f"#   {shell.comment(join['column'])} refers to {shell.comment(join['to'])} ({join['contained']:.0%} of its values)"
        for join in record["joins"]
        if is_told(join)
    ]
    return lines + [
        f"#   but {shell.comment(each['text'])}" for each in record["contradictions"] if is_told(each)
    ]


def _left_out(story: Story) -> list[str]:
    return [
        f"# left out: {shell.comment(path)}: {shell.comment(why)}" for path, why in story.left_out.items()
    ]


def _id(record: Record, name: str | None = None) -> list[str]:
    name = name or record["roles"]["id"]
    others = [other for other in record["roles"]["others"].get("id", []) if other != name]
    also = f"; also possible: {', '.join(map(shell.comment, others))}" if others else ""
    return [f"ID={shell.word(str(name))}  # {shell.comment(str(name))}: {_values(record, str(name))}{also}"]


def _values(record: Record, name: str) -> str:
    known = column(record, name)
    return f"{count(known['distinct'], 'different value')} in {count(record['rows'] - known['nulls'], 'row')}"


def _drop(names: Sequence[Any]) -> tuple[list[str], str]:
    """The comment and the option that leave out columns of personal data and of other targets."""
    if not names:
        return [], ""
    return [
        f"DROP={shell.word(','.join(names))}  # personal data, or known only afterwards"
    ], ' --drop "$DROP"'
