"""What Discord takes: the limits of a message and of a form, and whether a view keeps them.

https://docs.discord.com/developers/components/reference
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from discord import ui

MAX_TEXT: Final = 4000  # of one message
MAX_COMPONENTS: Final = 40  # of one message, counted with those inside others
MAX_FILES: Final = 10  # of one message
MAX_ROW: Final = 5
MAX_LABEL: Final = 80  # of a button
MAX_CUSTOM_ID: Final = 100
MAX_OPTIONS: Final = 25
MAX_OPTION_TEXT: Final = 100
MAX_TITLE: Final = 45  # of a form, and of each label in it


def parts(view: ui.LayoutView) -> Iterator[dict[str, Any]]:
    """Every component of a serialised view, with those inside others."""

    def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for component in components:
            yield component
            yield from walk(component.get("components", []))
            if "accessory" in component:
                yield from walk([component["accessory"]])

    return walk(view.to_components())


def check_view(view: ui.LayoutView) -> list[dict[str, Any]]:
    """Assert that Discord would take it; return its components."""
    found = list(parts(view))
    assert json.dumps(found)
    assert view.content_length() <= MAX_TEXT
    assert len(found) <= MAX_COMPONENTS
    assert all(part["content"].strip() for part in found if "content" in part)
    custom_ids = [part["custom_id"] for part in found if "custom_id" in part]
    assert len(custom_ids) == len(set(custom_ids))
    assert all(len(one) <= MAX_CUSTOM_ID for one in custom_ids)
    for part in found:
        if part["type"] == 1:
            assert 1 <= len(part["components"]) <= MAX_ROW
        if part["type"] == 2:
            assert 0 < len(part["label"]) <= MAX_LABEL
        if part["type"] == 3:
            check_options(part["options"])
        if part["type"] == 9:
            assert 1 <= len(part["components"]) <= 3
    return found


def check_options(options: list[dict[str, Any]]) -> None:
    assert 1 <= len(options) <= MAX_OPTIONS
    assert len({one["value"] for one in options}) == len(options)
    for one in options:
        assert 0 < len(one["label"].strip()) <= MAX_OPTION_TEXT
        assert 0 < len(one.get("description") or "-") <= MAX_OPTION_TEXT


def chosen(field: dict[str, Any]) -> list[str]:
    return [option["value"] for option in field["options"] if option.get("default")]


def check_form(form: ui.Modal) -> None:
    """Assert that Discord would take it."""
    shown: dict[str, Any] = form.to_dict()
    assert 0 < len(shown["title"]) <= MAX_TITLE
    assert 1 <= len(shown["components"]) <= 5
    for label in shown["components"]:
        assert 0 < len(label["label"]) <= MAX_TITLE
        assert len(label.get("description") or "") <= 100
        control: dict[str, Any] = label["component"]
        assert len(control.get("value") or "") <= control.get("max_length", 0) <= MAX_TEXT
        assert len(control.get("placeholder") or "") <= 100
        if options := control.get("options"):
            check_options(options)
            assert len(chosen(control)) <= 1
