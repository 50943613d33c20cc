"""Sampling: some rows of a table, byte for byte."""
