"""Backtest: what a model would have said at past dates, beside what then happened."""
