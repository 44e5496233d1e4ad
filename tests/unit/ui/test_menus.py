"""Whose picture a remix starts from, and what is said of a message that offers nothing."""

from __future__ import annotations

from typing import Any

import discord

from bot.ui.base.discord_limits import MAX_FORM_TITLE, MAX_OPTION_TEXT
from bot.ui.menus import RemixForm, avatar_of, no_images_text
from bot.ui.requests.forms import which_reference
from tests.tables import each_case
from tests.unit.ui.jobs import MARKDOWN, reference_named
from tests.unit.ui.requests.messages import message

ID = 7 << 22
AVATARS = "https://cdn.discordapp.com"


def user(avatar: str | None) -> dict[str, Any]:
    return {"id": str(ID), "username": "ben", "discriminator": "0", "avatar": avatar}


def member(avatar: str | None, server_avatar: str | None) -> discord.Member:
    state = discord.Client(intents=discord.Intents.none())._connection  # pyright: ignore[reportPrivateUsage]  # no other way to read a payload
    guild = discord.Guild(state=state, data={"id": "9", "name": "Studio"})  # type: ignore[typeddict-item]
    said: Any = {"user": user(avatar), "roles": [], "joined_at": None, "flags": 0, "avatar": server_avatar}
    return discord.Member(data=said, guild=guild, state=state)


@each_case(
    ("avatar", "server_avatar", "path"),
    [
        ("abc", None, f"/avatars/{ID}/abc.png"),
        ("abc", "def", f"/guilds/9/users/{ID}/avatars/def.png"),
        (None, "a_def", f"/guilds/9/users/{ID}/avatars/a_def.png"),
        ("a_abc", None, f"/avatars/{ID}/a_abc.png"),
        (None, None, "/embed/avatars/1.png"),
    ],
)
def test_the_avatar_of_this_server_comes_first_and_an_animated_one_stands_still(
    avatar: str | None, server_avatar: str | None, path: str
) -> None:
    reference = avatar_of(member(avatar, server_avatar))
    assert reference.url == f"{AVATARS}{path}?size=1024"
    assert (reference.name, reference.content_type) == ("image", "image/png")


@each_case("name", ["Ben", MARKDOWN, "x" * 200, "\u202e\n"])
def test_the_title_of_a_remix_fits_whatever_somebody_is_called(name: str) -> None:
    title = RemixForm(name, reference_named("image")).title
    assert title.startswith("Remix the avatar of")
    assert len(title) <= MAX_FORM_TITLE == 45
    assert title.isprintable()


def test_twenty_five_pictures_with_long_names_can_be_chosen_from() -> None:
    references = tuple(reference_named("image") for _ in range(25))
    options = which_reference(references).options
    assert [option.value for option in options] == [str(index) for index in range(25)]
    assert all(len(option.label) <= MAX_OPTION_TEXT for option in options)
    assert [option.default for option in options] == [True, *[False] * 24]


def test_a_message_that_is_hidden_from_us_is_told_apart_from_one_without_pictures() -> None:
    assert "doesn't let Easel see this message" in no_images_text(message())
    assert "message has no picture Easel can use" in no_images_text(message(content="hello"))
