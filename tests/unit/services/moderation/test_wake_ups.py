"""A wake-up only hastens what is on record already."""

from __future__ import annotations

from bot.domain.moderation import Applied, Proposal, ReportOutcome
from bot.errors import StoreUnavailableError
from bot.services.moderation import Moderation
from tests.unit.services.moderation.material import MOD, SERVER, applied, said, set_to
from tests.unit.services.workshop import BEN, Workshop


async def test_a_change_wakes_whoever_writes_the_modlog(shop: Workshop, moderation: Moderation) -> None:
    await moderation.change(SERVER, set_to(5), by=MOD)

    assert len(shop.wake_ups.sent) == 1


async def test_a_proposal_wakes_nobody(shop: Workshop, moderation: Moderation) -> None:
    await applied(moderation, set_to(5))
    before = len(shop.wake_ups.sent)

    await moderation.change(SERVER, set_to(None), by=MOD)

    assert len(shop.wake_ups.sent) == before


async def test_a_change_stands_when_nobody_could_be_woken(shop: Workshop, moderation: Moderation) -> None:
    shop.wake_ups.errors.append(StoreUnavailableError("the line is down"))

    assert isinstance(await moderation.change(SERVER, set_to(5), by=MOD), Applied)
    assert await said(moderation) == 5


async def test_a_confirmed_change_stands_when_nobody_could_be_woken(
    shop: Workshop, moderation: Moderation
) -> None:
    await applied(moderation, set_to(5))
    proposal = await moderation.change(SERVER, set_to(None), by=MOD)
    assert isinstance(proposal, Proposal)
    shop.wake_ups.errors.append(StoreUnavailableError("the line is down"))

    assert isinstance(await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD), Applied)
    assert await said(moderation) is None


async def test_a_report_stands_when_nobody_could_be_woken(shop: Workshop, moderation: Moderation) -> None:
    job = await shop.ask()
    shop.wake_ups.errors.append(StoreUnavailableError("the line is down"))

    assert await moderation.report(job.id, by=BEN, reason="mean") is ReportOutcome.TAKEN
    assert await moderation.report(job.id, by=BEN, reason="mean") is ReportOutcome.KNOWN
