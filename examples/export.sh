#!/usr/bin/env bash
# A model as SQL, and as a file of Python and of R: they score without churnkit, and the numbers are the same.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

churnkit simulate --customers 1500 --seed 3 > events.csv
churnkit featurize -q --as-of 2024-07-01..2024-09-01/1mo --horizon 30d \
  --features recency_days,event_rate_90d,support_call_count_30d,tenure_days,plan_last events.csv > train.csv
churnkit fit -q --model tree --max-leaves 4 train.csv > model.json
churnkit featurize -q --like model.json --as-of 2024-12-01 events.csv > now.csv

echo '== The model as a SELECT: one CASE with its rules, then what score returns for each rule'
churnkit export --table now.csv --digits 6 model.json > score.sql
sed -n '/^-- the rule/,$p' score.sql

echo
echo '== The proof, twice: in an embedded DuckDB, and byte by byte'
churnkit export --verify now.csv model.json 2>&1 > verified.sql | cut -d: -f1-2
churnkit score -q --digits 6 model.json now.csv > scores.csv
if command -v duckdb > duckdb.path; then duckdb -csv < score.sql | cmp - scores.csv; fi
sed -n 1,3p scores.csv

echo
echo '== The same for Postgres, with a reason of each customer: the names of the columns'
churnkit export --dialect postgres --table crm.features --reasons 1 model.json | grep -o 'AS "[a-z_]*_1"'

echo
echo '== The same for Python: one file that needs no churnkit, and prints the bytes of score'
churnkit export --dialect python --verify now.csv --digits 6 model.json 2>&1 > scorer.py | cut -d: -f1-2
python3 scorer.py < now.csv | cmp - scores.csv
python3 -c 'import csv, scorer; print(round(scorer.score(next(csv.DictReader(open("now.csv")))), 6))'

echo
echo '== And for R, where it is installed: base R alone'
churnkit export --dialect r --digits 6 model.json > scorer.R
if command -v Rscript > rscript.path; then Rscript scorer.R < now.csv | cmp - scores.csv; fi
sed -n '/^scorer.TREES..1/p' scorer.R | cut -c1-60
