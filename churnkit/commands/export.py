"""export: a model as SQL, for the database in which the customers already are."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import click

from churnkit import messages, options
from churnkit.export.dialects import DIALECTS

if TYPE_CHECKING:
    from churnkit.tables.writing import Destination

TABLE = "features"


@click.command(cls=options.CommandWithSections)
@click.argument("model_path", metavar="MODEL", type=click.Path())
@click.option(
    "--dialect", type=click.Choice(tuple(DIALECTS)), default="duckdb", show_default=True, help="The database."
)
@click.option(
    "--table",
    default=TABLE,
    show_default=True,
    metavar="NAME",
    help="The table with the model's columns: NAME, or SCHEMA.NAME.",
)
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
    help="First run the SQL on this table in DuckDB, and compare with score; exit 1 above a difference of 1e-9.",
)
@options.id_(None, "Column of the customer's id. Default: the model's.")
@options.output(["sql"], "sql")
def command(
    model_path: str, dialect: str, table: str, reasons: int | None, digits: int | None, remarks: tuple[str, ...],
    verify: str | None, id_: str | None, out: Destination,
) -> None:  # fmt: skip
    """Write a model as SQL for a database.

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

    In the end, duckdb -csv < score.sql | cmp - scores.csv prints nothing. A word is tested as one of a set, other
    words are "other", and NULL, NaN and the model's null words are missing. Up to 64,000 nodes of trees are
    written (1,500 trees of depth 4). Needs sqlglot, and --verify needs duckdb: pip install 'churnkit-cli[sql]'.
    """
    from churnkit.errors import ChurnkitError
    from churnkit.models.model_file import read_model

    if model_path == "-" and verify == "-":
        raise click.UsageError("the model and the rows cannot both be standard input")
    if find_spec("sqlglot") is None:
        raise ChurnkitError("export needs sqlglot: pip install 'churnkit-cli[sql]'")
    from churnkit.export import description, model_sql, reading, syntax

    with out.open() as output:
        model = read_model(model_path)
        database = DIALECTS[dialect]
        for column in model.columns:
            syntax.check_name(column.name, database)
        wanted = model_sql.wanted(model, id_, digits, reasons)
        if verify:
            messages.note("verified", reading.verify(model, verify, wanted, id_))
        select = model_sql.model_select(model, syntax.table(table), wanted)
        head = [
            *description.describe_model(model, remarks),
            *description.describe_scores(model, table, wanted, database),
        ]
        text = syntax.render(select, database, head)
        syntax.check_text(text, database)
        output.bytes(text.encode())
