"""A model as one line of JSON: read strictly, and its stored example scores are checked at every load."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import numpy as np
import orjson

from churnkit import errors
from churnkit.errors import ChurnkitError, quote, schema_words
from churnkit.models import MODELS, Fitted, kind_of
from churnkit.models.calibration import sigmoid
from churnkit.models.columns import CATEGORY, NUMBER, Column, rows_to_matrix
from churnkit.models.model_schema import (
    VERSION,
    CategoryFeature,
    Example,
    ModelFile,
    NumberFeature,
    file_type,
)
from churnkit.tables import streams

MAX_BYTES = 64 << 20  # of a model file
TOLERANCE = 1e-6
FACTS = ("label", "trained_on", "metrics", "settings", "notes", "versions", "created_at", "backtest")


@dataclass(frozen=True)
class Model:
    """A fitted model with everything that score and explain need. facts: the file's other fields."""

    fitted: Fitted
    columns: list[Column]
    target: str
    id: str | None
    null: tuple[str, ...]
    facts: dict[str, Any]
    sha256: str = ""  # of the file, if the model was read from one

    @property
    def kind(self) -> str:
        return self.fitted.kind

    @property
    def allowed_clocks(self) -> list[str]:
        """The features that reveal the date, which the user allowed; they always move."""
        return list(self.facts["settings"].get("allow_clock") or [])

    @property
    def watched(self) -> list[Column]:
        """The columns; without a histogram if they always move."""
        clocks = self.allowed_clocks
        return [replace(c, histogram=None) if c.name in clocks else c for c in self.columns]


class _Head(msgspec.Struct):
    """The fields that decide which other fields there are."""

    churnkit: Any = None
    kind: Any = None


def model_to_plain(model: Model) -> dict[str, Any]:
    """The fields of the file, in file order."""
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
        "churnkit": kind_of(fitted.kind).format_of(fitted.parameters),
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
        **({"backtest": model.facts["backtest"]} if model.facts.get("backtest") else {}),
        "parameters": {
            "slope": fitted.calibration.slope,
            "offset_of_calibration": fitted.calibration.offset,
            **kind_of(fitted.kind).to_plain(fitted.parameters),
        },
    }


def serialize(model: Model) -> bytes:
    """The model as one line of JSON."""
    return orjson.dumps(model_to_plain(model), option=orjson.OPT_APPEND_NEWLINE)


def _examples(model: Model) -> list[dict[str, Any]]:
    """Artificial rows with the model's scores: typical values, all missing, and mixtures."""
    rows: list[dict[str, Any]] = [{c.name: c.fill for c in model.columns}, {}]
    for turn in range(3):
        row: dict[str, Any] = {}
        for place, column in enumerate(model.columns):
            edges = (column.histogram or {}).get("edges") or [column.fill]
            choices = list(column.categories) if column.is_category else edges
            row[column.name] = choices[(turn * 7 + place * 3) % len(choices)] if choices else None
        rows.append(row)
    log_odds = model.fitted.log_odds(rows_to_matrix(rows, model.columns))
    scores = zip(rows, log_odds, sigmoid(log_odds), strict=True)
    return [{"row": r, "log_odds": float(f), "churn_probability": float(p)} for r, f, p in scores]


def read_model(path: str) -> Model:
    """A model from a FILE, or - for standard input.

    Raises ChurnkitError if the file is cut off, too large, of a newer version or not a model, or if the model
    does not reproduce its stored example scores.
    """
    name = errors.shown_path(path)
    streams.check_readable([path])
    data = _bytes(path)
    return replace(decode_model(data, name), sha256=hashlib.sha256(data).hexdigest())


def decode_model(data: bytes, name: str) -> Model:
    """A model from the bytes of a file. name: of the file, for errors. Raises as `read_model`."""
    line = _line(data, name)
    try:
        kind = _kind(line, name)
        return _model(msgspec.json.decode(line, type=file_type(kind)), kind)
    except RecursionError:
        raise ChurnkitError(f"{name} is not a churnkit model: it is nested too deeply") from None
    except (msgspec.DecodeError, ValueError) as error:  # from msgspec 0.21 on, DecodeError is a ValueError
        raise ChurnkitError(f"{name} is not a valid churnkit model: {schema_words(error)}") from None


