"""What moderators decide, as rows: changing it, reading it, and telling of it."""
