#!/usr/bin/env bash
# From a raw event log to metrics: how many customers leave, what it costs, and why it changed.
# Writes everything into the current folder. Takes a few seconds.
set -euo pipefail
export LC_ALL=C

# A log of 3,000 customers over a year.
churnkit simulate --customers 3000 --seed 3 > events.csv

echo '== After how many days of silence does a customer not come back?'
churnkit measure -q --gaps --to text events.csv

echo
echo '== Customers at the start, new and lost, month by month'
churnkit measure -q --inactive 60d --to text events.csv

echo
echo '== How many customers of each quarter are still there'
churnkit measure -q --churn-event cancel --every 1q --cohorts --to text events.csv

# What was known at the start of two months, and which customers cancelled in the next 30 days.
for day in 2024-05-01 2024-11-01; do
  churnkit featurize -q --as-of "$day" --horizon 30d --churn-event cancel --active-within 60d \
    --features recency_days,event_count_30d,support_call_count_30d,plan_last events.csv > "$day.csv"
done

echo
echo '== Why did churn change?'
churnkit diff -q --metric churned_cancel_30d_of_60d --by plan_last --to text 2024-05-01.csv 2024-11-01.csv

echo
echo '== What has moved?'
churnkit drift -q --to text 2024-05-01.csv 2024-11-01.csv || true
