"""The wiring: the one place where the parts of a role are built and closed."""
