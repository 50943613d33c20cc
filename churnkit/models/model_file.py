"""A model as one line of JSON: written whole, read strictly, its answers checked at every load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from churnkit import errors
from churnkit.errors import ChurnkitError, quote
from churnkit.models import MODELS, Fitted, kind_of
from churnkit.models.calibration import Calibration, sigmoid
from churnkit.models.columns import CATEGORY, NUMBER, Column, check_histogram, rows_to_matrix
from churnkit.tables import streams

VERSION = 1
LIMIT = 64 << 20  # bytes of a model
TOLERANCE = 1e-6


@dataclass(frozen=True)
class Model:
    """A fitted model with all that scoring and explaining need. facts: the file's other fields."""

    fitted: Fitted
    columns: list[Column]
    target: str
    id: str | None
    null: tuple[str, ...]
    facts: dict[str, Any]

    @property
    def kind(self) -> str:
        return self.fitted.kind


def model_to_plain(model: Model) -> dict[str, Any]:
    """The fields of the file, in their order."""
    fitted = model.fitted
    features = [
        {
            "name": c.name,
            "type": c.type,
            "categories": list(c.categories),
            "fill": c.fill,
            "histogram": c.histogram,
            "importance": c.importance,
            "direction": c.direction,
        }
        for c in model.columns
    ]
    return {
        "churnkit": VERSION,
        "kind": fitted.kind,
        "features": features,
        "target": model.target,
        "label": model.facts["label"],
        "id": model.id,
        "null": list(model.null),
        "trained_on": model.facts["trained_on"],
        "verify": _examples(model),
        "metrics": model.facts["metrics"],
        "settings": model.facts["settings"],
        "notes": model.facts["notes"],
        "versions": model.facts["versions"],
        "created_at": model.facts["created_at"],
        "parameters": {
            "slope": fitted.calibration.slope,
            "offset_of_calibration": fitted.calibration.offset,
            **kind_of(fitted.kind).to_plain(fitted.parameters),
        },
    }


def serialize(model: Model) -> bytes:
    """The line."""
    return orjson.dumps(model_to_plain(model), option=orjson.OPT_APPEND_NEWLINE)


def _examples(model: Model) -> list[dict[str, Any]]:
    """Rows that nobody ever was, with the model's answers: typical, all missing, and mixtures."""
    rows: list[dict[str, Any]] = [{c.name: c.fill for c in model.columns}, {}]
    for turn in range(3):
        row: dict[str, Any] = {}
        for place, column in enumerate(model.columns):
            edges = (column.histogram or {}).get("edges") or [column.fill]
            choices = list(column.categories) if column.is_category else edges
            row[column.name] = choices[(turn * 7 + place * 3) % len(choices)] if choices else None
        rows.append(row)
    log_odds = model.fitted.log_odds(rows_to_matrix(rows, model.columns))
    said = zip(rows, log_odds, sigmoid(log_odds), strict=True)
    return [{"row": r, "log_odds": float(f), "churn_probability": float(p)} for r, f, p in said]


def read_model(path: str) -> Model:
    """A model from a FILE, or - for standard input.

    Raises ChurnkitError for what is torn, too large, of a newer version, no model, or gives other answers
    than it should.
    """
    name = errors.shown_path(path)
    streams.check_readable([path])
    data = _bytes(path)
    try:
        return _model(_fields(data, name))
    except ValueError as error:
        raise ChurnkitError(f"{name} is not a churnkit model that can be used: {error}") from None
    except (KeyError, TypeError, AttributeError, IndexError, OverflowError) as error:
        raise ChurnkitError(f"{name} is not a churnkit model: {quote(str(error))}") from None


def _bytes(path: str) -> bytes:
    parts, size = [], 0
    for piece in streams.read(path):
        parts.append(piece)
        size += len(piece)
        if size > LIMIT:
            raise ChurnkitError(f"{errors.shown_path(path)} is not a churnkit model: larger than 64 MiB")
    return b"".join(parts)


def _fields(data: bytes, name: str) -> dict[str, Any]:
    """The one JSON object of a file, of a version that we know."""
    text = data.strip()
    if not text.startswith(b"{"):
        what = "is empty" if not text else "holds no JSON object"
        raise ChurnkitError(f"{name} is not a churnkit model: it {what}")
    if b"\n" in text:
        number = text.count(b"\n") + 1
        raise ChurnkitError(f"{name} holds {number} models (or lines); choose one: head -1 {name}")
    try:
        fields = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        for word in (b"NaN", b"Infinity"):
            if word in text:
                raise ChurnkitError(
                    f"{name} is not a churnkit model: it has {word.decode()}, which is not JSON"
                ) from None
        torn = "" if text.endswith(b"}") else "; it ends too early: torn?"
        raise ChurnkitError(f"{name} is not a churnkit model: no JSON ({error}){torn}") from None
    version = fields.get("churnkit") if isinstance(fields, dict) else None
    if type(version) is not int:
        raise ChurnkitError(f"{name} is not a churnkit model: no field 'churnkit' with its version")
    if version > VERSION:
        raise ChurnkitError(f"{name} is of a newer version, {version}; this churnkit reads up to {VERSION}")
    return fields  # type: ignore[no-any-return]


