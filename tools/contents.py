"""Print as JSON what the machine it runs on holds: packages of Python below /venv, and those of Debian.

`tools.sbom` gives it to the Python of the image, which has nothing else: the standard library alone.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path

STATUS = Path("/var/lib/dpkg/status")
PAGES = Path("/usr/share/doc")
VENV = "/venv/"


def python_packages() -> Iterator[dict[str, object]]:
    """Yield name, version and licence of each package; and the libraries in C that its wheel brought along."""
    for each in distributions(path=[path for path in sys.path if path.startswith(VENV)]):
        about = each.metadata.json
        old = [
            line.split(" :: ")[-1] for line in about.get("classifier", []) if line.startswith("License :: ")
        ]
        told = about.get("license_expression") or (old[-1] if old else about.get("license", ""))
        yield {"name": each.name, "version": each.version, "licence": told, "brings": _brought(each)}


def _brought(package: Distribution) -> list[str]:
    paths = (str(path) for path in package.files or [])
    return sorted(path.split("/")[-1] for path in paths if re.match(r"[^/]+\.libs/", path))


def debian_packages() -> Iterator[dict[str, object]]:
    """Yield package, version, section and the licences that its copyright page names, where it has the common form."""
    for block in STATUS.read_text().split("\n\n") if STATUS.exists() else []:
        found = dict(re.findall(r"^(Package|Version|Section): (.*)$", block, re.MULTILINE))
        if found and "\nStatus: install ok installed\n" in block:
            page = PAGES / found["Package"] / "copyright"
            words = page.read_text(errors="replace") if page.exists() else ""
            named = sorted(set(re.findall(r"^License: *(\S.*)$", words, re.MULTILINE)))
            yield {**{key.lower(): text for key, text in found.items()}, "licences": named}


if __name__ == "__main__":
    sys.stdout.write(json.dumps({"python": [*python_packages()], "debian": [*debian_packages()]}))
