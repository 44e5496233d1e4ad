"""Denials as moderators read them in `/limits explain`, and members in `/me`."""

from __future__ import annotations

from typing import Any, Final

from bot.domain.moderation import Facts, PastDenial
from bot.domain.policy.decision import Block, DenialReason, Denied, LimitReport, Pause
from bot.domain.policy.quota import VIDEO_WINDOWS, WINDOWS, LimitExceeded
from bot.domain.policy.rules import MONEY, OF_THE_SERVER, Limit, Rule, Scope
from bot.ui.base import markdown
from bot.ui.base.components import lines
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import limit_name, rule_name, value_text
from bot.ui.base.units import about_usd, stamp

REASON_ROOM: Final = 200


def why_not(report: LimitReport, denied: Denied, *, yours: bool = False) -> str:
    """Return why a command for one picture or video is denied: which rule, when it opens, and what helps.

    With `yours` the text speaks to the member, else to a moderator.
    """
    match denied.reason:
        case DenialReason.PAUSED:
            return _paused(denied.pause, yours=yours)
        case DenialReason.BLOCKED:
            return blocked_text(denied.block, yours=yours)
        case DenialReason.CHANNEL:
            helps = _("Try another channel.") if yours else _("Open it with `/channels allow`.")
            return lines(_("**This channel is closed for pictures.**"), f"-# {helps}")
        case DenialReason.LIMIT if denied.exceeded is not None:
            exceeded = denied.exceeded
            if may_still_edit(report, exceeded):
                helps = _("`/edit` still works.")
            else:
                helps = _next_step_of_member(exceeded) if yours else _next_step_of_moderator(exceeded)
            return lines(_limit(report, exceeded, yours=yours), f"-# {helps}")
        case _:
            return _stopped(denied.reason)


def used_of_allowed(limit: Limit, used: int, allowed: int) -> str:
    """Return `12 of 20`, in pictures, or in dollars for micro USD."""
    amount = about_usd if limit in MONEY else "{:,}".format
    return _("{used} of {allowed}").format(used=amount(used), allowed=amount(allowed))


def _used(limit: Limit, used: int, allowed: int) -> str:
    return _("{amount} used").format(amount=used_of_allowed(limit, used, allowed))


def denial_text(denial: PastDenial) -> str:
    """Return one past denial on one line: when, where and why."""
    what = denial_reason(denial.code, denial.facts)
    text = _("{when} in <#{channel}>: {what}")
    return text.format(when=stamp(denial.at), channel=denial.channel_id, what=what)


def denial_reason(code: str, facts: Facts) -> str:
    """Return why a command was denied, from the stored code (a `Limit` or `DenialReason`) and its facts."""
    if code not in set(Limit):
        return _stopped(DenialReason(code), facts.get("filter"))
    limit = Limit(code)
    whose = ""
    if "scope" in facts:
        whose = rule_name(Rule(scope=Scope(facts["scope"]), subject_id=facts.get("subject")))
    return " · ".join(part for part in (f"**{limit_name(limit)}**", _counted(limit, facts), whose) if part)


def _counted(limit: Limit, facts: Facts) -> str:
    used, allowed = facts.get("used", 0), facts.get("allowed")
    if allowed is None:
        return ""
    if limit in WINDOWS or limit in MONEY:
        return _used(limit, used, allowed)
    if limit is Limit.COOLDOWN_S:
        return value_text(limit, allowed)
    return _("at most {value}").format(value=value_text(limit, allowed))


def _stopped(stop: DenialReason, filter_number: Any = None) -> str:
    match stop:
        case DenialReason.PAUSED:
            return _("**the server was paused**")
        case DenialReason.BLOCKED:
            return _("**they were blocked**")
        case DenialReason.CHANNEL:
            return _("**the channel is closed for pictures**")
        case DenialReason.FILTER if filter_number is not None:
            return _("**filter #{n}** blocked the prompt").format(n=filter_number)
        case DenialReason.FILTER:
            return _("**a filter** blocked the prompt")
        case DenialReason.RETRIED_ALREADY:
            return _("**it was already tried again**")
        case DenialReason.LIMIT:
            return _("**a limit**")


