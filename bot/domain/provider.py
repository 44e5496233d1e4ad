"""The port to a provider, and its errors as a tree by what the caller can do next."""

from __future__ import annotations

from dataclasses import dataclass
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
    """A model a provider offers. `price_micro_usd` is for one picture, in millionths of a dollar."""

    id: str
    name: str
    limits: SizeLimits
    max_references: int
    price_micro_usd: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InputPicture:
    """A cleaned reference: encoded bytes, media type (`image/jpeg`, …) and size in pixels."""

    data: bytes
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

    `mime` is told from the bytes. `cost_micro_usd` is None where the provider did not say.
    """

    data: bytes
    mime: str
    revised_prompt: str | None = None
    cost_micro_usd: int | None = None
    inference_id: str | None = None


class Provider(Protocol):
    """A service that renders pictures. One implementation for each API; see `bot/seedream`."""

    async def render(self, order: RenderOrder) -> Rendered:
        """Make one picture. Raises `ProviderError`."""
        ...

    async def look_up(self, request_id: str, since: datetime) -> Charge:
        """Return whether the call with this `request_id`, made after `since`, was charged.

        Returns `Charge.UNKNOWN` where the provider does not answer; does not raise for that.
        """
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
    """The account has no money left (HTTP 403 at the AIML API)."""


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


class ItemFailedError(TryAgainError):
    """A 200 whose only item carries an error: pictures that fail are not billed."""


class OutcomeUnknownError(ProviderError):
    """The call may have been charged and there is no picture. Never repeated blindly."""

    charge = Charge.UNKNOWN


class NoAnswerError(OutcomeUnknownError):
    """The time ran out, or the connection broke, after the request was sent."""


class AnswerTooLargeError(OutcomeUnknownError):
    """The answer went over the byte limit and was not read to its end."""


class AnswerTruncatedError(OutcomeUnknownError):
    """The JSON of a 200 stops in the middle."""


class AnswerNotJsonError(OutcomeUnknownError):
    """A 200 with HTML, or anything else that is not the JSON the API promises."""


class AnswerEmptyError(OutcomeUnknownError):
    """A 200 whose `data` holds no picture."""


class BadBase64Error(OutcomeUnknownError):
    """A 200 whose picture does not decode."""


class NotAPictureError(OutcomeUnknownError):
    """Bytes arrived, and they are no JPEG, PNG or WebP."""


class ResultFetchError(OutcomeUnknownError):
    """The picture was made, and its address could not be fetched or is not one we may fetch from."""
