"""Profiling: what is in a table."""
