"""Easel where only a person brought it along: no server's rules hold for them, nor do they speak for a server."""

from __future__ import annotations

from typing import Any, Final

import pytest

from bot.domain.jobs import JobState, ReplyScope, RequestContext
from bot.domain.moderation import PauseServer
from tests.wire.app import Scene
from tests.wire.court import Court, whispered
from tests.wire.driving import Context
from tests.wire.state import JsonDict, User

ONLY_IN_SERVERS: Final = "works in a server that has added Easel"
ONLY_MODERATORS: Final = "Only this server's moderators"
MEMBERS_OWN: Final = {
    *("imagine", "edit", "animate", "queue", "me", "mydata export", "mydata delete"),
    *("tray add", "tray show", "tray clear"),
    *("series", "describe", "verify", "help", "defaults set", "defaults show", "defaults clear"),
    *("history", "show", "favourites"),
    *("preset save", "preset use", "preset list", "preset delete"),
    *("Edit image", "Animate", "Add to references", "Blend", "Describe", "Remix avatar"),
}


@pytest.fixture
async def court(easel: Scene) -> Court:
    return Court(scene=easel)


def moderators_commands(court: Court) -> dict[str, dict[str, Any]]:
    """Every one, with what it needs."""
    member, art = {"member": court.scene.ada}, {"channel": court.scene.art}
    return {
        "limits show": {},
        "limits set": {"limit": "images_per_day", "value": "5"},
        "limits clear": {"limit": "everything"},
        "limits explain": member,
        "limits grant": {**member, "images": 5, "reason": "a prize"},
        "limits reset": member,
        "limits panel": {},
        "setup": {},
        "budget": {},
        "block": {**member, "reason": "spam"},
        "unblock": member,
        "pause": {},
        "resume": {},
        "filter add": {"kind": "word", "text": "horse"},
        "filter remove": {"number": 1},
        "filter list": {},
        "filter test": {"prompt": "a zebra"},
        "channels allow": art,
        "channels deny": art,
        "channels clear": art,
        "channels show": {},
        "modlog channel": art,
        "modlog changes": {},
        "preset share": {"name": "ink"},
        "defaults server": {"enhance": "on"},
    }


def names_of(commands: list[JsonDict]) -> set[str]:
    """Every slash command as a person types it."""
    names: set[str] = set()
    for command in commands:
        options: list[JsonDict] = command.get("options", [])
        inner = [each for each in options if each["type"] in {1, 2}]
        names |= {f"{command['name']} {name}" for name in names_of(inner)} if inner else {command["name"]}
    return names


async def use_them_all(court: Court, user: User, context: Context) -> set[str]:
    """What a person is told, whichever of the moderators' commands they use."""
    answers: set[str] = set()
    for name, options in moderators_commands(court).items():
        handle = await court.scene.server.slash(user, court.scene.art, name, options, context=context)
        answers.add(await whispered(handle))
    return answers


async def test_the_rules_of_a_server_do_not_hold_for_what_a_person_brought_along(court: Court) -> None:
    await court.forbid_everything()
    easel = court.scene
    words = {"prompt": "a zebra in snow"}
    refused = await easel.server.slash(easel.ada, easel.art, "imagine", words)
    assert "Back on Monday" in await whispered(refused)
    handle = await easel.server.slash(easel.ada, easel.art, "imagine", words, context=Context.ELSEWHERE)
    job = await easel.done(handle)
    assert (job.state, job.reply_target.scope) == (JobState.DONE, ReplyScope.NOWHERE)
    assert handle.message is not None
    assert len(handle.message.attachments) == 1


async def test_what_a_person_brought_along_is_on_no_books_of_the_servers(court: Court) -> None:
    await court.forbid_everything()
    easel = court.scene
    handle = await easel.server.slash(
        easel.ada, easel.art, "imagine", {"prompt": "a zebra"}, context=Context.ELSEWHERE
    )
    job = await easel.done(handle)
    now, guild_id = easel.clock.now(), easel.guild.id
    spent = await easel.app.base.moderation.spent(guild_id, now=now)
    assert (spent.month.total, spent.today_micro_usd, spent.reserved_micro_usd) == (0, 0, 0)
    facts = await easel.app.base.moderation.facts(easel.ada.id, guild_id, RequestContext(), now=now)
    assert (facts.here.entries, facts.here.micro_usd_today) == ([], 0)
    assert [entry.images for entry in facts.everywhere.entries] == [1]
    assert facts.everywhere.micro_usd_today == (await easel.spend()).micro_usd > 0
    assert await court.jobs_logged() == 0
    assert await easel.client.moderation.removable(job.id, guild_id=guild_id) is None


async def test_nothing_of_a_server_is_told_to_whoever_brought_easel_along(court: Court) -> None:
    await court.forbid_everything()
    easel = court.scene
    handle = await easel.server.slash(easel.ada, easel.art, "me", context=Context.ELSEWHERE)
    assert "Back on Monday" not in await whispered(handle)
    handle = await easel.server.slash(easel.ada, easel.art, "me")
    assert "Back on Monday" in await whispered(handle)


async def test_bringing_easel_along_into_a_server_that_has_it_lifts_no_rule(court: Court) -> None:
    await court.decide(PauseServer(text="Back on Monday."))
    easel = court.scene
    handle = await easel.server.slash(
        easel.ada, easel.art, "imagine", {"prompt": "a fox"}, context=Context.BOTH
    )
    assert "Back on Monday" in await whispered(handle)


async def test_these_are_all_commands_of_moderators(court: Court) -> None:
    registered = names_of(court.scene.server.commands.listed(None))
    assert registered == set(moderators_commands(court)) | MEMBERS_OWN


async def test_a_moderator_who_brought_easel_along_moderates_nothing(court: Court) -> None:
    await court.forbid_everything()
    before = await court.record()
    [answer] = await use_them_all(court, court.mo, Context.ELSEWHERE)
    assert ONLY_IN_SERVERS in answer
    assert await court.record() == before


async def test_a_member_moderates_nothing_whatever_discord_shows_them(court: Court) -> None:
    await court.forbid_everything()
    before = await court.record()
    [answer] = await use_them_all(court, court.scene.ada, Context.GUILD)
    assert ONLY_MODERATORS in answer
    assert await court.record() == before
