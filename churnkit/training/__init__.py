"""Training: from a table to a tested, calibrated model."""
