"""Texts about changes: what was done, what was there before, and whom a rule applies to."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

from bot.domain.content.filters import FilterKind
from bot.domain.jobs import MAX_PROMPT
from bot.domain.moderation import (
    AddFilter,
    Applied,
    AuditEntry,
    BlockMember,
    Change,
    ClearLimits,
    DropServerPreset,
    Facts,
    GiveImages,
    PauseServer,
    RemoveFilter,
    RemoveResult,
    ResetMember,
    ResumeServer,
    SetChannel,
    SetEnhance,
    SetLimit,
    SetModLog,
    SharePreset,
    UnblockMember,
)
from bot.domain.policy.rules import OF_THE_SERVER, Limit, Scope, decode
from bot.domain.presets import MAX_NAME, MAX_PRESETS, PresetProblem
from bot.ui.base import markdown
from bot.ui.base.components import lines
from bot.ui.base.i18n import _, n_
from bot.ui.base.limit_names import NO_NAMES, ModelNames, limit_name, value_text
from bot.ui.base.units import images, stamp

VALUE_QUOTE_ROOM: Final = 700
_CHANNEL_TEXTS: Final = {
    True: _("allowed pictures in <#{id}>"),
    False: _("denied pictures in <#{id}>"),
    None: _("cleared the rule for <#{id}>"),
}


def scope_text(scope: Scope, subject_id: int | None) -> str:
    """Return whom a rule applies to: `for everyone`, `in <#8>`, …"""
    match scope:
        case Scope.ROLE:
            return _("for role <@&{id}>").format(id=subject_id)
        case Scope.CHANNEL:
            return _("in <#{id}>").format(id=subject_id)
        case Scope.MEMBER:
            return _("for <@{id}>").format(id=subject_id)
        case Scope.SERVER | Scope.OPERATOR | Scope.FREE:
            return _("for everyone")


def change_text(change: Change) -> str:
    """Return what a moderator did, to follow their name: `set **Pictures per day** to **20** for role …`."""
    match change:
        case SetLimit() | ClearLimits():
            return _rule_text(change)
        case GiveImages():
            return _grant_text(change)
        case ResetMember(user_id=user_id):
            return _("reset the usage of <@{id}>").format(id=user_id)
        case BlockMember(user_id=user_id, until=until):
            if until is None:
                return _("blocked <@{id}> until it's lifted").format(id=user_id)
            return _("blocked <@{id}> until {when}").format(id=user_id, when=stamp(until, "f"))
        case UnblockMember(user_id=user_id):
            return _("unblocked <@{id}>").format(id=user_id)
        case AddFilter(kind=kind, text=text):
            is_word = kind is FilterKind.WORD
            added = _("added the filter word “{text}”") if is_word else _("added the filter pattern “{text}”")
            return added.format(text=markdown.inert(text))
        case RemoveFilter(number=number):
            return _("removed filter #{n}").format(n=number)
        case RemoveResult(job_id=job_id):
            return _("removed the result of job `{id}`").format(id=job_id)
        case SharePreset(name=name):
            return _("shared the preset **{name}** with this server").format(name=markdown.inert(name))
        case DropServerPreset(name=name):
            return _("removed this server's preset **{name}**").format(name=markdown.inert(name))
        case SetChannel(channel_id=channel_id, is_open=is_open):
            return _CHANNEL_TEXTS[is_open].format(id=channel_id)
        case SetModLog(channel_id=None):
            return _("turned the mod-log off")
        case SetModLog(channel_id=channel_id):
            return _("moved the mod-log to <#{id}>").format(id=channel_id)
        case PauseServer():
            return _("paused Easel")
        case ResumeServer():
            return _("resumed Easel")
        case SetEnhance(is_on=True):
            return _("turned prompt rewriting on by default")
        case SetEnhance():
            return _("turned prompt rewriting off by default")


_CHANNEL_STATES: Final = {
    True: _("<#{id}> is open for pictures"),
    False: _("<#{id}> is closed for pictures"),
    None: _("<#{id}> is neither opened nor closed"),
}
_GOOD_UNTIL: Final = _("<@{id}> has {pictures} extra until {when}")
_BLOCKED_UNTIL: Final = _("<@{id}> is blocked until {when}")
_MATCHES_STOPPED: Final = _("Prompts that match “{text}” are blocked")
_ENHANCES: Final = {
    True: _("Prompts of /imagine are expanded unless a member turns that off"),
    False: _("Prompts of /imagine stay as written unless a member turns enhance on"),
}


def state_text(change: Change, *, models: ModelNames = NO_NAMES) -> str:
    """Return what is true once a change is made, as a heading: `Pictures per day: 20`."""
    match change:
        case SetLimit(limit=limit, value=value):
            return f"{limit_name(limit)}: {value_text(limit, value, models=models)}"
        case ClearLimits(scope=scope, subject_id=subject_id, limit=limit):
            text = _("No limits are set {whom}") if limit is None else _("{limit}: not set")
            whom = scope_text(scope, subject_id)
            return text.format(whom=whom, limit="" if limit is None else limit_name(limit))
        case GiveImages(user_id=user_id, images=number, expires_at=until):
            text = _("<@{id}> has {pictures} extra") if until is None else _GOOD_UNTIL
            when = "" if until is None else stamp(until, "f")
            return text.format(id=user_id, pictures=images(number), when=when)
        case ResetMember(user_id=user_id):
            return _("The usage of <@{id}> starts at 0").format(id=user_id)
        case BlockMember(user_id=user_id, until=until):
            text = _("<@{id}> is blocked until it's lifted") if until is None else _BLOCKED_UNTIL
            return text.format(id=user_id, when="" if until is None else stamp(until, "f"))
        case UnblockMember(user_id=user_id):
            return _("<@{id}> is no longer blocked").format(id=user_id)
        case AddFilter(kind=kind, text=words):
            text = _("Prompts with “{text}” are blocked") if kind is FilterKind.WORD else _MATCHES_STOPPED
            return text.format(text=markdown.inert(words))
        case RemoveFilter(number=number):
            return _("Filter #{n} is removed").format(n=number)
        case RemoveResult(job_id=job_id):
            return _("The result of job `{id}` is removed").format(id=job_id)
        case SharePreset(name=name):
            return _("Everyone here can use the preset {name}").format(name=markdown.inert(name))
        case DropServerPreset(name=name):
            return _("This server no longer has the preset {name}").format(name=markdown.inert(name))
        case SetChannel(channel_id=channel_id, is_open=is_open):
            return _CHANNEL_STATES[is_open].format(id=channel_id)
        case SetModLog(channel_id=channel_id):
            text = _("The mod-log is off") if channel_id is None else _("The mod-log is in <#{id}>")
            return text.format(id=channel_id)
        case PauseServer():
            return _("Easel is paused")
        case ResumeServer():
            return _("Easel is open again")
        case SetEnhance(is_on=is_on):
            return _ENHANCES[is_on]


def change_quote(change: Change) -> str | None:
    """Return the moderator's reason, text for members or preset as an escaped quote; None if there is none."""
    match change:
        case (
            GiveImages(reason=text)
            | BlockMember(reason=text)
            | PauseServer(text=text)
            | SharePreset(text=text)
        ):
            return markdown.quote(text, VALUE_QUOTE_ROOM) if text.strip() else None
        case _:
            return None


