"""The port to a provider, and its errors as a tree by what the caller can do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from bot.domain.sizes import Resolution, Size, SizeLimits
from bot.errors import EaselError

MICRO_USD = 1_000_000


class Charge(StrEnum):
    """Whether a call cost money, as far as is known."""

    CHARGED = "charged"
    FREE = "free"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model a provider offers. `price_micro_usd` is for one picture, in millionths of a dollar.

    `size_prices` are those of resolutions, by the values of `Resolution`, where they have their own.

    One with `min_references` only edits, one without any references only paints from words. `max_prompt` is in
    characters, None where that is not known. Unless it `chooses_shape`, it takes sizes in pixels alone.
    """

    id: str
    name: str
    limits: SizeLimits
    resolutions: frozenset[Resolution] = frozenset(Resolution)
    min_references: int = 0
    max_references: int
    max_prompt: int | None = None
    chooses_shape: bool = True
    price_micro_usd: int
    size_prices: Mapping[str, int] = field(default_factory=dict[str, int], hash=False)

    def price_of(self, resolution: Resolution) -> int:
        """Return the price of a picture in this resolution, in micro USD."""
        return self.size_prices.get(resolution, self.price_micro_usd)


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPicture:
    """A cleaned reference: encoded bytes, media type (`image/jpeg`, …) and size in pixels."""

    data: bytes = field(repr=False)
    mime: str
    size: Size


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderOrder:
    """One paid call, one picture. `request_id` is ours: 1–128 of `A–Za–z0–9._:-`.

    `size` is exact, in pixels, or a resolution, for which the model chooses the shape from the prompt.
    """

    request_id: str
    model: str
    prompt: str
    size: Size | Resolution
    references: tuple[InputPicture, ...] = ()
    seed: int | None = None
    watermark: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A picture that was paid for. `data` is what the provider sent, byte for byte.

    `mime` is read from the bytes. `cost_micro_usd` is None where the provider did not say. Call `landed` once the bytes
    are stored, or could not be: a provider may read other answers only then, so that few are in memory.
    """

    data: bytes = field(repr=False)
    mime: str
    revised_prompt: str | None = None
    cost_micro_usd: int | None = None
    inference_id: str | None = None
    landed: Callable[[], None] = field(default=lambda: None, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The provider's answer to a question about the account. `micro_usd` is None if it did not state the amount."""

    micro_usd: int | None = None
    is_key_refused: bool = False


class Trouble(StrEnum):
    """Why no call is made for anybody just now, see `bot/domain/circuit.py`. The value is stored."""

    FAULTS = "faults"
    NO_CREDIT = "no_credit"
    BAD_KEY = "bad_key"
    GARBAGE = "garbage"  # answers that nobody can use, each of which may have been paid for


class Provider(Protocol):
    """A service that renders pictures. One implementation for each API; see `bot/seedream`."""

    async def render(self, order: RenderOrder) -> Rendered:
        """Make one picture. Raises `ProviderError`."""
        ...

    async def look_up(self, request_id: str, submitted_at: datetime, *, model: str | None) -> Charge:
        """Return whether the call with this `request_id` to `model` was charged; a `model` of None is any model.

        Returns `Charge.UNKNOWN` where the provider does not answer; does not raise for that. A charge may be
        recorded only minutes after the call.
        """
        ...

    async def balance(self) -> Balance | None:
        """Ask for the account's balance, free of charge; None if the provider is out of reach."""
        ...

    async def models(self) -> frozenset[str] | None:
        """Ask for the ids of all models, without the key and free of charge; None if the provider is out of reach."""
        ...

    async def typical_seconds(self, model: str) -> float | None:
        """Ask how long the model takes for one picture, without the key and free of charge; None if unknown."""
        ...


class ProviderError(EaselError):
    """A call that brought no picture. `detail` is for logs: no secret, no prompt, at most 300 characters.

    `charge` says whether it cost money, `cost_micro_usd` how much where known.
    """

    charge = Charge.FREE

    def __init__(
        self, detail: str, *, charge: Charge | None = None, cost_micro_usd: int | None = None
    ) -> None:
        super().__init__(detail[:300])
        self.detail = detail[:300]
        self.cost_micro_usd = cost_micro_usd
        if charge is not None:
            self.charge = charge


