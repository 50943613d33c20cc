#!/usr/bin/env bash
# What a model would have said month by month, what then happened, and what that is worth in production.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

churnkit simulate --customers 700 --seed 3 > events.csv
churnkit featurize -q --as-of 2024-07-01..2024-12-01/1mo --horizon 28d \
  --features recency_days,support_call_count_30d,amount_sum_90d events.csv > panel.csv

echo '== Said and happened, in customers and in money'
churnkit backtest -q --customer-value amount_sum_90d --out-of-fold judged.csv --to text --width 110 panel.csv

echo
echo '== Is the ranking better than recency alone? The judged rows, by evaluate'
churnkit evaluate -q --baseline recency_probability --to text judged.csv | grep -A 3 '^difference'

echo
echo '== As a job: a table, and status 1 if the newest three dates missed beyond their interval'
churnkit backtest -q --customer-value amount_sum_90d --max-miss 20% panel.csv > backtest.csv && echo 'no such miss'

echo
echo '== The model of today has the interval that these dates have earned'
churnkit fit -q --backtest backtest.csv panel.csv > model.json
churnkit featurize -q --like model.json --as-of latest events.csv > now.csv
churnkit score --customer-value amount_sum_90d model.json now.csv 2>&1 > scores.csv | grep 'expected to leave'
