"""The answers to a change that a moderator asked for: what was done, a question, or why nothing was done."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

import discord

from bot.domain.content.filters import FilterProblem
from bot.domain.moderation import (
    Applied,
    BlockMember,
    Change,
    ClearLimits,
    DropServerPreset,
    GiveImages,
    NoChange,
    PauseServer,
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
from bot.domain.policy.rules import LIMIT_TYPES, OF_THE_SERVER, Limit, Rule, Ruling, Scope
from bot.domain.presets import MAX_NAME
from bot.services.changes import SPENDING, ChangeProblem, InvalidChange
from bot.services.moderation import ChangeOutcome, Moderation
from bot.ui.base.access import as_moderator, check_moderator
from bot.ui.base.channels import roles_of
from bot.ui.base.components import (
    DISCORD_ID,
    Box,
    PersistentButton,
    PersistentItem,
    box_of,
    inline,
    lines,
    redraw,
    row_of,
    send_private_card,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import ModelNames, value_text
from bot.ui.base.theme import AMBER, SLATE, TEAL, dots
from bot.ui.base.units import images, stamp
from bot.ui.limits.text import (
    arrow,
    before_after,
    change_quote,
    change_text,
    preset_problem_text,
    scope_text,
    sentence,
    state_text,
    stored_value,
)


async def narrower_notes(moderation: Moderation, guild_id: int, change: SetLimit) -> list[str]:
    """Return notes on what is narrower than a limit that was set, and still holds."""
    notes: list[str] = []
    models = moderation.model_names
    ceiling = _narrower_value(moderation.ceiling, change, models)
    if ceiling is not None:
        notes.append(_("The operator's ceiling of **{value}** still applies.").format(value=ceiling))
    if change.scope is Scope.CHANNEL:
        server = _narrower_value(await moderation.rule(guild_id, Scope.SERVER, None), change, models)
        if server is not None:
            notes.append(_("The server's default of **{value}** still applies here.").format(value=server))
    return notes


def _narrower_value(rule: Rule, change: SetLimit, models: ModelNames) -> str | None:
    """Return the value of the limit in `rule` if it is narrower than the value that was asked for."""
    value = rule.says.get(change.limit, change.value)
    if LIMIT_TYPES[change.limit].narrower(change.value, value) == change.value:
        return None
    return value_text(change.limit, value, models=models)


def _reach(change: SetLimit) -> str:
    if change.limit in OF_THE_SERVER:
        return _("For all members together. `/budget` shows what's spent.")
    match change.scope:
        case Scope.SERVER:
            return _("Rules for a role or member override this.")
        case Scope.ROLE:
            return _("Overrides the server's default. With several roles, the most generous one applies.")
        case Scope.MEMBER:
            return _("Overrides their roles and the server's default.")
        case Scope.CHANNEL:
            return _("A channel can only lower limits, not raise them.")
        case Scope.OPERATOR | Scope.FREE:
            return ""


_UNCHANGED: Final = {
    NoChange.SAME: _("It's already set like that. Nothing changed."),
    NoChange.NOT_SET: _("No limits are set there."),
    NoChange.TOO_MANY: _("This server already has the most of these it can have. Remove one and try again."),
    NoChange.NO_SUCH_JOB: _("Easel no longer has this job."),
}
_FILTER_PROBLEMS: Final = {
    FilterProblem.EMPTY: _("This filter has no words. Write at least one."),
    FilterProblem.TOO_LONG: _("This filter is too long. Shorten it, or split it in two."),
    FilterProblem.TOO_MANY_WORDS: _("This filter has too many words. Split it in two."),
    FilterProblem.TOO_MANY_STARS: _("This pattern has too many stars. Use fewer, or split it in two."),
    FilterProblem.TOO_MANY_CHOICES: _("This pattern has too many choices. Split it in two."),
    FilterProblem.UNBALANCED: _("A bracket in this pattern isn't closed, or was never opened."),
    FilterProblem.NESTED: _("Patterns can't have brackets inside brackets. Split it in two."),
    FilterProblem.TOO_BROAD: _("This would block nearly every prompt. Be more specific."),
    FilterProblem.NOT_A_WORD: _(
        "`*`, `?`, `(a|b)` and `...` only work in a pattern. Choose the kind *pattern*, or leave them out."
    ),
}


def no_change_text(why: NoChange, change: Change | None = None) -> str:
    """Return why nothing was changed; with `change`, what is not set is named."""
    not_set = _not_set(change) if why is NoChange.NOT_SET else None
    return not_set or _UNCHANGED[why]


def _not_set(change: Change | None) -> str | None:
    match change:
        case ResumeServer():
            return _("Easel isn't paused.")
        case UnblockMember(user_id=user_id):
            return _("<@{id}> isn't blocked.").format(id=user_id)
        case RemoveFilter(number=number):
            return _("No filter has the number {n}. `/filter list` shows the numbers.").format(n=number)
        case SetChannel(channel_id=channel_id):
            return _("<#{id}> is neither allowed nor denied.").format(id=channel_id)
        case SetModLog():
            return _("The mod-log isn't set up.")
        case DropServerPreset(name=name):
            text = _("This server has no preset “{name}”. `/preset list` shows them.")
            return text.format(name=inline(name, MAX_NAME))
        case _:
            return None


def invalid_change_text(invalid: InvalidChange) -> str:
    """Return what is wrong with a change, and what helps. Raises ValueError if it lacks its cause."""
    match invalid.problem:
        case ChangeProblem.NOT_HERE:
            return _("The server's budget is shared by everyone. Set it without a member, role or channel.")
        case ChangeProblem.OUT_OF_RANGE:
            return _out_of_range(invalid.most)
        case ChangeProblem.UNKNOWN_MODEL:
            return _("Easel doesn't know one of these models. Choose from the list that appears as you type.")
        case ChangeProblem.TEXT_TOO_LONG:
            return _("This text is too long. Use at most {n} characters.").format(n=invalid.most)
        case ChangeProblem.NO_TEXT:
            return _("Enter a reason. The member and other moderators will see it.")
        case ChangeProblem.IN_THE_PAST:
            return _("This time is in the past. Choose a later one, such as `3d`.")
        case ChangeProblem.FILTER:
            if invalid.filter_problem is None:
                raise ValueError("a filter change without its problem")
            return _FILTER_PROBLEMS[invalid.filter_problem]
        case ChangeProblem.PRESET:
            if invalid.preset_problem is None:
                raise ValueError("a preset change without its problem")
            return preset_problem_text(invalid.preset_problem)


def _out_of_range(most: int | None) -> str:
    if most is None:
        return _("This number is out of range.")
    return _("This number is out of range. The highest is {n}. For more, use `no limit`.").format(
        n=f"{most:,}"
    )


async def question_text(moderation: Moderation, proposal: Proposal) -> str:
    """Return what holds now, what would hold after the change, and until when it can be confirmed."""
    change = proposal.change
    title = _("That's 10× the current limit or more")
    match change:
        case SetLimit() | ClearLimits():
            before, after = await moderation.consequences(proposal.guild_id, change, proposal.role_ids)
            title = _title(before, after)
            models = moderation.model_names
            ceiling = _ceiling(moderation.ceiling, change, after, models)
            parts = [_for_whom(change), *_rows(before, after, models), ceiling]
        case GiveImages(expires_at=None):
            text = _("Grant <@{id}> **{pictures}**?")
            text = text.format(id=change.user_id, pictures=images(change.images))
            parts = [text, _("They don't expire.")]
        case GiveImages(expires_at=datetime() as expires_at):
            text = _("Grant <@{id}> **{pictures}**, valid until {when}?")
            number = images(change.images)
            parts = [text.format(id=change.user_id, pictures=number, when=stamp(expires_at, "f"))]
        case _:
            parts = [_("You asked for this: {what}").format(what=sentence(change_text(change)))]
    until = _("-# Nothing changes until you confirm. Expires at {when}.")
    until = until.format(when=stamp(proposal.until, "t"))
    return lines(f"### {title}", *parts, change_quote(change), until)


def _title(before: Ruling, after: Ruling) -> str:
    widened = [limit for limit in SPENDING if before.value(limit) != after.value(limit)]
    if any(after.value(limit) is None for limit in widened):
        return _("This removes the limit")
    if any(before.value(limit) == 0 for limit in widened):
        return _("This opens what was closed")
    return _("That's 10× the current limit or more")


def _for_whom(change: SetLimit | ClearLimits) -> str | None:
    """Return whom a rule applies to; None for a budget of the whole server."""
    if change.limit in OF_THE_SERVER:
        return None
    return sentence(scope_text(change.scope, change.subject_id))


def _rows(before: Ruling, after: Ruling, models: ModelNames) -> list[str]:
    said = partial(value_text, models=models)
    return [
        arrow(limit, said(limit, before.value(limit)), said(limit, after.value(limit)))
        for limit in Limit
        if before.value(limit) != after.value(limit)
    ]


def _ceiling(ceiling: Rule, change: SetLimit | ClearLimits, after: Ruling, models: ModelNames) -> str | None:
    """Return a note on the operator's ceiling if it is narrower than what was asked for."""
    if isinstance(change, SetLimit):
        value = _narrower_value(ceiling, change, models)
        text = _("You asked for **{asked}**, but the operator's ceiling of **{value}** still applies.")
        return value and text.format(asked=value_text(change.limit, change.value, models=models), value=value)
    if change.limit is None or after.decided[change.limit].by.scope is not Scope.OPERATOR:
        return None
    text = _("Then only the operator's ceiling of **{value}** applies.")
    return text.format(value=value_text(change.limit, after.value(change.limit), models=models))


