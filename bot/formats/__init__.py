"""What the containers of JPEG, PNG, WebP and GIF say, read from bytes with the standard library alone."""
