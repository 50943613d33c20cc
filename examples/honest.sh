#!/usr/bin/env bash
# Traps, and what churnkit does about them: leaks, the future, too few customers, too many columns.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

churnkit simulate --customers 1300 --seed 6 > events.csv

echo '== No look into the future: the features of July are the same from a log that ends in July'
churnkit featurize -q --as-of 2024-07-01 events.csv > all.csv
awk -F, 'NR == 1 || $2 < "2024-07-01"' events.csv | churnkit featurize -q --as-of 2024-07-01 > cut.csv
cmp all.csv cut.csv && echo same
churnkit featurize -q --as-of 2024-07-01 --prove events.csv | cmp - all.csv && echo proved

echo
echo '== A column that reveals the answer is left out with a warning'
churnkit featurize -q --as-of 2024-06-01,2024-07-01,2024-08-01 --horizon 30d \
  --features recency_days,event_count_90d,support_call_count_30d,plan_last events.csv > train.csv
awk -F, 'NR == 1 { print $0 ",account_closed"; next } { print $0 "," ($NF == 1 ? "yes" : "no") }' train.csv > leaky.csv
churnkit fit --model logistic leaky.csv 2>&1 > model.json | grep account_closed

echo
echo '== Is the model better than its best column, and which columns does it need?'
churnkit fit --model logistic --ablate train.csv 2>&1 > model.json | sed -n '/^tested/,$p' | grep -v calibrated

echo
echo '== With a hundred customers: the interval shows how little is known'
head -n 1 train.csv > few.csv
tail -n +2 train.csv | awk -F, '$1 < "c0000120"' >> few.csv
churnkit fit --model logistic few.csv 2>&1 > model.json | grep -E '^ +auc'
