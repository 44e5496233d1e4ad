"""/setup: one form for a server's budget, pictures and videos a day, mod-log and who may use Easel.

It ends in the panel, whose button opens and closes videos with one press.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import discord
from discord import ui

from bot.domain.moderation import (
    Applied,
    Change,
    ClearLimits,
    NoChange,
    Proposal,
    SetLimit,
    SetModLog,
    Unchanged,
)
from bot.domain.policy.rules import Limit, Scope
from bot.domain.ports.moderation import ServerSettings
from bot.domain.video import VideoModel
from bot.services.changes import InvalidChange
from bot.services.moderation import ChangeOutcome, Moderation
from bot.ui.base.access import as_moderator
from bot.ui.base.channels import is_public, missing_permissions, missing_text, public_warning
from bot.ui.base.components import Box, Form, box_of, lines, redraw, row_of, send_private_card, view_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_OPTIONS
from bot.ui.base.i18n import _
from bot.ui.base.limit_names import NO_NAMES, ValueNotUnderstoodError, limit_name, value_text
from bot.ui.base.options import value_problem
from bot.ui.base.theme import AMBER, SLATE, TEAL, dots
from bot.ui.base.units import MAX_TYPED, cents
from bot.ui.limits.changes import invalid_change_text, narrower_notes, no_change_text
from bot.ui.limits.panel import (
    HOME,
    MODLOG_CHANNELS,
    SETUP,
    VIDEOS,
    draw_panel,
    limit_change,
    limit_field,
    limit_value,
    question,
)
from bot.ui.limits.show import (
    WHO_LIMITS,
    Animators,
    server_rule,
    videos_text,
    who_may,
    who_may_animate,
    who_text,
)
from bot.ui.limits.text import state_text

_LIMITS: Final = (Limit.SERVER_USD_PER_MONTH, Limit.IMAGES_PER_DAY)
VIDEOS_A_DAY: Final = 2  # for each member, once videos are opened, unless moderators chose another number
MAX_REMEMBERED: Final = 200  # moderators whose rejected form can be reopened as they filled it in


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What the form holds: the texts of two limits, the mod-log's channel, and who may use Easel; no roles: everyone.

    `videos` is how many each member may make a day, '' where videos are closed. `hidden_ids` are the roles that may use
    Easel beside `role_ids`, but have no place in the form.
    """

    texts: tuple[str, ...]
    modlog_id: int | None
    role_ids: frozenset[int] = field(default_factory=frozenset[int])
    hidden_ids: frozenset[int] = field(default_factory=frozenset[int])
    videos: str = ""
    animators: Animators = field(default_factory=Animators)


# By server and moderator; a restart forgets them, and the form then opens with what is set.
_rejected: dict[tuple[int, int], Setup] = {}


def setup_of(settings: ServerSettings, guild: discord.Guild | None) -> Setup:
    """Return what is set now, without the channel and roles that Discord does not show us."""
    rule, animators = server_rule(settings), who_may_animate(settings)
    videos = value_text(Limit.VIDEOS_PER_DAY, rule.says.get(Limit.VIDEOS_PER_DAY)) if animators else ""
    channel_id = settings.modlog_channel_id
    is_known = guild is not None and channel_id is not None and guild.get_channel(channel_id) is not None
    who = who_may(settings)
    roles = [one for one in sorted(who) if guild is not None and guild.get_role(one) is not None]
    role_ids = frozenset(roles[:MAX_OPTIONS])
    return Setup(
        texts=tuple(limit_value(rule, limit, NO_NAMES) for limit in _LIMITS),
        modlog_id=channel_id if is_known else None,
        role_ids=role_ids,
        hidden_ids=who - role_ids,
        videos=videos,
        animators=animators,
    )


async def open_setup(interaction: Interaction, guild_id: int, *, again: bool = False) -> None:
    """Open the form with what is set now; with `again`, as the moderator filled it in before it was rejected."""
    moderation = services_of(interaction).moderation
    now = setup_of(await moderation.settings(guild_id), interaction.guild)
    filled = _rejected.get((guild_id, interaction.user.id), now) if again else now
    await interaction.response.send_modal(SetupForm(now, filled, video=moderation.video, is_again=again))


