"""Explanation: why a model says so."""
