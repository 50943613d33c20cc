"""The joins of a catalog as an entity-relationship diagram for Mermaid."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from churnkit.pictures.wording import MERMAID_UNSAFE

_NO_WORD = re.compile(r"[^\w]+")


def mermaid(records: Sequence[dict[str, Any]]) -> str:
    """records: of `catalog`. Tables with their keys and the columns that refer to others; a line per join."""
    lines = ["erDiagram"]
    places = {record["path"]: place for place, record in enumerate(records)}
    for place, record in enumerate(records):
        refers = {join["column"] for join in record["joins"]}
        lines.append(f'  t{place}["{record["path"].translate(MERMAID_UNSAFE)}"] {{')
        for column in record["columns"]:
            if column["key"] or column["name"] in refers:
                mark = ", ".join(
                    m for m, so in (("PK", column["key"]), ("FK", column["name"] in refers)) if so
                )
                lines.append(f"    {column['type']} {_attribute(column['name'])} {mark}")
        lines.append("  }")
    for place, record in enumerate(records):
        for join in record["joins"]:
            path = next(path for path in places if join["to"].startswith(f"{path}:"))
            words = join["column"].translate(MERMAID_UNSAFE)
            lines.append(f'  t{places[path]} ||--o{{ t{place} : "{words}"')
    return "\n".join(lines)


def _attribute(name: str) -> str:
    """A name that Mermaid takes for an attribute: letters, digits and _, a letter first."""
    word = _NO_WORD.sub("_", name)
    return word if word[:1].isalpha() else f"c_{word}"
