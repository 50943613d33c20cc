"""The house stands: every file has its place, and imports only go down the stairs."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "churnkit"

# From the ground up: a room imports only rooms written before it. Rooms of one wing, in one line,
# are equals and never import each other.
HOUSE = [
    "errors", "columns", "descriptors", "windows", "telling",                                # the words
    "simulation", "sampling", "subscriptions", "values", "history",                                           # the thinking
    "features/counting features/amounts features/timing features/trends features/latest",
    "features/__init__",
    "labels", "panel", "grouping", "waterfall", "measuring", "silences",
    "metrics", "bootstrap", "leaks", "schema", "splitting", "calibration", "trees",
    "shapley", "design",
    "models/logistic models/tree models/xgboost",
    "models/__init__",
    "preparing", "overall", "training", "judging", "profits", "evaluation", "shift", "drifting", "differing", "losses", "reasons", "wording", "outline",
    "spreading", "sketches", "personal", "facts", "counted", "summaries", "profiling",
    "pictures/svg",
    "pictures/tree_text pictures/tree_svg pictures/tree_graph pictures/drivers_svg pictures/curves_text pictures/reasons_text pictures/model_text pictures/profile_text"
    " pictures/metrics_text pictures/metrics_svg pictures/judged_text pictures/waterfall_text pictures/waterfall_svg pictures/cohorts_text pictures/cohorts_svg pictures/silences_text pictures/drift_text pictures/diff_text",
    "pictures/__init__",
    "notes",                                                                                 # the outer doors
    "tables/__init__", "tables/streams", "tables/blocks", "tables/jsonl", "tables/parquet", "tables/delimited",
    "tables/writing", "tables/ahead", "tables/frames", "tables/keyed", "tables/tokens", "tables/choosing", "tables/passing",
    "tables/logs", "tables/attributes", "tables/eventlogs", "tables/profiles", "tables/labelled",
    "model_file", "model_rows", "options",
    "commands/simulate commands/sample commands/profile commands/events commands/featurize commands/fit commands/evaluate"
    " commands/score commands/explain commands/measure commands/diff commands/drift",
    "commands/__init__",
    "cli", "__main__",
]  # fmt: skip
FIRST_OUTER_DOOR = "notes"

FLOOR = {room: place for place, rooms in enumerate(HOUSE) for room in rooms.split()}


def _imported(room: str) -> set[str]:
    """The rooms of ours that a file imports, anywhere in it."""
    tree = ast.parse((PACKAGE / f"{room}.py").read_text())
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{room}: imports are absolute"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return {found for name in names if (found := _room(name)) and found != room}


def _room(name: str) -> str | None:
    if not name.startswith("churnkit."):
        return None
    path = name.removeprefix("churnkit.").replace(".", "/")
    for candidate in (path, f"{path}/__init__"):
        if candidate in FLOOR:
            return candidate
    return None


def test_every_file_has_its_place_in_the_house() -> None:
    files = {str(p.relative_to(PACKAGE).with_suffix("")) for p in PACKAGE.rglob("*.py")}
    assert files - {"__init__"} == set(FLOOR)


@pytest.mark.parametrize("room", sorted(FLOOR))
def test_a_room_imports_only_rooms_below_it(room: str) -> None:
    above = {other for other in _imported(room) if FLOOR[other] >= FLOOR[room]}
    assert not above


@pytest.mark.parametrize("room", [r for r in FLOOR if FLOOR[r] < FLOOR[FIRST_OUTER_DOOR]])
def test_thinking_knows_nothing_of_click_files_or_the_clock(room: str) -> None:
    source = (PACKAGE / f"{room}.py").read_text()
    tree = ast.parse(source)
    modules = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    modules |= {str(n.module) for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    allowed_os = {"descriptors"}
    forbidden = {"click", "sys", "time", "subprocess", "tempfile"} | (
        {"os"} - ({"os"} if room in allowed_os else set())
    )
    assert not modules & forbidden
    calls = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Name)}
    assert not calls & {"print", "open", "input"}


@pytest.mark.parametrize("room", sorted(FLOOR))
def test_a_file_opens_with_a_sentence_that_says_what_lives_there(room: str) -> None:
    docstring = ast.get_docstring(ast.parse((PACKAGE / f"{room}.py").read_text()))
    assert docstring
    assert docstring.splitlines()[0].rstrip().endswith((".", ",", ":"))
