"""The answer to whatever a moderator wanted changed."""

from __future__ import annotations

from typing import Final

import discord

from bot.domain.content.filters import FilterProblem
from bot.domain.moderation import (
    Applied,
    Change,
    ClearLimits,
    DropServerPreset,
    GiveImages,
    NoChange,
    Proposal,
    RemoveFilter,
    ResetMember,
    ResumeServer,
    SetChannel,
    SetLimit,
    SetModLog,
    UnblockMember,
    Unchanged,
)
from bot.domain.policy.rules import LIMIT_TYPES, OF_THE_SERVER, Limit, Rule, Ruling, Scope, Value
from bot.domain.presets import MAX_NAME
from bot.services.moderation import SPENDING, ChangeOutcome, ChangeProblem, InvalidChange, Moderation
from bot.ui.base.access import as_moderator
from bot.ui.base.channels import roles_of
from bot.ui.base.components import PersistentButton, box_of, inline, lines, redraw, row_of, say, view_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import value_text
from bot.ui.base.theme import AMBER, SLATE, TEAL
from bot.ui.base.units import images, stamp
from bot.ui.limits.text import (
    arrow,
    before_after,
    change_quote,
    change_text,
    preset_problem_text,
    scope_text,
    sentence,
)


async def effect(moderation: Moderation, guild_id: int, change: SetLimit) -> list[str]:
    """Sentences to stand below a value that was set: what holds all the same, and whom the rule reaches."""
    found: list[str] = []
    if _is_narrower(moderation.ceiling, change.limit, change.value):
        text = _("The operator's ceiling of **{value}** still holds.")
        found.append(text.format(value=_said(moderation.ceiling, change.limit)))
    if change.scope is Scope.CHANNEL:
        server = await moderation.rule(guild_id, Scope.SERVER, None)
        if _is_narrower(server, change.limit, change.value):
            text = _("The server's default of **{value}** still holds here.")
            found.append(text.format(value=_said(server, change.limit)))
    reach = _reach(change)
    return [*found, f"-# {reach}"] if reach else found


def change_ceiling_note(ceiling: Rule, change: SetLimit) -> str | None:
    """That the operator allows less than what was asked for."""
    if not _is_narrower(ceiling, change.limit, change.value):
        return None
    text = _("You asked for **{asked}**; the operator's ceiling of **{value}** still holds.")
    return text.format(asked=value_text(change.limit, change.value), value=_said(ceiling, change.limit))


def _is_narrower(rule: Rule, limit: Limit, value: Value) -> bool:
    return limit in rule.says and LIMIT_TYPES[limit].narrower(value, rule.says[limit]) != value


def _said(rule: Rule, limit: Limit) -> str:
    return value_text(limit, rule.says[limit])


def _reach(change: SetLimit) -> str:
    if change.limit in OF_THE_SERVER:
        return _("All members together. `/budget` shows what is spent.")
    match change.scope:
        case Scope.SERVER:
            return _("A role's or a member's own rule comes before this.")
        case Scope.ROLE:
            return _("Comes before the server's default. Of several roles, the most generous counts.")
        case Scope.MEMBER:
            return _("Comes before their roles and the server's default.")
        case Scope.CHANNEL:
            return _("A channel can only narrow: nobody gets more here than elsewhere.")
        case Scope.OPERATOR | Scope.FREE:
            return ""


_NOTHING: Final = {
    NoChange.SAME: _("It stands like that already: nothing was changed."),
    NoChange.NOT_SET: _("Nothing is set there."),
    NoChange.TOO_MANY: _("This server has as many of these as it can have. Remove one, then try again."),
    NoChange.NO_SUCH_JOB: _("This job is not on record any more."),
}
_FILTERS: Final = {
    FilterProblem.EMPTY: _("There is no word in this filter. Write at least one."),
    FilterProblem.TOO_LONG: _("This filter is too long. Make it shorter, or make two of it."),
    FilterProblem.TOO_MANY_WORDS: _("This filter has too many words. Make two of it."),
    FilterProblem.TOO_MANY_STARS: _(
        "This pattern has too many stars. Use fewer, or make two patterns of it."
    ),
    FilterProblem.TOO_MANY_CHOICES: _("This pattern has too many choices. Make two patterns of it."),
    FilterProblem.UNBALANCED: _("A bracket of this pattern is not closed, or was never opened."),
    FilterProblem.NESTED: _("Brackets within brackets are not understood. Make two patterns of it."),
    FilterProblem.TOO_BROAD: _("This would stop nearly every prompt. Be more exact."),
    FilterProblem.NOT_A_WORD: _(
        "`*`, `?`, `(a|b)` and `...` count only in a pattern: choose the kind *pattern*, or leave them out."
    ),
}


