#!/usr/bin/env bash
# Two slides for people who do not read tables: customers won and lost, and a decision tree.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

churnkit simulate --customers 2000 > events.csv
churnkit measure -q --inactive 60d -o churn.svg events.csv
churnkit featurize -q --as-of 2024-08-01,2024-09-01 --horizon 30d \
  --features recency_days,event_count_30d,support_call_count_30d,tenure_days,plan_last events.csv > train.csv
churnkit fit -q --model tree train.csv > tree.json
churnkit explain -q --overall -o tree.svg tree.json
grep -o 'aria-label="[^"]*' churn.svg tree.svg
