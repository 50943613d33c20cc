#!/usr/bin/env bash
# A music service, who falls silent for a week: a month of page views, a file of JSON Lines a day, times in
# milliseconds since 1970 (event logs of the Sparkify course). $1: a folder that holds
# udacity_event_logs/*.json. Writes where it is started.
set -euo pipefail
days=(${1:?folder of public data sets}/udacity_event_logs/*.json)

# Views before the login have no customer: left out, counted. Pages become features by their names.
log=(--id userId --time ts --event page --value length --on-error skip)
churnkit featurize "${log[@]}" --as-of 2018-11-08..2018-11-22/7d --horizon 7d --windows 7d "${days[@]}" > train.csv
head -n 1 train.csv | tr , '\n' | grep -E '^(help|nextsong|upgrade)_'
churnkit fit --id userId --out-of-fold tested.csv train.csv > model.json
churnkit evaluate --id userId --to text tested.csv

# Who of those who are here at the end of the month: the same features, by the model's name for them.
churnkit featurize -q "${log[@]}" --like model.json --as-of 2018-11-30 "${days[@]}" |
  churnkit score model.json | sort -t, -k2,2gr | head -n 5
