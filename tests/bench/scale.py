"""What a laptop does with very many rows: time and memory of each command at a tenth of a size, and at all of it.

python -m tests.bench.scale               # 50 million events (2.2 GB of CSV), 10 million rows to score
python -m tests.bench.scale --events 5000000
python -m tests.bench.scale --only parquet sorted   # the commands whose name holds a word

growth: the time of all by the time of a tenth; 10 is in proportion. bytes an event: what the largest process
held, by events. A line with ! is a peer. Needs three times the size of the log on disk.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.bench.__main__ import BY_HAND, CHURNKIT, EVENTS_PER_CUSTOMER, SQL, machine, run

COMMANDS = {
    "sample -n 10000": "sample -n 10000 {log}",
    "sample --by customer_id --rate 0.1": "sample --by customer_id --rate 0.1 {log}",
    "profile": "profile {log}",
    "measure --inactive 60d": "measure -q --inactive 60d {log}",
    "featurize, default features": "featurize -q --as-of 2024-12-01 {log}",
    "featurize --sorted": "featurize -q --sorted --as-of 2024-12-01 {log}",
    "measure --sorted --inactive 60d": "measure -q --sorted --inactive 60d {log}",
    "events -o log.parquet": "events -q --keep plan -o {log}.parquet {log}",
    "featurize of log.parquet": "featurize -q --as-of 2024-12-01 {log}.parquet",
    "DuckDB, 31 features": "!{sql} {log} theirs.csv",
    "featurize --shard, an eighth at a time": "sample --by customer_id --shard 1/8 {log} | {churnkit} featurize -q --as-of 2024-12-01",
    "score": "score -q model.json {rows}",
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.scale", description=__doc__)
    parser.add_argument("--events", type=int, default=50_000_000)
    parser.add_argument("--only", nargs="*", default=[], help="words: the commands whose name holds one")
    given = parser.parse_args()
    events, only = given.events, given.only
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size, log in ((events // 10, "log_tenth.csv"), (events, "log.csv")):
            run(f"{CHURNKIT} simulate --customers {size // EVENTS_PER_CUSTOMER} -o {log}", folder)
        run(f"{BY_HAND} make {events // 5} .", folder)  # rows.csv, and tenth.csv of them
        print(
            f"{machine()}\n\n| command | rows | s of a tenth | s | growth | MB | bytes a row |\n|---|---|---|---|---|---|---|"
        )
        for title, line in COMMANDS.items():
            if only and not any(word in title for word in only):
                continue
            found = []
            for log, rows in (("log_tenth.csv", "tenth.csv"), ("log.csv", "rows.csv")):
                said = line.format(log=log, rows=rows, churnkit=CHURNKIT, sql=SQL)
                found.append(run(said[1:] if said.startswith("!") else f"{CHURNKIT} {said}", folder))
            (tenth, _), (seconds, mb) = found
            number = events // 5 if "rows" in line else events
            print(
                f"| {title} | {number:,} | {tenth:.1f} | {seconds:.1f} | {seconds / tenth:.1f} | {mb:,.0f} "
                f"| {mb * 2**20 / number:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
