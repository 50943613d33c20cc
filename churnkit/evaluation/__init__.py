"""Evaluation: how good scores are, and the profit of a campaign that uses them."""
