"""A job, its renders, and every move they may make."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from zlib import crc32

from bot.domain.failures import Failure, FailureKind
from bot.domain.provider import Charge, Trouble
from bot.domain.references import Reference
from bot.domain.sizes import Aspect, Resolution, Size
from bot.domain.video import VideoSettings


class RewriteFault(StrEnum):
    """Why a prompt could not be rewritten, so that the person's own prompt was used."""

    BUSY = "busy"  # a rate limit
    FAULT = "fault"  # something broke, and nothing was paid
    CREDIT = "credit"  # the provider's account is empty, or its key is refused
    REFUSED = "refused"  # the model would not
    UNCERTAIN = "uncertain"  # the outcome of the call is unknown: it is not repeated
    EMPTY = "empty"
    TOO_LONG = "too_long"
    LOST_QUOTES = "lost_quotes"  # text in quotation marks, which is painted as letters, is missing
    DANGER = "danger"  # the safety rules do not allow the new text
    FILTERED = "filtered"  # a filter of the server matches it


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewriting:
    """One call to a chat model, begun under `request_id`. Without text and fault the call has not ended."""

    request_id: str
    text: str | None = None
    fault: RewriteFault | None = None

    @property
    def is_over(self) -> bool:
        return self.text is not None or self.fault is not None


class Origin(StrEnum):
    """The action on a result that a follow-up job comes from."""

    AGAIN = "again"  # the same request with another seed
    VARY = "vary"  # the request, changed by hand
    EDIT = "edit"  # the picture as the first reference
    ENLARGE = "enlarge"  # the same picture in 4K
    REVISED = "revised"  # the words the model used, as the prompt
    SCENE = "scene"  # one scene of a series once more
    ANIMATE = "animate"  # a video that begins with the picture, or with its end


@dataclass(frozen=True, slots=True, kw_only=True)
class Parent:
    """The job that a follow-up was made from. `index` is the chosen picture's, from 0; None is the whole job."""

    job_id: str
    origin: Origin
    index: int | None = None


_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: nothing to mistake
JOB_ID_LENGTH: Final = 10
MAX_COUNT: Final = 4  # pictures of one prompt
MAX_PICTURES: Final = 8  # of an album, each with a prompt of its own: a gallery of Discord's takes 10
MAX_PROMPT: Final = 4000  # what a text input of Discord and the sibling models of the API take
MAX_SEED: Final = 2**31 - 1 - MAX_PICTURES  # signed 32 bits, with room for the job's other pictures


class JobKind(StrEnum):
    """The command a job comes from."""

    IMAGINE = "imagine"
    EDIT = "edit"
    ANIMATE = "animate"


class JobState(StrEnum):
    """The state of a job."""

    QUEUED = "queued"  # accepted, quota reserved, nobody works on it
    RENDERING = "rendering"  # claimed: references, paid calls, packaging
    DELIVERING = "delivering"  # everything that will exist exists; the card is due
    DONE = "done"  # the result is on the card
    FAILED = "failed"  # no picture, for a reason that is not the provider's safety system
    REFUSED = "refused"  # the provider's safety system said no to every picture
    CANCELLED = "cancelled"  # its requester stopped it
    EXPIRED = "expired"  # it could no longer be shown to anybody in time


