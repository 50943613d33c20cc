"""What is asked: who counts as active, which time counts, what a model learns from, and the seed."""

from __future__ import annotations

import click

from churnkit.options.arguments import Command, Decorator, to_names, with_all


def activity(command: Command) -> Command:
    return click.option(
        "--activity", metavar="EVENTS", callback=to_names,
        help="Only these events (a,b) keep a customer active, or bring one back after --churn-event. "
        "Default: all events.",
    )(command)  # fmt: skip


def start_event(command: Command) -> Command:
    return click.option(
        "--start-event", metavar="EVENT",
        help="The event with which a customer starts, and starts again after leaving.",
    )(command)  # fmt: skip


def until(default: str) -> Decorator:
    """--until. default: in words."""
    return click.option(
        "--until", metavar="TIME",
        help=f"When the log ends: the first instant that it does not cover. Default: {default}.",
    )  # fmt: skip


_SUBSCRIPTIONS: list[Decorator] = [
    click.option(
        "--start", metavar="COLUMN", help="Column with the start, where each row is a subscription.",
    ),
    click.option(
        "--end", metavar="COLUMN", help="Column with the end of a subscription; empty: still running.",
    ),
    click.option(
        "--gap", default="1d", show_default=True, metavar="DAYS",
        help="A break of at most DAYS between two subscriptions is not an end.",
    ),
]  # fmt: skip


def subscriptions(command: Command) -> Command:
    """--start, --end, --gap: a table whose rows are subscriptions."""
    return with_all(_SUBSCRIPTIONS, command)


_LEARNING: list[Decorator] = [
    click.option(
        "--positive", metavar="VALUE", help="The target value that means churned. Default: 1, true, yes."
    ),
    click.option(
        "--horizon", metavar="DAYS",
        help="Length of the label window (30d), if the target's name does not contain it.",
    ),
    click.option(
        "--lead", metavar="DAYS",
        help="Days between as_of and the label window, if the target's name does not contain them.",
    ),
    click.option(
        "--only", callback=to_names, metavar="COLUMNS", help="Use only these columns as features (a,b)."
    ),
    click.option(
        "--drop", callback=to_names, metavar="COLUMNS", help="Do not use these columns as features (a,b)."
    ),
    click.option(
        "--allow-leak", callback=to_names, metavar="COLUMNS",
        help="Use these columns although they seem to reveal the target (leakage).",
    ),
    click.option(
        "--allow-clock", callback=to_names, metavar="COLUMNS",
        help="Use these columns although they reveal the observation date.",
    ),
]  # fmt: skip


def learning(command: Command) -> Command:
    """--positive, --horizon, --lead, --only, --drop, --allow-leak, --allow-clock: what is learnt from."""
    return with_all(_LEARNING, command)


def weight(command: Command) -> Command:
    return click.option(
        "--weight", metavar="COLUMN", help="Column of sampling weights: how many rows each row stands for."
    )(command)


def seed(command: Command) -> Command:
    return click.option(
        "--seed", type=click.IntRange(min=0), default=0, show_default=True,
        help="Seed of the random numbers: the same seed gives the same bytes.",
    )(command)  # fmt: skip
