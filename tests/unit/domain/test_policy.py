from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.domain.policy import WINDOW, Denied, DeniedReason, Policy, Spent, Usage, judge

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def spent(age_s: int, images: int) -> Spent:
    return Spent(NOW - timedelta(seconds=age_s), images)


entries = st.builds(spent, st.integers(1, int(WINDOW.total_seconds()) - 1), st.integers(1, 4))
histories = st.lists(entries, max_size=20).map(lambda found: sorted(found, key=lambda entry: entry.at))
wishes = st.integers(1, 4)


def usage_at(now: datetime, history: Sequence[Spent], *, open_jobs: int = 0) -> Usage:
    """What the store finds at `now`: entries leave the window at its very end."""
    return Usage(open_jobs=open_jobs, spent=[entry for entry in history if entry.at > now - WINDOW])


def per_day(images: int | None) -> Policy:
    return Policy(jobs_at_once=3, images_per_day=images)


@given(history=histories, images=wishes, limit=st.integers(0, 60))
def test_what_is_allowed_never_goes_beyond_the_limit(history: list[Spent], images: int, limit: int) -> None:
    usage = usage_at(NOW, history)

    allowed = judge(per_day(limit), usage, images=images) is None

    assert allowed is (usage.images + images <= limit)


@given(history=histories, images=wishes, limit=st.integers(1, 60))
def test_the_same_wish_fits_when_it_is_said_to_and_not_a_moment_before(
    history: list[Spent], images: int, limit: int
) -> None:
    denied = judge(per_day(limit), usage_at(NOW, history), images=images)
    assume(denied is not None and denied.reason is DeniedReason.IMAGES_PER_DAY)
    assert denied is not None
    opens_at = denied.opens_at
    assert opens_at is not None
    assert NOW < opens_at < NOW + WINDOW

    just_before = usage_at(opens_at - timedelta(microseconds=1), history)
    assert judge(per_day(limit), just_before, images=images) is not None
    assert judge(per_day(limit), usage_at(opens_at, history), images=images) is None


@given(history=histories, images=wishes)
def test_without_a_daily_limit_any_number_is_allowed(history: list[Spent], images: int) -> None:
    assert judge(per_day(None), usage_at(NOW, history), images=images) is None


@given(history=histories, images=wishes)
def test_a_limit_of_none_at_all_says_so_and_promises_no_time(history: list[Spent], images: int) -> None:
    assert judge(per_day(0), usage_at(NOW, history), images=images) == Denied(reason=DeniedReason.NO_IMAGES)


@given(open_jobs=st.integers(0, 10), at_once=st.integers(1, 5))
def test_as_many_jobs_may_be_open_as_the_policy_says(open_jobs: int, at_once: int) -> None:
    policy = Policy(jobs_at_once=at_once, images_per_day=None)

    denied = judge(policy, usage_at(NOW, [], open_jobs=open_jobs), images=1)

    if open_jobs < at_once:
        assert denied is None
    else:
        assert denied == Denied(reason=DeniedReason.JOBS_AT_ONCE, limit=at_once, used=open_jobs)


def test_more_than_a_whole_day_allows_is_said_to_be_too_many_and_not_to_wait() -> None:
    denied = judge(per_day(3), usage_at(NOW, []), images=4)

    assert denied == Denied(reason=DeniedReason.TOO_MANY_FOR_LIMIT, limit=3, used=0)


def test_a_denial_names_the_limit_and_what_is_used() -> None:
    history = [Spent(NOW - timedelta(hours=5), 2), Spent(NOW - timedelta(hours=1), 2)]

    denied = judge(per_day(5), usage_at(NOW, history), images=2)

    assert denied == Denied(
        reason=DeniedReason.IMAGES_PER_DAY, limit=5, used=4, opens_at=NOW + timedelta(hours=19)
    )


def test_jobs_that_are_open_speak_before_pictures_that_are_used() -> None:
    usage = Usage(open_jobs=3, spent=[Spent(NOW, 50)])

    denied = judge(per_day(50), usage, images=1)

    assert denied is not None
    assert denied.reason is DeniedReason.JOBS_AT_ONCE
