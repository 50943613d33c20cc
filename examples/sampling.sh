#!/usr/bin/env bash
# Samples: whole customers, the right share of each group, parts for xargs, no real names.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

churnkit simulate --customers 2000 > events.csv

echo '== A tenth of the rows, and a tenth of the customers with all their events'
churnkit sample --rate 0.1 events.csv > rows.csv
churnkit sample --by customer_id --rate 0.1 events.csv > customers.csv
for file in events rows customers; do
  printf '%-10s %6d rows of %4d customers\n' $file "$(($(wc -l < $file.csv) - 1))" \
    "$(tail -n +2 $file.csv | cut -d, -f1 | sort -u | wc -l)"
done

echo
echo '== The same customers from any other table, on any machine: only their id decides'
{
  echo customer_id
  tail -n +2 events.csv | cut -d, -f1 | sort -u
} > ids.csv
churnkit sample --by customer_id --rate 0.1 ids.csv | tail -n +2 | sort > a
tail -n +2 customers.csv | cut -d, -f1 | sort -u > b
cmp a b && wc -l < a

echo
echo '== Twenty rows, with the right share of each event'
churnkit sample -n 20 --stratify event --no-header events.csv | cut -d, -f3 | sort | uniq -c

echo
echo '== Eight parts with whole customers: together everything, nobody twice'
seq 8 | xargs -P2 -I{} sh -c 'churnkit sample --by customer_id --shard {}/8 events.csv > part{}.csv'
wc -l part?.csv | tail -n 1
tail -q -n +2 part?.csv | sort | cmp - <(tail -n +2 events.csv | sort) && echo 'the same rows'

echo
echo '== To take away: ids replaced by tokens, equal ids by equal tokens, not reversible without the key'
CHURNKIT_KEY='kept by the client' churnkit sample -n 3 --pseudonymize customer_id events.csv
