"""What the pages for members and operators tell of settings, commands and tables is so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from discord import app_commands
from discord.ext import commands

from bot.client import COGS
from bot.settings import Settings
from bot.storage.schema import metadata
from tests.tables import each_case

ROOT: Final = Path(__file__).parents[2]
TEMPLATES: Final = ("PRIVACY.md", "TERMS.md")
NO_LIMIT: Final = {"for ever", "no limit", ""}  # of a setting without a value
SAID_OTHERWISE: Final = {  # in docs/settings.md, whose default is worked out when Easel starts
    "DATABASE_URL": "SQLite under `DATA_DIR`",
    "EASEL_OPERATORS": "the application's owner",
    "EASEL_GUILDS": "everybody",
    "EASEL_SHARDS": "all, as many as Discord wants",
}
OF_A_PERSON: Final = {"user_id", "by_user_id", "owner_id", "subject_id", "removed_by"}
IN_TEXT: Final = {
    "servers",
    "audit",
    "log_entries",
    "notes",
    "originals",
    "kept",
}  # an id in JSON or in a key


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def default_of(name: str) -> str:
    default: Any = Settings.model_fields[name.lower()].default
    return "" if default is None or default in ((), frozenset()) else str(default)


def marks() -> Iterator[tuple[str, str, str]]:
    """Every [value: SETTING] of the templates."""
    for page in TEMPLATES:
        for value, name in re.findall(r"\[([^\]\n:]*): ([A-Z_]+)\]", text_of(page)):
            yield page, value, name


def test_each_value_in_the_templates_is_the_settings_default() -> None:
    told = list(marks())
    assert {page for page, _value, _name in told} == set(TEMPLATES)
    for page, value, name in told:
        expected = default_of(name)
        assert value == expected or (value in NO_LIMIT and not expected), f"{page}: {name}"


def test_each_setting_stands_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| `([A-Z0-9_]+)` \| (.*?) \| ", text_of("docs/settings.md"), re.MULTILINE))
    rows |= dict.fromkeys(
        re.findall(r"^\| `([A-Z0-9_]+)` \| \| ", text_of("docs/settings.md"), re.MULTILINE), ""
    )
    assert rows.keys() == {name.upper() for name in Settings.model_fields}
    for name, told in rows.items():
        expected, path = default_of(name), "./"  # of which pathlib knows nothing
        is_so = told.strip("`").removeprefix(path) == expected or (told in NO_LIMIT and not expected)
        assert is_so or told == SAID_OTHERWISE.get(name), name


def command_names() -> set[str]:
    names: set[str] = set()
    for cog in COGS:
        for kind in vars(import_module(cog)).values():
            if isinstance(kind, type) and issubclass(kind, commands.Cog):
                for command in kind.__cog_app_commands__:
                    names |= {command.name}
                    if isinstance(command, app_commands.Group):
                        names |= {each.qualified_name for each in command.walk_commands()}
    return names


@each_case("page", [*TEMPLATES, "docs/privacy.md", "docs/commands.md", "docs/moderating.md"])
def test_each_command_of_a_page_exists(page: str) -> None:
    told = set(re.findall(r"`/([a-z]+(?: [a-z]+)?)[^`]*`", text_of(page)))
    known = command_names()
    groups = {name.split()[0] for name in known if " " in name}
    assert told
    # After a command that has no subcommands, the second word is an option.
    assert {name if name.split()[0] in groups else name.split()[0] for name in told} <= known


def test_each_table_is_told_of_with_whose_id_it_holds() -> None:
    _, _, section = text_of("docs/privacy.md").partition("## Where it is")
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    with_id = re.findall(r"`(\w+)`", " ".join(rows))
    others = re.findall(r"`([a-z_]+)`", section.rpartition("|\n")[2].partition(" hold no")[0])
    assert sorted([*with_id, *others]) == sorted(table.name for table in metadata.sorted_tables)
    held = {table.name for table in metadata.sorted_tables if OF_A_PERSON & set(table.c.keys())}
    assert set(with_id) == held | IN_TEXT
