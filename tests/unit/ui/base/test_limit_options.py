"""What is offered while people type, and what they may type for a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.policy.rules import Limit
from bot.ui.base.discord_limits import MAX_CHOICE
from bot.ui.base.limit_names import limit_name, limit_named
from bot.ui.base.options import EVERYTHING, limit_choices, value_choices, value_problem
from bot.ui.base.units import ExpiryNotUnderstoodError, expiry_suggestions, parse_expiry
from bot.ui.limits.panel import HOME, PanelPage, parse_panel_payload
from tests.tables import each_case
from tests.unit.ui.limits.material import NOW

MODELS = {"bytedance/seedream-4-5": "Seedream 4.5", "minimax/hailuo-02": "Hailuo 02"}


def test_limits_are_found_by_any_of_their_words() -> None:
    assert [one.value for one in limit_choices("server month")] == [Limit.SERVER_USD_PER_MONTH.value]
    assert len(limit_choices("")) == len(Limit)
    assert limit_choices("", everything=True)[0].value == EVERYTHING
    assert limit_choices("qqq", everything=True) == []


@each_case("limit", Limit)
def test_a_limit_may_be_named_as_it_is_shown_or_stored(limit: Limit) -> None:
    assert limit_named(limit_name(limit).upper()) is limit
    assert limit_named(limit.value) is limit
    assert limit_named("nonsense") is None


def test_a_value_is_offered_as_it_was_understood() -> None:
    assert value_choices(Limit.COOLDOWN_S, "90", models=MODELS)[0].value == "1 min 30 s"
    assert value_choices(Limit.USD_PER_DAY, "5,5", models=MODELS)[0].value == "$5.50"


def test_values_are_offered_before_and_after_something_senseless_was_typed() -> None:
    assert [one.value for one in value_choices(Limit.MAY_EDIT, "", models=MODELS)] == ["yes", "no"]
    assert [one.value for one in value_choices(Limit.MAY_EDIT, "maybe", models=MODELS)] == ["yes", "no"]
    assert [one.value for one in value_choices(Limit.MODELS, "", models=MODELS)] == ["any", *MODELS.values()]


def test_models_are_found_by_their_names_and_ids() -> None:
    for typed in ("hailuo", "minimax", "HAILUO 02"):
        assert value_choices(Limit.MODELS, typed, models=MODELS)[0].value == "Hailuo 02", typed


def test_a_list_too_long_for_a_choice_is_offered_as_it_was_typed() -> None:
    models = {f"m{n}": f"A model with a rather long name and number {n}" for n in range(9)}
    typed = ", ".join(models)

    (choice,) = value_choices(Limit.MODELS, typed, models=models)[:1]

    assert choice.value == typed
    assert choice.name.startswith("A model with")
    for text in (typed, ", ".join(models.values())):
        for one in value_choices(Limit.MODELS, text, models=models):
            assert max(len(one.name), len(str(one.value))) <= MAX_CHOICE


def test_what_was_typed_wrongly_is_shown_harmlessly_with_a_hint() -> None:
    text = value_problem(Limit.MAY_EDIT, "@everyone " * 30)
    assert r"\@everyone" in text
    assert len(text) < 400
    assert "“yes” or “no”" in text


@each_case(
    ("typed", "until"),
    [
        (None, None),
        ("never", None),
        ("", None),
        ("3d", NOW + timedelta(days=3)),
        ("2 weeks", NOW + timedelta(days=14)),
        ("12 h", NOW + timedelta(hours=12)),
        ("2026-12-24", datetime(2026, 12, 25, tzinfo=UTC)),
    ],
)
def test_a_grant_may_last_for_a_time_or_to_the_end_of_a_day(
    typed: str | None, until: datetime | None
) -> None:
    assert parse_expiry(typed, now=NOW) == until


@each_case("typed", ["soon", "5", "2026-13-01", "9999-12-31", "-3d"])
def test_a_time_nobody_understands_is_not_guessed(typed: str) -> None:
    with pytest.raises(ExpiryNotUnderstoodError):
        parse_expiry(typed, now=NOW)


@each_case("typed", ["", "3d", "2", "2026-12-24", "what"])
def test_every_time_that_is_offered_is_understood(typed: str) -> None:
    offered = expiry_suggestions(typed)
    assert offered
    for one in offered:
        parse_expiry(one, now=NOW)


@each_case(
    ("payload", "read"),
    [
        ("home:s", ("home", HOME, ())),
        ("limit:r123", ("limit", PanelPage(123), ())),
        (f"yes:s:{'a' * 16}.{'b' * 16}", ("yes", HOME, ("a" * 16, "b" * 16))),
    ],
)
def test_what_a_press_on_the_panel_means_is_in_its_id(
    payload: str, read: tuple[str, PanelPage, tuple[str, ...]]
) -> None:
    assert parse_panel_payload(payload) == read
