"""From events to scores in one statement, in DuckDB and as a model of dbt, against featurize and score."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from churnkit import cli

HOSTILE = "it's {{ 1 }} {% x %} {# y #} 100%"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """events.csv, and model.json: a tree on features of it, for customers with an event in 30 days."""
    folder = tmp_path_factory.mktemp("pipeline")
    _run(folder, "simulate --customers 150 -o events.csv")
    names = "recency_days,event_count_30d,amount_sum_90d,support_call_count_90d,plan_last,gap_mean_days"
    dates = "--as-of 2024-07-01..2024-09-01/1mo --horizon 30d"
    _run(folder, f"featurize {dates} --features {names} -o train.csv events.csv")
    _run(folder, "fit --model tree -o model.json train.csv")
    return folder


def _run(folder: Path, line: str) -> None:
    words = [
        str(folder / word) if "." in word and not word.startswith("20") else word for word in line.split()
    ]
    assert cli.run([words[0], "-q", *words[1:]]) == 0, line


def _export(folder: Path, *words: str) -> str:
    assert cli.run(["export", "-q", *words, "-o", str(folder / "out.sql"), str(folder / "model.json")]) == 0
    return (folder / "out.sql").read_text()


def _refused(folder: Path, capfd: pytest.CaptureFixture[str], *words: str) -> str:
    assert cli.run(["export", "-q", *words, str(folder / "model.json")]) == 2
    return capfd.readouterr().err


def _database(folder: Path) -> duckdb.DuckDBPyConnection:
    database = duckdb.connect()
    database.execute(f"CREATE TABLE events AS FROM read_csv('{folder / 'events.csv'}')")
    return database


def test_the_pipeline_writes_the_bytes_of_featurize_and_score(folder: Path) -> None:
    _run(folder, "featurize --like model.json --as-of 2024-10-01 -o now.csv events.csv")
    _run(folder, "score --digits 6 -o scores.csv model.json now.csv")
    sql = _export(folder, "--pipeline", "--as-of", "2024-10-01", "--digits", "6")
    _database(folder).execute(f"COPY ({sql}) TO '{folder / 'got.csv'}' (HEADER)")
    assert (folder / "got.csv").read_bytes() == (folder / "scores.csv").read_bytes()


def test_a_panel_with_label_goes_into_a_table_as_featurize_writes_it(folder: Path) -> None:
    database = _database(folder)
    options = ["--features", "--with-label", "--as-of", "2024-07-01..2024-09-01/1mo", "--into", "train"]
    database.execute(_export(folder, *options))
    train = f"read_csv('{folder / 'train.csv'}')"
    names = "customer_id, as_of, event_count_30d, plan_last, churned_30d"
    for one, other in (("train", train), (train, "train")):
        assert (
            database.execute(f"SELECT {names} FROM {one} EXCEPT SELECT {names} FROM {other}").fetchall() == []
        )


def test_a_bound_date_gives_the_rows_of_the_literal(folder: Path) -> None:
    database = _database(folder)
    bound = _export(folder, "--features", "--as-of", ":as_of")
    expected = database.execute(_export(folder, "--features", "--as-of", "2024-10-01")).fetchall()
    assert database.execute(bound, {"as_of": "2024-10-01"}).fetchall() == expected != []


def test_percent_signs_are_doubled_where_postgres_binds_values(folder: Path) -> None:
    names = ["--event-name", f"support_call={HOSTILE}", "--features", "--dialect", "postgres"]
    text = _export(folder, *names, "--as-of", ":as_of")
    assert "100%%'" in text
    assert "%" not in text.replace("%%", "").replace("%(as_of)s", "")
    assert "100%'" in _export(folder, *names, "--as-of", "2024-10-01")


def test_a_model_of_dbt_has_its_own_templates_and_no_others(folder: Path) -> None:
    text = _export(folder, "--dbt", "--event-name", f"support_call={HOSTILE}", "--note", "{{{ x }}")
    assert "\n{{ config(materialized='table') }}\n" in text
    assert "FROM {{ ref('events') }}" in text
    assert "CAST('{{ var(\"as_of\") }}' AS DATE)" in text
    ours = ("{{ config(materialized='table') }}", "{{ ref('events') }}", '{{ var("as_of") }}')
    for template in ours:
        text = text.replace(template, "")
    for opening in ("{{", "{%", "{#"):
        text = text.replace(f"{{% raw %}}{opening}{{% endraw %}}", "")
    assert not any(opening in text for opening in ("{{", "{%", "{#"))
    assert "{{ source('crm', 'events') }}" in _export(folder, "--dbt", "--table", "crm.events")


def test_a_table_of_spark_is_created_without_sorting_which_would_compute_all_rows_twice(folder: Path) -> None:
    for dialect, ends in (("spark", "FROM"), ("duckdb", "ORDER BY")):
        options = ["--pipeline", "--as-of", "2024-10-01", "--dialect", dialect]
        assert _export(folder, *options).splitlines()[-1].startswith("ORDER BY")
        assert _export(folder, *options, "--into", "scores").splitlines()[-1].startswith(ends)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("--features", "--as-of is missing"),
        ("--features --as-of latest", "only the log has these dates"),
        ("--features --as-of renewal-30d", "only the log has these dates"),
        ("--features --as-of :as_of --tz Europe/Berlin", "needs the date"),
        ("--as-of 2024-10-01", "needs --features or --pipeline"),
        ("--features --pipeline --as-of 2024-10-01", "not both"),
        ("--pipeline --as-of 2024-10-01 --with-label", "--with-label needs --features"),
        ("--features --as-of 2024-10-01 --digits 3", "--digits is about scores"),
        ("--features --as-of 2024-10-01 --until 2024-12-01", "--until needs --with-label"),
        ("--features --as-of 2024-10-01 --event-name Call", "support_call='Support Call'"),
        ("--dbt --as-of 2024-10-01", "leave out --as-of"),
        ("--dbt --into scores", "dbt creates the table"),
        ("--dbt --table a-b", "MODEL, or SOURCE.TABLE"),
    ],
)
def test_options_that_do_not_fit_give_one_line(
    line: str, words: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    error = _refused(folder, capfd, *line.split())
    assert words in error
    assert error.count("\n") == 1


def test_columns_that_are_no_features_are_named(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"{k},{k % 7},{int(k % 4 == 0)}\n" for k in range(120))
    (tmp_path / "t.csv").write_text(f"customer_id,seats,churned\n{rows}")
    _run(tmp_path, "fit -o model.json t.csv")
    error = _refused(tmp_path, capfd, "--features", "--as-of", "2024-10-01")
    assert "not event-log features: seats; build the table in your database" in error
