"""A server with rules, moderators and members, and what is on its record."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, func, select

from bot.domain.content.filters import Filter, FilterKind
from bot.domain.moderation import (
    AddFilter,
    Applied,
    AuditEntry,
    BlockMember,
    Change,
    PauseServer,
    SetChannel,
    SetLimit,
    SetModLog,
    Topic,
)
from bot.domain.policy.rules import Limit, Scope
from bot.domain.ports.moderation import ServerSettings
from bot.storage.schema import log_entries
from tests.wire.app import Scene
from tests.wire.cards import text_of
from tests.wire.components import Kind
from tests.wire.interactions import Answer, Dispatched
from tests.wire.state import MEMBER, Channel, JsonDict, Message, Permission, User

MODERATOR: Final = MEMBER | Permission.MANAGE_GUILD
SECRET: Final = "zebra"  # what a filter of the server stops


@dataclass(frozen=True, slots=True)
class Record:
    """What moderators decided in a server; two that are equal mean that nothing was changed."""

    settings: ServerSettings
    audit: tuple[AuditEntry, ...]
    filters: tuple[Filter, ...]


@dataclass(kw_only=True)
class Court:
    """The Studio, looked after by Mo."""

    scene: Scene
    mo: User = field(init=False)
    modlog: Channel = field(init=False)

    def __post_init__(self) -> None:
        self.mo = self.scene.server.add_user("mo", permissions=MODERATOR)
        self.modlog = self.scene.server.add_channel(self.scene.guild, "mod-log")

    async def decide(self, *changes: Change) -> None:
        for change in changes:
            outcome = await self.scene.client.moderation.change(self.scene.guild.id, change, by=self.mo.id)
            assert isinstance(outcome, Applied), outcome

    async def forbid_everything(self) -> None:
        """Every reason there is to refuse Ada a picture with a zebra in #art."""
        await self.decide(
            AddFilter(kind=FilterKind.WORD, text=SECRET),
            BlockMember(user_id=self.scene.ada.id, until=None, reason="spam"),
            server_limit(Limit.IMAGES_PER_DAY, 0),
            server_limit(Limit.SERVER_USD_PER_DAY, 1),
            SetChannel(channel_id=self.scene.art.id, is_open=False),
            SetModLog(channel_id=self.modlog.id),
            PauseServer(text="Back on Monday."),
        )

    async def record(self) -> Record:
        moderation, guild_id = self.scene.client.moderation, self.scene.guild.id
        return Record(
            await moderation.settings(guild_id),
            await moderation.audit(guild_id, limit=100),
            await moderation.filters(guild_id),
        )

    async def jobs_logged(self) -> int:
        """Jobs that the mod-log tells of, or will."""
        return await self.scene.app.base.store.tx(_jobs_logged)

    def card_with(self, custom_id: str, kind: Kind = Kind.BUTTON, channel: Channel | None = None) -> Message:
        """A message that anybody may press, with one control."""
        control: JsonDict = {"type": int(kind), "custom_id": custom_id}
        if kind is Kind.BUTTON:
            control |= {"style": 2, "label": "Press me"}
        if kind is Kind.SELECT:
            control["options"] = [{"label": "Pictures per day", "value": Limit.IMAGES_PER_DAY.value}]
        row: JsonDict = {"type": int(Kind.ROW), "components": [control]}
        return self.scene.server.add_message(channel or self.scene.art, row)


def server_limit(limit: Limit, value: Any) -> SetLimit:
    return SetLimit(scope=Scope.SERVER, subject_id=None, limit=limit, value=value)


async def whispered(handle: Dispatched) -> str:
    """What the answer said to one person, and to nobody else."""
    callback = await handle.acked()
    assert callback["type"] == Answer.MESSAGE, callback
    assert handle.message is not None
    assert handle.message.ephemeral
    return text_of(handle.message)


def _jobs_logged(conn: Connection) -> int:
    query = select(func.count()).where(log_entries.c.topic == Topic.JOB.value)
    return conn.execute(query).scalar_one()
