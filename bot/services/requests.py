"""Requests: built from command options or messages, and previewed before they are submitted."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.domain.followups import edit, numbered, result_of
from bot.domain.jobs import MAX_PICTURES, ImageRequest, Job, JobKind, ModelPrice, Parent
from bot.domain.policy.decision import Denied, LimitReport, admit, usage_requested
from bot.domain.ports.library import Defaults
from bot.domain.presets import Preset, with_prompt
from bot.domain.prompts import Expansion, album_text, clean_prompt, expand, scene_prompts, unescaped
from bot.domain.references import FIRST_FRAME, LAST_FRAME, Reference
from bot.domain.sizes import Aspect, Resolution
from bot.domain.video import VideoQuality, VideoSettings
from bot.services.checks import InvalidRequest
from bot.services.library import DRAFT_LIFE, Library
from bot.services.moderation import Moderation
from bot.services.submissions import Submission, Submissions

USUAL_SECONDS: Final = 6
NO_DEFAULTS: Final = Defaults()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandOptions:
    """The options of a command; None where the member gave none.

    `is_like_first` asks for the shape of the first reference whatever the defaults are. `preset` is a name, `model` an
    id.
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
    model: str | None = None

    @property
    def maybe_private(self) -> bool:
        """Whether the result may turn out private: the options do not rule it out."""
        return self.private is not False


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoOptions:
    """The options of a command for a video; None where the member gave none. The frames are the first and the last."""

    prompt: str
    first: Reference | None = None
    last: Reference | None = None
    seconds: int | None = None
    quality: VideoQuality | None = None
    private: bool | None = None
    spoiler: bool | None = None
    model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDefaults:
    """The values of omitted options. `enhances` is the server's choice, False if prompts cannot be rewritten."""

    preset: Preset | None = None
    defaults: Defaults = NO_DEFAULTS
    enhances: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyPictures:
    """A prompt whose variables expand to `prompts` prompts; with `count` images of each, that is too many."""

    prompts: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A request that waits for its member's confirmation.

    `parent` is the result it was made from; `price_micro_usd` is for all images together.
    """

    draft_id: str
    request: ImageRequest
    parent: Parent | None
    price_micro_usd: int
    report: LimitReport
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownResult:
    """A job whose card somebody replies to; `urls` maps render indexes to fresh addresses, where known."""

    job: Job
    urls: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class MentionRequest:
    """The request in a message.

    `parent` is the result it starts from, if any; `unused` is the number of pictures it leaves out.
    """

    request: ImageRequest
    parent: Parent | None = None
    unused: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Builds requests and previews decisions about them. `model` is the id of the usual model for pictures."""

    library: Library
    submissions: Submissions
    moderation: Moderation
    model: str

    async def build(
        self, options: CommandOptions, *, user_id: int, guild_id: int | None
    ) -> ImageRequest | None:
        """Return the whole request; None when the options name a preset that does not exist.

        `guild_id` is the server whose presets and settings hold, None outside servers.
        """
        preset: Preset | None = None
        if options.preset is not None:
            preset = await self.library.preset(user_id, guild_id, options.preset)
            if preset is None:
                return None
        return await self._with_defaults(options, preset, user_id=user_id, guild_id=guild_id)

    async def build_video(self, options: VideoOptions, *, user_id: int, guild_id: int | None) -> ImageRequest:
        """Return the whole request for a video; `guild_id` is the server the command was used in."""
        defaults, _enhances = await self.library.defaults_in(user_id, guild_id)
        request = video_request(options, defaults)
        return request if options.model else self._for_any_model(request)

    async def edit_references(
        self, user_id: int, given: tuple[Reference, ...], *, tray: bool | None
    ) -> tuple[Reference, ...]:
        """Return the images to edit: those on the tray before those `given`, numbered together.

        `tray` False leaves the tray out; None uses it only if no references are `given`. If the tray is not used, the
        references keep the names of the command's options, which a refusal mentions.
        """
        if tray is False or (tray is None and given):
            return given
        collected = await self.library.tray_references(user_id)
        return numbered((*collected, *given)) if collected else given

    def as_of_today(self, request: ImageRequest) -> ImageRequest:
        """Return the request with a model on offer today, and rewritten only if that is still switched on."""
        enhance = request.enhance and self.submissions.can_enhance
        return replace(request, model=self._model_for(request), enhance=enhance)

    def as_changed(self, request: ImageRequest) -> ImageRequest:
        """Return a request that somebody changed, as of today. A model on offer stays: what it cannot do is refused."""
        today = self.as_of_today(request)
        is_offered = request.model in {*self.submissions.models, *self.submissions.videos}
        return replace(today, model=request.model) if is_offered else today

    def _for_any_model(self, request: ImageRequest) -> ImageRequest:
        return replace(request, model=self._model_for(request), any_model=True)

    def _model_for(self, request: ImageRequest) -> str:
        """Return the request's model, else the usual one, else the first that can do it; the usual one if none can."""
        if request.video is None:
            usual, offered = self.model, self.submissions.models
        else:
            usual, offered = next(iter(self.submissions.videos), request.model), self.submissions.videos
        ids = (request.model, usual, *offered)
        return next((one for one in ids if self.submissions.suits(one, request)), usual)

    async def from_message(
        self,
        words: str,
        references: tuple[Reference, ...],
        *,
        user_id: int,
        guild_id: int | None,
        result: ShownResult | None = None,
    ) -> MentionRequest:
        """Return the request in a message: an edit of `result` or of the references, else an image from words alone.

        In a direct message, where `guild_id` is None, no result is private.
        """
        prompt = unescaped(words)
        if result is not None:
            task = _edit_of_result(result, prompt, references)
            task = replace(task, request=self.as_of_today(task.request))
        else:
            task = await self._like_a_command(prompt, references, user_id=user_id, guild_id=guild_id)
        request = task.request
        return replace(task, request=replace(request, private=request.private and guild_id is not None))

    async def offer(self, submission: Submission) -> Offer | Denied | InvalidRequest:
        """Store a request until its member confirms it; or return why it would be refused now."""
        invalid = await self.submissions.check(submission)
        if invalid is not None:
            return invalid
        report = await self._report(submission)
        # A thread: there may be hundreds of filters to look for in eight long prompts.
        request = await asyncio.to_thread(self._admitted, submission, report)
        if isinstance(request, Denied):
            await self.submissions.record_denial(submission, request)
            return request
        return await self._store_draft(replace(submission, request=request), report)

    def _admitted(self, submission: Submission, report: LimitReport) -> ImageRequest | Denied:
        """Return the request for the first model that is allowed; where none is, the denial of the first."""
        first: Denied | None = None
        request, ceiling = submission.request, self.moderation.ceiling
        prices = (ModelPrice(model=request.model, price_micro_usd=self.submissions.price_of(request)),)
        for price in (*prices, *self.submissions.others(request)):
            wanted = replace(request, model=price.model)
            usage = usage_requested(wanted, price_micro_usd=price.price_micro_usd)
            decision = admit(ceiling, report.facts, submission.context, usage, now=report.now)
            if not isinstance(decision, Denied):
                return replace(wanted, any_model=False)  # whose price is confirmed
            first = first or decision
            if not decision.is_of_model:
                break
        return first or request

    async def renew_offer(self, submission: Submission) -> Offer:
        """Store a request again whose confirmation was refused: it may be accepted later."""
        return await self._store_draft(submission, await self._report(submission))

    async def _report(self, submission: Submission) -> LimitReport:
        served = submission.reply_target.served_guild_id
        return (await self.moderation.member_report(submission.user_id, served, submission.context)).limits

    async def _store_draft(self, submission: Submission, report: LimitReport) -> Offer:
        return Offer(
            draft_id=await self.library.put_draft(submission.user_id, submission.request),
            request=submission.request,
            parent=submission.parent,
            price_micro_usd=self.submissions.price_of(submission.request) * submission.request.count,
            report=report,
            until=report.now + DRAFT_LIFE,
        )

    async def _like_a_command(
        self, prompt: str, references: tuple[Reference, ...], *, user_id: int, guild_id: int | None
    ) -> MentionRequest:
        """Return the request with the member's defaults; an edit takes the shape of its first image."""
        options = CommandOptions(
            kind=JobKind.EDIT if references else JobKind.IMAGINE,
            prompt=prompt,
            references=numbered(references),
            is_like_first=bool(references),
        )
        request = await self._with_defaults(options, None, user_id=user_id, guild_id=guild_id)
        return MentionRequest(request=request)

    async def _with_defaults(
        self, options: CommandOptions, preset: Preset | None, *, user_id: int, guild_id: int | None
    ) -> ImageRequest:
        defaults, enhances = await self.library.defaults_in(user_id, guild_id)
        may_enhance = options.kind is JobKind.IMAGINE and self.submissions.can_enhance
        standard = RequestDefaults(preset=preset, defaults=defaults, enhances=enhances and may_enhance)
        request = request_of(options, standard, model=self.model)
        return request if options.model else self._for_any_model(request)


