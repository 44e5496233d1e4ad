"""The forms behind the row, as Discord takes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given

from bot.domain.jobs import Job, JobState
from bot.domain.prompts import expand, unescaped
from bot.domain.sizes import Aspect, Resolution
from bot.seedream.catalogue import DEFAULT_MODEL_ID, find
from bot.ui.cards.text import shared_and_scenes
from bot.ui.results.forms import EditForm, ResultForm, VaryForm, VarySeriesForm, WhichForm
from tests.discord_limits import check_form, chosen
from tests.unit.ui.cards.test_card import a_job, a_series, picture
from tests.unit.ui.jobs import corpus, reference_named, results

FORMS: tuple[Callable[[Job], ResultForm], ...] = (lambda job: EditForm(job, None), VaryForm, WhichForm)


def fields(form: ResultForm) -> dict[str, dict[str, Any]]:
    """Its controls by `custom_id`."""
    controls = [one["component"] for one in form.to_dict()["components"]]
    return {one["custom_id"]: one for one in controls}


@given(job=results)
@pytest.mark.parametrize("form", FORMS)
def test_discord_takes_every_form(form: Callable[[Job], ResultForm], job: Job) -> None:
    check_form(form(job))


def test_discord_takes_every_form_of_a_series() -> None:
    every = [job for state in JobState for job in corpus(state)]
    series = [(job, found) for job in every if (found := shared_and_scenes(job.request)) is not None]

    assert len(series) > 3
    for job, (shared, scenes) in series:
        check_form(VarySeriesForm(job, shared=shared, scenes=scenes))


def test_vary_is_filled_in_with_the_wish() -> None:
    job = a_job(wish_aspect=Aspect.WIDE_16_9, wish_resolution=Resolution.FOUR_K, wish_count=3)

    form = fields(VaryForm(job))

    assert form["prompt"]["value"] == "a red fox"
    assert [chosen(form[name]) for name in ("aspect", "resolution", "count")] == [["16:9"], ["4K"], ["3"]]


def test_the_shape_of_the_first_reference_is_offered_where_there_is_one() -> None:
    job = a_job(wish_aspect=None, wish_references=(reference_named("image"),))

    assert chosen(fields(VaryForm(job))["aspect"]) == ["like_first"]
    assert "like_first" not in str(fields(VaryForm(a_job()))["aspect"])


def test_an_album_of_variables_counts_the_pictures_of_each_prompt() -> None:
    job = a_job(wish_prompt="{a,b}", wish_prompts=("a", "a", "b", "b"), wish_count=4)

    form = fields(VaryForm(job))

    assert form["prompt"]["value"] == "{a,b}"
    assert chosen(form["count"]) == ["2"]


def test_braces_that_were_no_variables_stay_none_when_they_are_varied() -> None:
    job = a_job(wish_prompt="a sign that says {red,blue}")

    filled_in = fields(VaryForm(job))["prompt"]["value"]

    assert expand(filled_in) is None
    assert unescaped(filled_in) == job.request.prompt


def test_a_series_is_varied_by_what_it_was_made_of() -> None:
    job = a_series("a fox in ink", ("it wakes", "it hunts"))

    form = fields(VarySeriesForm(job, shared="a fox in ink", scenes=("it wakes", "it hunts")))

    assert form["shared"]["value"] == "a fox in ink"
    assert form["scenes"]["value"] == "it wakes\nit hunts"
    assert "count" not in form


def test_edit_asks_which_picture_only_where_that_is_open() -> None:
    four = a_job(wish_count=4, renders=tuple(picture(index) for index in range(4)))

    assert "which" not in fields(EditForm(a_job(), None))
    assert "which" not in fields(EditForm(four, 2))
    options = fields(EditForm(four, None))["which"]["options"]
    assert [option["label"] for option in options] == [
        f"Picture {index + 1} · seed {four.seeds[index]}" for index in range(4)
    ]


def test_edit_takes_as_many_pictures_as_discord_and_the_model_allow() -> None:
    upload = fields(EditForm(a_job(), None))["pictures"]

    assert (upload["min_values"], upload["max_values"], upload["required"]) == (0, 10, False)
    assert find(DEFAULT_MODEL_ID).max_references >= 10 + 1
