"""A model file is read strictly: a cut, edited, hostile or wrong file gives an error of one line."""

from __future__ import annotations

import json
import os
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from churnkit import cli
from churnkit.errors import ChurnkitError
from churnkit.models.model_file import read_model, serialize

FEATURES = "recency_days,event_count_30d,amount_sum_90d,support_call_count_90d,plan_last"
Edit = Callable[[dict[str, Any]], object]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table, and a tree and boosted trees fitted on it."""
    folder = tmp_path_factory.mktemp("models")
    for line in (
        f"simulate --customers 150 --seed 1 -o {folder}/ev.csv",
        f"featurize -q --as-of 2024-06-01,2024-07-01 --horizon 30d --features {FEATURES} -o {folder}/train.csv {folder}/ev.csv",
        f"fit -q --model tree -o {folder}/m.json {folder}/train.csv",
        f"fit -q --model xgboost -o {folder}/x.json {folder}/train.csv",
        f"fit -q --model logistic -o {folder}/l.json {folder}/train.csv",
    ):
        assert cli.run(line.split()) == 0, line
    return folder


@pytest.fixture
def refused(folder: Path, tmp_path: Path) -> Callable[[bytes], str]:
    """The error for a file with these bytes; reading must fail at once."""

    def words(data: bytes) -> str:
        path = tmp_path / "bad.json"
        path.write_bytes(data)
        began = time.process_time()
        with pytest.raises(ChurnkitError) as error:
            read_model(str(path))
        assert time.process_time() - began < 10  # seconds of work, however long it waits for its turn
        assert "bad.json" in str(error.value)
        assert len(str(error.value)) < 400 + len(str(path))
        return str(error.value)

    return words


def _edited(folder: Path, edit: Edit, name: str = "m.json") -> bytes:
    model = json.loads((folder / name).read_text())
    edit(model)
    return json.dumps(model).encode()


@pytest.mark.parametrize("name", ["m.json", "x.json", "l.json"])
def test_a_model_reads_back_as_the_same_line(folder: Path, name: str) -> None:
    line = (folder / name).read_bytes()
    assert serialize(read_model(str(folder / name))) == line
    assert line.count(b"\n") == 1


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
def test_a_model_of_release_0_1_0_scores_to_the_same_bytes(kind: str, tmp_path: Path) -> None:
    release = Path(__file__).parent / "release_0_1_0"
    out = tmp_path / "scored.csv"
    assert (
        cli.run(["score", "-q", str(release / f"{kind}.json"), str(release / "rows.csv"), "-o", str(out)])
        == 0
    )
    assert out.read_bytes() == (release / f"{kind}.csv").read_bytes()


def _with_unknown_fields(node: Any) -> Any:
    """Each object of the JSON with one more field; a row's fields are its own."""
    if isinstance(node, list):
        return [_with_unknown_fields(item) for item in node]
    if not isinstance(node, dict):
        return node
    known = {key: below if key == "row" else _with_unknown_fields(below) for key, below in node.items()}
    return {**known, "of another version": [{}]}


@pytest.mark.parametrize("name", ["m.json", "x.json", "l.json"])
def test_unknown_fields_are_ignored(folder: Path, tmp_path: Path, name: str) -> None:
    model = json.loads((folder / name).read_text())
    (tmp_path / name).write_text(json.dumps(_with_unknown_fields(model)))
    again = json.loads(serialize(read_model(str(tmp_path / name))))
    for free in ("settings", "notes", "versions"):
        again[free].pop("of another version")
    again["settings"]["left_out"].pop("of another version", None)
    assert again == model


@pytest.mark.parametrize("size", [1, 700, 5_000])
def test_a_cut_off_model_is_an_error(folder: Path, refused: Callable[[bytes], str], size: int) -> None:
    assert "cut off" in refused((folder / "m.json").read_bytes()[:size])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b'{"a":1}',
        b"customer_id,x\na,1\n",
        b"[1]\n",
        b"42\n",
        pickle.dumps(1, protocol=2),
        b"\xff\xfe\x00",
    ],
    ids=["empty", "another object", "a table", "an array", "a number", "a pickle", "bytes"],
)
def test_a_file_that_is_not_a_model_is_an_error(refused: Callable[[bytes], str], data: bytes) -> None:
    words = refused(data)
    assert "not a churnkit model" in words or "is empty" in words or "UTF-16" in words


