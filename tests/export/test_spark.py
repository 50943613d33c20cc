"""The SQL of models, features and pipelines on a Spark cluster of two workers, by the rules of ANSI and without."""

from __future__ import annotations

import csv
import io
import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from churnkit import cli
from churnkit.export import syntax
from churnkit.models.columns import CATEGORY, Column
from churnkit.models.model_file import Model
from tests import spark
from tests.export.event_tables import (
    HEADER,
    NAMES,
    Row,
    featurized,
    largest_difference,
    log_of,
    question_of,
    random_log,
    sql_of,
)
from tests.export.test_model_sql import HOSTILE
from tests.export.test_reasons_sql import COLUMNS as REASONED
from tests.export.test_reasons_sql import check_reasons
from tests.export.written import PARAMETERS, matrix_of, model_of, rows_of
from tests.export.written import sql_of as sql_of_model

pytestmark = [
    pytest.mark.spark,
    pytest.mark.skipif(spark.MISSING is not None, reason=str(spark.MISSING)),
]
SESSIONS = [(True, "America/New_York"), (False, "Asia/Beirut")]  # whether ANSI; the zone
TYPES = "customer_id STRING, timestamp TIMESTAMP_NTZ, event STRING, amount DOUBLE, plan STRING, due TIMESTAMP_NTZ, line INT"
EARLY = ("7", "1600-01-01 00:00:00", "login", "", "", "", "-1")  # its gap, squared, is more than 32 bits


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with spark.cluster(tmp_path_factory.mktemp("spark")) as session:
        yield session


def _set(session: Any, ansi: bool, zone: str) -> None:
    session.conf.set("spark.sql.ansi.enabled", str(ansi).lower())
    session.conf.set("spark.sql.session.timeZone", zone)


def _columns(session: Any, sql: str) -> dict[str, list[Any]]:
    frame = session.sql(sql)
    rows = frame.collect()
    return {name: [row[place] for row in rows] for place, name in enumerate(frame.columns)}


def _rows(session: Any, sql: str) -> list[dict[str, Any]]:
    frame = session.sql(sql)
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.collect()]


def _scored(
    session: Any, model: Model, rows: dict[str, Any], path: Path, **wanted: Any
) -> dict[str, list[Any]]:
    """What Spark returns for the rows, stored as Parquet."""
    pl.DataFrame(rows).write_parquet(path)
    return _columns(session, sql_of_model(model, "spark", table=f"parquet.`{path}`", **wanted))


@pytest.mark.parametrize(("kind", "which"), [*zip(PARAMETERS, (0, 1, 0), strict=True)])
def test_each_row_has_the_probability_of_score_whatever_the_names_and_words(
    kind: str, which: int, session: Any, tmp_path: Path
) -> None:
    _set(session, *SESSIONS[which])
    model = model_of(kind, HOSTILE)
    rows, path = rows_of(model), tmp_path / "rows.parquet"
    words = np.array([*HOSTILE[1].categories, "new", None], dtype=object)
    rows[HOSTILE[1].name] = np.resize(words, len(rows["id"]))
    found = _scored(session, model, rows, path)
    expected = model.fitted.probability(matrix_of(model, rows))
    assert found["id"] == sorted(rows["id"])
    assert np.abs(np.array(found["churn_probability"]) - expected).max() <= 1e-12


