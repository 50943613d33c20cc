"""How good models are beside scikit-learn's and XGBoost's own defaults, on the same folds of public tables.

    python -m tests.bench.models FOLDER      # that holds telco_ibm/telco_ibm.csv, …: those that are there

A line of JSON a table and kind: both log losses and AUCs, and the paired difference of the AUCs with its 95 %
interval. The peers get what a textbook gives them: medians for what is missing, standardised numbers, a column a
category.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from churnkit.evaluation import bootstrap, metrics
from churnkit.evaluation.splits import customer_folds
from churnkit.models.columns import TrainingRows
from churnkit.tables import casts
from churnkit.target import parse_target
from churnkit.training.fitting import score_test_rows
from churnkit.training.preparation import prepare

TABLES = {
    "telco_ibm": ("customerID", "Churn"),
    "telco_ibm_cognos": ("CustomerID", "Churn Value"),
    "mlc_churn": (None, "churn"),
    "bank_churn_modelling": ("CustomerId", "Exited"),
    "ecommerce_churn": ("CustomerID", "Churn"),
    "isp_churn": ("id", "churn"),
}
KINDS: dict[str, dict[str, Any]] = {"logistic": {}, "tree": {"max_leaves": 60}, "xgboost": {}}


def peer(kind: str, numbers: list[str], categories: list[str]) -> Any:
    """A pipeline of defaults."""
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    from sklearn.tree import DecisionTreeClassifier
    from xgboost import XGBClassifier

    models = {
        "logistic": LogisticRegression(max_iter=2000),
        "tree": DecisionTreeClassifier(max_depth=5, random_state=0),
        "xgboost": XGBClassifier(random_state=0),
    }
    filled = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = make_column_transformer(
        (filled, numbers), (OneHotEncoder(handle_unknown="ignore"), categories), sparse_threshold=0
    )
    return make_pipeline(columns, models[kind])


def compared(path: Path, id_: str | None, target: str) -> list[dict[str, Any]]:
    """A record a kind."""
    table = pl.read_csv(path, infer_schema=False).with_columns(pl.all().replace({"": None, " ": None}))
    truth = parse_target(table[target]).to_numpy().astype(float)
    reserved = {target: "the target", **({id_: "the id"} if id_ else {})}
    chosen = prepare(table, truth, reserved)
    rows = len(truth)
    data = TrainingRows(chosen.columns, chosen.matrix, truth, np.arange(rows), np.ones(rows))
    numbers = [column.name for column in chosen.columns if not column.is_category]
    categories = [column.name for column in chosen.columns if column.is_category]
    chosen_columns = table.select(
        *(casts.cast_numbers(table[name]).values.alias(name) for name in numbers),
        *(pl.col(name).fill_null("?") for name in categories),
    )
    frame = pd.DataFrame(chosen_columns.to_dict(as_series=False))
    folds = customer_folds(truth, data.groups)
    made = []
    for kind, settings in KINDS.items():
        ours = score_test_rows(kind, data, None, lambda _, s=settings: s, 0).probability  # type: ignore[misc]
        theirs = np.zeros(rows)
        for fold in folds:
            model = peer(kind, numbers, categories).fit(frame.iloc[fold.train], truth[fold.train])
            theirs[fold.test] = model.predict_proba(frame.iloc[fold.test])[:, 1]
        low, high = bootstrap.resample(truth, [ours, theirs], None, 1000, 0).differences()["auc"]
        aucs = [metrics.auc(truth, said) for said in (ours, theirs)]
        losses = [metrics.log_loss(truth, said) for said in (ours, theirs)]
        told = {"table": path.stem, "kind": kind, "log_loss": losses[0], "peer_log_loss": losses[1],
                "auc": aucs[0], "peer_auc": aucs[1],
                "difference": aucs[0] - aucs[1], "low": low, "high": high}  # fmt: skip
        made.append({name: round(v, 4) if isinstance(v, float) else v for name, v in told.items()})
    return made


if __name__ == "__main__":
    differences = []
    for name, (id_, target) in TABLES.items():
        path = Path(sys.argv[1]) / name / f"{name}.csv"
        if path.exists():
            for record in compared(path, id_, target):
                differences.append(record["difference"])
                print(json.dumps(record), flush=True)
    print(
        json.dumps({"tables and kinds": len(differences), "mean difference": round(np.mean(differences), 4)})
    )
