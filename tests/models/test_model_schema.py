"""The JSON Schema of a model file: what `fit` writes is valid by it, as an independent validator sees it."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from churnkit import cli
from churnkit.models import MODELS
from churnkit.models.model_schema import json_schema

VALIDATOR = jsonschema.Draft202012Validator(json_schema())
ROWS = [(k, k % 7 or "", "ab"[k % 2], int(k % 7 > 3)) for k in range(200)]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """A model of each kind, of a number and a category, freshly fitted."""
    folder = tmp_path_factory.mktemp("schema")
    table = folder / "t.csv"
    table.write_text("customer_id,x,plan,churned\n" + "".join(f"c{k},{x},{p},{y}\n" for k, x, p, y in ROWS))
    for kind in MODELS:
        assert cli.run(["fit", "-q", "--model", kind, "-o", str(folder / kind), str(table)]) == 0
    return {kind: json.loads((folder / kind).read_text()) for kind in MODELS}


def test_the_schema_is_itself_valid() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("kind", MODELS)
def test_a_fresh_model_is_valid(models: dict[str, dict[str, Any]], kind: str) -> None:
    VALIDATOR.validate(models[kind])
    VALIDATOR.validate({**models[kind], "a field of another version": 1})


@pytest.mark.parametrize("kind", MODELS)
@pytest.mark.parametrize("name", ["churnkit", "kind", "features", "target", "id", "verify", "parameters"])
def test_a_model_without_a_field_is_not_valid(
    models: dict[str, dict[str, Any]], kind: str, name: str
) -> None:
    assert not VALIDATOR.is_valid({key: value for key, value in models[kind].items() if key != name})


@pytest.mark.parametrize("kind", MODELS)
def test_the_parameters_of_another_kind_are_not_valid(models: dict[str, dict[str, Any]], kind: str) -> None:
    others = [models[other]["parameters"] for other in MODELS if other != kind]
    without = [name for name in models[kind]["parameters"] if any(name not in other for other in others)]
    for name in {*without} - {"counts"}:  # older trees lack them
        left = {key: value for key, value in models[kind]["parameters"].items() if key != name}
        assert not VALIDATOR.is_valid({**models[kind], "parameters": left})


def test_help_prints_the_schema_indented_by_two(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["help", "model", "--schema"]) == 0
    printed = capfd.readouterr().out
    assert json.loads(printed) == json.loads(json.dumps(json_schema()))
    assert printed.splitlines()[1].startswith('  "')


@pytest.mark.parametrize("words", [["--schema"], ["features", "--schema"], ["fit", "--schema"]])
def test_another_topic_has_no_schema(words: list[str], capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["help", *words]) == 2
    assert "churnkit help model --schema" in capfd.readouterr().err
