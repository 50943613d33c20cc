"""Profits, compared with sums by hand, with the integral of the closed form, and with known figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from churnkit.arrays import Floats
from churnkit.evaluation.profit import Campaign, empc, mpc, profit_record

USUAL = Campaign(contact_cost=1, incentive=10, save_rate=0.3)
TRUTH = np.array([0.0, 1, 0, 1, 0, 1, 0, 1])
SAID = np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 0.8, 0.9])
ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 6)), min_size=4, max_size=40).filter(
    lambda rows: 0 < sum(truth for truth, _ in rows) < len(rows)
)


def test_eight_customers_have_the_profits_computed_by_hand() -> None:
    assert mpc(TRUTH, SAID, 200, USUAL) == pytest.approx(23.875)
    assert empc(TRUTH, SAID, 200, USUAL) == pytest.approx((23.875593418348, 0.874370), abs=1e-6)


@settings(max_examples=4)  # each integrates
@given(ROWS, st.integers(20, 300), st.floats(0.1, 0.9))
def test_empc_is_the_mean_of_the_best_profits_over_save_rates(
    rows: list[tuple[int, int]], value: int, save_rate: float
) -> None:
    truth, said = np.array(rows, dtype=float).T
    campaign = Campaign(1, 10, save_rate)
    spread = stats.beta(20 * save_rate, 20 - 20 * save_rate)

    def best(rate: float) -> float:
        return mpc(truth, said / 10, value, Campaign(1, 10, rate)) * spread.pdf(rate)

    wanted, _ = integrate.quad(best, 0, 1, limit=200)
    found, share = empc(truth, said / 10, value, campaign)
    assert found == pytest.approx(wanted, abs=1e-4 * value)
    assert 0 <= share <= 1


@given(ROWS, st.lists(st.integers(0, 500), min_size=40, max_size=40))
def test_the_best_cut_is_the_best_of_all_cuts(rows: list[tuple[int, int]], values: list[int]) -> None:
    truth, said = np.array(rows, dtype=float).T
    value = np.array(values[: len(rows)], dtype=float)
    found = profit_record(truth, said / 10, value, USUAL)
    each = [
        0.3 * (v - 10) - 1 if left else -11.0 for left, v in zip(truth, value, strict=True)
    ]  # as the campaign is worth, customer by customer
    by_cut = {cut: sum(g for g, p in zip(each, said, strict=True) if p >= cut) for cut in {*said, 9}}
    assert found["best"]["profit_in_hindsight"] == pytest.approx(max(by_cut.values()))
    assert found["curve"][0]["profit"] == 0
    assert found["curve"][-1]["profit"] == pytest.approx(sum(each))


def test_the_best_choice_contacts_customers_with_an_expected_gain() -> None:
    least = (10 + 1) / (0.3 * 190 + 10)  # .16418 at a value of 200
    said = np.array([least - 1e-6, least + 1e-6, 0.9])
    found = profit_record(np.array([1.0, 0, 1]), said, np.full(3, 200.0), USUAL)
    gains = np.array([0, -11, 0.3 * 190 - 1])
    assert (found["best_choice"]["rows"], found["best_choice"]["profit"]) == (2, pytest.approx(gains.sum()))
    reach = 1.959964 * np.sqrt(3) * gains.std(ddof=1)
    assert found["best_choice"]["profit_low"] == pytest.approx(gains.sum() - reach, abs=1e-3)


def test_without_a_value_above_the_offer_there_is_no_empc() -> None:
    assert np.isnan(empc(TRUTH, SAID, 10, USUAL)).all()


def test_a_row_of_weight_three_earns_and_costs_three_times() -> None:
    rng = np.random.default_rng(1)
    truth, said, value = (
        (rng.random(60) < 0.3).astype(float),
        np.round(rng.random(60), 2),
        rng.uniform(20, 90, 60),
    )
    times = rng.integers(1, 4, 60)
    one = profit_record(truth, said, value, USUAL, times.astype(float))
    other = profit_record(truth.repeat(times), said.repeat(times), value.repeat(times), USUAL)
    for name in ("mean_value", "mpc_in_hindsight", "empc", "empc_share"):
        assert one[name] == pytest.approx(other[name])
    hindsight = [record["best"]["profit_in_hindsight"] for record in (one, other)]
    assert hindsight[0] == pytest.approx(hindsight[1])
    assert one["best"]["share"] == pytest.approx(other["best"]["share"])
    assert one["best_choice"]["profit"] == pytest.approx(other["best_choice"]["profit"])


def _scored(rng: np.random.Generator, rows: int, pull: float) -> tuple[Floats, Floats, Floats]:
    """Truth, probability and value. pull: how much the score tells; 0 is noise."""
    x = rng.normal(size=rows)
    truth = rng.random(rows) < 1 / (1 + np.exp(1.5 - pull * x))
    return truth.astype(float), 1 / (1 + np.exp(1.5 - x)), rng.gamma(2, 20, rows)


@pytest.mark.parametrize("pull", [0.0, 1.0], ids=["noise", "signal"])
def test_the_profit_of_the_best_cut_holds_on_new_customers(pull: float) -> None:
    campaign, held, told, hindsight = Campaign(1, 6, 0.3), 0, 0.0, 0.0
    for seed in range(12):
        rng = np.random.default_rng(seed)
        best = profit_record(*_scored(rng, 500, pull), campaign, seed=seed)["best"]
        truth, said, value = _scored(rng, 10_000, pull)
        is_contacted = said >= (best["least_probability"] if best["rows"] else 2)
        really = float(campaign.gains(truth, value)[is_contacted].sum()) / 20
        held += best["profit_low"] <= really <= best["profit_high"]
        told, hindsight = told + best["profit"], hindsight + best["profit_in_hindsight"]
    assert held >= 10
    assert told < hindsight


def test_the_halves_are_of_customers_not_of_rows() -> None:
    truth, said, value = _scored(np.random.default_rng(3), 300, 1.0)
    once = profit_record(truth, said, value, USUAL)["best"]
    often = profit_record(
        truth.repeat(9), said.repeat(9), value.repeat(9), USUAL, groups=np.arange(300).repeat(9)
    )["best"]
    for name in ("profit", "profit_low", "profit_high"):
        assert often[name] == pytest.approx(9 * once[name])


def test_a_margin_makes_value_of_revenue() -> None:
    truth, said, value = _scored(np.random.default_rng(4), 200, 1.0)
    revenue = profit_record(truth, said, value, Campaign(1, 10, 0.3, margin=0.7))
    assert revenue == {**profit_record(truth, said, 0.7 * value, USUAL), "margin": 0.7}


def test_one_customer_has_a_profit_without_an_interval() -> None:
    best = profit_record(np.array([1.0]), np.array([0.5]), np.array([50.0]), USUAL)["best"]
    assert best["profit"] == 0  # nobody is left to choose a cut


def test_the_halves_depend_on_the_seed_alone() -> None:
    scored = _scored(np.random.default_rng(5), 200, 0.5)
    one, same, other = (profit_record(*scored, USUAL, seed=seed) for seed in (1, 1, 2))
    assert one == same
    for part in (lambda found: found["best"]["profit"], lambda found: found["mpc"]):
        assert part(one) != part(other)
    assert one["best_choice"] == other["best_choice"]
