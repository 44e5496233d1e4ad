"""The database: one set of operations on SQLite and on PostgreSQL."""
