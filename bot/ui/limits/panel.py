"""The panel of /limits: its pages, and its controls. Every press and form checks that the person is a moderator."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import discord
from discord import ui

from bot.domain.moderation import (
    MAX_PAUSE_TEXT,
    Change,
    ClearLimits,
    PauseServer,
    Proposal,
    ResumeServer,
    SetLimit,
    SetModLog,
)
from bot.domain.policy.rules import OF_THE_SERVER, Limit, Rule, Scope
from bot.domain.ports.moderation import ServerSettings
from bot.domain.video import VideoModel
from bot.services.moderation import Moderation
from bot.ui.base.access import as_moderator, check_moderator
from bot.ui.base.channels import is_public, missing_permissions, missing_text, public_warning
from bot.ui.base.components import (
    DISCORD_ID,
    Box,
    Form,
    PersistentButton,
    PersistentControl,
    PersistentItem,
    all_chosen,
    box_of,
    chosen_like,
    lines,
    one_of,
    redraw,
    row_of,
    view_of,
)
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_OPTION_TEXT
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import (
    ModelNames,
    ValueNotUnderstoodError,
    limit_hint,
    limit_name,
    parse_value,
    value_text,
)
from bot.ui.base.markdown import inert
from bot.ui.base.options import value_problem
from bot.ui.base.replies import MalformedInputError
from bot.ui.base.theme import AMBER, SLATE, TEAL, dots
from bot.ui.base.units import MAX_TYPED
from bot.ui.limits.changes import confirm_proposal, outcome_box, question_text, unchanged_box
from bot.ui.limits.show import add_sections, glance, others, rule_page, server_rule, who_may_animate


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A text input with its name (up to 45 characters) and hint (up to 100). It may be left empty."""

    name: str
    hint: str
    text: ui.TextInput[Any]


OnSubmit = Callable[[discord.Interaction[Any], list[str]], Awaitable[None]]


class FieldsForm(Form):
    """A form of text fields; `then` gets the texts in the order of the fields."""

    def __init__(self, title: str, fields: Sequence[Field], then: OnSubmit) -> None:
        super().__init__(title)
        self._then = then
        self._inputs = [field.text for field in fields]
        for field in fields:
            self.put(field.name, field.text, field.hint)

    async def on_submit(self, interaction: discord.Interaction[Any], /) -> None:
        await self._then(interaction, [text.value for text in self._inputs])


MOST_AT_ONCE: Final = 3  # limits of one form: more proposals do not fit into a `custom_id`
# The action, the page (`s` for the server's, or `r` with a role's id), and the ids of at most so many proposals.
_IDS: Final = rf"[0-9a-f]{{16}}(?:\.[0-9a-f]{{16}}){{0,{MOST_AT_ONCE - 1}}}"
PANEL: Final = PersistentControl(
    "panel",
    rf"(?:(?:yes|no):(?:s|r{DISCORD_ID}):{_IDS}"
    rf"|(?:home|role|limit|budgets|modlog|pause|resume|forget):(?:s|r{DISCORD_ID}))",
    check=check_moderator,
)

SETUP: Final = PersistentButton("setup", "panel|again", _("Set up…"), check=check_moderator)
VIDEOS: Final = PersistentButton("videos", "open|close", _("Open videos"), check=check_moderator)


@dataclass(frozen=True, slots=True)
class PanelPage:
    """The page of the server's default, or of one role."""

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
    """Draw a button or select for the action `what`; `ids` are those of the proposals it confirms or leaves."""
    return PANEL.item(kind, ":".join(part for part in (what, str(page), ".".join(ids)) if part), **look)


def parse_panel_payload(payload: str) -> tuple[str, PanelPage, tuple[str, ...]]:
    """Return the action, the page and the ids of the proposals that a control's payload names."""
    what, page, *ids = payload.split(":")
    return (
        what,
        PanelPage(int(page[1:])) if page != str(HOME) else HOME,
        tuple(ids[0].split(".")) if ids else (),
    )


MODLOG_CHANNELS: Final = [discord.ChannelType.text, discord.ChannelType.news]


async def draw_panel(
    moderation: Moderation, guild_id: int, page: PanelPage = HOME, *, above: Sequence[Box] = ()
) -> ui.LayoutView:
    """Draw a page of the panel with the current settings, below the boxes `above` that say what just happened."""
    if page.role_id is None:
        settings = await moderation.settings(guild_id)
        return view_of(
            *above, server_box(settings, moderation.ceiling, moderation.model_names, moderation.video)
        )
    rule = await moderation.rule(guild_id, Scope.ROLE, page.role_id)
    return view_of(*above, role_box(rule, page, moderation.ceiling, moderation.model_names))


async def question(moderation: Moderation, page: PanelPage, proposals: Sequence[Proposal]) -> Box:
    """Draw the changes to be confirmed, with the buttons that confirm and leave them."""
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


