"""Limits that moderators set: what can be limited, how rules combine, whether a request fits."""
