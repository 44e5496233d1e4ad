"""What anybody may be told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

from bot.domain.content.filters import FilterKind
from bot.domain.content.safety import SafetyConcern
from bot.domain.jobs import RequestContext
from bot.domain.moderation import AddFilter, PauseServer
from bot.domain.policy.decision import DenialReason
from bot.domain.policy.rules import Scope
from bot.services.moderation import SHOWN_BLOCKS, SHOWN_DENIALS, Moderation
from tests.conftest import TurnableClock
from tests.unit.services.moderation.material import (
    NOON,
    OTHER_SERVER,
    ROLE,
    SERVER,
    applied,
    block,
    grant,
    set_to,
)
from tests.unit.services.workshop import ANNA, BEN, GUILD, Workshop


async def test_where_one_stands_follows_the_rules_of_the_place(moderation: Moderation) -> None:
    await applied(moderation, set_to(0, scope=Scope.ROLE, subject_id=ROLE))

    here = await moderation.member_report(ANNA, SERVER, RequestContext(role_ids=frozenset({ROLE})))
    plain = await moderation.member_report(ANNA, SERVER, RequestContext())
    alone = await moderation.member_report(ANNA, None, RequestContext(role_ids=frozenset({ROLE})))

    assert here.limits.denied is not None
    assert here.limits.denied.reason is DenialReason.LIMIT
    assert (plain.limits.denied, alone.limits.denied, alone.denials) == (None, None, ())


async def test_the_latest_refusals_are_told_the_newest_first(shop: Workshop, moderation: Moderation) -> None:
    await applied(moderation, PauseServer(text=""))
    for number in range(SHOWN_DENIALS + 1):
        place = replace(GUILD, channel_id=number)
        await shop.try_to_ask(place=place)

    denials = (await moderation.member_report(ANNA, SERVER, RequestContext())).denials

    assert [one.channel_id for one in denials] == [3, 2, 1]
    assert {one.code for one in denials} == {DenialReason.PAUSED.value}


async def test_blocks_are_shown_while_they_last(moderation: Moderation, clock: TurnableClock) -> None:
    await applied(moderation, block(until=NOON + timedelta(hours=1)))
    await applied(moderation, block(user_id=BEN))
    clock.advance(3_600)

    assert [one.user_id for one in await moderation.blocks(SERVER)] == [BEN]


async def test_not_every_block_is_shown_at_once(moderation: Moderation, clock: TurnableClock) -> None:
    numbers = count(1)
    for user_id in range(SHOWN_BLOCKS + 2):
        clock.advance(next(numbers))
        await applied(moderation, block(user_id=1_000 + user_id))

    shown = await moderation.blocks(SERVER)

    assert len(shown) == SHOWN_BLOCKS
    assert shown[0].user_id == 1_000 + SHOWN_BLOCKS + 1


async def test_grants_are_shown_until_they_expire(moderation: Moderation, clock: TurnableClock) -> None:
    await applied(moderation, grant(3, expires_at=NOON + timedelta(hours=1)))
    await applied(moderation, grant(4))

    assert [one.left for one in await moderation.grants(SERVER, ANNA)] == [3, 4]
    clock.advance(3_600)
    assert [one.left for one in await moderation.grants(SERVER, ANNA)] == [4]


async def test_a_prompt_is_tried_against_everything(moderation: Moderation) -> None:
    await applied(moderation, AddFilter(kind=FilterKind.WORD, text="scarecrow"))
    await applied(moderation, AddFilter(kind=FilterKind.PATTERN, text="scare*"))

    tried = await moderation.test_prompt(SERVER, "a Sc4recrow in a field")

    assert [match.filter.id for match in tried.matches] == [1, 2]
    assert tried.danger is None
    assert await moderation.filters(OTHER_SERVER) == ()


async def test_built_in_safety_is_tried_too(moderation: Moderation) -> None:
    tried = await moderation.test_prompt(SERVER, "a nude woman on a beach")

    assert tried.danger is SafetyConcern.ADULT
    assert tried.matches == ()
