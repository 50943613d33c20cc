#!/usr/bin/env bash
# A company's three tables (subscriptions, tickets, payments) as one log: what was known about each customer on a
# day, and whether the contract ends in the next month. Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

# The three tables, each with its own names and date formats.
churnkit simulate --customers 1200 --seed 3 > raw.csv
awk -F, '
  BEGIN { OFS = ","; print "account,start,end,mrr" }
  NR == 1 { next }
  $1 != who { if (who && start) print who, start, "", mrr; who = $1; start = "" }
  $3 == "signup" || $3 == "plan_change" {
    day = substr($2, 1, 10)
    if (start && start < day) print who, start, day, mrr
    start = day; mrr = $5 == "basic" ? 10 : $5 == "plus" ? 25 : 60
  }
  $3 == "cancel" { if (start < substr($2, 1, 10)) print who, start, substr($2, 1, 10), mrr; start = "" }
  END { if (start) print who, start, "", mrr }' raw.csv > subscriptions.csv
awk -F, 'BEGIN { print "opened;customer" } $3 == "support_call" { print $2 ";" $1 }' raw.csv > tickets.csv
awk -F, '$3 == "purchase" { printf "{\"who\": \"%s\", \"paid\": {\"at\": \"%s\", \"sum\": %s}}\n", $1, $2, $4 }' \
  raw.csv > payments.jsonl

# One log from all of them; the options name the columns of each table.
{
  churnkit events --id account --start start --end end --value mrr subscriptions.csv
  churnkit events --id customer --time opened --name ticket --no-header tickets.csv
  churnkit events --id who --time paid.at --value paid.sum --name payment --no-header payments.jsonl
} > log.csv
echo '== The log'
cut -d, -f3 log.csv | tail -n +2 | sort | uniq -c | sort -k1,1nr

# Customers with a running contract on the first of a month; churned: it ends in the next 30 days.
churnkit featurize -q --start-event started --churn-event ended --as-of 2024-07-01..2024-11-01/1mo --horizon 30d \
  --features tenure_days,recurring_last,recurring_trend_90d,ticket_count_30d,ticket_recency_days,payment_count_90d \
  --prove log.csv > train.csv
echo
echo '== The table'
head -n 1 train.csv | tr , '\n' | grep -E 'recurring|ticket|churned'

echo
echo '== Which single columns are related to churn'
churnkit profile --to text --target churned_ended_30d_from_started train.csv |
  grep -A 2 -E '^(tenure_days|recurring_last|ticket_recency_days) ' | grep -E 'auc|^(ten|rec|ticket_rec)'

echo
echo '== How good is the model'
churnkit fit -q --model logistic --out-of-fold tested.csv train.csv > model.json
churnkit evaluate --to text tested.csv | grep -E '^auc|^lift'
