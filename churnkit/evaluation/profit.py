"""The profit of a campaign, from scores, customer values, and the costs of contacts and offers.

Contacting a customer who would churn is worth save rate * (value - incentive) - contact cost, because that
share stays for the offer. A customer who would stay takes the offer too: -incentive - contact cost.
Source: Neslin et al. (2006), Defection detection.

The best of many cuts earns more on the rows that chose it than it will earn again. So a cut is chosen on one
half of the customers and rated on the other half, both ways.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from churnkit.arrays import Floats, Ints
from churnkit.evaluation.metrics import tally
from churnkit.intervals import TAILS, Z

CURVE_POINTS = 100
HALVINGS = 20  # of the customers; the profit of the best cut is the mean over them
REPEATS = 200  # bootstraps of the best cut
BETA = 20.0  # alpha + beta of the distribution of the save rate


@dataclass(frozen=True)
class Campaign:
    """contact_cost: per contacted customer. incentive: per accepted offer. save_rate: 0 to 1. margin: the
    share of a customer's value that is kept, as of revenue."""

    contact_cost: float
    incentive: float
    save_rate: float
    margin: float = 1.0

    def gains(self, truth: Floats, value: Floats) -> Floats:
        """The gain of contacting each customer (n,). truth: (n,) 0 and 1, or probabilities."""
        saved = self.save_rate * (value - self.incentive)
        return truth * saved - (1 - truth) * self.incentive - self.contact_cost


