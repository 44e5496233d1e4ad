"""What the panel's buttons, selects and forms do. Each asks anew whether the person is a moderator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import discord
from discord import ui

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
from bot.domain.policy.rules import OF_THE_SERVER, Limit, Rule, Scope
from bot.domain.ports.moderation import ServerSettings
from bot.services.moderation import InvalidChange, Moderation
from bot.ui.base.access import as_moderator
from bot.ui.base.channels import is_public, missing_permissions, missing_text, public_warning
from bot.ui.base.components import (
    Box,
    Form,
    PersistentControl,
    PersistentItem,
    box_of,
    lines,
    redraw,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_OPTION_TEXT
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import ValueNotUnderstoodError, limit_hint, limit_name, parse_value, value_text
from bot.ui.base.theme import AMBER, SLATE, TEAL
from bot.ui.base.units import MAX_TYPED
from bot.ui.limits.changes import colour_of, expired_text, outcome_text, question_text, unchanged_text
from bot.ui.limits.options import value_problem
from bot.ui.limits.show import glance, others, rule_page, server_rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One text. `name` has up to 45 characters, `hint` up to 100; `now` is what stands there already."""

    name: str
    hint: str
    now: str = ""
    placeholder: str = ""
    max_length: int
    is_long: bool = False


Then = Callable[[discord.Interaction[Any], list[str]], Awaitable[None]]


class FieldsForm(Form):
    """`then` gets the texts in the order of the fields. None has to be filled in."""

    def __init__(self, title: str, fields: Sequence[Field], then: Then) -> None:
        super().__init__(title)
        self._then = then
        self._inputs: list[ui.TextInput[Any]] = [_input(field) for field in fields]
        for field, text in zip(fields, self._inputs, strict=True):
            self.put(field.name, text, field.hint)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        await self._then(interaction, [text.value for text in self._inputs])


def _input(field: Field) -> ui.TextInput[Any]:
    return ui.TextInput(
        default=field.now[: field.max_length] or None,
        placeholder=field.placeholder or None,
        required=False,
        max_length=field.max_length,
        style=discord.TextStyle.long if field.is_long else discord.TextStyle.short,
    )


# What, on which page (the server's or a role's), and about which proposals, of which there are two at most.
PANEL: Final = PersistentControl("panel", r"[a-z]+:(?:s|r[0-9]{1,20})(?::[0-9a-f]{16}(?:\.[0-9a-f]{16})?)?")


@dataclass(frozen=True, slots=True)
class PanelPage:
    """The server's default, or one role."""

    role_id: int | None = None

    @property
    def scope(self) -> Scope:
        return Scope.SERVER if self.role_id is None else Scope.ROLE

    def __str__(self) -> str:
        return "s" if self.role_id is None else f"r{self.role_id}"


HOME: Final = PanelPage()


def panel_item(
    kind: Callable[..., ui.Item[Any]], what: str, page: PanelPage, *, ids: tuple[str, ...] = (), **look: Any
) -> PersistentItem:
    """A button or select that does `what`; `ids` are of the proposals it is about."""
    subject = ":".join(part for part in (what, str(page), ".".join(ids)) if part)
    return PANEL.item(kind, subject, **look)


def parse_role(subject: str) -> tuple[str, PanelPage, tuple[str, ...]]:
    """What to do, on which page, about which proposals."""
    what, page, *ids = subject.split(":")
    return (
        what,
        PanelPage(int(page[1:])) if page != str(HOME) else HOME,
        tuple(ids[0].split(".")) if ids else (),
    )


MODLOG_CHANNELS: Final = [discord.ChannelType.text, discord.ChannelType.news]


async def draw_panel(
    moderation: Moderation, guild_id: int, page: PanelPage = HOME, *, above: Sequence[Box] = ()
) -> ui.LayoutView:
    """A page of the panel as things stand now; `above` it, what just happened."""
    if page.role_id is None:
        settings = await moderation.settings(guild_id)
        return view_of(*above, server_box(settings, moderation.ceiling))
    rule = await moderation.rule(guild_id, Scope.ROLE, page.role_id)
    return view_of(*above, role_box(rule, page, moderation.ceiling))


