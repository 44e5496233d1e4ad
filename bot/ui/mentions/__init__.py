"""Messages that mention Easel."""