def profit_record(
    truth: Floats,
    probability: Floats,
    value: Floats,
    campaign: Campaign,
    weights: Floats | None = None,
    groups: Ints | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """The profit by the number of contacted customers, the best cut, and the best choice by value.

    truth: (n,) 0 and 1. probability, value: (n,). `curve` and `best` contact customers by falling
    probability, rows with equal probability together, and use the value of each row; `best_choice` contacts
    customers with an expected gain above 0; mpc and empc are money per customer at the mean value. The
    profits of best and mpc are of cuts chosen on the other half of the customers, with intervals; beside
    them what the best cut earned in hindsight. empc is in hindsight.
    weights: (n,) how many customers each row stands for: money and shares are of these, `rows` counts rows.
    groups: (n,) the number of each row's customer, or None.
    """
    each, value = np.ones(len(truth)) if weights is None else weights, campaign.margin * value
    customer = np.arange(len(truth)) if groups is None else np.unique(groups, return_inverse=True)[1]
    gains = campaign.gains(truth, value) * each
    order, ends = _cuts(probability)
    rows = np.concatenate(([0], ends + 1))
    profit = np.concatenate(([0.0], np.cumsum(gains[order])[ends]))
    at = np.concatenate(([1.0], probability[order][ends]))
    shares = np.concatenate(([0.0], np.cumsum(each[order])[ends])) / each.sum()
    best = int(np.argmax(profit))
    places = np.unique(np.searchsorted(rows, np.linspace(0, len(truth), CURVE_POINTS + 1)))
    points = [
        {"share": float(shares[k]), "rows": int(rows[k]), "least_probability": float(at[k]),
         "profit": float(profit[k])}
        for k in (best, *places.tolist())
    ]  # fmt: skip
    is_chosen = campaign.gains(probability, value) > 0
    mean = float(np.average(value, weights=each))
    at_mean = campaign.gains(truth, np.full(len(truth), mean)) * each / each.sum()
    rated = rated_profit(probability, gains, customer, seed)
    chosen = gains * is_chosen
    return {
        "mean_value": mean,
        "contact_cost": campaign.contact_cost,
        "incentive": campaign.incentive,
        "save_rate": campaign.save_rate,
        "margin": campaign.margin,
        "best": {
            **points[0],
            **_with_ends("profit", *rated),
            "profit_in_hindsight": points[0]["profit"],
        },
        "best_choice": {
            "rows": int(is_chosen.sum()),
            **_with_ends("profit", float(chosen.sum()), *_interval_of_sum(chosen, customer)),
        },
        **_with_ends("mpc", *rated_profit(probability, at_mean, customer, seed)),
        "mpc_in_hindsight": mpc(truth, probability, mean, campaign, weights),
        **dict(zip(("empc", "empc_share"), empc(truth, probability, mean, campaign, weights), strict=True)),
        "curve": points[1:],
    }


def rated_profit(probability: Floats, gains: Floats, customer: Ints, seed: int) -> tuple[float, float, float]:
    """The profit of the best cut of one half of the customers on the other half, both ways, and its interval.

    probability, gains: (n,). customer: (n,) the customer of each row, 0 to c - 1. The profit is the mean over
    some random halves. The interval is of bootstraps of whole customers, each with halves and cuts of its
    own.
    """
    order, ends = _cuts(probability)
    gains, customer = gains[order], customer[order]
    customers = int(customer.max()) + 1

    def profit(draw: np.random.Generator, times: Ints) -> float:
        """times: (c,) how often each customer counts."""
        halves = draw.permutation(customers) % 2
        counted = gains * times[customer]
        first = np.where(halves[customer] == 0, counted, 0.0)
        by_cut = [np.append(0.0, np.cumsum(half)[ends]) for half in (first, counted - first)]
        return sum(float(by_cut[1 - k][np.argmax(by_cut[k])]) for k in (0, 1))

    rng = np.random.default_rng(seed)
    told = np.mean([profit(rng, np.ones(customers, dtype=np.int64)) for _ in range(HALVINGS)])
    drawn = [
        profit(rng, np.bincount(rng.integers(0, customers, customers), minlength=customers))
        for _ in range(REPEATS)
    ]
    low, high = np.percentile(drawn, TAILS)
    return float(told), float(low), float(high)


def _cuts(probability: Floats) -> tuple[Ints, Ints]:
    """(n,) the rows by falling probability, and (m,) the places where a cut may lie: ties stay together."""
    order = np.argsort(-probability, kind="stable")
    return order, np.flatnonzero(np.append(np.diff(probability[order]) != 0, True))


def _with_ends(name: str, figure: float, low: float, high: float) -> dict[str, float]:
    return {name: figure, f"{name}_low": low, f"{name}_high": high}


def _interval_of_sum(money: Floats, groups: Ints) -> tuple[float, float]:
    """The interval of a sum. money: (n,) of each row. groups: (n,) the customer of each row, 0 to c - 1."""
    sums = np.bincount(groups, money)
    reach = Z * float(np.sqrt(len(sums) * sums.var(ddof=1))) if len(sums) > 1 else np.inf
    return float(money.sum()) - reach, float(money.sum()) + reach


def mpc(
    truth: Floats, probability: Floats, value: float, campaign: Campaign, weights: Floats | None = None
) -> float:
    """Maximum profit per customer over all cuts, in hindsight, in money, with one value and one save rate.

    Source: Verbeke et al. (2012), New insights into churn prediction in the telecommunication sector.
    """
    churned, stayed = _roc(truth, probability, weights)
    gain, loss = campaign.gains(np.array([1.0, 0.0]), np.full(2, value))
    return float(np.max(churned * gain + stayed * loss))


def empc(
    truth: Floats, probability: Floats, value: float, campaign: Campaign, weights: Floats | None = None
) -> tuple[float, float]:
    """Expected maximum profit per customer, in money, and the share of customers contacted for it.

    The save rate has the distribution Beta(20 s, 20 - 20 s) with mean s. For each rate the best cut is a
    corner of the convex hull of the ROC curve, so the integral is a sum over corners. nan if value is
    not above incentive.
    Source: Verbraken, Verbeke, Baesens (2013), A novel profit maximizing metric, section IV.
    """
    from scipy.special import betainc

    if value <= campaign.incentive or not 0 < campaign.save_rate < 1:
        return float("nan"), float("nan")
    churned, stayed = _hull(*_roc(truth, probability, weights))
    alpha = BETA * campaign.save_rate
    beta = BETA - alpha
    cost = campaign.incentive + campaign.contact_cost
    worth = value - campaign.incentive
    more_left, more_stayed = np.diff(churned), np.diff(stayed)
    with np.errstate(divide="ignore", invalid="ignore"):
        turns = (cost * more_stayed / more_left + campaign.contact_cost) / worth
    rates = np.concatenate(([0.0], np.clip(np.nan_to_num(turns, nan=1.0, posinf=1.0), 0, 1), [1.0]))
    share = np.diff(
        betainc(alpha, beta, rates)
    )  # probability of the save rates for which a corner is the best cut
    mean = campaign.save_rate * np.diff(betainc(alpha + 1, beta, rates))
    profit = (worth * mean - campaign.contact_cost * share) * churned - cost * share * stayed
    return float(profit.sum()), float((share * (churned + stayed)).sum())


def _roc(truth: Floats, probability: Floats, weights: Floats | None) -> tuple[Floats, Floats]:
    """Churned and stayed among the contacted, as shares of all customers, by falling probability."""
    tallied = tally(truth, probability, weights)
    churned = np.concatenate(([0.0], tallied.churned_from[::-1])) / tallied.all_rows
    stayed = np.concatenate(([0.0], tallied.stayed_from[::-1])) / tallied.all_rows
    return churned, stayed


def _hull(churned: Floats, stayed: Floats) -> tuple[Floats, Floats]:
    """The corners of the upper convex hull of a ROC curve."""
    corners: list[int] = []
    for k in range(len(churned)):
        while len(corners) > 1:
            a, b = corners[-2:]
            if (churned[b] - churned[a]) * (stayed[k] - stayed[b]) > (churned[k] - churned[b]) * (
                stayed[b] - stayed[a]
            ):
                break
            corners.pop()
        corners.append(k)
    return churned[corners], stayed[corners]