FinalOutcome = Applied | Unchanged | InvalidChange
_PROPOSAL: Final = r"[0-9a-f]{16}"

CONFIRM: Final = PersistentButton(
    "confirm", _PROPOSAL, _("Yes, do it"), style=discord.ButtonStyle.danger, check=check_moderator
)
LEAVE: Final = PersistentButton("leave", _PROPOSAL, _("Leave it"), check=check_moderator)
# Where the button stands, and whose block it lifts.
UNBLOCK: Final = PersistentButton(
    "unblock", rf"(?:answer|list|log):{DISCORD_ID}", _("Unblock"), check=check_moderator
)
RESUME: Final = PersistentButton(
    "resume", "answer", _("Resume"), style=discord.ButtonStyle.success, check=check_moderator
)


async def answer_change(
    interaction: Interaction, outcome: ChangeOutcome, change: Change | None = None
) -> None:
    """Tell the moderator alone what was changed, or ask for confirmation.

    `change` is what they asked for; with it, what is not set is named.
    """
    moderation = services_of(interaction).moderation
    if isinstance(outcome, Proposal):
        box = box_of(AMBER, await question_text(moderation, outcome))
        box.add_item(row_of(CONFIRM.button(outcome.id), LEAVE.button(outcome.id)))
    else:
        box = await outcome_box(moderation, interaction.guild_id or 0, outcome, asked=change)
        undo = _undo(outcome, change)
        if undo is not None:
            box.add_item(row_of(undo))
    await send_private_card(interaction, view_of(box))


