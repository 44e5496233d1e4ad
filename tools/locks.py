"""The lock files: written with uv, then checked; or only checked: `python -m tools.locks [--check]`.

Every requirement is pinned with hashes. No file names a package index, so that the installer can choose it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCKS = {"requirements/runtime.txt": ("postgres",), "requirements/dev.txt": ("postgres", "demo", "dev")}
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)", re.MULTILINE)
_SOURCE = re.compile(r"^\s*(--(extra-)?index-url|--find-links|-i\s|-f\s)|://", re.MULTILINE)


def write() -> None:
    """Write all lock files with `uv`, at the newest versions that satisfy pyproject.toml."""
    for name, extras in LOCKS.items():
        flags = [f"--extra={extra}" for extra in extras]
        options = ["--generate-hashes", "--universal", "--python-version=3.11"]
        quiet = ["--quiet", "--upgrade", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
        command = ["uv", "pip", "compile", "pyproject.toml", *flags, *options, *quiet, "-o", name]
        if "dev" in extras:
            command += ["--no-emit-package=easel-bot"]
        subprocess.run(command, cwd=ROOT, check=True)


def problems() -> list[str]:
    """Return the problems of the lock files, one sentence each; empty if they are fine."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return [problem for name, extras in LOCKS.items() for problem in _problems(name, extras, project)]


def _problems(name: str, extras: tuple[str, ...], project: dict[str, Any]) -> list[str]:
    text = (ROOT / name).read_text()
    pins = {canonicalize_name(found["name"]): Version(found["version"]) for found in _PIN.finditer(text)}
    found = [f"{name} names a source of packages: {line[0]}" for line in _SOURCE.finditer(text)]
    if text.count("==") > text.count("\\\n    --hash="):
        found.append(f"{name} holds a pin without a hash")
    wanted: list[str] = [*project["dependencies"]]
    for extra in extras:
        wanted += project["optional-dependencies"][extra]
    for line in wanted:
        need = Requirement(line)
        version = pins.get(canonicalize_name(need.name))
        if need.name != project["name"] and (version is None or version not in need.specifier):
            found.append(f"{name} does not satisfy {line}: run `make lock`")
    return found


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    for problem in (bad := problems()):
        sys.stderr.write(f"{problem}\n")
    sys.exit(bool(bad))
