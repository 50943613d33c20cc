"""Drift: columns whose values have changed more than chance explains."""
