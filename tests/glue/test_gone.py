"""Limits of roles that were deleted, and what moderators read about them."""

from __future__ import annotations

import discord

from bot.domain.moderation import Applied, SetLimit
from bot.domain.policy.rules import Limit, Scope
from tests.glue.moderating import by_mo, guild_of
from tests.glue.room import Room, scene

NEVER_WAS = 1_234_567_890_123_456_789  # deleted while the bot was down


async def limit_role(room: Room, role_id: int) -> None:
    change = SetLimit(scope=Scope.ROLE, subject_id=role_id, limit=Limit.IMAGES_PER_DAY, value=1)
    outcome = await room.world.client.moderation.change(guild_of(room).id, change, by=1)
    assert isinstance(outcome, Applied)


async def limited_roles(room: Room) -> list[int | None]:
    rules = (await room.world.client.moderation.settings(guild_of(room).id)).rules
    return [rule.subject_id for rule in rules]


@scene()
async def test_the_limits_of_a_deleted_role_go_with_it(room: Room) -> None:
    role = guild_of(room).roles["Moderator"]
    await limit_role(room, role.id)
    known = room.world.client.get_guild(guild_of(room).id)
    assert known is not None
    cached = known.get_role(role.id)
    assert isinstance(cached, discord.Role)

    await room.world.client.on_guild_role_delete(cached)

    assert await limited_roles(room) == []
    assert "removed every limit" in await by_mo(room, "modlog changes")


@scene()
async def test_a_role_that_went_while_the_bot_was_down_is_named_and_loses_its_limits(room: Room) -> None:
    await limit_role(room, NEVER_WAS)
    await limit_role(room, guild_of(room).roles["Moderator"].id)

    text = await by_mo(room, "limits show")

    assert f"role gone (`{NEVER_WAS}`)" in text
    assert await limited_roles(room) == [guild_of(room).roles["Moderator"].id]
    assert "gone" not in await by_mo(room, "limits show")


@scene()
async def test_roles_that_discord_does_not_tell_keep_their_limits(room: Room) -> None:
    await limit_role(room, NEVER_WAS)
    room.world.env.inject_error("GET", f"/guilds/{guild_of(room).id}/roles", times=None)

    assert "gone" not in await by_mo(room, "limits show")

    assert await limited_roles(room) == [NEVER_WAS]
