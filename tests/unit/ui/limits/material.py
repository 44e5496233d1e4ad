"""Members' reports to draw, and how to read what was drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from discord import ui

from bot.domain.jobs import RequestContext
from bot.domain.moderation import PastDenial
from bot.domain.policy.decision import Grant, PolicyFacts, limit_report
from bot.domain.policy.quota import Usage, UsageEntry
from bot.domain.policy.rules import Limit, Rule, Scope, Value
from bot.domain.provider import Model
from bot.domain.sizes import SizeLimits
from bot.domain.video import VideoModel, VideoQuality
from bot.services.moderation import MemberReport

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MEMBER, MODERATOR, CHANNEL, ROLE = 111, 222, 333, 444
MODEL = Model(
    id="seedream",
    name="Seedream",
    limits=SizeLimits(min_side=1, max_side=9, min_pixels=1, max_pixels=81, max_ratio=9),
    max_references=14,
    price_micro_usd=42_000,
)

VIDEO_MODEL = VideoModel(
    id="hailuo",
    name="Hailuo",
    takes_last_frame=True,
    requires_first_frame=False,
    seconds={VideoQuality.P768: (6, 10), VideoQuality.P1080: (6,)},
    price_micro_usd_per_s=72_800,
)


def rule(scope: Scope, says: Mapping[Limit, Value], subject_id: int | None = None) -> Rule:
    return Rule(scope=scope, subject_id=subject_id, says=says)


def usage(*, images: int = 0, videos: int = 0, ago: timedelta = timedelta(minutes=30), **more: Any) -> Usage:
    """`images` and `videos` were made one by one at the same moment."""
    pictures = tuple(UsageEntry(NOW - ago, 1) for _ in range(images))
    return Usage(entries=(*pictures, *(UsageEntry(NOW - ago, 0, 1) for _ in range(videos))), **more)


def grant(left: int, *, expires_at: datetime | None = None, reason: str = "a prize") -> Grant:
    return Grant(
        id=1,
        user_id=MEMBER,
        images=left,
        left=left,
        expires_at=expires_at,
        reason=reason,
        by=MODERATOR,
        at=NOW,
    )


def member_report(
    facts: PolicyFacts,
    *,
    ceiling: Mapping[Limit, Value] | None = None,
    denials: tuple[PastDenial, ...] = (),
    video: VideoModel | None = None,
) -> MemberReport:
    operator = rule(Scope.OPERATOR, ceiling or {})
    context = RequestContext(role_ids=frozenset({ROLE}), channel_ids=(CHANNEL,))
    view = limit_report(operator, facts, context, models=[MODEL], video=video, now=NOW)
    return MemberReport(limits=view, denials=denials)


def parts(view: ui.LayoutView) -> list[dict[str, Any]]:
    """Every component of a card, with those inside others."""

    def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for component in components:
            yield component
            yield from walk(component.get("components", []))

    return list(walk(view.to_components()))


def text_of(view: ui.LayoutView) -> str:
    return "\n".join(part["content"] for part in parts(view) if "content" in part)


def assert_discord_takes(view: ui.LayoutView) -> None:
    """At most 40 components and 4000 characters, and no text without any."""
    assert len(parts(view)) <= 40
    assert view.content_length() <= 4000
    assert all(part["content"].strip() for part in parts(view) if "content" in part)
