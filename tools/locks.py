"""The lock files: written with uv, then checked; or only checked: `python -m tools.locks [--check]`.

Every requirement is pinned with hashes. No file names a package index, so that the installer can choose it.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parent.parent
LOCKS = {
    "requirements/runtime.txt": ("postgres", "video", "provenance"),
    "requirements/dev.txt": ("postgres", "video", "provenance", "demo", "dev"),
}
BUILD = "requirements/build.txt"  # what makes the wheel that the image installs
_PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(?P<version>[^\s;]+)", re.MULTILINE)
_SOURCE = re.compile(r"^\s*(--(extra-)?index-url|--find-links|-i\s|-f\s)|://", re.MULTILINE)


def write() -> None:
    """Write all lock files with `uv`, at the newest versions that satisfy pyproject.toml."""
    for name, extras in LOCKS.items():
        flags = [f"--extra={extra}" for extra in extras]
        if "dev" in extras:
            flags += ["--no-emit-package=easel-bot"]
        _compile("pyproject.toml", name, flags)
    _compile("-", BUILD, lines="\n".join(_pyproject()["build-system"]["requires"]))


def _compile(source: str, target: str, flags: Sequence[str] = (), lines: str | None = None) -> None:
    options = ["--generate-hashes", "--universal", "--python-version=3.11"]
    quiet = ["--quiet", "--upgrade", "--no-emit-index-url", "--no-emit-find-links", "--no-header"]
    command = ["uv", "pip", "compile", source, *flags, *options, *quiet, "-o", target]
    subprocess.run(command, cwd=ROOT, check=True, input=lines, text=True)


def problems() -> list[str]:
    """Return the problems of the lock files, one sentence each; empty if they are fine."""
    parts = _pyproject()
    project = parts["project"]
    wanted = {name: _wanted(project, extras) for name, extras in LOCKS.items()}
    wanted[BUILD] = parts["build-system"]["requires"]
    return [problem for name, lines in wanted.items() for problem in _problems(name, lines, project["name"])]


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text())


def _wanted(project: dict[str, Any], extras: tuple[str, ...]) -> list[str]:
    return [*project["dependencies"], *(line for e in extras for line in project["optional-dependencies"][e])]


def pins(name: str) -> dict[str, Version]:
    """Return what a lock file pins, by canonical name."""
    text = (ROOT / name).read_text()
    return {canonicalize_name(found["name"]): Version(found["version"]) for found in _PIN.finditer(text)}


def _problems(name: str, wanted: Sequence[str], own_name: str) -> list[str]:
    text = (ROOT / name).read_text()
    pinned = pins(name)
    found = [f"{name} names a source of packages: {line[0]}" for line in _SOURCE.finditer(text)]
    if text.count("==") > text.count("\\\n    --hash="):
        found.append(f"{name} holds a pin without a hash")
    for line in wanted:
        need = Requirement(line)
        version = pinned.get(canonicalize_name(need.name))
        if need.name != own_name and (version is None or version not in need.specifier):
            found.append(f"{name} does not satisfy {line}: run `make lock`")
    return found


if __name__ == "__main__":
    if "--check" not in sys.argv:
        write()
    for problem in (bad := problems()):
        sys.stderr.write(f"{problem}\n")
    sys.exit(bool(bad))
