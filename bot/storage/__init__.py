"""The store: one set of operations on SQLite and on PostgreSQL."""
