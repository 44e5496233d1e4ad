"""Changes as JSON: whatever a moderator can decide reads back as it was."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from fractions import Fraction
from functools import cache
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.content.filters import FilterKind
from bot.domain.moderation import (
    AddFilter,
    BlockMember,
    Change,
    ClearLimits,
    DropServerPreset,
    GiveImages,
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
    UnblockMember,
)
from bot.domain.policy.rules import (
    COUNT,
    DURATION,
    LIMIT_TYPES,
    MODELS,
    PERMISSION,
    RESOLUTION,
    WEIGHT,
    Limit,
    Scope,
)
from bot.domain.sizes import Aspect, Resolution
from bot.storage.rows import change_json, change_of

IDS = st.integers(1, 2**63 - 1)
AMOUNTS = st.integers(0, 10**12)
TIMES = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # aware by the zone
VALUES: dict[int, st.SearchStrategy[Any]] = {
    id(COUNT): st.none() | AMOUNTS,
    id(DURATION): AMOUNTS,
    id(PERMISSION): st.booleans(),
    id(RESOLUTION): st.sampled_from(Resolution),
    id(MODELS): st.none() | st.frozensets(st.text()),
    id(WEIGHT): st.fractions(Fraction(1, 100), 100),
}


@cache  # a strategy that is made for each example is looked through for each
def set_limits(limit: Limit) -> st.SearchStrategy[Change]:
    return st.builds(
        SetLimit,
        scope=st.sampled_from(Scope),
        subject_id=st.none() | IDS,
        limit=st.just(limit),
        value=VALUES[id(LIMIT_TYPES[limit])],
    )


CHANGES: dict[type[Any], st.SearchStrategy[Change]] = {
    SetLimit: st.sampled_from(Limit).flatmap(set_limits),
    ClearLimits: st.builds(
        ClearLimits,
        scope=st.sampled_from(Scope),
        subject_id=st.none() | IDS,
        limit=st.none() | st.sampled_from(Limit),
    ),
    GiveImages: st.builds(
        GiveImages, user_id=IDS, images=AMOUNTS, expires_at=st.none() | TIMES, reason=st.text()
    ),
    ResetMember: st.builds(ResetMember, user_id=IDS),
    BlockMember: st.builds(BlockMember, user_id=IDS, until=st.none() | TIMES, reason=st.text()),
    UnblockMember: st.builds(UnblockMember, user_id=IDS),
    AddFilter: st.builds(AddFilter, kind=st.sampled_from(FilterKind), text=st.text()),
    RemoveFilter: st.builds(RemoveFilter, number=AMOUNTS),
    SetChannel: st.builds(SetChannel, channel_id=IDS, is_open=st.none() | st.booleans()),
    SetModLog: st.builds(SetModLog, channel_id=st.none() | IDS),
    PauseServer: st.builds(PauseServer, text=st.text()),
    ResumeServer: st.builds(ResumeServer),
    RemoveResult: st.builds(RemoveResult, job_id=st.text()),
    SharePreset: st.builds(
        SharePreset,
        name=st.text(),
        text=st.text(),
        aspect=st.none() | st.sampled_from(Aspect),
        resolution=st.none() | st.sampled_from(Resolution),
        count=st.none() | st.integers(1, 4),
    ),
    DropServerPreset: st.builds(DropServerPreset, name=st.text()),
    SetEnhance: st.builds(SetEnhance, is_on=st.booleans()),
}


def through_json(change: Change) -> Change:
    return change_of(json.loads(json.dumps(change_json(change))))


def test_every_kind_of_change_is_tried_here() -> None:
    assert set(CHANGES) == set(get_args(Change))


@pytest.mark.parametrize("kind", CHANGES, ids=lambda kind: kind.__name__)
@given(data=st.data())
def test_a_change_reads_back_as_it_was_written(kind: type[Any], data: st.DataObject) -> None:
    change = data.draw(CHANGES[kind])

    read = through_json(change)

    assert read == change
    assert type(read) is kind


@given(data=st.data())
@pytest.mark.parametrize("limit", Limit)
def test_a_value_keeps_its_type(limit: Limit, data: st.DataObject) -> None:
    change = data.draw(set_limits(limit))

    read = through_json(change)

    assert isinstance(change, SetLimit)
    assert isinstance(read, SetLimit)
    assert type(read.value) is type(change.value)


def test_a_stored_change_says_what_it_is() -> None:
    change = SetLimit(scope=Scope.ROLE, subject_id=5, limit=Limit.WEIGHT, value=Fraction(3, 2))

    assert change_json(change) == {
        "what": "SetLimit",
        "scope": "role",
        "subject_id": 5,
        "limit": "weight",
        "value": "3/2",
    }
