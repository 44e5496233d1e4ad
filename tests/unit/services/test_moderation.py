"""What moderators may change at once, what they are asked about first, and what makes no sense at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from itertools import count
from typing import Final, cast

import pytest

from bot.domain.jobs import Standpoint
from bot.domain.limits import MONEY, WINDOWS, Limit, Rule, Scope, Stop, Value
from bot.domain.moderation import (
    MAX_GRANT,
    MAX_PAUSE_TEXT,
    MAX_REASON,
    MAX_REPORT,
    AddFilter,
    Applied,
    BlockMember,
    Change,
    ClearLimits,
    GiveImages,
    Nothing,
    PauseServer,
    Proposal,
    ReportOutcome,
    SetLimit,
    SetModLog,
    Unchanged,
)
from bot.domain.words import Danger, FilterKind, FilterProblem
from bot.seedream import MODELS
from bot.seedream.catalogue import DEFAULT_MODEL_ID
from bot.services.moderation import (
    CONFIRM_WITHIN,
    HIGHEST,
    HIGHEST_WEIGHT,
    MOST,
    SHOWN_BLOCKS,
    SHOWN_REFUSALS,
    Improper,
    Mistake,
    Moderation,
)
from bot.storage.moderation import SqlModerationStore
from bot.storage.ops import spending
from tests.conftest import TurnableClock
from tests.unit.services.workshop import ANNA, BEN, GUILD, Workshop, wish

SERVER: Final = 30  # of `GUILD`
OTHER_SERVER: Final = 31
MOD, MAX = 901, 902
ROLE, CHANNEL = 70, 20
DOLLAR: Final = 1_000_000
NOON: Final = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SPENDING: Final = sorted({*WINDOWS, *MONEY})
# Each has an amount that is no money and no number of pictures: more of it is not asked about.
FREE_TO_WIDEN: Final[dict[Limit, tuple[Value, Value]]] = {
    Limit.COOLDOWN_S: (1, 3_600),
    Limit.JOBS_AT_ONCE: (1, 100),
    Limit.IMAGES_PER_COMMAND: (1, 100),
    Limit.REFERENCES_PER_EDIT: (1, 100),
    Limit.MAY_IMAGINE: (False, True),
    Limit.WEIGHT: (Fraction(1, 10), Fraction(10)),
}


@pytest.fixture
def store(shop: Workshop) -> SqlModerationStore:
    return SqlModerationStore(shop.store)


Make = Callable[..., Moderation]


@pytest.fixture
def make(shop: Workshop, store: SqlModerationStore) -> Make:
    """Moderation under a ceiling of the operator's."""

    def moderation(**ceiling: Value) -> Moderation:
        says = {Limit(name): value for name, value in ceiling.items()}
        return Moderation(
            store=store,
            jobs=shop.look,
            signals=shop.signals,
            clock=shop.clock,
            ceiling=Rule(scope=Scope.OPERATOR, says=says),
            models=MODELS,
            model=DEFAULT_MODEL_ID,
        )

    return moderation


@pytest.fixture
def moderation(make: Make) -> Moderation:
    return make()


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


# Spending that becomes ten times what it was is confirmed before it is allowed.


@pytest.mark.parametrize("limit", SPENDING)
async def test_ten_times_as_much_is_asked_about(moderation: Moderation, limit: Limit) -> None:
    await applied(moderation, set_to(5, limit))

    outcome = await moderation.change(SERVER, set_to(50, limit), by=MOD)

    assert isinstance(outcome, Proposal)
    assert (outcome.guild_id, outcome.by, outcome.change) == (SERVER, MOD, set_to(50, limit))
    assert outcome.until == NOON + CONFIRM_WITHIN
    assert await said(moderation, limit) == 5


@pytest.mark.parametrize("limit", SPENDING)
async def test_a_little_less_is_simply_done(moderation: Moderation, limit: Limit) -> None:
    await applied(moderation, set_to(5, limit))

    assert isinstance(await moderation.change(SERVER, set_to(49, limit), by=MOD), Applied)


