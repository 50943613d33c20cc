"""Which columns of a log the features need."""

from __future__ import annotations

from collections.abc import Sequence

from churnkit import columns
from churnkit.columns import slug
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.reading import LogRoles
from churnkit.features import COLUMN, VALUE, Feature, column_of
from churnkit.tables.table import Table


def needed_columns(
    table: Table, roles: LogRoles, wanted: Sequence[Feature] | None
) -> tuple[dict[str, str], dict[str, str]]:
    """The number and the text columns, slug → column, that features need; None: those of the default set.

    Raises ChurnkitError for a feature of a column that is not there.
    """
    others = [n for n in table.names if n not in (roles.id, roles.time, roles.event, roles.value)]
    numbers: dict[str, str] = {}
    texts: dict[str, str] = {}
    if wanted is None:
        numbers.update({slug(roles.value): roles.value} if roles.value else {})
        return numbers, {slug(name): name for name in others if slug(name) not in ("", *numbers)}
    for feature in wanted:
        if feature.family.of not in (VALUE, COLUMN):
            continue
        column = column_of(feature, table.names)
        if column is None:
            raise ChurnkitError(
                f"{table.name}: the feature {str(feature)!r} needs a column: "
                f"{columns.missing_column(feature.of, table.names)}"
            )
        if column == roles.time:
            raise ChurnkitError(f"{str(feature)!r}: {quote(column)} is the time; see recency_days")
        is_number = feature.family.of == VALUE or column == roles.value
        (numbers if is_number else texts)[feature.of] = column
    return numbers, texts