def request_of(options: CommandOptions, standard: RequestDefaults, *, model: str) -> ImageRequest:
    """Return the request: each setting comes from the first of options, preset, defaults and Easel that has it.

    What is made of a picture from behind a spoiler goes behind one, unless the options say otherwise.
    """
    preset, defaults = standard.preset, standard.defaults
    prompt = options.prompt if preset is None else with_prompt(preset.text, options.prompt)
    return ImageRequest(
        kind=options.kind,
        prompt=prompt,
        model=options.model or model,
        aspect=_aspect(options, standard),
        resolution=options.resolution
        or (preset and preset.resolution)
        or defaults.resolution
        or Resolution.TWO_K,
        count=options.count or (preset and preset.count) or 1,
        references=options.references,
        seed=options.seed,
        private=defaults.private if options.private is None else options.private,
        spoiler=_hides(options, defaults) if options.spoiler is None else options.spoiler,
        enhance=_enhances(options, standard, prompt),
    )


def video_request(options: VideoOptions, defaults: Defaults = NO_DEFAULTS) -> ImageRequest:
    """Return the request for a video, with an empty model where none was chosen."""
    named = ((FIRST_FRAME, options.first), (LAST_FRAME, options.last))
    frames = tuple(replace(frame, name=name) for name, frame in named if frame is not None)
    hides = defaults.spoiler or any(frame.is_spoiler for frame in frames)
    return ImageRequest(
        kind=JobKind.ANIMATE,
        prompt=options.prompt,
        model=options.model or "",
        aspect=None,
        resolution=Resolution.TWO_K,  # of pictures: no limit on it concerns a video
        count=1,
        references=frames,
        private=defaults.private if options.private is None else options.private,
        spoiler=hides if options.spoiler is None else options.spoiler,
        video=VideoSettings(
            seconds=options.seconds or USUAL_SECONDS, quality=options.quality or VideoQuality.P768
        ),
    )