@pytest.mark.parametrize("limit", SPENDING)
async def test_no_limit_at_all_is_asked_about(moderation: Moderation, limit: Limit) -> None:
    await applied(moderation, set_to(5, limit))

    assert isinstance(await moderation.change(SERVER, set_to(None, limit), by=MOD), Proposal)


@pytest.mark.parametrize("limit", SPENDING)
async def test_a_first_limit_narrows_and_is_simply_done(moderation: Moderation, limit: Limit) -> None:
    assert isinstance(await moderation.change(SERVER, set_to(1_000, limit), by=MOD), Applied)


@pytest.mark.parametrize("limit", FREE_TO_WIDEN)
async def test_what_is_no_money_is_never_asked_about(moderation: Moderation, limit: Limit) -> None:
    low, high = FREE_TO_WIDEN[limit]
    await applied(moderation, set_to(low, limit))

    assert isinstance(await moderation.change(SERVER, set_to(high, limit), by=MOD), Applied)
    assert isinstance(await moderation.change(SERVER, set_to(low, limit), by=MOD), Applied)
    assert isinstance(await moderation.change(SERVER, clear(limit), by=MOD), Applied)


async def test_less_is_never_asked_about(moderation: Moderation) -> None:
    await applied(moderation, set_to(500))

    assert isinstance(await moderation.change(SERVER, set_to(0), by=MOD), Applied)


async def test_anything_is_much_where_nothing_was_allowed(moderation: Moderation) -> None:
    await applied(moderation, set_to(0))

    assert isinstance(await moderation.change(SERVER, set_to(1), by=MOD), Proposal)


@pytest.mark.parametrize(("scope", "subject_id"), [(Scope.ROLE, ROLE), (Scope.MEMBER, ANNA)])
async def test_what_a_rule_of_ones_own_adds_to_the_default_is_asked_about(
    moderation: Moderation, scope: Scope, subject_id: int
) -> None:
    await applied(moderation, set_to(5))

    outcome = await moderation.change(SERVER, set_to(50, scope=scope, subject_id=subject_id), by=MOD)

    assert isinstance(outcome, Proposal)


async def test_a_channel_gives_nobody_more_so_nobody_is_asked(moderation: Moderation) -> None:
    await applied(moderation, set_to(5))

    outcome = await moderation.change(SERVER, set_to(5_000, scope=Scope.CHANNEL, subject_id=CHANNEL), by=MOD)

    assert isinstance(outcome, Applied)


async def test_a_channel_that_opens_up_again_is_asked_about(moderation: Moderation) -> None:
    await applied(moderation, set_to(1, scope=Scope.CHANNEL, subject_id=CHANNEL))

    outcome = await moderation.change(SERVER, clear(scope=Scope.CHANNEL, subject_id=CHANNEL), by=MOD)

    assert isinstance(outcome, Proposal)


async def test_what_the_ceiling_takes_back_is_not_asked_about(make: Make) -> None:
    moderation = make(images_per_day=20)
    await applied(moderation, set_to(5))

    assert isinstance(await moderation.change(SERVER, set_to(None), by=MOD), Applied)


async def test_forgetting_the_only_limit_is_asked_about(moderation: Moderation) -> None:
    await applied(moderation, set_to(5))

    assert isinstance(await moderation.change(SERVER, clear(), by=MOD), Proposal)


async def test_forgetting_all_limits_is_asked_about_for_the_sake_of_one(moderation: Moderation) -> None:
    await applied(moderation, set_to(5, Limit.SERVER_USD_PER_MONTH))
    await applied(moderation, set_to(2, Limit.JOBS_AT_ONCE))

    assert isinstance(await moderation.change(SERVER, clear(None), by=MOD), Proposal)
    assert isinstance(await moderation.change(SERVER, clear(Limit.JOBS_AT_ONCE), by=MOD), Applied)


