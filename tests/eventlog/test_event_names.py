"""Event names become slugs, and names that would be ambiguous in features are refused."""

from __future__ import annotations

import pytest

from churnkit.eventlog.event_names import EventNameError, name_events


def test_names_that_differ_only_in_case_and_spaces_are_one_event() -> None:
    names = name_events(["Support Call", "support-call", "SUPPORT_CALL", "login"])
    assert names.slugs == ["login", "support_call"]
    assert len(names.spellings["support_call"]) == 3


@pytest.mark.parametrize("raw", [["A+", "A-"], ["!!!"], ["event"], ["Event"]], ids=str)
def test_ambiguous_names_are_refused(raw: list[str]) -> None:
    with pytest.raises(EventNameError):
        name_events(raw)


def test_each_raw_name_has_the_code_of_its_slug() -> None:
    raw = ["Support Call", "login", "support-call"]
    names = name_events(raw)
    assert [names.slugs[names.code[name]] for name in raw] == ["support_call", "login", "support_call"]


def test_the_error_contains_the_refused_name() -> None:
    with pytest.raises(EventNameError, match=r"'A\+'") as error:
        name_events(["login", "A-", "A+"])
    assert error.value.event == "A-"
