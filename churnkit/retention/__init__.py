"""Retention: customers and revenue, period by period."""
