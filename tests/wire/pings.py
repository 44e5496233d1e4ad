"""Whom a message would really notify (docs: resources/message, allowed mentions)."""

from __future__ import annotations

import re

from tests.wire.components import shown_text
from tests.wire.state import JsonDict, Message, Ping, World

USER_MENTION = re.compile(r"<@!?(\d+)>")
ROLE_MENTION = re.compile(r"<@&(\d+)>")
EVERYONE = re.compile(r"@(everyone|here)")
MESSAGE_DEFAULT: JsonDict = {"parse": ["users", "roles", "everyone"], "replied_user": True}
INTERACTION_DEFAULT: JsonDict = {"parse": ["users"], "replied_user": True}


def ping_of(world: World, message: Message, allowed: JsonDict | None) -> Ping | None:
    """The ping a new `message` causes, or None. Edits never ping, so they never ask."""
    if allowed is None:
        allowed = MESSAGE_DEFAULT if message.interaction_id is None else INTERACTION_DEFAULT
    text = shown_text(message.content, message.components)
    users = _allowed(USER_MENTION, text, "users", allowed)
    if allowed.get("replied_user") and message.reference_id is not None:
        users = (*users, world.messages[message.reference_id].author_id)
    ping = Ping(
        message_id=message.id,
        user_ids=tuple(dict.fromkeys(users)),
        role_ids=_allowed(ROLE_MENTION, text, "roles", allowed),
        everyone="everyone" in allowed.get("parse", []) and EVERYONE.search(text) is not None,
    )
    return ping if ping.user_ids or ping.role_ids or ping.everyone else None


def _allowed(mention: re.Pattern[str], text: str, kind: str, allowed: JsonDict) -> tuple[int, ...]:
    mentioned = [int(found) for found in mention.findall(text)]
    if kind in allowed.get("parse", []):
        return tuple(mentioned)
    listed: list[str] = allowed.get(kind) or []
    named = {int(each) for each in listed}
    return tuple(each for each in mentioned if each in named)
