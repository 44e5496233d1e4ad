"""Videos: their frames, the offer that shows the price first, and the form that asks what happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import discord
from discord import ui

from bot.domain.failures import FailureKind
from bot.domain.jobs import ImageRequest, Parent
from bot.domain.prompts import clean_prompt
from bot.domain.references import FIRST_FRAME, LAST_FRAME, Reference
from bot.domain.video import MAX_VIDEO_PROMPT, VideoModel, VideoQuality, VideoSettings
from bot.services.checks import InvalidRequest, RequestProblem
from bot.services.requests import USUAL_SECONDS, VideoOptions
from bot.ui.base.access import seen_result
from bot.ui.base.components import Form, number_in, prompt_field, return_input
from bot.ui.base.context import Interaction, served_guild_of, services_of
from bot.ui.base.discord_limits import MAX_OPTION_TEXT, MAX_OPTIONS
from bot.ui.base.i18n import _, n_
from bot.ui.base.replies import MalformedInputError, reply_privately
from bot.ui.base.theme import usual_wait_text, video_text
from bot.ui.base.units import cents
from bot.ui.cards.failures import TITLES
from bot.ui.cards.text import flat
from bot.ui.requests.forms import side_text, which_reference
from bot.ui.requests.offers import make_offer
from bot.ui.requests.refusals import Refusal, invalid_text
from bot.ui.requests.request import no_picture
from bot.ui.requests.submit import show_refusal, thinking_when_slow

# The camera moves that the provider knows; others can be written into the prompt in the same way.
CAMERA_MOVES: Final = (
    "Push in",
    "Pull out",
    "Pan left",
    "Pan right",
    "Tilt up",
    "Tilt down",
    "Zoom in",
    "Zoom out",
    "Tracking shot",
    "Static shot",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frames:
    """The pictures a video begins and ends with, None where the model decides."""

    first: Reference | None
    last: Reference | None


async def frames_of(
    interaction: Interaction,
    first: Reference | None,
    last: Reference | None,
    *,
    prompt: str,
    tray: bool,
    model: str | None,
) -> Frames | None:
    """Return the attached frames, those that are missing from the tray if wanted; None where that is empty.

    The person was told then, and got their `prompt` back. The tray gives no last frame where the chosen `model`, or
    without a choice every one on offer, takes none.
    """
    if tray:
        reading = services_of(interaction).library.tray_references(interaction.user.id)
        collected = list(await thinking_when_slow(interaction, reading, private=True))
        if not collected:
            await show_refusal(interaction, no_picture(tray), prompt)
            return None
        first = first or collected.pop(0)
        videos = services_of(interaction).submissions.videos
        chosen = videos.get(model or "")
        if any(one.takes_last_frame for one in (videos.values() if chosen is None else (chosen,))):
            last = last or next(iter(collected), None)
    return Frames(first=first, last=last)


async def offer_video(
    interaction: Interaction, options: VideoOptions, *, parent: Parent | None = None, usual: str | None = None
) -> bool:
    """Ask with the price whether to make the video. Return False where it was refused.

    `usual` is the id of the model to take if that can do it and the options name none.
    """
    requests = services_of(interaction).requests
    building = requests.build_video(
        options, user_id=interaction.user.id, guild_id=served_guild_of(interaction)
    )
    request = await thinking_when_slow(interaction, building, private=True)
    if usual is not None:
        request = requests.as_of_today(replace(request, model=usual))
    return await make_offer(interaction, request, parent)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """A picture to begin a video with, and what the video comes from, if it comes from another job.

    `needs` is the id of the job whose result must still be there when the form is sent: what somebody removed is not
    used again. A request that is only reworded needs none, because it has its own pictures.
    """

    first: Reference | None
    parent: Parent | None = None
    needs: str | None = None


class AnimateForm(Form):
    """The form of a video, filled in with `options`, whose model is the usual one.

    It asks which picture to begin with where there are several `starts`, and which to end with where there are `lasts`.
    """

    def __init__(
        self,
        options: VideoOptions,
        starts: Sequence[Start],
        lasts: Sequence[Reference],
        *,
        model: VideoModel,
        title: str,
        hint: str = "",
    ) -> None:
        super().__init__(title)
        self.given, self.starts, self.lasts = options, starts, lasts
        hint = hint or _("The fox turns its head and yawns, snow falls")
        self.prompt = prompt_field("prompt", default=options.prompt, placeholder=hint, most=MAX_VIDEO_PROMPT)
        self.move, self.length = _move_select(), _length_choice(options, model)
        self.put(_("What happens"), self.prompt)
        self.which = which_reference(_pictures_of(starts)) if len(starts) > 1 else None
        if self.which is not None:
            self.put(_("Begin with"), self.which)
        self.put(_("Camera"), self.move)
        self.put(_("Length and quality"), self.length)
        self.last = _last_select(lasts, options.last) if lasts else None
        if self.last is not None:
            self.put(_("End with"), self.last, _("Leave it empty to let the model decide"))

    async def on_submit(self, interaction: Interaction, /) -> None:
        start = self.starts[_chosen(self.which, len(self.starts)) or 0]
        if start.needs is not None and await seen_result(interaction, start.needs) is None:
            await return_input(interaction, self.typed())  # it was removed since the form was opened
            return
        options = self._options(start)
        over = len(clean_prompt(options.prompt)) - MAX_VIDEO_PROMPT
        if over > 0 and self.move.values:  # the field itself took no more than that
            await show_refusal(interaction, _too_long_with_move(over), "")
            await return_input(interaction, self.typed())  # in full
            return
        is_offered = await offer_video(
            interaction, replace(options, model=None), parent=start.parent, usual=options.model
        )
        if not is_offered:
            await return_input(interaction, self.typed())

    def typed(self) -> str:
        return self.prompt.value

    def _options(self, start: Start) -> VideoOptions:
        prompt = self.prompt.value.strip()
        if self.move.values:
            prompt = f"{prompt} [{CAMERA_MOVES[number_in(range(len(CAMERA_MOVES)), self.move.values[0])]}]"
        length = _read_length(self.length.value or _length_value(self.given.seconds, self.given.quality))
        last = _chosen(self.last, len(self.lasts))
        return replace(
            self.given,
            prompt=prompt,
            first=start.first,
            last=None if last is None else self.lasts[last],
            seconds=length.seconds,
            quality=length.quality,
        )


def _too_long_with_move(over: int) -> Refusal:
    text = n_(
        "With this camera move, your prompt is {n} character too long. Shorten it, or leave out the move.",
        "With this camera move, your prompt is {n} characters too long. Shorten it, or leave out the move.",
        over,
    )
    return Refusal(title=TITLES[FailureKind.CHECK], text=text.format(n=over))


def _pictures_of(starts: Sequence[Start]) -> tuple[Reference, ...]:
    return tuple(start.first for start in starts if start.first is not None)


def _chosen(select: ui.Select[Any] | None, number: int) -> int | None:
    return number_in(range(number), select.values[0]) if select is not None and select.values else None


def _move_select() -> ui.Select[Any]:
    options = [discord.SelectOption(label=name, value=str(index)) for index, name in enumerate(CAMERA_MOVES)]
    return ui.Select(
        custom_id="move", placeholder=_("As the model likes"), options=options, required=False, min_values=0
    )


def _length_choice(options: VideoOptions, model: VideoModel) -> ui.RadioGroup[Any]:
    """Return a choice of what the model makes, with the price of each; lengths in the lower quality come first."""
    chosen = _length_value(options.seconds, options.quality)
    every = [
        VideoSettings(seconds=seconds, quality=quality)
        for quality in VideoQuality
        for seconds in model.seconds.get(quality, ())
    ]
    return ui.RadioGroup(
        custom_id="length",
        options=[
            discord.RadioGroupOption(
                label=video_text(one),
                value=(value := _length_value(one.seconds, one.quality)),
                description=_("about {amount} · {wait}").format(
                    amount=cents(model.price_of(one)), wait=usual_wait_text(one)
                ),
                default=value == chosen,
            )
            for one in every
        ],
    )


def _length_value(seconds: int | None, quality: VideoQuality | None) -> str:
    return f"{seconds or USUAL_SECONDS}.{quality or VideoQuality.P768}"


def _read_length(value: str) -> VideoSettings:
    seconds, _dot, quality = value.partition(".")
    if not seconds.isdecimal() or quality not in set(VideoQuality):
        raise MalformedInputError
    return VideoSettings(seconds=int(seconds), quality=VideoQuality(quality))


def _last_select(lasts: Sequence[Reference], chosen: Reference | None) -> ui.Select[Any]:
    options = [
        discord.SelectOption(
            label=flat(one.filename, MAX_OPTION_TEXT) or _("picture"),
            value=str(index),
            description=side_text(one),
            default=one == chosen,
        )
        for index, one in enumerate(lasts[:MAX_OPTIONS])
    ]
    return ui.Select(
        custom_id="last",
        placeholder=_("A picture of your tray"),
        options=options,
        required=False,
        min_values=0,
    )


async def open_animate_form(
    interaction: Interaction, options: VideoOptions, starts: Sequence[Start], *, title: str, hint: str = ""
) -> None:
    """Open the form after one quick look-up: Discord takes a form only as the first answer."""
    services = services_of(interaction)
    videos = services.submissions.videos
    model = videos.get(options.model or "") or next(iter(videos.values()), None)
    if model is None:
        await reply_privately(interaction, invalid_text(InvalidRequest(problem=RequestProblem.VIDEO_OFF)))
        return
    lasts = _lasts_of(options.last, await services.library.tray_references(interaction.user.id))
    begins = any(start.first is not None for start in starts)
    if not begins or not any(one.takes_last_frame for one in videos.values()):
        lasts = []
    await interaction.response.send_modal(
        AnimateForm(options, starts, lasts, model=model, title=title, hint=hint)
    )


def _lasts_of(last: Reference | None, collected: Sequence[Reference]) -> list[Reference]:
    """Return the pictures of the tray, and before them the one to end with; in its place where the tray has it.

    Our copies show it: the name differs, and a job has its own copy, whose source is that of the tray.
    """
    if last is None:
        return list(collected)
    copies = {last.stored, last.source} - {None}
    lasts = [last if one.stored in copies else one for one in collected]
    return lasts if last in lasts else [last, *lasts]


async def open_again(
    interaction: Interaction,
    request: ImageRequest,
    parent: Parent | None,
    *,
    title: str,
    needs: str | None = None,
) -> None:
    """Open the form filled in with the request for a video; `parent` and `needs` are those of `Start`."""
    named = {one.name: one for one in request.references}
    video = request.video
    options = VideoOptions(
        prompt=request.prompt,
        last=named.get(LAST_FRAME),
        seconds=video and video.seconds,
        quality=video and video.quality,
        private=request.private,
        spoiler=request.spoiler,
        model=request.model,
    )
    start = Start(first=named.get(FIRST_FRAME), parent=parent, needs=needs)
    await open_animate_form(interaction, options, [start], title=title)