class FixRequestError(ProviderError):
    """The request was understood and is wrong: sending it again changes nothing."""


class ModelGoneError(FixRequestError):
    """The provider no longer offers the model. `alike` are ids it offers that resemble this one, the closest first."""

    def __init__(self, detail: str, *, model: str = "", alike: tuple[str, ...] = ()) -> None:
        super().__init__(detail)
        self.model = model
        self.alike = alike


class InputSubject(StrEnum):
    """The part of a member's input that the provider cannot use."""

    PROMPT = "prompt"
    REFERENCE = "reference"


class InputProblem(StrEnum):
    """Why the provider cannot use a member's input."""

    TOO_LONG = "too_long"
    RATIO = "ratio"
    UNREADABLE = "unreadable"
    TOO_LARGE = "too_large"  # in bytes or pixels
    TOO_SMALL = "too_small"
    OTHER = "other"


class RejectedInputError(FixRequestError):
    """The provider cannot use the prompt or a reference. `index` is that of the reference, from 0, if it was given."""

    def __init__(
        self, detail: str, *, subject: InputSubject, problem: InputProblem, index: int | None = None
    ) -> None:
        super().__init__(detail)
        self.subject = subject
        self.problem = problem
        self.index = index


class RefusedSubject(StrEnum):
    """What the provider objected to."""

    PROMPT = "prompt"
    REFERENCE = "reference"
    REAL_PERSON = "real_person"
    RESULT = "result"
    UNKNOWN = "unknown"


class RefusedError(ProviderError):
    """The provider's safety system said no."""

    def __init__(self, detail: str, *, subject: RefusedSubject = RefusedSubject.UNKNOWN) -> None:
        super().__init__(detail)
        self.subject = subject


class OutOfCreditError(ProviderError):
    """The account has no money left. `balance_micro_usd` is what the provider says is left, None if it did not."""

    def __init__(self, detail: str, *, balance_micro_usd: int | None = None) -> None:
        super().__init__(detail)
        self.balance_micro_usd = balance_micro_usd


class BadKeyError(ProviderError):
    """The API key is wrong, disabled or not allowed to do this (HTTP 401)."""


class SlowDownError(ProviderError):
    """Too many calls, or too many at once (HTTP 429). `retry_after_s` is None where the answer has no such
    header."""

    def __init__(self, detail: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class TryAgainError(ProviderError):
    """A passing fault that surely cost nothing: no connection was made, or the provider said it failed."""


class ServerFaultError(TryAgainError):
    """The API itself said that it failed (HTTP 5xx). It answers so, too, to prompts that it objects to."""


class ItemFailedError(TryAgainError):
    """A 200 whose only item carries an error: pictures that fail are not billed."""


class OutcomeUnknownError(ProviderError):
    """The call may have been charged and there is no picture. Never repeated blindly."""

    charge = Charge.UNKNOWN


class NoAnswerError(OutcomeUnknownError):
    """The time ran out, or the connection broke, after the request was sent."""


class GarbageAnswerError(OutcomeUnknownError):
    """A success whose body is of no use. Several in a row mean that the provider is broken."""


class AnswerTooLargeError(GarbageAnswerError):
    """The answer went over the byte limit and was not read to its end."""


class AnswerTruncatedError(GarbageAnswerError):
    """The JSON of a 200 stops in the middle."""


class AnswerNotJsonError(GarbageAnswerError):
    """A 200 with HTML, or anything else that is not the JSON the API promises."""


class AnswerEmptyError(GarbageAnswerError):
    """A 200 whose `data` holds no picture."""


class BadBase64Error(GarbageAnswerError):
    """A 200 whose picture does not decode."""


class NotAPictureError(GarbageAnswerError):
    """Bytes arrived, and they are no JPEG, PNG or WebP."""


class NotAVideoError(GarbageAnswerError):
    """Bytes arrived, and they are no MP4."""


class ResultFetchError(OutcomeUnknownError):
    """The result was made, and its address could not be fetched or is not one we may fetch from."""
