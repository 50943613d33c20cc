#!/usr/bin/env bash
# A software service, whose accounts leave: five made-up tables that have nothing to tell
# (RavenStack, by Rivalytics), and a tool that says so. $1: a folder that holds ravenstack_saas/*.csv. Writes
# where it is started.
set -euo pipefail
tables=${1:?folder of public data sets}/ravenstack_saas

# The waterfall that finance knows, from the table of subscriptions itself.
churnkit measure --id account_id --start start_date --end end_date --value mrr_amount --every 1q --to text \
  "$tables/subscriptions.csv"

# The usage log knows subscriptions alone: the account of each comes from their table.
join -t, -1 2 -2 1 -o 2.2,1.3,1.4,1.5 \
  <(tail -n +2 "$tables/feature_usage.csv" | sort -t, -k2,2) \
  <(cut -d, -f1,2 "$tables/subscriptions.csv" | tail -n +2 | sort -t, -k1,1) > usage.csv

# One log: subscriptions as started, changed, ended with what runs; tickets; usage; and who said that they leave.
{
  churnkit events --id account_id --start start_date --end end_date --value mrr_amount "$tables/subscriptions.csv"
  churnkit events --id account_id --time submitted_at --name ticket --no-header "$tables/support_tickets.csv"
  churnkit events --columns account_id,day,feature,uses --id account_id --time day --value uses --name usage \
    --no-header usage.csv
  churnkit events --id account_id --time churn_date --name leave --no-header "$tables/churn_events.csv"
} > log.csv

# What an account is stands in a table without times; its churn_flag is of today, so it stays outside.
cut -d, -f1,3,4,6,8 "$tables/accounts.csv" | sed '1s/account_id/customer_id/' > accounts.csv
churnkit featurize --start-event started --churn-event leave --horizon 60d --join accounts.csv \
  --as-of 2024-04-01..2024-10-01/1mo log.csv > train.csv
churnkit fit --out-of-fold tested.csv train.csv > model.json
churnkit evaluate --to text tested.csv
