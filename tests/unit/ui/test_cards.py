from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.fairness import Standing
from bot.domain.jobs import Failure, FailureKind, Job, JobState, Kind, Place, Reach, Render, Stage, Wish
from bot.domain.limits import Stop
from bot.domain.ports import Picture
from bot.domain.sizes import Aspect, Resolution, Size
from bot.ui.cards import (
    MAX_ALT_TEXT,
    MAX_CARD_TEXT,
    PROMPT_FILE,
    PROMPT_ROOM,
    Shot,
    alt_text,
    card,
    needs_file,
    revised_prompt,
)
from bot.ui.courier import _draw  # pyright: ignore[reportPrivateUsage]  # the card as it is sent, greeting included
from tests.unit.ui.jobs import NOW, OTHER, REQUESTER, jobs, reference_named, shots_of, standings

MAX_COMPONENTS = 40  # Discord, counted with those inside others
MENTION = re.compile(r"(?<!\\)<@[!&]?(\d+)>|(?<!\\)@(everyone|here)")


def parts(view: ui.LayoutView) -> Iterator[dict[str, Any]]:
    """Every component of a serialised card, with those inside others."""

    def walk(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        for component in components:
            yield component
            yield from walk(component.get("components", []))
            if "accessory" in component:
                yield from walk([component["accessory"]])

    return walk(view.to_components())


def text_of(view: ui.LayoutView) -> str:
    return "\n".join(part["content"] for part in parts(view) if "content" in part)


def labels_of(view: ui.LayoutView) -> list[str]:
    return [part["label"] for part in parts(view) if "label" in part]


def mentioned(view: ui.LayoutView) -> set[str]:
    return {found[0] or found[1] for found in MENTION.findall(text_of(view))}


@given(job=jobs(), standing=standings)
def test_every_card_is_one_discord_takes(job: Job, standing: Standing | None) -> None:
    view = card(job, shots_of(job), standing=standing, with_file=needs_file(job))

    components = list(parts(view))
    assert view.content_length() <= MAX_CARD_TEXT
    assert len(components) <= MAX_COMPONENTS
    assert json.dumps(view.to_components())
    assert all(part["content"].strip() for part in components if "content" in part)


def test_the_fullest_card_there_can_be_fits() -> None:
    names = ("image", *(f"image{number}" for number in range(2, 15)))
    job = a_job(
        wish_prompt="#" + "a" * 3999,
        wish_count=4,
        wish_seed=2**31 - 1,
        wish_references=tuple(reference_named(name) for name in names),
        renders=(
            picture(0, revised_prompt="b" * 4000, fitted=True),
            picture(1),
            picture(2),
            failed(3, "refused_real_person"),
        ),
        animated=names,
        finished_at=NOW + timedelta(hours=20),
        cost_micro_usd=10**7,
    )
    pictures = tuple(Picture(index=index, filename=f"{index}.jpg", data=b"x") for index in range(3))

    view, _ = _draw(job, pictures, greet=True)

    assert view.content_length() <= MAX_CARD_TEXT


@given(job=jobs())
def test_a_card_mentions_nobody_but_its_requester(job: Job) -> None:
    view = card(job, shots_of(job))

    assert mentioned(view) <= {str(REQUESTER)}


@given(job=jobs(JobState.DELIVERING))
def test_a_card_that_comes_as_a_new_message_is_one_discord_takes_too(job: Job) -> None:
    pictures = tuple(
        Picture(index=shot.render.index, filename=shot.filename, data=b"x") for shot in shots_of(job)
    )

    view, files = _draw(job, pictures, greet=True)

    assert view.content_length() <= MAX_CARD_TEXT
    assert len(files) <= 10
    assert all(len(file.description or "") <= MAX_ALT_TEXT for file in files)
    assert mentioned(view) <= {str(REQUESTER)}


@given(job=jobs())
def test_alt_text_is_never_empty_nor_too_long(job: Job) -> None:
    assert 0 < len(alt_text(job)) <= MAX_ALT_TEXT


@given(job=jobs())
def test_only_jobs_that_go_on_can_be_cancelled(job: Job) -> None:
    can_cancel = "Cancel" in labels_of(card(job, shots_of(job)))

    assert can_cancel is (job.state in {JobState.QUEUED, JobState.RENDERING})


@given(job=jobs())
def test_another_try_is_offered_only_after_a_failure(job: Job) -> None:
    if "Try again" in labels_of(card(job, shots_of(job))):
        assert job.state in {JobState.FAILED, JobState.REFUSED}


@given(job=jobs(JobState.DONE), data=st.data())
def test_the_pictures_of_a_card_carry_alt_text_and_the_spoiler_that_was_asked_for(
    job: Job, data: st.DataObject
) -> None:
    galleries = [part["items"] for part in parts(card(job, shots_of(job))) if "items" in part]

    for item in [item for items in galleries for item in items]:
        assert item["description"] == alt_text(job)
        assert item["spoiler"] is job.wish.spoiler


@given(job=jobs(), standing=standings)
def test_a_removed_result_shows_nothing_of_what_it_was(job: Job, standing: Standing | None) -> None:
    removed = replace(job, removed_by=OTHER, wish=replace(job.wish, prompt="a secret fox"))

    view = card(removed, shots_of(job), standing=standing, with_file=True)

    assert "secret" not in json.dumps(view.to_components())
    assert not any("items" in part or "file" in part for part in parts(view))
    assert labels_of(view) == []
    assert mentioned(view) == {str(REQUESTER), str(OTHER)}
    assert f"<@{OTHER}> removed this result" in text_of(view)


@given(job=jobs())
def test_every_card_with_a_result_can_be_reported_and_no_other(job: Job) -> None:
    labels = labels_of(card(job, shots_of(job)))

    has_result = any("items" in part for part in parts(card(job, shots_of(job))))
    is_over = job.state is JobState.DELIVERING or job.is_over
    assert ("Report" in labels) is (has_result and is_over)


def a_job(**changes: Any) -> Job:
    """A finished job with one picture; `wish_…` changes its wish."""
    wish = Wish(
        kind=Kind.IMAGINE,
        prompt="a red fox",
        model="bytedance/seedream-4-5",
        aspect=Aspect.SQUARE,
        resolution=Resolution.TWO_K,
        count=1,
    )
    job = Job(
        id="7f3k2m9q1z",
        state=JobState.DONE,
        attempt=1,
        wish=wish,
        user_id=REQUESTER,
        place=Place(reach=Reach.GUILD, channel_id=20, guild_id=30, upload_limit_bytes=1000),
        application_id=40,
        token="token",
        token_until=NOW + timedelta(minutes=14),
        created_at=NOW,
        started_at=NOW,
        finished_at=NOW + timedelta(seconds=12),
        expires_at=NOW + timedelta(hours=23),
        renders=(picture(0),),
        cost_micro_usd=42_000,
    )
    wish_changes = {name.removeprefix("wish_"): value for name, value in changes.items() if "wish_" in name}
    other = {name: value for name, value in changes.items() if "wish_" not in name}
    return replace(job, wish=replace(wish, **wish_changes), **other)


def picture(index: int, **changes: Any) -> Render:
    return replace(
        Render(index=index, stage=Stage.PACKAGED, size=Size(2048, 2048), extension="jpg"), **changes
    )


def failed(index: int, code: str = "refused_prompt") -> Render:
    failure = Failure(kind=FailureKind.REFUSED, code=code)
    return Render(index=index, stage=Stage.FAILED, failure=failure)


def drawn(job: Job, **options: Any) -> str:
    return text_of(card(job, shots_of(job), **options))


def test_a_queued_card_tells_place_and_time() -> None:
    standing = Standing(position=3, ready_at=NOW)

    text = drawn(a_job(state=JobState.QUEUED, renders=()), standing=standing)

    assert "#3 in line" in text
    assert f"<t:{int(NOW.timestamp())}:R>" in text


def test_who_is_next_reads_so() -> None:
    text = drawn(a_job(state=JobState.QUEUED), standing=Standing(position=1, ready_at=NOW))

    assert "next in line" in text


def test_a_painting_card_counts_what_is_ready() -> None:
    job = a_job(
        state=JobState.RENDERING,
        wish_count=3,
        renders=(picture(0), failed(1), Render(index=2, stage=Stage.SUBMITTING)),
    )

    assert "2 of 3 ready" in drawn(job)


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RENDERING])
def test_a_shape_left_to_the_model_is_told_so_until_there_is_a_picture(state: JobState) -> None:
    waiting = (Render(index=0, stage=Stage.WAITING),)

    text = drawn(a_job(state=state, wish_aspect=Aspect.AUTO, renders=waiting))

    assert "2K · shape: the model's choice" in text
    assert "auto" not in text


