"""What moderators decide about one member: grants, resets, blocks."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, update

from bot.domain.jobs import ReplyScope, ReplyTarget, RequestContext
from bot.domain.moderation import BlockMember, GiveImages, NoChange, PastDenial, ResetMember, UnblockMember
from bot.domain.policy.decision import Denied
from bot.storage.engine import Store
from bot.storage.schema import blocks, denials, grants, resets
from bot.storage.stores import SqlJobStore, SqlModerationStore
from bot.storage.submit import KEPT_DENIALS
from tests.contract.moderation_material import ELSEWHERE, GUILD, MAX, MOD, applied, count, execute, refused
from tests.contract.store_material import ANN, BEN, CAT, FREELY, NOW, RATES, new_job

HOUR = timedelta(hours=1)


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


def give(images: int = 10, expires_at: datetime | None = None, user_id: int = ANN) -> GiveImages:
    return GiveImages(user_id=user_id, images=images, expires_at=expires_at, reason="a contest")


def block(until: datetime | None = None, reason: str = "spam", user_id: int = ANN) -> BlockMember:
    return BlockMember(user_id=user_id, until=until, reason=reason)


async def test_a_grant_is_there_to_be_used(moderation: SqlModerationStore) -> None:
    outcome = await applied(moderation, give(10, NOW + HOUR))

    (grant,) = await moderation.grants(GUILD, ANN, now=NOW)
    assert (grant.images, grant.left, grant.expires_at) == (10, 10, NOW + HOUR)
    assert (grant.reason, grant.by, grant.at, grant.user_id) == ("a contest", MOD, NOW, ANN)
    assert outcome.before == {}
    assert outcome.after == {
        "grant_id": grant.id,
        "images": 10,
        "expires_at": (NOW + HOUR).isoformat(),
        "reason": "a contest",
    }


async def test_the_same_grant_can_be_given_again(moderation: SqlModerationStore) -> None:
    first = await applied(moderation, give())
    second = await applied(moderation, give())

    assert first.after["grant_id"] != second.after["grant_id"]
    assert len(await moderation.grants(GUILD, ANN, now=NOW)) == 2


async def test_grants_that_expire_sooner_come_first(moderation: SqlModerationStore) -> None:
    for images, expires_at in ((1, None), (2, NOW + 2 * HOUR), (3, NOW + HOUR), (4, None)):
        await applied(moderation, give(images, expires_at))

    assert [one.images for one in await moderation.grants(GUILD, ANN, now=NOW)] == [3, 2, 1, 4]


async def test_used_and_expired_grants_are_not_shown(store: Store, moderation: SqlModerationStore) -> None:
    await applied(moderation, give(1))
    await execute(store, update(grants).values(left=0))
    await applied(moderation, give(2, NOW + HOUR))

    assert [one.images for one in await moderation.grants(GUILD, ANN, now=NOW)] == [2]
    assert await moderation.grants(GUILD, ANN, now=NOW + HOUR) == ()


async def test_a_grant_is_one_members_in_one_server(moderation: SqlModerationStore) -> None:
    await applied(moderation, give())

    assert await moderation.grants(GUILD, BEN, now=NOW) == ()
    assert await moderation.grants(ELSEWHERE, ANN, now=NOW) == ()


async def test_a_reset_tells_when_the_last_one_was(store: Store, moderation: SqlModerationStore) -> None:
    first = await applied(moderation, ResetMember(user_id=ANN))
    second = await applied(moderation, ResetMember(user_id=ANN), now=NOW + HOUR)

    assert (first.before, first.after) == ({}, {"at": NOW.isoformat()})
    assert (second.before, second.after) == (first.after, {"at": (NOW + HOUR).isoformat()})
    assert await count(store, resets, resets.c.at == NOW + HOUR) == 1


@pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=30)])
async def test_a_reset_never_goes_back_by_a_moment(
    store: Store, moderation: SqlModerationStore, late: timedelta
) -> None:
    await applied(moderation, ResetMember(user_id=ANN))

    assert await refused(moderation, ResetMember(user_id=ANN), now=NOW - late) is NoChange.SAME
    assert await count(store, resets, resets.c.at == NOW) == 1


async def test_a_block_is_in_force_until_it_ends(moderation: SqlModerationStore) -> None:
    outcome = await applied(moderation, block(NOW + HOUR))

    (found,) = await moderation.blocks(GUILD, now=NOW, limit=25)
    assert (found.user_id, found.until, found.reason, found.by) == (ANN, NOW + HOUR, "spam", MOD)
    assert (outcome.before, outcome.after) == ({}, {"until": (NOW + HOUR).isoformat(), "reason": "spam"})
    assert (await moderation.facts(ANN, GUILD, RequestContext(), now=NOW)).block == found
    assert await moderation.blocks(GUILD, now=NOW + HOUR, limit=25) == ()


async def test_a_second_block_replaces_the_first(moderation: SqlModerationStore) -> None:
    await applied(moderation, block(NOW + HOUR))

    outcome = await applied(moderation, block(None, "again"), by=MAX, now=NOW + timedelta(minutes=1))

    assert outcome.before == {"until": (NOW + HOUR).isoformat(), "reason": "spam"}
    assert outcome.after == {"until": None, "reason": "again"}
    (found,) = await moderation.blocks(GUILD, now=NOW + 9 * HOUR, limit=25)
    assert (found.until, found.reason, found.by) == (None, "again", MAX)


async def test_the_same_block_again_changes_nothing(moderation: SqlModerationStore) -> None:
    await applied(moderation, block())

    assert await refused(moderation, block()) is NoChange.SAME


async def test_a_block_that_ended_stands_in_nobodys_way(moderation: SqlModerationStore) -> None:
    await applied(moderation, block(NOW + HOUR))

    assert await refused(moderation, UnblockMember(user_id=ANN), now=NOW + HOUR) is NoChange.NOT_SET
    outcome = await applied(moderation, block(NOW + 3 * HOUR), now=NOW + 2 * HOUR)
    assert outcome.before == {}


async def test_a_block_can_be_lifted_once(moderation: SqlModerationStore) -> None:
    await applied(moderation, block())

    outcome = await applied(moderation, UnblockMember(user_id=ANN))

    assert (outcome.before, outcome.after) == ({"until": None, "reason": "spam"}, {})
    assert await moderation.blocks(GUILD, now=NOW, limit=25) == ()
    assert await refused(moderation, UnblockMember(user_id=ANN)) is NoChange.NOT_SET


async def test_a_block_holds_for_one_member_in_one_server(moderation: SqlModerationStore) -> None:
    await applied(moderation, block())

    assert await refused(moderation, UnblockMember(user_id=BEN)) is NoChange.NOT_SET
    assert await refused(moderation, UnblockMember(user_id=ANN), guild_id=ELSEWHERE) is NoChange.NOT_SET


async def test_the_latest_blocks_come_first_and_no_more_than_asked(moderation: SqlModerationStore) -> None:
    for minute, user_id in enumerate((ANN, BEN, CAT)):
        await applied(moderation, block(user_id=user_id), now=NOW + timedelta(minutes=minute))

    found = await moderation.blocks(GUILD, now=NOW + HOUR, limit=2)

    assert [one.user_id for one in found] == [CAT, BEN]
    assert (await moderation.settings(GUILD, now=NOW)).blocks == 3


async def test_a_block_that_ended_is_not_counted_before_it_is_forgotten(
    store: Store, moderation: SqlModerationStore
) -> None:
    await applied(moderation, block(NOW + HOUR))
    await applied(moderation, block(None, user_id=BEN))

    assert (await moderation.settings(GUILD, now=NOW)).blocks == 2
    assert (await moderation.settings(GUILD, now=NOW + HOUR)).blocks == 1
    assert await count(store, blocks) == 2


async def test_old_blocks_are_forgotten_when_they_ended(store: Store, moderation: SqlModerationStore) -> None:
    await applied(moderation, block(NOW + HOUR))
    await applied(moderation, block(None, user_id=BEN))

    await moderation.forget_old(now=NOW + HOUR)

    assert await count(store, blocks, blocks.c.user_id == ANN) == 0
    assert await count(store, blocks, blocks.c.user_id == BEN) == 1


async def test_a_members_latest_refusals_are_shown(store: Store, moderation: SqlModerationStore) -> None:
    for number, (guild_id, user_id) in enumerate(
        [(GUILD, ANN), (GUILD, BEN), (ELSEWHERE, ANN), (GUILD, ANN), (GUILD, ANN)]
    ):
        row = {"guild_id": guild_id, "user_id": user_id, "channel_id": 7, "code": f"code {number}"}
        await execute(store, insert(denials).values(**row, at=NOW, facts={"used": number}))

    assert await moderation.past_denials(GUILD, ANN, limit=2) == (
        PastDenial(at=NOW, channel_id=7, code="code 4", facts={"used": 4}),
        PastDenial(at=NOW, channel_id=7, code="code 3", facts={"used": 3}),
    )


async def test_the_latest_refusals_of_each_person_and_server_are_kept(
    store: Store, jobs: SqlJobStore, moderation: SqlModerationStore
) -> None:
    for guild_id, user_id in ((GUILD, ANN), (GUILD, BEN), (ELSEWHERE, ANN)):
        await applied(moderation, block(user_id=user_id), guild_id=guild_id)
        place = ReplyTarget(scope=ReplyScope.GUILD, channel_id=7, guild_id=guild_id, upload_limit_bytes=1)
        for number in range(KEPT_DENIALS + 2 if (guild_id, user_id) == (GUILD, ANN) else 1):
            new = new_job(user_id, at=NOW + timedelta(seconds=number), reply_target=place)
            assert isinstance(await jobs.submit(new, FREELY, RATES), Denied)

    kept = await moderation.past_denials(GUILD, ANN, limit=99)
    assert [one.at for one in kept] == [
        NOW + timedelta(seconds=number) for number in range(KEPT_DENIALS + 1, 1, -1)
    ]
    assert await count(store, denials) == KEPT_DENIALS + 2
