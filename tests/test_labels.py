"""Labels: their names are their definitions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from churnkit import labels
from churnkit.errors import ChurnkitError
from churnkit.labels import Label

SLUGS = st.from_regex(r"[a-z0-9]{1,8}(_[a-z0-9]{1,8}){0,2}", fullmatch=True)


SILENCE = Label(horizon_days=30)
LEAD = Label(horizon_days=30, lead_days=7)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        (SILENCE, "churned_30d"),
        (LEAD, "churned_30d_after_7d"),
        (Label(30, activity=("login", "purchase")), "churned_without_login_or_purchase_30d"),
        (Label(30, 7, churn_event="cancel", within_days=90), "churned_cancel_30d_after_7d_of_90d"),
        (Label(28, churn_event="cancel", start_event="join"), "churned_cancel_28d_from_join"),
        (Label(28, 7, ("login",), "cancel", "join"), "churned_cancel_without_login_28d_after_7d_from_join"),
    ],
)
def test_a_label_is_named_by_its_whole_definition(label: Label, name: str) -> None:
    assert str(labels.canonical(label)) == name


@given(
    st.builds(
        Label,
        horizon_days=st.integers(1, 999),
        lead_days=st.integers(0, 99),
        activity=st.lists(SLUGS, max_size=3).map(tuple),
        churn_event=st.none() | SLUGS,
        start_event=st.none() | SLUGS,
        within_days=st.none() | st.integers(1, 999),
    )
)
def test_a_label_reads_back_from_its_name_or_is_refused(label: Label) -> None:
    try:
        stated = labels.canonical(label)
    except ChurnkitError:
        return
    assert labels.parse(str(stated)) == stated


def test_the_churn_event_cannot_bring_customers_back() -> None:
    with pytest.raises(ChurnkitError, match="'cancel' cannot be in --activity or --start-event"):
        labels.canonical(Label(30, churn_event="cancel", start_event="cancel"))


@pytest.mark.parametrize("event", ["a_or_b", "without_x"])
def test_an_ambiguous_name_is_refused(event: str) -> None:
    label = Label(30, activity=(event,)) if "or" in event else Label(30, churn_event=event)
    with pytest.raises(ChurnkitError, match="rename the event"):
        labels.canonical(label)


LIKE = "churned_cancel_30d_after_7d_of_90d"


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({}, LIKE),
        ({"horizon_days": 60}, "churned_cancel_60d_after_7d_of_90d"),
        ({"lead_days": 0}, "churned_cancel_30d_of_90d"),
        ({"horizon_days": 30, "lead_days": 14}, "churned_cancel_30d_after_14d_of_90d"),
        ({"within_days": 45}, "churned_cancel_30d_after_7d_of_45d"),
        ({"horizon_days": 30, "start_event": "join"}, "churned_30d_from_join"),
        ({"horizon_days": 30, "activity": ("login",)}, "churned_without_login_30d"),
        ({"horizon_days": 30, "churn_event": "stop"}, "churned_stop_30d"),
    ],
    ids=str,
)
def test_an_option_changes_the_rule_of_a_model_and_an_event_replaces_it(
    given: dict[str, object], name: str
) -> None:
    nothing = dict.fromkeys(["horizon_days", "lead_days", "within_days", "churn_event", "start_event"])
    rule, who = labels.choose_rule(**{**nothing, "activity": (), "like": LIKE, **given})  # type: ignore[arg-type]
    assert str(rule) == name
    assert who == labels.PopulationRule()


def test_active_within_the_horizon_is_what_silence_means_anyway_but_not_of_a_churn_event() -> None:
    assert str(labels.canonical(Label(30, within_days=30))) == "churned_30d"
    assert str(labels.canonical(Label(30, churn_event="stop", within_days=30))) == "churned_stop_30d_of_30d"