@SETUP.on_press
async def on_setup(interaction: Interaction, guild_id: int, payload: str) -> None:
    """Open the form, from the panel or after it was rejected."""
    await open_setup(interaction, guild_id, again=payload == "again")


class SetupForm(Form):
    """The form. Only what is edited is changed: `now` is what was set when it was opened, `filled` what it shows.

    It asks for videos if `video`, the usual model, is on offer.
    """

    def __init__(self, now: Setup, filled: Setup, *, video: VideoModel | None, is_again: bool) -> None:
        super().__init__(_("Set up Easel"))
        self.now, self.is_again = now, is_again
        fields = [limit_field(limit, text) for limit, text in zip(_LIMITS, filled.texts, strict=True)]
        for one in fields:
            self.put(one.name, one.text, one.hint)
        self.texts = [one.text for one in fields]
        self.videos = None if video is None else _videos_field(filled.videos)
        if video is not None and self.videos is not None:
            hint = _("How many each member can make, about {price} each. Leave empty to keep videos closed.")
            hint = hint.format(price=cents(video.lowest_price_micro_usd))
            self.put(limit_name(Limit.VIDEOS_PER_DAY), self.videos, hint)
        self.modlog, self.roles = _modlog_select(filled.modlog_id), _role_select(filled.role_ids)
        hint = _("Easel posts jobs and changes there. Choose a channel only moderators can see.")
        self.put(_("Mod-log channel"), self.modlog, hint)
        hint = _("Leave empty for everyone. Otherwise only these roles can, and moderators need one too.")
        self.put(_("Who can use Easel"), self.roles, hint)

    async def on_submit(self, interaction: Interaction, /) -> None:
        """Make all changes, or none and say why."""
        guild_id = await as_moderator(interaction)
        if guild_id is None:
            return
        wanted = self._wanted(guild_id)
        moderation = services_of(interaction).moderation
        changes, problems = _changes(self.now, wanted)
        if missing := missing_permissions(self._new_modlog(interaction, wanted)):
            problems.append(missing_text(wanted.modlog_id or 0, missing))
        outcomes = [] if problems else await moderation.change_all(guild_id, changes, by=interaction.user.id)
        problems += [invalid_change_text(one) for one in outcomes if isinstance(one, InvalidChange)]
        if problems:
            await self._reject(interaction, guild_id, wanted, problems)
        else:
            await self._show_panel(interaction, guild_id, wanted, outcomes)

    def typed(self) -> str:
        texts = [*self.texts, *([] if self.videos is None else [self.videos])]
        return "\n".join(one.value for one in texts if one.value)

    def _wanted(self, guild_id: int) -> Setup:
        role_ids = frozenset(role.id for role in self.roles.values)
        return Setup(
            texts=tuple(one.value.strip() for one in self.texts),
            modlog_id=next((channel.id for channel in self.modlog.values), None),
            role_ids=frozenset() if guild_id in role_ids else role_ids,  # @everyone
            videos=self.now.videos if self.videos is None else self.videos.value.strip(),
        )

    def _new_modlog(self, interaction: Interaction, wanted: Setup) -> Any:
        """Return the channel that the mod-log moves to; None where it moves to none that we know."""
        if interaction.guild is None or wanted.modlog_id in {None, self.now.modlog_id}:
            return None
        return interaction.guild.get_channel(wanted.modlog_id or 0)

    async def _show_panel(
        self, interaction: Interaction, guild_id: int, wanted: Setup, outcomes: Sequence[ChangeOutcome]
    ) -> None:
        _rejected.pop((guild_id, interaction.user.id), None)
        moderation = services_of(interaction).moderation
        above = await _told(moderation, guild_id, outcomes, who_text(wanted.role_ids))
        if is_public(self._new_modlog(interaction, wanted)):
            above.append(box_of(AMBER, public_warning(wanted.modlog_id or 0)))
        show = send_private_card if interaction.message is None else redraw
        await show(interaction, await draw_panel(moderation, guild_id, above=above))

    async def _reject(
        self, interaction: Interaction, guild_id: int, wanted: Setup, problems: Sequence[str]
    ) -> None:
        key = (guild_id, interaction.user.id)
        _rejected.pop(key, None)
        _rejected[key] = wanted
        if len(_rejected) > MAX_REMEMBERED:
            del _rejected[next(iter(_rejected))]
        box = box_of(AMBER, lines(f"### {_('Nothing changed')}", *problems))
        box.add_item(row_of(SETUP.button("again", _("Edit the form"))))
        await (redraw if self.is_again else send_private_card)(interaction, view_of(box))


