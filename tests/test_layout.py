"""Every place can be guessed: folders of subjects, pure but for their reading, each with its test."""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "churnkit"
MODULES = sorted(str(path.relative_to(PACKAGE).with_suffix("")) for path in PACKAGE.rglob("*.py"))
SUBJECTS = {
    "backtest", "catalog", "checks", "diff", "drift", "evaluation", "eventlog", "explanation", "export", "features",
    "forecast", "models", "pictures", "plan", "profiling", "retention", "sampling", "training",
}  # fmt: skip
WORDS = {
    "arrays", "bins", "columns", "formatting", "groups", "intervals", "labels", "target", "windows",
}  # fmt: skip
OPENS_TABLES = {
    "catalog/folders", "catalog/ids", "eventlog/by_customer", "eventlog/conversion", "eventlog/typed_log", "features/join", "models/model_file", "models/model_rows",
}  # fmt: skip
OPENING = (
    "tables.streams",
    "tables.table",
    "tables.writing",
    "tables.parquet",
    "tables.excel",
    "messages",
    "options",
)
NETWORK = {
    "aiohttp", "asyncio", "ftplib", "http", "httpx", "requests", "smtplib", "socket", "socketserver", "ssl", "urllib",
    "urllib3", "xmlrpc",
}  # fmt: skip
MOST_AT_ROOT = 18
WITHOUT_TEST = {
    "__main__": "tests/test_pipes runs it",
    "arrays": "names alone",
}


class Found(NamedTuple):
    """What stands in a file: its docstring, the modules it imports, its classes, the functions it calls by a bare name."""

    docstring: str
    imported: set[str]
    classes: list[str]
    calls: set[str]


@cache
def _found(module: str) -> Found:
    tree = ast.parse((PACKAGE / f"{module}.py").read_text())
    found = Found(ast.get_docstring(tree) or "", set(), [], set())
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.imported.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: imports are absolute"
            found.imported.update(
                {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
            )
        elif isinstance(node, ast.ClassDef):
            found.classes.append(node.name)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            found.calls.add(node.func.id)
    return found


def _is_pure(module: str) -> bool:
    folder, _, name = module.rpartition("/")
    return module in WORDS or (folder in SUBJECTS and name != "reading" and module not in OPENS_TABLES)


def test_a_subject_opens_tables_in_its_reading_alone() -> None:
    system = {"click", "os", "sys", "time", "subprocess", "tempfile"}
    impure = {}
    for module in filter(_is_pure, MODULES):
        imported = {name.removeprefix("churnkit.") for name in _found(module).imported}
        impure[module] = imported & {*OPENING, *system} | _found(module).calls & {"print", "open", "input"}
    assert len(impure) > 100
    assert {module: found for module, found in impure.items() if found} == {}


def test_every_library_that_is_imported_is_a_declared_one() -> None:
    lines = (ROOT / "pyproject.toml").read_text().splitlines()
    users = "\n".join(line for line in lines if not line.startswith("test = "))
    declared = re.findall(r'"([A-Za-z][\w.-]*)[^"]*[<>=]', users)
    names = {name.partition(".")[0].lower() for name in declared}
    imported = {name.partition(".")[0] for module in MODULES for name in _found(module).imported}
    assert imported - names - {*sys.stdlib_module_names, "churnkit", "compression"} == set()


def test_no_module_can_open_a_network_connection() -> None:
    opened = {}
    for module in MODULES:
        names = {n for n in _found(module).imported if n != "urllib.parse" and "urllib.parse." not in n}
        opened[module] = NETWORK & {part for name in names for part in (name, name.partition(".")[0])}
    assert {module: found for module, found in opened.items() if found} == {}


def test_a_file_opens_with_a_sentence_that_says_what_lives_there() -> None:
    first = {module: _found(module).docstring.partition("\n")[0] for module in MODULES}
    ends = (".", ",", ":")
    assert {module: line for module, line in first.items() if not line.rstrip().endswith(ends)} == {}


def test_a_class_has_one_meaning_in_the_whole_package() -> None:
    places = defaultdict(list)
    for module in MODULES:
        for name in _found(module).classes:
            places[name].append(module)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_few_modules_lie_at_the_root() -> None:
    assert len([module for module in MODULES if "/" not in module]) <= MOST_AT_ROOT


def test_every_test_folder_mirrors_a_folder_of_the_package() -> None:
    folders = {path.name for path in (ROOT / "tests").iterdir() if list(path.glob("test_*.py"))}
    assert folders <= {path.name for path in PACKAGE.iterdir() if path.is_dir()}


def _has_test(module: str) -> bool:
    folder, _, name = module.rpartition("/")
    tests = ROOT / "tests" / folder
    several = f"test_{name}_*.py" if folder == "commands" else f"test_{name}.py"
    return bool([*tests.glob(f"test_{name}.py"), *tests.glob(several)])


def test_every_module_has_its_test_in_the_folder_of_the_same_name() -> None:
    without = {module for module in MODULES if not module.endswith("__init__") and not _has_test(module)}
    assert without == {*WITHOUT_TEST}
