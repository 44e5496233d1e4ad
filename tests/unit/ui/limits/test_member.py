"""What a moderator reads out to a member, and what the member reads."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

from bot.domain.moderation import MAX_PAUSE_TEXT, MAX_REASON, PastDenial
from bot.domain.policy.decision import Block, DenialReason, Denied, Pause, PolicyFacts
from bot.domain.policy.quota import WINDOWS, LimitExceeded
from bot.domain.policy.rules import MONEY, Limit, Scope
from bot.domain.ports.stores import QueueView
from bot.domain.sizes import Resolution
from bot.services.changes import MOST
from bot.services.moderation import MemberReport
from bot.ui.base.discord_limits import MAX_MESSAGE_TEXT
from bot.ui.limits.member import explain_card, own_limits_card
from bot.ui.limits.why import denial_reason, why_not
from tests.tables import each_case
from tests.unit.ui.limits.material import (
    CHANNEL,
    MEMBER,
    MODERATOR,
    NOW,
    ROLE,
    VIDEO_MODEL,
    assert_discord_takes,
    grant,
    member_report,
    rule,
    text_of,
    usage,
)

BIG_ID = 2**63 - 1
MONEY_OF_A_BOOK = (
    "micro_usd_today",
    "micro_usd_this_month",
    "server_micro_usd_today",
    "server_micro_usd_this_month",
)
NASTY = "@everyone [x](https://evil.example) **bold** "


def explained(report: MemberReport, *, is_member: bool = True) -> str:
    view = explain_card(report, MEMBER, channel_id=CHANNEL, is_member=is_member)
    assert_discord_takes(view)
    return text_of(view)


def mine(report: MemberReport) -> str:
    view = own_limits_card(report, QueueView(mine=(), waiting=0, working=0))
    assert_discord_takes(view)
    return text_of(view)


def used_up() -> MemberReport:
    role = rule(Scope.ROLE, {Limit.IMAGES_PER_DAY: 20}, ROLE)
    return member_report(PolicyFacts(in_server=True, rules=(role,), here=usage(images=20)))


def fullest(text: str = NASTY) -> MemberReport:
    """Everything there can be, at its longest."""
    member: dict[Limit, Any] = {
        limit: MOST for limit in Limit if "s_per_" in limit.value or "usd" in limit.value
    }
    says = member | {
        Limit.JOBS_AT_ONCE: 3,
        Limit.REFERENCES_PER_EDIT: 4,
        Limit.RESOLUTION: Resolution.TWO_K,
        Limit.COOLDOWN_S: 86_399,
        Limit.MAY_IMAGINE: False,
        Limit.MAY_EDIT: False,
        Limit.MAY_ANIMATE: False,
        Limit.MAY_BE_PRIVATE: False,
        Limit.MODELS: frozenset({"bytedance/seedream-4-5", "seedream-4-5-251128"}),
        Limit.WEIGHT: Fraction(99, 100),
    }
    assert set(says) == set(Limit)
    spent = dict.fromkeys(MONEY_OF_A_BOOK, MOST - 1)
    block = Block(user_id=BIG_ID, until=NOW, reason=(text * MAX_REASON)[:MAX_REASON], by=BIG_ID, at=NOW)
    facts = PolicyFacts(
        in_server=True,
        pause=Pause(at=NOW, by=BIG_ID, text=(text * MAX_PAUSE_TEXT)[:MAX_PAUSE_TEXT]),
        block=block,
        rules=(rule(Scope.ROLE, says, BIG_ID), rule(Scope.SERVER, says)),
        grants=tuple(grant(9_999, expires_at=NOW, reason=(text * MAX_REASON)[:MAX_REASON]) for _ in range(9)),
        here=usage(images=99, open_jobs=99, **spent),
        everywhere=usage(images=99, open_jobs=99, **spent),
    )
    numbers = {"used": 10**12, "allowed": 10**12, "scope": "role", "subject": BIG_ID}
    denial = PastDenial(at=NOW, channel_id=BIG_ID, code=Limit.SERVER_USD_PER_MONTH.value, facts=numbers)
    return member_report(facts, denials=(denial,) * 3, video=VIDEO_MODEL)


def test_who_may_paint_is_told_so_first() -> None:
    text = explained(member_report(PolicyFacts(in_server=True)))
    assert f"**Can make a picture** in <#{CHANNEL}> now." in text
    assert "-# No limits apply." in text


def test_a_limit_that_says_no_is_named_with_its_rule_and_when_it_opens() -> None:
    text = explained(used_up())
    opens = int((NOW + timedelta(hours=23, minutes=30)).timestamp())
    assert f"**Can't make a picture** in <#{CHANNEL}> now:" in text
    assert f"**Pictures per day:** 20 of 20 used · role <@&{ROLE}> · opens <t:{opens}:R>" in text
    assert "`/limits grant`" in text


def test_the_member_reads_the_same_in_their_own_words() -> None:
    text = mine(used_up())
    assert "### You can't paint right now" in text
    assert "**Pictures per day:** 20 of 20 used" in text
    assert "Wait until then, or ask a moderator." in text
    assert "pictures per day left" not in text
    assert "`/imagine`" not in text
    assert "`/limits" not in text


def test_a_grant_opens_what_a_window_closed() -> None:
    server = rule(Scope.SERVER, {Limit.IMAGES_PER_DAY: 2})
    facts = PolicyFacts(
        in_server=True, rules=(server,), grants=(grant(5, expires_at=NOW),), here=usage(images=2)
    )
    text = explained(member_report(facts))
    assert "now.\nThe next pictures use the extra ones." in text
    assert "**Extra: 5 pictures**" in text
    assert "a prize" in text
    assert "Your next pictures use the extra ones." in mine(member_report(facts))


def test_a_pause_does_not_hide_a_block() -> None:
    text = explained(fullest())
    assert "**The server is paused** for everyone." in text
    assert f"**Blocked** until <t:{int(NOW.timestamp())}:f>, by <@{BIG_ID}>." in text


def test_a_block_says_until_when_and_why() -> None:
    block = Block(user_id=MEMBER, until=None, reason="spam", by=MODERATOR, at=NOW)
    facts = PolicyFacts(in_server=True, block=block)
    assert "> spam" in explained(member_report(facts))
    assert "until it's lifted" in explained(member_report(facts))
    assert "**You are blocked in this server** until it's lifted." in mine(member_report(facts))


def test_who_may_not_imagine_hears_that_edit_is_open() -> None:
    server = rule(Scope.SERVER, {Limit.MAY_IMAGINE: False})
    text = mine(member_report(PolicyFacts(in_server=True, rules=(server,))))
    assert "**May use /imagine:** no · the server's default\n-# `/edit` still works." in text


def test_who_may_only_edit_reads_so_first() -> None:
    no_imagine = rule(Scope.SERVER, {Limit.MAY_IMAGINE: False})
    no_pictures_attached = rule(Scope.SERVER, {Limit.MAY_IMAGINE: False, Limit.REFERENCES_PER_EDIT: 0})
    used = rule(Scope.SERVER, {Limit.MAY_IMAGINE: False, Limit.IMAGES_PER_DAY: 2})
    open_text, *closed = (
        mine(member_report(PolicyFacts(in_server=True, rules=(server,), here=usage(images=2))))
        for server in (no_imagine, no_pictures_attached, used)
    )
    assert "### You can edit pictures here, but not make new ones" in open_text
    assert "Start one with `/imagine`" not in open_text
    assert all("### You can't paint right now" in text for text in closed)


def test_a_budget_that_is_used_up_starts_anew_and_no_moderator_lifts_the_operators() -> None:
    facts = PolicyFacts(in_server=True, here=usage(micro_usd_today=5_000_000))
    text = mine(member_report(facts, ceiling={Limit.USD_PER_DAY: 5_000_000}))
    assert "$5.00 of $5.00 used · the operator's ceiling · resets <t:" in text
    assert "-# Wait until then.\n" in text


def test_one_picture_is_spoken_of_as_one() -> None:
    server = rule(Scope.SERVER, {Limit.IMAGES_PER_DAY: 1})
    assert "**1** of 1 picture per day left" in mine(
        member_report(PolicyFacts(in_server=True, rules=(server,)))
    )


def test_a_closed_channel_is_told() -> None:
    facts = PolicyFacts(in_server=True, channels={CHANNEL: False})
    assert "Open it with `/channels allow`." in explained(member_report(facts))
    assert "Try another channel." in mine(member_report(facts))


def test_dollars_are_shown_as_used_and_left() -> None:
    server = rule(Scope.SERVER, {Limit.USD_PER_DAY: 5_000_000})
    facts = PolicyFacts(in_server=True, rules=(server,), here=usage(micro_usd_today=420_000))
    assert "**Member budget per day** $0.42 of $5.00 · **$4.58 left**" in explained(member_report(facts))
    assert "**$4.58** of your $5.00 left today" in mine(member_report(facts))


def test_the_operators_ceiling_is_named_as_whose_rule_it_is() -> None:
    text = explained(member_report(PolicyFacts(in_server=True), ceiling={Limit.JOBS_AT_ONCE: 3}))
    assert "**Jobs at once** 3 · the operator's ceiling" in text


@each_case("code", [*DenialReason, *Limit])
def test_every_refusal_on_record_can_be_told(code: DenialReason | Limit) -> None:
    denial = PastDenial(at=NOW, channel_id=CHANNEL, code=code.value, facts={})
    assert "**Recently refused**" in explained(member_report(PolicyFacts(in_server=True), denials=(denial,)))


def test_a_refusal_tells_what_counted_and_whose_rule_it_was() -> None:
    facts = {"used": 20, "allowed": 20, "scope": "role", "subject": ROLE}
    denial = PastDenial(at=NOW, channel_id=CHANNEL, code="images_per_day", facts=facts)
    text = explained(member_report(PolicyFacts(in_server=True), denials=(denial,)))
    assert f"in <#{CHANNEL}>: **Pictures per day** · 20 of 20 used · role <@&{ROLE}>" in text


def test_refusals_that_read_the_same_are_told_once() -> None:
    same = PastDenial(at=NOW, channel_id=CHANNEL, code="paused", facts={})
    other = PastDenial(at=NOW, channel_id=CHANNEL, code="blocked", facts={})
    text = explained(member_report(PolicyFacts(in_server=True), denials=(same, other, same)))
    assert text.count("**the server was paused** · 2 times") == 1
    assert "**they were blocked**\n" in text


def test_limits_that_nobody_set_are_not_listed() -> None:
    assert "-# Everything else: no limit" in explained(used_up())
    assert "Everything else" not in explained(fullest())


def test_a_filter_that_stopped_a_prompt_is_told_by_its_number() -> None:
    denial = PastDenial(at=NOW, channel_id=CHANNEL, code="filter", facts={"filter": 7})
    text = explained(member_report(PolicyFacts(in_server=True), denials=(denial,)))
    assert "**filter #7** blocked the prompt" in text


@each_case("yours", [True, False])
def test_every_limit_that_denies_has_words_of_its_own(yours: bool) -> None:
    limits = [limit for limit in Limit if limit is not Limit.WEIGHT]  # the share of the queue denies nothing
    report = member_report(PolicyFacts(in_server=True)).limits

    texts = {
        why_not(
            report,
            Denied(reason=DenialReason.LIMIT, exceeded=LimitExceeded(limit=limit, by=rule(Scope.SERVER, {}))),
            yours=yours,
        )
        for limit in limits
    }

    assert len(texts) == len(limits)
    assert len({denial_reason(limit.value, {}) for limit in Limit}) == len(Limit)


def test_who_left_the_server_is_explained_without_roles() -> None:
    assert "Not in this server right now" in explained(
        member_report(PolicyFacts(in_server=True)), is_member=False
    )


def test_the_fullest_report_fits_into_a_card_and_nothing_in_it_pings_or_links() -> None:
    for text in (explained(fullest()), mine(fullest())):
        assert r"\@everyone" in text
        assert "[x](" not in text


@each_case("text", ["*", "\n", "\n*", "<@1>", "@here ", "||`", "_ ", "# x\n", "\\", "é", "😀"])
def test_whatever_is_typed_the_fullest_report_fits_into_a_card(text: str) -> None:
    view = explain_card(fullest(text), BIG_ID, channel_id=BIG_ID, is_member=False)
    assert_discord_takes(view)
    assert view.content_length() <= MAX_MESSAGE_TEXT
    mine(fullest(text))


def test_in_a_direct_message_only_the_operator_speaks() -> None:
    text = mine(member_report(PolicyFacts(everywhere=usage(images=3)), ceiling={Limit.IMAGES_PER_DAY: 50}))
    assert "### You can paint now" in text
    assert "**47** of 50 pictures per day left\n-# the operator's ceiling" in text


def test_who_has_no_limit_at_all_is_told_so() -> None:
    text = mine(member_report(PolicyFacts(in_server=True)))
    assert "You can make as many pictures as you like here." in text
    assert "Start one with `/imagine`." in text


def with_videos(says: dict[Limit, Any] | None = None, **more: Any) -> MemberReport:
    rules = (rule(Scope.SERVER, says),) if says else ()
    facts = PolicyFacts(in_server=True, rules=rules, here=usage(**more), everywhere=usage(**more))
    return member_report(facts, ceiling={Limit.VIDEOS_PER_DAY: 3}, video=VIDEO_MODEL)


def test_where_videos_are_closed_a_moderator_reads_how_to_open_them_and_a_member_nothing() -> None:
    assert "-# Videos aren't open in this server yet. `/setup` opens them." in explained(with_videos())
    assert "ideo" not in mine(with_videos())
    assert "You can make as many pictures as you like here." in mine(with_videos())


@each_case("limit", [*WINDOWS, *MONEY])
def test_a_member_reads_what_is_left_of_every_limit_that_counts(limit: Limit) -> None:
    value = 3_000_000 if limit in MONEY else 3
    assert "**3** of 3" in mine(with_videos({Limit.MAY_ANIMATE: True, limit: value})).replace(
        "$", ""
    ).replace(".00", "")


def test_where_videos_are_open_both_read_how_many_are_left() -> None:
    report = with_videos({Limit.MAY_ANIMATE: True, Limit.VIDEOS_PER_DAY: 2}, videos=1)

    assert "**Can make a video** there too." in explained(report)
    assert "**Videos per day** 1 of 2 · **1 left**" in explained(report)
    assert "**1** of 2 videos per day left\n-# the server's default" in mine(report)
    assert "You can make as many pictures as you like here." in mine(report)


def test_who_used_up_their_videos_may_still_paint_and_reads_when_the_next_opens() -> None:
    report = with_videos({Limit.MAY_ANIMATE: True, Limit.VIDEOS_PER_DAY: 2}, videos=2)
    opens = f"<t:{int((NOW + timedelta(hours=23, minutes=30)).timestamp())}:R>"

    assert (
        f"**Can't make a video:**\n**Videos per day:** 2 of 2 used · the server's default · opens {opens}"
        in (explained(report))
    )
    assert "### You can paint now" in mine(report)
    assert f"**0** of 2 videos per day left\n-# the server's default · one more opens {opens}" in mine(report)


def test_videos_that_were_made_stay_told_where_they_were_closed_again() -> None:
    report = with_videos({Limit.MAY_ANIMATE: False, Limit.VIDEOS_PER_DAY: 2}, videos=1)

    assert "**May use /animate:** no · the server's default" in explained(report)
    assert "**1** of 2 videos per day left" in mine(report)


def test_where_no_videos_are_on_offer_nobody_reads_of_them() -> None:
    report = member_report(PolicyFacts(), ceiling={Limit.VIDEOS_PER_DAY: 3})

    assert "ideo" not in mine(report)
    assert "ideo" not in explained(report)


def test_what_denies_pictures_and_videos_alike_is_told_once() -> None:
    text = explained(with_videos({Limit.MAY_ANIMATE: True, Limit.JOBS_AT_ONCE: 1}, open_jobs=1))

    assert text.count("**Jobs at once:** 1 in progress") == 1


def test_a_video_may_cost_more_than_a_budget_leaves_where_a_picture_fits() -> None:
    report = with_videos({Limit.MAY_ANIMATE: True, Limit.USD_PER_DAY: 500_000}, micro_usd_today=100_000)

    assert "**Can't make a video:**\n**Member budget per day:** $0.10 of $0.50 used" in explained(report)


def test_a_past_refusal_of_a_video_names_its_limit() -> None:
    facts = {"scope": Scope.FREE.value}
    denial = PastDenial(at=NOW, channel_id=CHANNEL, code="may_animate", facts=facts)

    text = explained(member_report(PolicyFacts(in_server=True), denials=(denial,)))

    assert "**May use /animate** · Easel's default" in text
