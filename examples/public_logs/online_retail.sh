#!/usr/bin/env bash
# Online Retail, who stays away for a quarter: 541,909 lines of invoices of a shop, a gzipped file a day
# (UCI Machine Learning Repository, 352). $1: a folder that holds online_retail/by-day/*.csv.gz. Writes where
# it is started.
set -euo pipefail
days=(${1:?folder of public data sets}/online_retail/by-day/*.csv.gz)

# Many FILEs are one table. Lines without a customer cannot be used: counted, and kept with their reason.
churnkit featurize --id CustomerID --time InvoiceDate --value Quantity --windows 30d,90d,180d \
  --as-of 2011-06-09 --horizon 90d --active-within 180d --on-error skip --rejects rejects.csv \
  "${days[@]}" > quantities.csv
echo '== Why lines were left out'
cut -d, -f3 rejects.csv | tail -n +2 | sort | uniq -c

# With money: quantity times price of what was bought, not sent back. A description may hold commas, so the
# fields are counted from the end of the line.
churnkit sample --rate 1 "${days[@]}" |
  awk -F, '
    NR == 1 { print "customer_id,timestamp,amount"; next }
    $(NF - 4) > 0 && $(NF - 1) != "" { print $(NF - 1) "," $(NF - 3) "," $(NF - 4) * $(NF - 2) }' > bought.csv
churnkit measure --inactive 90d --to text bought.csv
churnkit featurize --as-of 2011-06-09 --horizon 90d --active-within 180d --prove bought.csv > train.csv
churnkit fit --out-of-fold tested.csv train.csv > model.json
churnkit evaluate --to text tested.csv