async def question(moderation: Moderation, page: PanelPage, proposals: Sequence[Proposal]) -> Box:
    """Changes to be confirmed, with the buttons that do and that do not."""
    box = box_of(AMBER, *[await question_text(moderation, proposal) for proposal in proposals])
    ids = tuple(proposal.id for proposal in proposals)
    danger, quiet = discord.ButtonStyle.danger, discord.ButtonStyle.secondary
    box.add_item(
        row_of(
            panel_item(ui.Button, "yes", page, ids=ids, label=_("Yes, do it"), style=danger),
            panel_item(ui.Button, "no", page, ids=ids, label=_("Leave it"), style=quiet),
        )
    )
    return box


def server_box(settings: ServerSettings, ceiling: Rule) -> Box:
    """The first page: the server's default, everything else at a glance, and what changes it."""
    rule = server_rule(settings)
    page = rule_page(rule, ceiling=ceiling)
    title = _("### Easel in this server")
    nothing = None if rule.says else _("Nothing is limited yet. Choose a limit below to set the first.")
    box = box_of(AMBER if settings.pause else TEAL, lines(title, nothing, page))
    for section in (others(settings), glance(settings)):
        if section:
            box.add_item(ui.Separator())
            box.add_item(ui.TextDisplay(section))
    box.add_item(row_of(_limits(rule, HOME)))
    box.add_item(row_of(panel_item(ui.RoleSelect, "role", HOME, placeholder=_("A role's limits…"))))
    box.add_item(row_of(_modlog_select(settings.modlog_channel_id)))
    box.add_item(row_of(_pause_or_resume(settings), _button("budgets", HOME, _("Budgets"))))
    return box


def role_box(rule: Rule, page: PanelPage, ceiling: Rule) -> Box:
    """The page of one role."""
    title = _("### Limits of role <@&{id}>").format(id=page.role_id)
    nothing = _("No rules yet: the server's default holds. Choose a limit below to set the first.")
    reach = _("-# Comes before the server's default. Of several roles, the most generous counts.")
    box = box_of(TEAL if rule.says else SLATE, lines(title, None if rule.says else nothing))
    box.add_item(ui.TextDisplay(lines(rule_page(rule, ceiling=ceiling), reach)))
    box.add_item(row_of(_limits(rule, page)))
    box.add_item(row_of(panel_item(ui.RoleSelect, "role", page, placeholder=_("Another role's limits…"))))
    buttons = [_button("home", page, _("Back"))]
    if rule.says:
        buttons.append(_button("forget", page, _("Forget them all"), style=discord.ButtonStyle.danger))
    box.add_item(row_of(*buttons))
    return box


def _limits(rule: Rule, page: PanelPage) -> PersistentItem:
    limits = [limit for limit in Limit if page.role_id is None or limit not in OF_THE_SERVER]
    options = [
        discord.SelectOption(label=limit_name(limit), value=limit.value, description=_now(rule, limit))
        for limit in limits
    ]
    return panel_item(ui.Select, "limit", page, placeholder=_("Change a limit…"), options=options)


def _now(rule: Rule, limit: Limit) -> str:
    text = value_text(limit, rule.says[limit]) if limit in rule.says else _("not set")
    return text if len(text) <= MAX_OPTION_TEXT else f"{text[: MAX_OPTION_TEXT - 1]}…"


def _modlog_select(channel_id: int | None) -> PersistentItem:
    chosen = discord.SelectDefaultValueType.channel
    defaults = [] if channel_id is None else [discord.SelectDefaultValue(id=channel_id, type=chosen)]
    return panel_item(
        ui.ChannelSelect,
        "modlog",
        HOME,
        placeholder=_("A channel for the mod-log…"),
        channel_types=MODLOG_CHANNELS,
        min_values=0,
        default_values=defaults,
    )


def _pause_or_resume(settings: ServerSettings) -> PersistentItem:
    if settings.pause is None:
        return _button("pause", HOME, _("Pause"), style=discord.ButtonStyle.danger)
    return _button("resume", HOME, _("Resume"), style=discord.ButtonStyle.success)