async def test_forgetting_what_left_little_less_than_the_default_is_simply_done(
    moderation: Moderation,
) -> None:
    await applied(moderation, set_to(20))
    await applied(moderation, set_to(5, scope=Scope.ROLE, subject_id=ROLE))

    outcome = await moderation.change(SERVER, clear(scope=Scope.ROLE, subject_id=ROLE), by=MOD)

    assert isinstance(outcome, Applied)


async def test_forgetting_what_was_never_set_is_no_question(moderation: Moderation) -> None:
    outcome = await moderation.change(SERVER, clear(None), by=MOD)

    assert outcome == Unchanged(why=Nothing.NOT_SET)


@pytest.mark.parametrize(("images", "asks"), [(49, False), (50, True)])
async def test_a_grant_is_measured_by_the_narrowest_window(
    moderation: Moderation, images: int, *, asks: bool
) -> None:
    await applied(moderation, set_to(400, Limit.IMAGES_PER_MONTH))
    await applied(moderation, set_to(5, Limit.IMAGES_PER_HOUR))

    outcome = await moderation.change(SERVER, grant(images), by=MOD)

    assert isinstance(outcome, Proposal if asks else Applied)


async def test_a_grant_is_measured_by_the_members_own_rule_first(moderation: Moderation) -> None:
    await applied(moderation, set_to(5))
    await applied(moderation, set_to(40, scope=Scope.MEMBER, subject_id=ANNA))

    assert isinstance(await moderation.change(SERVER, grant(300), by=MOD), Applied)


async def test_ten_pictures_are_much_where_none_are_allowed(moderation: Moderation) -> None:
    await applied(moderation, set_to(0))

    assert isinstance(await moderation.change(SERVER, grant(9), by=MOD), Applied)
    assert isinstance(await moderation.change(SERVER, grant(10), by=MOD), Proposal)


async def test_a_grant_where_nothing_is_limited_is_simply_made(moderation: Moderation) -> None:
    assert isinstance(await moderation.change(SERVER, grant(MAX_GRANT), by=MOD), Applied)


# A proposal is its moderator's, of one server, for a while, once.


@pytest.fixture
async def proposal(moderation: Moderation) -> Proposal:
    await applied(moderation, set_to(5))
    outcome = await moderation.change(SERVER, set_to(500), by=MOD)
    assert isinstance(outcome, Proposal)
    return outcome


async def test_yes_makes_the_change(moderation: Moderation, proposal: Proposal) -> None:
    outcome = await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD)

    assert isinstance(outcome, Applied)
    assert (outcome.before, outcome.after) == ({"images_per_day": 5}, {"images_per_day": 500})
    assert await said(moderation) == 500
    assert (await moderation.audit(SERVER, limit=1))[0].by == MOD


async def test_a_second_yes_does_nothing(moderation: Moderation, proposal: Proposal) -> None:
    await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD)
    await applied(moderation, set_to(5))

    assert await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD) is None
    assert await said(moderation) == 5


async def test_somebody_elses_yes_does_nothing_and_leaves_it_open(
    moderation: Moderation, proposal: Proposal
) -> None:
    assert await moderation.confirm(proposal.id, guild_id=SERVER, by=MAX) is None
    assert await said(moderation) == 5

    assert isinstance(await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD), Applied)


async def test_a_yes_from_another_server_does_nothing(moderation: Moderation, proposal: Proposal) -> None:
    assert await moderation.confirm(proposal.id, guild_id=OTHER_SERVER, by=MOD) is None
    assert await said(moderation) == 5


async def test_a_yes_in_the_last_moment_counts(
    moderation: Moderation, proposal: Proposal, clock: TurnableClock
) -> None:
    clock.advance(CONFIRM_WITHIN.total_seconds() - 1)

    assert isinstance(await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD), Applied)


