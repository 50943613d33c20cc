"""Customers and revenue expected to be lost in whole periods to come, with what past errors allow to say."""
