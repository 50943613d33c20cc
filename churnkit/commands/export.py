"""export: a model as SQL, for the database in which the customers already are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from churnkit import options

if TYPE_CHECKING:
    from churnkit.tables.writing import Destination

TABLE = "features"


@click.command(cls=options.CommandWithSections)
@click.argument("model_path", metavar="MODEL", type=click.Path())
@click.option("--dialect", default="duckdb", show_default=True, help="The database.")
@click.option(
    "--table",
    default=TABLE,
    show_default=True,
    metavar="NAME",
    help="The table with the model's columns: NAME, or SCHEMA.NAME.",
)
@options.id_(None, "Column of the customer's id. Default: the model's.")
@options.output(["sql"], "sql")
def command(model_path: str, dialect: str, table: str, id_: str | None, out: Destination) -> None:
    """Write a model as SQL for a database.

    Reads a MODEL (- for standard input). Prints one SELECT: from a table with the model's columns to the id,
    churn_probability and as_of, ordered by id.

    \b
      churnkit simulate --customers 2000 > events.csv
      churnkit featurize --as-of 2024-07-01..2024-09-01/1mo --horizon 30d events.csv > train.csv
      churnkit fit train.csv > model.json
      churnkit export model.json > score.sql
    """
    from churnkit.errors import ChurnkitError
    from churnkit.models.model_file import read_model

    try:
        import sqlglot  # noqa: F401
    except ImportError:
        raise ChurnkitError("export needs sqlglot: pip install 'churnkit-cli[sql]'") from None
    from churnkit.export import model_sql, syntax
    from churnkit.export.dialects import DIALECTS

    with out.open() as output:
        model = read_model(model_path)
        wanted = model_sql.Wanted(
            id_ or model.id or "customer_id", bool(model.facts["trained_on"].get("dates"))
        )
        select = model_sql.model_select(model, syntax.table(table), wanted)
        output.bytes(syntax.render(select, DIALECTS[dialect]).encode())