async def test_a_yes_too_late_does_nothing(
    moderation: Moderation, proposal: Proposal, clock: TurnableClock
) -> None:
    clock.advance(CONFIRM_WITHIN.total_seconds())

    assert await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD) is None
    assert await said(moderation) == 5


async def test_what_was_never_proposed_cannot_be_confirmed(moderation: Moderation) -> None:
    assert await moderation.confirm("0" * 16, guild_id=SERVER, by=MOD) is None


async def test_a_proposal_says_nothing_in_the_audit_table(moderation: Moderation, proposal: Proposal) -> None:
    entries = await moderation.audit(SERVER, limit=10)

    assert [entry.change for entry in entries] == [set_to(5)]
    assert proposal.change == set_to(500)


async def test_each_proposal_has_a_name_of_its_own(moderation: Moderation, proposal: Proposal) -> None:
    again = await moderation.change(SERVER, set_to(500), by=MOD)

    assert isinstance(again, Proposal)
    assert again.id != proposal.id
    assert len(again.id) == 16


OUT_OF_RANGE: Final = [
    (set_to(-1), MOST),
    (set_to(MOST + 1), MOST),
    (set_to(MOST + 1, Limit.SERVER_USD_PER_MONTH), MOST),
    (set_to(HIGHEST[Limit.COOLDOWN_S] + 1, Limit.COOLDOWN_S), HIGHEST[Limit.COOLDOWN_S]),
    (set_to(HIGHEST[Limit.JOBS_AT_ONCE] + 1, Limit.JOBS_AT_ONCE), HIGHEST[Limit.JOBS_AT_ONCE]),
    (set_to(HIGHEST_WEIGHT + 1, Limit.WEIGHT), HIGHEST_WEIGHT),
    (set_to(1 / (HIGHEST_WEIGHT + 1), Limit.WEIGHT), HIGHEST_WEIGHT),
    (grant(0), MAX_GRANT),
    (grant(MAX_GRANT + 1), MAX_GRANT),
]
JUST_IN_RANGE: Final[list[Change]] = [
    set_to(0),
    set_to(MOST),
    set_to(HIGHEST[Limit.COOLDOWN_S], Limit.COOLDOWN_S),
    set_to(HIGHEST_WEIGHT, Limit.WEIGHT),
    set_to(1 / HIGHEST_WEIGHT, Limit.WEIGHT),
    set_to(frozenset(MODELS), Limit.MODELS),
    set_to(None, Limit.MODELS),
    grant(1),
    grant(MAX_GRANT),
    grant(reason="x" * MAX_REASON),
    grant(expires_at=NOON + timedelta(seconds=1)),
    block(reason="x" * MAX_REASON),
    PauseServer(text="x" * MAX_PAUSE_TEXT),
    PauseServer(text=""),
]
TOO_LONG: Final = [
    (grant(reason="x" * (MAX_REASON + 1)), MAX_REASON),
    (block(reason="x" * (MAX_REASON + 1)), MAX_REASON),
    (PauseServer(text="x" * (MAX_PAUSE_TEXT + 1)), MAX_PAUSE_TEXT),
]


# Changes that make no sense are named, and nothing is written.


async def refused(moderation: Moderation, change: Change) -> Improper:
    outcome = await moderation.change(SERVER, change, by=MOD)
    assert isinstance(outcome, Improper), outcome
    assert await moderation.audit(SERVER, limit=1) == ()
    return outcome


@pytest.mark.parametrize("limit", [Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH])
@pytest.mark.parametrize("scope", [Scope.ROLE, Scope.CHANNEL, Scope.MEMBER])
async def test_the_servers_budget_is_nobodys_privilege(
    moderation: Moderation, scope: Scope, limit: Limit
) -> None:
    improper = await refused(moderation, set_to(5, limit, scope=scope, subject_id=1))

    assert improper == Improper(mistake=Mistake.NOT_HERE)