def before_after(changed: Applied | AuditEntry, *, models: ModelNames = NO_NAMES) -> str | None:
    """Return a line for each limit that changed, or what was there before; None if there is nothing to add."""
    before, after = changed.before, changed.after
    match changed.change:
        case SetLimit() | ClearLimits():
            known = [limit for limit in Limit if limit in before or limit in after]
            said = partial(stored_value, models=models)
            rows = (arrow(limit, said(limit, before), said(limit, after)) for limit in known)
            return "\n".join(rows) or None
        case _ if not before:
            return None
        case RemoveFilter():
            is_word = before.get("kind") == FilterKind.WORD
            text = _("It was the word “{text}”.") if is_word else _("It was the pattern “{text}”.")
            return text.format(text=markdown.inert(str(before.get("text", ""))))
        case BlockMember() | UnblockMember():
            return _block_before(before)
        case SetChannel():
            return _("Before: open.") if before.get("is_open") else _("Before: closed.")
        case SetModLog():
            return _("Before: in <#{id}>.").format(id=before.get("channel_id"))
        case SharePreset():
            return lines(_("It replaced this one:"), _preset_before(before))
        case DropServerPreset():
            return lines(_("It read:"), _preset_before(before))
        case _:
            return None


def sentence(text: str) -> str:
    """Return `text` of `change_text` as a sentence of its own."""
    return f"{text[:1].upper()}{text[1:]}."


