#!/usr/bin/env bash
# A table that nobody has described: what is in it, what is wrong with it, and which columns are related to churn.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

# A typical export: semicolons, a decimal comma, blanks, a personal column, a code for "unknown".
{
  echo 'client;e-mail;joined;seats;price;region;closed;churned'
  awk '
    function random() { x = x * 16807 % 2147483647; return x / 2147483647 }
    BEGIN { x = 3; for (k = 1; k <= 2000; k++) {
    seats = int(random() * random() * 40) + 1; left = random() < 0.4 / (1 + seats / 4)
    printf "%05d;user%d@example.com;2023-%02d-%02d;%s;%d,%02d;%s;%s;%d\n", k, k, 1 + k % 12, 1 + k % 28,
      random() < 0.05 ? "n/a" : seats, 9 + seats, k % 100, k % 3 ? "north" : (k % 2 ? "South" : "south "),
      left ? "2024-02-01" : "", left } }'
} > export.csv

echo '== As it is'
churnkit profile --to text export.csv

echo
echo '== n/a means unknown, prices have a decimal comma. Which customers left?'
churnkit profile --null n/a --decimal , --target churned --to text export.csv | cut -c1-110

echo
echo '== The same as records, for other tools'
churnkit profile --null n/a export.csv | grep -o '"column":"[a-z-]*","type":"[a-z]*"' | head -n 4
