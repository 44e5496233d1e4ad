"""The reasons why a job has no picture."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FailureKind(StrEnum):
    """The five kinds of reasons why there is no picture; the words for it depend on the kind and the code."""

    CHECK = "check"  # our own check said no
    REFUSED = "refused"  # the provider's safety system said no
    CREDIT = "credit"  # the provider's account is empty, or a budget is used up
    BUSY = "busy"  # a rate limit, the provider's or ours, which time opens
    FAULT = "fault"  # something broke


_DENIED_PREFIX: Final = "denied:"
_REJECTED_PREFIX: Final = "rejected_"


class FailureCode(StrEnum):
    """One reason why there is no picture. The value is stored with a job.

    A value that this version does not know reads as `UNKNOWN` or `DENIED_UNKNOWN`: another version stored it.
    """

    # A reference cannot be used; one for each `PictureProblem`.
    UNKNOWN_FORMAT = "unknown_format"
    TRUNCATED = "truncated"
    TOO_MANY_BYTES = "too_many_bytes"
    TOO_MANY_PIXELS = "too_many_pixels"
    TOO_SMALL = "too_small"
    WRONG_RATIO = "wrong_ratio"
    UNREADABLE = "unreadable"
    GONE = "gone"
    UNREACHABLE = "unreachable"
    # The provider's safety system said no; one for each `RefusedSubject`.
    REFUSED_PROMPT = "refused_prompt"
    REFUSED_REFERENCE = "refused_reference"
    REFUSED_REAL_PERSON = "refused_real_person"
    REFUSED_RESULT = "refused_result"
    REFUSED_UNKNOWN = "refused_unknown"
    # The provider cannot use what the member gave it; see `InputProblem`. The subject is the reference's name.
    REJECTED_PROMPT = "rejected_prompt"
    REJECTED_PROMPT_LENGTH = "rejected_prompt_length"
    REJECTED_REFERENCE = "rejected_reference"
    REJECTED_REFERENCE_RATIO = "rejected_reference_ratio"
    REJECTED_REFERENCE_UNREADABLE = "rejected_reference_unreadable"
    REJECTED_REFERENCE_LARGE = "rejected_reference_large"
    REJECTED_REFERENCE_SMALL = "rejected_reference_small"
    # The call brought no picture.
    OUT_OF_CREDIT = "out_of_credit"  # the subject is the balance in micro USD, if the provider stated it
    MODEL_GONE = "model_gone"  # the subject is the model's id, then those of similar ones, after spaces
    SLOW_DOWN = "slow_down"
    BAD_KEY = "bad_key"
    BAD_REQUEST = "bad_request"
    PROVIDER_DOWN = "provider_down"
    PROVIDER_FAULT = "provider_fault"
    REFERENCE_UNREACHABLE = "reference_unreachable"
    MAY_OBJECT = "may_object"  # it failed at this prompt alone, again and again
    ANSWERS_UNUSABLE = "answers_unusable"  # for everybody, so nothing is paid for again
    ANSWER_LOST = "answer_lost"  # the provider charged for a picture that never arrived
    OUTCOME_UNKNOWN = "outcome_unknown"  # nobody could say what became of the last call
    GAVE_UP = "gave_up"
    VIDEO_FAILED = "video_failed"  # the provider said so, and charged nothing
    VIDEO_LATE = "video_late"  # it was still being made when its time was up
    # The paid bytes cannot be used; one for each `PictureProblem`.
    RESULT_UNKNOWN_FORMAT = "result_unknown_format"
    RESULT_TRUNCATED = "result_truncated"
    RESULT_TOO_MANY_BYTES = "result_too_many_bytes"
    RESULT_TOO_MANY_PIXELS = "result_too_many_pixels"
    RESULT_TOO_SMALL = "result_too_small"
    RESULT_WRONG_RATIO = "result_wrong_ratio"
    RESULT_UNREADABLE = "result_unreadable"
    RESULT_GONE = "result_gone"
    RESULT_UNREACHABLE = "result_unreachable"
    # The rules changed while the job waited; one for each `DenialReason`.
    DENIED_RETRIED_ALREADY = "denied:retried_already"
    DENIED_PAUSED = "denied:paused"
    DENIED_BLOCKED = "denied:blocked"
    DENIED_CHANNEL = "denied:channel"
    DENIED_FILTER = "denied:filter"
    DENIED_LIMIT = "denied:limit"
    DENIED_UNKNOWN = "denied:unknown"
    UNKNOWN = "unknown"

    @property
    def is_denied(self) -> bool:
        """Whether a rule of the server or its operator ended the job."""
        return self.value.startswith(_DENIED_PREFIX)

    @property
    def is_rejected(self) -> bool:
        """Whether the provider could not use the prompt or a reference."""
        return self.value.startswith(_REJECTED_PREFIX)

    @classmethod
    def _missing_(cls, value: object) -> FailureCode:
        is_denied = isinstance(value, str) and value.startswith(_DENIED_PREFIX)
        return cls.DENIED_UNKNOWN if is_denied else cls.UNKNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no picture. `code` decides the text, `subject` fills it in (for example `image3`)."""

    kind: FailureKind
    code: FailureCode
    subject: str | None = None
