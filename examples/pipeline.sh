#!/usr/bin/env bash
# From a CSV log to scores inside DuckDB: churnkit writes the SQL once, and is not needed to score.
# Writes everything into the current folder. PYTHON is a Python with duckdb (default: python3).
set -euo pipefail

churnkit simulate --customers 1500 --seed 3 > events.csv
churnkit featurize -q --as-of 2024-07-01..2024-09-01/1mo --horizon 30d \
  --features recency_days,event_rate_90d,support_call_count_30d,tenure_days,plan_last events.csv > train.csv
churnkit fit -q --model tree --max-leaves 4 train.csv > model.json
churnkit export --pipeline --as-of 2024-12-01 --digits 6 --into scores model.json > score.sql

echo '== The steps of the statement'
grep -E '^-- (the|each|which|one)|^CREATE' score.sql

echo
echo '== In DuckDB: a log, a statement, a table of scores'
{
  echo "CREATE TABLE events AS FROM read_csv('events.csv');"
  cat score.sql
  echo ";COPY (FROM scores ORDER BY customer_id) TO 'got.csv' (HEADER);"
} > all.sql
"${PYTHON:-python3}" -c 'import duckdb; duckdb.execute(open("all.sql").read())'
head -n 3 got.csv

echo
echo '== The proof: the bytes of featurize and score'
churnkit featurize -q --like model.json --as-of 2024-12-01 events.csv | churnkit score -q --digits 6 model.json > want.csv
cmp got.csv want.csv && echo equal

echo
echo '== The same as a model of dbt'
churnkit export --dbt model.json > scores.sql
grep -o '{{.*}}' scores.sql | sort -u
