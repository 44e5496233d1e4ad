"""Tray, presets and defaults."""
