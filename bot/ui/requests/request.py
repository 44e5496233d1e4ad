"""From what a command says to a whole request: its options first, then the preset's, then the person's defaults."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from bot.domain.followups import numbered
from bot.domain.jobs import ImageRequest, JobKind
from bot.domain.ports.library import Defaults
from bot.domain.presets import Preset, with_prompt
from bot.domain.prompts import expand
from bot.domain.references import Reference
from bot.domain.sizes import Aspect, Resolution
from bot.ui.base.components import inline
from bot.ui.base.context import Interaction, Services, served_guild_of, services_of
from bot.ui.base.i18n import _
from bot.ui.requests.submit import reply_refusal, thinking_when_slow


async def references_for_edit(
    interaction: Interaction, given: tuple[Reference, ...], *, tray: bool | None
) -> tuple[Reference, ...]:
    """With `tray` its pictures before the attached ones, without it those alone; where that is left open (None),
    the tray only where nothing is attached. Without a picture of the tray the names stay as given: those of
    options, by which a refusal speaks of them.
    """
    if tray is False or (tray is None and given):
        return given
    collected = await services_of(interaction).library.tray_references(interaction.user.id)
    return numbered((*collected, *given)) if collected else given


async def references_to_edit(
    interaction: Interaction, given: tuple[Reference, ...], *, tray: bool | None, private: bool | None
) -> tuple[Reference, ...]:
    """What was attached, and the tray where it is wanted; empty where there is nothing, and the person was told.

    `private` is what the command said of it, for the "thinking" of a slow store.
    """
    reading = references_for_edit(interaction, given, tray=tray)
    references = await thinking_when_slow(interaction, reading, private=private is not False)
    if not references:
        await reply_refusal(interaction, _no_picture(tray))
    return references


def _no_picture(tray: bool | None) -> str:
    title = f"**{_('Which picture?')}**"
    if tray:
        return f"{title}\n{_('Your tray is empty. Put pictures on it with `/tray add`, or attach one with `image`.')}"
    text = _(
        "Attach one with `image`. Or use a picture that is here already: press and hold its message (right-click "
        "on a computer), choose *Apps* → *Edit image*. Or collect some with `/tray add`."
    )
    return f"{title}\n{text}"


NO_DEFAULTS: Final = Defaults()
_NAME_ROOM: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOptions:
    """What a command's options say; None is what was not said.

    `is_like_first` asks for the shape of the first reference whatever the defaults are. `preset` is a name.
    """

    kind: JobKind
    prompt: str
    references: tuple[Reference, ...] = ()
    aspect: Aspect | None = None
    is_like_first: bool = False
    resolution: Resolution | None = None
    count: int | None = None
    seed: int | None = None
    private: bool | None = None
    spoiler: bool | None = None
    enhance: bool | None = None
    preset: str | None = None

    @property
    def maybe_private(self) -> bool:
        """Whether only the person may see it, for all that is known so far."""
        return self.private is not False


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDefaults:
    """What holds where a command says nothing. `enhances` is the server's word, where it can be kept."""

    preset: Preset | None = None
    defaults: Defaults = NO_DEFAULTS
    enhances: bool = False


async def read_request(interaction: Interaction, said: CommandOptions) -> ImageRequest | None:
    """The whole request; None when its preset does not exist, and the person was told so.

    Where the store is slow Discord is told that we think: before the person alone, unless they said otherwise.
    """
    gateway = services_of(interaction)
    reading = request_defaults(
        gateway, said, user_id=interaction.user.id, guild_id=served_guild_of(interaction)
    )
    standard = await thinking_when_slow(interaction, reading, private=said.maybe_private)
    if standard is None:
        await reply_refusal(interaction, no_such_preset(said.preset or ""))
        return None
    return request_of(said, standard, model=gateway.model)


async def request_defaults(
    gateway: Services, said: CommandOptions, *, user_id: int, guild_id: int | None
) -> RequestDefaults | None:
    """What holds for this person in this server; None when what was said names a preset that is not there."""
    preset: Preset | None = None
    if said.preset is not None:
        preset = await gateway.library.preset(user_id, guild_id, said.preset)
        if preset is None:
            return None
    defaults, enhances = await gateway.library.defaults_in(user_id, guild_id)
    may_enhance = said.kind is JobKind.IMAGINE and gateway.submissions.can_enhance
    return RequestDefaults(preset=preset, defaults=defaults, enhances=enhances and may_enhance)


def request_of(said: CommandOptions, standard: RequestDefaults, *, model: str) -> ImageRequest:
    """The first that says something decides: the command, the preset, the person's defaults, Easel."""
    preset, defaults = standard.preset, standard.defaults
    prompt = said.prompt if preset is None else with_prompt(preset.text, said.prompt)
    return ImageRequest(
        kind=said.kind,
        prompt=prompt,
        model=model,
        aspect=_aspect(said, standard),
        resolution=said.resolution
        or (preset and preset.resolution)
        or defaults.resolution
        or Resolution.TWO_K,
        count=said.count or (preset and preset.count) or 1,
        references=said.references,
        seed=said.seed,
        private=defaults.private if said.private is None else said.private,
        spoiler=defaults.spoiler if said.spoiler is None else said.spoiler,
        enhance=_enhances(said, standard, prompt),
    )


def _aspect(said: CommandOptions, standard: RequestDefaults) -> Aspect | None:
    if said.is_like_first:
        return None
    chosen = said.aspect or (standard.preset and standard.preset.aspect) or standard.defaults.aspect
    return chosen or (Aspect.SQUARE if said.kind is JobKind.IMAGINE else None)


def _enhances(said: CommandOptions, standard: RequestDefaults, prompt: str) -> bool:
    """By default prompts with variables are left alone: each of them would be another one to rewrite."""
    if said.enhance is not None:
        return said.enhance
    return standard.enhances and expand(prompt) is None


def no_such_preset(name: str) -> str:
    text = _(
        "There is no preset “{name}”. Choose one from the list that appears as you type, or save it first."
    )
    return text.format(name=inline(name, _NAME_ROOM))