def arrow(limit: Limit, before: str, after: str) -> str:
    """Return a line with the name of a limit and its value before and after."""
    return f"**{limit_name(limit)}:** {before} → **{after}**"


def stored_value(limit: Limit, facts: Facts, *, models: ModelNames = NO_NAMES) -> str:
    """Return the value of a limit before or after a change; `not set` where there was none."""
    return value_text(limit, decode(limit, facts[limit]), models=models) if limit in facts else _("not set")


def _preset_before(before: Facts) -> str:
    return markdown.quote(str(before.get("text", "")), VALUE_QUOTE_ROOM)


def _block_before(before: Facts) -> str:
    until, reason = before.get("until"), str(before.get("reason", ""))
    text = _("Before: blocked until {when}.") if until else _("Before: blocked until it's lifted.")
    when = stamp(datetime.fromisoformat(until), "f") if until else ""
    return lines(text.format(when=when), markdown.quote(reason, VALUE_QUOTE_ROOM) if reason.strip() else None)


def _rule_text(change: SetLimit | ClearLimits) -> str:
    whom = scope_text(change.scope, change.subject_id)
    if change.limit is None:
        return _("removed every limit {whom}").format(whom=whom)
    name = limit_name(change.limit)
    of_server = change.limit in OF_THE_SERVER
    if isinstance(change, ClearLimits):
        text = _("removed **{limit}**") if of_server else _("removed **{limit}** {whom}")
        return text.format(limit=name, whom=whom)
    text = _("set **{limit}** to **{value}**") if of_server else _("set **{limit}** to **{value}** {whom}")
    return text.format(limit=name, value=value_text(change.limit, change.value), whom=whom)


def _grant_text(grant: GiveImages) -> str:
    number = images(grant.images)
    if grant.expires_at is None:
        return _("granted <@{id}> **{pictures}**").format(id=grant.user_id, pictures=number)
    text = _("granted <@{id}> **{pictures}**, valid until {when}")
    return text.format(id=grant.user_id, pictures=number, when=stamp(grant.expires_at, "f"))


_PROBLEMS: Final = {
    PresetProblem.NO_NAME: _("This name is empty. Enter one, such as `ink`."),
    PresetProblem.NAME_TOO_LONG: _("This name is too long. Use at most {n} characters.").format(n=MAX_NAME),
    PresetProblem.NAME_UNUSABLE: _("Names can only have letters, digits, emoji, spaces, `-` and `_`."),
    PresetProblem.NO_TEXT: _(
        "This text is empty. Write what the preset adds, such as `ink drawing of {prompt}, fine lines`."
    ),
    PresetProblem.TEXT_TOO_LONG: _("This text is too long. Use at most {n} characters.").format(n=MAX_PROMPT),
}


def preset_problem_text(problem: PresetProblem) -> str:
    """Return what is wrong with a preset, and what helps."""
    return _PROBLEMS[problem]


def full_text() -> str:
    """Return the text for somebody who has the most presets allowed."""
    text = n_(
        "You have {n} preset, the most you can have.",
        "You have {n} presets, the most you can have.",
        MAX_PRESETS,
    )
    return text.format(n=MAX_PRESETS) + " " + _("Delete one with `/preset delete`.")
