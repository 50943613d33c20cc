"""How a command starts: what it imports late."""

from __future__ import annotations

import importlib
import importlib.metadata
import sys

import pytest

from churnkit.__main__ import _import_late


def test_a_module_that_is_imported_late_is_itself_when_it_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.metadata
    monkeypatch.setitem(sys.modules, "importlib.metadata", real)  # puts both back at the end
    monkeypatch.setattr(importlib, "metadata", real)
    _import_late("metadata")
    import importlib.metadata as late

    assert "version" not in vars(late)
    assert late.version("click") == real.version("click")
    assert importlib.metadata is sys.modules["importlib.metadata"]
    assert "version" in vars(importlib.metadata)
    assert issubclass(late.PackageNotFoundError, ModuleNotFoundError)
