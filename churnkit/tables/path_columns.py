"""Columns that stand in a FILE's path rather than in the FILE: the date of a snapshot, folders key=value."""

from __future__ import annotations

import os
from datetime import datetime
from urllib.parse import unquote

from churnkit.columns import AS_OF
from churnkit.errors import ChurnkitError, quote, shown_path

PACKED = (".gz", ".bz2", ".xz", ".zst")
NO_VALUE = "__HIVE_DEFAULT_PARTITION__"  # how Hive and Spark write a null


def columns_of_path(path: str, as_of_name: str | None, is_hive: bool) -> dict[str, str | None]:
    """Column → its value in all rows of a FILE. as_of_name: a strptime pattern of file names, or None.

    Raises ChurnkitError: standard input, a name that does not fit the pattern, no folder key=value.
    """
    if as_of_name is None and not is_hive:
        return {}
    flag = "--as-of-name" if as_of_name is not None else "--hive"
    if path == "-":
        raise ChurnkitError(f"{flag} needs FILEs: standard input has no name")
    found = {} if as_of_name is None else {AS_OF: date_of_name(path, as_of_name)}
    folders = hive_columns(path) if is_hive else {}
    if is_hive and not folders:
        raise ChurnkitError(f"{shown_path(path)}: --hive needs a folder key=value in the path")
    return {**found, **folders}


def date_of_name(path: str, pattern: str) -> str:
    """The date in a FILE's name, without its compression ending; missing parts are the first: 2023-01-01."""
    name = os.path.basename(path)
    name = name.removesuffix(next((ending for ending in PACKED if name.endswith(ending)), ""))
    try:
        moment = datetime.strptime(name, pattern)
    except ValueError:
        hint = f"--as-of-name {quote(pattern)} does not fit the name {quote(name)}"
        raise ChurnkitError(f"{shown_path(path)}: {hint}") from None
    has_time = (moment.hour, moment.minute, moment.second) != (0, 0, 0)
    return moment.isoformat() if has_time else moment.date().isoformat()


def hive_columns(path: str) -> dict[str, str | None]:
    """The folders key=value of a path, from the outer to the inner; %20 is a blank."""
    folders = [part.partition("=") for part in os.path.dirname(path).split(os.sep) if "=" in part]
    return {unquote(key): None if value == NO_VALUE else unquote(value) for key, _, value in folders if key}
