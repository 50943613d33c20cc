"""Reads tables (streams of bytes → blocks of whole records → frames of columns) and writes them."""