def _undo(outcome: FinalOutcome, asked: Change | None) -> PersistentItem | None:
    """Draw the button that lifts the block or ends the pause that holds now; None after other changes."""
    if isinstance(outcome, InvalidChange) or outcome == Unchanged(why=NoChange.NOT_SET):
        return None
    match outcome.change if isinstance(outcome, Applied) else asked:
        case BlockMember(user_id=user_id):
            return UNBLOCK.button(f"answer:{user_id}")
        case PauseServer():
            return RESUME.button("answer")
        case _:
            return None


async def outcome_box(
    moderation: Moderation, guild_id: int, outcome: FinalOutcome, *, asked: Change | None = None
) -> Box:
    """Return a box with `outcome_texts`."""
    texts = await outcome_texts(moderation, guild_id, outcome, asked=asked)
    return box_of(TEAL if isinstance(outcome, Applied) else SLATE, *texts)


async def outcome_texts(
    moderation: Moderation, guild_id: int, outcome: FinalOutcome, *, asked: Change | None = None
) -> list[str]:
    """Return what is true now and what was before, and a last line in small; or why nothing was changed."""
    match outcome:
        case InvalidChange():
            return [lines("### " + _("This doesn't work"), invalid_change_text(outcome))]
        case Unchanged(why=why):
            return [lines(f"### {_('Nothing changed')}", no_change_text(why, asked))]
        case Applied(change=change):
            notes = await narrower_notes(moderation, guild_id, change) if isinstance(change, SetLimit) else []
            reach = _reach(change) if isinstance(change, SetLimit) else None
            models = moderation.model_names
            facts = (_details(outcome, models), change_quote(change), *notes)
            return [lines(f"### {state_text(change, models=models)}", *facts), dots(_("Done"), reach)]


