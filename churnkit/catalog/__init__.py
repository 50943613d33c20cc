"""The catalog: what is in a folder of tables, and how the tables hang together."""