@VIDEOS.on_press
async def on_videos(interaction: Interaction, guild_id: int, payload: str) -> None:
    """Open videos for those who can use Easel, or close them, and show the panel."""
    moderation = services_of(interaction).moderation
    settings = await moderation.settings(guild_id)
    before, roles = who_may_animate(settings), who_may(settings)
    changes = _animator_changes(before, (before or _animators(roles)) if payload == "open" else Animators())
    if payload == "open" and server_rule(settings).says.get(Limit.VIDEOS_PER_DAY, 0) == 0:
        changes.append(limit_change(HOME, Limit.VIDEOS_PER_DAY, str(VIDEOS_A_DAY), NO_NAMES))
    outcomes = await moderation.change_all(guild_id, changes, by=interaction.user.id)
    above = await _told(moderation, guild_id, outcomes, who_text(roles))
    await redraw(interaction, await draw_panel(moderation, guild_id, above=above))


def _videos_field(text: str) -> ui.TextInput[Any]:
    return ui.TextInput(
        custom_id="videos",
        default=text or None,
        placeholder=_("Closed"),
        required=False,
        max_length=MAX_TYPED,
    )


def _modlog_select(channel_id: int | None) -> ui.ChannelSelect[Any]:
    kind = discord.SelectDefaultValueType.channel
    return ui.ChannelSelect(
        custom_id="modlog",
        channel_types=MODLOG_CHANNELS,
        required=False,
        min_values=0,
        default_values=[] if channel_id is None else [discord.SelectDefaultValue(id=channel_id, type=kind)],
    )


def _role_select(role_ids: frozenset[int]) -> ui.RoleSelect[Any]:
    kind = discord.SelectDefaultValueType.role
    return ui.RoleSelect(
        custom_id="roles",
        required=False,
        min_values=0,
        max_values=MAX_OPTIONS,
        default_values=[discord.SelectDefaultValue(id=one, type=kind) for one in sorted(role_ids)],
    )


def _changes(now: Setup, wanted: Setup) -> tuple[list[Change], list[str]]:
    """Return the changes that lead from `now` to `wanted`, and what is wrong with texts that are no values.

    The mod-log comes first, to report the others, or last where it ends.
    """
    changes: list[Change] = _who_changes(now.role_ids, wanted.role_ids)
    problems: list[str] = []
    for limit, before, text in reversed(list(zip(_LIMITS, now.texts, wanted.texts, strict=True))):
        try:
            changes[:0] = [] if text == before else [limit_change(HOME, limit, text, NO_NAMES)]
        except ValueNotUnderstoodError as error:
            problems.insert(0, value_problem(limit, text, error.hint))
    try:
        changes += _video_changes(now, wanted)
    except ValueNotUnderstoodError as error:
        problems.append(value_problem(Limit.VIDEOS_PER_DAY, wanted.videos, error.hint))
    if wanted.modlog_id != now.modlog_id:
        changes.insert(
            len(changes) if wanted.modlog_id is None else 0, SetModLog(channel_id=wanted.modlog_id)
        )
    return changes, problems


