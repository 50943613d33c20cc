"""A table of a million rows checked by hand in other libraries, by the rules that a profile suggests.

python -m tests.bench.checking make ROWS FOLDER            # base.csv, new.csv, base.jsonl
python -m tests.bench.checking pandera|frictionless|great_expectations new.csv
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

PLANS, STATES = ["basic", "plus", "premium"], ["true", "false"]
RANGES = {
    "age": (0, 120),
    "tenure_days": (0, 20_000),
    "amount": (0, 50_000),
    "calls": (0, 20),
    "balance": (-400, 400),
}


def make(rows: int, folder: Path) -> None:
    """A base and a delivery of ten columns, and the profile of the base."""
    import numpy as np
    import polars as pl

    from churnkit import cli

    rng = np.random.default_rng(0)
    for name, month, first in (("base", "2024-05-01", 0), ("new", "2024-06-01", 10**7)):
        seconds = rng.integers(0, 29 * 86_400, rows) * np.timedelta64(1_000_000, "us")
        frame = pl.DataFrame(
            {
                "customer_id": [f"c{first + k:08d}" for k in range(rows)],
                "timestamp": pl.Series(np.datetime64(month, "us") + seconds).dt.strftime("%Y-%m-%dT%H:%M:%S"),
                "plan": rng.choice(PLANS, rows),
                "country": rng.choice([f"country {k}" for k in range(40)], rows),
                "age": rng.integers(18, 91, rows),
                "tenure_days": rng.exponential(400, rows).astype(int),
                "amount": rng.lognormal(3, 1, rows).round(2),
                "calls": rng.poisson(0.4, rows),
                "balance": rng.normal(20, 50, rows).round(2),
                "is_active": rng.choice(STATES, rows),
            }
        )
        frame.write_csv(folder / f"{name}.csv")
    cli.run(["profile", "-q", "-o", str(folder / "base.jsonl"), str(folder / "base.csv")])


def with_pandera(path: str) -> bool:
    import pandera.polars as pa
    import polars as pl

    columns = {name: pa.Column(float, pa.Check.in_range(*ends), coerce=True) for name, ends in RANGES.items()}
    schema = pa.DataFrameSchema(
        {
            "customer_id": pa.Column(str, unique=True),
            "timestamp": pa.Column(pl.Datetime("us"), coerce=True),
            "plan": pa.Column(str, pa.Check.isin(PLANS)),
            "country": pa.Column(str),
            "is_active": pa.Column(bool),
            **columns,
        }
    )
    schema.validate(pl.read_csv(path, try_parse_dates=True), lazy=True)
    return True


def with_frictionless(path: str) -> bool:
    from frictionless import Resource, Schema

    numbers = [
        {"name": name, "type": "number", "constraints": {"minimum": low, "maximum": high}}
        for name, (low, high) in RANGES.items()
    ]
    fields: list[dict[str, Any]] = [
        {"name": "customer_id", "type": "string", "constraints": {"required": True, "unique": True}},
        {"name": "timestamp", "type": "datetime"},
        {"name": "plan", "type": "string", "constraints": {"enum": PLANS}},
        {"name": "country", "type": "string"},
        *numbers,
        {"name": "is_active", "type": "boolean"},
    ]
    return bool(Resource(path=path, schema=Schema.from_descriptor({"fields": fields})).validate().valid)


def with_great_expectations(path: str) -> bool:
    import great_expectations as gx
    import pandas as pd

    context = gx.get_context(mode="ephemeral")
    source = context.data_sources.add_pandas("source").add_dataframe_asset("asset")
    batch = source.add_batch_definition_whole_dataframe("batch")
    expectations = gx.expectations
    suite = gx.ExpectationSuite("suite")
    suite.add_expectation(expectations.ExpectColumnValuesToBeUnique(column="customer_id"))
    suite.add_expectation(expectations.ExpectColumnValuesToNotBeNull(column="customer_id"))
    suite.add_expectation(expectations.ExpectColumnValuesToBeInSet(column="plan", value_set=PLANS))
    for name, (low, high) in RANGES.items():
        suite.add_expectation(
            expectations.ExpectColumnValuesToBeBetween(column=name, min_value=low, max_value=high)
        )
    frame = pd.read_csv(path, parse_dates=["timestamp"])
    return bool(batch.get_batch(batch_parameters={"dataframe": frame}).validate(suite).success)


PEERS = {
    "pandera": with_pandera,
    "frictionless": with_frictionless,
    "great_expectations": with_great_expectations,
}


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(int(sys.argv[2]), Path(sys.argv[3]))
    elif not PEERS[sys.argv[1]](sys.argv[2]):
        raise SystemExit("the delivery is honest, and was refused")
