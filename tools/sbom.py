"""List what is in the image, as CycloneDX, and check its licences: `python -m tools.sbom [FILE]`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from tools.image import NAME, ROOT, engine, inspected

RULES: Final[dict[str, Any]] = tomllib.loads((ROOT / "requirements/licences.toml").read_text())
OWN: Final = "easel-bot"
FILE: Final = ROOT / "dist" / "easel.cdx.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A package, or a library in C that the wheel `within` brought. `licence` is an expression of SPDX, or ""."""

    name: str
    version: str
    licence: str
    purl: str
    within: str = ""


def contents() -> dict[str, list[dict[str, Any]]]:
    """Return what `tools.contents` finds in the image."""
    options = ["--rm", "--interactive", "--network=none", "--no-healthcheck", "--entrypoint=python"]
    options += ["--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024"]
    script = (ROOT / "tools/contents.py").read_text()
    command = [*engine(), "run", *options, NAME, "-"]
    return json.loads(
        subprocess.run(command, input=script, check=True, stdout=subprocess.PIPE, text=True).stdout
    )


def python_parts(found: dict[str, list[dict[str, Any]]]) -> Iterator[Part]:
    """Yield the packages of Python, each followed by the libraries that it brought."""
    for each in found["python"]:
        name, version, licence = each["name"], each["version"], each["licence"]
        told = RULES["names"].get(licence, licence)
        yield Part(name=name, version=version, licence=told, purl=f"pkg:pypi/{name.lower()}@{version}")
        known: dict[str, str] = RULES["brought"].get(name, {})
        for file in each["brings"]:
            stem = re.split(r"[-.]", file)[0]
            licence = known.get(stem, "")
            yield Part(name=file, version="", licence=licence, purl="", within=name)


def licence_problems(parts: list[Part]) -> list[str]:
    """Return a line for each part whose licence is unknown, or neither allowed nor an exception."""
    found: list[str] = []
    for part in parts:
        owner = part.within or part.name
        taken = {*RULES["allowed"], *RULES["exceptions"].get(owner, {}).get("licences", [])}
        unknown = [each for each in re.split(r" AND | OR |[()]", part.licence) if each and each not in taken]
        if unknown or not part.licence:
            found.append(f"{owner}: {part.name} has the licence {part.licence or 'that nothing tells of'}")
    return found


def bill(found: dict[str, list[dict[str, Any]]], parts: list[Part], made_at: datetime) -> dict[str, Any]:
    """Return the bill of materials: Easel, what it is made of, and the packages of the base."""
    [easel] = [part for part in parts if part.name == OWN]
    components = [_component(part) for part in parts if part is not easel]
    components += [_debian_component(each) for each in found["debian"]]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid4()}",
        "version": 1,
        "metadata": {
            "timestamp": made_at.isoformat(timespec="seconds"),
            "component": _component(easel) | {"type": "application"},
        },
        "components": components,
    }


def _component(part: Part) -> dict[str, Any]:
    told: dict[str, Any] = {"type": "library", "bom-ref": part.purl or f"{part.within}/{part.name}"}
    told |= {"name": part.name, "licenses": [{"expression": part.licence}]}
    return told | ({"version": part.version, "purl": part.purl} if part.purl else {"group": part.within})


def _debian_component(package: dict[str, Any]) -> dict[str, Any]:
    name, version = package["package"], package["version"]
    purl = f"pkg:deb/debian/{name}@{version}"
    licences = [{"license": {"name": each}} for each in package["licences"]]
    return {
        "type": "library",
        "bom-ref": purl,
        "name": name,
        "version": version,
        "purl": purl,
        "licenses": licences,
    }


def main() -> int:
    """Write the bill, print each licence with who has it, and fail where one is not allowed."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    found = contents()
    parts = list(python_parts(found))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill(found, parts, datetime.now(UTC)), indent=1))
    for licence in sorted({part.licence for part in parts}):
        names = ", ".join(sorted(part.name for part in parts if part.licence == licence))
        sys.stdout.write(f"{licence or 'unknown'}: {names}\n")
    problems = licence_problems(parts)
    sys.stdout.writelines(f"not allowed: {problem}\n" for problem in problems)
    size_mb = inspected()["Size"] / 1e6
    sys.stdout.write(
        f"{target}: {len(parts)} parts and {len(found['debian'])} packages of Debian; {size_mb:.0f} MB\n"
    )
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
