"""The SQL of features and scores in a Postgres that runs, and Postgres as source and sink of pipes."""

from __future__ import annotations

import csv
import io
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from churnkit import cli
from tests import postgres
from tests.export.event_tables import (
    HEADER,
    NAMES,
    TYPES,
    featurized,
    largest_difference,
    log_of,
    question_of,
    random_log,
    sql_of,
    text_of,
)
from tests.shell import lines_of_topic, run_bash

PROGRAMS = postgres.find_programs()
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(PROGRAMS is None, reason="Postgres is not installed: apt-get install postgresql"),
]


@pytest.fixture(scope="module")
def server() -> Iterator[postgres.Postgres]:
    assert PROGRAMS is not None
    with postgres.running(PROGRAMS) as server:
        yield server


def _load(server: postgres.Postgres, rows: list[tuple[str, ...]], folder: Path) -> None:
    path = folder / "events.csv"
    path.write_text(text_of(rows), encoding="utf-8")
    server.run(
        f"DROP TABLE IF EXISTS events; CREATE TABLE events ({TYPES});\n\\copy events FROM '{path}' CSV HEADER\n"
    )


def test_postgres_computes_the_features_and_the_label_of_featurize(
    server: postgres.Postgres, tmp_path: Path
) -> None:
    for target, zone in (("churned_30d_of_60d", "Europe/Berlin"), ("churned_cancel_30d_after_7d", "UTC")):
        names = [*NAMES, *(["due_in_days"] if zone == "UTC" else [])]
        rows = random_log(8, zone)
        _load(server, rows, tmp_path)
        sql = sql_of(question_of(names, target, zone), log_of(zone), "postgres")
        found = list(csv.DictReader(io.StringIO(server.run(sql))))
        assert largest_difference(found, featurized(rows, names, target, zone, tmp_path)) <= 1e-9
    server.run("ALTER TABLE events ALTER timestamp TYPE timestamptz USING timestamp AT TIME ZONE 'UTC'")
    assert list(csv.DictReader(io.StringIO(server.run(sql)))) == found


def test_postgres_scores_a_log_and_is_both_ends_of_a_pipe(
    server: postgres.Postgres, tmp_path: Path, warm_env: dict[str, str]
) -> None:
    rows = random_log(9, size=400)
    _load(server, rows, tmp_path)
    events, model = tmp_path / "events.csv", tmp_path / "model.json"
    names = "recency_days,event_count_30d,amount_mean_30d,support_call_share_30d,plan_last"
    asked = ["--features", names, "--as-of", "2024-02-01..2024-04-01/1w", "--horizon", "7d"]
    assert cli.run(["featurize", "-q", *asked, "-o", str(tmp_path / "train.csv"), str(events)]) == 0
    assert cli.run(["fit", "-q", "--model", "tree", "-o", str(model), str(tmp_path / "train.csv")]) == 0
    options = [
        "--dialect",
        "postgres",
        "--pipeline",
        "--as-of",
        "2024-03-31",
        "--order-by",
        "line",
        "--digits",
        "6",
    ]
    assert cli.run(["export", "-q", *options, "-o", str(tmp_path / "score.sql"), str(model)]) == 0
    found = server.run((tmp_path / "score.sql").read_text())
    server.run(
        "DROP TABLE IF EXISTS scores; CREATE TABLE scores (customer_id text, p double precision, as_of date)"
    )
    psql = f"{server.psql} -X -q -v ON_ERROR_STOP=1"
    pipe = (
        f'{psql} --csv -c "SELECT * FROM events ORDER BY line"'
        f" | churnkit featurize -q --like {model} --as-of 2024-03-31 | churnkit score -q --digits 6 {model}"
        f' | {psql} -c "\\copy scores FROM STDIN CSV HEADER"'
    )
    environment = {**warm_env, **server.environment, "PATH": warm_env["PATH"]}
    subprocess.run(["bash", "-o", "pipefail", "-c", pipe], env=environment, cwd=tmp_path, check=True)
    stored = server.run(
        'SELECT customer_id, p AS churn_probability, as_of FROM scores ORDER BY customer_id COLLATE "C"'
    )
    assert len(found.splitlines()) > 3
    rounded = [(a, float(b), c) for a, b, c in list(csv.reader(io.StringIO(found)))[1:]]
    assert rounded == [(a, float(b), c) for a, b, c in list(csv.reader(io.StringIO(stored)))[1:]]


def test_the_pipe_of_the_topic_scores_what_a_file_scores(
    server: postgres.Postgres, tmp_path: Path, warm_env: dict[str, str]
) -> None:
    rows = random_log(10, size=400)
    _load(server, rows, tmp_path)
    with (tmp_path / "log.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(row[:4] for row in [HEADER, *rows])
    columns = "customer_id text, churn_probability double precision, as_of date"
    server.run(f"DROP TABLE IF EXISTS scores; CREATE TABLE scores ({columns})")
    asked = "--features recency_days,event_count_30d,amount_sum_90d --horizon 7d"
    path = f"{warm_env['PATH']}{os.pathsep}{Path(server.psql).parent}"
    script = f"""
      churnkit featurize -q --as-of 2024-02-01..2024-04-01/1w {asked} log.csv > train.csv
      churnkit fit -q --model tree train.csv > model.json
      {lines_of_topic("pipes", "Postgres")}
      churnkit featurize -q --like model.json --as-of latest log.csv | churnkit score -q model.json > expected.csv
      psql -X --csv -c 'SELECT * FROM scores' > stored.csv
    """
    done = run_bash(f"set -eo pipefail; {script}", tmp_path, {**warm_env, **server.environment, "PATH": path})
    assert done.returncode == 0, done.stderr
    expected, scores, stored = (
        list(csv.DictReader((tmp_path / f"{name}.csv").read_text().splitlines()))
        for name in ("expected", "scores", "stored")
    )
    assert len(expected) > 3
    assert sorted(scores, key=str) == sorted(expected, key=str)
    assert [{**row, "churn_probability": float(row["churn_probability"])} for row in stored] == [
        {**row, "churn_probability": float(row["churn_probability"])} for row in scores
    ]
