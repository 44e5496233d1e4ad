"""Mod-log, filters, channels, budget and takedown."""
