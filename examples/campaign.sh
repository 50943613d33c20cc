#!/usr/bin/env bash
# Whom to call? A campaign costs money: how many contacts are worth it, compared with a simple rule.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

churnkit simulate --customers 3000 --seed 9 > events.csv
churnkit featurize -q --as-of 2024-07-01,2024-08-01 --horizon 30d --churn-event cancel --active-within 30d \
  --features recency_days,event_count_30d,support_call_count_30d,tenure_days,plan_last events.csv > train.csv
churnkit fit -q --model logistic --out-of-fold tested.csv train.csv > model.json

# The value of each customer (four times the payments of 90 days), and the days since the last event: the simple
# rule to beat.
{
  echo customer_id,churn_probability,as_of,churned,value,silent
  churnkit featurize -q --as-of 2024-08-01 --features amount_sum_90d,recency_days --no-header events.csv |
    awk -F, '{ print $1 "," 4 * $3 "," $4 }' | sort > value.csv
  tail -n +2 tested.csv | sort | join -t, - value.csv
} > worth.csv
head -n 2 worth.csv

for cost in 0.1 1; do
  echo
  echo "== A contact costs $cost, the offer 5; three in ten who would leave stay for it"
  churnkit evaluate -q --customer-value value --contact-cost $cost --incentive 5 --to text worth.csv |
    grep -E '^(best cut|do not)'
done

echo
echo '== Is the model better than calling the customers who have been silent longest?'
churnkit evaluate -q --baseline silent worth.csv | grep -oE '"auc[a-z_]*":[-0-9.]{1,5}|"baseline[a-z_]*":[-0-9.]{1,5}'