def test_a_result_whose_shape_the_model_chose_tells_its_pixels() -> None:
    text = drawn(a_job(wish_aspect=Aspect.AUTO, renders=(picture(0, size=Size(2368, 1776)),)))

    assert "-# 2368 × 1776 · 2K" in text
    assert "the model's choice" not in text


def test_pictures_of_different_shapes_tell_each_of_them_once() -> None:
    wide = Size(2368, 1776)
    renders = (picture(0, size=wide), picture(1), picture(2, size=wide))

    text = drawn(a_job(wish_aspect=Aspect.AUTO, wish_count=3, renders=renders))

    assert "-# 2368 × 1776, 2048 × 2048 · 2K" in text


def test_a_result_says_what_is_missing_and_that_it_was_not_counted() -> None:
    text = drawn(a_job(wish_count=2, renders=(picture(0), failed(1))))

    assert "1 picture missing and not counted: It objects to the prompt." in text


def test_a_result_shows_the_prompt_the_model_used_where_it_differs() -> None:
    job = a_job(renders=(picture(0, revised_prompt="a fox, in *oil*"),))

    assert "What the model used" in drawn(job)
    assert "a fox, in \\*oil\\*" in drawn(job)


@pytest.mark.parametrize("revised", [None, "", "a  red\nfox "])
def test_the_same_prompt_in_other_spacing_is_no_difference(revised: str | None) -> None:
    assert revised_prompt(a_job(renders=(picture(0, revised_prompt=revised),))) is None


