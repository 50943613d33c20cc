"""Checks: new rows against what is expected of them; a row that breaks a rule is a reject."""
