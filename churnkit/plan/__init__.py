"""The plan: a shell script that goes from tables to scores."""