def _button(
    what: str, page: PanelPage, label: str, *, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> PersistentItem:
    look: dict[str, Any] = {"label": label, "style": style}
    return panel_item(ui.Button, what, page, **look)


BUDGET_LIMITS: Final = (Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH)
Action = Callable[[Interaction, int, PanelPage], Awaitable[None]]


@PANEL.on_press
async def on_panel(interaction: Interaction, subject: str) -> None:
    """Do what was pressed or chosen on the panel, if by a moderator."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return
    what, page, ids = parse_role(subject)
    if ids:
        await (_confirm if what == "yes" else _leave)(interaction, guild_id, page, ids)
    else:
        await _ACTIONS[what](interaction, guild_id, page)


async def _home(interaction: Interaction, guild_id: int, _page: PanelPage) -> None:
    await _show(interaction, guild_id, HOME)


async def _role(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
    chosen = _chosen(interaction)
    role_id = int(chosen[0]) if chosen else page.role_id
    await _show(interaction, guild_id, HOME if role_id == guild_id else PanelPage(role_id))  # @everyone


async def _limit(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
    limit = Limit(_chosen(interaction)[0])
    rule = await services_of(interaction).moderation.rule(guild_id, page.scope, page.role_id)
    form = FieldsForm(
        limit_name(limit), [_field(rule, limit, name=_("Value"))], partial(_filled_in, page, (limit,))
    )
    await interaction.response.send_modal(form)


async def _budgets(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
    rule = await services_of(interaction).moderation.rule(guild_id, Scope.SERVER, None)
    fields = [_field(rule, limit, name=limit_name(limit)) for limit in BUDGET_LIMITS]
    await interaction.response.send_modal(
        FieldsForm(_("The server's budgets"), fields, partial(_filled_in, page, BUDGET_LIMITS))
    )


async def _modlog(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
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


async def _pause(interaction: Interaction, _guild_id: int, page: PanelPage) -> None:
    field = Field(
        name=_("What members see"),
        hint=_("Beside that Easel is paused. You may leave it empty."),
        placeholder=_("Back on Monday."),
        max_length=MAX_PAUSE_TEXT,
        is_long=True,
    )
    await interaction.response.send_modal(
        FieldsForm(_("Pause Easel in this server"), [field], partial(_paused, page))
    )


async def _resume(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
    await _change(interaction, guild_id, page, [ResumeServer()])


async def _forget(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
    change = ClearLimits(scope=page.scope, subject_id=page.role_id, limit=None)
    await _change(interaction, guild_id, page, [change])


async def _confirm(interaction: Interaction, guild_id: int, page: PanelPage, ids: Sequence[str]) -> None:
    moderation = services_of(interaction).moderation
    notes: list[Box] = []
    for proposal_id in ids:
        outcome = await moderation.confirm(proposal_id, guild_id=guild_id, by=interaction.user.id)
        if outcome is None:
            notes.append(box_of(SLATE, expired_text()))
        else:
            notes.append(await _note(moderation, guild_id, outcome))
    await _show(interaction, guild_id, page, *notes)


async def _leave(interaction: Interaction, guild_id: int, page: PanelPage, _ids: Sequence[str]) -> None:
    await _show(interaction, guild_id, page, box_of(SLATE, unchanged_text()))


async def _filled_in(
    page: PanelPage, limits: Sequence[Limit], interaction: Interaction, texts: list[str]
) -> None:
    """The form of one limit, or of the budgets; an empty text forgets its limit."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return
    moderation = services_of(interaction).moderation
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


def _wanted(page: PanelPage, limit: Limit, text: str, models: Sequence[str]) -> Change:
    if not text:
        return ClearLimits(scope=page.scope, subject_id=page.role_id, limit=limit)
    value = parse_value(limit, text, models=models)
    return SetLimit(scope=page.scope, subject_id=page.role_id, limit=limit, value=value)


async def _paused(page: PanelPage, interaction: Interaction, texts: list[str]) -> None:
    guild_id = await as_moderator(interaction)
    if guild_id is not None:
        await _change(interaction, guild_id, page, [PauseServer(text=texts[0])])


async def _change(
    interaction: Interaction,
    guild_id: int,
    page: PanelPage,
    changes: Sequence[Change],
    notes: Sequence[Box] = (),
) -> None:
    """Make the changes, and draw the page anew with what became of them."""
    moderation = services_of(interaction).moderation
    outcomes = [await moderation.change(guild_id, change, by=interaction.user.id) for change in changes]
    proposals = [outcome for outcome in outcomes if isinstance(outcome, Proposal)]
    above = [await _note(moderation, guild_id, one) for one in outcomes if not isinstance(one, Proposal)]
    if proposals:
        above.append(await question(moderation, page, proposals))
    await _show(interaction, guild_id, page, *above, *notes)


async def _note(moderation: Moderation, guild_id: int, outcome: Applied | Unchanged | InvalidChange) -> Box:
    return box_of(colour_of(outcome), await outcome_text(moderation, guild_id, outcome))


async def _show(interaction: Interaction, guild_id: int, page: PanelPage, *above: Box) -> None:
    await redraw(
        interaction, await draw_panel(services_of(interaction).moderation, guild_id, page, above=above)
    )


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
