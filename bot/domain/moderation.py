"""Changes that moderators make, their audit entries, and the entries of the mod-log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bot.domain.content.filters import FilterKind
from bot.domain.policy.rules import Limit, Scope, Value
from bot.domain.sizes import Aspect, Resolution

MAX_REASON: Final = 300
MAX_PAUSE_TEXT: Final = 300
MAX_REPORT: Final = 500
MAX_GRANT: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLimit:
    """One limit in the rule of the server, a role, a channel or a member; `subject_id` None is the server's."""

    scope: Scope
    subject_id: int | None
    limit: Limit
    value: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearLimits:
    """Remove one limit from a rule; all of them if `limit` is None."""

    scope: Scope
    subject_id: int | None
    limit: Limit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveImages:
    """Grant images on top of the windows. `expires_at` None is no expiry."""

    user_id: int
    images: int
    expires_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetMember:
    """Stop counting a member's past usage against windows, jobs at once and cooldown; their money still counts."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockMember:
    """Block a member; `until` None is until a moderator lifts it. A second block replaces the first."""

    user_id: int
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblockMember:
    """Lift a block."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFilter:
    """Deny prompts that contain a word or match a pattern."""

    kind: FilterKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFilter:
    """Remove the filter with this number."""

    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChannel:
    """Open or close a channel or category; `is_open` None removes the setting."""

    channel_id: int
    is_open: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetModLog:
    """Write the mod-log to a channel; `channel_id` None switches it off."""

    channel_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseServer:
    """Deny all commands until the server is resumed. `text` is shown to members; it may be ''."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeServer:
    """End a pause."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveResult:
    """Take the pictures of a job off its card."""

    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePreset:
    """Share a preset with the whole server, replacing one of the same name. See `bot.domain.presets.Preset`."""

    name: str
    text: str
    aspect: Aspect | None
    resolution: Resolution | None
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropServerPreset:
    """Remove a preset of the server. Members keep their own."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEnhance:
    """Set whether prompts of `/imagine` are rewritten by default; a member may choose otherwise."""

    is_on: bool


Change = (
    SetLimit
    | ClearLimits
    | GiveImages
    | ResetMember
    | BlockMember
    | UnblockMember
    | AddFilter
    | RemoveFilter
    | SetChannel
    | SetModLog
    | PauseServer
    | ResumeServer
    | RemoveResult
    | SharePreset
    | DropServerPreset
    | SetEnhance
)
# The state before or after a change: plain JSON, `{}` for nothing. Values of limits are encoded.
Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A change that was made and written to the audit table."""

    change: Change
    before: Facts
    after: Facts
    audit_id: int


class NoChange(StrEnum):
    """Why there was nothing to change."""

    SAME = "same"  # the setting has this value already
    NOT_SET = "not_set"  # there is no such rule, block, filter, pause
    TOO_MANY = "too_many"  # filters, or rules
    NO_SUCH_JOB = "no_such_job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """A change that made no difference, so that nothing was written."""

    why: NoChange


ApplyOutcome = Applied | Unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change, as stored in the audit table."""

    id: int
    guild_id: int
    at: datetime
    by: int
    change: Change
    before: Facts
    after: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that waits for its moderator's confirmation. `id` is unguessable.

    `role_ids` are the roles of the member it is about, for the confirmation message; they are not stored.
    """

    id: str
    guild_id: int
    by: int
    change: Change
    until: datetime
    role_ids: frozenset[int] = frozenset()


class Topic(StrEnum):
    """The subject of a mod-log entry."""

    JOB = "job"  # how a job ended; `job_id`
    CHANGE = "change"  # what a moderator did; `audit_id`
    REPORT = "report"  # somebody objects to a result; `job_id`, facts: by, reason
    BUDGET = "budget"  # facts: period (day, month), level, micro_usd, budget, is_operators
    NO_CREDIT = "no_credit"  # the provider's account is empty; facts: subject, as of `FailureCode`
    BAD_KEY = "bad_key"  # the provider does not take the key
    MODEL_GONE = "model_gone"  # the provider no longer offers the model; facts: subject, as for NO_CREDIT
    PROVIDER_DOWN = "provider_down"  # it keeps failing; facts: subject, as for NO_CREDIT
    GARBAGE = "garbage"  # it sends answers that nobody can use; facts: subject, as for NO_CREDIT
    LOW_BALANCE = "low_balance"  # facts: micro_usd
    PRICE = "price"  # a cost is not what was expected; facts: model, micro_usd, expected_micro_usd
    UNSIGNED = "unsigned"  # results are delivered without the signature that the operator wants
    SECOND_BOT = "second_bot"  # another process answers this bot's commands


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A mod-log entry to be sent. `channel_id` None sends it to the operator as a direct message."""

    id: int
    guild_id: int | None
    channel_id: int | None
    topic: Topic
    at: datetime
    tries: int
    facts: Facts
    job_id: str | None = None
    audit: AuditEntry | None = None


class ReportOutcome(StrEnum):
    """The outcome of a member's report of a result."""

    TAKEN = "taken"
    KNOWN = "known"  # this person reported this result before
    TOO_MANY = "too_many"  # too many by this person within the hour
    UNKNOWN = "unknown"  # there is no such job


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDenial:
    """A denied command, for moderators who explain it. The prompt is not stored."""

    at: datetime
    channel_id: int
    code: str  # a `DenialReason`, or the `Limit` that said no
    facts: Facts
