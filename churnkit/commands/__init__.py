"""One file per command: options, help with an example, and a short body. COMMANDS lists them all."""

from __future__ import annotations

# group → command → its one line, which is also the first line of the command's help
COMMANDS = {
    "look": {
        "simulate": "An event log whose true churn process is known.",
        "sample": "Some rows of a table, byte for byte.",
        "profile": "What is in a table: a record a column.",
        "events": "Any table as an event log.",
    },
    "measure": {
        "measure": "Customers and revenue gained, kept, lost, a row a period.",
        "diff": "Why a metric differs: parts that add up to the difference.",
        "drift": "What has moved between a base and new rows: a record a column.",
    },
    "predict": {
        "featurize": "An event log as features of each customer on a day.",
        "fit": "A model of who leaves, as one line of JSON.",
        "evaluate": "How good scores are: metrics with intervals.",
        "score": "Who leaves: a probability for each row.",
        "explain": "Why: the reasons of each row, or the model itself.",
    },
}
