"""One file per command: options, help with an example, and a short body. COMMANDS lists all commands."""

from __future__ import annotations

# group → command → its summary, which is also the first line of the command's help
COMMANDS = {
    "look": {
        "simulate": "Simulate an event log with known churn probabilities.",
        "sample": "Sample rows of a table; the rows stay unchanged, byte for byte.",
        "profile": "Describe each column of a table: one record per column.",
        "events": "Convert any table to an event log.",
        "catalog": "Describe the tables of a folder and how they join: one record per table.",
        "plan": "Write a shell script that goes from tables to scores; it runs nothing.",
        "check": "Check new rows against a base: good rows pass, byte for byte.",
    },
    "measure": {
        "measure": "Measure customers and revenue gained, kept and lost: one row per period.",
        "diff": "Explain why a metric differs: parts that add up to the difference.",
        "drift": "Find columns that have changed between a base and new rows.",
        "forecast": "Forecast customers and revenue lost in the periods to come, with intervals from past errors.",
    },
    "predict": {
        "featurize": "Compute features of each customer on a date from an event log.",
        "fit": "Train a churn model and write it as one line of JSON.",
        "evaluate": "Evaluate scores: metrics with confidence intervals.",
        "score": "Predict the churn probability of each row.",
        "explain": "Explain the prediction of each row, or the whole model.",
        "backtest": "Compare what a model would have predicted at past dates with what happened.",
    },
    "hand over": {
        "export": "Write a model as SQL for a database, or as a file of Python or R.",
    },
}
