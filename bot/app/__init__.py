"""The one place where parts are built and closed, per role."""
