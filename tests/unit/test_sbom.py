"""`tools.sbom`: the bill of materials, and licences that nobody allowed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from tests.tables import each_case
from tools.sbom import RULES, Part, bill, licence_problems, python_parts

FOUND: dict[str, list[dict[str, Any]]] = {
    "python": [
        {"name": "easel-bot", "version": "1.0.0", "licence": "MIT", "brings": []},
        {"name": "av", "version": "18.1.0", "licence": "BSD-3-Clause", "brings": ["libx264-d6533a8d.so.165"]},
        {"name": "discord.py", "version": "2.7.1", "licence": "MIT License", "brings": []},
    ],
    "debian": [{"package": "bash", "version": "5.2", "section": "shells", "licences": ["GPL-3+"]}],
}


def part(name: str, licence: str, within: str = "") -> Part:
    return Part(name=name, version="1", licence=licence, purl=f"pkg:pypi/{name}@1", within=within)


def test_a_library_that_a_wheel_brought_is_a_part_with_its_own_licence() -> None:
    parts = {each.name: (each.licence, each.within) for each in python_parts(FOUND)}
    assert parts["libx264-d6533a8d.so.165"] == ("GPL-2.0-or-later", "av")
    assert parts["discord.py"] == ("MIT", "")


@each_case(
    ("name", "licence", "within"),
    [
        ("aiohttp", "Apache-2.0 AND MIT", ""),
        ("libx264.so", "GPL-2.0-or-later", "av"),
    ],
)
def test_what_is_allowed_or_an_exception_is_fine(name: str, licence: str, within: str) -> None:
    assert licence_problems([part(name, licence, within)]) == []


@each_case(
    ("name", "licence", "within"),
    [
        ("new", "GPL-2.0-or-later", ""),  # an exception is for one package alone
        ("new", "MIT AND Proprietary", ""),
        ("new", "", ""),
        ("libnew.so", "", "pillow"),
    ],
)
def test_another_licence_or_none_is_a_problem(name: str, licence: str, within: str) -> None:
    [problem] = licence_problems([part(name, licence, within)])
    assert name in problem


def test_every_exception_has_a_reason() -> None:
    assert all(each["why"].strip() for each in RULES["exceptions"].values())


def test_the_bill_names_easel_what_it_is_made_of_and_the_packages_of_the_base() -> None:
    made = bill(FOUND, list(python_parts(FOUND)), datetime(2026, 11, 30, tzinfo=UTC))
    assert (made["bomFormat"], made["specVersion"]) == ("CycloneDX", "1.6")
    assert made["metadata"]["component"]["purl"] == "pkg:pypi/easel-bot@1.0.0"
    assert [each["name"] for each in made["components"]] == [
        "av",
        "libx264-d6533a8d.so.165",
        "discord.py",
        "bash",
    ]
    refs = [each["bom-ref"] for each in made["components"]]
    assert len(refs) == len(set(refs))
