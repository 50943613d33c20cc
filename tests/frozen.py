"""What every command prints on fixed inputs, as hashes: a rebuild that means to change nothing changes none of them.

    python -m tests.frozen            one line per command line: the hash of what it printed, its status, the line
    python -m tests.frozen REVISION   the same for REVISION of this repository; prints the lines that differ

No hash is kept in a file, for other versions of the libraries print other figures.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
LINES = """
churnkit simulate --customers 400 --months 10 --seed 3 --truth truth.csv > events.csv
churnkit simulate --customers 60 --messy --to jsonl
cat truth.csv
awk -F, '$3 == "purchase"' events.csv | sed 1i"$(head -1 events.csv)" > purchases.csv
printf 'id,from,to,fee,plan\\n1,2024-01-05,2024-04-05,10,a\\n1,2024-04-06,,12,b\\n2,2024-02-01,2024-03-01,7.5,a\\n' > subs.csv
printf 'customer_id,seats,seen\\n%s,3,2024-02-01\\n' "$(sed -n 2p events.csv | cut -d, -f1)" > seats.csv
churnkit sample -n 50 events.csv
churnkit sample --rate .2 --by customer_id events.csv
churnkit sample -n 20 --by customer_id --seed 2 events.csv
churnkit sample --shard 2/3 --by customer_id events.csv
churnkit sample --rate .1 --stratify event events.csv
CHURNKIT_KEY=k churnkit sample -n 30 --pseudonymize customer_id events.csv
churnkit profile events.csv
churnkit profile --to text events.csv
churnkit events --id id --start from --end to --value fee --keep plan subs.csv
churnkit events --name paid --keep plan purchases.csv
churnkit featurize --list
churnkit featurize --as-of 2024-05-01..2024-08-01/1mo --horizon 30d --prove events.csv > train.csv
cat train.csv
churnkit featurize --as-of 2024-07-01 --horizon 30d --churn-event cancel --lead 7d --start-event signup events.csv
churnkit featurize --as-of latest --to jsonl --tz Europe/Berlin --features event_count_30d,amount_trend_30d,plan_last,gap_std_days events.csv
churnkit featurize --as-of 2024-07-01 --join seats.csv --time timestamp events.csv | head -3
churnkit profile --target churned_30d train.csv
churnkit profile --target churned_30d --to text train.csv
for kind in logistic tree xgboost; do churnkit fit --model $kind --out-of-fold $kind.csv train.csv > $kind.json; done
churnkit fit --model all --drop as_of --ablate train.csv
churnkit fit --model tree --tune 2 --rising recency_days train.csv
cat logistic.json tree.json xgboost.json logistic.csv tree.csv xgboost.csv
churnkit featurize --like xgboost.json --as-of 2024-10-01 events.csv > now.csv
for kind in logistic tree xgboost; do churnkit score $kind.json --customer-value amount_sum_30d now.csv; done
churnkit score logistic.json --keep all --to jsonl now.csv
for kind in logistic tree xgboost; do churnkit explain $kind.json now.csv; done
churnkit explain logistic.json --to text now.csv | head -40
churnkit explain xgboost.json --to csv --reasons 0 now.csv
for to in jsonl text svg mermaid dot; do churnkit explain --overall --to $to tree.json; done
churnkit explain --rules tree.json
for kind in logistic xgboost; do churnkit explain --overall --to text $kind.json now.csv; done
churnkit explain --overall --to svg xgboost.json
for to in jsonl text; do churnkit explain --curves --to $to logistic.json now.csv; done
for to in jsonl text svg; do churnkit evaluate --to $to xgboost.csv; done
churnkit evaluate --truth train.csv --target churned_30d tree.csv
for to in csv text svg; do churnkit measure --every 1mo --inactive 30d --value amount --to $to events.csv; done
churnkit measure --every 1mo --churn-event cancel --by plan --value amount events.csv
churnkit measure --every 1mo --inactive 30d --cohorts events.csv
churnkit measure --every 1mo --inactive 30d --cohorts --to svg events.csv
churnkit measure --inactive 30d events.csv > months.csv
for to in csv text svg; do churnkit forecast --to $to months.csv; done
for to in csv text; do churnkit measure --return-rate --to $to events.csv; done
churnkit measure --every 1mo --id id --start from --end to --value fee --by plan subs.csv
for to in csv text; do churnkit diff --metric churned_30d --by plan_last --period as_of --to $to train.csv; done
churnkit diff --metric churned_30d --auto --period as_of --to text train.csv
churnkit diff --metric amount_sum_30d --stat sum --period as_of train.csv
for to in jsonl csv text; do churnkit drift train.csv now.csv --to $to; done
churnkit drift logistic.json now.csv
for topic in '' reading features formats model pipes nothing; do churnkit help $topic; done
for command in '' simulate sample profile events measure diff drift check forecast featurize fit evaluate score explain backtest; do churnkit $command --help-all; done
churnkit score logistic.json events.csv
churnkit fit --target nothing train.csv
churnkit featurize --as-of never events.csv
churnkit profile --from jsonl events.csv
churnkit measure --every 1x events.csv
head -c 4000 events.csv | gzip | head -c 700 | churnkit profile
sed '20s/$/,more/' events.csv | churnkit featurize --as-of latest
sed '20s/,2024/,x2024/' events.csv | churnkit featurize --as-of latest --on-error skip --rejects rejects.csv; cat rejects.csv
"""


def printed(tree: Path) -> Iterator[tuple[str, str]]:
    """Each command line with the hash of what it wrote on either stream, and its status, run from `tree`."""
    with tempfile.TemporaryDirectory() as folder:
        command = Path(folder, "bin", "churnkit")
        command.parent.mkdir()
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m churnkit "$@"\n')
        command.chmod(0o755)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CHURNKIT_")}
        path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
        env = {
            **kept,
            "PATH": path,
            "PYTHONPATH": str(tree),
            "SOURCE_DATE_EPOCH": "1700000000",
            "COLUMNS": "80",
        }
        room = Path(folder, "work")
        room.mkdir()
        for line in filter(None, LINES.split("\n")):
            done = subprocess.run(["bash", "-c", line], cwd=room, env=env, capture_output=True)
            digest = hashlib.sha256(done.stdout + b"\0" + done.stderr).hexdigest()[:16]
            yield line, f"{digest} {done.returncode}"


def main() -> int:
    if len(sys.argv) < 2:
        for line, hashed in printed(ROOT):
            print(hashed, line, flush=True)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            ["git", "archive", sys.argv[1]], cwd=ROOT, stdout=subprocess.PIPE, check=True
        ).stdout
        subprocess.run(["tar", "-x", "-C", folder], input=archive, check=True)
        differing = [
            line
            for (line, before), (_, now) in zip(printed(Path(folder)), printed(ROOT), strict=True)
            if before != now
        ]
    print(*(f"differs: {line}" for line in differing), f"{len(differing)} lines differ", sep="\n")
    return int(bool(differing))


if __name__ == "__main__":
    sys.exit(main())
