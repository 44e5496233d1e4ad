"""What the panel's buttons, selects and forms do. Each asks anew whether the person is a moderator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from bot.domain.limits import Limit, Rule, Scope
from bot.domain.moderation import (
    MAX_PAUSE_TEXT,
    Applied,
    Change,
    ClearLimits,
    PauseServer,
    Proposal,
    ResumeServer,
    SetLimit,
    SetModLog,
    Unchanged,
)
from bot.services.moderation import Improper, Moderation
from bot.ui.channels import is_public, missing_permissions, missing_text, public_warning
from bot.ui.gateway import Interaction, gateway_of
from bot.ui.i18n import _
from bot.ui.limits.changes import colour_of, expired_text, left_text, outcome_text
from bot.ui.limits.completion import value_problem
from bot.ui.limits.names import limit_hint, limit_name, value_text
from bot.ui.limits.panel.form import Field, Form
from bot.ui.limits.panel.items import HOME, Page, read_subject
from bot.ui.limits.panel.pages import draw, question
from bot.ui.limits.parts import Box, box_of, redraw
from bot.ui.limits.values import MAX_TYPED, ValueNotUnderstoodError, parse_value
from bot.ui.look import AMBER, SLATE
from bot.ui.moderators import as_moderator

BUDGETS: Final = (Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH)
Action = Callable[[Interaction, int, Page], Awaitable[None]]


async def press_panel(interaction: Interaction, subject: str) -> None:
    """Whatever is pressed or chosen on the panel, by a moderator."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return
    what, page, ids = read_subject(subject)
    if ids:
        await (_confirm if what == "yes" else _leave)(interaction, guild_id, page, ids)
    else:
        await _ACTIONS[what](interaction, guild_id, page)


async def _home(interaction: Interaction, guild_id: int, _page: Page) -> None:
    await _show(interaction, guild_id, HOME)


async def _role(interaction: Interaction, guild_id: int, page: Page) -> None:
    chosen = _chosen(interaction)
    role_id = int(chosen[0]) if chosen else page.role_id
    await _show(interaction, guild_id, HOME if role_id == guild_id else Page(role_id))  # @everyone


async def _limit(interaction: Interaction, guild_id: int, page: Page) -> None:
    limit = Limit(_chosen(interaction)[0])
    rule = await gateway_of(interaction).moderation.rule(guild_id, page.scope, page.role_id)
    form = Form(
        limit_name(limit), [_field(rule, limit, name=_("Value"))], partial(_filled_in, page, (limit,))
    )
    await interaction.response.send_modal(form)


async def _budgets(interaction: Interaction, guild_id: int, page: Page) -> None:
    rule = await gateway_of(interaction).moderation.rule(guild_id, Scope.SERVER, None)
    fields = [_field(rule, limit, name=limit_name(limit)) for limit in BUDGETS]
    await interaction.response.send_modal(
        Form(_("The server's budgets"), fields, partial(_filled_in, page, BUDGETS))
    )


async def _modlog(interaction: Interaction, guild_id: int, page: Page) -> None:
    chosen = _chosen(interaction)
    channel_id = int(chosen[0]) if chosen else None
    channel = interaction.guild.get_channel(channel_id) if interaction.guild and channel_id else None
    missing = missing_permissions(channel)
    if channel_id is not None and missing:
        await _show(interaction, guild_id, page, box_of(AMBER, missing_text(channel_id, missing)))
        return
    notes = (
        [box_of(AMBER, public_warning(channel_id))] if channel_id is not None and is_public(channel) else []
    )
    await _change(interaction, guild_id, page, [SetModLog(channel_id=channel_id)], notes)


async def _pause(interaction: Interaction, _guild_id: int, page: Page) -> None:
    field = Field(
        name=_("What members see"),
        hint=_("Beside that Easel is paused. You may leave it empty."),
        placeholder=_("Back on Monday."),
        max_length=MAX_PAUSE_TEXT,
        is_long=True,
    )
    await interaction.response.send_modal(
        Form(_("Pause Easel in this server"), [field], partial(_paused, page))
    )


async def _resume(interaction: Interaction, guild_id: int, page: Page) -> None:
    await _change(interaction, guild_id, page, [ResumeServer()])


