#!/usr/bin/env bash
# The gate of every month: what check lets through, what it rejects, and what happens to the old scores.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

churnkit simulate --customers 1200 --months 10 --seed 3 > events.csv
awk -F, 'NR == 1 || $2 < "2024-09"' events.csv > august.csv
awk -F, 'NR == 1 || $2 >= "2024-09"' events.csv > september.csv
churnkit profile august.csv > august.jsonl

echo '== Rules that the old log suggests, and one that people know'
churnkit check --suggest august.jsonl | grep -v '^#' > rules.txt
echo 'amount > 0 if event = purchase' >> rules.txt
cat rules.txt

echo
echo '== An honest month passes, byte for byte'
churnkit check --rules rules.txt --rows 0.1..2 --now 2024-11-02 august.jsonl september.csv | cmp - september.csv && echo passed

echo
echo '== Two bad rows: they are rejects, the others pass, and the status is 1'
sed '100s/$/,surplus/; 200s/2024/2204/' september.csv > bad.csv
churnkit check -q --rows 0.1..2 --rejects rejects.csv -o checked.csv august.jsonl bad.csv || echo "status $?"
cut -d, -f2,3 rejects.csv
wc -l < september.csv
wc -l < checked.csv

echo
echo '== Cents instead of euros: most rows could be right, the table cannot'
awk -F, -v OFS=, 'NR > 1 && $4 != "" { $4 *= 100 } 1' september.csv > cents.csv
churnkit check -q --rows 0.1..2 --findings findings.jsonl august.jsonl cents.csv 2> /dev/null > cents_checked.csv || echo "status $?"
wc -c < cents_checked.csv
sed 's/.*"code":"\([a-z-]*\)".*"text":"\([^"]*\)".*/\1: \2/' findings.jsonl
