"""The answers to a change that a moderator asked for: what was done, a question, or why nothing was done."""

from __future__ import annotations

from datetime import datetime
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
from bot.services.moderation import SPENDING, ChangeOutcome, ChangeProblem, InvalidChange, Moderation
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
    say,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import value_text
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
    ceiling = _narrower_value(moderation.ceiling, change)
    if ceiling is not None:
        notes.append(_("The operator's ceiling of **{value}** still holds.").format(value=ceiling))
    if change.scope is Scope.CHANNEL:
        server = _narrower_value(await moderation.rule(guild_id, Scope.SERVER, None), change)
        if server is not None:
            notes.append(_("The server's default of **{value}** still holds here.").format(value=server))
    return notes


def _narrower_value(rule: Rule, change: SetLimit) -> str | None:
    """Return the value of the limit in `rule` if it is narrower than the value that was asked for."""
    value = rule.says.get(change.limit, change.value)
    if LIMIT_TYPES[change.limit].narrower(change.value, value) == change.value:
        return None
    return value_text(change.limit, value)


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


_UNCHANGED: Final = {
    NoChange.SAME: _("It stands like that already: nothing was changed."),
    NoChange.NOT_SET: _("Nothing is set there."),
    NoChange.TOO_MANY: _("This server has as many of these as it can have. Remove one, then try again."),
    NoChange.NO_SUCH_JOB: _("Easel no longer has this job."),
}
_FILTER_PROBLEMS: Final = {
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
    """Return why nothing was changed; with `change`, what is not set is named."""
    not_set = _not_set(change) if why is NoChange.NOT_SET else None
    return not_set or _UNCHANGED[why]


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


def invalid_change_text(invalid: InvalidChange) -> str:
    """Return what is wrong with a change, and what helps. Raises ValueError if it lacks its cause."""
    match invalid.mistake:
        case ChangeProblem.NOT_HERE:
            return _("The server's budget is everybody's: set it without a member, role or channel.")
        case ChangeProblem.OUT_OF_RANGE:
            return _out_of_range(invalid.most)
        case ChangeProblem.UNKNOWN_MODEL:
            return _("One of these models is not known here. The list appears as you type.")
        case ChangeProblem.TEXT_TOO_LONG:
            return _("This text is too long. Keep it within {n} characters.").format(n=invalid.most)
        case ChangeProblem.NO_TEXT:
            return _("A reason is needed: the person and other moderators will read it.")
        case ChangeProblem.IN_THE_PAST:
            return _("This time is over already. Choose one to come, such as `3d`.")
        case ChangeProblem.FILTER:
            if invalid.filter_problem is None:
                raise ValueError("a filter mistake without its problem")
            return _FILTER_PROBLEMS[invalid.filter_problem]
        case ChangeProblem.PRESET:
            if invalid.preset_problem is None:
                raise ValueError("a preset mistake without its problem")
            return preset_problem_text(invalid.preset_problem)


def _out_of_range(most: int | None) -> str:
    if most is None:
        return _("This number is out of range.")
    return _("This number is out of range: the most is {n}. Above that, use `no limit`.").format(
        n=f"{most:,}"
    )


async def question_text(moderation: Moderation, proposal: Proposal) -> str:
    """Return what holds now, what would hold after the change, and until when it can be confirmed."""
    change = proposal.change
    title = _("This allows ten times as much, or more")
    match change:
        case SetLimit() | ClearLimits():
            before, after = await moderation.consequences(proposal.guild_id, change, proposal.role_ids)
            title = _title(before, after)
            parts = [_for_whom(change), *_rows(before, after), _ceiling(moderation.ceiling, change, after)]
        case GiveImages(expires_at=None):
            text = _("Grant <@{id}> **{pictures}**?")
            text = text.format(id=change.user_id, pictures=images(change.images))
            parts = [text, _("They do not expire.")]
        case GiveImages(expires_at=datetime() as expires_at):
            text = _("Grant <@{id}> **{pictures}**, good until {when}?")
            number = images(change.images)
            parts = [text.format(id=change.user_id, pictures=number, when=stamp(expires_at, "f"))]
        case _:
            parts = [_("You asked for this: {what}").format(what=sentence(change_text(change)))]
    until = _("-# Nothing changes before you say yes. You can until {when}.")
    until = until.format(when=stamp(proposal.until, "t"))
    return lines(f"### {title}", *parts, change_quote(change), until)


def _title(before: Ruling, after: Ruling) -> str:
    widened = [limit for limit in SPENDING if before.value(limit) != after.value(limit)]
    if any(after.value(limit) is None for limit in widened):
        return _("This takes the limit away")
    if any(before.value(limit) == 0 for limit in widened):
        return _("This opens what was closed")
    return _("This allows ten times as much, or more")


def _for_whom(change: SetLimit | ClearLimits) -> str | None:
    """Return whom a rule applies to; None for a budget of the whole server."""
    if change.limit in OF_THE_SERVER:
        return None
    return sentence(scope_text(change.scope, change.subject_id))


def _rows(before: Ruling, after: Ruling) -> list[str]:
    return [
        arrow(limit, value_text(limit, before.value(limit)), value_text(limit, after.value(limit)))
        for limit in Limit
        if before.value(limit) != after.value(limit)
    ]


def _ceiling(ceiling: Rule, change: SetLimit | ClearLimits, after: Ruling) -> str | None:
    """Return a note on the operator's ceiling if it is narrower than what was asked for."""
    if isinstance(change, SetLimit):
        value = _narrower_value(ceiling, change)
        text = _("You asked for **{asked}**; the operator's ceiling of **{value}** still holds.")
        return value and text.format(asked=value_text(change.limit, change.value), value=value)
    if change.limit is None or after.decided[change.limit].by.scope is not Scope.OPERATOR:
        return None
    text = _("Then only the operator's ceiling of **{value}** holds.")
    return text.format(value=value_text(change.limit, after.value(change.limit)))


Outcome = Applied | Unchanged | InvalidChange
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
    await say(interaction, view_of(box))


def _undo(outcome: Outcome, asked: Change | None) -> PersistentItem | None:
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
    moderation: Moderation, guild_id: int, outcome: Outcome, *, asked: Change | None = None
) -> Box:
    """Return a box with `outcome_texts`."""
    texts = await outcome_texts(moderation, guild_id, outcome, asked=asked)
    return box_of(TEAL if isinstance(outcome, Applied) else SLATE, *texts)