def _model(fields: dict[str, Any]) -> Model:
    """Fields as a model. Raises ValueError (or the like) on anything that does not fit."""
    kind = fields["kind"]
    if not isinstance(kind, str) or kind not in MODELS:
        raise ValueError(f"kind: {quote(str(kind))}; this churnkit knows {', '.join(MODELS)}")
    columns = _columns(fields["features"])
    parameters = fields["parameters"]
    if not isinstance(parameters, dict):
        raise ValueError("parameters: not an object")
    calibrated = [parameters.get("slope"), parameters.get("offset_of_calibration")]
    if not all(type(v) in (int, float) and abs(v) < 1e9 for v in calibrated):  # type: ignore[arg-type]
        raise ValueError("parameters: slope or offset of the calibration is not a finite number")
    target, id_ = fields["target"], fields["id"]
    null = fields.get("null", [])
    if not isinstance(target, str) or not isinstance(id_, (str, type(None))):
        raise ValueError("target, id: not names")
    if not isinstance(null, list) or not all(isinstance(word, str) for word in null):
        raise ValueError("null: not a list of words")
    for name in ("label", "trained_on", "metrics", "settings", "notes", "versions"):
        if not isinstance(fields[name], dict):
            raise ValueError(f"{name}: not an object")
    customers = fields["trained_on"].get("customers")
    if type(customers) is not int or customers < 0:
        raise ValueError("trained_on: customers is not a number")
    effective = fields["trained_on"].get("effective_customers", 1)  # an older file has none
    if type(effective) not in (int, float) or not 0 < effective < np.inf:
        raise ValueError("trained_on: effective_customers is not a number above 0")
    if "scores" in fields["metrics"]:
        check_histogram(fields["metrics"]["scores"], None)
    slope, offset = (float(v) for v in calibrated)  # type: ignore[arg-type]
    fitted = Fitted(kind, kind_of(kind).from_plain(parameters, columns), Calibration(slope, offset))
    model = Model(fitted, columns, target, id_, tuple(null), fields)
    _verify(model, fields["verify"])
    return model


def _columns(plain_columns: Any) -> list[Column]:
    if not isinstance(plain_columns, list) or not plain_columns:
        raise ValueError("features: not a list of features")
    columns: list[Column] = []
    for item in plain_columns:
        name, kind, categories = item["name"], item["type"], item.get("categories", [])
        if not isinstance(name, str) or kind not in (NUMBER, CATEGORY):
            raise ValueError(f"features: {quote(str(name))} has no name or no type")
        if any(c.name == name for c in columns):
            raise ValueError(f"features: {quote(name)} stands twice")
        if not isinstance(categories, list) or not all(isinstance(c, str) for c in categories):
            raise ValueError(f"features: the categories of {quote(name)} are not words")
        importance, direction = item.get("importance"), item.get("direction")
        weighs = importance is None or (type(importance) in (int, float) and 0 <= importance < 1e9)
        if not weighs or type(direction) not in (str, type(None)):
            raise ValueError(f"features: importance or direction of {quote(name)} is of no such kind")
        columns.append(
            Column(
                name,
                kind,
                tuple(categories),
                _typical(item, kind),
                _histogram(item, len(categories) if kind == CATEGORY else None),
                importance,
                direction,
            )
        )
    return columns


def _typical(item: dict[str, Any], kind: str) -> Any:
    fill = item.get("fill")
    right = (int, float, type(None)) if kind == NUMBER else (str, type(None))
    if type(fill) not in right:
        raise ValueError(f"features: the typical value of {quote(str(item['name']))} is not a {kind}")
    return fill


def _histogram(item: dict[str, Any], categories: int | None) -> dict[str, Any] | None:
    """Checked. categories: how many, None for a number."""
    found = item.get("histogram")
    try:
        return None if found is None else check_histogram(found, categories)
    except ValueError as error:
        raise ValueError(f"features: the histogram of {quote(str(item['name']))} {error}") from None


def _verify(model: Model, examples: Any) -> None:
    """The answers in the file must be those that the model gives."""
    if not isinstance(examples, list) or not examples:
        raise ValueError("verify: no rows to check the model with")
    said = [(e["log_odds"], e["churn_probability"]) for e in examples]
    rows: Sequence[dict[str, Any]] = [e["row"] for e in examples]
    log_odds = model.fitted.log_odds(rows_to_matrix(rows, model.columns))
    right = np.column_stack([log_odds, sigmoid(log_odds)])
    if not np.allclose(np.array(said, dtype=np.float64), right, rtol=TOLERANCE, atol=TOLERANCE):
        raise ValueError("verify: it gives other answers than it should; was it edited by hand?")
