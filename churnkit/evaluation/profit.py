"""What a campaign is worth: who to contact, by a score, a customer's value and what contact and offer cost.

Contacting one who would leave is worth save rate * (value - incentive) - contact cost: of those who are made
the offer, so many stay for it. One who would have stayed takes the offer as well: -incentive - contact cost.
Source: Neslin et al. (2006), Defection detection.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats
from churnkit.evaluation.metrics import tally

POINTS = 100  # of the curve that is shown
BETA = 20.0  # alpha + beta of the save rate's distribution


@dataclass(frozen=True)
class Campaign:
    """contact_cost, incentive: money a contact, and an offer taken. save_rate: 0 to 1."""

    contact_cost: float
    incentive: float
    save_rate: float

    def gains(self, truth: Floats, value: Floats) -> Floats:
        """(n,) what contacting each is worth. truth: (n,) 0 to 1, what happened or how likely it is."""
        saved = self.save_rate * (value - self.incentive)
        return truth * saved - (1 - truth) * self.incentive - self.contact_cost


def profit_record(truth: Floats, probability: Floats, value: Floats, campaign: Campaign) -> dict[str, Any]:
    """The campaign's profit by how many are contacted, the best cut, and the best choice a customer.

    truth: (n,) 0 and 1. probability, value: (n,). `curve` and `best` contact by falling probability, all rows
    of one probability together, and count each row's own value; `best_choice` contacts those whose expected
    gain is above 0; mpc and empc are money a customer at the mean value.
    """
    gains = campaign.gains(truth, value)
    order = np.argsort(-probability, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(probability[order]) != 0, True))
    rows = np.concatenate(([0], ends + 1))
    profit = np.concatenate(([0.0], np.cumsum(gains[order])[ends]))
    at = np.concatenate(([1.0], probability[order][ends]))
    best = int(np.argmax(profit))
    shown = np.unique(np.searchsorted(rows, np.linspace(0, len(truth), POINTS + 1)))
    points = [
        {"share": float(rows[k] / len(truth)), "rows": int(rows[k]), "least_probability": float(at[k]),
         "profit": float(profit[k])}
        for k in (best, *shown.tolist())
    ]  # fmt: skip
    chosen = campaign.gains(probability, value) > 0
    mean = float(value.mean())
    return {
        "mean_value": mean,
        "contact_cost": campaign.contact_cost,
        "incentive": campaign.incentive,
        "save_rate": campaign.save_rate,
        "best": points[0],
        "best_choice": {"rows": int(chosen.sum()), "profit": float(gains[chosen].sum())},
        "mpc": mpc(truth, probability, mean, campaign),
        **dict(zip(("empc", "empc_share"), empc(truth, probability, mean, campaign), strict=True)),
        "curve": points[1:],
    }


def mpc(truth: Floats, probability: Floats, value: float, campaign: Campaign) -> float:
    """Maximum profit a customer over all cuts, at one value and the save rate as given, in money.

    Source: Verbeke et al. (2012), New insights into churn prediction in the telecommunication sector.
    """
    left, stayed = _roc(truth, probability)
    gained, lost = campaign.gains(np.array([1.0, 0.0]), np.full(2, value))
    return float(np.max(left * gained + stayed * lost))


def empc(truth: Floats, probability: Floats, value: float, campaign: Campaign) -> tuple[float, float]:
    """Expected maximum profit a customer, in money, and the share of customers contacted for it.

    The save rate is Beta(20 s, 20 - 20 s), of mean s; for each rate the best cut is a corner of the ROC
    curve's convex hull, so the integral is a sum over corners. nan where a value is not above the incentive.
    Source: Verbraken, Verbeke, Baesens (2013), A novel profit maximizing metric, section IV.
    """
    from scipy.special import betainc

    if value <= campaign.incentive or not 0 < campaign.save_rate < 1:
        return float("nan"), float("nan")
    left, stayed = _hull(*_roc(truth, probability))
    alpha = BETA * campaign.save_rate
    beta = BETA - alpha
    cost = campaign.incentive + campaign.contact_cost
    worth = value - campaign.incentive
    more_left, more_stayed = np.diff(left), np.diff(stayed)
    with np.errstate(divide="ignore", invalid="ignore"):
        turns = (cost * more_stayed / more_left + campaign.contact_cost) / worth
    rates = np.concatenate(([0.0], np.clip(np.nan_to_num(turns, nan=1.0, posinf=1.0), 0, 1), [1.0]))
    share = np.diff(betainc(alpha, beta, rates))  # of save rates for which a corner is best
    mean = campaign.save_rate * np.diff(betainc(alpha + 1, beta, rates))
    profit = (worth * mean - campaign.contact_cost * share) * left - cost * share * stayed
    return float(profit.sum()), float((share * (left + stayed)).sum())


def _roc(truth: Floats, probability: Floats) -> tuple[Floats, Floats]:
    """Who left and who stayed among those contacted, as shares of all customers, by falling probability."""
    counted = tally(truth, probability)
    left = np.concatenate(([0.0], counted.left_from[::-1])) / len(truth)
    stayed = np.concatenate(([0.0], counted.stayed_from[::-1])) / len(truth)
    return left, stayed


def _hull(left: Floats, stayed: Floats) -> tuple[Floats, Floats]:
    """The corners of the upper convex hull of a ROC curve."""
    corners: list[int] = []
    for k in range(len(left)):
        while len(corners) > 1:
            a, b = corners[-2:]
            if (left[b] - left[a]) * (stayed[k] - stayed[b]) > (left[k] - left[b]) * (stayed[b] - stayed[a]):
                break
            corners.pop()
        corners.append(k)
    return left[corners], stayed[corners]