def test_a_result_says_that_it_was_compressed_and_that_an_animation_was_reduced() -> None:
    text = drawn(a_job(renders=(picture(0, fitted=True),), animated=("image3",)))

    assert "compressed" in text
    assert "`image3`" in text


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.REFUSED])
def test_a_failure_says_that_nothing_was_counted(state: JobState) -> None:
    job = a_job(state=state, renders=(failed(0),), failure=failed(0).failure)

    assert "nothing was counted" in drawn(job)


def test_a_cancelled_job_says_which_pictures_stay_and_count() -> None:
    job = a_job(state=JobState.CANCELLED, wish_count=2, renders=(picture(0), failed(1)))

    assert "1 picture had been painted and counted" in drawn(job)


def test_an_expired_job_costs_nothing_even_where_it_had_pictures() -> None:
    assert "nothing was counted" in drawn(a_job(state=JobState.EXPIRED))


def ended_by_the_rules(stop: Stop) -> str:
    """The public card of a job that was no longer allowed when its turn came."""
    failure = Failure(kind=FailureKind.CHECK, code=f"denied:{stop}")
    waiting = (Render(index=0, stage=Stage.WAITING),)
    return drawn(a_job(state=JobState.FAILED, renders=waiting, failure=failure))


def test_a_prompt_that_a_filter_stopped_later_is_not_shown() -> None:
    assert "a red fox" not in ended_by_the_rules(Stop.FILTER)
    assert "a red fox" in ended_by_the_rules(Stop.CHANNEL)


def test_a_block_is_between_a_member_and_the_moderators() -> None:
    text = ended_by_the_rules(Stop.BLOCKED)
    assert "block" not in text.lower()
    assert "`/me` tells you why." in text


def test_a_failure_without_a_reason_is_a_bug_of_ours() -> None:
    with pytest.raises(ValueError, match="without a reason"):
        card(a_job(state=JobState.FAILED, renders=(Render(index=0, stage=Stage.FAILED),)))


@pytest.mark.parametrize(
    ("prompt", "revised", "needed"),
    [
        ("a red fox", None, False),
        ("x" * (PROMPT_ROOM - 2), None, False),
        ("x" * (PROMPT_ROOM - 1), None, True),
        ("*" * (PROMPT_ROOM // 2), None, True),
        ("a red fox", "x" * 2000, True),
    ],
)
def test_a_prompt_that_is_cut_on_the_card_goes_into_a_file(
    prompt: str, revised: str | None, needed: bool
) -> None:
    job = a_job(wish_prompt=prompt, renders=(picture(0, revised_prompt=revised),))

    assert needs_file(job) is needed
    assert ("…" in drawn(job)) is needed


def test_the_file_with_the_prompt_is_shown_where_it_is_uploaded() -> None:
    files = [part["file"]["url"] for part in parts(card(a_job(), with_file=True)) if "file" in part]

    assert files == [f"attachment://{PROMPT_FILE}"]


def test_a_picture_is_named_as_it_is_uploaded() -> None:
    job = a_job()
    view = card(job, (Shot(render=job.renders[0], filename="a-red-fox.jpg"),))

    (items,) = [part["items"] for part in parts(view) if "items" in part]
    assert [item["media"]["url"] for item in items] == ["attachment://a-red-fox.jpg"]
