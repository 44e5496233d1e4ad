"""Where a member stands: every limit in force, what is used of it, and when it opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

from bot.domain.jobs import Kind, Standpoint
from bot.domain.limits.decision import Denied, Docket, decide, rulings
from bot.domain.limits.kinds import Limit
from bot.domain.limits.money import day_bounds, month_bounds
from bot.domain.limits.rules import Rule, Ruling
from bot.domain.limits.verdict import WINDOWS, Book, Request, opens
from bot.domain.rendering import Model
from bot.domain.sizes import Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One limit that is used up as one goes: images of a window, or micro USD of a day or month.

    `opens_at` is when more becomes free: of a window the next image, of a budget the next period.
    """

    limit: Limit
    allowed: int
    used: int
    by: Rule
    opens_at: datetime | None

    @property
    def left(self) -> int:
        return max(0, self.allowed - self.used)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """`ruling` is what holds here; `accounts` those of its limits that are finite, hour before month.

    `denied` is what the plainest command (one picture) would hear this moment, None when it would be taken.
    """

    ruling: Ruling
    docket: Docket
    accounts: tuple[Account, ...]
    denied: Denied | None
    now: datetime

    @property
    def granted(self) -> int:
        """Images left of grants."""
        return sum(grant.left for grant in self.docket.grants)

    def account(self, limit: Limit) -> Account | None:
        return next((account for account in self.accounts if account.limit is limit), None)


def outlook(ceiling: Rule, docket: Docket, standpoint: Standpoint, *, model: Model, now: datetime) -> Outlook:
    here, everywhere = rulings(ceiling, docket, standpoint)
    plainest = Request(
        kind=Kind.IMAGINE,
        images=1,
        references=0,
        resolution=Resolution.TWO_K,
        model=model.id,
        private=False,
        estimate_micro_usd=model.price_micro_usd,
    )
    decision = decide(ceiling, docket, standpoint, plainest, now=now)
    return Outlook(
        ruling=here,
        docket=docket,
        accounts=_accounts([(here, docket.here), (everywhere, docket.everywhere)], now),
        denied=decision if isinstance(decision, Denied) else None,
        now=now,
    )


def _accounts(sides: list[tuple[Ruling, Book]], now: datetime) -> tuple[Account, ...]:
    """Of the two sides, the one that leaves less speaks for a limit."""
    tightest: dict[Limit, Account] = {}
    for ruling, book in sides:
        for account in (*_windows(ruling, book, now), *_money(ruling, book, now)):
            known = tightest.get(account.limit)
            if known is None or account.left < known.left:
                tightest[account.limit] = account
    return tuple(tightest[limit] for limit in Limit if limit in tightest)


def _windows(ruling: Ruling, book: Book, now: datetime) -> list[Account]:
    found: list[Account] = []
    for limit, window in WINDOWS.items():
        decided = ruling.decided[limit]
        if decided.value is None:
            continue
        allowed, used = cast(int, decided.value), book.images_within(window, now)
        opens_at = opens(book, window, now, room_needed=max(1, used + 1 - allowed)) if used else None
        if allowed == 0:
            opens_at = None
        found.append(Account(limit=limit, allowed=allowed, used=used, by=decided.by, opens_at=opens_at))
    return found


def _money(ruling: Ruling, book: Book, now: datetime) -> list[Account]:
    _, next_day = day_bounds(now)
    _, next_month = month_bounds(now)
    figures = (
        (Limit.USD_PER_DAY, book.micro_usd_today, next_day),
        (Limit.USD_PER_MONTH, book.micro_usd_this_month, next_month),
        (Limit.SERVER_USD_PER_DAY, book.server_micro_usd_today, next_day),
        (Limit.SERVER_USD_PER_MONTH, book.server_micro_usd_this_month, next_month),
    )
    found: list[Account] = []
    for limit, used, opens_at in figures:
        decided = ruling.decided[limit]
        if decided.value is not None:
            allowed = cast(int, decided.value)
            found.append(Account(limit=limit, allowed=allowed, used=used, by=decided.by, opens_at=opens_at))
    return found
