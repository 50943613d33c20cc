"""The comment at the top of exported SQL: which model it is, what it reads and returns, and how to run it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from churnkit.columns import PROBABILITY, list_names
from churnkit.export.dialects import Dialect
from churnkit.export.model_sql import Wanted
from churnkit.models.columns import Column
from churnkit.models.model_file import Model
from churnkit.pictures import model_text

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
    yield f"returns: {list_names(returns)}; as churnkit score does, to {_difference(wanted)}"
    if model.null:
        yield f"no value: NULL, NaN, an empty text, {list_names(model.null)}"
    if names := [column.name for column in model.columns if _looks_like_numbers(column)]:
        yield f"texts, though they look like numbers (1 is not 1.0): {list_names(names)}"
    yield f"run: {dialect.run}"


def _difference(wanted: Wanted) -> str:
    return DIFFERENCE if wanted.digits is None else f"the last of {wanted.digits} decimals"


def _looks_like_numbers(column: Column) -> bool:
    words = column.categories
    return bool(words) and all(word.replace(".", "", 1).lstrip("-").isdecimal() for word in words)
