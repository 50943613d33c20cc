"""export: a model as SQL, for the database in which the customers already are; or as a scorer in Python or R."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from churnkit import messages, options
from churnkit.export.dialects import DIALECTS
from churnkit.export.languages import LANGUAGES

if TYPE_CHECKING:
    from churnkit.tables.writing import Destination, Output

TABLE, EVENTS = "features", "events"
OF_LOG = (
    "as_of", "with_label", "until", "time", "event", "value", "event_names", "column_names", "order_by", "zone",
)  # fmt: skip
FLAGS_OF_LOG = {name: f"--{name.replace('_', '-').removesuffix('s')}" for name in OF_LOG} | {"zone": "--tz"}


@click.command(cls=options.CommandWithSections)
@click.argument("model_path", metavar="MODEL", type=click.Path())
@click.option(
    "--dialect",
    type=click.Choice((*DIALECTS, *LANGUAGES)),
    default="duckdb",
    show_default=True,
    help="The database; or python or r, for a file that scores rows without churnkit.",
)
@click.option(
    "--table",
    metavar="NAME",
    help="The table that is read: NAME, SCHEMA.NAME, or files of Spark, FORMAT.`PATH`. Default: features, or events with --features or --pipeline.",
)
@click.option(
    "--features",
    "is_features",
    is_flag=True,
    help="Write the SELECT of the model's columns, from a table of events.",
)
@click.option(
    "--pipeline", "is_pipeline", is_flag=True, help="Write one SELECT from a table of events to the scores."
)
@click.option(
    "--dbt",
    is_flag=True,
    help="Write --pipeline (or --features) as a model of dbt; as_of is a variable of dbt.",
)
@click.option(
    "--as-of",
    metavar="DATES",
    help="Observation dates: 2024-12-01, a range 2024-03-01..2024-08-01/1mo, or :as_of for the placeholder that a program binds a date to.",
)
@click.option("--with-label", is_flag=True, help="With --features: add the label, for training.")
@options.until("the end of the day of its latest event")
@options.time
@options.event
@options.value
@click.option(
    "--event-name",
    "event_names",
    multiple=True,
    metavar="SLUG=NAME",
    help="The exact name of an event: support_call='Support Call'. Default: all names with this slug. Repeatable.",
)
@click.option(
    "--column-name",
    "column_names",
    multiple=True,
    metavar="SLUG=NAME",
    help="The column of a feature, where it is not named as in the feature: plan='Plan Type'. Repeatable.",
)
@click.option(
    "--order-by",
    metavar="COLUMN",
    help="Of events at the same time, the one with the larger COLUMN is the later one.",
)
@click.option(
    "--tz", "zone", default="UTC", show_default=True, metavar="ZONE", help="Time zone in which a day begins."
)
@click.option("--into", metavar="NAME", help="Create this table from the SELECT.")
@click.option(
    "--reasons",
    type=click.IntRange(min=0),
    metavar="N",
    help="Add the N largest reasons of each row, as explain does; 0 for all. Not for xgboost.",
)
@options.digits
@click.option(
    "--note",
    "remarks",
    multiple=True,
    metavar="TEXT",
    help="Add a line to the comment at the top. Repeatable.",
)
@click.option(
    "--verify",
    metavar="FILE",
    type=click.Path(),
    help="First run the SQL on this table in DuckDB (a scorer in its language), and compare with score; exit 1 above a difference of 1e-9.",
)
@options.id_(None, "Column of the customer's id. Default: the model's.")
@options.output(["sql"], "sql")
@options.with_asked
def command(
    asked: set[str], model_path: str, dialect: str, table: str | None, is_features: bool, is_pipeline: bool,
    reasons: int | None, digits: int | None, remarks: tuple[str, ...], verify: str | None, into: str | None,
    id_: str | None, out: Destination, **of_log: Any,
) -> None:  # fmt: skip
    """Write a model as SQL for a database, or as a file of Python or R.

    Reads a MODEL (- for standard input). Prints one SELECT: from a table with the model's columns to the id,
    churn_probability, and as_of if the model was trained with dates; ordered by id. The numbers are those of
    score, to 1e-12: a threshold of a tree, a 32-bit float, is a double half-way to the float before.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit --model tree train.csv > model.json
      churnkit featurize --like model.json --as-of 2024-12-01 events.csv > now.csv
      churnkit export --verify now.csv model.json > score.sql
      churnkit export --dialect postgres --table crm.features --reasons 3 model.json | tail -40
      churnkit export --table now.csv --digits 6 model.json > score.sql
      churnkit score --digits 6 model.json now.csv > scores.csv

    --features and --pipeline read a table of events instead, one row per event, and build the columns of the model
    for the customers of its label, as featurize does, to 1e-9:

    \b
      churnkit export --pipeline --as-of 2024-12-01 model.json > score.sql
      churnkit export --features --as-of 2024-07-01..2024-09-01/1mo --with-label --into train model.json > train.sql
      churnkit export --dbt model.json > scores.sql

    Of two values at the same time the largest is the last one, and a churn event comes before one that brings the
    customer back: --order-by names a column that decides instead.

    --dialect python and r write one file that scores rows without churnkit: a filter of CSV, and functions. It needs
    Python 3.8 and its standard library, or base R, and prints what score prints.

    \b
      churnkit export --dialect python --verify now.csv model.json > scorer.py
      python3 scorer.py < now.csv > scores.csv
      python3 -c 'import csv, scorer; print(scorer.score(next(csv.DictReader(open("now.csv")))))'
      churnkit export --dialect r --digits 6 model.json > scorer.R   # Rscript scorer.R < now.csv

    After the first lines, duckdb -csv < score.sql | cmp - scores.csv prints nothing. A word is tested as one of a set, other
    words are "other", and NULL, NaN and the model's null words are missing. Up to 64,000 nodes of trees are
    written (1,500 trees of depth 4). SQL needs sqlglot, and --verify needs duckdb (for SQL) or Rscript (for R): pip
    install 'churnkit-cli[sql]'.
    """
    from churnkit.errors import ChurnkitError
    from churnkit.models.model_file import read_model

    if model_path == "-" and verify == "-":
        raise click.UsageError("the model and the rows cannot both be standard input")
    if dialect in LANGUAGES:
        _refuse_options_of_sql(asked)
        with out.open() as output:
            _write_scorer(output, model_path, dialect, id_, digits, remarks, verify)
        return
    if find_spec("sqlglot") is None:
        raise ChurnkitError("export needs sqlglot: pip install 'churnkit-cli[sql]'")
    from churnkit.export import description, model_sql, pipeline_sql, reading, syntax

    reads_events = is_features or is_pipeline or bool(of_log["dbt"])
    _refuse_options(asked, is_features, is_pipeline, reads_events)
    name = table or (EVENTS if reads_events else TABLE)
    log = pipeline_sql.LogOptions(table=name, **of_log)
    with out.open() as output:
        model = read_model(model_path)
        database = DIALECTS[dialect]
        for column in model.columns:
            syntax.check_name(column.name, database)
        wanted = model_sql.wanted(model, id_, digits, reasons)
        if verify:
            messages.note("verified", reading.verify(model, verify, wanted, id_))
        head = [*description.describe_model(model, remarks)]
        before = [pipeline_sql.CONFIG] if log.dbt else []
        before += [f"CREATE TABLE {syntax.table(into).sql(database.name)} AS"] if into else []
        if reads_events:
            features = pipeline_sql.features_of(model, log, wanted.id, database)
            select = features.query
            if not is_features:
                select = pipeline_sql.pipeline(model, features, wanted, log.log(wanted.id), database)
            rule = pipeline_sql.rule_of(model)
            head += description.describe_log(
                log, wanted.id, rule, select.named_selects, features.has_ties, database
            )
        else:
            select = model_sql.model_select(model, syntax.table(name), wanted)
            head += description.describe_scores(model, name, wanted, database)
        if before and database.sorts_twice:
            select.set("order", None)
        text = syntax.render(select, database, head, before, pipeline_sql.escape(log, database))
        syntax.check_text(text, database)
        output.bytes(text.encode())


def _write_scorer(
    output: Output, model_path: str, name: str, id_: str | None, digits: int | None, remarks: tuple[str, ...],
    verify: str | None,
) -> None:  # fmt: skip
    """Writes the model as a file of the language with this name."""
    from churnkit.export import description, languages, scorer
    from churnkit.models.model_file import read_model

    model, language = read_model(model_path), LANGUAGES[name]
    if verify:
        from churnkit.export import reading

        exact = languages.write(scorer.scorer_of(model, id_, None), language, ())
        messages.note("verified", reading.verify_scorer(model, verify, exact, language, id_))
    of_model = scorer.scorer_of(model, id_, digits)
    head = [
        *description.describe_model(model, remarks),
        *description.describe_scorer(of_model, language),
    ]
    output.bytes(languages.write(of_model, language, head).encode())


def _refuse_options_of_sql(asked: set[str]) -> None:
    """Raises UsageError for an option that a file of Python or R has no use for."""
    flags = {
        "table": "--table", "is_features": "--features", "is_pipeline": "--pipeline", "dbt": "--dbt", "into": "--into",
        **FLAGS_OF_LOG,
    }  # fmt: skip
    if some := next((flag for name, flag in flags.items() if name in asked), None):
        raise click.UsageError(
            f"{some} is for SQL: a scorer in Python or R reads rows with the model's columns"
        )
    if "reasons" in asked:
        raise click.UsageError("--reasons is for SQL: use churnkit explain, or score --reasons")


def _refuse_options(asked: set[str], is_features: bool, is_pipeline: bool, reads_events: bool) -> None:
    """Raises UsageError for options that do not belong together."""
    if is_features and is_pipeline:
        raise click.UsageError("use --features or --pipeline, not both: --pipeline has the features in it")
    if not reads_events and (some := next((name for name in OF_LOG if name in asked), None)):
        raise click.UsageError(f"{FLAGS_OF_LOG[some]} needs --features or --pipeline")
    if is_features and (
        some := next((name for name in ("reasons", "digits", "verify") if name in asked), None)
    ):
        raise click.UsageError(f"--{some} is about scores: leave out --features")
    if not is_features and (some := next((name for name in ("with_label", "until") if name in asked), None)):
        raise click.UsageError(f"{FLAGS_OF_LOG[some]} needs --features")
    if {"dbt", "into"} <= asked:
        raise click.UsageError("--into with --dbt: dbt creates the table, with the name of the model's file")
    if "until" in asked and "with_label" not in asked:
        raise click.UsageError("--until needs --with-label: it decides which labels are known")
