"""Evaluation: how good scores are and what they are worth."""
