"""A model, and the features it needs, as SQL: pure functions that build trees of sqlglot."""
