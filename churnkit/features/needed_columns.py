"""The columns of a log that features need, and as what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from churnkit import columns
from churnkit.columns import slug
from churnkit.errors import ChurnkitError, quote
from churnkit.eventlog.log_columns import LogRoles
from churnkit.features import COLUMN, VALUE, Feature, column_of


@dataclass(frozen=True)
class NeededColumns:
    """The columns of a log that features need, slug → column; a column may be needed in several ways."""

    numbers: dict[str, str]
    texts: dict[str, str]
    dates: dict[str, str]

    def add_date(self, column: str) -> None:
        """Needs a column as a date too."""
        self.dates[slug(column)] = column


def needed_columns(
    names: Sequence[str], roles: LogRoles, wanted: Sequence[Feature] | None, where: str
) -> NeededColumns:
    """The columns that features need.

    names: of the log's columns. wanted: None for the default. where: the name of the log in an error.
    Raises ChurnkitError for a feature whose column is missing, and for a column needed as number and date.
    """
    others = [n for n in names if n not in (roles.id, roles.time, roles.event, roles.value)]
    needed = NeededColumns({}, {}, {})
    if wanted is None:
        needed.numbers.update({slug(roles.value): roles.value} if roles.value else {})
        needed.texts.update({slug(n): n for n in others if slug(n) not in ("", *needed.numbers)})
        return needed
    for feature in wanted:
        if feature.family.of not in (VALUE, COLUMN):
            continue
        column = column_of(feature, names)
        if column is None:
            way_out = "--join the table that has it" if feature.family.is_date else ""
            raise ChurnkitError(
                f"{where}: the feature {str(feature)!r} needs a column: "
                f"{columns.missing_column(feature.of, names, way_out)}"
            )
        if column == roles.time:
            raise ChurnkitError(f"{str(feature)!r}: {quote(column)} is the time column; use recency_days")
        is_number = feature.family.of == VALUE or column == roles.value
        kind = needed.numbers if is_number else needed.texts
        (needed.dates if feature.family.is_date else kind)[feature.of] = column
    for short in needed.dates.keys() & needed.numbers.keys():
        raise ChurnkitError(f"column {quote(needed.dates[short])} cannot be both a date and a number")
    return needed
