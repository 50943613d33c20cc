#!/usr/bin/env bash
# A whole project in ten minutes: from a folder of unknown files to a memo with three numbers.
# Writes everything into the current folder. Takes about fifteen seconds.
set -euo pipefail
export LC_ALL=C

# ---- Monday: the client's folder (simulated here).
mkdir -p handover
churnkit simulate --customers 1600 --seed 11 > raw.csv
awk -F, 'BEGIN { print "account;opened;e-mail;plan" } $3 == "signup" {
  n++; print $1 ";" substr($2, 9, 2) "." substr($2, 6, 2) "." substr($2, 1, 4) ";" "user" n "@example.com;" $5
}' raw.csv > handover/accounts.csv
for month in 01 02 03 04 05 06 07 08 09 10 11 12; do
  awk -F, -v month="2024-$month" 'BEGIN { print "account,at,page" }
    substr($2, 1, 7) == month && $3 == "login" { print $1 "," $2 ",home" }' raw.csv | gzip > "handover/visits-$month.csv.gz"
done
awk -F, '$3 == "purchase" { printf "{\"account\":\"%s\",\"paid\":{\"at\":\"%s\",\"sum\":%s}}\n", $1, $2, $4 }' \
  raw.csv > handover/payments.jsonl
awk -F, 'BEGIN { print "account\tday\tkind" }
  $3 == "support_call" || $3 == "cancel" { print $1 "\t" substr($2, 1, 10) "\t" $3 }' raw.csv > handover/contacts.tsv

echo '== 1. What is in the folder?'
ls handover | tr '\n' ' '
echo
for file in accounts.csv visits-06.csv.gz payments.jsonl contacts.tsv; do
  churnkit profile --to text "handover/$file" | sed "s/^rows /$file /;s/^[0-9,]* rows/$file: &/" | cut -c1-100 | sed -n 1,12p
  echo
done

echo '== 2. One event log from all files'
{
  churnkit events --id account --time opened --time-format %d.%m.%Y --name signup --keep plan handover/accounts.csv
  churnkit events --id account --time at --name visit --no-header handover/visits-*.csv.gz | sed 's/$/,/'
  churnkit events --id account --time paid.at --value paid.sum --name payment --no-header handover/payments.jsonl | sed 's/$/,/'
  churnkit events --id account --time day --event kind --no-header handover/contacts.tsv | sed 's/$/,/'
} > log.csv
tail -n +2 log.csv | cut -d, -f3 | sort | uniq -c | sort -k1,1nr

echo
echo '== 3. How many customers leave? Nobody has counted yet.'
churnkit measure -q --start-event signup --churn-event cancel log.csv > months.csv
churnkit measure -q --start-event signup --churn-event cancel --to text log.csv

# ---- Tuesday: who will leave.
echo
echo '== 4. Can it be predicted? From what was known on the first of a month: who cancels in the next 30 days'
ten=recency_days,recency_ratio,tenure_days,visit_recency_days,visit_count_30d,event_trend_30d
ten=$ten,support_call_count_30d,payment_count_90d,amount_sum_90d,plan_last # ten that anybody can explain
churnkit featurize -q --as-of 2024-07-01..2024-11-01/1mo --horizon 30d --start-event signup --churn-event cancel \
  --features "$ten" --prove log.csv > train.csv
churnkit fit --model all --out-of-fold tested.csv train.csv > models.jsonl 2> fit.txt
head -n 1 models.jsonl > model.json # the best of the three
sed -n '/^tested on/,$p' fit.txt | grep -v calibrated

echo
echo '== 5. Which features matter?'
churnkit explain -q --overall --to text model.json | sed -n '/^What matters/,$p' | sed -n 3,8p

echo
echo '== 6. Who, and why? All customers at the end of the year'
churnkit featurize -q --like model.json --as-of latest log.csv > now.csv
churnkit score -q --no-header --keep amount_sum_90d model.json now.csv | sort -t, -k2,2gr -k1,1 > ranked.csv
{
  head -n 1 now.csv
  head -n 3 ranked.csv | cut -d, -f1 | while read -r id; do grep "^$id," now.csv; done
} | churnkit explain -q --to text model.json

# ---- Wednesday: what it is worth. A customer's value: the payments of 90 days, for a year.
echo
echo '== 7. What would a campaign have earned in the test month? An offer of 5 per customer, accepted by 30 %'
churnkit featurize -q --as-of 2024-11-01 --features amount_sum_90d log.csv |
  tail -n +2 | awk -F, '{ print $1 "," 4 * $3 }' | sort > value.csv
{
  echo customer_id,churn_probability,as_of,churned,value
  tail -n +2 tested.csv | sort | join -t, - value.csv
} > worth.csv
churnkit evaluate -q --to text --customer-value value --contact-cost 0.5 --incentive 5 worth.csv > worth.txt
grep -E '^lift|^recall|^best cut|^do not' worth.txt

# ---- Friday: the memo.
leave=$(tail -n 7 months.csv | head -n 6 | awk -F, '{ there += $2; left += $5 }
  END { printf "%.1f %% of the customers a month: %.0f of %.0f", 100 * left / there, left / 6, there / 6 }')
found=$(awk '$1 == "recall_top_10pct" { printf "%.0f %% (%.0f to %.0f)", 100 * $2, 100 * $3, 100 * $5 }' worth.txt)
stake=$(awk -F, '{ lost += $2 * 4 * $4 } END { printf "%.0f", lost }' ranked.csv)
offer=$(if grep -q '^do not run' worth.txt; then echo 'would not have paid'; else echo 'would have paid'; fi)
cat > memo.txt << MEMO
Churn, January 2025

1. How many leave: $leave.
2. Who will: the 10 % of customers with the highest risk contain $found of those who leave in a month.
3. What it costs: next month $stake of yearly revenue is expected to be lost. In November an offer to the
   customers at the top of the list $offer: find out what is behind the support calls.

The list: ranked.csv. The reasons: churnkit explain model.json now.csv. Every month: churnkit help production.
MEMO
echo
cat memo.txt