def _who_changes(before: frozenset[int], after: frozenset[int]) -> list[Change]:
    """Return the changes after which only these roles may use Easel; everybody may where there are none."""
    changes: list[Change] = []
    for limit in WHO_LIMITS:
        changes += [_may(limit, Scope.ROLE, one) for one in sorted(after - before)]
        if bool(before) != bool(after):
            changes.append(_may(limit, Scope.SERVER, None, value=False) if after else _unset(limit, None))
        changes += [_unset(limit, one) for one in sorted(before - after)]
    return changes


def _video_changes(now: Setup, wanted: Setup) -> list[Change]:
    """Return the changes to how many videos a member may make, and to who may.

    Those may who can use Easel, unless moderators chose others. Raises `ValueNotUnderstoodError`.
    """
    is_open = bool(now.animators)
    per_day: list[Change] = []
    if wanted.videos != now.videos:
        change = limit_change(HOME, Limit.VIDEOS_PER_DAY, wanted.videos, NO_NAMES)
        is_open = isinstance(change, SetLimit) and change.value != 0
        per_day = [change] if is_open else []
    is_chosen = now.animators not in {Animators(), _animators(now.role_ids | now.hidden_ids)}
    is_for_everyone = bool(now.role_ids) and not wanted.role_ids
    # Hidden roles stay as they are, unless everyone may use Easel.
    hidden_ids = frozenset[int]() if is_for_everyone else now.hidden_ids
    after = now.animators if is_chosen else _animators(wanted.role_ids | hidden_ids)
    return [*_animator_changes(now.animators, after if is_open else Animators()), *per_day]


def _animators(role_ids: frozenset[int]) -> Animators:
    """Return whose rules allow videos where only these roles can use Easel: without any, the server's default."""
    return Animators(role_ids) or Animators({None})


def _animator_changes(before: Animators, after: Animators) -> list[Change]:
    changes: list[Change] = []
    for role_id in sorted(before ^ after, key=lambda one: one or 0):
        if role_id in after:
            scope = Scope.SERVER if role_id is None else Scope.ROLE
            changes.append(_may(Limit.MAY_ANIMATE, scope, role_id))
        elif role_id is None:
            changes.append(_may(Limit.MAY_ANIMATE, Scope.SERVER, None, value=False))
        else:
            changes.append(_unset(Limit.MAY_ANIMATE, role_id))
    return changes


def _may(limit: Limit, scope: Scope, subject_id: int | None, *, value: bool = True) -> Change:
    return SetLimit(scope=scope, subject_id=subject_id, limit=limit, value=value)


def _unset(limit: Limit, role_id: int | None) -> Change:
    scope = Scope.SERVER if role_id is None else Scope.ROLE
    return ClearLimits(scope=scope, subject_id=role_id, limit=limit)


async def _told(
    moderation: Moderation, guild_id: int, outcomes: Sequence[ChangeOutcome], who: str
) -> list[Box]:
    """Draw what is true now in one box, and the question about what has to be confirmed."""
    rows: list[str] = []
    applied = [one.change for one in outcomes if isinstance(one, Applied)]
    videos: str | None = None
    if moderation.video is not None and any(_is_about(one, Limit.MAY_ANIMATE) for one in applied):
        videos = videos_text(await moderation.settings(guild_id), moderation.video)
    for change in applied:
        if videos is not None and _is_about(change, Limit.MAY_ANIMATE):
            rows.append(videos)
        else:
            rows.append(who if _is_about(change, *WHO_LIMITS) else f"**{state_text(change)}**")
        if isinstance(change, SetLimit):
            rows += await narrower_notes(moderation, guild_id, change)
    if Unchanged(why=NoChange.TOO_MANY) in outcomes:
        rows.append(no_change_text(NoChange.TOO_MANY))
    proposals = [one for one in outcomes if isinstance(one, Proposal)]
    boxes = [box_of(TEAL, lines(*dict.fromkeys(rows), dots(_("Done"))))] if rows else []
    if proposals:
        boxes.append(await question(moderation, HOME, proposals))
    return boxes or [box_of(SLATE, f"### {_('Nothing changed')}")]


def _is_about(change: Change, *limits: Limit) -> bool:
    return isinstance(change, SetLimit | ClearLimits) and change.limit in limits
