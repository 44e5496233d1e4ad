"""What a moderator reads out to a member, and what the member reads."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from bot.domain.moderation import MAX_PAUSE_TEXT, MAX_REASON, PastDenial
from bot.domain.policy.decision import Block, DenialReason, Denied, Pause, PolicyFacts
from bot.domain.policy.quota import LimitExceeded
from bot.domain.policy.rules import Limit, Scope
from bot.domain.ports.stores import QueueView
from bot.domain.sizes import Resolution
from bot.services.moderation import MOST, MemberReport
from bot.ui.base.discord_limits import MAX_MESSAGE_TEXT
from bot.ui.limits.member import explain_card, own_limits_card
from bot.ui.limits.why import refused_what, why_not
from tests.unit.ui.limits.material import (
    CHANNEL,
    MEMBER,
    MODERATOR,
    NOW,
    ROLE,
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
        limit: MOST for limit in Limit if limit.value.startswith("images_per_") or "usd" in limit.value
    }
    says = member | {
        Limit.JOBS_AT_ONCE: 3,
        Limit.REFERENCES_PER_EDIT: 4,
        Limit.RESOLUTION: Resolution.TWO_K,
        Limit.COOLDOWN_S: 86_399,
        Limit.MAY_IMAGINE: False,
        Limit.MAY_EDIT: False,
        Limit.MAY_BE_PRIVATE: False,
        Limit.MODELS: frozenset({"bytedance/seedream-4-5", "seedream-4-5-251128"}),
        Limit.WEIGHT: Fraction(99, 100),
    }
    assert set(says) == set(Limit)
    spent = dict.fromkeys(MONEY_OF_A_BOOK, MOST - 1)
    block = Block(user_id=BIG_ID, until=NOW, reason=(text * MAX_REASON)[:MAX_REASON], by=BIG_ID, at=NOW)
    docket = PolicyFacts(
        in_server=True,
        pause=Pause(at=NOW, by=BIG_ID, text=(text * MAX_PAUSE_TEXT)[:MAX_PAUSE_TEXT]),
        block=block,
        rules=(rule(Scope.ROLE, says, BIG_ID), rule(Scope.SERVER, says)),
        grants=tuple(grant(9_999, expires_at=NOW, reason=(text * MAX_REASON)[:MAX_REASON]) for _ in range(9)),
        here=usage(images=99, open_jobs=99, **spent),
        everywhere=usage(images=99, open_jobs=99, **spent),
    )
    facts = {"used": 10**12, "allowed": 10**12, "scope": "role", "subject": BIG_ID}
    refused = PastDenial(at=NOW, channel_id=BIG_ID, code=Limit.SERVER_USD_PER_MONTH.value, facts=facts)
    return member_report(docket, refused=(refused,) * 3)


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
    docket = PolicyFacts(
        in_server=True, rules=(server,), grants=(grant(5, expires_at=NOW),), here=usage(images=2)
    )
    text = explained(member_report(docket))
    assert "now.\nThe next pictures use the extra ones." in text
    assert "**Extra: 5 pictures**" in text
    assert "a prize" in text
    assert "Your next pictures use the extra ones." in mine(member_report(docket))


def test_a_pause_does_not_hide_a_block() -> None:
    text = explained(fullest())
    assert "**The server is paused** for everyone." in text
    assert f"**Blocked** until <t:{int(NOW.timestamp())}:f>, by <@{BIG_ID}>." in text


def test_a_block_says_until_when_and_why() -> None:
    block = Block(user_id=MEMBER, until=None, reason="spam", by=MODERATOR, at=NOW)
    docket = PolicyFacts(in_server=True, block=block)
    assert "> spam" in explained(member_report(docket))
    assert "until it's lifted" in explained(member_report(docket))
    assert "**You are blocked in this server** until it's lifted." in mine(member_report(docket))


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
    docket = PolicyFacts(in_server=True, here=usage(micro_usd_today=5_000_000))
    text = mine(member_report(docket, ceiling={Limit.USD_PER_DAY: 5_000_000}))
    assert "$5.00 of $5.00 used · the operator's ceiling · resets <t:" in text
    assert "-# Wait until then.\n" in text


def test_one_picture_is_spoken_of_as_one() -> None:
    server = rule(Scope.SERVER, {Limit.IMAGES_PER_DAY: 1})
    assert "**1** of 1 picture per day left" in mine(
        member_report(PolicyFacts(in_server=True, rules=(server,)))
    )


def test_a_closed_channel_is_told() -> None:
    docket = PolicyFacts(in_server=True, channels={CHANNEL: False})
    assert "Open it with `/channels allow`." in explained(member_report(docket))
    assert "Try another channel." in mine(member_report(docket))


def test_dollars_are_shown_as_used_and_left() -> None:
    server = rule(Scope.SERVER, {Limit.USD_PER_DAY: 5_000_000})
    docket = PolicyFacts(in_server=True, rules=(server,), here=usage(micro_usd_today=420_000))
    assert "**Member budget per day** $0.42 of $5.00 · **$4.58 left**" in explained(member_report(docket))
    assert "**$4.58** of your $5.00 left today" in mine(member_report(docket))


def test_the_operators_ceiling_is_named_as_whose_rule_it_is() -> None:
    text = explained(member_report(PolicyFacts(in_server=True), ceiling={Limit.JOBS_AT_ONCE: 3}))
    assert "**Jobs at once** 3 · the operator's ceiling" in text


@pytest.mark.parametrize("code", [*DenialReason, *Limit])
def test_every_refusal_on_record_can_be_told(code: DenialReason | Limit) -> None:
    refused = PastDenial(at=NOW, channel_id=CHANNEL, code=code.value, facts={})
    assert "**Recently refused**" in explained(member_report(PolicyFacts(in_server=True), refused=(refused,)))


def test_a_refusal_tells_what_counted_and_whose_rule_it_was() -> None:
    facts = {"used": 20, "allowed": 20, "scope": "role", "subject": ROLE}
    refused = PastDenial(at=NOW, channel_id=CHANNEL, code="images_per_day", facts=facts)
    text = explained(member_report(PolicyFacts(in_server=True), refused=(refused,)))
    assert f"in <#{CHANNEL}>: **Pictures per day** · 20 of 20 used · role <@&{ROLE}>" in text


def test_refusals_that_read_the_same_are_told_once() -> None:
    same = PastDenial(at=NOW, channel_id=CHANNEL, code="paused", facts={})
    other = PastDenial(at=NOW, channel_id=CHANNEL, code="blocked", facts={})
    text = explained(member_report(PolicyFacts(in_server=True), refused=(same, other, same)))
    assert text.count("**the server was paused** · 2 times") == 1
    assert "**they were blocked**\n" in text


def test_limits_that_nobody_set_are_not_listed() -> None:
    assert "-# Everything else: no limit" in explained(used_up())
    assert "Everything else" not in explained(fullest())


def test_a_filter_that_stopped_a_prompt_is_told_by_its_number() -> None:
    refused = PastDenial(at=NOW, channel_id=CHANNEL, code="filter", facts={"filter": 7})
    text = explained(member_report(PolicyFacts(in_server=True), refused=(refused,)))
    assert "**filter #7** blocked the prompt" in text


@pytest.mark.parametrize("yours", [True, False])
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
    assert len({refused_what(limit.value, {}) for limit in Limit}) == len(Limit)


def test_who_left_the_server_is_explained_without_roles() -> None:
    assert "Not in this server right now" in explained(
        member_report(PolicyFacts(in_server=True)), is_member=False
    )


def test_the_fullest_report_fits_into_a_card_and_nothing_in_it_pings_or_links() -> None:
    for text in (explained(fullest()), mine(fullest())):
        assert r"\@everyone" in text
        assert "[x](" not in text


@pytest.mark.parametrize("text", ["*", "\n", "\n*", "<@1>", "@here ", "||`", "_ ", "# x\n", "\\", "é", "😀"])
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
