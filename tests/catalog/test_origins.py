"""Models, the tables that they were trained on, and the scores that came from them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from churnkit.catalog.origins import is_model, models_of, related_models
from tests.catalog.tables import table


def test_models_are_related_to_tables_by_sha256() -> None:
    line = b'{"churnkit":1,"kind":"tree","target":"churned","trained_on":{"sha256":"aa"}}\n'
    assert is_model(line)
    models = models_of("m.json", line, "bb")
    trained = replace(table("t.csv", {"a": ["1"]}), sha256="aa")
    scores = table("s.csv", {"model_sha256": ["bb", "bb"]})
    other = table("o.csv", {"a": ["bb"]})
    assert [[(m["path"], m["how"]) for m in related_models(t, models)] for t in (trained, scores, other)] == [
        [("m.json", "trained on it")],
        [("m.json", "scored it")],
        [],
    ]


def test_a_line_that_is_no_model_is_an_error() -> None:
    with pytest.raises(ValueError, match="trained_on"):
        models_of("m.json", b'{"churnkit":1}\n', "bb")
