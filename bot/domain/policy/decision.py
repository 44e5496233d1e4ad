"""Decide whether an image request is accepted, and hold the facts that the decision is made from.

The reasons to deny it, in the order of their checks: the server is paused, the member is blocked, the channel is
closed, a filter matches the prompt, a limit is exceeded. Limits of a server count only what was made in that server;
the operator's ceiling counts what a person made everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import cast

from bot.domain.content.filters import Filter, Match, first_match
from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import ImageRequest, JobKind, RequestContext
from bot.domain.policy.quota import (
    OPENED_BY_TIME,
    WINDOWS,
    LimitExceeded,
    Usage,
    UsageRequest,
    first_exceeded,
    money_used,
    opens,
    shortfall,
)
from bot.domain.policy.rules import (
    FREE,
    MONEY,
    OF_THE_SERVER,
    Limit,
    Rule,
    Ruling,
    Scope,
    Value,
    combine,
)
from bot.domain.provider import Model
from bot.domain.sizes import Resolution
from bot.domain.video import VideoModel


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A server that is closed for now; `text` is the moderators' message to members, '' if none."""

    at: datetime
    by: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A member who may not use Easel; `until` None is until a moderator lifts it."""

    user_id: int
    until: datetime | None
    reason: str
    by: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Images on top of the windows of a server. `left` of `images` are not used."""

    id: int
    user_id: int
    images: int
    left: int
    expires_at: datetime | None
    reason: str
    by: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyFacts:
    """The facts for a decision about one member in one channel, read by one query.

    `rules` belong to the server, the member's roles, the member and the channel. `channels` maps ids to open (True)
    or closed; with `only_open` every other channel is closed. `grants` have images left; the soonest to expire
    comes first. Without `in_server`, only the ceiling applies.
    """

    in_server: bool = False
    pause: Pause | None = None
    block: Block | None = None
    rules: tuple[Rule, ...] = ()
    channels: Mapping[int, bool] = field(default_factory=dict[int, bool])
    only_open: bool = False
    filters: tuple[Filter, ...] = ()
    grants: tuple[Grant, ...] = ()
    here: Usage = field(default_factory=Usage)
    everywhere: Usage = field(default_factory=Usage)


