"""Tests of `bot/formats`."""
