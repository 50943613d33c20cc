#!/usr/bin/env bash
# From a fitted model to a job that runs every month: features in shards, a check, scores; and later the truth.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

# The prototype, on a sample of the customers.
churnkit simulate --customers 2500 --months 16 --seed 2 > events.csv
churnkit sample --by customer_id --rate 0.5 events.csv |
  churnkit featurize -q --as-of 2024-12-01,2025-01-01 --horizon 30d \
    --features recency_days,event_count_30d,login_count_30d,amount_sum_90d,support_call_count_30d,plan_last > train.csv
churnkit fit -q --model logistic --note ticket=CHURN-12 train.csv > model.json

# The job: all customers, in four parts, two at a time. --like computes only the features of the model.
monthly() {
  seq 4 | xargs -P2 -I{} sh -c "churnkit sample --by customer_id --shard {}/4 events.csv |
    churnkit featurize -q --like model.json --as-of $1 > now{}.csv"
  churnkit drift -q -o drift-$1.jsonl model.json now?.csv || return 1
  churnkit score -q -o scored-$1.csv model.json now?.csv
}

echo '== March'
monthly 2025-03-01
wc -l < scored-2025-03-01.csv
sort -t, -k2,2gr scored-2025-03-01.csv | sed -n 1,3p

echo
echo '== A month later: how good was that?'
churnkit featurize -q --as-of 2025-03-01 --horizon 30d --features recency_days events.csv > truth.csv
churnkit evaluate -q --truth truth.csv --target churned_30d --to text scored-2025-03-01.csv | grep -E '^auc|^observed|^lift'

echo
echo '== When the source breaks: logins are lost from March on, and the check reports it'
awk -F, '!($3 == "login" && $2 >= "2025-03")' events.csv > broken.csv
mv broken.csv events.csv
monthly 2025-04-01 || echo "stopped, status $?: nothing is scored"
ls scored-*