def _paused(pause: Pause | None, *, yours: bool) -> str:
    text = pause.text if pause is not None else ""
    quote = markdown.quote(text, REASON_ROOM) if text.strip() else None
    if yours:
        return lines(_("**Easel is paused in this server.**"), quote, _("-# Its moderators can resume it."))
    title = _("**The server is paused** for everyone.")
    since = _("since {when}, by <@{id}>").format(when=stamp(pause.at), id=pause.by) if pause else ""
    return lines(title, quote, f"-# {since} · {_('End it with `/resume`.')}")


def blocked_text(block: Block | None, *, yours: bool) -> str:
    """Return until when and why somebody is blocked; with `yours` the text speaks to that member."""
    if block is None:
        return _("**Blocked.**")
    until = _("until it's lifted")
    if block.until is not None:
        until = _("until {when}").format(when=stamp(block.until, "f"))
    quote = markdown.quote(block.reason, REASON_ROOM)
    if yours:
        title = _("**You are blocked in this server** {until}.").format(until=until)
        return lines(title, quote, _("-# Its moderators can lift it."))
    title = _("**Blocked** {until}, by <@{id}>.").format(until=until, id=block.by)
    return lines(title, quote, _("-# Lift it with `/unblock`."))


def _limit(report: LimitReport, exceeded: LimitExceeded, *, yours: bool) -> str:
    if exceeded.allowed is not None and exceeded.is_counted:
        state = _used(exceeded.limit, exceeded.used, exceeded.allowed)
    elif exceeded.limit is Limit.JOBS_AT_ONCE:
        state = _("{n} in progress").format(n=exceeded.used)
    else:
        value = report.ruling.value(exceeded.limit)
        state = value_text(exceeded.limit, value, models=report.model_names)
    parts = [f"**{limit_name(exceeded.limit)}:** {state}", rule_name(exceeded.by, yours=yours)]
    if exceeded.opens_at is not None:
        text = _("resets {when}") if exceeded.limit in MONEY else _("opens {when}")
        parts.append(text.format(when=stamp(exceeded.opens_at)))
    return " · ".join(parts)


def may_still_edit(report: LimitReport, exceeded: LimitExceeded | None) -> bool:
    """Return whether `/edit` is still open although `exceeded` closes `/imagine`."""
    if exceeded is None or exceeded.limit is not Limit.MAY_IMAGINE:
        return False
    return bool(report.ruling.value(Limit.MAY_EDIT)) and report.ruling.value(Limit.REFERENCES_PER_EDIT) != 0


def _next_step_of_member(exceeded: LimitExceeded) -> str:
    if exceeded.opens_at is not None:
        return _("Wait until then.") if exceeded.is_operators else _("Wait until then, or ask a moderator.")
    if exceeded.limit is Limit.JOBS_AT_ONCE:
        return _("You can start another when one is done. `/queue` shows them.")
    if exceeded.is_operators:
        return _("Only the bot's operator can change this.")
    return _("Only the server's moderators can change this.")


def _next_step_of_moderator(exceeded: LimitExceeded) -> str:
    if exceeded.is_operators:
        return _("Only the bot's operator can change this.")
    if exceeded.limit in VIDEO_WINDOWS:
        return _("`/limits set` raises the limit, `/limits reset` resets the count.")
    if exceeded.limit in WINDOWS:
        return _("`/limits grant` gives extra pictures, `/limits reset` resets the count.")
    if exceeded.limit in OF_THE_SERVER:
        return _("`/budget` shows what's spent, `/limits set` raises the limit.")
    if exceeded.limit in {Limit.JOBS_AT_ONCE, Limit.COOLDOWN_S}:
        return _("Wait, or use `/limits reset`.")
    return _("`/limits set` changes this.")