def test_a_pickle_is_never_opened(refused: Callable[[bytes], str]) -> None:
    assert "pickle" in refused(pickle.dumps({"a": 1}, protocol=4))


def _first_list(model: dict[str, Any], name: str) -> list[Any]:
    items = model["parameters"][name]
    assert isinstance(items, list)
    return items


def _set(name: str, value: object, place: int = 0) -> Edit:
    return lambda model: _first_list(model, name).__setitem__(place, value)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        pytest.param(lambda m: m.update(churnkit=999), ["newer", "999", "up to 3"], id="newer"),
        pytest.param(lambda m: m.update(churnkit=True), ["version"], id="true for a version"),
        pytest.param(lambda m: m.update(kind="forest"), ["'forest'", "logistic, tree, xgboost"], id="kind"),
        pytest.param(lambda m: m.update(kind=["tree"]), ["kind"], id="a list of kinds"),
        pytest.param(_set("left", 0), ["tree", "node 0"], id="a cycle"),
        pytest.param(_set("left", 10**9), ["node 0"], id="a child out of range"),
        pytest.param(_set("left", -7), ["left[0]"], id="a child below -1"),
        pytest.param(_set("threshold", None), ["threshold[0]"], id="null"),
        pytest.param(_set("value", "0.5"), ["value[0]"], id="a text"),
        pytest.param(_set("missing_left", True), ["missing_left[0]"], id="true for 1"),
        pytest.param(lambda m: _first_list(m, "left").pop(), ["nodes", "left"], id="a list too short"),
        pytest.param(lambda m: m["parameters"].pop("cover"), ["cover"], id="a list missing"),
        pytest.param(lambda m: m.update(parameters=[]), ["parameters"], id="parameters"),
        pytest.param(lambda m: m.update(features="abc"), ["features"], id="features a text"),
        pytest.param(
            lambda m: m["features"][0].update(importance=-1), ["importance"], id="importance below 0"
        ),
        pytest.param(
            lambda m: m["features"][0].update(importance=1e308), ["importance"], id="importance without end"
        ),
        pytest.param(lambda m: m.update(features=[]), ["features"], id="no features"),
        pytest.param(lambda m: m["features"][0].update(name=5), ["features"], id="a name that is a number"),
        pytest.param(
            lambda m: m["features"][3].update(type="date"),
            ["features[3].type: 'date'"],
            id="an unknown type",
        ),
        pytest.param(lambda m: m["features"][0].update(type="d" * 9_999), ["type"], id="a type without end"),
        pytest.param(
            lambda m: m["verify"][0]["row"].update({m["features"][0]["name"]: "x"}),
            ["verify[0].row"],
            id="a text in a row",
        ),
        pytest.param(lambda m: m.pop("created_at"), ["created_at"], id="no date"),
        pytest.param(
            lambda m: m["label"].update(horizon_days="30"), ["label.horizon_days"], id="a horizon in words"
        ),
        pytest.param(
            lambda m: m["metrics"]["baselines"].update(best_column=[]),
            ["metrics.baselines.best_column"],
            id="a baseline",
        ),
        pytest.param(lambda m: m["features"][0].update(fill="x"), ["features[0].fill"], id="a typical text"),
        pytest.param(lambda m: m["features"][0].update(fill=True), ["features[0].fill"], id="a typical true"),
        pytest.param(lambda m: m["features"].append(m["features"][0]), ["twice"], id="a name twice"),
        pytest.param(lambda m: m["features"][0]["histogram"].update(edges=["x"]), ["histogram"], id="edges"),
        pytest.param(lambda m: m["features"][0]["histogram"]["rows"].pop(), ["histogram"], id="too few bins"),
        pytest.param(
            lambda m: m["features"][0]["histogram"]["edges"].reverse(), ["histogram"], id="edges down"
        ),
        pytest.param(lambda m: m.update(label=[]), ["label"], id="a label that is a list"),
        pytest.param(
            lambda m: m["features"][0].update(importance="x"), ["importance"], id="importance a text"
        ),
        pytest.param(lambda m: m["features"][0].update(direction=3), ["direction"], id="direction a number"),
        pytest.param(lambda m: m["trained_on"].pop("customers"), ["customers"], id="no customers"),
        pytest.param(
            lambda m: m["metrics"]["scores"]["rows"].append(1), ["bins"], id="scores of too many bins"
        ),
        pytest.param(
            lambda m: m["features"][0]["histogram"].update(quartiles=[{}, 1]), ["histogram"], id="quartiles"
        ),
        pytest.param(lambda m: m.update(metrics=None), ["metrics"], id="metrics null"),
        pytest.param(lambda m: m.update(target=1), ["target"], id="a target that is a number"),
        pytest.param(lambda m: m.update(null="NA"), ["null"], id="null a text"),
        pytest.param(lambda m: m.pop("verify"), ["verify"], id="nothing to verify"),
        pytest.param(lambda m: m.update(verify=[]), ["verify"], id="no rows to verify"),
        pytest.param(lambda m: m["verify"][0].update(churn_probability=0.123), ["verify"], id="other scores"),
        pytest.param(lambda m: m["verify"][0].update(log_odds=None), [], id="a score of null"),
        pytest.param(lambda m: m["parameters"].update(slope=1e300), ["slope"], id="a slope too large"),
        pytest.param(lambda m: m["parameters"].update(design=[{"column": 99}]), [], id="an unknown column"),
    ],
)
def test_an_edited_model_is_an_error(
    folder: Path, refused: Callable[[bytes], str], edit: Edit, words: list[str]
) -> None:
    error = refused(_edited(folder, edit))
    assert [word for word in words if word not in error] == [], error


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity", "1e400"])
def test_an_invalid_number_is_an_error(folder: Path, refused: Callable[[bytes], str], word: str) -> None:
    head, tail = (folder / "m.json").read_text().split('"threshold":[', 1)
    error = refused(f'{head}"threshold":[{word},{tail.split(",", 1)[1]}'.encode())
    assert word.removeprefix("-") in error or "threshold" in error or "JSON" in error