@pytest.mark.parametrize("scope", [Scope.OPERATOR, Scope.FREE])
async def test_moderators_do_not_speak_for_the_operator(moderation: Moderation, scope: Scope) -> None:
    assert (await refused(moderation, set_to(5, scope=scope))).mistake is Mistake.NOT_HERE


@pytest.mark.parametrize(("change", "most"), OUT_OF_RANGE)
async def test_a_number_out_of_range_comes_with_its_bound(
    moderation: Moderation, change: Change, most: int
) -> None:
    improper = await refused(moderation, change)

    assert improper == Improper(mistake=Mistake.OUT_OF_RANGE, most=most)


WRONG_TYPES: Final = [
    set_to(True),
    set_to(cast(Value, "9")),
    set_to(None, Limit.COOLDOWN_S),
    set_to(1, Limit.MAY_EDIT),
    set_to(cast(Value, "2K"), Limit.RESOLUTION),
    set_to(2, Limit.WEIGHT),
    set_to(cast(Value, ["a"]), Limit.MODELS),
]


@pytest.mark.parametrize("change", WRONG_TYPES, ids=str)
async def test_a_value_of_another_type_is_out_of_range(moderation: Moderation, change: Change) -> None:
    assert (await refused(moderation, change)).mistake is Mistake.OUT_OF_RANGE


@pytest.mark.parametrize("change", JUST_IN_RANGE)
async def test_what_just_fits_is_made(moderation: Moderation, change: Change) -> None:
    assert isinstance(await moderation.change(SERVER, change, by=MOD), Applied)


async def test_a_model_that_is_not_there_cannot_be_allowed(moderation: Moderation) -> None:
    some = frozenset({DEFAULT_MODEL_ID, "made-up/model"})

    improper = await refused(moderation, set_to(some, Limit.MODELS))

    assert improper == Improper(mistake=Mistake.UNKNOWN_MODEL)


@pytest.mark.parametrize(("change", "most"), TOO_LONG)
async def test_a_text_too_long_comes_with_its_bound(
    moderation: Moderation, change: Change, most: int
) -> None:
    improper = await refused(moderation, change)

    assert improper == Improper(mistake=Mistake.TEXT_TOO_LONG, most=most)


@pytest.mark.parametrize("reason", ["", "  \n ", "\u200b\u2060"])
@pytest.mark.parametrize("change", [grant(), block()])
async def test_a_reason_has_to_say_something(
    moderation: Moderation, change: GiveImages | BlockMember, reason: str
) -> None:
    improper = await refused(moderation, replace(change, reason=reason))

    assert improper == Improper(mistake=Mistake.NO_TEXT)


@pytest.mark.parametrize("ago", [timedelta(), timedelta(days=1)])
async def test_nothing_ends_before_it_begins(moderation: Moderation, ago: timedelta) -> None:
    for change in (grant(expires_at=NOON - ago), block(until=NOON - ago)):
        assert (await refused(moderation, change)).mistake is Mistake.IN_THE_PAST


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        (FilterKind.WORD, " . ", FilterProblem.EMPTY),
        (FilterKind.PATTERN, "(fox", FilterProblem.UNBALANCED),
        (FilterKind.PATTERN, "*a*", FilterProblem.TOO_BROAD),
    ],
)
async def test_a_filter_that_will_not_do_says_why(
    moderation: Moderation, kind: FilterKind, text: str, problem: FilterProblem
) -> None:
    improper = await refused(moderation, AddFilter(kind=kind, text=text))

    assert improper == Improper(mistake=Mistake.FILTER, filter_problem=problem)


# What moderators type is kept without what nobody sees.


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

    assert await moderation.change(SERVER, again, by=MOD) == Unchanged(why=Nothing.SAME)


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


# The signal only hastens what is on record already.


async def test_a_change_wakes_whoever_writes_the_modlog(shop: Workshop, moderation: Moderation) -> None:
    await moderation.change(SERVER, set_to(5), by=MOD)

    assert len(shop.signals.sent) == 1


