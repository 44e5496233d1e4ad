"""What limits are called, and that every value people are shown can be typed back."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.policy.quota import WINDOWS
from bot.domain.policy.rules import (
    DURATION,
    LIMIT_TYPES,
    MODELS,
    MONEY,
    PERMISSION,
    RESOLUTION,
    WEIGHT,
    Limit,
    Rule,
    Scope,
    Value,
)
from bot.domain.sizes import Resolution
from bot.ui.base.limit_names import (
    ValueNotUnderstoodError,
    limit_hint,
    limit_name,
    parse_value,
    rule_name,
    suggestions,
    value_text,
    window_words,
)
from bot.ui.base.units import MAX_TYPED, cents, stamp, usd
from tests.tables import each_case

MODELS_ON_OFFER: dict[str, str] = {
    "bytedance/seedream-4-5": "Seedream 4.5",
    "bytedance/other-model": "Other",
    "seedream-4-5-251128": "Seedream 4.5 Next",
    "minimax/hailuo-02": "Hailuo 02",
}
MODEL_IDS = tuple(MODELS_ON_OFFER)
MAX_LABEL = 45
MAX_DESCRIPTION = 100

amounts = st.none() | st.integers(0, 10**11)
values = {
    PERMISSION: st.booleans(),
    DURATION: st.integers(0, 7 * 86_400),
    RESOLUTION: st.sampled_from(Resolution),
    MODELS: st.none() | st.frozensets(st.sampled_from(MODEL_IDS), min_size=1),
    WEIGHT: st.fractions(min_value=Fraction(1, 100), max_value=100, max_denominator=100),
}


@st.composite
def limits_with_values(draw: st.DrawFn) -> tuple[Limit, Value]:
    limit = draw(st.sampled_from(Limit))
    return limit, draw(values.get(LIMIT_TYPES[limit], amounts))


@given(limits_with_values())
def test_what_is_shown_can_be_typed_back(said: tuple[Limit, Value]) -> None:
    limit, value = said
    for names in ({}, MODELS_ON_OFFER):
        text = value_text(limit, value, models=names)
        assert parse_value(limit, text, models=MODELS_ON_OFFER) == value


@given(st.sampled_from(Limit), st.text(max_size=MAX_TYPED + 20))
def test_whatever_is_typed_is_a_value_or_an_answer(limit: Limit, text: str) -> None:
    with suppress(ValueNotUnderstoodError):
        value = parse_value(limit, text, models=MODELS_ON_OFFER)
        assert parse_value(limit, value_text(limit, value), models=MODELS_ON_OFFER) == value


@each_case("limit", Limit)
def test_every_limit_has_a_name_and_a_hint_discord_takes_and_suggestions_that_work(limit: Limit) -> None:
    assert 0 < len(limit_name(limit)) <= MAX_LABEL
    assert 0 < len(limit_hint(limit)) <= MAX_DESCRIPTION
    parsed = [parse_value(limit, one, models=MODELS_ON_OFFER) for one in suggestions(limit)]
    assert len(set(parsed)) == len(parsed) > 0


def test_no_two_limits_have_the_same_name() -> None:
    assert len({limit_name(limit) for limit in Limit}) == len(Limit)


def test_windows_of_one_length_are_named_alike_and_those_of_two_lengths_are_not() -> None:
    words = {(length, window_words(limit)) for limit, length in WINDOWS.items()}
    assert len(words) == len(set(WINDOWS.values())) == len({named.per for _, named in words})


@each_case(
    ("limit", "text", "value"),
    [
        (Limit.IMAGES_PER_DAY, "20", 20),
        (Limit.IMAGES_PER_DAY, " 2０ ", 20),
        (Limit.IMAGES_PER_DAY, "1,000", 1000),
        (Limit.IMAGES_PER_DAY, "No Limit", None),
        (Limit.IMAGES_PER_DAY, "none", None),
        (Limit.IMAGES_PER_DAY, "unlimited", None),
        (Limit.IMAGES_PER_DAY, "∞", None),
        (Limit.IMAGES_PER_DAY, "-", None),
        (Limit.IMAGES_PER_DAY, "0", 0),
        (Limit.MAY_EDIT, "Yes", True),
        (Limit.MAY_EDIT, "off", False),
        (Limit.MAY_EDIT, "allow", True),
        (Limit.MAY_EDIT, "deny", False),
        (Limit.RESOLUTION, "4k", Resolution.FOUR_K),
        (Limit.RESOLUTION, "up to 2K", Resolution.TWO_K),
        (Limit.RESOLUTION, "2", Resolution.TWO_K),
        (Limit.COOLDOWN_S, "90s", 90),
        (Limit.COOLDOWN_S, "90", 90),
        (Limit.COOLDOWN_S, "5 min", 300),
        (Limit.COOLDOWN_S, "2h", 7200),
        (Limit.COOLDOWN_S, "1 h 30 min", 5400),
        (Limit.COOLDOWN_S, "1.5 hours", 5400),
        (Limit.COOLDOWN_S, "1 hour and 5 minutes", 3900),
        (Limit.COOLDOWN_S, "none", 0),
        (Limit.WEIGHT, "1/2", Fraction(1, 2)),
        (Limit.WEIGHT, "½", Fraction(1, 2)),
        (Limit.WEIGHT, "2x", Fraction(2)),
        (Limit.WEIGHT, "×2", Fraction(2)),
        (Limit.WEIGHT, "twice the share", Fraction(2)),
        (Limit.WEIGHT, "0,5", Fraction(1, 2)),
        (Limit.MODELS, "any", None),
        (Limit.MODELS, "other", frozenset({MODEL_IDS[1]})),
        (Limit.MODELS, "bytedance/seedream-4-5, other", frozenset(MODEL_IDS[:2])),
        (Limit.MODELS, "seedream 4.5", frozenset(MODEL_IDS[:1])),  # in full, though it begins another's name
        (Limit.MODELS, "SEEDREAM 4.5 next, hailuo", frozenset(MODEL_IDS[2:])),
        (Limit.MODELS, "Minimax/Hailuo-02", frozenset(MODEL_IDS[3:])),
        (Limit.USD_PER_DAY, "$5", 5_000_000),
        (Limit.USD_PER_DAY, "5 USD", 5_000_000),
        (Limit.USD_PER_DAY, "5 dollars", 5_000_000),
        (Limit.USD_PER_DAY, "0.50", 500_000),
        (Limit.USD_PER_DAY, ".5", 500_000),
        (Limit.USD_PER_DAY, "5,50", 5_500_000),
        (Limit.USD_PER_DAY, "0,042", 42_000),
        (Limit.USD_PER_DAY, "$0.000001", 1),
        (Limit.USD_PER_DAY, "1,234", 1_234_000_000),
        (Limit.USD_PER_DAY, "1,234.50", 1_234_500_000),
        (Limit.USD_PER_DAY, "1.234,50 usd", 1_234_500_000),
        (Limit.USD_PER_DAY, "1.234", 1_234_000),
        (Limit.USD_PER_DAY, "0.29", 290_000),
        (Limit.USD_PER_DAY, "no limit", None),
    ],
)
def test_people_may_write_a_value_in_many_ways(limit: Limit, text: str, value: Value) -> None:
    assert parse_value(limit, text, models=MODELS_ON_OFFER) == value


@each_case(
    ("limit", "text"),
    [
        (Limit.IMAGES_PER_DAY, ""),
        (Limit.IMAGES_PER_DAY, "-5"),
        (Limit.IMAGES_PER_DAY, "2.5"),
        (Limit.IMAGES_PER_DAY, "off"),  # the limit, or the pictures?
        (Limit.IMAGES_PER_DAY, "9" * 13),
        (Limit.IMAGES_PER_DAY, "9" * 100_000),
        (Limit.MAY_EDIT, "maybe"),
        (Limit.RESOLUTION, "8K"),
        (Limit.COOLDOWN_S, "5 lightyears"),
        (Limit.COOLDOWN_S, "0.0001 s"),
        (Limit.WEIGHT, "0"),
        (Limit.WEIGHT, "1/0"),
        (Limit.WEIGHT, "-1"),
        (Limit.MODELS, ""),
        (Limit.MODELS, "none"),
        (Limit.MODELS, "bytedance"),  # two of them
        (Limit.MODELS, "dall-e"),
        (Limit.USD_PER_DAY, "-5"),
        (Limit.USD_PER_DAY, "$"),
        (Limit.USD_PER_DAY, "$."),
        (Limit.USD_PER_DAY, "$$5"),
        (Limit.USD_PER_DAY, "0.0000001"),
        (Limit.USD_PER_DAY, "1e9"),
        (Limit.USD_PER_DAY, "nan"),
    ],
)
def test_what_nobody_can_understand_is_said_so(limit: Limit, text: str) -> None:
    with pytest.raises(ValueNotUnderstoodError) as raised:
        parse_value(limit, text, models=MODELS_ON_OFFER)
    assert raised.value.hint


def test_an_unknown_model_is_answered_with_those_there_are() -> None:
    with pytest.raises(ValueNotUnderstoodError, match="Other, Seedream"):
        parse_value(Limit.MODELS, "dall-e", models=MODELS_ON_OFFER)


@each_case(
    ("limit", "value", "text"),
    [
        (Limit.IMAGES_PER_DAY, 12_000, "12,000"),
        (Limit.IMAGES_PER_DAY, None, "no limit"),
        (Limit.USD_PER_MONTH, 5_000_000, "$5.00"),
        (Limit.COOLDOWN_S, 300, "5 min"),
        (Limit.COOLDOWN_S, 5400, "1 h 30 min"),
        (Limit.COOLDOWN_S, 0, "no wait"),
        (Limit.RESOLUTION, Resolution.FOUR_K, "up to 4K"),
        (Limit.MAY_EDIT, False, "no"),
        (Limit.MODELS, None, "any"),
        (Limit.MODELS, frozenset[str](), "not one"),
        (Limit.WEIGHT, Fraction(1, 2), "×1/2"),
    ],
)
def test_values_read_plainly(limit: Limit, value: Value, text: str) -> None:
    assert value_text(limit, value) == text


@each_case(
    ("micro_usd", "text"),
    [
        (0, "$0.00"),
        (5_000_000, "$5.00"),
        (42_000, "$0.042"),
        (1_234_500_000, "$1,234.50"),
        (1, "$0.000001"),
        (-500_000, "-$0.50"),
    ],
)
def test_dollars_are_exact(micro_usd: int, text: str) -> None:
    assert usd(micro_usd) == text


@each_case(
    ("micro_usd", "text"), [(0, "$0.01"), (4_000, "$0.01"), (436_800, "$0.44"), (1_234_567_890, "$1,234.57")]
)
def test_what_is_no_exact_amount_is_whole_cents_and_at_least_one(micro_usd: int, text: str) -> None:
    assert cents(micro_usd) == text


@given(st.sampled_from(sorted(MONEY)), st.integers(0, 10**17))
def test_no_micro_dollar_is_lost(limit: Limit, micro_usd: int) -> None:
    assert parse_value(limit, usd(micro_usd), models={}) == micro_usd


def test_a_rule_is_named_by_whose_it_is() -> None:
    assert rule_name(Rule(scope=Scope.ROLE, subject_id=7)) == "role <@&7>"
    assert rule_name(Rule(scope=Scope.CHANNEL, subject_id=8)) == "channel <#8>"
    own = Rule(scope=Scope.MEMBER, subject_id=9)
    assert (rule_name(own), rule_name(own, yours=True)) == ("their own rule", "your own rule")
    assert len({rule_name(Rule(scope=scope)) for scope in Scope}) == len(Scope)


def test_a_stamp_is_never_before_its_moment() -> None:
    assert stamp(datetime(2026, 1, 1, 0, 0, 0, 1, tzinfo=UTC)) == "<t:1767225601:R>"
    assert stamp(datetime(2026, 1, 1, tzinfo=UTC), "f") == "<t:1767225600:f>"
