#!/usr/bin/env bash
# The log stays where it is: the warehouse builds the training set of several dates, a sample of it comes to the
# laptop for fit, and the model goes back as SQL. DuckDB is the warehouse here; with ENGINE=spark it is spark-sql.
# Writes everything into the current folder.
set -euo pipefail
export LC_ALL=C

engine=${ENGINE:-duckdb}
in_warehouse() { # the query on standard input, its rows as Parquet in the folder $1
  mkdir -p "$1"
  case $engine in
    duckdb)
      { echo "CREATE VIEW events AS FROM read_csv('events.csv'); COPY ("; cat; echo ") TO '$1/all.parquet'"; } > "$1.sql"
      "${PYTHON:-python3}" -c 'import sys, duckdb; duckdb.execute(open(sys.argv[1]).read())' "$1.sql" > "$1.log" ;;
    spark)
      { cat events.sql; echo "INSERT OVERWRITE DIRECTORY '$PWD/$1' USING parquet"; cat; } > "$1.sql"
      spark-sql --master 'local[2]' --conf spark.ui.enabled=false -f "$1.sql" 2> "$1.log" ;;
  esac
}

churnkit simulate --customers 1500 --seed 5 > events.csv
cat > events.sql <<'SQL'
CREATE TEMPORARY VIEW events (customer_id STRING, timestamp TIMESTAMP_NTZ, event STRING, amount DOUBLE, plan STRING)
USING csv OPTIONS (path 'events.csv', header 'true', escape '"', enforceSchema 'false', mode 'FAILFAST');
SQL

echo '== A first model from the events of every fifth customer: it names the features'
churnkit sample --by customer_id --rate 0.2 events.csv |
  churnkit featurize -q --as-of 2024-09-01 --horizon 30d \
    --features recency_days,event_count_30d,login_count_30d,amount_sum_90d,gap_mean_days,plan_last > few.csv
churnkit fit -q --model tree few.csv > first.json
churnkit export -q --dialect "$engine" --features --with-label --as-of 2024-06-01..2024-11-01/1mo first.json > first.sql
grep -o '^-- returns: [^;]*' first.sql

echo
echo '== The training set of six dates, built in the warehouse from all events'
in_warehouse train < first.sql
churnkit sample --rate 1 --no-header train/*.parquet | wc -l

echo
echo '== A sample of whole customers on the laptop, and the model'
churnkit sample --by customer_id --rate 0.5 train/*.parquet > train.csv
churnkit fit -q --model logistic train.csv > model.json
sed 1d train.csv | wc -l

echo
echo '== Scores of all customers, in the warehouse: the bytes of featurize and score'
churnkit export -q --dialect "$engine" --pipeline --as-of 2024-12-01 --digits 6 model.json | in_warehouse scores
churnkit sample --rate 1 --no-header scores/*.parquet | sort > scores.csv
churnkit featurize -q --like model.json --as-of 2024-12-01 events.csv |
  churnkit score -q --digits 6 --no-header model.json | sort | cmp - scores.csv && wc -l < scores.csv
