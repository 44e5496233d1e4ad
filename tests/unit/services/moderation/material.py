"""A server whose moderators change things, and short ways to say so."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from bot.domain.moderation import Applied, BlockMember, Change, ClearLimits, GiveImages, Proposal, SetLimit
from bot.domain.policy.rules import Limit, Scope, Value
from bot.services.moderation import Moderation
from tests.unit.services.workshop import ANNA

SERVER: Final = 30  # of `GUILD`
OTHER_SERVER: Final = 31
MOD, MAX = 901, 902
ROLE, CHANNEL = 70, 20
DOLLAR: Final = 1_000_000
NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

Make = Callable[..., Moderation]


def set_to(
    value: Value,
    limit: Limit = Limit.IMAGES_PER_DAY,
    *,
    scope: Scope = Scope.SERVER,
    subject_id: int | None = None,
) -> SetLimit:
    return SetLimit(scope=scope, subject_id=subject_id, limit=limit, value=value)


def clear(
    limit: Limit | None = Limit.IMAGES_PER_DAY,
    *,
    scope: Scope = Scope.SERVER,
    subject_id: int | None = None,
) -> ClearLimits:
    return ClearLimits(scope=scope, subject_id=subject_id, limit=limit)


def grant(
    images: int = 5, *, reason: str = "won a contest", expires_at: datetime | None = None
) -> GiveImages:
    return GiveImages(user_id=ANNA, images=images, expires_at=expires_at, reason=reason)


def block(*, until: datetime | None = None, reason: str = "spam", user_id: int = ANNA) -> BlockMember:
    return BlockMember(user_id=user_id, until=until, reason=reason)


async def applied(moderation: Moderation, change: Change) -> Applied:
    """Made at once, or after having said yes."""
    outcome = await moderation.change(SERVER, change, by=MOD)
    if isinstance(outcome, Proposal):
        outcome = await moderation.confirm(outcome.id, guild_id=SERVER, by=MOD)
    assert isinstance(outcome, Applied), outcome
    return outcome


async def said(moderation: Moderation, limit: Limit = Limit.IMAGES_PER_DAY) -> Value:
    """What the server's default says; it has to say something."""
    return (await moderation.rule(SERVER, Scope.SERVER, None)).says[limit]
