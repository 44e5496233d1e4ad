"""Limits as people read, write and change them."""
