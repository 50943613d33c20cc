#!/usr/bin/env bash
# From a raw event log to metrics where there were none: how many are leaving, what it costs, and why it moved.
# Everything is written into the folder it is started in. Takes some seconds.
set -euo pipefail
export LC_ALL=C

# A log of 3,000 customers over a year.
churnkit simulate --customers 3000 --seed 3 > events.csv

echo '== How long is silence?'
churnkit measure -q --gaps --to text events.csv

echo
echo '== Who was there, came and left, month by month'
churnkit measure -q --inactive 60d --to text events.csv

echo
echo '== Who is still there of those who came in one quarter'
churnkit measure -q --churn-event cancel --every 1q --cohorts --to text events.csv

# What was known at the start of two months, and who cancelled in the 30 days from then.
for day in 2024-05-01 2024-11-01; do
  churnkit featurize -q --as-of "$day" --horizon 30d --churn-event cancel --active-within 60d \
    --features recency_days,event_count_30d,support_call_count_30d,plan_last events.csv > "$day.csv"
done

echo
echo '== Why is churn different?'
churnkit diff -q --metric churned_cancel_30d_of_60d --by plan_last --to text 2024-05-01.csv 2024-11-01.csv

echo
echo '== What has moved?'
churnkit drift -q --to text 2024-05-01.csv 2024-11-01.csv || true
