"""The row under every result: what can be made of it next."""