def _details(applied: Applied, models: ModelNames) -> str | None:
    """Return whom a limit applies to and its value before, or what else the heading does not say."""
    match applied.change:
        case SetLimit(limit=limit) | ClearLimits(limit=Limit() as limit):
            value = stored_value(limit, applied.before, models=models)
            before = _("Before: {value}.").format(value=value)
            return " ".join(filter(None, (_for_whom(applied.change), before)))
        case GiveImages(expires_at=None):
            return _("They don't expire.")
        case ResetMember():
            return _("Money spent still counts.")
        case _:
            return before_after(applied, models=models)


async def confirm_proposal(interaction: Interaction, guild_id: int, proposal_id: str) -> Box:
    """Make a proposed change if the presser proposed it; return what to show them. The caller checks who they are."""
    moderation = services_of(interaction).moderation
    outcome = await moderation.confirm(proposal_id, guild_id=guild_id, by=interaction.user.id)
    if outcome is not None:
        return await outcome_box(moderation, guild_id, outcome)
    text = lines(
        f"### {_('Too late to confirm')}",
        _("This question was already answered, has expired, or was for someone else. Nothing changed."),
        _("To make the change, use the command again."),
    )
    return box_of(SLATE, text)


def unchanged_box() -> Box:
    """Return the answer to a moderator who left everything as it was."""
    return box_of(SLATE, lines(f"### {_('Left as it is')}", _("Nothing changed.")))


@CONFIRM.on_press
async def on_confirm(interaction: Interaction, guild_id: int, proposal_id: str) -> None:
    """Make the change, if the presser proposed it and is still a moderator."""
    await redraw(interaction, view_of(await confirm_proposal(interaction, guild_id, proposal_id)))


@LEAVE.on_press
async def on_leave(interaction: Interaction, _guild_id: int, _proposal_id: str) -> None:
    """Tell the moderator that nothing changed; the proposal expires by itself."""
    await redraw(interaction, view_of(unchanged_box()))


@RESUME.on_press
async def on_resume(interaction: Interaction, guild_id: int, _payload: str) -> None:
    """End the pause, in place of the answer that announced it."""
    await take_back_here(interaction, guild_id, ResumeServer())


async def take_back_here(interaction: Interaction, guild_id: int, change: Change) -> None:
    """Take back a setting, and say so in place of the message that was pressed."""
    moderation = services_of(interaction).moderation
    outcome = await moderation.take_back(guild_id, change, by=interaction.user.id)
    await redraw(interaction, view_of(await outcome_box(moderation, guild_id, outcome, asked=change)))


async def make_change(
    interaction: Interaction, change: Change, *, about: discord.User | discord.Member | None = None
) -> ChangeOutcome | None:
    """Make a change and tell the moderator; return the outcome, None if the person is no moderator and was told so.

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
