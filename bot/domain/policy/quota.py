"""Check a request against a ruling: it fits, or exceeds a limit, with the limit's rule and when it opens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final, cast

from bot.domain.jobs import JobKind
from bot.domain.policy.budget import day_bounds, month_bounds
from bot.domain.policy.rules import MONEY, Limit, Rule, Ruling, Scope
from bot.domain.sizes import Resolution

IMAGE_WINDOWS: Final[dict[Limit, timedelta]] = {
    Limit.IMAGES_PER_HOUR: timedelta(hours=1),
    Limit.IMAGES_PER_DAY: timedelta(days=1),
    Limit.IMAGES_PER_WEEK: timedelta(days=7),
    Limit.IMAGES_PER_MONTH: timedelta(days=30),
}
VIDEO_WINDOWS: Final[dict[Limit, timedelta]] = {
    Limit.VIDEOS_PER_DAY: timedelta(days=1),
    Limit.VIDEOS_PER_WEEK: timedelta(days=7),
    Limit.VIDEOS_PER_MONTH: timedelta(days=30),
}
WINDOWS: Final = IMAGE_WINDOWS | VIDEO_WINDOWS
LONGEST_WINDOW: Final = max(WINDOWS.values())
# What time alone may open.
OPENED_BY_TIME: Final = frozenset({*WINDOWS, Limit.JOBS_AT_ONCE, Limit.COOLDOWN_S})
CLOCK_SLACK: Final = timedelta(minutes=1)
"""What is stored as later than now, by more than this, was stored by a wrong clock: it counts for nothing yet."""
_NEVER: Final = datetime.max.replace(tzinfo=UTC)
_MAY: Final = {
    JobKind.IMAGINE: Limit.MAY_IMAGINE,
    JobKind.EDIT: Limit.MAY_EDIT,
    JobKind.ANIMATE: Limit.MAY_ANIMATE,
}


@dataclass(frozen=True, slots=True)
class UsageEntry:
    """Images and videos reserved or delivered at one moment."""

    at: datetime
    images: int
    videos: int = 0

    def counted(self, limit: Limit) -> int:
        """Return how many count against a limit of `WINDOWS`."""
        return self.videos if limit in VIDEO_WINDOWS else self.images


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """A member's jobs under way and past usage. `entries` reach back LONGEST_WINDOW, oldest first.

    Money is what calls cost, or may have cost, in the current UTC day and calendar month, with what is reserved
    for renders not yet called for, in micro USD: the member's, and the whole server's.
    """

    open_jobs: int = 0
    entries: Sequence[UsageEntry] = ()
    last_command_at: datetime | None = None
    micro_usd_today: int = 0
    micro_usd_this_month: int = 0
    server_micro_usd_today: int = 0
    server_micro_usd_this_month: int = 0

    def used(self, limit: Limit, now: datetime) -> int:
        """Return how many images, or videos, were reserved or delivered in the window of `limit` that ends `now`."""
        begins = now - WINDOWS[limit]
        return sum(entry.counted(limit) for entry in self.entries if entry.at > begins)


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRequest:
    """The parts of an image request that limits look at. `estimate_micro_usd` is for all of its images or videos.

    `granted` of the images are paid from a grant: they count against no window of the server's. A request that
    `waits` was accepted before, and is checked again under the present rules. One for videos has no images.
    """

    kind: JobKind
    images: int
    references: int
    resolution: Resolution
    model: str
    private: bool
    estimate_micro_usd: int
    prompt: str = ""
    videos: int = 0
    granted: int = 0
    waits: bool = False

    def asked(self, limit: Limit) -> int:
        """Return how many would count against a limit of `WINDOWS`."""
        return self.videos if limit in VIDEO_WINDOWS else self.images - self.granted


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitExceeded:
    """The limit that a request exceeds, with the figures that texts about it need.

    `by` is the rule it comes from. `allowed` is None where the limit has no number (a permission, a resolution, a
    choice of models). `used` counts against `limit`: images, videos, jobs or micro USD. `opens_at` is None where time
    alone does not help.
    """

    limit: Limit
    by: Rule
    allowed: int | None = None
    used: int = 0
    opens_at: datetime | None = None

    @property
    def left(self) -> int:
        """The rest of the allowance; 0 where the limit has no number."""
        return max(0, (self.allowed or 0) - self.used)

    @property
    def is_forbidden(self) -> bool:
        """Whether the rule allows none at all, so that neither time nor a smaller request helps."""
        return self.allowed is None or (self.allowed == 0 and self.limit not in MONEY)

    @property
    def is_counted(self) -> bool:
        """Whether the limit has a number that is used up as one goes: images or videos of a window, or money."""
        return self.allowed is not None and (self.limit in WINDOWS or self.limit in MONEY)

    @property
    def is_operators(self) -> bool:
        """Whether the operator set the limit, so that no moderator can change it."""
        return self.by.scope is Scope.OPERATOR

    @property
    def are_videos_closed(self) -> bool:
        """Whether no rule has opened videos in this server yet."""
        return self.limit is Limit.MAY_ANIMATE and self.by.scope is Scope.FREE


def first_exceeded(
    ruling: Ruling, usage: Usage, request: UsageRequest, *, now: datetime
) -> LimitExceeded | None:
    """Return the limit that `request` exceeds, or None if it fits.

    A limit that the request can never fit comes first, then the one that opens last: once it opens, the request fits.
    """
    never = next(chain(_never(ruling, request), _amounts(ruling, usage, request)), None)
    if never is not None:
        return never
    waits = [*_windows(ruling, usage, request, now), *_money(ruling, usage, request, now)]
    if not request.waits:
        waits += _cooldown(ruling, usage, now)
    return max(waits, key=lambda exceeded: exceeded.opens_at or _NEVER, default=None)


def shortfall(ruling: Ruling, usage: Usage, images: int, *, now: datetime) -> int:
    """Return how many of `images` more do not fit into the windows of the ruling."""
    over = [0]
    for limit in IMAGE_WINDOWS:
        allowed = cast(int | None, ruling.value(limit))
        if allowed is not None:
            over.append(usage.used(limit, now) + images - allowed)
    return min(max(over), images)


def _exceeded(
    ruling: Ruling, limit: Limit, *, used: int = 0, opens_at: datetime | None = None
) -> LimitExceeded:
    decided = ruling.decided[limit]
    value = decided.value
    allowed = value if isinstance(value, int) and not isinstance(value, bool) else None
    return LimitExceeded(limit=limit, by=decided.by, allowed=allowed, used=used, opens_at=opens_at)


def _never(ruling: Ruling, request: UsageRequest) -> Iterator[LimitExceeded]:
    for limit in WINDOWS:  # before the rules of a server, whose moderators could not open it
        decided = ruling.decided[limit]
        if decided.value == 0 and decided.by.scope is Scope.OPERATOR and request.asked(limit) > 0:
            yield _exceeded(ruling, limit)
    permission = _MAY[request.kind]
    if not ruling.value(permission):
        yield _exceeded(ruling, permission)
    if request.private and not ruling.value(Limit.MAY_BE_PRIVATE):
        yield _exceeded(ruling, Limit.MAY_BE_PRIVATE)
    models = cast(frozenset[str] | None, ruling.value(Limit.MODELS))
    if models is not None and request.model not in models:
        yield _exceeded(ruling, Limit.MODELS)
    sizes, is_video = list(Resolution), request.kind is JobKind.ANIMATE
    if not is_video and sizes.index(request.resolution) > sizes.index(
        cast(Resolution, ruling.value(Limit.RESOLUTION))
    ):
        yield _exceeded(ruling, Limit.RESOLUTION)


def _amounts(ruling: Ruling, usage: Usage, request: UsageRequest) -> Iterator[LimitExceeded]:
    asked = {
        Limit.IMAGES_PER_COMMAND: request.images,
        Limit.REFERENCES_PER_EDIT: 0 if request.kind is JobKind.ANIMATE else request.references,
        Limit.JOBS_AT_ONCE: usage.open_jobs + 1,
    }
    for limit, number in asked.items():
        allowed = cast(int | None, ruling.value(limit))
        if allowed is not None and number > allowed:
            yield _exceeded(ruling, limit, used=usage.open_jobs if limit is Limit.JOBS_AT_ONCE else 0)


def _cooldown(ruling: Ruling, usage: Usage, now: datetime) -> Iterator[LimitExceeded]:
    wait_s = cast(int, ruling.value(Limit.COOLDOWN_S))
    if usage.last_command_at is None or wait_s <= 0:
        return
    opens_at = usage.last_command_at + timedelta(seconds=wait_s)
    if now < opens_at:
        yield _exceeded(ruling, Limit.COOLDOWN_S, opens_at=opens_at)


def _windows(ruling: Ruling, usage: Usage, request: UsageRequest, now: datetime) -> Iterator[LimitExceeded]:
    for limit in WINDOWS:
        allowed = cast(int | None, ruling.value(limit))
        used, asked = usage.used(limit, now), request.asked(limit)
        if allowed is not None and asked > 0 and used + asked > allowed:
            opens_at = opens(usage, limit, now, room_needed=used + asked - allowed)
            fits_ever = asked <= allowed
            yield _exceeded(ruling, limit, used=used, opens_at=opens_at if fits_ever else None)


def opens(usage: Usage, limit: Limit, now: datetime, *, room_needed: int) -> datetime | None:
    """Return when as many as `room_needed` will have left the window of `limit`; None if it never holds that many."""
    freed, window = 0, WINDOWS[limit]
    for entry in usage.entries:
        if entry.at > now - window:
            freed += entry.counted(limit)
            if freed >= room_needed:
                return entry.at + window
    return None


def money_used(usage: Usage, now: datetime) -> tuple[tuple[Limit, int, datetime], ...]:
    """Return each limit on money with the micro USD used and the end of its period."""
    (_, next_day), (_, next_month) = day_bounds(now), month_bounds(now)
    return (
        (Limit.USD_PER_DAY, usage.micro_usd_today, next_day),
        (Limit.USD_PER_MONTH, usage.micro_usd_this_month, next_month),
        (Limit.SERVER_USD_PER_DAY, usage.server_micro_usd_today, next_day),
        (Limit.SERVER_USD_PER_MONTH, usage.server_micro_usd_this_month, next_month),
    )


def _money(ruling: Ruling, usage: Usage, request: UsageRequest, now: datetime) -> Iterator[LimitExceeded]:
    for limit, used, opens_at in money_used(usage, now):
        allowed = cast(int | None, ruling.value(limit))
        if allowed is not None and used + request.estimate_micro_usd > allowed:
            fits_ever = request.estimate_micro_usd <= allowed
            yield _exceeded(ruling, limit, used=used, opens_at=opens_at if fits_ever else None)
