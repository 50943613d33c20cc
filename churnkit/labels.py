"""The rule of a label: who is in the table, who churned, who is censored; and the name that defines it.

  features see this |  lead: time to act  |  horizon: churned here?
───────────────────┼─────────────────────┼───────────────────────────────┼──▶
                 as_of             as_of + lead           as_of + lead + horizon
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from churnkit.errors import ChurnkitError, quote

_NAME = re.compile(
    r"churned(?:_(?P<event>.+?))??(?:_without_(?P<activity>.+?))??_(?P<horizon>[1-9][0-9]{0,5})d"
    r"(?:_after_(?P<lead>[1-9][0-9]{0,5})d)?(?:_of_(?P<within>[1-9][0-9]{0,5})d)?"
    r"(?:_from_(?P<start>.+))?"
)


@dataclass(frozen=True)
class Label:
    """The rule of a label.

    horizon_days, lead_days: of the label window. activity: slugs of the events that count as activity, empty
    for all events. churn_event: the slug of the event that means churn; None if silence means churn.
    start_event: the slug of the event that makes somebody a customer. within_days: a customer counts as
    active if the last activity was at most this many days before as_of; None for the default.
    With a churn event, start_event and activity are the events that bring a customer back.
    """

    horizon_days: int
    lead_days: int = 0
    activity: tuple[str, ...] = ()
    churn_event: str | None = None
    start_event: str | None = None
    within_days: int | None = None

    def __str__(self) -> str:
        what = f"_{self.churn_event}" if self.churn_event else ""
        what += f"_without_{'_or_'.join(self.activity)}" if self.activity else ""
        after = f"_after_{self.lead_days}d" if self.lead_days else ""
        of = f"_of_{self.within_days}d" if self.within_days else ""
        start = f"_from_{self.start_event}" if self.start_event else ""
        return f"churned{what}_{self.horizon_days}d{after}{of}{start}"

    @property
    def events(self) -> list[str]:
        """The slugs of the events in this rule."""
        return [e for e in (*self.activity, self.churn_event, self.start_event) if e is not None]

    @property
    def return_events(self) -> list[str]:
        """The slugs of the events that bring a customer back after the churn event; empty for all events."""
        return sorted({*self.activity, *([self.start_event] if self.start_event else [])})


@dataclass(frozen=True)
class PopulationRule:
    """Who is in a table without a label: customers with an event before as_of, or in the last within_days.

    activity: slugs of the events that count, empty for all events. start_event: the slug of the event that
    makes somebody a customer, None for any event.
    """

    within_days: int | None = None
    activity: tuple[str, ...] = ()
    start_event: str | None = None

    @property
    def events(self) -> list[str]:
        """The slugs of the events in this rule."""
        return [*self.activity, *([self.start_event] if self.start_event else [])]


def parse(name: str) -> Label | None:
    """The rule that a label's name defines, or None if it is not the name of a label."""
    match = _NAME.fullmatch(name)
    if not match:
        return None
    given = match.groupdict()
    return Label(
        horizon_days=int(given["horizon"]),
        lead_days=int(given["lead"] or 0),
        activity=tuple(given["activity"].split("_or_")) if given["activity"] else (),
        churn_event=given["event"],
        start_event=given["start"],
        within_days=int(given["within"]) if given["within"] else None,
    )


def choose_rule(
    horizon_days: int | None,
    lead_days: int | None,
    within_days: int | None,
    activity: tuple[str, ...],
    churn_event: str | None,
    start_event: str | None,
    like: str | None,
) -> tuple[Label | None, PopulationRule]:
    """The label's rule, from the options or from a model's target; and who is in the table without a label.

    activity, churn_event, start_event: slugs. like: the target of a model, whose rule is used if the
    options name no event. Raises ChurnkitError for options that exclude each other.
    """
    if lead_days and not horizon_days:
        raise ChurnkitError("--lead needs --horizon")
    model_rule = parse(like) if like else None
    if model_rule is not None and not (activity or churn_event or start_event):
        changed = replace(
            model_rule,
            horizon_days=horizon_days or model_rule.horizon_days,
            lead_days=model_rule.lead_days if lead_days is None else lead_days,
            within_days=within_days or model_rule.within_days,
        )
        return canonical(changed), PopulationRule()
    if horizon_days or churn_event:
        rule = Label(horizon_days or 1, lead_days or 0, activity, churn_event, start_event, within_days)
        return canonical(rule), PopulationRule()
    return None, PopulationRule(within_days, activity, start_event)


def canonical(label: Label) -> Label:
    """The label in the form that its name defines: activity sorted, default values left out.

    Raises ChurnkitError if the name defines another rule (an event called `a_or_b`).
    """
    refuse_return_by_churn(label)
    label = replace(label, activity=tuple(sorted(set(label.activity))))
    if label.churn_event is None and label.within_days == label.horizon_days:
        label = replace(label, within_days=None)
    if parse(str(label)) != label:
        raise ChurnkitError(f"the label's name {quote(str(label))} is ambiguous; rename the event")
    return label


def refuse_return_by_churn(label: Label) -> None:
    """Raises ChurnkitError if the churn event is also an event that brings a customer back."""
    if label.churn_event in label.return_events:
        raise ChurnkitError(
            f"the churn event {quote(str(label.churn_event))} cannot be in --activity or --start-event too"
        )


def describe(label: Label) -> str:
    """The rule in plain words."""
    what = f"no {' or '.join(label.activity) or 'event'}"
    if label.churn_event:
        what = label.churn_event
    after = f", from {label.lead_days} days after as_of" if label.lead_days else " from as_of"
    who = f"; only customers active in the {label.within_days} days before" if label.within_days else ""
    start = f"; only customers with {label.start_event}" if label.start_event else ""
    back = f"; back with {' or '.join(label.return_events)}" if label.churn_event and label.activity else ""
    return f"{what} in {label.horizon_days} days{after}{who}{start}{back}"
