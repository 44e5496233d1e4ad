"""Parsers for the containers of JPEG, PNG, WebP, GIF and MP4, with the standard library alone."""