TERMINAL: Final = frozenset(
    {JobState.DONE, JobState.FAILED, JobState.REFUSED, JobState.CANCELLED, JobState.EXPIRED}
)
OPEN: Final = frozenset(JobState) - TERMINAL
MOVES: Final[dict[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset(  # FAILED: the rules changed while it waited
        {JobState.RENDERING, JobState.CANCELLED, JobState.EXPIRED, JobState.FAILED}
    ),
    JobState.RENDERING: frozenset(
        {JobState.DELIVERING, JobState.FAILED, JobState.REFUSED, JobState.CANCELLED, JobState.EXPIRED}
    ),
    JobState.DELIVERING: frozenset({JobState.DONE, JobState.EXPIRED}),
    **{state: frozenset() for state in TERMINAL},
}


class RenderStage(StrEnum):
    """The state of a render."""

    WAITING = "waiting"  # nothing was paid, or it is known that nothing was
    SUBMITTING = "submitting"  # a paid call may be under way; its request id is stored
    CREATED = "created"  # the provider makes the video under a stored id: it is asked until it is ready
    RENDERED = "rendered"  # the paid bytes are spooled
    PACKAGED = "packaged"  # what will be uploaded is spooled
    FAILED = "failed"  # given up, with a reason


STAGE_MOVES: Final[dict[RenderStage, frozenset[RenderStage]]] = {
    RenderStage.WAITING: frozenset({RenderStage.SUBMITTING, RenderStage.FAILED}),
    RenderStage.SUBMITTING: frozenset(
        {RenderStage.WAITING, RenderStage.CREATED, RenderStage.RENDERED, RenderStage.FAILED}
    ),
    RenderStage.CREATED: frozenset({RenderStage.RENDERED, RenderStage.FAILED}),
    RenderStage.RENDERED: frozenset({RenderStage.PACKAGED, RenderStage.FAILED}),
    RenderStage.PACKAGED: frozenset(),
    RenderStage.FAILED: frozenset(),
}


class ReplyScope(StrEnum):
    """How the bot can write to a channel after the interaction token has expired."""

    GUILD = "guild"  # the bot is a member: its own messages and the channel
    DIRECT = "direct"  # the direct message with the bot
    NOWHERE = "nowhere"  # user-installed, bot not present: only the token


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTarget:
    """The channel a command was used in. `guild_id` is None in a direct message; `upload_limit_bytes` is for one
    attachment."""

    scope: ReplyScope
    channel_id: int
    guild_id: int | None
    upload_limit_bytes: int

    @property
    def served_guild_id(self) -> int | None:
        """The server whose rules and moderators apply; None where the bot is not a member of it."""
        return self.guild_id if self.scope is ReplyScope.GUILD else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContext:
    """The member's roles and the channel, sent by Discord with the command; a server's rules depend on them.

    `channel_ids` are the ids of the channel (or thread and its channel) and its category, nearest first.
    """

    role_ids: frozenset[int] = frozenset()
    channel_ids: tuple[int, ...] = ()


NO_CONTEXT: Final = RequestContext()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequest:
    """A request for pictures, or for a video. `aspect` None means the shape of the first reference.

    `prompts` is empty where all pictures share `prompt`; otherwise it holds one for each picture: the scenes of a
    series, or the prompts that variables in `prompt` stand for. `enhance` lets a chat model rewrite the prompt first.
    `video` is set for ANIMATE alone; its references are the first frame and the last, or none. With `any_model`,
    nobody chose `model`: where rules or money do not allow it, another one may do.
    """

    kind: JobKind
    prompt: str
    model: str
    aspect: Aspect | None
    resolution: Resolution
    count: int
    references: tuple[Reference, ...] = ()
    seed: int | None = None
    private: bool = False
    spoiler: bool = False
    prompts: tuple[str, ...] = ()
    is_series: bool = False
    enhance: bool = False
    video: VideoSettings | None = None
    any_model: bool = False

    def prompt_of(self, index: int) -> str:
        """Return the prompt of the picture with this index, as the person wrote it; `index` from 0."""
        return self.prompts[index] if self.prompts else self.prompt

    @property
    def all_words(self) -> str:
        """The prompt and all single prompts, one per line and each once, for filters and safety checks."""
        return "\n".join(dict.fromkeys((self.prompt, *self.prompts)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelPrice:
    """A model by its id, and what one picture or video of it would cost in micro USD."""

    model: str
    price_micro_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """A request about to be stored, for its model or else for the first of `others` that is allowed.

    `token` is the interaction's, valid until `token_until`; a message has none. `interaction_id` is the interaction's
    or the message's; each is accepted once. `price_micro_usd` is for one picture.
    """

    id: str
    request: ImageRequest
    user_id: int
    reply_target: ReplyTarget
    interaction_id: int
    application_id: int
    token: str | None
    token_until: datetime
    created_at: datetime
    expires_at: datetime
    price_micro_usd: int
    context: RequestContext = NO_CONTEXT
    retry_of: str | None = None
    parent: Parent | None = None
    others: tuple[ModelPrice, ...] = ()

    def with_model(self, other: ModelPrice) -> NewJob:
        """Return the same job for another model."""
        request = replace(self.request, model=other.model)
        return replace(self, request=request, price_micro_usd=other.price_micro_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class Render:
    """One paid call, one picture or video, as stored. `reruns` counts calls after one that may have
    been charged.

    `generation_id` is the provider's name for a video that is being made, or was.
    """

    index: int
    stage: RenderStage
    request_id: str | None = None
    submitted_at: datetime | None = None
    charge: Charge | None = None  # of its last call; None while nobody knows that it ended
    tries: int = 0
    reruns: int = 0
    raw_key: str | None = None
    packed_key: str | None = None
    packed_mime: str | None = None
    extension: str | None = None
    size: Size | None = None
    fitted: bool = False
    revised_prompt: str | None = None
    alt_text: str | None = None  # by a model; None: the prompt is used
    generation_id: str | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A stored job. `attempt` is the fence: it grows with each claim and guards each later write."""

    id: str
    state: JobState
    attempt: int
    request: ImageRequest
    user_id: int
    reply_target: ReplyTarget
    application_id: int
    token: str | None
    token_until: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime
    renders: tuple[Render, ...]
    card_id: int | None = None
    size: Size | None = None
    failure: Failure | None = None
    pinged_at: datetime | None = None
    shown_at: datetime | None = None
    cost_micro_usd: int = 0
    animated: tuple[str, ...] = ()  # names of references of which only the first frame was used
    removed_by: int | None = None  # who took the pictures off the card
    kept_back: bool = False  # its requester wants the result, which will be paid for, but not on the card
    parent: Parent | None = None
    rewriting: Rewriting | None = None  # None: not asked for, or not begun
    held_up: Trouble | None = None  # why its calls wait, along with everybody's
    expected_at: datetime | None = None  # of a running job: an estimate for its card, never stored
    frame_url: str | None = None  # of a running video's first frame, for its card, never stored

    @property
    def pictures(self) -> tuple[Render, ...]:
        """The renders that can be shown, by index."""
        return tuple(render for render in self.renders if render.stage is RenderStage.PACKAGED)

    @property
    def is_over(self) -> bool:
        return self.state in TERMINAL

    @property
    def seeds(self) -> tuple[int, ...]:
        """One seed for each render, counting up from the requested one, or from one derived from the job's id."""
        first = (
            self.request.seed if self.request.seed is not None else crc32(self.id.encode()) % (MAX_SEED + 1)
        )
        return tuple(first + render.index for render in self.renders)

    @property
    def awaits_rewriting(self) -> bool:
        """Whether the prompt is still to be rewritten; renders that were called for keep theirs."""
        is_over = self.rewriting is not None and self.rewriting.is_over
        is_due = any(render.stage is RenderStage.WAITING for render in self.renders)
        return self.request.enhance and is_due and not is_over

    def asked_with(self, index: int) -> str:
        """Return the prompt the provider gets for the picture with this index: the rewritten one, if there is one."""
        if self.rewriting is not None and self.rewriting.text is not None:
            return self.rewriting.text
        return self.request.prompt_of(index)

    def token_works(self, now: datetime) -> bool:
        """Return whether to try the interaction token.

        For the end of a card that nothing else can edit, one that ran out is tried too: the clock may have jumped.
        """
        is_unknown = self.card_id is None or self.reply_target.scope is ReplyScope.NOWHERE
        is_end = self.is_over or self.state is JobState.DELIVERING
        return self.token is not None and (
            now < self.token_until or (is_end and (is_unknown or self.request.private))
        )


def new_job_id() -> str:
    """Return a new id: 50 random bits in letters that are hard to confuse; fits a custom_id, file name and nonce."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(JOB_ID_LENGTH))


# The order in which failures of several renders are shown: what a person can act on comes first.
_SPEAKS_FIRST = (
    FailureKind.REFUSED,
    FailureKind.CREDIT,
    FailureKind.CHECK,
    FailureKind.BUSY,
    FailureKind.FAULT,
)


def speaking_failure(renders: Sequence[Render]) -> Failure | None:
    """Return the failure that a person can best act on, to show for all missing pictures; None if none failed."""
    failures = [render.failure for render in renders if render.failure is not None]
    return min(failures, key=lambda failure: _SPEAKS_FIRST.index(failure.kind), default=None)


def end_state(renders: Sequence[Render]) -> JobState:
    """Return the state after rendering: DELIVERING if there is at least one picture, else REFUSED or FAILED."""
    if any(render.stage in {RenderStage.PACKAGED, RenderStage.RENDERED} for render in renders):
        return JobState.DELIVERING
    failure = speaking_failure(renders)
    if failure is not None and failure.kind is FailureKind.REFUSED:
        return JobState.REFUSED
    return JobState.FAILED
