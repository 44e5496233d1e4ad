"""Presets as people save, find, use and share them."""
