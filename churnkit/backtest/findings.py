"""The notes of a backtest: dates not judged, columns left out, the totals, and when to refit."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from churnkit.backtest.age import misses_more, ranks_worse, refit_age
from churnkit.backtest.misses import Miss, mean_error
from churnkit.backtest.reading import BacktestOptions, LabelledPanel
from churnkit.backtest.walk_forward import DateScores, Walk
from churnkit.columns import RECENCY, list_names
from churnkit.errors import quote
from churnkit.evaluation import metrics
from churnkit.evaluation.outcomes import LEAST_DATES
from churnkit.formatting import Finding, count
from churnkit.training.notes import EXPECTED_REASONS

FEW_LEAVERS = 10  # per date: with fewer, chance is larger than any error of a model


def about_dates(panel: LabelledPanel, walk: Walk) -> Iterator[Finding]:
    """The dates without a row, and models that learn until an earlier date than they could."""
    unlabelled = panel.rows.unlabelled_dates
    if unlabelled:
        text = f"{count(len(unlabelled), 'date')} without a label, not judged: {list_names(unlabelled)}"
        yield Finding("not-judged", text, count=len(unlabelled))
    for why, number in Counter(walk.not_judged.values()).items():
        days = [day for day, reason in walk.not_judged.items() if reason == why]
        text = f"{count(number, 'date')} without a model, not judged: {list_names(days)} ({why})"
        yield Finding("not-judged", text, count=number)
    dates = np.unique(np.asarray(panel.rows.instants))
    before = {int(date): int(previous) for previous, date in itertools.pairwise(dates)}
    skipping = [each for each in walk.scores if each.trained_until < before[each.as_of]]
    if skipping:
        text = (
            f"at {count(len(skipping), 'date')} the label windows ({panel.days} days) of the date before had "
            "not ended, so the model learnt from earlier ones (trained_until); with monthly dates: "
            "--horizon 28d"
        )
        yield Finding("embargo", text, count=len(skipping))


def about_left_out(scores: Sequence[DateScores]) -> Iterator[Finding]:
    """The columns that models left out, and at how many dates. The reason is that of the latest one."""
    models = [each.model for each in scores]
    reasons: dict[str, list[str]] = {}
    for model in models:
        for name, why in model.left_out.items():
            reasons.setdefault(name, []).append(why)
    for name, whys in reasons.items():
        if whys[-1] in EXPECTED_REASONS:
            continue
        at = f" at {len(whys)} of {count(len(models), 'date')}" if len(whys) < len(models) else ""
        if any(name in model.leaks for model in models):
            why = f"because it reveals the target: {whys[-1]} (--allow-leak uses it anyway)"
            text = f"{quote(name)} left out{at} {why}"
            yield Finding("leak", text, is_warning=True, column=name)
        elif any(name in model.clocks for model in models):
            text = f"{quote(name)} left out{at}: {whys[-1]} (--allow-clock uses it anyway)"
            yield Finding("clock", text, column=name)
        else:
            yield Finding("column-left-out", f"{quote(name)} left out{at}: {whys[-1]}", column=name)


def about_history(
    panel: LabelledPanel,
    scores: Sequence[DateScores],
    records: Sequence[dict[str, Any]],
    chosen: BacktestOptions,
) -> Iterator[Finding]:
    """What makes the figures weak, and the totals of all dates; their sentence is the last one."""
    if all(each.recency is None for each in scores):
        text = f"no numbers in a column {RECENCY}, so expected_recency and auc_recency are empty"
        yield Finding("no-recency", text, column=RECENCY)
    if panel.unknown_values:
        rows = count(panel.unknown_values, "row")
        text = f"{rows} without a value in {quote(str(chosen.customer_value))} count as 0"
        yield Finding("unknown-value", text, count=panel.unknown_values, column=chosen.customer_value)
    leavers = float(np.mean([record["observed"] for record in records]))
    if leavers < FEW_LEAVERS:
        mean = f"{leavers:.1f} customers leave at a date on average"
        text = f"{mean}: too few to tell an error of the model from chance"
        yield Finding("few-leavers", text, is_warning=True)
    if len(records) <= LEAST_DATES:
        text = (
            f"{count(len(records), 'judged date')}: intervals are of chance alone, which is too narrow; "
            f"{LEAST_DATES} earlier dates earn one of past errors"
        )
        yield Finding("short-history", text, count=len(records))
    first, *money = sentences(records)
    for sentence in money:
        yield Finding("backtest", sentence)
    yield Finding("backtest", f"{first}; {_ranking(panel, scores)}", count=len(records))


def sentences(records: Sequence[dict[str, Any]]) -> list[str]:
    """The totals: what was expected, what happened, how far a date was off; then the same for money."""
    return [_customer_sentence(records), *([_money_sentence(records)] if "value" in records[0] else [])]


def miss_sentence(miss: Miss, most: float) -> str:
    """How far the newest dates missed."""
    outcome, ends = miss.outcome, miss.ends
    return (
        f"from {miss.first} to {miss.last} the models expected {outcome.expected:,.0f} to leave "
        f"({ends.low:,.0f} to {ends.high:,.0f}), and {outcome.observed:,.0f} left: missed by "
        f"{miss.share:.1%}, more than {100 * most:.4g}%"
    )


def _customer_sentence(records: Sequence[dict[str, Any]]) -> str:
    expected, observed = (sum(record[name] for record in records) for name in ("expected", "observed"))
    inside = sum(record["within"] for record in records)
    return (
        f"at {count(len(records), 'date')} the models expected {expected:,.0f} to leave; {observed:,.0f} "
        f"left; {_errors(records, 'expected', 'observed')}; {inside} of {len(records)} inside their interval"
    )


def _money_sentence(records: Sequence[dict[str, Any]]) -> str:
    expected, observed = (
        sum(record[name] for record in records) for name in ("expected_loss", "observed_loss")
    )
    return (
        f"expected loss {expected:,.2f}; lost {observed:,.2f}; "
        f"{_errors(records, 'expected_loss', 'observed_loss')}"
    )


def _errors(records: Sequence[dict[str, Any]], name: str, observed: str) -> str:
    """How far the models and simple ways were off at a date, on average."""
    own = mean_error(records, name, observed)
    if own is None:
        return "nobody left"
    others = {
        "last rate": f"{name}_last_rate",
        "recency alone": f"{name}_recency",
        "the baseline": f"{name}_baseline",
    }
    known = {
        words: mean_error(records, column, observed)
        for words, column in others.items()
        if column in records[0]
    }
    beside = ", ".join(f"{words} by {error:.1%}" for words, error in known.items() if error is not None)
    return f"a date was off by {own:.1%}, {beside}"


def _ranking(panel: LabelledPanel, scores: Sequence[DateScores]) -> str:
    """The AUC of all judged rows together, beside that of recency and of the baseline."""
    rows = np.concatenate([each.rows for each in scores])
    truth, counts = panel.rows.truth[rows], panel.counts[rows]
    others = {"auc": np.concatenate([each.probability for each in scores])}
    recency = [each.recency for each in scores if each.recency is not None]
    if len(recency) == len(scores):
        others["recency alone"] = np.concatenate(recency)
    if panel.baseline is not None and not np.isnan(panel.baseline[rows]).any():
        others["the baseline"] = panel.baseline[rows]
    return ", ".join(f"{name} {metrics.auc(truth, score, counts):.3f}" for name, score in others.items())


def about_age(records: Sequence[dict[str, Any]]) -> Iterator[Finding]:
    """When to refit, in a sentence. records: of `age_records`."""
    judged = [record for record in records[1:] if record["dates"] >= LEAST_DATES]
    if not judged:
        text = f"too few dates to see how a model ages: that needs {LEAST_DATES} dates with older models"
        yield Finding("ageing", text)
        return
    worse = refit_age(records)
    shown = worse or judged[-1]
    joined = "and" if ranks_worse(shown) == misses_more(shown) else "but"
    text = f"a model {_age(shown)} old {_rank_in_words(shown)} {joined} {_sum_in_words(shown)}: "
    if worse is None:
        yield Finding("ageing", f"{text}no reason to refit before that")
    else:
        before = records[max(1, worse["age"] - 1)]
        yield Finding("ageing", f"{text}refit every {_age(before)}")


def _age(record: dict[str, Any]) -> str:
    return f"{count(record['age_days'], 'day')} ({count(record['age'], 'date')})"


def _rank_in_words(record: dict[str, Any]) -> str:
    change, low, high = (record[f"auc_change{end}"] for end in ("", "_low", "_high"))
    words = "ranks worse" if ranks_worse(record) else "ranks as well"
    return (
        words if change is None or low is None else f"{words} (auc {change:+.3f}, {low:+.3f} to {high:+.3f})"
    )


def _sum_in_words(record: dict[str, Any]) -> str:
    ratio = record["observed_over_expected"]
    if not misses_more(record):
        return "adds up as well"
    return f"says {abs(1 - 1 / ratio) if ratio else 1:.0%} too {'few' if ratio > 1 else 'many'}"
