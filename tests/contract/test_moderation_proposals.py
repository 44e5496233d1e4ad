"""Changes that wait for their moderator's confirmation."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.domain.moderation import Proposal
from bot.domain.policy.rules import Limit
from bot.storage.engine import Store
from bot.storage.schema import proposals
from bot.storage.stores import SqlModerationStore
from tests.contract.moderation_material import ELSEWHERE, GUILD, MAX, MOD, count, member_limit
from tests.contract.store_material import NOW

UNTIL = NOW + timedelta(minutes=15)
MOMENT = timedelta(microseconds=1)


@pytest.fixture
def moderation(store: Store) -> SqlModerationStore:
    return SqlModerationStore(store)


def proposal(proposal_id: str = "0123456789abcdef") -> Proposal:
    change = member_limit(None, Limit.USD_PER_DAY)
    return Proposal(id=proposal_id, guild_id=GUILD, by=MOD, change=change, until=UNTIL)


async def test_a_proposal_is_taken_once(moderation: SqlModerationStore) -> None:
    await moderation.propose(proposal())

    assert await moderation.proposal(proposal().id, guild_id=GUILD, by=MOD, now=NOW) == proposal()
    assert await moderation.proposal(proposal().id, guild_id=GUILD, by=MOD, now=NOW) is None


async def test_a_proposal_expires(moderation: SqlModerationStore) -> None:
    await moderation.propose(proposal())

    assert await moderation.proposal(proposal().id, guild_id=GUILD, by=MOD, now=UNTIL) is None
    assert await moderation.proposal(proposal().id, guild_id=GUILD, by=MOD, now=UNTIL - MOMENT) == proposal()


@pytest.mark.parametrize(("guild_id", "by"), [(GUILD, MAX), (ELSEWHERE, MOD)])
async def test_somebody_elses_proposal_stays_theirs(
    moderation: SqlModerationStore, guild_id: int, by: int
) -> None:
    await moderation.propose(proposal())

    assert await moderation.proposal(proposal().id, guild_id=guild_id, by=by, now=NOW) is None
    assert await moderation.proposal(proposal().id, guild_id=GUILD, by=MOD, now=NOW) == proposal()


async def test_an_unknown_proposal_is_none(moderation: SqlModerationStore) -> None:
    await moderation.propose(proposal())

    assert await moderation.proposal("fedcba9876543210", guild_id=GUILD, by=MOD, now=NOW) is None


async def test_expired_proposals_are_forgotten(store: Store, moderation: SqlModerationStore) -> None:
    await moderation.propose(proposal())

    await moderation.forget_old(now=UNTIL - MOMENT)
    assert await count(store, proposals) == 1
    await moderation.forget_old(now=UNTIL)
    assert await count(store, proposals) == 0
