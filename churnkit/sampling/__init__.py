"""Samples rows of a table without changing their bytes."""
