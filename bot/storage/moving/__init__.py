"""Moves a whole Easel: from SQLite to PostgreSQL, into a backup, and back from one."""
