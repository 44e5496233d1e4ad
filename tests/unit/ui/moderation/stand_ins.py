"""A moderator who presses a button of the mod-log, and what answers them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any, cast

import discord
from discord import ui

from bot.domain.jobs import Job, RequestContext
from bot.domain.moderation import Applied, Change, ReportOutcome
from bot.domain.policy.decision import Block, PolicyFacts, limit_report
from bot.domain.policy.rules import Rule, Scope
from bot.domain.ports.moderation import Removable
from bot.seedream.catalogue import DEFAULT_MODEL_ID, SEEDREAM_MODELS
from bot.services.history import History
from bot.services.moderation import MemberReport, Moderation
from bot.ui.base.context import Interaction
from tests.unit.ui.cards.test_card import text_of
from tests.unit.ui.jobs import NOW
from tests.unit.ui.moderation.entries import MODERATOR, SERVER

CHANNEL = 20
CEILING = Rule(scope=Scope.OPERATOR)


@dataclass
class StandInModeration:
    """What the use cases answer, and what was asked of them."""

    known: Job | None = None
    shown: Removable | None = None
    block: Block | None = None
    reported: ReportOutcome = ReportOutcome.TAKEN
    changes: list[tuple[int, Change, int]] = field(default_factory=list[tuple[int, Change, int]])
    reports: list[tuple[str, int, str]] = field(default_factory=list[tuple[str, int, str]])
    asked_from: list[RequestContext] = field(default_factory=list[RequestContext])
    ceiling: Rule = CEILING
    model_names: Mapping[str, str] = field(default_factory=dict[str, str])

    async def job(self, job_id: str) -> Job | None:
        return self.known

    async def removable(self, job_id: str, *, guild_id: int) -> Removable | None:
        return self.shown

    async def change(self, guild_id: int, change: Change, *, by: int) -> Applied:
        self.changes.append((guild_id, change, by))
        return Applied(change=change, before={}, after={}, audit_id=1)

    async def member_report(
        self, user_id: int, guild_id: int | None, context: RequestContext
    ) -> MemberReport:
        self.asked_from.append(context)
        facts = PolicyFacts(in_server=True, block=self.block)
        view = limit_report(
            CEILING, facts, context, models=[SEEDREAM_MODELS[DEFAULT_MODEL_ID]], video=None, now=NOW
        )
        return MemberReport(limits=view, denials=())

    async def report(self, job_id: str, *, by: int, reason: str) -> ReportOutcome:
        self.reports.append((job_id, by, reason))
        return self.reported


@dataclass
class StandInGallery:
    """Whose pictures are not to be found again."""

    known: Job | None = None
    forgotten: list[str] = field(default_factory=list[str])

    async def job(self, job_id: str) -> Job | None:
        return self.known

    async def forget_pictures(self, job_id: str) -> None:
        self.forgotten.append(job_id)


class StandInInteraction:
    """What a press needs of an interaction. `said` is what only its user sees, `redrawn` the card it came from."""

    def __init__(self, moderation: StandInModeration, *, may: bool = True, user_id: int = MODERATOR) -> None:
        self.history = StandInGallery(known=moderation.known)
        self.client: Any = SimpleNamespace(
            is_closed=lambda: False,
            moderation=cast(Moderation, moderation),
            history=cast(History, self.history),
            moderator_roles=frozenset[int](),
        )
        self.guild_id = SERVER
        self.channel_id = CHANNEL
        self.guild: Any = None
        self.command = None
        self.user: Any = SimpleNamespace(id=user_id)
        self.permissions = discord.Permissions(manage_guild=may)
        self.created_at: datetime = NOW
        self.message: Any = None
        self.said: list[str] = []
        self.redrawn: list[ui.LayoutView] = []
        self.modals: list[ui.Modal] = []
        self.is_answered = False
        self.response = self
        self.followup = self

    def is_user_integration(self) -> bool:
        return not self.is_guild_integration()

    def is_guild_integration(self) -> bool:
        return True

    def is_done(self) -> bool:
        return self.is_answered

    async def defer(self, **options: Any) -> None:
        self.is_answered = True

    async def send_message(self, content: str = "", **fields: Any) -> None:
        assert not self.is_answered
        self.is_answered = True
        self._hear(content, fields)

    async def send(self, content: str = "", **fields: Any) -> None:
        assert self.is_answered
        self._hear(content, fields)

    async def send_modal(self, modal: ui.Modal) -> None:
        self.is_answered = True
        self.modals.append(modal)

    async def edit_original_response(self, *, view: ui.LayoutView, **fields: Any) -> None:
        self.redrawn.append(view)

    def _hear(self, content: str, fields: dict[str, Any]) -> None:
        assert fields["ephemeral"]
        assert fields["allowed_mentions"].to_dict() == {"parse": []}
        self.said.append(text_of(fields["view"]) if "view" in fields else content)

    @property
    def as_interaction(self) -> Interaction:
        return cast(Interaction, self)
