"""Models in a folder: which table each was trained on, and which scores came from it, by SHA-256."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from churnkit.catalog.contents import CatalogTable
from churnkit.columns import MODEL_SHA256

TRAINED_ON, SCORED_BY = "trained on it", "scored it"


@dataclass(frozen=True)
class ModelNote:
    """A model file. sha256: of the file. trained_on: that of the rows that it was trained on, or None."""

    path: str
    sha256: str
    kind: str
    target: str
    trained_on: str | None


def is_model(start: bytes) -> bool:
    """Whether a file begins like a model."""
    return start.lstrip().startswith(b'{"churnkit":')


def models_of(path: str, data: bytes, sha256: str) -> list[ModelNote]:
    """The models in a file, one per line. Raises ValueError if a line is not JSON or not a model."""
    notes = []
    for line in data.splitlines():
        if line.strip():
            fields = orjson.loads(line)
            if not isinstance(fields, dict) or not isinstance(fields.get("trained_on"), dict):
                raise ValueError("no field 'trained_on'")
            trained_on = fields["trained_on"].get("sha256")
            kind, target = str(fields.get("kind")), str(fields.get("target"))
            notes.append(ModelNote(path, sha256, kind, target, trained_on))
    return notes


def related_models(table: CatalogTable, models: Sequence[ModelNote]) -> list[dict[str, Any]]:
    """The models that were trained on a table, and those that scored it (`score --stamp`)."""
    stamps = {value for column in table.columns if column.name == MODEL_SHA256 for value, _ in column.words}
    found = []
    for model in models:
        how = (
            TRAINED_ON if model.trained_on == table.sha256 else SCORED_BY if model.sha256 in stamps else None
        )
        if how:
            found.append(plain(model, how))
    return found


def plain(model: ModelNote, how: str) -> dict[str, Any]:
    """A model in the record of a table. how: TRAINED_ON or SCORED_BY."""
    fields = {"path": model.path, "kind": model.kind, "target": model.target}
    return {**fields, "sha256": model.sha256, "how": how}
