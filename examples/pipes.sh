#!/usr/bin/env bash
# Together with standard tools: cut, sort, uniq, join, paste, comm, awk, xargs, tee.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

churnkit simulate --customers 1500 --seed 1 > events.csv
churnkit featurize -q --as-of 2024-07-01,2024-08-01 --horizon 30d --churn-event cancel \
  --features recency_days,recency_ratio,login_recency_days,event_count_30d,support_call_count_30d events.csv > train.csv
churnkit fit -q --model logistic train.csv > model.json

echo '== Which columns does the table have?'
head -n 1 train.csv | tr , '\n' | grep recency

echo
echo '== A histogram of the scores'
churnkit featurize -q --like model.json --as-of 2024-12-01 events.csv | tee now.csv |
  churnkit score -q --no-header model.json | cut -d, -f2 | awk '{ printf "%.1f\n", $1 }' | sort | uniq -c

echo
echo '== Joined with another table'
tail -n +2 events.csv | awk -F, '$3 == "support_call" { n[$1]++ } END { for (k in n) print k "," n[k] }' | sort > calls.csv
churnkit score -q --no-header model.json now.csv | sort | join -t, - calls.csv | sort -t, -k2,2gr | sed -n 1,3p

echo
echo '== Who is new in the top hundred since last month?'
for day in 2024-11-01 2024-12-01; do
  churnkit featurize -q --like model.json --as-of $day events.csv | churnkit score -q --no-header model.json |
    sort -t, -k2,2gr -k1,1 | sed -n 1,100p | cut -d, -f1 | sort > top-$day.txt
done
comm -13 top-2024-11-01.txt top-2024-12-01.txt | wc -l

echo
echo '== Many files on two cores: no line is split or lost'
tail -n +2 now.csv | split -l 200 - part-
ls part-* | xargs -P2 -n2 sh -c 'for file; do
  { head -n 1 now.csv; cat "$file"; } | churnkit score -q --no-header model.json; done' sh | sort > parts.txt
churnkit score -q --no-header model.json now.csv | sort | cmp - parts.txt && wc -l < parts.txt
