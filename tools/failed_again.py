"""`python -m tools.failed_again`: run up to three tests that failed twice more, alone; fails unless all pass each time.

A shared machine stands still for a moment now and then, and a test that meets that may fail. One that fails for a
reason of its own fails again; one that passed is named, to be mended all the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

LAST_FAILED: Final = Path(".pytest_cache/v/cache/lastfailed")
AT_MOST: Final = 3
TIMES: Final = 2


def main() -> int:
    """Return the exit code of pytest; 1 where no tests failed, or too many for chance."""
    failed = list(json.loads(LAST_FAILED.read_text())) if LAST_FAILED.exists() else []
    if not 1 <= len(failed) <= AT_MOST:
        return 1
    for _ in range(TIMES):
        ran = subprocess.run([sys.executable, "-m", "pytest", "-n", "0", *failed], check=False)
        if ran.returncode:
            return ran.returncode
    sys.stdout.write("\n  ".join(["FAILED BESIDE THE OTHERS, PASSED ALONE:", *failed]) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