async def test_a_proposal_wakes_nobody(shop: Workshop, moderation: Moderation) -> None:
    await applied(moderation, set_to(5))
    before = len(shop.signals.sent)

    await moderation.change(SERVER, set_to(None), by=MOD)

    assert len(shop.signals.sent) == before


async def test_a_change_stands_when_nobody_could_be_woken(shop: Workshop, moderation: Moderation) -> None:
    shop.signals.errors.append(ConnectionError("the line is down"))

    assert isinstance(await moderation.change(SERVER, set_to(5), by=MOD), Applied)
    assert await said(moderation) == 5


async def test_a_confirmed_change_stands_when_nobody_could_be_woken(
    shop: Workshop, moderation: Moderation
) -> None:
    await applied(moderation, set_to(5))
    proposal = await moderation.change(SERVER, set_to(None), by=MOD)
    assert isinstance(proposal, Proposal)
    shop.signals.errors.append(ConnectionError("the line is down"))

    assert isinstance(await moderation.confirm(proposal.id, guild_id=SERVER, by=MOD), Applied)
    assert await said(moderation) is None


async def test_a_report_stands_when_nobody_could_be_woken(shop: Workshop, moderation: Moderation) -> None:
    job = await shop.ask()
    shop.signals.errors.append(ConnectionError("the line is down"))

    assert await moderation.report(job.id, by=BEN, reason="mean") is ReportOutcome.TAKEN
    assert await moderation.report(job.id, by=BEN, reason="mean") is ReportOutcome.KNOWN


# What was spent, what may be, and where it is heading.


async def spend(shop: Workshop, day: date, micro_usd: int, guild_id: int = SERVER) -> None:
    await shop.store.tx(spending.add, guild_id, ANNA, day, micro_usd)


async def test_without_a_budget_there_is_only_what_was_spent(shop: Workshop, moderation: Moderation) -> None:
    await spend(shop, NOON.date(), 3 * DOLLAR)

    report = await moderation.budget(SERVER)

    assert (report.day_budget, report.month_budget, report.runs_out) == (None, None, None)
    assert (report.spent.today_micro_usd, report.month.total) == (3 * DOLLAR, 3 * DOLLAR)
    assert report.forecast is None  # the first day of spending is not over


async def test_the_narrower_of_server_and_operator_holds(make: Make) -> None:
    moderation = make(server_micro_usd_per_day=2 * DOLLAR, server_micro_usd_per_month=100 * DOLLAR)
    await applied(moderation, set_to(9 * DOLLAR, Limit.SERVER_USD_PER_DAY))
    await applied(moderation, set_to(50 * DOLLAR, Limit.SERVER_USD_PER_MONTH))

    report = await moderation.budget(SERVER)

    assert (report.day_budget, report.month_budget) == (2 * DOLLAR, 50 * DOLLAR)
    assert report.month.budget_micro_usd == 50 * DOLLAR


async def test_the_forecast_and_the_end_of_the_money_follow_from_the_days(
    shop: Workshop, moderation: Moderation
) -> None:
    await applied(moderation, set_to(30 * DOLLAR, Limit.SERVER_USD_PER_MONTH))
    for days_ago in range(10):
        await spend(shop, NOON.date() - timedelta(days=days_ago), 2 * DOLLAR)

    report = await moderation.budget(SERVER)

    assert report.month.total == 20 * DOLLAR
    assert report.forecast is not None
    assert 36 * DOLLAR < report.forecast < 39 * DOLLAR  # 8.5 days to go, at about 2 dollars each
    assert report.runs_out is not None
    assert NOON + timedelta(days=4) < report.runs_out < NOON + timedelta(days=6)


