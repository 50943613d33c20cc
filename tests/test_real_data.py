"""From raw public files to evaluated scores, where the files are.

CHURNKIT_DATA names a folder that holds them (cdnow/cdnow.csv, online_retail/by-day/*.csv.gz,
telco_ibm/telco_ibm.csv, bank_churn_modelling/bank_churn_modelling.csv). They are not part of the project.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

DATA = os.environ.get("CHURNKIT_DATA", "")
pytestmark = pytest.mark.skipif(not DATA, reason="CHURNKIT_DATA does not name a folder of public data sets")

LOGS = {
    "cdnow": (
        "churnkit featurize -q --time date --value dollars --as-of 1997-10-01 --horizon 273d"
        " --windows 30d,90d,180d $DATA/cdnow/cdnow.csv",
        "customer_id",
        0.76,
    ),
    "online_retail": (
        "churnkit sample --rate 1 $DATA/online_retail/by-day/*.csv.gz |"
        ' awk -F, \'NR == 1 { print "customer_id,timestamp,amount"; next }'
        ' $(NF-4) > 0 && $(NF-1) != "" { print $(NF-1) "," $(NF-3) "," $(NF-4) * $(NF-2) }\' |'
        " churnkit featurize -q --as-of 2011-06-09 --horizon 90d --active-within 180d",
        "customer_id",
        0.74,
    ),
}
TABLES = {
    "telco_ibm": ("telco_ibm/telco_ibm.csv --id customerID --target Churn --null ' '", 0.83),
    "bank_churn_modelling": (
        "bank_churn_modelling/bank_churn_modelling.csv --id CustomerId --target Exited",
        0.75,
    ),
}


def _run(script: str, folder: Path, env: dict[str, str]) -> str:
    done = subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder, env={**env, "DATA": DATA}, capture_output=True, text=True, timeout=170,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", LOGS)
def test_a_raw_log_goes_to_evaluated_scores(name: str, tmp_path: Path, shell_env: dict[str, str]) -> None:
    featurize, id_, least = LOGS[name]
    script = f"""
      {featurize} > train.csv
      churnkit fit -q --id {id_} --out-of-fold tested.csv train.csv > model.json
      churnkit evaluate --to jsonl tested.csv
    """
    assert json.loads(_run(script, tmp_path, shell_env))["auc"] > least


@pytest.mark.parametrize("kind", ["logistic", "tree", "xgboost"])
@pytest.mark.parametrize("name", TABLES)
def test_a_snapshot_goes_through_fit_to_score_and_explain(
    name: str, kind: str, tmp_path: Path, shell_env: dict[str, str]
) -> None:
    table, least = TABLES[name]
    path = f"$DATA/{table.split()[0]}"
    script = f"""
      churnkit fit -q --model {kind} $DATA/{table} > model.json
      churnkit score -q model.json {path} > scored.csv
      churnkit explain -q model.json {path} | head -1 > reasons.jsonl || true
      wc -l < scored.csv
    """
    rows = int(_run(script, tmp_path, shell_env))
    assert rows > 7000
    assert len(json.loads((tmp_path / "reasons.jsonl").read_text())["reasons"]) == 3
    assert json.loads((tmp_path / "model.json").read_text())["metrics"]["auc"] > least - 0.03 * (
        kind == "tree"
    )
