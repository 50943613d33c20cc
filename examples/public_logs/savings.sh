#!/usr/bin/env bash
# Savings policies of 2004 and 2005, of which suddenly a quarter were surrendered: what happened?
# (R package CASdatasets, eusavingULnoPS, by Dutang and Charpentier.) $1: a folder that holds
# eu_savings/2004.csv and 2005.csv. Writes where it is started.
set -euo pipefail
policies=${1:?folder of public data sets}/eu_savings

# What has moved, and which part of the policies is to blame?
churnkit drift --id policy.ID --to text "$policies/2004.csv" "$policies/2005.csv" || true
churnkit diff --id policy.ID --metric surrendered --auto --to text "$policies/2004.csv" "$policies/2005.csv"

# What would a model of 2004 have expected of 2005? The dates stand in the names of the files.
columns='--id policy.ID --as-of-name %Y.csv --target surrendered --horizon 365d'
churnkit backtest $columns --to text "$policies"/200[45].csv
churnkit fit $columns "$policies"/200[45].csv > model.json
churnkit score --id policy.ID --as-of-name '%Y.csv' model.json "$policies/2005.csv" > scored.csv
