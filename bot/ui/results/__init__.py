"""The buttons under every result, and what they open."""