@pytest.mark.parametrize(("kind", "which"), [("logistic", 1), ("tree", 0)])
def test_null_words_booleans_and_reasons_are_those_of_the_model(
    kind: str, which: int, session: Any, tmp_path: Path
) -> None:
    _set(session, *SESSIONS[which])
    path, missing = tmp_path / "rows.parquet", ("", "NA", "-999", "it's")
    model = model_of(kind, null=missing[1:])
    x, plan = ["1.5", "NA", "-999", "", "-2", "0.3", "it's"], ["a", "NA", "b", "it's", "", "new", "-999"]
    y = np.array([1.5, -999.0, np.nan, 0.1, 3.0, 7.0, -999.0])
    known = {
        "x": np.array([np.nan if text in missing else float(text) for text in x]),
        "plan": np.array([None if word in missing else word for word in plan], dtype=object),
        "y": np.where(y == -999, np.nan, y),
    }
    found = _scored(session, model, {"id": [*"abcdefg"], "x": x, "plan": plan, "y": y}, path)
    expected = model.fitted.probability(matrix_of(model, known))
    assert found["churn_probability"] == pytest.approx(expected, rel=0, abs=1e-12)

    model = model_of(kind, [REASONED[0], Column("plan", CATEGORY, ("No", "Yes")), REASONED[2]])
    words = np.array(["No", "Yes"], dtype=object)
    rows = {"id": words, "x": np.zeros(2), "plan": np.array([False, True]), "y": np.zeros(2)}
    found = _scored(session, model, rows, path)
    expected = model.fitted.probability(matrix_of(model, {**rows, "plan": words}))
    assert found["churn_probability"] == pytest.approx(expected, rel=0, abs=1e-12)

    model = model_of(kind, REASONED)
    rows = rows_of(model, 6)
    check_reasons(_scored(session, model, rows, path, reasons=2), model, rows, 2)


def _parquet(rows: Sequence[Row], path: Path, zone: str | None) -> None:
    """The log as Parquet; zone: of its times, which Spark reads as TIMESTAMP; None: TIMESTAMP_NTZ."""
    columns = {name: [row[place] or None for row in rows] for place, name in enumerate(HEADER)}
    times = [
        pl.col(name).str.to_datetime(time_unit="us", strict=True).dt.replace_time_zone(zone)
        for name in ("timestamp", "due")
    ]
    numbers = [pl.col("amount").cast(pl.Float64), pl.col("line").cast(pl.Int32)]
    pl.DataFrame(columns, schema=dict.fromkeys(HEADER, pl.String)).with_columns(
        *times, *numbers
    ).write_parquet(path)


@pytest.mark.parametrize(
    ("target", "zone", "stored", "which"),
    [
        ("churned_30d_after_7d_of_60d", "Europe/Berlin", "UTC", 0),
        ("churned_cancel_30d_after_7d", "UTC", None, 0),
        ("churned_cancel_without_purchase_30d_of_30d_from_join", "UTC", "UTC", 1),
    ],
)
def test_customers_features_and_label_are_those_of_featurize(
    target: str, zone: str, stored: str | None, which: int, session: Any, tmp_path: Path
) -> None:
    _set(session, *SESSIONS[which])
    names = [*NAMES, *(["due_in_days"] if zone == "UTC" else [])]
    rows = [*random_log(len(target), zone), EARLY]
    expected = featurized(rows, names, target, zone, tmp_path)
    random.Random(1).shuffle(rows)
    path = tmp_path / "events.parquet"
    _parquet(rows, path, stored)
    log = replace(log_of(zone), table=syntax.table(f"parquet.`{path}`"))
    found = _rows(session, sql_of(question_of(names, target, zone), log, "spark"))
    assert len(expected) > 3
    assert largest_difference(found, expected) <= 1e-9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """events.csv; model.json, a tree on features of it; scores.csv: those of featurize and score."""
    folder = tmp_path_factory.mktemp("pipeline")
    names = "recency_days,event_count_30d,amount_sum_90d,support_call_count_90d,plan_last,gap_mean_days"
    _run(folder, "simulate --customers 100 -o events.csv")
    _run(folder, f"featurize --as-of 2024-09-01 --horizon 30d --features {names} -o train.csv events.csv")
    _run(folder, "fit --model tree -o model.json train.csv")
    _run(folder, "featurize --like model.json --as-of 2024-10-01 -o now.csv events.csv")
    _run(folder, "score -o scores.csv model.json now.csv")
    return folder


def _run(folder: Path, line: str) -> None:
    words = [str(folder / word) if word.endswith((".csv", ".json")) else word for word in line.split()]
    assert cli.run([words[0], "-q", *words[1:]]) == 0, line


def _export(folder: Path, *words: str) -> str:
    out, model = str(folder / "out.sql"), str(folder / "model.json")
    assert cli.run(["export", "-q", "--dialect", "spark", *words, "-o", out, model]) == 0
    return (folder / "out.sql").read_text()


