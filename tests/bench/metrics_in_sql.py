"""What measure, diff and drift are timed beside: the same figures as DuckDB queries.

python -m tests.bench.metrics_in_sql measure log.csv out.csv
python -m tests.bench.metrics_in_sql diff before.csv after.csv out.csv
python -m tests.bench.metrics_in_sql drift before.csv after.csv out.csv
"""

from __future__ import annotations

import sys

# Customers and revenue, month by month, of an inactivity of 30 days.
MEASURE = """
WITH log AS MATERIALIZED (SELECT customer_id, timestamp AS t, amount FROM read_csv('{0}')),
borders AS (SELECT unnest(generate_series(date_trunc('month', (SELECT min(t) FROM log)),
                                          date_trunc('month', (SELECT max(t) FROM log)) + INTERVAL 1 MONTH,
                                          INTERVAL 1 MONTH)) AS b),
firsts AS (SELECT customer_id, min(t) AS f FROM log GROUP BY 1),
active AS (SELECT DISTINCT b, customer_id FROM log, borders WHERE t >= b - INTERVAL 30 DAY AND t < b),
money AS (SELECT date_trunc('month', t) + INTERVAL 1 MONTH AS b, customer_id, sum(amount::DECIMAL(18, 2)) AS s
          FROM log GROUP BY ALL),
people AS (SELECT coalesce(x.b, y.b - INTERVAL 1 MONTH) AS p, coalesce(x.customer_id, y.customer_id) AS customer_id,
                  x.b IS NOT NULL AS was, y.b IS NOT NULL AS has
           FROM active x FULL JOIN active y ON y.customer_id = x.customer_id AND y.b = x.b + INTERVAL 1 MONTH),
cash AS (SELECT coalesce(x.b, y.b - INTERVAL 1 MONTH) AS p, coalesce(x.customer_id, y.customer_id) AS customer_id,
                coalesce(x.s, 0) AS had, coalesce(y.s, 0) AS has
         FROM money x FULL JOIN money y ON y.customer_id = x.customer_id AND y.b = x.b + INTERVAL 1 MONTH),
counted AS (SELECT p, count(*) FILTER (was) AS customers_start, count(*) FILTER (has AND NOT was AND f >= p) AS new,
                   count(*) FILTER (has AND NOT was AND f < p) AS returned,
                   count(*) FILTER (was AND NOT has) AS churned, count(*) FILTER (has) AS customers_end
            FROM people JOIN firsts USING (customer_id) GROUP BY p),
summed AS (SELECT p, sum(had) AS revenue_start, sum(has) FILTER (had = 0 AND f >= p) AS revenue_new,
                  sum(has) FILTER (had = 0 AND f < p) AS revenue_returned,
                  sum(has - had) FILTER (had <> 0 AND has > had) AS revenue_expanded,
                  sum(had - has) FILTER (has <> 0 AND has < had) AS revenue_contracted,
                  sum(had) FILTER (has = 0) AS revenue_churned, sum(has) AS revenue_end
           FROM cash JOIN firsts USING (customer_id) GROUP BY p)
SELECT strftime(p, '%Y-%m-%d') AS period, customers_start, new, returned, churned, customers_end,
       coalesce(revenue_start, 0)::DOUBLE AS revenue_start, coalesce(revenue_new, 0)::DOUBLE AS revenue_new,
       coalesce(revenue_returned, 0)::DOUBLE AS revenue_returned,
       coalesce(revenue_expanded, 0)::DOUBLE AS revenue_expanded,
       coalesce(revenue_contracted, 0)::DOUBLE AS revenue_contracted,
       coalesce(revenue_churned, 0)::DOUBLE AS revenue_churned, coalesce(revenue_end, 0)::DOUBLE AS revenue_end
FROM counted JOIN summed USING (p) WHERE p < (SELECT max(b) FROM borders) ORDER BY p
"""

# Parts of a sum by plan, and their standard error by customer.
DIFF = """
WITH rows AS (SELECT 0 AS side, customer_id, plan, amount FROM read_csv('{0}')
              UNION ALL SELECT 1, customer_id, plan, amount FROM read_csv('{1}')),
known AS (SELECT * FROM rows WHERE amount IS NOT NULL),
own AS (SELECT plan, customer_id, sum(CASE WHEN side = 1 THEN amount ELSE -amount END) AS d FROM known GROUP BY ALL),
spread AS (SELECT plan, sqrt(sum(d * d)) * 1.959963984540054 AS reach FROM own GROUP BY plan),
summed AS (SELECT plan, sum(amount) FILTER (side = 0) AS t0, sum(amount) FILTER (side = 1) AS t1,
                  count(*) FILTER (side = 0) AS n0, count(*) FILTER (side = 1) AS n1 FROM known GROUP BY plan)
SELECT plan, n0 AS rows_before, n1 AS rows_after, t0 AS value_before, t1 AS value_after,
       (n1 - n0) * (t0 / n0 + t1 / n1) / 2 AS size_part, (n0 + n1) / 2.0 * (t1 / n1 - t0 / n0) AS rate_part,
       t1 - t0 AS part, part - reach AS low, part + reach AS high
FROM summed JOIN spread USING (plan) ORDER BY plan
"""

# Rows in the tenths of the base, and of each value; a table of counts, from which PSI is a line.
DRIFT = """
WITH base AS MATERIALIZED (SELECT * FROM read_csv('{0}')), new AS MATERIALIZED (SELECT * FROM read_csv('{1}')),
tenths AS (SELECT unnest(quantile_disc(amount, [.1, .2, .3, .4, .5, .6, .7, .8, .9])) AS edge FROM base),
edges AS (SELECT list(DISTINCT edge ORDER BY edge) AS edges FROM tenths),
rows AS (SELECT 0 AS side, customer_id, event, amount, plan FROM base
         UNION ALL SELECT 1, customer_id, event, amount, plan FROM new)
SELECT 'amount' AS name, len(list_filter(edges, lambda e: e <= amount))::VARCHAR AS bin,
       count(*) FILTER (side = 0) AS before, count(*) FILTER (side = 1) AS after FROM rows, edges GROUP BY ALL
UNION ALL SELECT 'event', event, count(*) FILTER (side = 0), count(*) FILTER (side = 1) FROM rows GROUP BY ALL
UNION ALL SELECT 'plan', plan, count(*) FILTER (side = 0), count(*) FILTER (side = 1) FROM rows GROUP BY ALL
UNION ALL SELECT 'customers', NULL, count(DISTINCT customer_id) FILTER (side = 0),
                 count(DISTINCT customer_id) FILTER (side = 1) FROM rows
ORDER BY ALL
"""
QUERIES = {"measure": MEASURE, "diff": DIFF, "drift": DRIFT}


if __name__ == "__main__":
    import duckdb

    what, *paths, out = sys.argv[1:]
    duckdb.sql(QUERIES[what].format(*paths)).write_csv(out)