def _aspect(options: CommandOptions, standard: RequestDefaults) -> Aspect | None:
    if options.is_like_first:
        return None
    chosen = options.aspect or (standard.preset and standard.preset.aspect) or standard.defaults.aspect
    return chosen or (Aspect.SQUARE if options.kind is JobKind.IMAGINE else None)


def _hides(options: CommandOptions, defaults: Defaults) -> bool:
    return defaults.spoiler or any(reference.is_spoiler for reference in options.references)


def _enhances(options: CommandOptions, standard: RequestDefaults, prompt: str) -> bool:
    """Return whether to rewrite the prompt; by default not if it has variables, which stand for several prompts."""
    if options.enhance is not None:
        return options.enhance
    return standard.enhances and expand(prompt) is None


def variables_album(request: ImageRequest) -> ImageRequest | TooManyPictures | None:
    """Return the album that the variables in a prompt stand for; None if it has no variables."""
    expansion = None if request.prompts else expand(clean_prompt(request.prompt))
    if expansion is None:
        return None
    if expansion.total * request.count > MAX_PICTURES:
        return TooManyPictures(prompts=expansion.total, count=request.count)
    return album_of(request, expansion)


def album_of(request: ImageRequest, expansion: Expansion) -> ImageRequest:
    """Return the request with one prompt for each image; images of the same prompt stand beside each other."""
    prompts = tuple(prompt for prompt in expansion.prompts for _copy in range(request.count))
    return replace(request, prompts=prompts, count=len(prompts))