def no_change_text(why: NoChange, change: Change | None = None) -> str:
    """Why there was nothing to change; more exactly where it is known what was asked for."""
    not_set = _not_set(change) if why is NoChange.NOT_SET else None
    return not_set or _NOTHING[why]


def _not_set(change: Change | None) -> str | None:
    match change:
        case ResumeServer():
            return _("Easel is not paused.")
        case UnblockMember(user_id=user_id):
            return _("<@{id}> is not blocked.").format(id=user_id)
        case RemoveFilter(number=number):
            return _("There is no filter #{n}; `/filter list` shows the numbers.").format(n=number)
        case SetChannel(channel_id=channel_id):
            return _("<#{id}> is neither opened nor closed.").format(id=channel_id)
        case SetModLog():
            return _("There is no mod-log.")
        case DropServerPreset(name=name):
            text = _("This server has no preset “{name}”; `/preset list` shows them.")
            return text.format(name=inline(name, MAX_NAME))
        case _:
            return None


def improper_text(improper: InvalidChange) -> str:
    """What is wrong with a change, and what helps."""
    match improper.mistake:
        case ChangeProblem.NOT_HERE:
            return _("The server's budget is everybody's: set it without a member, role or channel.")
        case ChangeProblem.OUT_OF_RANGE:
            return _out_of_range(improper.most)
        case ChangeProblem.UNKNOWN_MODEL:
            return _("One of these models is not known here. The list appears as you type.")
        case ChangeProblem.TEXT_TOO_LONG:
            return _("This text is too long. Keep it within {n} characters.").format(n=improper.most)
        case ChangeProblem.NO_TEXT:
            return _("A reason is needed: the person and other moderators will read it.")
        case ChangeProblem.IN_THE_PAST:
            return _("This time is over already. Choose one to come, such as `3d`.")
        case ChangeProblem.FILTER:
            if improper.filter_problem is None:
                raise ValueError("a filter mistake without its problem")
            return _FILTERS[improper.filter_problem]
        case ChangeProblem.PRESET:
            if improper.preset_problem is None:
                raise ValueError("a preset mistake without its problem")
            return preset_problem_text(improper.preset_problem)


def _out_of_range(most: int | None) -> str:
    if most is None:
        return _("This number is out of range.")
    return _("This number is out of range: the most is {n}. Above that, use `no limit`.").format(
        n=f"{most:,}"
    )


async def question_text(moderation: Moderation, proposal: Proposal) -> str:
    """What holds now, what would hold then, and until when it can be confirmed."""
    until = _("-# Nothing changes before you say yes. You can until {when}.")
    return lines(
        *await _becomes(moderation, proposal),
        change_quote(proposal.change),
        until.format(when=stamp(proposal.until, "t")),
    )


async def _becomes(moderation: Moderation, proposal: Proposal) -> list[str | None]:
    change = proposal.change
    usual = f"### {_('This allows ten times as much, or more')}"
    match change:
        case SetLimit() | ClearLimits():
            before, after = await moderation.consequences(proposal.guild_id, change, proposal.role_ids)
            everybody = change.limit in OF_THE_SERVER
            whom = None if everybody else sentence(scope_text(change.scope, change.subject_id))
            rows = _rows(before, after)
            return [f"### {_title(before, after)}", whom, *rows, _ceiling(moderation, change, after)]
        case GiveImages():
            return [usual, *_grant(change)]
        case _:
            return [usual, _asked(change)]


def _title(before: Ruling, after: Ruling) -> str:
    widened = [limit for limit in SPENDING if before.value(limit) != after.value(limit)]
    if any(after.value(limit) is None for limit in widened):
        return _("This takes the limit away")
    if any(before.value(limit) == 0 for limit in widened):
        return _("This opens what was closed")
    return _("This allows ten times as much, or more")


def _rows(before: Ruling, after: Ruling) -> list[str]:
    return [
        arrow(limit, value_text(limit, before.value(limit)), value_text(limit, after.value(limit)))
        for limit in _touched(before, after)
    ]


def _touched(before: Ruling, after: Ruling) -> list[Limit]:
    return [limit for limit in Limit if before.value(limit) != after.value(limit)]


def _ceiling(moderation: Moderation, change: SetLimit | ClearLimits, after: Ruling) -> str | None:
    """What the operator says of it, where that is narrower than what was asked for."""
    if isinstance(change, SetLimit):
        return change_ceiling_note(moderation.ceiling, change)
    if change.limit is None or after.decided[change.limit].by.scope is not Scope.OPERATOR:
        return None
    text = _("Then only the operator's ceiling of **{value}** holds.")
    return text.format(value=value_text(change.limit, after.value(change.limit)))


