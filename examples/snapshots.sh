#!/usr/bin/env bash
# One file per year, with the policies in force on January 1 and whether they were surrendered in that year. The date
# stands only in the names of the files. Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

# 2003.csv … 2007.csv: from 2006 on, a new tax rule tempts the owners of young policies. Nobody knows 2007 yet.
awk '
  function random() { x = x * 16807 % 2147483647; return x / 2147483647 }
  BEGIN {
    x = 5
    for (year = 2003; year <= 2007; year++) {
      file = year ".csv"
      print "policy,issue_date,premium,age,duration_months,surrendered" > file
      for (k = 1; k <= (year - 2000) * 400; k++) {
        if (!(k in start)) {
          start[k] = int(12 * (year - 1 - random() * (year == 2003 ? 5 : 1)))
          age[k] = 20 + int(50 * random()) - year
        }
        if (k in gone) continue
        months = 12 * year - start[k]
        leaves = random() < 0.04 + 0.2 * (year >= 2006 && months > 12 && months < 27)
        if (leaves) gone[k] = 1
        printf "N%d,%d-%02d-01,%d,%d,%d,%s\n", k, start[k] / 12, start[k] % 12 + 1, 100 + k % 50 * 20,
          age[k] + year, months, year == 2007 ? "" : leaves ? "yes" : "no" > file
      }
      close(file)
    }
  }'
columns='--id policy --as-of-name %Y.csv'
known='2003.csv 2004.csv 2005.csv 2006.csv'

echo '== What would a model of the years before have expected, and what happened?'
churnkit backtest -q $columns --target surrendered --horizon 365d --to text $known

echo
echo '== Why did so many leave in 2006?'
churnkit diff -q $columns --period as_of --metric surrendered --auto --to text 2005.csv 2006.csv

echo
echo '== A model of all years, for the policies of 2007'
churnkit fit -q $columns --target surrendered --horizon 365d --model tree $known > model.json
churnkit score -q $columns --digits 2 model.json 2007.csv | cut -d, -f2,3 | sort | uniq -c
