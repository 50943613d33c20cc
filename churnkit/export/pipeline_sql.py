"""From a table of events to features, or to scores, in one statement; also as a model of dbt."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from churnkit import labels, windows
from churnkit.columns import list_names, slug
from churnkit.errors import ChurnkitError, quote
from churnkit.export import syntax
from churnkit.export.dialects import Dialect
from churnkit.export.log_sql import UTC, Dates, LogTable, fill
from churnkit.export.model_sql import Wanted, model_select
from churnkit.export.syntax import OPENS_TEMPLATE
from churnkit.export.table_sql import TableQuestion, TableSql, feature_table
from churnkit.features import parse
from churnkit.labels import Label
from churnkit.models.model_file import Model

BOUND = ":as_of"  # --as-of for a date that is bound later
FEATURES = "features"  # the CTE with the features, which the model reads
CONFIG = "{{ config(materialized='table') }}"
_PLAIN = re.compile(r"\w+")
_TEMPLATE = re.compile("|".join(map(re.escape, OPENS_TEMPLATE)))


@dataclass(frozen=True)
class LogOptions:
    """The options that speak of the log, as typed, or None. table: the name of the table of events."""

    table: str
    as_of: str | None
    with_label: bool
    until: str | None
    time: str
    event: str
    value: str
    event_names: tuple[str, ...]
    column_names: tuple[str, ...]
    order_by: str | None
    zone: str
    dbt: bool

    @property
    def is_bound(self) -> bool:
        """Whether as_of is known only when the SQL runs."""
        return self.dbt or self.as_of == BOUND

    def log(self, id_: str) -> LogTable:
        """The table of events. id_: its column of the customer's id."""
        names = _pairs("--event-name", self.event_names)
        columns = {short: raw[-1] for short, raw in _pairs("--column-name", self.column_names).items()}
        table = _reference(self.table) if self.dbt else syntax.table(self.table)
        zone = windows.zone_named(self.zone)
        return LogTable(table, id_, self.time, self.event, self.value, names, columns, self.order_by, zone)

    def dates(self, dialect: Dialect) -> Dates:
        """The observation dates. Raises ChurnkitError for dates that only the log knows."""
        if self.dbt and self.as_of not in (None, BOUND):
            raise ChurnkitError("--dbt takes the date from dbt: leave out --as-of, type dbt run --vars")
        if self.is_bound:
            if self.zone != UTC:
                raise ChurnkitError(f"--tz {self.zone} needs the date: --as-of 2024-12-01, not a bound as_of")
            return Dates(None, exp.Var(this="'{{ var(\"as_of\") }}'" if self.dbt else dialect.placeholder))
        if self.as_of is None:
            raise ChurnkitError("--as-of is missing: a date such as 2024-12-01, a range, or :as_of")
        if "latest" in self.as_of.split(",") or windows.own_date(self.as_of):
            raise ChurnkitError(f"--as-of {self.as_of}: only the log has these dates; type a date or a range")
        return Dates(windows.observation_dates(self.as_of, None, windows.zone_named(self.zone)))


def features_of(model: Model, options: LogOptions, id_: str, dialect: Dialect) -> TableSql:
    """The SELECT of the features of a model, for the customers of its label.

    Raises ChurnkitError for what cannot be written in SQL.
    """
    wanted = {column.name: parse(column.name) for column in model.columns}
    if missing := [name for name, feature in wanted.items() if feature is None]:
        raise ChurnkitError(
            f"the model needs columns that are not event-log features: {list_names(missing)}; build the "
            "table in your database, and export without --features and --pipeline"
        )
    label = rule_of(model)
    if options.with_label and label is None:
        raise ChurnkitError(f"--with-label: the target {quote(model.target)} does not define a label")
    question = TableQuestion(
        [feature for feature in wanted.values() if feature is not None],
        [column.name for column in model.columns if not column.is_category],
        options.dates(dialect),
        label,
        options.with_label,
        None if options.until is None else windows.log_end(options.until, 0, options.zone),
    )
    return feature_table(question, options.log(id_), dialect)


def rule_of(model: Model) -> Label | None:
    """The rule of who is in the table, from the name of the model's target; None if it has no rule."""
    return labels.choose_rule(None, None, None, (), None, None, model.target)[0]


def pipeline(model: Model, table: TableSql, wanted: Wanted, log: LogTable, dialect: Dialect) -> exp.Select:
    """The SELECT of the scores: that of the features is a CTE, which the model reads. wanted: its columns."""
    steps = [(cte.alias, (cte.comments or [""])[0], cte.this) for cte in table.query.ctes]
    taken = [log.table.name, *(name for name, _, _ in steps)]
    name = syntax.fresh(FEATURES, taken)
    last = table.query.copy()
    last.set("with_", None)
    last.set("order", None)
    steps.append((name, "the features: the columns of the model", last))
    scores = model_select(model, syntax.cte(name), replace(wanted, has_as_of=True, taken=taken))
    steps += [(cte.alias, (cte.comments or [""])[0], cte.this) for cte in scores.ctes]
    scores.set("with_", None)
    first = scores.args["order"].expressions[0]
    first.set("this", fill(dialect.bytewise, dialect, x=first.this))
    return syntax.with_steps(scores, steps)


def escape(options: LogOptions, dialect: Dialect) -> Callable[[str], str] | None:
    """What is written instead of a name or a literal, where a template or bound values are put in later."""
    if options.dbt:
        return lambda text: _TEMPLATE.sub(lambda match: f"{{% raw %}}{match[0]}{{% endraw %}}", text)
    if options.is_bound and dialect.doubled:
        return lambda text: text.replace(dialect.doubled, 2 * dialect.doubled)
    return None


def _pairs(option: str, texts: Sequence[str]) -> dict[str, list[str]]:
    """'support_call=Support Call' → the slug and what it stands for. Raises ChurnkitError for other texts."""
    pairs: dict[str, list[str]] = {}
    for text in texts:
        short, equals, raw = text.partition("=")
        if not equals or not raw or short != slug(short):
            raise ChurnkitError(f"{option} {quote(text)}: type it as in {option} support_call='Support Call'")
        pairs.setdefault(short, []).append(raw)
    return pairs


def _reference(name: str) -> exp.Table:
    """`events` as {{ ref('events') }}, `crm.events` as {{ source('crm', 'events') }}."""
    parts = name.split(".")
    if not all(map(_PLAIN.fullmatch, parts)) or len(parts) > 2:
        raise ChurnkitError(
            f"--dbt --table {quote(name)}: type MODEL, or SOURCE.TABLE, of letters and digits"
        )
    words = ", ".join(f"'{part}'" for part in parts)
    return exp.Table(this=exp.Var(this=f"{{{{ {'ref' if len(parts) == 1 else 'source'}({words}) }}}}"))
