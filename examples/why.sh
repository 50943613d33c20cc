#!/usr/bin/env bash
# Churn has risen. Why? Parts that add up to the difference, and a search for the groups that explain it.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

# Two quarters of 4,000 customers. In the second, partners on the basic plan leave twice as often; the mix of plans
# changes as well, and nothing else.
awk '
  function random() { x = x * 16807 % 2147483647; return x / 2147483647 }
  BEGIN { x = 8; print "customer_id,quarter,plan,channel,region,churned"
  for (q = 1; q <= 2; q++) for (k = 1; k <= 4000; k++) {
    plan = random() < (q == 1 ? 0.4 : 0.5) ? "basic" : "premium"
    channel = random() < 0.3 ? "partner" : "direct"
    region = substr("north south east  west  ", 1 + 6 * int(random() * 4), 5); gsub(/ /, "", region)
    p = plan == "basic" ? 0.10 : 0.04
    if (q == 2 && plan == "basic" && channel == "partner") p *= 2
    printf "c%d,2024-Q%d,%s,%s,%s,%d\n", k + 4000 * (q - 1), q, plan, channel, region, random() < p } }' > customers.csv

echo '== By plan: how much is due to the mix, how much to the rates?'
churnkit diff -q --metric churned --period quarter --by plan --to text customers.csv

echo
echo '== Which groups explain it best, beyond chance?'
churnkit diff -q --metric churned --period quarter --auto --to text customers.csv

echo
echo '== Where nothing has changed, nothing is reported'
grep -v basic,partner customers.csv | grep -v ,basic, | churnkit diff -q --metric churned --period quarter --auto --to text
