#!/usr/bin/env bash
# From a raw event log to the ten customers most likely to leave, with their reasons in words.
# Writes everything into the current folder. Takes well under a minute.
set -euo pipefail
export LC_ALL=C

# A log of 2,400 customers over a year, whose true churn process is known.
churnkit simulate --customers 2400 --seed 7 > events.csv

# Work on a sample: whole customers, with all of their events.
churnkit sample --by customer_id --rate 0.5 events.csv > some.csv

echo '== What is in it'
churnkit profile --to text some.csv

# What was known about each customer on the first of each month, and whether they cancelled in the next 30 days;
# for customers with an event in the 30 days before, who had not cancelled yet.
churnkit featurize --as-of 2024-07-01..2024-10-01/1mo --horizon 30d \
  --churn-event cancel --active-within 30d some.csv > train.csv

# Two kinds of model, each trained on earlier months and tested on the latest one.
for kind in logistic tree; do
  echo
  echo "== How good is $kind"
  churnkit fit -q --model "$kind" --out-of-fold tested.csv train.csv > "$kind.json"
  churnkit evaluate --to text tested.csv | grep -E 'auc|lift|observed'
done

echo
echo '== The tree'
churnkit explain --overall --to text tree.json | sed -n '/^The tree/,$p'

echo
echo '== Who is most likely to leave next, and why'
churnkit featurize -q --like logistic.json --as-of latest events.csv > now.csv
churnkit score -q logistic.json --no-header now.csv | sort -t, -k2,2gr -k1,1 | sed -n 1,10p > top.csv
{
  head -n 1 now.csv
  awk -F, 'NR == FNR { place[$1] = FNR; next } $1 in place { print place[$1] "," $0 }' top.csv now.csv |
    sort -n | cut -d, -f2-
} | churnkit explain --to text logistic.json
