"""Moderators' decisions in the database: changing them, reading them, and the mod-log."""
