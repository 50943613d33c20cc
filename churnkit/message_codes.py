"""The codes of all notes and warnings: what each means, and what to do."""

# code → what it means, what to do
MESSAGES = {
    "ablation": (
        "fit: the AUC without each group of columns.",
        "--drop the columns that add nothing.",
    ),
    "ageing": ("backtest --age: how old models rank and add up beside new ones.", "fit as often as it says"),
    "altered-ids": (
        "The ids were altered by a spreadsheet or a float: rounded (1.23457E+12), or with .0 at the end.",
        "an export in which the ids are text",
    ),
    "assumed-utc": (
        "With --tz: times without an offset are taken as UTC.",
        "--local-times if they are times of the zone",
    ),
    "backtest": (
        "backtest: what was expected at all dates and what happened, and how far a date was off.",
        "",
    ),
    "came-and-went": (
        "measure: many customers come and go inside one period.",
        "a shorter --every",
    ),
    "came-back": (
        "featurize, measure: customers with the churn event and any later event count as customers again.",
        "--start-event or --activity: the events that bring a customer back",
    ),
    "catalog-changed": ("catalog --since: what has changed since the old catalog, one line per change.", ""),
    "catalog-unread": (
        "catalog: a file of a folder is left out, because it cannot be read as a table.",
        "churnkit profile FILE shows the error and the option that reads the file",
    ),
    "censored": (
        "featurize: the log ends before the label window does, so the label is empty.",
        "an earlier --as-of, or --until if the log covers more time than its last event",
    ),
    "clock": (
        "fit, backtest: a column is left out because it reveals the observation date.",
        "--allow-clock COLUMN to use it",
    ),
    "clock-changes": (
        "--local-times: some times exist twice or not at all, because clocks change.",
        "times with an offset",
    ),
    "column-left-out": (
        "fit, backtest: a column is not used in the model, and why.",
        "--only COLUMNS; --allow-leak for a leak; constant and empty columns cannot be used",
    ),
    "contradictions": (
        "catalog: tables contradict each other: unknown ids, ends before starts, flags that disagree.",
        "churnkit catalog --to text shows each with its numbers",
    ),
    "control-characters": (
        "With --encoding latin-1: the text has control characters, so it is Windows text.",
        "--encoding cp1252",
    ),
    "difference": ("diff: the difference, in one sentence.", ""),
    "drifted": (
        "score, check: a column differs from BASE (the training rows), or leaves its range, beyond chance.",
        "churnkit drift model.json FILE shows all columns; fit again on newer rows",
    ),
    "duplicates-dropped": ("featurize --dedupe: events that were equal in every column were dropped.", ""),
    "embargo": (
        "backtest: the label windows of the date before had not ended, so models learn from earlier dates.",
        "featurize --horizon 28d for monthly dates",
    ),
    "early-period": (
        "measure --inactive: the log begins too late to know all customers who could leave in a period.",
        "--since DATE, to leave these periods out",
    ),
    "empty-rows": ("Rows of separators alone, as spreadsheets leave them, were skipped.", ""),
    "expected-loss": (
        "score --customer-value: the number of customers expected to leave, and the expected loss.",
        "",
    ),
    "far-end": ("The last event of the log is in the far future.", "--until DATE"),
    "far-ahead": (
        "forecast: one rate for all says too many of today's customers leave, far ahead.",
        "fewer --periods",
    ),
    "feature-table": ("featurize: rows, customers and dates of the table, and the share that churned.", ""),
    "ids-differ": (
        "featurize --join: the ids of two tables differ only in leading zeros, or in .0 at the end.",
        "ids that are written alike in both tables",
    ),
    "ids-not-found": (
        "sample --except, catalog --find: ids of the FILE that are in no row.",
        "the ids as the table writes them, or a table that has these customers",
    ),
    "inactive": (
        "measure: the number of silent days after which few customers come back.",
        "--inactive DAYS",
    ),
    "incomplete-rows": (
        "diff --per, forecast: rows of measure whose period is not complete are left out.",
        "measure --until or --since",
    ),
    "incomplete-period": (
        "measure: the log ends inside the last period.",
        "--until DATE, the end of a whole period",
    ),
    "last-two-periods": (
        "diff --period: the column has more than two values; two of them are compared.",
        "--against VALUE or --lag N; or two FILEs",
    ),
    "leak": (
        "fit, backtest: a column is left out because it reveals the target.",
        "--allow-leak COLUMN to use it",
    ),
    "larger-tree": (
        "fit: the AUC that a larger tree would have in the same test.",
        "--max-leaves N if the tree need not be easy to read",
    ),
    "learnt-from": ("fit: the number of columns, rows and customers used for training.", ""),
    "left-out": ("sample --except: the number of customers that are left out.", ""),
    "log-begins-late": (
        "featurize: no event is before an observation date, so it has no row.",
        "a later --as-of",
    ),
    "log-ends-early": ("featurize: an observation date is after the end of the log.", "--as-of latest"),
    "no-elements": ("events --explode: rows with an empty array or none, which give no event.", ""),
    "no-inactive": (
        "measure: the log is too short to find after how many silent days a customer has churned.",
        "a longer log, or --churn-event",
    ),
    "no-test-in-time": (
        "fit: the label windows of all earlier dates reach past the latest date, so the test uses folds.",
        "more dates: featurize --as-of FIRST..LAST/1mo",
    ),
    "no-signal": (
        "fit: the model ranks unseen rows no better than chance and gives everyone the base rate.",
        "more rows, or other columns",
    ),
    "not-compared": ("drift: a column is not compared, and why.", ""),
    "not-judged": (
        "backtest: dates without a row, because they have no label, or no label window had ended by then.",
        "more dates: featurize --as-of A..B/1mo",
    ),
    "no-recency": ("backtest: the table lacks recency_days, so recency alone is not compared.", ""),
    "few-leavers": (
        "backtest: few customers leave at a date, so chance is larger than any error of a model.",
        "a longer --horizon, or more customers",
    ),
    "short-history": (
        "backtest: few dates, so intervals are of chance alone, which is too narrow.",
        "more dates: featurize --as-of A..B/1mo",
    ),
    "not-happened": (
        "Subscriptions that start or end after the end of the log are left out.",
        "--until DATE",
    ),
    "not-searched": ("diff --auto: columns that cannot be a cause are not searched, and why.", "--by COLUMN"),
    "number-notation": (
        "Values look like numbers in another notation (1.570,69, $12, 5 %).",
        "--decimal , or --decimal . (the mark before the decimals)",
    ),
    "numbered-rows": ("score, explain: the table has no id column, so its rows are numbered.", "--id COLUMN"),
    "old-name": (
        "An option or field was renamed; the old name works for this release.",
        "the new name, which the note shows",
    ),
    "one-column": (
        "fit: the model is not clearly better than its best single column.",
        "more columns, or that column",
    ),
    "own-dates": (
        "featurize --as-of COLUMN: customers without a date and dates after the end of the log are left out.",
        "",
    ),
    "proved": (
        "featurize --prove: all values are identical when computed only from the events before each date.",
        "",
    ),
    "rare-events": ("featurize: rare events get no features of their own.", "--features NAME,…"),
    "repeated-rows": (
        "fit: rows that repeat an earlier row in every column that the model learns from and in the target.",
        "find out why; remove copies that were made to balance the table, and use --weight instead",
    ),
    "repeated-headers": ("Lines that repeat the header were skipped.", ""),
    "same-as": (
        "--same-as: the number of rows with an old id, which count for another id.",
        "if no row has one: ids that are written alike in both tables",
    ),
    "score-knows-more": (
        "forecast: for the first period, a model of each customer is more exact than a rate.",
        "churnkit score --customer-value COLUMN model.json FILE",
    ),
    "seasons": ("forecast: whether last year's ratios are used, as its past errors say.", ""),
    "second-table": (
        "A row below a gap looks like the header of a second table in the same FILE.",
        "head -n LINES FILE reads the first table alone",
    ),
    "settings": ("fit --tune: the best settings.", ""),
    "sheets": ("An Excel file has several sheets; the first was read.", "--sheet NAME"),
    "short-inactive": (
        "measure --inactive: most customers who churned are back one period later.",
        "--inactive as long as the longest period, or longer",
    ),
    "skipped-rows": ("Bad rows were skipped.", "--rejects FILE to save them, with line and reason"),
    "spellings": (
        "Event names that differ only in upper and lower case, spaces, - and _ count as one event.",
        "",
    ),
    "stray-quotes": (
        "Rows have a quote inside an unquoted field; it was read as it stands.",
        "look at such a row: a separator may be missing",
    ),
    "target-values": (
        "With --positive: more than one other value of the target means that the customer stayed.",
        "a table without the rows of a value that does not mean stayed",
    ),
    "test": ("fit: how the model was tested, and how good it is.", ""),
    "too-good": (
        "fit: the test is too good to be true, and the fewest columns that are enough for it.",
        "--drop the columns that are known only after a customer churned",
    ),
    "pairs": (
        "fit: the features that act together in a logistic regression.",
        "churnkit explain --overall --to text MODEL shows how much",
    ),
    "promised": (
        "drift MODEL: the quality that the probabilities promise for rows without labels, if they are right.",
        "churnkit evaluate --truth FILE when the truth is known",
    ),
    "too-few-rows": ("drift, check: too few rows to decide whether a column has drifted.", "more rows"),
    "too-late": (
        "featurize --lead: customers who churn before the label window begins are left out.",
        "--lead DAYS",
    ),
    "too-short": (
        "forecast: too few complete periods for an interval.",
        "a longer log, or measure with a shorter --every",
    ),
    "too-wild": (
        "forecast: an interval would be wider than twice the figure, as the past errors are so large.",
        "a longer log; measure with a longer --every, or fewer groups",
    ),
    "total-rows": (
        "The last row of a FILE was skipped, because it holds the sums of the rows above.",
        "",
    ),
    "unknown-column": (
        "events: no row of JSON Lines or of the arrays of --explode has a column named in an option.",
        "the name that the note shows; keys of --explode items are called items.KEY",
    ),
    "unknown-event": (
        "The log does not contain an event named in an option or feature.",
        "churnkit profile FILE lists the events",
    ),
    "unknown-metric": ("diff: rows with an empty metric are left out.", ""),
    "unknown-target": ("fit, backtest: rows with an empty target are left out.", ""),
    "unknown-value": (
        "Rows without a target, baseline or value: evaluate leaves them out; to backtest the value is 0.",
        "",
    ),
    "unlikely-times": (
        "Times of the log lie before 1990, or more than a year in the future.",
        "--time-format, if they were read wrongly",
    ),
    "unmatched": ("featurize --join: some customers have no row in the joined table.", ""),
    "upside-down": (
        "fit: customers with high probabilities churned less than others in the test.",
        "more rows; look for a target with swapped values (--positive)",
    ),
    "verified": (
        "export --verify: the number of rows that were compared, and the largest difference from score.",
        "",
    ),
    "value-window": (
        "score: the customer value covers a different number of days than the label.",
        "a --customer-value that covers the label's horizon",
    ),
    "value-like-header": (
        "The first line holds values where names should be: the file may have no header.",
        "--columns A,B,…",
    ),
    "weighted": ("evaluate: rows are weighted, as the sample was uneven.", ""),
    "weighted-psi": ("drift MODEL: the PSI of all columns, weighted by their importance.", ""),
    "changed-ids": (
        "check: the ids are written otherwise than in BASE: as numbers, without zeros, with .0 at the end.",
        "an export in which the ids are text",
    ),
    "changed-type": (
        "check: a column is of another type, or has decimals or negative numbers that BASE never had.",
        "look at the source; --allow changed-type if it is meant",
    ),
    "changed-unit": (
        "check: the numbers of a column look like those of BASE in another unit.",
        "look at the source",
    ),
    "columns-gone": ("check: a column of BASE is gone.", "look at the source"),
    "columns-new": ("check: a column is new.", "--allow columns-new, or a new BASE"),
    "columns-renamed": ("check: a column is gone, and a new one looks like it.", "the old name"),
    "columns-reordered": ("check: the columns are in another order.", "--allow columns-reordered"),
    "delivered-twice": ("check: the rows of a day are there twice.", "look at the source"),
    "keys-not-compared": ("check: there are more keys than are compared.", "parts with fewer rows"),
    "new-values": (
        "check: a column has values that BASE never had, in more rows than chance explains.",
        "look at the source; a new BASE if they are meant",
    ),
    "null-share": ("check: the share of empty values has changed.", "look at the source"),
    "personal-data": (
        "check --no-pii: a column holds personal data.",
        "churnkit sample --pseudonymize COLUMN",
    ),
    "rejected-rows": (
        "check: rows were rejected.",
        "--rejects FILE to save them; --max-rejects to tolerate some",
    ),
    "row-count": ("check: the table has far fewer or more rows than BASE.", "--rows LOW..HIGH"),
    "same-bytes": (
        "check: BASE and FILE have the same bytes, so nothing is compared.",
        "--fail-on same-bytes, if a table must not come twice",
    ),
    "special-category": (
        "check --no-pii: the name of a column speaks of health, religion, politics, sexual life, a trade "
        "union, ethnic origin, biometric or genetic data.",
        "--allow special-category, if it may leave",
    ),
    "stale": ("check: the latest time is earlier than in BASE.", "look at the source; --allow stale"),
    "swapped": ("check: two columns look swapped.", "look at the source"),
    "too-old": ("check --max-age: the latest time is too old.", "look at the source"),
}