def test_endless_nesting_is_an_error_at_once(refused: Callable[[bytes], str]) -> None:
    refused(b"[" * 10**6 + b"]" * 10**6)
    refused(b'{"a":' * 10**6)


def test_a_file_that_is_too_large_is_an_error_at_once(refused: Callable[[bytes], str]) -> None:
    assert "64 MiB" in refused(b'{"a":' * (14 << 20))
    assert "not a churnkit model" in refused(bytes(70 << 20))


def test_several_models_are_counted(folder: Path, refused: Callable[[bytes], str]) -> None:
    error = refused((folder / "m.json").read_bytes() * 2)
    assert "2 models" in error
    assert "head -n 1" in error


def test_model_and_rows_cannot_both_be_standard_input(
    folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["score", "-", "-"]) == 2
    assert capfd.readouterr().err.count("\n") == 1


def test_a_hostile_name_is_a_name(folder: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    name = 'x"; drop table t; --'

    def rename(model: dict[str, Any]) -> None:
        old = model["features"][0]["name"]
        model["features"][0]["name"] = name
        for example in model["verify"]:
            if old in example["row"]:
                example["row"][name] = example["row"].pop(old)

    path = tmp_path / "hostile.json"
    path.write_bytes(_edited(folder, rename))
    old = json.loads((folder / "m.json").read_text())["features"][0]["name"]
    lines = (folder / "train.csv").read_text().splitlines(keepends=True)
    quoted = '"' + name.replace('"', '""') + '"'
    lines[0] = lines[0].replace(f",{old},", f",{quoted},")
    table = tmp_path / "t.csv"
    table.write_text("".join(lines))
    assert cli.run(["score", "-q", str(path), str(table)]) == 0
    renamed = capfd.readouterr().out
    assert cli.run(["score", "-q", str(folder / "m.json"), str(folder / "train.csv")]) == 0
    assert capfd.readouterr().out == renamed


def test_a_link_to_itself_and_a_folder_are_errors(tmp_path: Path) -> None:
    os.symlink("loop.json", tmp_path / "loop.json")
    with pytest.raises(ChurnkitError, match=r"loop\.json"):
        read_model(str(tmp_path / "loop.json"))
    with pytest.raises(ChurnkitError, match="folder"):
        read_model(str(tmp_path))
