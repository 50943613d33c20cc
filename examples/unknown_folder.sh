#!/bin/sh
# From a folder of unknown files to the commands to run: what is in there, and a script that goes on from it.
set -eu
mkdir data
churnkit simulate --customers 300 --seed 7 > data/events.csv
{ echo customer_id,plan,city
  cut -d, -f1 data/events.csv | tail -n +2 | sort -u | awk '{print $1 "," (NR % 3 ? "basic" : "pro") "," "City" NR % 40}'
} > data/customers.csv

churnkit catalog --to text data
churnkit plan data > go.sh
grep -c '# CHECK:' go.sh || true        # nothing is left to a person here
grep -E "^(ID|CHURN|HORIZON|DATES)=" go.sh
sh -n go.sh && echo "now: sh go.sh"
