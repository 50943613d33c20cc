"""Each option that several commands share, declared once; commands name it `options.NAME`."""

from __future__ import annotations

from churnkit.options.arguments import Share, names, now, to_codes, to_names, with_asked
from churnkit.options.outputs import check_outputs, digits, notes, output
from churnkit.options.questions import activity, learning, seed, start_event, subscriptions, until, weight
from churnkit.options.sections import CommandWithSections, SharedOption
from churnkit.options.tables import (
    column_names,
    encoding,
    event,
    files,
    from_,
    id_,
    log_roles,
    reading,
    reading_of_values,
    same_as,
    sheet,
    sorted_,
    target,
    time,
    value,
    zone,
)

__all__ = [
    "CommandWithSections", "Share", "SharedOption", "activity", "check_outputs", "column_names", "digits",
    "encoding", "event", "files", "from_", "id_", "learning", "log_roles", "names", "notes", "now", "output",
    "reading", "reading_of_values", "same_as", "seed", "sheet", "sorted_", "start_event", "subscriptions",
    "target", "time", "to_codes", "to_names", "until", "value", "weight", "with_asked", "zone",
]  # fmt: skip