def server_box(settings: ServerSettings, ceiling: Rule, models: ModelNames, video: VideoModel | None) -> Box:
    """Draw the first page: the server's default, the other settings, and the controls that change them.

    `video` is the usual model of videos; None: none is on offer.
    """
    rule = server_rule(settings)
    page = rule_page(rule, ceiling=ceiling, models=models)
    title = _("### Easel in this server")
    nothing = None if rule.says else _("No limits yet. Choose one below to set the first.")
    box = box_of(AMBER if settings.pause else TEAL, lines(title, nothing, page))
    add_sections(box, others(settings), glance(settings, video=video))
    box.add_item(row_of(_limits(rule, HOME, models)))
    box.add_item(row_of(panel_item(ui.RoleSelect, "role", HOME, placeholder=_("A role's limits…"))))
    box.add_item(row_of(_modlog_select(settings.modlog_channel_id)))
    buttons = [SETUP.button("panel"), _button("budgets", HOME, _("Budgets")), _pause_or_resume(settings)]
    if video is not None:
        is_open = bool(who_may_animate(settings))
        buttons.insert(1, VIDEOS.button("close", _("Close videos")) if is_open else VIDEOS.button("open"))
    box.add_item(row_of(*buttons))
    return box


def role_box(rule: Rule, page: PanelPage, ceiling: Rule, models: ModelNames) -> Box:
    """Draw the page of one role: its limits, and the controls that change them."""
    title = _("### Limits of role <@&{id}>").format(id=page.role_id)
    nothing = _("No rules yet, so the server's default applies. Choose a limit below to set the first.")
    reach = _("-# Overrides the server's default. With several roles, the most generous one applies.")
    box = box_of(TEAL if rule.says else SLATE, lines(title, None if rule.says else nothing))
    box.add_item(ui.TextDisplay(lines(rule_page(rule, ceiling=ceiling, models=models), reach)))
    box.add_item(row_of(_limits(rule, page, models)))
    box.add_item(row_of(panel_item(ui.RoleSelect, "role", page, placeholder=_("Another role's limits…"))))
    buttons = [_button("home", page, _("Back"))]
    if rule.says:
        buttons.append(_button("forget", page, _("Remove them all"), style=discord.ButtonStyle.danger))
    box.add_item(row_of(*buttons))
    return box


def _limits(rule: Rule, page: PanelPage, models: ModelNames) -> PersistentItem:
    options: list[discord.SelectOption] = []
    for limit in Limit:
        if page.role_id is None or limit not in OF_THE_SERVER:
            now = limit_value(rule, limit, models) or _("not set")
            now = now if len(now) <= MAX_OPTION_TEXT else f"{now[: MAX_OPTION_TEXT - 1]}…"
            options.append(discord.SelectOption(label=limit_name(limit), value=limit.value, description=now))
    placeholder = _("Change up to {n} limits…").format(n=MOST_AT_ONCE)
    return panel_item(
        ui.Select, "limit", page, placeholder=placeholder, options=options, max_values=MOST_AT_ONCE
    )


def _modlog_select(channel_id: int | None) -> PersistentItem:
    kind = discord.SelectDefaultValueType.channel
    defaults = [] if channel_id is None else [discord.SelectDefaultValue(id=channel_id, type=kind)]
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
    return panel_item(ui.Button, what, page, label=label, style=style)


BUDGET_LIMITS: Final = (Limit.SERVER_USD_PER_DAY, Limit.SERVER_USD_PER_MONTH)
Action = Callable[[Interaction, int, PanelPage], Awaitable[None]]


@PANEL.on_press
async def on_panel(interaction: Interaction, guild_id: int, payload: str) -> None:
    """Do what was pressed or chosen on the panel."""
    what, page, ids = parse_panel_payload(payload)
    if what == "yes":
        notes = [await confirm_proposal(interaction, guild_id, proposal_id) for proposal_id in ids]
        await _show(interaction, guild_id, page, *notes)
    elif what == "no":
        await _show(interaction, guild_id, page, unchanged_box())
    else:
        await _ACTIONS[what](interaction, guild_id, page)


async def _home(interaction: Interaction, guild_id: int, _page: PanelPage) -> None:
    await _show(interaction, guild_id, HOME)


async def _role(interaction: Interaction, guild_id: int, _page: PanelPage) -> None:
    role_id = int(chosen_like(interaction, DISCORD_ID))
    await _show(interaction, guild_id, HOME if role_id == guild_id else PanelPage(role_id))  # @everyone