def _grant(grant: GiveImages) -> list[str]:
    number = images(grant.images)
    if grant.expires_at is None:
        asked = _("Grant <@{id}> **{pictures}**?").format(id=grant.user_id, pictures=number)
        return [asked, _("They do not expire.")]
    text = _("Grant <@{id}> **{pictures}**, good until {when}?")
    return [text.format(id=grant.user_id, pictures=number, when=stamp(grant.expires_at, "f"))]


def _asked(change: Change) -> str:
    return _("You asked for this: {what}").format(what=sentence(change_text(change)))


_PROPOSAL: Final = r"[0-9a-f]{16}"

CONFIRM: Final = PersistentButton("confirm", _PROPOSAL, _("Yes, do it"), style=discord.ButtonStyle.danger)
LEAVE: Final = PersistentButton("leave", _PROPOSAL, _("Leave it"))


async def answer_change(
    interaction: Interaction, outcome: ChangeOutcome, change: Change | None = None
) -> None:
    """Tell the moderator alone what became of a change, or ask whether they mean it.

    With `change`, what they asked for, they read more exactly why there was nothing to take back.
    """
    moderation = services_of(interaction).moderation
    if isinstance(outcome, Proposal):
        box = box_of(AMBER, await question_text(moderation, outcome))
        box.add_item(row_of(CONFIRM.button(outcome.id), LEAVE.button(outcome.id)))
    else:
        text = await outcome_text(moderation, interaction.guild_id or 0, outcome, asked=change)
        box = box_of(colour_of(outcome), text)
    await say(interaction, view_of(box))


async def outcome_text(
    moderation: Moderation,
    guild_id: int,
    outcome: Applied | Unchanged | InvalidChange,
    *,
    asked: Change | None = None,
) -> str:
    """What was changed, from what to what, and what holds all the same; or why nothing was changed."""
    match outcome:
        case InvalidChange():
            return lines(f"### {_('This does not work')}", improper_text(outcome))
        case Unchanged(why=why):
            return lines(f"### {_('Nothing changed')}", no_change_text(why, asked))
        case Applied(change=change):
            notes = await _notes(moderation, guild_id, change)
            rows = before_after(outcome)
            return lines(f"### {_('Done')}", _done(change, rows), rows, change_quote(change), *notes)


def _done(change: Change, rows: str | None) -> str | None:
    """What was done; of one limit only for whom, as the row below says the rest."""
    match change:
        case SetLimit(limit=limit) | ClearLimits(limit=Limit() as limit) if rows is not None:
            return None if limit in OF_THE_SERVER else sentence(scope_text(change.scope, change.subject_id))
        case ResetMember(user_id=user_id):
            text = _("<@{id}>'s count of pictures starts anew. Money spent still counts.")
            return text.format(id=user_id)
        case _:
            return sentence(change_text(change))


async def _notes(moderation: Moderation, guild_id: int, change: Change) -> list[str]:
    match change:
        case SetLimit():
            return await effect(moderation, guild_id, change)
        case GiveImages(expires_at=None):
            return [_("They do not expire.")]
        case _:
            return []


def colour_of(outcome: Applied | Unchanged | InvalidChange) -> int:
    return TEAL if isinstance(outcome, Applied) else SLATE


def expired_text() -> str:
    """Said of a proposal that is not there any more."""
    return lines(
        f"### {_('Too late to confirm')}",
        _("This question was answered already, timed out, or was put to somebody else: nothing was changed."),
        _("To make the change, use the command once more."),
    )


def unchanged_text() -> str:
    return lines(f"### {_('Left as it is')}", _("Nothing was changed."))


@CONFIRM.on_press
async def on_confirm(interaction: Interaction, proposal_id: str) -> None:
    """Make the change, if the presser proposed it and is still a moderator."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return
    moderation = services_of(interaction).moderation
    outcome = await moderation.confirm(proposal_id, guild_id=guild_id, by=interaction.user.id)
    if outcome is None:
        view = view_of(box_of(SLATE, expired_text()))
    else:
        view = view_of(box_of(colour_of(outcome), await outcome_text(moderation, guild_id, outcome)))
    await redraw(interaction, view)


@LEAVE.on_press
async def on_leave(interaction: Interaction, _proposal_id: str) -> None:
    """Say that nothing changed; the proposal times out by itself."""
    if await as_moderator(interaction) is not None:
        await redraw(interaction, view_of(box_of(SLATE, unchanged_text())))


async def make_change(
    interaction: Interaction, change: Change, *, about: discord.User | discord.Member | None = None
) -> ChangeOutcome | None:
    """What became of it, as the moderator was told; None when the person is none, and was told so.

    `about` is the member whose limits change.
    """
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return None
    role_ids = frozenset[int]() if about is None else roles_of(about)
    moderation = services_of(interaction).moderation
    outcome = await moderation.change(guild_id, change, by=interaction.user.id, role_ids=role_ids)
    await answer_change(interaction, outcome, change)
    return outcome
