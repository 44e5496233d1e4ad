"""The row under a result."""

from __future__ import annotations

import discord
from hypothesis import given

from bot.domain.jobs import Job, JobState
from bot.domain.sizes import Resolution
from bot.ui.base.components import PersistentControl
from bot.ui.base.discord_limits import MAX_OPTIONS
from bot.ui.cards.buttons import ButtonRow, result_row
from tests.tables import each_case
from tests.unit.ui.cards.test_card import a_job, a_series, failed, picture
from tests.unit.ui.jobs import jobs

MAX_CUSTOM_ID = 100  # Discord


def labels(rows: list[ButtonRow]) -> list[list[str]]:
    return [[str(one.to_component_dict().get("label", "")) for one in row.children] for row in rows]


MAIN = ["Edit", "Vary", "Again", "4K", "More…"]


@each_case("count", [1, 8])
def test_one_picture_and_eight_have_the_row_alone(count: int) -> None:
    renders = tuple(picture(index) for index in range(count))

    rows = result_row(a_job(wish_count=count, renders=renders), renders)

    assert labels(rows) == [MAIN]


def test_each_of_several_pictures_is_varied_or_edited_by_one_press() -> None:
    job = a_job(wish_count=4, renders=(picture(0), failed(1), picture(2), picture(3)))

    rows = result_row(job, job.pictures)

    assert labels(rows) == [MAIN, ["Vary 1", "Vary 3", "Vary 4"], ["Edit 1", "Edit 3", "Edit 4"]]
    assert [one.to_component_dict()["custom_id"] for one in rows[1].children] == [
        f"easel:vary:{job.id}.{index}" for index in (0, 2, 3)
    ]


def test_edit_is_the_primary_button() -> None:
    (row,) = result_row(a_job(), [picture(0)])

    primary = discord.ButtonStyle.primary.value
    assert [one.to_component_dict()["style"] == primary for one in row.children] == [True] + [False] * 4


def test_4k_is_offered_only_for_2k() -> None:
    rows = result_row(a_job(wish_resolution=Resolution.FOUR_K), [picture(0)])

    assert labels(rows) == [["Edit", "Vary", "Again", "More…"]]


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

    (select,) = result_row(job, job.pictures)[-1].children

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
