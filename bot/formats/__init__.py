"""Parsers for the containers of JPEG, PNG, WebP and GIF, with the standard library alone."""
