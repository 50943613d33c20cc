"""The comment at the top of what is exported: which model it is, what it reads and returns, how to run it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from churnkit.columns import AS_OF, PROBABILITY, list_names
from churnkit.export.dialects import Dialect
from churnkit.export.languages import Language
from churnkit.labels import Label
from churnkit.models.columns import Column
from churnkit.models.model_file import Model
from churnkit.pictures import model_text

if TYPE_CHECKING:  # a scorer is written without sqlglot
    from churnkit.export.model_sql import Wanted
    from churnkit.export.pipeline_sql import LogOptions
    from churnkit.export.scorer import Scorer

DIFFERENCE = "1e-12"  # the largest that is to be expected
TOLD = ("predicts", "trained on", "created", "note")


def describe_model(model: Model, notes: Sequence[str]) -> Iterator[str]:
    """Which model it is, when and on what it was trained, and for whom. notes: of the user."""
    yield f"model: {model.kind} model of {model.target}"
    for name, words in model_text.facts_in_words(model.facts, len(model.columns)):
        if name in TOLD:
            yield f"{name}: {words}"
    if valid := model_text.validity(model.facts["label"]):
        yield f"valid for: {valid}"
    for note in notes:
        yield f"note: {note}"


def describe_scores(model: Model, table: str, wanted: Wanted, dialect: Dialect) -> Iterator[str]:
    """What the SELECT of a model reads and returns, and how to run it."""
    dates = " and observation date" if wanted.has_as_of else ""
    yield f"reads: {table}, one row per customer{dates}, with the {len(model.columns)} columns of the model"
    returns = [wanted.id, PROBABILITY, *wanted.heads[1:]]
    yield f"returns: {list_names(returns)}; as churnkit score does, to {_difference(wanted.digits)}"
    if model.null:
        yield f"no value: NULL, NaN, an empty text, {list_names(model.null)}"
    yield from _describe_texts(model.columns)
    yield f"run: {dialect.run}"


def describe_scorer(scorer: Scorer, language: Language) -> Iterator[str]:
    """What the scorer of a model reads and returns, and how to run and use it."""
    yield f"reads: CSV, one row per customer, with the {len(scorer.columns)} columns of the model"
    returns = [scorer.id, PROBABILITY, f"{AS_OF} if the rows have it"]
    yield f"returns: {list_names(returns)}; as churnkit score does, to {_difference(scorer.digits)}"
    if scorer.null:
        yield f"no value: an empty text, {list_names(scorer.null)}"
    yield from _describe_texts(scorer.columns)
    yield f"run: {language.run}"
    yield f"use: {language.use}"


def describe_log(
    log: LogOptions, id_: str, rule: Label | None, returns: Sequence[str], has_ties: bool, dialect: Dialect
) -> Iterator[str]:
    """What the SELECT of features or of a pipeline reads and returns, what decides ties, and how to run it.

    returns: the columns. has_ties: whether the order of rows at one time can decide something.
    """
    yield f"reads: {log.table}, one row per event: {list_names([id_, log.time, log.event, log.value])}"
    yield f"{log.time}: a DATE or TIMESTAMP in UTC, or a TIMESTAMP WITH TIME ZONE; days begin in {log.zone}"
    yield f"customers: {_population(rule)}"
    if has_ties and log.order_by is not None:
        yield f"of events at the same time, the one with the larger {log.order_by} is the later one"
    elif has_ties:
        yield "at the same time: the largest value is the last, and a churn event comes first (--order-by)"
    does = "featurize and score do" if PROBABILITY in returns else "featurize does"
    yield f"returns: {list_names(returns)}; as churnkit {does}"
    if log.dbt:
        yield "run: dbt run --vars 'as_of: 2024-12-01'"
    else:
        yield f"run: {f'bind a date to as_of, {dialect.placeholder}' if log.is_bound else dialect.run}"


def _population(rule: Label | None) -> str:
    """Who is in the table, in words."""
    if rule is None:
        return "all with an event before as_of"
    within = rule.within_days or (None if rule.churn_event else rule.horizon_days)
    activity, back = (" or ".join(names) or "event" for names in (rule.activity, rule.return_events))
    parts = [f"with {rule.start_event}"] if rule.start_event else []
    parts += [f"without {rule.churn_event}, or with a later {back}"] if rule.churn_event else []
    parts += [f"with {activity} in the {within} days before as_of"] if within else []
    return f"{' and '.join(parts)}: those of {rule}"


def _describe_texts(columns: Sequence[Column]) -> Iterator[str]:
    if names := [column.name for column in columns if _looks_like_numbers(column)]:
        yield f"texts, though they look like numbers (1 is not 1.0): {list_names(names)}"


def _difference(digits: int | None) -> str:
    return DIFFERENCE if digits is None else f"the last of {digits} decimals"


def _looks_like_numbers(column: Column) -> bool:
    words = column.categories
    return bool(words) and all(word.replace(".", "", 1).lstrip("-").isdecimal() for word in words)