def _view(folder: Path, time: str) -> str:
    """What makes a view of the log in CSV. time: its type."""
    types = f"customer_id STRING, timestamp {time}, event STRING, amount DOUBLE, plan STRING"
    options = (
        f"path '{folder / 'events.csv'}', header 'true', escape '\"', enforceSchema 'false', mode 'FAILFAST'"
    )
    return f"CREATE OR REPLACE TEMPORARY VIEW events ({types}) USING csv OPTIONS ({options})"


def _check(found: list[list[str]], folder: Path) -> None:
    _, *expected = csv.reader(io.StringIO((folder / "scores.csv").read_text()))
    assert [(id_, as_of) for id_, _, as_of in found] == [(id_, as_of) for id_, _, as_of in expected] != []
    for (_, probability, _), (_, other, _) in zip(found, expected, strict=True):
        assert float(probability) == pytest.approx(float(other), rel=0, abs=1e-12)


def test_a_pipeline_with_a_bound_date_or_as_a_model_of_dbt_scores_a_log_in_csv(
    session: Any, folder: Path
) -> None:
    _set(session, True, "UTC")
    session.sql(_view(folder, "TIMESTAMP"))
    bound = session.sql(_export(folder, "--pipeline", "--as-of", ":as_of"), args={"as_of": "2024-10-01"})
    _check([[str(value) for value in row] for row in bound.collect()], folder)
    _set(session, *SESSIONS[0])
    session.sql(_view(folder, "TIMESTAMP_NTZ"))
    text = _export(folder, "--dbt", "--note", "it's {{ x }}")
    for template, value in (
        ("{{ config(materialized='table') }}", ""),
        ("{{ ref('events') }}", "events"),
        ('{{ var("as_of") }}', "2024-10-01"),
    ):
        text = text.replace(template, value)
    session.sql(f"CREATE TABLE scores USING parquet AS\n{text}")
    stored = session.sql("SELECT * FROM scores ORDER BY customer_id")
    _check([[str(value) for value in row] for row in stored.collect()], folder)


def test_a_time_that_is_a_text_is_refused_in_words(session: Any, folder: Path) -> None:
    session.sql(_view(folder, "STRING"))
    with pytest.raises(Exception, match="a time is a text: cast it to TIMESTAMP_NTZ"):
        session.sql(_export(folder, "--pipeline", "--as-of", "2024-10-01")).collect()


def test_spark_sql_reads_csv_and_parquet_and_no_name_or_comment_ends_a_statement(folder: Path) -> None:
    names = {
        "customer_id": "it's;",
        "timestamp": 'a "b";',
        "event": "--c;`d`",
        "amount": "/* e\\",
        "plan": "f'",
    }
    log = pl.read_csv(folder / "events.csv", schema_overrides={"timestamp": pl.Datetime("us")})
    log.rename(names).write_parquet(folder / "events.parquet")
    hostile = [
        "--table",
        f"parquet.`{folder / 'events.parquet'}`",
        "--note",
        "'; -- /* \" ` ${HOME} {{ DROP TABLE x;",
    ]
    for role, name in zip(("id", "time", "event", "value"), names.values(), strict=False):
        hostile += [f"--{role}", name]
    for option, pair in (
        ("--column-name", f"amount={names['amount']}"),
        ("--column-name", f"plan={names['plan']}"),
        ("--event-name", "support_call=it's; \\\""),
        ("--event-name", "support_call=support_call"),
    ):
        hostile += [option, pair]
    dates = ["--pipeline", "--as-of", "2024-10-01"]
    statements = [
        _view(folder, "TIMESTAMP_NTZ"),
        _export(folder, *dates, "--digits", "6", "--into", "scores"),
        "SELECT * FROM scores ORDER BY customer_id",
        _export(folder, *dates, *hostile),
    ]
    (folder / "score.sql").write_text(";\n".join(statements))
    words, env = spark.spark_sql(folder, "-f", folder / "score.sql"), spark.environment(folder)
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, env=env)
    assert done.returncode == 0, done.stderr[-2000:]
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    half = len(rows) // 2
    _run(folder, "score --digits 6 --no-header -o rounded.csv model.json now.csv")
    assert [",".join(row) for row in rows[:half]] == (folder / "rounded.csv").read_text().splitlines()
    _check(rows[half:], folder)
