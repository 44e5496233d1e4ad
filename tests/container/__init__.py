"""The proof of the image: what it holds, and a life of its container beside the stand-ins. `make container` runs it."""
