"""A proposal is its moderator's, of one server, for a while, once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.moderation import Applied, Proposal
from bot.domain.policy.rules import Limit
from bot.services.changes import InvalidChange
from bot.services.moderation import CONFIRM_WITHIN, Moderation
from tests.conftest import TurnableClock
from tests.unit.services.moderation.material import MAX, MOD, OTHER_SERVER, SERVER, applied, said, set_to


@pytest.fixture
async def proposal(moderation: Moderation) -> Proposal:
    await applied(moderation, set_to(5))
    outcome = await moderation.change(SERVER, set_to(500), by=MOD)
    assert isinstance(outcome, Proposal)
    return outcome


async def test_yes_makes_the_change(moderation: Moderation, proposal: Proposal) -> None:
    outcome = await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD)

    assert isinstance(outcome, Applied)
    assert (outcome.before, outcome.after) == ({"images_per_day": 5}, {"images_per_day": 500})
    assert await said(moderation) == 500
    assert (await moderation.audit(SERVER, limit=1))[0].by == MOD


async def test_of_several_changes_only_the_wide_one_waits_for_a_yes(moderation: Moderation) -> None:
    await applied(moderation, set_to(5))
    hourly = replace(set_to(2), limit=Limit.IMAGES_PER_HOUR)

    outcomes = await moderation.change_all(SERVER, [set_to(500), hourly], by=MOD)

    assert [type(one) for one in outcomes] == [Applied, Proposal]
    assert await said(moderation) == 5


async def test_of_several_changes_none_is_made_or_asked_about_where_one_is_invalid(
    moderation: Moderation,
) -> None:
    await applied(moderation, set_to(5))
    too_many = replace(set_to(10**9), limit=Limit.JOBS_AT_ONCE)

    [outcome] = await moderation.change_all(SERVER, [set_to(6), set_to(500), too_many], by=MOD)

    assert isinstance(outcome, InvalidChange)
    assert await said(moderation) == 5
    assert len(await moderation.audit(SERVER, limit=9)) == 1


async def test_a_second_yes_does_nothing(moderation: Moderation, proposal: Proposal) -> None:
    await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD)
    await applied(moderation, set_to(5))

    assert await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD) is None
    assert await said(moderation) == 5


async def test_somebody_elses_yes_does_nothing_and_leaves_it_open(
    moderation: Moderation, proposal: Proposal
) -> None:
    assert await moderation.confirm(proposal.id, guild_id=SERVER, by=MAX) is None
    assert await said(moderation) == 5

    assert isinstance(await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD), Applied)


async def test_a_yes_from_another_server_does_nothing(moderation: Moderation, proposal: Proposal) -> None:
    assert await moderation.confirm(proposal.id, guild_id=OTHER_SERVER, by=MOD) is None
    assert await said(moderation) == 5


async def test_a_yes_in_the_last_moment_counts(
    moderation: Moderation, proposal: Proposal, clock: TurnableClock
) -> None:
    clock.advance(CONFIRM_WITHIN.total_seconds() - 1)

    assert isinstance(await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD), Applied)


async def test_a_yes_too_late_does_nothing(
    moderation: Moderation, proposal: Proposal, clock: TurnableClock
) -> None:
    clock.advance(CONFIRM_WITHIN.total_seconds())

    assert await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD) is None
    assert await said(moderation) == 5


async def test_what_was_never_proposed_cannot_be_confirmed(moderation: Moderation) -> None:
    assert await moderation.confirm("0" * 16, guild_id=SERVER, by=MOD) is None


async def test_a_proposal_says_nothing_in_the_audit_table(moderation: Moderation, proposal: Proposal) -> None:
    entries = await moderation.audit(SERVER, limit=10)

    assert [entry.change for entry in entries] == [set_to(5)]
    assert proposal.change == set_to(500)


async def test_each_proposal_has_a_name_of_its_own(moderation: Moderation, proposal: Proposal) -> None:
    again = await moderation.change(SERVER, set_to(500), by=MOD)

    assert isinstance(again, Proposal)
    assert again.id != proposal.id
    assert len(again.id) == 16