def series_request(whole: ImageRequest, scenes: tuple[str, ...]) -> ImageRequest:
    """Return the request for a series; the prompt of `whole` is what its scenes share."""
    return replace(
        whole,
        prompt=album_text(whole.prompt, scenes),
        prompts=scene_prompts(whole.prompt, scenes),
        count=len(scenes),
        is_series=True,
        enhance=False,
    )


def _edit_of_result(result: ShownResult, prompt: str, more: tuple[Reference, ...]) -> MentionRequest:
    """Return an edit of the result's first image, with `more` references after it.

    If the prompt names another of its images, all of them become references, so that “image 2” is the card's second.
    """
    job, urls = result.job, result.urls
    named = named_pictures(prompt, len(job.pictures))
    first, *rest = (result_of(job, render.index, url=urls.get(render.index, "")) for render in job.pictures)
    index = job.pictures[0].index
    if not set(named) - {1}:
        following = edit(job, index, prompt=prompt, more=more, url=first.url)
        return MentionRequest(request=following.request, parent=following.parent)
    following = edit(job, index, prompt=prompt, more=(*rest, *more), url=first.url)
    chosen = job.pictures[named[0] - 1].index if len(named) == 1 else None
    return MentionRequest(request=following.request, parent=replace(following.parent, index=chosen))


_ORDINALS: Final = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth")
_NOUN: Final = r"(?:images?|pictures?|photos?|pics?)"
_AND: Final = r"(?:\s*(?:,|&|\+|\band\b|\bor\b|\bwith\b))+\s*"
_NUMBER: Final = r"(?:#\s*|no\.?\s*|number\s+)?[0-9]+"
_NUMBERED: Final = re.compile(rf"\b{_NOUN}\s*({_NUMBER}(?:{_AND}{_NUMBER})*)\b", re.IGNORECASE)
_COUNTED: Final = re.compile(
    rf"\b(?:([0-9]+)(?:st|nd|rd|th)|({'|'.join(_ORDINALS)}|last))\s+(?:one\b|{_NOUN}\b)", re.IGNORECASE
)


def named_pictures(text: str, most: int) -> tuple[int, ...]:
    """Return the numbers of the images that a text names, of `most` images: “image 2”, “the second one”.

    The numbers count from 1, in ascending order, each once.
    """
    numbers = {
        _number(digits) for found in _NUMBERED.finditer(text) for digits in re.findall(r"[0-9]+", found[1])
    }
    for found in _COUNTED.finditer(text):
        numbers.add(_number(found[1]) if found[1] else _place_of(found[2].casefold(), most))
    return tuple(sorted(number for number in numbers if 1 <= number <= most))


def _number(digits: str) -> int:
    """Return the number; digits beyond the ninth are ignored, because Python refuses to read very many."""
    return int(digits[:9])


def _place_of(ordinal: str, most: int) -> int:
    return most if ordinal == "last" else _ORDINALS.index(ordinal) + 1
