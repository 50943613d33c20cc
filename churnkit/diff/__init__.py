"""Diff: why a metric differs."""