async def _limit(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
    limits = [one_of(Limit, value) for value in all_chosen(interaction)[:MOST_AT_ONCE]]
    if not limits:
        raise MalformedInputError
    title = limit_name(limits[0]) if len(limits) == 1 else _("Change {n} limits").format(n=len(limits))
    await _open_form(interaction, guild_id, page, title, limits)


async def _budgets(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
    await _open_form(interaction, guild_id, page, _("The server's budgets"), BUDGET_LIMITS)


async def _open_form(
    interaction: Interaction, guild_id: int, page: PanelPage, title: str, limits: Sequence[Limit]
) -> None:
    moderation = services_of(interaction).moderation
    rule = await moderation.rule(guild_id, page.scope, page.role_id)
    fields = [limit_field(limit, limit_value(rule, limit, moderation.model_names)) for limit in limits]
    await interaction.response.send_modal(FieldsForm(title, fields, partial(_set_limits, page, limits)))


async def _modlog(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
    channel_id = int(chosen_like(interaction, rf"{DISCORD_ID}?") or 0) or None  # none is chosen to end it
    channel = interaction.guild.get_channel(channel_id) if interaction.guild and channel_id else None
    missing = missing_permissions(channel)
    if channel_id is not None and missing:
        await _show(interaction, guild_id, page, box_of(AMBER, missing_text(channel_id, missing)))
        return
    notes: list[Box] = []
    if channel_id is not None and is_public(channel):
        notes.append(box_of(AMBER, public_warning(channel_id)))
    await _change(interaction, guild_id, page, [SetModLog(channel_id=channel_id)], notes)


async def _pause(interaction: Interaction, _guild_id: int, page: PanelPage) -> None:
    text: ui.TextInput[Any] = ui.TextInput(
        placeholder=_("Back on Monday."),
        required=False,
        max_length=MAX_PAUSE_TEXT,
        style=discord.TextStyle.long,
    )
    hint = _("Shown along with the fact that Easel is paused. Optional.")
    fields = [Field(name=_("What members see"), hint=hint, text=text)]
    then = partial(_pause_server, page)
    await interaction.response.send_modal(FieldsForm(_("Pause Easel in this server"), fields, then))


async def _resume(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
    await _change(interaction, guild_id, page, [ResumeServer()])


async def _forget(interaction: Interaction, guild_id: int, page: PanelPage) -> None:
    change = ClearLimits(scope=page.scope, subject_id=page.role_id, limit=None)
    await _change(interaction, guild_id, page, [change])


async def _set_limits(
    page: PanelPage, limits: Sequence[Limit], interaction: Interaction, texts: list[str]
) -> None:
    """Set the limits to what was typed in their form, all or none; an empty text removes its limit from the rule."""
    guild_id = await as_moderator(interaction)
    if guild_id is None:
        return
    moderation = services_of(interaction).moderation
    rule, models = await moderation.rule(guild_id, page.scope, page.role_id), moderation.model_names
    changes: list[Change] = []
    problems: list[str] = []
    typed: list[str] = []
    for limit, text in zip(limits, texts, strict=True):
        if text.strip() == limit_value(rule, limit, models) and len(limits) > 1:
            continue  # not edited
        try:
            changes.append(limit_change(page, limit, text.strip(), models))
            typed.append(f"{limit_name(limit)}: {inert(text.strip()) or _('not set')}")
        except ValueNotUnderstoodError as error:
            problems.append(value_problem(limit, text, error.hint))
    if problems:
        others_typed = _("Also not changed: {typed}").format(typed=" · ".join(typed)) if typed else None
        box = box_of(AMBER, lines(f"### {_('Nothing changed')}", *problems, dots(others_typed)))
        await _show(interaction, guild_id, page, box)
    else:
        await _change(interaction, guild_id, page, changes)


def limit_change(page: PanelPage, limit: Limit, text: str, models: ModelNames) -> Change:
    """Return the change that a text in a form asks for. Raises `ValueNotUnderstoodError`."""
    if not text:
        return ClearLimits(scope=page.scope, subject_id=page.role_id, limit=limit)
    value = parse_value(limit, text, models=models)
    return SetLimit(scope=page.scope, subject_id=page.role_id, limit=limit, value=value)


async def _pause_server(page: PanelPage, interaction: Interaction, texts: list[str]) -> None:
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
    """Make the changes, and draw the page again below their outcomes."""
    moderation = services_of(interaction).moderation
    proposals: list[Proposal] = []
    above: list[Box] = []
    for change in changes:
        outcome = await moderation.change(guild_id, change, by=interaction.user.id)
        if isinstance(outcome, Proposal):
            proposals.append(outcome)
        else:
            above.append(await outcome_box(moderation, guild_id, outcome))
    if proposals:
        above.append(await question(moderation, page, proposals))
    await _show(interaction, guild_id, page, *above, *notes)


async def _show(interaction: Interaction, guild_id: int, page: PanelPage, *above: Box) -> None:
    moderation = services_of(interaction).moderation
    await redraw(interaction, await draw_panel(moderation, guild_id, page, above=above))


def limit_field(limit: Limit, value: str) -> Field:
    """Return a form's field for a limit, filled in with its value."""
    text: ui.TextInput[Any] = ui.TextInput(
        default=value[:MAX_TYPED] or None,
        placeholder=_("Not set"),
        required=False,
        max_length=MAX_TYPED,
    )
    return Field(name=limit_name(limit), hint=limit_hint(limit), text=text)


def limit_value(rule: Rule, limit: Limit, models: ModelNames) -> str:
    """Return the value of a limit in the rule; '' if it is not set."""
    return value_text(limit, rule.says[limit], models=models) if limit in rule.says else ""


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
