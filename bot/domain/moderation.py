"""What moderators change, what is written down about it, and what is told in the mod-log."""

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
    """Forget what a rule says of one limit, or with `limit` None all of it."""

    scope: Scope
    subject_id: int | None
    limit: Limit | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveImages:
    """Images on top of the windows, until they are used or expire."""

    user_id: int
    images: int
    expires_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResetMember:
    """What a member made so far counts no more against windows, jobs at once and cooldown; their money does."""

    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockMember:
    """`until` None: until somebody lifts it. A second block replaces the first."""

    user_id: int
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnblockMember:
    user_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AddFilter:
    kind: FilterKind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveFilter:
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SetChannel:
    """Open or close a channel or category; None takes back what was said of it."""

    channel_id: int
    is_open: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetModLog:
    """Where the mod-log is written; None is nowhere."""

    channel_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PauseServer:
    """Nobody's commands are taken until it is resumed. `text` is what members see beside that."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeServer:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveResult:
    """The pictures of a job are taken off its card."""

    job_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SharePreset:
    """A preset for everybody in the server, in place of one with the same name. See `bot.domain.presets.Preset`."""

    name: str
    text: str
    aspect: Aspect | None
    resolution: Resolution | None
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DropServerPreset:
    """Members keep what they saved themselves."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetEnhance:
    """Whether prompts of `/imagine` are rewritten where a member does not say."""

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
# What stood there before and after: plain JSON, `{}` for nothing. Values of limits are encoded.
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

    SAME = "same"  # it stands like that already
    NOT_SET = "not_set"  # there is no such rule, block, filter, pause
    TOO_MANY = "too_many"  # filters, or rules
    NO_SUCH_JOB = "no_such_job"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unchanged:
    """Nothing was written."""

    why: NoChange


ApplyOutcome = Applied | Unchanged


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change as it was written down."""

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

    `role_ids` are those of the member it is about, for the question that is asked; they are not kept.
    """

    id: str
    guild_id: int
    by: int
    change: Change
    until: datetime
    role_ids: frozenset[int] = frozenset()


class Topic(StrEnum):
    """What an entry of the mod-log tells."""

    JOB = "job"  # how a job ended; `job_id`
    CHANGE = "change"  # what a moderator did; `audit_id`
    REPORT = "report"  # somebody objects to a result; `job_id`, facts: by, reason
    BUDGET = "budget"  # facts: period (day, month), level, micro_usd, budget, is_operators
    NO_CREDIT = "no_credit"  # the provider's account is empty
    BAD_KEY = "bad_key"  # the provider does not take the key


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """Something to be told. `channel_id` is the mod-log's; None is the operator, in a direct message."""

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
    """What became of a report."""

    TAKEN = "taken"
    KNOWN = "known"  # this person reported this result before
    TOO_MANY = "too_many"  # too many by this person within the hour
    UNKNOWN = "unknown"  # there is no such job


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDenial:
    """A command that was denied, for whoever has to explain it. The prompt is not kept."""

    at: datetime
    channel_id: int
    code: str  # a `Stop`, or the `Limit` that said no
    facts: Facts