class DenialReason(StrEnum):
    """The kind of rule that denies a request."""

    RETRIED_ALREADY = "retried_already"
    PAUSED = "paused"
    BLOCKED = "blocked"
    CHANNEL = "channel"
    FILTER = "filter"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Denied:
    """A request that is not accepted; nothing was stored or spent. `reason` decides which other field is set."""

    reason: DenialReason
    pause: Pause | None = None
    block: Block | None = None
    match: Match | None = None
    exceeded: LimitExceeded | None = None

    @property
    def is_of_model(self) -> bool:
        """Whether another model may be allowed: one that is not forbidden, or costs less."""
        return self.exceeded is not None and self.exceeded.limit in {Limit.MODELS, *MONEY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A request that is accepted. Take `granted` of its images from grants; `weight` is the share of the queue."""

    granted: int
    weight: Fraction


def rulings(ceiling: Rule, facts: PolicyFacts, context: RequestContext) -> tuple[Ruling, Ruling]:
    """Return the rulings for this server and channel, and for the person everywhere (the operator's ceiling)."""
    everywhere = combine(ceiling=Rule(scope=Scope.OPERATOR, says=_without_server(ceiling)), defaults=FREE)
    if not facts.in_server:
        return everywhere, everywhere
    by_scope: dict[Scope, list[Rule]] = {scope: [] for scope in Scope}
    for rule in facts.rules:
        by_scope[rule.scope].append(rule)
    nearest = {channel_id: place for place, channel_id in enumerate(context.channel_ids)}
    here = combine(
        ceiling=ceiling,
        server=next(iter(by_scope[Scope.SERVER]), FREE),
        roles=by_scope[Scope.ROLE],
        member=next(iter(by_scope[Scope.MEMBER]), FREE),
        channels=sorted(by_scope[Scope.CHANNEL], key=lambda rule: nearest.get(rule.subject_id or 0, 0)),
    )
    return here, everywhere


def admit(
    ceiling: Rule, facts: PolicyFacts, context: RequestContext, request: UsageRequest, *, now: datetime
) -> Admission | Denied:
    """Accept or deny `request`, by its arguments alone."""
    here, everywhere = rulings(ceiling, facts, context)
    if facts.in_server:
        closed = _closed(facts, context, request)
        if closed is not None:
            return closed
    granted = request.granted
    missing = shortfall(here, facts.here, request.images - granted, now=now)
    if facts.in_server and missing > 0 and missing <= sum(grant.left for grant in facts.grants):
        granted += missing
    exceeded = first_exceeded(here, facts.here, replace(request, granted=granted), now=now)
    if exceeded is None:
        exceeded = first_exceeded(everywhere, facts.everywhere, replace(request, granted=0), now=now)
    if exceeded is not None:
        return Denied(reason=DenialReason.LIMIT, exceeded=exceeded)
    return Admission(granted=granted, weight=cast(Fraction, here.value(Limit.WEIGHT)))


def usage_requested(
    image_request: ImageRequest, *, price_micro_usd: int, granted: int = 0, waits: bool = False
) -> UsageRequest:
    """Return the parts of `image_request` that limits look at. `price_micro_usd` is for one picture or video."""
    is_video = image_request.kind is JobKind.ANIMATE
    return UsageRequest(
        kind=image_request.kind,
        images=0 if is_video else image_request.count,
        videos=image_request.count if is_video else 0,
        references=len(image_request.references),
        resolution=image_request.resolution,
        model=image_request.model,
        private=image_request.private,
        estimate_micro_usd=price_micro_usd * image_request.count,
        prompt=image_request.all_words,
        granted=granted,
        waits=waits,
    )


def kind_of(denied: Denied) -> FailureKind:
    """Return the kind of failure a denial is shown as: CREDIT, BUSY or CHECK."""
    if denied.exceeded is None:
        return FailureKind.CHECK
    if denied.exceeded.limit in MONEY:
        return FailureKind.CREDIT
    is_none_at_all = denied.exceeded.allowed == 0  # waiting does not help
    return (
        FailureKind.BUSY
        if denied.exceeded.limit in OPENED_BY_TIME and not is_none_at_all
        else FailureKind.CHECK
    )


def denial_failure(denied: Denied) -> Failure:
    """Return the failure of a job that the rules no longer allow; `subject` is the limit or the pause's text."""
    subject = denied.exceeded.limit.value if denied.exceeded else denied.pause.text if denied.pause else None
    return Failure(kind=kind_of(denied), code=_denied_code(denied.reason), subject=subject or None)


def _denied_code(reason: DenialReason) -> FailureCode:
    match reason:
        case DenialReason.RETRIED_ALREADY:
            return FailureCode.DENIED_RETRIED_ALREADY
        case DenialReason.PAUSED:
            return FailureCode.DENIED_PAUSED
        case DenialReason.BLOCKED:
            return FailureCode.DENIED_BLOCKED
        case DenialReason.CHANNEL:
            return FailureCode.DENIED_CHANNEL
        case DenialReason.FILTER:
            return FailureCode.DENIED_FILTER
        case DenialReason.LIMIT:
            return FailureCode.DENIED_LIMIT


def is_open(facts: PolicyFacts, channel_ids: Sequence[int]) -> bool:
    """Return whether a channel is open: the first of `channel_ids`, nearest first, that has a setting decides."""
    for channel_id in channel_ids:
        if channel_id in facts.channels:
            return facts.channels[channel_id]
    return not facts.only_open


def _closed(facts: PolicyFacts, context: RequestContext, request: UsageRequest) -> Denied | None:
    if facts.pause is not None:
        return Denied(reason=DenialReason.PAUSED, pause=facts.pause)
    if facts.block is not None:
        return Denied(reason=DenialReason.BLOCKED, block=facts.block)
    if not is_open(facts, context.channel_ids):
        return Denied(reason=DenialReason.CHANNEL)
    match = first_match(facts.filters, request.prompt)
    return None if match is None else Denied(reason=DenialReason.FILTER, match=match)


def _without_server(ceiling: Rule) -> dict[Limit, Value]:
    return {limit: value for limit, value in ceiling.says.items() if limit not in OF_THE_SERVER}


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitUsage:
    """One limit on an amount, with its usage: images or videos of a window, or micro USD of a day or month.

    `opens_at` is when more becomes free: of a window the next one, of a budget the next period.
    """

    limit: Limit
    allowed: int
    used: int
    by: Rule
    opens_at: datetime | None

    @property
    def left(self) -> int:
        """The rest of the allowance."""
        return max(0, self.allowed - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitReport:
    """The limits for a member in one channel: `ruling` holds all, `usages` the finite amounts, hour before month.

    `denied` is the answer to the simplest command (one picture) at `now`, None if it would be accepted. `video` is the
    answer to a command for the shortest video, None where no videos are on offer. `model_names` has the names of models
    by their ids.
    """

    ruling: Ruling
    facts: PolicyFacts
    usages: tuple[LimitUsage, ...]
    denied: Denied | None
    video: Admission | Denied | None
    now: datetime
    model_names: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def granted(self) -> int:
        """The number of images left of grants."""
        return sum(grant.left for grant in self.facts.grants)


def limit_report(
    ceiling: Rule,
    facts: PolicyFacts,
    context: RequestContext,
    *,
    models: Sequence[Model],
    video: VideoModel | None,
    now: datetime,
) -> LimitReport:
    """Return every limit that applies to the member here and its usage.

    Also return whether one picture would pass, of the first of `models` or else of another, and one video of `video`.
    """
    here, everywhere = rulings(ceiling, facts, context)
    picture = UsageRequest(
        kind=JobKind.IMAGINE,
        images=1,
        references=0,
        resolution=Resolution.TWO_K,
        model=models[0].id,
        private=False,
        estimate_micro_usd=models[0].price_of(Resolution.TWO_K),
    )
    decisions = [
        admit(ceiling, facts, context, replace(picture, model=model.id, estimate_micro_usd=price), now=now)
        for model, price in ((one, one.price_of(Resolution.TWO_K)) for one in models)
    ]
    decision = next((one for one in decisions if isinstance(one, Admission)), decisions[0])
    of_video: Admission | Denied | None = None
    if video is not None:
        shortest = replace(
            picture,
            kind=JobKind.ANIMATE,
            images=0,
            videos=1,
            model=video.id,
            estimate_micro_usd=video.lowest_price_micro_usd,
        )
        of_video = admit(ceiling, facts, context, shortest, now=now)
    return LimitReport(
        ruling=here,
        facts=facts,
        usages=_limit_usages([(here, facts.here), (everywhere, facts.everywhere)], now),
        denied=decision if isinstance(decision, Denied) else None,
        video=of_video,
        now=now,
    )


def _limit_usages(sides: list[tuple[Ruling, Usage]], now: datetime) -> tuple[LimitUsage, ...]:
    """Return the usage of each limit, from the side that leaves less of it."""
    tightest: dict[Limit, LimitUsage] = {}
    for ruling, usage in sides:
        for limit_usage in (*_windows(ruling, usage, now), *_money(ruling, usage, now)):
            known = tightest.get(limit_usage.limit)
            if known is None or limit_usage.left < known.left:
                tightest[limit_usage.limit] = limit_usage
    return tuple(tightest[limit] for limit in Limit if limit in tightest)


def _windows(ruling: Ruling, usage: Usage, now: datetime) -> list[LimitUsage]:
    found: list[LimitUsage] = []
    for limit in WINDOWS:
        decided = ruling.decided[limit]
        if decided.value is None:
            continue
        allowed, used = cast(int, decided.value), usage.used(limit, now)
        opens_at = opens(usage, limit, now, room_needed=max(1, used + 1 - allowed)) if used else None
        if allowed == 0:
            opens_at = None
        found.append(LimitUsage(limit=limit, allowed=allowed, used=used, by=decided.by, opens_at=opens_at))
    return found


def _money(ruling: Ruling, usage: Usage, now: datetime) -> list[LimitUsage]:
    found: list[LimitUsage] = []
    for limit, used, opens_at in money_used(usage, now):
        decided = ruling.decided[limit]
        if decided.value is not None:
            allowed = cast(int, decided.value)
            found.append(
                LimitUsage(limit=limit, allowed=allowed, used=used, by=decided.by, opens_at=opens_at)
            )
    return found
