"""The metrics: one list, what counts and times in this process, and the text that Prometheus reads."""
