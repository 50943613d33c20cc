#!/usr/bin/env bash
# How many customers will leave in the months to come? And what would have been said three months ago?
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

churnkit simulate --customers 2000 --seed 5 > events.csv
churnkit measure -q --inactive 60d events.csv > months.csv

echo '== The months to come'
churnkit forecast -q --to text months.csv

echo
echo '== Said in October, and what then happened'
churnkit measure -q --inactive 60d --until 2024-10-01 events.csv | churnkit forecast -q --periods 3 > said.csv
awk -F, '
  NR == FNR { said[$1] = $5; low[$1] = $6; high[$1] = $7; next }
  FNR > 1 && $1 in said { printf "%s: said %.0f (%.0f to %.0f), happened %d\n", $1, said[$1], low[$1], high[$1], $5 }
' said.csv months.csv

echo
echo '== One month by plan, for a spreadsheet'
churnkit measure -q --inactive 60d --by plan events.csv | churnkit forecast -q --periods 1 | cut -d, -f1-2,6-8