async def test_other_months_and_other_servers_do_not_count(shop: Workshop, moderation: Moderation) -> None:
    await spend(shop, date(2026, 10, 31), 7 * DOLLAR)
    await spend(shop, date(2026, 11, 1), DOLLAR)
    await spend(shop, NOON.date(), 7 * DOLLAR, guild_id=OTHER_SERVER)

    report = await moderation.budget(SERVER)

    assert (report.spent.today_micro_usd, report.month.total) == (0, DOLLAR)


async def test_what_waits_in_the_line_is_set_aside(shop: Workshop, moderation: Moderation) -> None:
    await shop.ask(wish(count=3))

    report = await moderation.budget(SERVER)

    assert report.spent.reserved_micro_usd == 3 * MODELS[DEFAULT_MODEL_ID].price_micro_usd
    assert report.month.total == 0


# What anybody may be told.


async def test_where_one_stands_follows_the_rules_of_the_place(moderation: Moderation) -> None:
    await applied(moderation, set_to(0, scope=Scope.ROLE, subject_id=ROLE))

    here = await moderation.standing(ANNA, SERVER, Standpoint(role_ids=frozenset({ROLE})))
    plain = await moderation.standing(ANNA, SERVER, Standpoint())
    alone = await moderation.standing(ANNA, None, Standpoint(role_ids=frozenset({ROLE})))

    assert here.outlook.denied is not None
    assert here.outlook.denied.stop is Stop.LIMIT
    assert (plain.outlook.denied, alone.outlook.denied, alone.refused) == (None, None, ())


async def test_the_latest_refusals_are_told_the_newest_first(shop: Workshop, moderation: Moderation) -> None:
    await applied(moderation, PauseServer(text=""))
    for number in range(SHOWN_REFUSALS + 1):
        place = replace(GUILD, channel_id=number)
        await shop.try_to_ask(place=place)

    refused = (await moderation.standing(ANNA, SERVER, Standpoint())).refused

    assert [one.channel_id for one in refused] == [3, 2, 1]
    assert {one.code for one in refused} == {Stop.PAUSED.value}


async def test_blocks_are_shown_while_they_last(moderation: Moderation, clock: TurnableClock) -> None:
    await applied(moderation, block(until=NOON + timedelta(hours=1)))
    await applied(moderation, block(user_id=BEN))
    clock.advance(3_600)

    assert [one.user_id for one in await moderation.blocks(SERVER)] == [BEN]


async def test_not_every_block_is_shown_at_once(moderation: Moderation, clock: TurnableClock) -> None:
    numbers = count(1)
    for user_id in range(SHOWN_BLOCKS + 2):
        clock.advance(next(numbers))
        await applied(moderation, block(user_id=1_000 + user_id))

    shown = await moderation.blocks(SERVER)

    assert len(shown) == SHOWN_BLOCKS
    assert shown[0].user_id == 1_000 + SHOWN_BLOCKS + 1


async def test_grants_are_shown_until_they_expire(moderation: Moderation, clock: TurnableClock) -> None:
    await applied(moderation, grant(3, expires_at=NOON + timedelta(hours=1)))
    await applied(moderation, grant(4))

    assert [one.left for one in await moderation.grants(SERVER, ANNA)] == [3, 4]
    clock.advance(3_600)
    assert [one.left for one in await moderation.grants(SERVER, ANNA)] == [4]


async def test_a_prompt_is_tried_against_everything(moderation: Moderation) -> None:
    await applied(moderation, AddFilter(kind=FilterKind.WORD, text="scarecrow"))
    await applied(moderation, AddFilter(kind=FilterKind.PATTERN, text="scare*"))

    tried = await moderation.test_prompt(SERVER, "a Sc4recrow in a field")

    assert [match.filter.id for match in tried.matches] == [1, 2]
    assert tried.danger is None
    assert await moderation.filters(OTHER_SERVER) == ()


async def test_built_in_safety_is_tried_too(moderation: Moderation) -> None:
    tried = await moderation.test_prompt(SERVER, "a nude woman on a beach")

    assert tried.danger is Danger.ADULT
    assert tried.matches == ()
