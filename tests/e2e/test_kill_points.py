"""SIGKILL at every stage boundary, then a restart: nothing lost, nothing delivered, paid or told of twice.

A point that fails is named in the message. The only exception to "paid once" is an answer whose one copy
died with the process; the books then carry both calls.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.domain.jobs import JobState
from tests.e2e.dying import Story, points_of, troubles
from tests.wire.painter import png

pytestmark = pytest.mark.timeout(180)  # dozens of deaths in each

IMAGINE = Story(command="imagine", options={"prompt": "a red fox in snow"}, images=1, is_moderated=True)
EDIT = Story(
    command="edit",
    options={"prompt": "give the cat a hat"},
    attachments={"image": ("cat.png", png(64))},
    images=1,
    begins_at="after jobs.claim",
    ends_at="after provider.render[0]",
    elsewhere=("after presenter.show[", "after jobs.set_size", "after jobs.begin_call["),
)
TWO = Story(
    command="imagine",
    options={"prompt": "two red foxes", "count": 2},
    images=2,
    is_moderated=True,
    has_races=True,
    begins_at="after jobs.set_size",
)
REFUSED = Story(
    command="imagine",
    options={"prompt": "something bad [fault:refused_prompt]"},
    images=0,
    state=JobState.REFUSED,
    is_moderated=True,
    begins_at="after provider.render[0]",
    ends_at="after jobs.deliver",
)
CANCELLED = Story(
    command="imagine",
    options={"prompt": "a fox nobody waits for"},
    images=0,
    state=JobState.CANCELLED,
    is_cancelled=True,
    is_moderated=True,
    has_races=True,
    begins_at="after jobs.cancel",
    elsewhere=("after disk.rename[0-raw.json]",),
)
NOTIFIED = Story(
    command="imagine",
    options={"prompt": "a slow fox"},
    images=1,
    environ={"EASEL_NOTIFY_AFTER_S": "0"},
    begins_at="after jobs.finish_rendering",
)
WHISPERED = Story(
    command="imagine",
    options={"prompt": "a shy fox", "private": True},
    images=1,
    environ={"EASEL_NOTIFY_AFTER_S": "0"},
    begins_at="after jobs.finish_rendering",
)


ANIMATE = Story(
    command="animate",
    options={"prompt": "the cat turns its head"},
    attachments={"image": ("cat.png", png(640))},
    images=1,
    is_video=True,
    is_moderated=True,
    ends_at="after presenter.show[delivering]",
    elsewhere=(
        *(
            "after jobs.claim",
            "after disk.rename[in-0",
            "after jobs.set_size",
            "after presenter.show[rendering]",
        ),
        *("after disk.rename[0-raw.json]", "after disk.rename[out-0.json]", "after jobs.finish_rendering"),
    ),
)
NO_VIDEO = Story(
    command="animate",
    options={"prompt": "something bad [fault:video_refused]"},
    images=0,
    state=JobState.REFUSED,
    is_video=True,
    begins_at="after jobs.render_created[0]",
    ends_at="after jobs.render_failed[0]",
    elsewhere=("after presenter.show[",),
)


def deaths(points: list[str]) -> list[str]:
    """Return one point for each state in which a death leaves things.

    What comes before a step is the state after the last one; what is worked out in memory, or tells only the
    other half of the process, leaves no trace; a file that was put is one that was renamed into its place, after
    its description.
    """
    return [point for point in points if point.startswith("after") and not point.startswith(NOTHING_LEFT)]


NOTHING_LEFT = ("after imaging.", "after fetcher.", "after wake_ups.", "after blobs.put[")
# The mod-log's own steps, and the archive's, are the same for every job: they are a matter of the first story.
OTHERS = ("after moderation.", "after publisher.", "after kept.")


def own_deaths(story: Story, points: list[str]) -> list[str]:
    return [point for point in deaths(points) if not point.startswith((*OTHERS, *story.elsewhere))]


@pytest.mark.parametrize("part", range(2))
async def test_a_picture_survives_death_after_every_step(tmp_path: Path, part: int) -> None:
    points = await points_of(IMAGINE, tmp_path / "alive")
    assert len(points) > 40, points
    assert {"after moderation.next_entry", "after publisher.tell[job]"} <= set(points)
    assert {"after kept.rename[out-0.json]", "after kept.rename[out-0]"} <= set(points)
    chosen = ["before jobs.submit", *deaths(points)]
    assert await troubles(IMAGINE, chosen[part::2], tmp_path) == ""


async def test_an_edit_survives_death_after_every_step(tmp_path: Path) -> None:
    points = await points_of(EDIT, tmp_path / "alive")
    assert {"after fetcher.fetch", "after imaging.clean", "after blobs.put[in-0]"} <= set(points)
    assert await troubles(EDIT, own_deaths(EDIT, points), tmp_path) == ""


async def test_a_video_survives_death_after_every_step(tmp_path: Path) -> None:
    points = own_deaths(ANIMATE, await points_of(ANIMATE, tmp_path / "alive"))
    assert {"after videos.create[0]", "after jobs.render_created[0]", "after videos.fetch"} <= set(points)
    assert await troubles(ANIMATE, points, tmp_path) == ""


async def test_a_video_that_is_refused_after_it_was_ordered_survives_death(tmp_path: Path) -> None:
    points = own_deaths(NO_VIDEO, await points_of(NO_VIDEO, tmp_path / "alive"))
    assert await troubles(NO_VIDEO, points, tmp_path) == ""


async def test_two_pictures_survive_death_after_every_step_of_either(tmp_path: Path) -> None:
    """Each step of a picture that is told to the store or to the provider; files are as in the first story."""
    points = [point for point in own_deaths(TWO, await points_of(TWO, tmp_path / "alive")) if "[" in point]
    assert {"after provider.render[0]", "after provider.render[1]"} <= set(points)
    steps = [point for point in points if point.startswith(("after jobs.", "after provider."))]
    assert len(steps) == 8, steps
    assert await troubles(TWO, steps, tmp_path) == ""


async def test_a_refusal_survives_death_after_every_step(tmp_path: Path) -> None:
    points = own_deaths(REFUSED, await points_of(REFUSED, tmp_path / "alive"))
    assert await troubles(REFUSED, points, tmp_path) == ""


async def test_a_cancellation_survives_death_after_every_step(tmp_path: Path) -> None:
    points = own_deaths(CANCELLED, await points_of(CANCELLED, tmp_path / "alive"))
    assert await troubles(CANCELLED, points, tmp_path) == ""


@pytest.mark.parametrize("story", [NOTIFIED, WHISPERED], ids=["public", "private"])
async def test_a_notification_arrives_once_at_most(tmp_path: Path, story: Story) -> None:
    points = await points_of(story, tmp_path / "alive")
    assert "after presenter.call[delivering]" in points
    around = [point for point in points if point.startswith(("after presenter.", "after jobs.deliver"))]
    assert await troubles(story, around, tmp_path) == ""
