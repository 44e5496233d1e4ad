"""The buttons and selects of messages that were sent long ago."""

from __future__ import annotations

from typing import Final

import pytest

from bot.client import persistent_items
from bot.ui.base.components import JOB_ID, PersistentButton, PersistentControl

# Never change or remove one while messages with it may be about: add another beside it.
IN_OLD_MESSAGES: Final = {
    ("again", r"[0-9a-z]{10}"),
    ("anew", r"[0-9a-z]{10}"),
    ("block24", r"[0-9a-z]{10}"),
    ("cancel", r"[0-9a-z]{10}"),
    ("compare", r"[0-9a-z]{10}\.[0-9]"),
    ("confirm", r"[0-9a-f]{16}"),
    ("delete", r"[0-9a-z]{10}\.[0-9]"),
    ("deletenow", r"[0-9a-z]{10}\.[0-9]"),
    ("draft", r"[0-9a-f]{16}(?:\.[0-9a-z]{10}\.[0-9]?\.[a-z]+)?"),
    ("drop", r"[0-9a-z]{10}"),
    ("edit", r"[0-9a-z]{10}(?:\.[0-9])?"),
    ("favour", r"[0-9a-z]{10}\.[0-9]"),
    ("filters", r"[0-9]{1,3}"),
    ("forget", r"[0-9]{1,20}"),
    ("info", r"[0-9a-z]{10}\.[0-9]"),
    ("larger", r"[0-9a-z]{10}(?:\.[0-9])?"),
    ("leave", r"[0-9a-f]{16}"),
    ("more", r"[0-9a-z]{10}(?:\.[0-9])?"),
    ("morepick", r"[0-9a-z]{10}"),
    ("open", r"here|beside"),
    ("panel", r"[a-z]+:(?:s|r[0-9]{1,20})(?::[0-9a-f]{16}(?:\.[0-9a-f]{16})?)?"),
    ("panelback", r"[0-9a-z]{10}\.[0-9]"),
    ("past", r"[0-9]{1,5}:[a-z-]:[0-9]{1,20}:.*"),
    ("presets", r"[0-9]{1,3}"),
    ("remove", r"[0-9a-z]{10}"),
    ("report", r"[0-9a-z]{10}"),
    ("revised", r"[0-9a-z]{10}\.[0-9]"),
    ("scene", r"[0-9a-z]{10}"),
    ("scene", r"[0-9a-z]{10}\.[0-9]"),
    ("share", r"[0-9a-z]{10}\.[0-9]"),
    ("standing", r"[0-9a-z]{10}"),
    ("starred", r"[0-9]{1,5}"),
    ("step", r"[0-9a-z]{10}"),
    ("tray", r"[a-z]+:[0-9]{1,20}(?::[0-9a-f]{12})?"),
    ("tree", r"[0-9a-z]{10}"),
    ("undraft", r"[0-9a-f]{16}(?:\.[0-9a-z]{10}\.[0-9]?\.[a-z]+)?"),
    ("unfavour", r"[0-9a-z]{10}\.[0-9]"),
    ("unstar", r"[0-9]{1,5}"),
    ("vary", r"[0-9a-z]{10}"),
}


def test_the_ids_in_old_messages_are_known_and_no_others() -> None:
    known = [item.__discord_ui_compiled_template__.pattern for item in persistent_items()]

    assert sorted(known) == sorted(
        f"easel:{action}:(?P<payload>{pattern})" for action, pattern in IN_OLD_MESSAGES
    )


def test_the_bot_does_not_start_with_a_button_that_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PersistentControl, "declared", [])
    PersistentButton("idle", JOB_ID, "Press me")

    with pytest.raises(LookupError, match="idle"):
        persistent_items()


def test_a_button_is_not_drawn_with_a_payload_it_would_not_be_known_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PersistentControl, "declared", [])
    button = PersistentButton("idle", JOB_ID, "Press me")

    with pytest.raises(ValueError, match="template"):
        button.button("NOT A JOB")
