"""What CONTRIBUTING.md says is true."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from churnkit.commands import COMMANDS, fit
from churnkit.models import MODELS

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "CONTRIBUTING.md").read_text()
PATHS = sorted(set(re.findall(r"`((?:churnkit/|tests/|\.ci/)?[\w/]+\.(?:py|md))`", TEXT)))
FOLDERS = sorted(set(re.findall(r"`(\w+)/`", TEXT)))
TABLES = ["COMMANDS", "MODELS", "FEATURES", "FORMATS", "COMPRESSIONS", "MESSAGES", "Kind"]


@pytest.mark.parametrize("path", PATHS)
def test_a_file_that_the_page_names_is_there(path: str) -> None:
    assert (ROOT / path).exists() or (ROOT / "churnkit" / path).exists()


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_that_the_page_names_is_there(folder: str) -> None:
    assert (ROOT / "churnkit" / folder).is_dir()


def test_every_subject_is_on_the_page() -> None:
    folders = {path.parent.name for path in (ROOT / "churnkit").glob("*/__init__.py")}
    assert folders <= {*FOLDERS}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_the_page_names_stands_where_it_says(name: str) -> None:
    assert f"`{name}`" in TEXT
    pattern = re.compile(rf"^(?:class )?{name}\b", re.MULTILINE)
    assert any(pattern.search(path.read_text()) for path in (ROOT / "churnkit").rglob("*.py"))


def test_the_kinds_that_fit_offers_are_the_rows_of_the_table() -> None:
    (model,) = [option for option in fit.command.params if option.name == "kind"]
    assert isinstance(model.type, click.Choice)
    assert [*model.type.choices] == [*MODELS, "all", "best"]


@pytest.mark.parametrize("name", [name for group in COMMANDS.values() for name in group])
def test_every_command_has_its_file_and_its_tests(name: str) -> None:
    assert (ROOT / "churnkit" / "commands" / f"{name}.py").exists()
    assert list((ROOT / "tests" / "commands").glob(f"test_{name}*.py"))
