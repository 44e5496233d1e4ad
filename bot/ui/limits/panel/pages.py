"""The panel as it is drawn: the server's page, and one for each role."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.limits import OF_THE_SERVER, Limit, Rule, Scope
from bot.domain.moderation import Proposal
from bot.domain.ports import ServerSettings
from bot.services.moderation import Moderation
from bot.ui.i18n import _
from bot.ui.limits.names import limit_name, value_text
from bot.ui.limits.pages import glance, others, rule_page, server_rule
from bot.ui.limits.panel.items import HOME, Page, PanelItem, panel_item
from bot.ui.limits.parts import Box, box_of, lines, row_of, view_of
from bot.ui.limits.question import question_text
from bot.ui.look import AMBER, SLATE, TEAL

MAX_OPTION: Final = 100  # Discord: characters of an option's description
MODLOG_CHANNELS: Final = [discord.ChannelType.text, discord.ChannelType.news]


async def draw(
    moderation: Moderation, guild_id: int, page: Page = HOME, *, above: Sequence[Box] = ()
) -> ui.LayoutView:
    """A page of the panel as things stand now; `above` it, what just happened."""
    if page.role_id is None:
        settings = await moderation.settings(guild_id)
        return view_of(*above, server_box(settings, moderation.ceiling))
    rule = await moderation.rule(guild_id, Scope.ROLE, page.role_id)
    return view_of(*above, role_box(rule, page, moderation.ceiling))


async def question(moderation: Moderation, page: Page, proposals: Sequence[Proposal]) -> Box:
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
    box.add_item(row_of(_modlog(settings.modlog_channel_id)))
    box.add_item(row_of(_pause_or_resume(settings), _button("budgets", HOME, _("Budgets"))))
    return box


def role_box(rule: Rule, page: Page, ceiling: Rule) -> Box:
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


def _limits(rule: Rule, page: Page) -> PanelItem:
    limits = [limit for limit in Limit if page.role_id is None or limit not in OF_THE_SERVER]
    options = [
        discord.SelectOption(label=limit_name(limit), value=limit.value, description=_now(rule, limit))
        for limit in limits
    ]
    return panel_item(ui.Select, "limit", page, placeholder=_("Change a limit…"), options=options)


def _now(rule: Rule, limit: Limit) -> str:
    text = value_text(limit, rule.says[limit]) if limit in rule.says else _("not set")
    return text if len(text) <= MAX_OPTION else f"{text[: MAX_OPTION - 1]}…"


def _modlog(channel_id: int | None) -> PanelItem:
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


def _pause_or_resume(settings: ServerSettings) -> PanelItem:
    if settings.pause is None:
        return _button("pause", HOME, _("Pause"), style=discord.ButtonStyle.danger)
    return _button("resume", HOME, _("Resume"), style=discord.ButtonStyle.success)


def _button(
    what: str, page: Page, label: str, *, style: discord.ButtonStyle = discord.ButtonStyle.secondary
) -> PanelItem:
    look: dict[str, Any] = {"label": label, "style": style}
    return panel_item(ui.Button, what, page, **look)
