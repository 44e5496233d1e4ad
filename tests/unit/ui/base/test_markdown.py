from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.prompts import clean_prompt
from bot.ui.base.markdown import fits, inert, quote
from tests.tables import each_case

# What Discord's client and API look for in text, once escaped characters are taken out.
TRIGGERS = re.compile(r"[*_~`|<>\[\]@]|\w://")
LINE_TRIGGERS = re.compile(r"^\s*(#{1,3}(\s|$)|-#|-(\s|$)|\+(\s|$)|>|\d+[.)]\s)", re.MULTILINE)
# A backslash before anything but a letter, a digit or a space escapes it, as in Discord's own parser.
ESCAPE = re.compile(r"\\([^0-9A-Za-z\s])")

ATTACKS = [
    "<@501>",
    "<@!501>",
    "<@&88>",
    "<#20>",
    "@everyone",
    "@here",
    "\\@everyone",
    "\\\\@everyone",
    "@\u200beveryone",
    "<id:customize>",
    "</imagine:123456789012345678>",
    "<:fox:123456789012345678>",
    "<a:fox:123456789012345678>",
    "<t:1700000000:R>",
    "https://evil.example/a",
    "HTTPS://EVIL.EXAMPLE",
    "http://evil.example",
    "steam://run/1",
    "discord://-/settings",
    "<https://evil.example>",
    "https:\u200b//evil.example",
    "[free nitro](https://evil.example)",
    "[a](<https://evil.example> 'b')",
    "# heading",
    "## heading",
    "### heading",
    "-# small",
    "#",
    "- item",
    "-",
    "* item",
    "+ item",
    "1. item",
    "12) item",
    "> quote",
    ">>> quote all",
    "a\n# heading\n> quote\n- item\n2. item",
    "a\r# heading",
    "a\u2028# heading",
    "**bold** __under__ *it* _it_ ***both***",
    "~~gone~~",
    "||spoiler||",
    "`code` ``code``",
    "```\nblock\n```",
    "```py\n@everyone",
    "\\",
    "\\\\",
    "a\\\nb",
    "\\`",
    "\\\\`code`",
    "\u202egpj.xof",
    "fo\u200bx \u2066isolated\u2069",
    "<@501\u200d>",
]

nasty = st.text(st.sampled_from("\\*_~`|<>[]()@:/#-+.123 \nahtps!&\u200b\u202e\u200d🦊"), max_size=120)
texts = st.one_of(nasty, st.text(max_size=120), st.sampled_from(ATTACKS))


def escapes_away(text: str) -> str:
    """What is left for Discord's parser to see: every escaped pair becomes a letter without meaning."""
    return ESCAPE.sub("x", text)


def as_read(text: str) -> str:
    """What a person sees of escaped text."""
    return ESCAPE.sub(r"\1", text)


@each_case("attack", ATTACKS)
def test_known_attacks_stay_words(attack: str) -> None:
    text = escapes_away(inert(attack))

    assert not TRIGGERS.search(text)
    assert not LINE_TRIGGERS.search(text)


@given(texts)
@example("-#1")
def test_nothing_a_person_types_leaves_an_unescaped_trigger(text: str) -> None:
    left = escapes_away(inert(text))

    assert "\\" not in left
    assert not TRIGGERS.search(left)
    assert not LINE_TRIGGERS.search(left)


@given(texts)
def test_inert_text_reads_exactly_as_it_was_meant(text: str) -> None:
    assert as_read(inert(text)) == clean_prompt(text)


def test_plain_words_are_left_alone() -> None:
    text = "A red fox (vulpes), 50% in snow - at 8:30; #1 of 3, isn't it?"

    assert inert(text) == text


@given(text=st.one_of(texts, st.text(max_size=3000)), room=st.integers(2, 400))
def test_a_quote_never_takes_more_than_its_room(text: str, room: int) -> None:
    assert len(quote(text, room)) <= room


@given(text=st.one_of(texts, nasty.map(lambda part: part * 20)), room=st.integers(2, 200))
def test_a_quote_never_ends_inside_an_escape(text: str, room: int) -> None:
    quoted = quote(text, room)

    assert "\\" not in escapes_away(quoted.removesuffix("…"))


@given(text=texts, room=st.integers(2, 400))
def test_a_quote_is_inert_line_by_line(text: str, room: int) -> None:
    for line in quote(text, room).split("\n"):
        assert line.startswith(">")
        left = escapes_away(line.removeprefix(">").removeprefix(" "))
        assert not TRIGGERS.search(left)
        assert not LINE_TRIGGERS.search(left)


@given(text=texts, room=st.integers(2, 400))
def test_what_fits_is_shown_whole_and_what_does_not_ends_in_an_ellipsis(text: str, room: int) -> None:
    quoted = quote(text, room)
    shown = "\n".join(line.removeprefix(">").removeprefix(" ") for line in quoted.split("\n"))

    if fits(text, room):
        assert as_read(shown) == clean_prompt(text)
    else:
        assert quoted.endswith("…")


@given(nasty.map(lambda part: f"fox {part}" * 30))
def test_a_cut_quote_uses_nearly_all_its_room(text: str) -> None:
    quoted = quote(text, 200)

    if not fits(text, 200):
        assert len(quoted) >= 180
