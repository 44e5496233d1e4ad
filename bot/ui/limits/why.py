"""Denials as moderators read them in `/limits explain`, and members in `/me`."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from bot.domain.moderation import Facts, PastDenial
from bot.domain.policy.decision import Block, DenialReason, Denied, LimitReport, Pause
from bot.domain.policy.quota import WINDOWS, LimitExceeded
from bot.domain.policy.rules import MONEY, OF_THE_SERVER, Limit, Rule, Scope
from bot.ui.base import markdown
from bot.ui.base.components import lines
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import limit_name, rule_name, value_text
from bot.ui.base.units import about_usd, stamp

REASON_ROOM: Final = 200


def why_not(view: LimitReport, denied: Denied, *, yours: bool = False) -> str:
    """Return why the plainest command is denied: which rule, when it opens, and what helps.

    With `yours` the text speaks to the member, else to a moderator.
    """
    match denied.reason:
        case DenialReason.PAUSED:
            return _paused(denied.pause, yours=yours)
        case DenialReason.BLOCKED:
            return blocked_text(denied.block, yours=yours)
        case DenialReason.CHANNEL:
            helps = _("Try another channel.") if yours else _("`/channels allow` opens it.")
            return lines(_("**This channel is closed for pictures.**"), f"-# {helps}")
        case DenialReason.LIMIT if denied.exceeded is not None:
            helps = _still_edits(view, denied.exceeded) or (_help_yourself if yours else _help_them)(
                denied.exceeded
            )
            return lines(_limit(view, denied.exceeded, yours=yours), f"-# {helps}")
        case _:
            return _stopped(denied.reason)


def of_text(limit: Limit, used: int, allowed: int) -> str:
    """Return `12 of 20`, in pictures, or in dollars for micro USD."""
    said = about_usd if limit in MONEY else "{:,}".format
    return _("{used} of {allowed}").format(used=said(used), allowed=said(allowed))


def _used(limit: Limit, used: int, allowed: int) -> str:
    return _("{amount} used").format(amount=of_text(limit, used, allowed))


def refused_text(refused: PastDenial) -> str:
    """Return one past denial on one line: when, where and why."""
    what = refused_what(refused.code, refused.facts)
    text = _("{when} in <#{channel}>: {what}")
    return text.format(when=stamp(refused.at), channel=refused.channel_id, what=what)


def refused_what(code: str, facts: Facts) -> str:
    """Return why a command was denied, from the stored code (a `Limit` or `DenialReason`) and its facts."""
    if code not in set(Limit):
        return _stopped(DenialReason(code), facts.get("filter"))
    limit = Limit(code)
    return " · ".join(
        part for part in (f"**{limit_name(limit)}**", _counted(limit, facts), _whose(facts)) if part
    )


def _counted(limit: Limit, facts: Facts) -> str:
    used, allowed = facts.get("used", 0), facts.get("allowed")
    if allowed is None:
        return ""
    if limit in WINDOWS or limit in MONEY:
        return _used(limit, used, allowed)
    if limit is Limit.COOLDOWN_S:
        return value_text(limit, allowed)
    return _("at most {value}").format(value=value_text(limit, allowed))


def _whose(facts: Facts) -> str:
    if "scope" not in facts:
        return ""
    return rule_name(Rule(scope=Scope(facts["scope"]), subject_id=facts.get("subject")))


def _stopped(stop: DenialReason, filter_number: Any = None) -> str:
    match stop:
        case DenialReason.PAUSED:
            return _("**the server was paused**")
        case DenialReason.BLOCKED:
            return _("**they were blocked**")
        case DenialReason.CHANNEL:
            return _("**the channel is closed for pictures**")
        case DenialReason.FILTER if filter_number is not None:
            return _("**filter #{n}** stopped the prompt").format(n=filter_number)
        case DenialReason.FILTER:
            return _("**a filter** stopped the prompt")
        case DenialReason.RETRIED_ALREADY:
            return _("**it was tried again already**")
        case DenialReason.LIMIT:
            return _("**a limit**")


def _paused(pause: Pause | None, *, yours: bool) -> str:
    text = pause.text if pause is not None else ""
    quote = markdown.quote(text, REASON_ROOM) if text.strip() else None
    if yours:
        return lines(_("**Easel is paused in this server.**"), quote, _("-# Its moderators will resume it."))
    title = _("**The server is paused**, for everybody.")
    since = _("since {when}, by <@{id}>").format(when=stamp(pause.at), id=pause.by) if pause else ""
    return lines(title, quote, f"-# {since} · {_('`/resume` opens it again.')}")


def blocked_text(block: Block | None, *, yours: bool) -> str:
    """Return until when and why somebody is blocked; with `yours` the text speaks to that member."""
    if block is None:
        return _("**Blocked.**")
    until = _until(block.until)
    quote = markdown.quote(block.reason, REASON_ROOM)
    if yours:
        title = _("**You are blocked in this server** {until}.").format(until=until)
        return lines(title, quote, _("-# Its moderators can lift it."))
    title = _("**Blocked** {until}, by <@{id}>.").format(until=until, id=block.by)
    return lines(title, quote, _("-# `/unblock` lifts it."))


def _until(until: datetime | None) -> str:
    if until is None:
        return _("until somebody lifts it")
    return _("until {when}").format(when=stamp(until, "f"))


def _limit(view: LimitReport, no: LimitExceeded, *, yours: bool) -> str:
    if no.allowed is not None and no.is_counted:
        state = _used(no.limit, no.used, no.allowed)
    elif no.limit is Limit.JOBS_AT_ONCE:
        state = _("{n} under way").format(n=no.used)
    else:
        state = value_text(no.limit, view.ruling.value(no.limit))
    parts = (f"**{limit_name(no.limit)}:** {state}", rule_name(no.by, yours=yours), _opens(no))
    return " · ".join(part for part in parts if part)


def _opens(no: LimitExceeded) -> str | None:
    if no.opens_at is None:
        return None
    text = _("starts anew {when}") if no.limit in MONEY else _("opens {when}")
    return text.format(when=stamp(no.opens_at))


def may_still_edit(view: LimitReport, no: LimitExceeded | None) -> bool:
    """Whether `/edit` is still open although `no` closes `/imagine`."""
    if no is None or no.limit is not Limit.MAY_IMAGINE:
        return False
    return bool(view.ruling.value(Limit.MAY_EDIT)) and view.ruling.value(Limit.REFERENCES_PER_EDIT) != 0


def _still_edits(view: LimitReport, no: LimitExceeded) -> str | None:
    return _("`/edit` is open all the same.") if may_still_edit(view, no) else None


def _help_yourself(no: LimitExceeded) -> str:
    if no.opens_at is not None:
        return _("Wait until then.") if no.is_operators else _("Wait until then, or ask a moderator.")
    if no.limit is Limit.JOBS_AT_ONCE:
        return _("When one is done, there is room for the next. `/queue` shows them.")
    if no.is_operators:
        return _("Only the bot's operator can change this.")
    return _("Only the server's moderators can change this.")


def _help_them(no: LimitExceeded) -> str:
    if no.is_operators:
        return _("Only the bot's operator can change this.")
    if no.limit in WINDOWS:
        return _("`/limits grant` gives pictures on top, `/limits reset` starts the count anew.")
    if no.limit in OF_THE_SERVER:
        return _("`/budget` shows what was spent, `/limits set` raises it.")
    if no.limit in {Limit.JOBS_AT_ONCE, Limit.COOLDOWN_S}:
        return _("Time helps, or `/limits reset`.")
    return _("`/limits set` changes this.")