async def _forget(interaction: Interaction, guild_id: int, page: Page) -> None:
    change = ClearLimits(scope=page.scope, subject_id=page.role_id, limit=None)
    await _change(interaction, guild_id, page, [change])


async def _confirm(interaction: Interaction, guild_id: int, page: Page, ids: Sequence[str]) -> None:
    moderation = gateway_of(interaction).moderation
    notes: list[Box] = []
    for proposal_id in ids:
        outcome = await moderation.confirm(proposal_id, guild_id=guild_id, by=interaction.user.id)
        if outcome is None:
            notes.append(box_of(SLATE, expired_text()))
        else:
            notes.append(await _note(moderation, guild_id, outcome))
    await _show(interaction, guild_id, page, *notes)


async def _leave(interaction: Interaction, guild_id: int, page: Page, _ids: Sequence[str]) -> None:
    await _show(interaction, guild_id, page, box_of(SLATE, left_text()))


async def _filled_in(page: Page, limits: Sequence[Limit], interaction: Interaction, texts: list[str]) -> None:
    """The form of one limit, or of the budgets; an empty text forgets its limit."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return
    moderation = gateway_of(interaction).moderation
    rule = await moderation.rule(guild_id, page.scope, page.role_id)
    changes: list[Change] = []
    notes: list[Box] = []
    for limit, text in zip(limits, texts, strict=True):
        if text.strip() == _value(rule, limit) and len(limits) > 1:
            continue  # of two, one was left as it is
        try:
            changes.append(_wanted(page, limit, text.strip(), moderation.model_ids))
        except ValueNotUnderstoodError as error:
            notes.append(box_of(AMBER, value_problem(limit, text, error.hint)))
    await _change(interaction, guild_id, page, changes, notes)


def _wanted(page: Page, limit: Limit, text: str, models: Sequence[str]) -> Change:
    if not text:
        return ClearLimits(scope=page.scope, subject_id=page.role_id, limit=limit)
    value = parse_value(limit, text, models=models)
    return SetLimit(scope=page.scope, subject_id=page.role_id, limit=limit, value=value)


async def _paused(page: Page, interaction: Interaction, texts: list[str]) -> None:
    guild_id = await as_moderator(interaction)
    if guild_id is not None:
        await _change(interaction, guild_id, page, [PauseServer(text=texts[0])])


async def _change(
    interaction: Interaction, guild_id: int, page: Page, changes: Sequence[Change], notes: Sequence[Box] = ()
) -> None:
    """Make the changes, and draw the page anew with what became of them."""
    moderation = gateway_of(interaction).moderation
    outcomes = [await moderation.change(guild_id, change, by=interaction.user.id) for change in changes]
    proposals = [outcome for outcome in outcomes if isinstance(outcome, Proposal)]
    above = [await _note(moderation, guild_id, one) for one in outcomes if not isinstance(one, Proposal)]
    if proposals:
        above.append(await question(moderation, page, proposals))
    await _show(interaction, guild_id, page, *above, *notes)


async def _note(moderation: Moderation, guild_id: int, outcome: Applied | Unchanged | Improper) -> Box:
    return box_of(colour_of(outcome), await outcome_text(moderation, guild_id, outcome))


async def _show(interaction: Interaction, guild_id: int, page: Page, *above: Box) -> None:
    await redraw(interaction, await draw(gateway_of(interaction).moderation, guild_id, page, above=above))


def _field(rule: Rule, limit: Limit, *, name: str) -> Field:
    return Field(
        name=name,
        hint=limit_hint(limit),
        now=_value(rule, limit),
        placeholder=_("Leave it empty to forget this limit"),
        max_length=MAX_TYPED,
    )


def _value(rule: Rule, limit: Limit) -> str:
    return value_text(limit, rule.says[limit]) if limit in rule.says else ""


def _chosen(interaction: Interaction) -> list[str]:
    """What was chosen in a select, as Discord sent it."""
    data: Mapping[str, Any] = interaction.data or {}
    return [str(one) for one in data.get("values", [])]


_ACTIONS: Final[Mapping[str, Action]] = {
    "home": _home,
    "role": _role,
    "limit": _limit,
    "budgets": _budgets,
    "modlog": _modlog,
    "pause": _pause,
    "resume": _resume,
    "forget": _forget,
}
