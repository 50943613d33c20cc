"""The list of codes is the codes that are written."""

from __future__ import annotations

import re
from pathlib import Path

from churnkit import message_codes
from churnkit.message_codes import MESSAGES

SOURCES = Path(message_codes.__file__).parent.rglob("*.py")
USED = re.findall(
    r'(?:messages\.(?:note|note_once|warn)|Finding)\(\s*"([^"]+)"',
    "".join(path.read_text() for path in SOURCES),
)


def test_the_list_has_exactly_the_codes_that_are_written() -> None:
    assert set(USED) == set(MESSAGES)
