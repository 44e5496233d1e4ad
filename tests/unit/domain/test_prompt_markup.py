"""Prompts say what people saw, and no id of anybody."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.prompts import Mention, as_seen
from tests.tables import each_case

NAMES = {
    (Mention.USER, 123456789012345678): "Ada",
    (Mention.ROLE, 22): "Painters",
    (Mention.CHANNEL, 33): "studio",
}


@each_case(
    ("typed", "seen"),
    [
        ("a <:fox:123456789012345678> cub", "a :fox: cub"),
        ("<a:dance:1>", ":dance:"),
        ("<@123456789012345678> and <@!123456789012345678>", "Ada and Ada"),
        ("<@9> in a hat", "someone in a hat"),
        ("<@&22> <@&9>", "Painters a role"),
        ("<#33> <#9>", "#studio a channel"),
        ("</tray add:123>", "/tray add"),
        (
            "<t:1767225600> <t:1767225600:R> <t:0:d>",
            "1 January 2026, 00:00 UTC 1 January 2026, 00:00 UTC 1 January 1970, 00:00 UTC",
        ),
        ("<t:99999999999999:R>", "<t:99999999999999:R>"),
        ("<id:customize> <id:linked-roles:44>", "customize linked roles"),
        ("`<@123456789012345678>` ```<:a_b:7>```", "`Ada` ```:a_b:```"),
        ("a <b> c <3 <- <@> <:x:> < @1>", "a <b> c <3 <- <@> <:x:> < @1>"),
    ],
)
def test_markup_becomes_what_people_see_of_it(typed: str, seen: str) -> None:
    assert as_seen(typed, lambda kind, of: NAMES.get((kind, of))) == seen


@given(st.text("<>@!&#:at/idx19 `", max_size=60))
def test_no_mention_is_left_whatever_stands_around_it(text: str) -> None:
    assert re.search(r"<(@[!&]?|#)\d{1,20}>", as_seen(as_seen(text))) is None
