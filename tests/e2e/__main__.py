"""`python -m tests.e2e REST GATEWAY [COMMAND…]`: `python -m bot` with another Discord, for a test that needs a
process of its own from the first byte."""

from __future__ import annotations

import sys

from bot.__main__ import main
from tests.wire.pointing import point_discord_at

if __name__ == "__main__":
    with point_discord_at(sys.argv[1], sys.argv[2]):
        sys.exit(main(sys.argv[3:]))
