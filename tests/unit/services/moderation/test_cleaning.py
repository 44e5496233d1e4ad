"""What moderators type is kept without what nobody sees."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.content.filters import FilterKind
from bot.domain.moderation import (
    MAX_REASON,
    MAX_REPORT,
    AddFilter,
    Applied,
    BlockMember,
    GiveImages,
    NoChange,
    PauseServer,
    SetModLog,
    Unchanged,
)
from bot.services.moderation import Moderation
from bot.storage.stores import SqlModerationStore
from tests.unit.services.moderation.material import CHANNEL, MOD, NOON, SERVER, applied, block, grant
from tests.unit.services.workshop import BEN, Workshop


@pytest.mark.parametrize("change", [grant(), block()])
async def test_reasons_are_cleaned(moderation: Moderation, change: GiveImages | BlockMember) -> None:
    made = await applied(moderation, replace(change, reason="  too\u202e many\x00 \n"))

    assert made.after["reason"] == "too many"


async def test_the_text_of_a_pause_is_cleaned(moderation: Moderation) -> None:
    made = await applied(moderation, PauseServer(text=" back\u200b on\x07 Monday "))

    pause = (await moderation.settings(SERVER)).pause
    assert pause is not None
    assert (made.after["text"], pause.text) == ("back on Monday", "back on Monday")


async def test_filters_are_cleaned_before_they_are_compared(moderation: Moderation) -> None:
    await applied(moderation, AddFilter(kind=FilterKind.WORD, text="scarecrow"))

    again = AddFilter(kind=FilterKind.WORD, text=" scarecrow\u200b ")

    assert await moderation.change(SERVER, again, by=MOD) == Unchanged(why=NoChange.SAME)


async def test_a_cleaned_text_may_fit_after_all(moderation: Moderation) -> None:
    padded = block(reason="x" * MAX_REASON + "\u200b" * 50)

    assert isinstance(await moderation.change(SERVER, padded, by=MOD), Applied)


async def test_a_report_is_cleaned_and_cut(
    shop: Workshop, moderation: Moderation, store: SqlModerationStore
) -> None:
    await applied(moderation, SetModLog(channel_id=CHANNEL))
    job = await shop.ask()

    await moderation.report(job.id, by=BEN, reason="\u202e" + "x" * (MAX_REPORT + 9))

    while (entry := await store.next_entry(now=NOON, lease_s=60)) is not None:
        await store.told(entry.id, message_id=1, now=NOON)
        if entry.job_id == job.id:
            assert entry.facts == {"by": BEN, "reason": "x" * MAX_REPORT}
            return
    pytest.fail("the report was not told")