def _bytes(path: str) -> bytes:
    parts, size = [], 0
    for piece in streams.read(path):
        parts.append(piece)
        size += len(piece)
        if size > MAX_BYTES:
            raise ChurnkitError(f"{errors.shown_path(path)} is not a churnkit model: larger than 64 MiB")
    return b"".join(parts)


def _line(data: bytes, name: str) -> bytes:
    """The single line of the file, which must be a JSON object."""
    text = data.strip()
    if not text.startswith(b"{"):
        what = "is empty" if not text else "does not contain a JSON object"
        raise ChurnkitError(f"{name} is not a churnkit model: it {what}")
    if b"\n" in text:
        number = text.count(b"\n") + 1
        raise ChurnkitError(
            f"{name} contains {number} models (or lines), not one; take the first: head -n 1 {name}"
        )
    return text


def _kind(line: bytes, name: str) -> str:
    """The model kind. Raises ChurnkitError if the line is not JSON or of an unknown version."""
    try:
        head = msgspec.json.decode(line, type=_Head)
    except msgspec.DecodeError as error:
        for constant in (b"NaN", b"Infinity"):
            if constant in line:
                raise ChurnkitError(
                    f"{name} is not a churnkit model: it contains {constant.decode()}, which is not JSON"
                ) from None
        cut_off = "" if line.endswith(b"}") else "; is the file cut off?"
        raise ChurnkitError(f"{name} is not a churnkit model: not JSON ({error}){cut_off}") from None
    if type(head.churnkit) is not int:
        raise ChurnkitError(f"{name} is not a churnkit model: it has no field 'churnkit' with a version")
    if head.churnkit > VERSION:
        raise ChurnkitError(
            f"{name} has a newer version, {head.churnkit}; this churnkit reads up to {VERSION}: upgrade it"
        )
    if not isinstance(head.kind, str) or head.kind not in MODELS:
        raise ValueError(f"unknown kind {quote(str(head.kind))}; this churnkit has {', '.join(MODELS)}")
    return head.kind


def _model(file: ModelFile, kind: str) -> Model:
    """The model. Raises ValueError if parts of the file do not fit together."""
    columns = [_column(feature) for feature in file.features]
    parameters = kind_of(kind).from_plain(file.parameters, columns)
    facts = {name: getattr(file, name) for name in FACTS}
    fitted = Fitted(kind, parameters, file.parameters.calibration)
    model = Model(fitted, columns, file.target, file.id, file.null, facts)
    _verify(model, file.verify)
    return model


def _column(feature: NumberFeature | CategoryFeature) -> Column:
    return Column(
        feature.name,
        NUMBER if isinstance(feature, NumberFeature) else CATEGORY,
        feature.categories,
        feature.fill,
        None if feature.histogram is None else dict(feature.histogram),
        feature.importance,
        feature.direction,
    )


def _verify(model: Model, examples: Sequence[Example]) -> None:
    """Raises ValueError unless the model reproduces the example scores in the file."""
    numbers = [column.name for column in model.columns if not column.is_category]
    for place, example in enumerate(examples):
        for name in numbers:
            if isinstance(example.row.get(name), str):
                raise ValueError(f"verify[{place}].row: {quote(name)} is not a number")
    log_odds = model.fitted.log_odds(rows_to_matrix([example.row for example in examples], model.columns))
    actual = np.column_stack([log_odds, sigmoid(log_odds)])
    stored = np.array([(example.log_odds, example.churn_probability) for example in examples])
    if not np.allclose(stored, actual, rtol=TOLERANCE, atol=TOLERANCE):
        raise ValueError(
            "verify: the model does not reproduce its stored example scores; was the file edited?"
        )
