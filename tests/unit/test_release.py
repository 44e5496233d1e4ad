"""A release has one number: in the package, on the image and in the changelog."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]


def test_package_image_and_changelog_tell_the_same_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    label = re.search(r'image\.version="([^"]*)"', (ROOT / "Dockerfile").read_text())
    numbers = re.findall(r"^## (\d+\.\d+\.\d+)\b", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert label is not None
    assert (label[1], numbers[0]) == (version, version)
