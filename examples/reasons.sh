#!/usr/bin/env bash
# Why? Reasons that add up, a tree to read, rules in SQL, curves.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

churnkit simulate --customers 2000 > events.csv
churnkit featurize -q --as-of 2024-08-01,2024-09-01 --horizon 30d \
  --features recency_days,event_count_30d,support_call_count_30d,tenure_days,plan_last events.csv > train.csv
churnkit fit -q --model tree train.csv > tree.json
churnkit fit -q --model xgboost train.csv > model.json
churnkit featurize -q --like model.json --as-of latest events.csv > now.csv

echo '== The reasons for one customer, in words'
sed -n 1,3p now.csv | churnkit explain -q --to text model.json

echo
echo '== The same as numbers: the base and all contributions are the log-odds'
churnkit explain -q --reasons 0 --no-header --to csv model.json now.csv | sed -n 1,3p |
  awk -F, '{ sum = $4; for (k = 8; k <= NF; k += 4) sum += $k; printf "%s %.6f %.6f\n", $1, sum, log($3 / (1 - $3)) }'

echo
echo '== The tree'
churnkit explain -q --overall --to text tree.json | sed -n '/^The tree/,$p'

echo
echo '== The leaves of the tree as SQL, for a database'
churnkit explain -q --rules --to csv tree.json | sed -n 2,3p | cut -d, -f2-

echo
echo '== How the risk changes with one feature'
churnkit explain -q --curves --to text model.json now.csv | sed -n 1,12p