async def outcome_texts(
    moderation: Moderation, guild_id: int, outcome: Outcome, *, asked: Change | None = None
) -> list[str]:
    """Return what is true now and what was before, and a last line in small; or why nothing was changed."""
    match outcome:
        case InvalidChange():
            return [lines(f"### {_('This does not work')}", invalid_change_text(outcome))]
        case Unchanged(why=why):
            return [lines(f"### {_('Nothing changed')}", no_change_text(why, asked))]
        case Applied(change=change):
            notes = await narrower_notes(moderation, guild_id, change) if isinstance(change, SetLimit) else []
            reach = _reach(change) if isinstance(change, SetLimit) else None
            facts = (_details(outcome), change_quote(change), *notes)
            return [lines(f"### {state_text(change)}", *facts), dots(_("Done"), reach)]


def _details(applied: Applied) -> str | None:
    """Return whom a limit applies to and its value before, or what else the heading does not tell."""
    match applied.change:
        case SetLimit(limit=limit) | ClearLimits(limit=Limit() as limit):
            before = _("Before: {value}.").format(value=stored_value(limit, applied.before))
            return " ".join(filter(None, (_for_whom(applied.change), before)))
        case GiveImages(expires_at=None):
            return _("They do not expire.")
        case ResetMember():
            return _("Money spent still counts.")
        case _:
            return before_after(applied)


async def confirm_proposal(interaction: Interaction, guild_id: int, proposal_id: str) -> Box:
    """Make a proposed change if the presser proposed it; return what to show them. The caller checks who they are."""
    moderation = services_of(interaction).moderation
    outcome = await moderation.confirm(proposal_id, guild_id=guild_id, by=interaction.user.id)
    if outcome is not None:
        return await outcome_box(moderation, guild_id, outcome)
    text = lines(
        f"### {_('Too late to confirm')}",
        _("This question was answered already, timed out, or was put to somebody else: nothing was changed."),
        _("To make the change, use the command once more."),
    )
    return box_of(SLATE, text)


def unchanged_box() -> Box:
    """Return the answer to a moderator who left everything as it was."""
    return box_of(SLATE, lines(f"### {_('Left as it is')}", _("Nothing was changed.")))


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
    """End the pause, in place of the answer that told of it."""
    await take_back(interaction, guild_id, ResumeServer())


async def take_back(interaction: Interaction, guild_id: int, change: Change) -> None:
    """Take back a setting, and tell that in place of the message that was pressed."""
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
