"""The row under a result."""

from __future__ import annotations

import discord
import pytest
from hypothesis import given

from bot.domain.jobs import Job, JobState
from bot.domain.sizes import Resolution
from bot.ui.base.components import PersistentControl
from bot.ui.base.discord_limits import MAX_OPTIONS
from bot.ui.cards.buttons import ButtonRow, result_row
from tests.unit.ui.cards.test_card import a_job, a_series, failed, picture
from tests.unit.ui.jobs import jobs

MAX_CUSTOM_ID = 100  # Discord


def labels(rows: list[ButtonRow]) -> list[list[str]]:
    return [[str(one.to_component_dict().get("label", "")) for one in row.children] for row in rows]


@pytest.mark.parametrize("count", [1, 4, 8])
def test_it_is_the_same_for_one_picture_and_for_eight(count: int) -> None:
    renders = tuple(picture(index) for index in range(count))

    rows = result_row(a_job(wish_count=count, renders=renders), renders)

    assert labels(rows) == [["Again", "Vary", "Edit", "4K", "More…"]]


def test_4k_is_offered_only_for_2k() -> None:
    rows = result_row(a_job(wish_resolution=Resolution.FOUR_K), [picture(0)])

    assert labels(rows) == [["Again", "Vary", "Edit", "More…"]]


def test_there_is_none_without_a_picture() -> None:
    assert result_row(a_job(), []) == []


def test_one_missing_scene_can_be_painted_again_with_a_button() -> None:
    job = a_series("a fox", ("it wakes", "it hunts"), renders=(picture(0), failed(1)))

    row = result_row(job, job.pictures)[1]

    (button,) = row.children
    assert button.to_component_dict()["custom_id"] == f"easel:scene:{job.id}.1"


def test_several_missing_scenes_are_offered_in_a_select() -> None:
    scenes = ("it wakes", "it hunts", "it sleeps")
    job = a_series("a fox", scenes, renders=(failed(0), picture(1), failed(2)))

    (select,) = result_row(job, job.pictures)[1].children

    shown = select.to_component_dict()
    assert shown["custom_id"] == f"easel:scene:{job.id}"
    options = [(one["label"], one["value"], one["description"]) for one in shown["options"]]
    assert options == [("Picture 1", "0", "it wakes"), ("Picture 3", "2", "it sleeps")]


def test_what_failed_of_pictures_with_the_same_words_is_no_scene() -> None:
    job = a_job(wish_count=2, renders=(picture(0), failed(1)))

    assert len(result_row(job, job.pictures)) == 1


def test_nobody_waits_for_the_missing_scenes_of_a_cancelled_series() -> None:
    job = a_series("a", ("b", "c"), state=JobState.CANCELLED, renders=(picture(0), failed(1)))

    assert len(result_row(job, job.pictures)) == 1


@given(job=jobs())
def test_discord_takes_every_row_and_each_control_is_known_again_by_its_id(job: Job) -> None:
    for row in result_row(job, job.pictures):
        for control in row.children:
            shown = control.to_component_dict()
            custom_id = shown["custom_id"]
            assert len(custom_id) <= MAX_CUSTOM_ID
            assert len(shown.get("options", [])) <= MAX_OPTIONS
            declared = [one.item_class for one in PersistentControl.declared]
            known = [one for one in declared if one.__discord_ui_compiled_template__.fullmatch(custom_id)]
            assert known == [type(control)]
    assert all(isinstance(row, discord.ui.ActionRow) for row in result_row(job, job.pictures))
