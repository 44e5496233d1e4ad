"""The forms behind the row of a result."""
