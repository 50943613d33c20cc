"""Drift: what has moved, beyond chance."""
