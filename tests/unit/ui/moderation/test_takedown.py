from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest
from discord import ui
from discord.components import (
    _component_factory,  # pyright: ignore[reportPrivateUsage]  # as a message of Discord's is read
)

from bot.domain.jobs import Job
from bot.domain.moderation import Topic
from bot.domain.ports.moderation import Removable
from bot.ui.base.discord_limits import ARCHIVED
from bot.ui.base.theme import SLATE
from bot.ui.moderation.modlog import entry_card
from bot.ui.moderation.takedown import TakenDown, take_down, with_note
from tests.unit.ui.cards.test_card import a_job, labels_of, text_of
from tests.unit.ui.cards.test_delivery import answered
from tests.unit.ui.moderation.entries import MODERATOR, entry

CARD, CHANNEL = 7000, 20
SHOWN = Removable(job_id="7f3k2m9q1z", channel_id=CHANNEL, card_id=CARD)


class StandInMessage:
    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.edited: dict[str, Any] = {}

    async def edit(self, **fields: Any) -> None:
        if self.error is not None:
            raise self.error
        self.edited = fields


def client_with(message: StandInMessage) -> discord.Client:
    """The way to one message, as a client goes it."""

    def find(message_id: int) -> StandInMessage:
        assert message_id == CARD
        return message

    def get_partial_messageable(channel_id: int, *, guild_id: int | None = None) -> Any:
        assert channel_id == CHANNEL
        return SimpleNamespace(get_partial_message=find)

    return cast(discord.Client, SimpleNamespace(get_partial_messageable=get_partial_messageable))


async def taken(error: Exception | None) -> TakenDown:
    return await take_down(client_with(StandInMessage(error)), a_job(card_id=CARD), SHOWN, by=MODERATOR)


async def test_a_result_taken_down_leaves_neither_pictures_nor_prompt() -> None:
    message = StandInMessage(None)

    outcome = await take_down(client_with(message), a_job(card_id=CARD), SHOWN, by=MODERATOR)

    assert outcome is TakenDown.GONE
    assert message.edited["attachments"] == []
    assert message.edited["allowed_mentions"].to_dict() == {"parse": []}
    assert "a red fox" not in text_of(message.edited["view"])
    assert f"<@{MODERATOR}> removed this result" in text_of(message.edited["view"])


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (answered(404, 10008), TakenDown.NO_MESSAGE),
        (answered(403, 50001), TakenDown.MAY_NOT),
        (answered(400, ARCHIVED), TakenDown.ARCHIVED),
        (answered(503), TakenDown.LATER),
        (TimeoutError(), TakenDown.LATER),
        (aiohttp.ClientOSError(), TakenDown.LATER),
    ],
)
async def test_what_kept_a_result_from_being_taken_down_is_told(error: Exception, outcome: TakenDown) -> None:
    assert await taken(error) is outcome


def as_read(view: ui.LayoutView) -> discord.Message:
    """A message of Discord's with these components."""
    components = [_component_factory(cast(Any, part)) for part in view.to_components()]
    return cast(discord.Message, SimpleNamespace(components=components))


def noted(job: Job, message: discord.Message) -> ui.LayoutView:
    return with_note(message, job, by=MODERATOR)


def test_a_card_of_the_mod_log_notes_who_removed_the_result_and_keeps_what_it_said() -> None:
    job = a_job(card_id=CARD)
    report = entry(Topic.REPORT, {"by": 1, "reason": "it is gore"})

    view = noted(job, as_read(entry_card(report, job)))

    assert "> it is gore" in text_of(view)
    assert f"**Removed** by <@{MODERATOR}>" in text_of(view)
    assert labels_of(view) == ["Open", "Block 24 h", "Show limits"]
    assert view.to_components()[0]["accent_color"] == SLATE


def test_a_card_that_noted_it_already_notes_it_once() -> None:
    job = a_job(card_id=CARD)
    once = noted(job, as_read(entry_card(entry(Topic.JOB), job)))

    twice = noted(job, as_read(once))

    assert text_of(twice) == text_of(once)
    assert labels_of(twice) == labels_of(once)


def test_the_buttons_of_a_noted_card_outlive_the_process() -> None:
    """A plain button would be answered twice: by its view, and by what its custom_id means."""
    job = a_job(card_id=CARD)

    view = noted(job, as_read(entry_card(entry(Topic.JOB), job)))

    buttons = [item for item in view.walk_children() if isinstance(item, ui.Button)]
    assert [button.label for button in buttons if button.is_dispatchable()] == []
