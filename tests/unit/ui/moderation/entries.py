"""Entries of the mod-log, as a store might hand them to the publisher."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from bot.domain.content.filters import FilterKind
from bot.domain.jobs import MAX_PROMPT
from bot.domain.moderation import (
    MAX_PAUSE_TEXT,
    MAX_REASON,
    MAX_REPORT,
    AddFilter,
    AuditEntry,
    BlockMember,
    Change,
    ClearLimits,
    DropServerPreset,
    GiveImages,
    LogEntry,
    PauseServer,
    RemoveFilter,
    RemoveResult,
    ResetMember,
    ResumeServer,
    SetChannel,
    SetEnhance,
    SetLimit,
    SetModLog,
    SharePreset,
    Topic,
    UnblockMember,
)
from bot.domain.policy.rules import Limit, Scope
from bot.domain.presets import MAX_NAME
from bot.domain.sizes import Aspect
from tests.unit.ui.jobs import NOW, OTHER, REQUESTER

MODERATOR = 555555555555555555
SERVER, MODLOG = 30, 60
HOSTILE = (
    f"@everyone <@{OTHER}> <@&{OTHER}> [free](https://evil.example) # big\n"
    "> **bold** ||x|| `y` https://evil.example "
)


def entry(
    topic: Topic,
    facts: Mapping[str, Any] | None = None,
    *,
    channel_id: int | None = MODLOG,
    job_id: str | None = "7f3k2m9q1z",
    audit: AuditEntry | None = None,
) -> LogEntry:
    return LogEntry(
        id=77,
        guild_id=SERVER,
        channel_id=channel_id,
        topic=topic,
        at=NOW,
        tries=1,
        facts=facts or {},
        job_id=job_id,
        audit=audit,
    )


def changed(
    change: Change, before: Mapping[str, Any] | None = None, after: Mapping[str, Any] | None = None
) -> LogEntry:
    audit = AuditEntry(
        id=5,
        guild_id=SERVER,
        at=NOW,
        by=MODERATOR,
        change=change,
        before=before or {},
        after=after or {},
    )
    return entry(Topic.CHANGE, audit=audit, job_id=None)


def texts(longest: int) -> st.SearchStrategy[str]:
    """What people may type into a field that holds so much."""
    return st.one_of(
        st.text(min_size=1, max_size=longest).filter(str.strip),
        st.sampled_from(["*" * longest, "\n" * (longest - 1) + "x", (HOSTILE * 9)[:longest]]),
    )


changes: st.SearchStrategy[Change] = st.one_of(
    st.builds(
        SetLimit,
        scope=st.just(Scope.ROLE),
        subject_id=st.just(OTHER),
        limit=st.just(Limit.IMAGES_PER_DAY),
        value=st.none() | st.integers(0, 10**12),
    ),
    st.just(ClearLimits(scope=Scope.MEMBER, subject_id=OTHER, limit=None)),
    st.builds(
        GiveImages,
        user_id=st.just(OTHER),
        images=st.integers(1, 10_000),
        expires_at=st.none() | st.just(NOW),
        reason=texts(MAX_REASON),
    ),
    st.just(ResetMember(user_id=OTHER)),
    st.builds(BlockMember, user_id=st.just(OTHER), until=st.none() | st.just(NOW), reason=texts(MAX_REASON)),
    st.just(UnblockMember(user_id=OTHER)),
    st.builds(AddFilter, kind=st.sampled_from(FilterKind), text=texts(100)),
    st.just(RemoveFilter(number=3)),
    st.builds(SetChannel, channel_id=st.just(20), is_open=st.none() | st.booleans()),
    st.builds(SetModLog, channel_id=st.none() | st.just(MODLOG)),
    st.builds(PauseServer, text=texts(MAX_PAUSE_TEXT)),
    st.just(ResumeServer()),
    st.just(RemoveResult(job_id="7f3k2m9q1z")),
    st.builds(
        SharePreset,
        name=texts(MAX_NAME),
        text=texts(MAX_PROMPT),
        aspect=st.none() | st.sampled_from(Aspect),
        resolution=st.none(),
        count=st.none() | st.just(2),
    ),
    st.builds(DropServerPreset, name=texts(MAX_NAME)),
    st.builds(SetEnhance, is_on=st.booleans()),
)
channel_ids = st.none() | st.just(MODLOG)
entries: st.SearchStrategy[LogEntry] = st.one_of(
    st.builds(entry, st.just(Topic.JOB), channel_id=channel_ids),
    st.builds(
        entry,
        st.just(Topic.REPORT),
        st.fixed_dictionaries({"by": st.just(REQUESTER), "reason": texts(MAX_REPORT)}),
        channel_id=channel_ids,
    ),
    st.builds(changed, changes),
    st.builds(
        entry,
        st.just(Topic.BUDGET),
        st.fixed_dictionaries(
            {
                "period": st.sampled_from(["day", "month"]),
                "level": st.sampled_from([50, 80, 100]),
                "micro_usd": st.integers(0, 10**12),
                "budget": st.integers(1, 10**12),
            }
        ),
        channel_id=channel_ids,
    ),
    st.builds(
        entry,
        st.sampled_from(
            [Topic.NO_CREDIT, Topic.BAD_KEY, Topic.MODEL_GONE, Topic.PROVIDER_DOWN, Topic.GARBAGE]
        ),
        channel_id=channel_ids,
    ),
)
