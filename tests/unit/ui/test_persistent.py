"""The buttons and selects of messages that were sent long ago."""

from __future__ import annotations

from typing import Final

import pytest

from bot.client import persistent_items
from bot.ui.base.access import check_nothing
from bot.ui.base.components import JOB_ID, PersistentButton, PersistentControl
from tests.tables import each_case

ID: Final = r"(?:[0-9]{1,18}|[1-8][0-9]{18})"
ORIGINS: Final = "again|vary|edit|enlarge|revised|scene|animate"
# Never change or remove one while messages with it may be about: add another beside it.
IN_OLD_MESSAGES: Final = {
    ("again", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("animate", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("anew", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("block24", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("cancel", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("compare", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("confirm", r"[0-9a-f]{16}"),
    ("delete", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("deletenow", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("describe", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("dismiss", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("draft", rf"[0-9a-f]{{16}}(?:\.[0-9a-hjkmnp-tv-z]{{10}}\.[0-9]?\.(?:{ORIGINS}))?"),
    ("drop", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("edit", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("edit", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("favour", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("filters", r"[0-9]{1,3}"),
    ("forget", ID),
    ("info", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("keepback", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("larger", r"[0-9a-hjkmnp-tv-z]{10}(?:\.[0-9])?"),
    ("leave", r"[0-9a-f]{16}"),
    ("more", r"[0-9a-hjkmnp-tv-z]{10}(?:\.[0-9])?"),
    ("morepick", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("open", r"here|beside"),
    ("paint", r"[0-9a-f]{16}\.[0-3]"),
    (
        "panel",
        rf"(?:(?:yes|no):(?:s|r{ID}):[0-9a-f]{{16}}(?:\.[0-9a-f]{{16}}){{0,2}}"
        rf"|(?:home|role|limit|budgets|modlog|pause|resume|forget):(?:s|r{ID}))",
    ),
    ("panelback", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("past", rf"[0-9]{{1,5}}:[a-z-]:{ID}:.*"),
    ("presets", r"[0-9]{1,3}"),
    ("remove", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("report", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("resume", r"answer"),
    ("revised", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("reword", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("reword", rf"[0-9a-f]{{16}}(?:\.[0-9a-hjkmnp-tv-z]{{10}}\.[0-9]?\.(?:{ORIGINS}))?"),
    ("scene", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("scene", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("setup", r"panel|again"),
    ("share", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("standing", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("starred", r"[0-9]{1,5}"),
    ("step", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("tray", rf"[a-z]+:{ID}(?::[0-9a-f]{{12}})?"),
    ("tree", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("undraft", rf"[0-9a-f]{{16}}(?:\.[0-9a-hjkmnp-tv-z]{{10}}\.[0-9]?\.(?:{ORIGINS}))?"),
    ("unblock", r"list"),
    ("unblock", rf"(?:answer|list|log):{ID}"),
    ("unfavour", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("unstar", r"[0-9]{1,5}"),
    ("vary", r"[0-9a-hjkmnp-tv-z]{10}"),
    ("vary", r"[0-9a-hjkmnp-tv-z]{10}\.[0-9]"),
    ("videos", r"open|close"),
}


def test_the_ids_in_old_messages_are_known_and_no_others() -> None:
    known = [item.__discord_ui_compiled_template__.pattern for item in persistent_items()]

    assert sorted(known) == sorted(
        f"easel:{action}:(?P<payload>{pattern})" for action, pattern in IN_OLD_MESSAGES
    )


def test_the_bot_does_not_start_with_a_button_that_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PersistentControl, "declared", [])
    PersistentButton("idle", JOB_ID, "Press me", check=check_nothing)

    with pytest.raises(LookupError, match="idle"):
        persistent_items()


def test_a_button_is_not_drawn_with_a_payload_it_would_not_be_known_by(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(PersistentControl, "declared", [])
    button = PersistentButton("idle", JOB_ID, "Press me", check=check_nothing)

    with pytest.raises(ValueError, match="template"):
        button.button("NOT A JOB")


# Who may press: a check of `bot/ui/base/access.py` decides, before the handler is called.
CHECKS: Final = {
    "check_result": {
        *(
            "anew",
            "vary",
            "more",
            "revised",
            "scene",
            "info",
            "share",
            "delete",
            "deletenow",
        ),
        *("panelback", "morepick", "favour", "unfavour", "tree", "step", "report"),
    },
    "check_picture": {"vary", "edit", "larger", "describe", "compare", "animate"},
    "check_chosen_result": {"open"},
    "check_job": {"cancel", "again", "drop", "keepback", "reword"},
    "check_moderator": {
        "confirm",
        "leave",
        "panel",
        "filters",
        "unblock",
        "resume",
        "dismiss",
        "setup",
        "videos",
    },
    "check_servers_job": {"remove", "block24", "standing"},
    "check_nothing": {
        "starred",
        "unstar",
        "past",
        "forget",
        "tray",
        "draft",
        "undraft",
        "paint",
        "presets",
        "reword",
    },
}


def test_each_button_declares_who_may_press_it() -> None:
    persistent_items()

    declared: dict[str, set[str]] = {}
    for control in PersistentControl.declared:
        declared.setdefault(control.check.__name__, set()).add(control.action)

    assert declared == CHECKS


@each_case(
    "custom_id",
    [
        "easel:forget:99999999999999999999",
        "easel:tray:show:9223372036854775808",
        "easel:past:0:-:99999999999999999999:",
        "easel:panel:role:r99999999999999999999",
        "easel:panel:dance:s",
        "easel:panel:yes:s",
        "easel:draft:0123456789abcdef.0123456789..dance",
        "easel:reword:0123456789abcdef.0123456789..dance",
        "easel:vary:0123456789.x",
        "easel:more:0123456789.x",
        "easel:report:0123456789a",
        "easel:filters:x",
        "easel:unblock:here:5",
        "easel:unblock:log:99999999999999999999",
    ],
)
def test_an_id_that_no_handler_could_read_belongs_to_no_button(custom_id: str) -> None:
    assert not any(item.__discord_ui_compiled_template__.fullmatch(custom_id) for item in persistent_items())
