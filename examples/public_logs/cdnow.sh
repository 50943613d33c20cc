#!/usr/bin/env bash
# CDNOW, who buys again: 69,659 purchases of 23,570 customers of a record shop who first bought in early 1997
# (Fader, Hardie: brucehardie.com/datasets). $1: a folder that holds cdnow/cdnow.csv. Writes where it is started.
set -euo pipefail
log=${1:?folder of public data sets}/cdnow/cdnow.csv

# How long is silence? Who was there, came and left, quarter by quarter?
churnkit measure --return-rate --time date --to text "$log" | tail -n 5
churnkit measure --time date --value dollars --inactive 180d --every 1q --to text "$log"

# Dates without a clock, ids with leading zeros; nine months to look at, nine to be right or wrong about.
churnkit featurize --time date --value dollars --as-of 1997-10-01 --horizon 273d --windows 30d,90d,180d \
  "$log" > train.csv
churnkit fit --out-of-fold tested.csv train.csv > model.json
churnkit evaluate --to text tested.csv
