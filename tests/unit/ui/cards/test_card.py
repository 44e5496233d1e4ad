from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import ui
from hypothesis import given

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.fairness import QueuePosition
from bot.domain.followups import ENLARGE, VARIATION
from bot.domain.jobs import (
    MAX_PROMPT,
    ImageRequest,
    Job,
    JobKind,
    JobState,
    Origin,
    Parent,
    Render,
    RenderStage,
    ReplyScope,
    ReplyTarget,
    RewriteFault,
    Rewriting,
)
from bot.domain.pictures import MAX_REFERENCES
from bot.domain.policy.decision import DenialReason
from bot.domain.ports.outside import CardPicture
from bot.domain.prompts import SCENE, album_text, scene_prompts
from bot.domain.provider import Trouble
from bot.domain.sizes import Aspect, Resolution, Size
from bot.ui.base.discord_limits import MAX_ALT_TEXT, MAX_MESSAGE_TEXT
from bot.ui.cards.card import PROMPT_FILE, card
from bot.ui.cards.delivery import _draw  # pyright: ignore[reportPrivateUsage]  # the card as it is sent, greeting included
from bot.ui.cards.facts import CardImage
from bot.ui.cards.failures import held_up_text
from bot.ui.cards.text import PROMPT_ROOM, REVISED_ROOM, alt_text, needs_file, revised_prompt
from tests.discord_limits import MAX_FILES, check_view, parts
from tests.tables import each_case
from tests.unit.ui.jobs import (
    NOW,
    OTHER,
    REQUESTER,
    any_jobs,
    card_images_of,
    corpus,
    jobs,
    reference_named,
    standings,
)

MENTION = re.compile(r"(?<!\\)<@[!&]?(\d+)>|(?<!\\)@(everyone|here)")


def text_of(view: ui.LayoutView) -> str:
    return "\n".join(part["content"] for part in parts(view) if "content" in part)


def labels_of(view: ui.LayoutView) -> list[str]:
    return [part["label"] for part in parts(view) if "label" in part]


def mentioned(view: ui.LayoutView) -> set[str]:
    return {found[0] or found[1] for found in MENTION.findall(text_of(view))}


@given(job=any_jobs(), standing=standings)
def test_every_card_is_one_discord_takes(job: Job, standing: QueuePosition | None) -> None:
    view = card(job, card_images_of(job), standing=standing, with_file=needs_file(job))

    check_view(view)
    assert view.content_length() <= MAX_MESSAGE_TEXT


def test_the_corpus_holds_what_makes_a_card_long() -> None:
    every = [job for state in JobState for job in corpus(state)]
    shown = [job for job in every if job.state is JobState.DONE and job.pictures]

    assert any(job.request.is_series for job in shown)
    assert any(job.request.prompts and not job.request.is_series for job in every)
    assert any(len(job.pictures) > 1 for job in shown)
    assert {0, MAX_REFERENCES} <= {len(job.request.references) for job in every}
    assert max(len(job.request.prompt) for job in every) > MAX_PROMPT // 2
    assert max(len(job.request.prompts) for job in every) > 4


NAMES = ("image", *(f"image{number}" for number in range(2, 15)))
FULLEST: dict[str, Any] = {
    "wish_prompt": "#" + "a" * 3999,
    "wish_seed": 2**31 - 1,
    "wish_references": tuple(reference_named(name) for name in NAMES),
    "animated": NAMES,
    "finished_at": NOW + timedelta(hours=20),
    "cost_micro_usd": 10**7,
    "parent": Parent(job_id="0a1b2c3d4e", origin=Origin.REVISED, index=7),
}


def test_the_fullest_card_there_can_be_fits() -> None:
    renders = (picture(0, revised_prompt="b" * 4000, fitted=True), picture(1), picture(2))
    rewriting = Rewriting(request_id="id", text="*" * 4000)
    job = a_job(
        **FULLEST,
        wish_count=4,
        wish_enhance=True,
        renders=(*renders, failed(3, FailureCode.REFUSED_REAL_PERSON)),
        rewriting=rewriting,
    )

    view, _ = as_sent(job)

    assert view.content_length() <= MAX_MESSAGE_TEXT
    assert all(word in text_of(view) for word in ("Your prompt", "Rewritten", "The model used"))


def test_the_fullest_card_of_an_album_fits() -> None:
    shapes = (picture(index, size=Size(4096 - index, 1440)) for index in range(6))
    job = a_job(
        **FULLEST,
        wish_prompts=("[" * 4000,) * 8,
        wish_count=8,
        renders=(picture(0, revised_prompt="b" * 4000, fitted=True), *shapes, failed(6), failed(7))[:8],
        rewriting=Rewriting(request_id="id", fault=RewriteFault.LOST_QUOTES),
    )
    job = replace(job, renders=tuple(replace(one, index=n) for n, one in enumerate(job.renders)))

    view, files = as_sent(job)

    check_view(view)
    assert view.content_length() <= MAX_MESSAGE_TEXT
    assert len(files) <= MAX_FILES


def as_sent(job: Job) -> tuple[ui.LayoutView, list[discord.File]]:
    """As a new message, with the greeting on top."""
    shown = card_images_of(job)
    pictures = (CardPicture(index=image.render.index, filename=image.filename, data=b"x") for image in shown)
    return _draw(job, tuple(pictures), greet=True)


@given(job=jobs())
def test_a_card_mentions_nobody_but_its_requester(job: Job) -> None:
    view = card(job, card_images_of(job))

    assert mentioned(view) <= {str(REQUESTER)}


@given(job=jobs(JobState.DELIVERING))
def test_a_card_that_comes_as_a_new_message_is_one_discord_takes_too(job: Job) -> None:
    view, files = as_sent(job)

    check_view(view)
    assert view.content_length() <= MAX_MESSAGE_TEXT
    assert len(files) <= MAX_FILES
    assert all(len(file.description or "") <= MAX_ALT_TEXT for file in files)
    assert mentioned(view) <= {str(REQUESTER)}


@given(job=jobs())
def test_alt_text_is_never_empty_nor_too_long(job: Job) -> None:
    assert all(0 < len(alt_text(job, render.index)) <= MAX_ALT_TEXT for render in job.renders)


@given(job=jobs())
def test_only_jobs_that_go_on_can_be_cancelled(job: Job) -> None:
    images = () if job.kept_back else card_images_of(job)
    can_cancel = "Cancel" in labels_of(card(job, images))

    assert can_cancel is (
        job.state is JobState.QUEUED or (job.state is JobState.RENDERING and not job.kept_back)
    )


@given(job=jobs())
def test_another_try_is_offered_only_after_a_failure(job: Job) -> None:
    if "Try again" in labels_of(card(job, card_images_of(job))):
        assert job.state in {JobState.FAILED, JobState.REFUSED}


@given(job=jobs(JobState.DONE))
def test_the_pictures_of_a_card_carry_alt_text_and_the_spoiler_that_was_asked_for(job: Job) -> None:
    images = card_images_of(job)
    galleries = [part["items"] for part in parts(card(job, images)) if "items" in part]
    items = [item for items in galleries for item in items]

    assert [item["description"] for item in items] == [alt_text(job, image.render.index) for image in images]
    assert all(item["spoiler"] is job.request.spoiler for item in items)


@given(job=jobs(), standing=standings)
def test_a_removed_result_shows_nothing_of_what_it_was(job: Job, standing: QueuePosition | None) -> None:
    removed = replace(job, removed_by=OTHER, request=replace(job.request, prompt="a secret fox"))

    view = card(removed, card_images_of(job), standing=standing, with_file=True)

    assert "secret" not in json.dumps(view.to_components())
    assert not any("items" in part or "file" in part for part in parts(view))
    assert labels_of(view) == []
    assert mentioned(view) == {str(REQUESTER), str(OTHER)}
    assert f"<@{OTHER}> removed this result" in text_of(view)


@given(job=jobs())
def test_every_card_with_a_result_has_the_row_and_no_other_has_it(job: Job) -> None:
    view = card(job, card_images_of(job))
    ids = [part["custom_id"].split(":")[1] for part in parts(view) if "custom_id" in part]

    has_result = any("items" in part for part in parts(view))
    is_over = job.state is JobState.DELIVERING or job.is_over
    is_video = job.request.video is not None
    row = {"anew", "vary", "more"} if is_video else {"anew", "vary", "edit", "more"}
    assert ({"anew", "vary", "edit", "more"} & set(ids)) == (row if has_result and is_over else set())
    may_grow = not is_video and job.request.resolution is Resolution.TWO_K
    assert ("larger" in ids) is (has_result and is_over and may_grow)
    assert "report" not in ids


def a_job(**changes: Any) -> Job:
    """A finished job with one picture; `wish_…` changes its wish."""
    request = ImageRequest(
        kind=JobKind.IMAGINE,
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
        request=request,
        user_id=REQUESTER,
        reply_target=ReplyTarget(scope=ReplyScope.GUILD, channel_id=20, guild_id=30, upload_limit_bytes=1000),
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
    return replace(job, request=replace(request, **wish_changes), **other)


def a_series(shared: str, scenes: tuple[str, ...], **changes: Any) -> Job:
    """All of its scenes were painted."""
    series: dict[str, Any] = {
        "wish_prompt": album_text(shared, scenes),
        "wish_prompts": scene_prompts(shared, scenes),
        "wish_is_series": True,
        "wish_count": len(scenes),
        "renders": tuple(picture(index) for index in range(len(scenes))),
    }
    return a_job(**(series | changes))


def picture(index: int, **changes: Any) -> Render:
    return replace(
        Render(index=index, stage=RenderStage.PACKAGED, size=Size(2048, 2048), extension="jpg"), **changes
    )


def failed(index: int, code: FailureCode = FailureCode.REFUSED_PROMPT) -> Render:
    failure = Failure(kind=FailureKind.REFUSED, code=code)
    return Render(index=index, stage=RenderStage.FAILED, failure=failure)


def drawn(job: Job, **options: Any) -> str:
    return text_of(card(job, card_images_of(job), **options))


def test_a_queued_card_tells_place_and_time() -> None:
    standing = QueuePosition(position=3, ready_at=NOW)

    text = drawn(a_job(state=JobState.QUEUED, renders=()), standing=standing)

    assert "#3 in the queue" in text
    assert f"<t:{int(NOW.timestamp())}:R>" in text


def test_a_painting_card_tells_when_it_should_be_ready_and_else_since_when_it_is_painted() -> None:
    begun = Render(index=0, stage=RenderStage.SUBMITTING)
    job = a_job(state=JobState.RENDERING, renders=(begun,))

    assert f"started <t:{int(NOW.timestamp())}:R>" in drawn(job)
    expected = drawn(replace(job, expected_at=NOW + timedelta(seconds=8.2)))
    assert f"expected <t:{int(NOW.timestamp()) + 9}:R>" in expected
    assert "started" not in expected


@each_case("trouble", list(Trouble))
def test_a_card_says_why_everybody_waits_instead_of_when_it_is_ready(trouble: Trouble) -> None:
    why = held_up_text(trouble)
    standing = QueuePosition(position=3, ready_at=NOW)
    waiting = a_job(state=JobState.QUEUED, renders=(), held_up=trouble)
    begun = a_job(
        state=JobState.RENDERING,
        wish_count=2,
        renders=(picture(0), Render(index=1, stage=RenderStage.WAITING)),
        held_up=trouble,
    )

    assert why in drawn(waiting, standing=standing)
    assert "#3" not in drawn(waiting, standing=standing)
    assert why in drawn(begun)
    assert "Waiting for the provider" in drawn(begun)
    assert "1 of 2 ready" in drawn(begun)


def test_a_call_that_is_under_way_is_painted_whatever_waits() -> None:
    renders = (Render(index=0, stage=RenderStage.SUBMITTING), Render(index=1, stage=RenderStage.WAITING))
    job = a_job(state=JobState.RENDERING, wish_count=2, renders=renders, held_up=Trouble.FAULTS)

    assert "Painting…" in drawn(job)
    assert held_up_text(Trouble.FAULTS) not in drawn(job)


def test_who_is_next_reads_so() -> None:
    text = drawn(a_job(state=JobState.QUEUED), standing=QueuePosition(position=1, ready_at=NOW))

    assert "you're next" in text


def test_a_painting_card_counts_what_is_ready() -> None:
    job = a_job(
        state=JobState.RENDERING,
        wish_count=3,
        renders=(picture(0), failed(1), Render(index=2, stage=RenderStage.SUBMITTING)),
    )

    assert "2 of 3 ready" in drawn(job)


@each_case("state", [JobState.QUEUED, JobState.RENDERING])
def test_a_shape_left_to_the_model_is_told_so_until_there_is_a_picture(state: JobState) -> None:
    waiting = (Render(index=0, stage=RenderStage.WAITING),)

    text = drawn(a_job(state=state, wish_aspect=Aspect.AUTO, renders=waiting))

    assert "2K · shape: the model's choice" in text
    assert "auto" not in text


def test_below_the_words_of_a_result_is_one_small_line() -> None:
    job = a_job(wish_seed=7, parent=Parent(job_id="0a1b2c3d4e", origin=Origin.VARY))

    assert drawn(job) == f"> a red fox\n-# <@{REQUESTER}> · 2K · 12 s"


def test_a_result_says_what_is_missing_and_that_it_was_not_counted() -> None:
    text = drawn(a_job(wish_count=2, renders=(picture(0), failed(1))))

    assert "1 picture missing, not counted: It rejected the prompt." in text


@each_case(
    ("revised", "line"),
    [
        ("a red fox, in *oil*", "The model added: in \\*oil\\*"),
        ("A Red  Fox. Soft light", "The model added: Soft light"),
        ("a fox in oil", "The model used: a fox in oil"),
        ("a red foxglove", "The model used: a red foxglove"),
        ("a red fox\n\nat dawn", "The model added: at dawn"),
    ],
)
def test_what_the_model_made_of_the_words_is_one_quiet_line(revised: str, line: str) -> None:
    job = a_job(renders=(picture(0, revised_prompt=revised),))

    assert f"\n-# {line}\n" in drawn(job)


def test_the_line_about_the_words_of_the_model_is_cut() -> None:
    text = drawn(a_job(renders=(picture(0, revised_prompt="a red fox, " + "lovely " * 200),)))

    (line,) = [line for line in text.split("\n") if "The model added" in line]
    assert len(line) < 2 * REVISED_ROOM
    assert line.endswith("…")


@each_case("revised", [None, "", "a  red\nfox ", "A Red Fox"])
def test_the_same_prompt_in_other_case_or_spacing_is_no_difference(revised: str | None) -> None:
    job = a_job(renders=(picture(0, revised_prompt=revised),))

    assert revised_prompt(job) is None
    assert "The model" not in drawn(job)


@each_case("instruction", [ENLARGE, VARIATION, SCENE, ENLARGE.lower().replace(" ", "\n")])
def test_what_easel_says_to_the_model_is_no_word_of_the_models(instruction: str) -> None:
    revised = f"{instruction} a red fox, soft light"
    asked = a_job(
        wish_prompt=f"{instruction} a red fox",
        parent=Parent(job_id="0a1b2c3d4e", origin=Origin.VARY, index=0),
        renders=(picture(0, revised_prompt=revised),),
    )

    assert "\n-# The model added: soft light\n" in drawn(asked)
    assert (
        revised_prompt(replace(asked, renders=(picture(0, revised_prompt=f"{instruction}  a red fox"),)))
        is None
    )


def test_the_words_of_the_model_for_pictures_with_their_own_are_left_to_info() -> None:
    renders = (picture(0, revised_prompt="a red fox in oil"), picture(1))
    job = a_job(wish_prompts=("a red fox", "a blue fox"), wish_count=2, renders=renders)

    assert "The model" not in drawn(job)
    assert "The model" not in drawn(a_series("", ("a", "b"), renders=renders))


def test_what_the_model_made_of_every_picture_alike_names_none() -> None:
    renders = (picture(0, revised_prompt="a red fox at dawn"), picture(1, revised_prompt="a red fox at dawn"))

    assert "\n-# The model added: at dawn\n" in drawn(a_job(wish_count=2, renders=renders))


def test_a_result_says_that_it_was_compressed_and_that_an_animation_was_reduced() -> None:
    text = drawn(a_job(renders=(picture(0, fitted=True),), animated=("image3",)))

    assert "compressed" in text
    assert "`image3`" in text


@each_case("state", [JobState.FAILED, JobState.REFUSED])
def test_a_failure_says_that_nothing_was_counted(state: JobState) -> None:
    job = a_job(state=state, renders=(failed(0),), failure=failed(0).failure)

    assert "nothing was counted" in drawn(job)


def test_a_cancelled_job_says_which_pictures_stay_and_count() -> None:
    job = a_job(state=JobState.CANCELLED, wish_count=2, renders=(picture(0), failed(1)))

    assert "1 picture painted and counted" in drawn(job)


def test_an_expired_job_costs_nothing_even_where_it_had_pictures() -> None:
    assert "nothing was counted" in drawn(a_job(state=JobState.EXPIRED))


def ended_by_the_rules(stop: DenialReason) -> str:
    """The public card of a job that was no longer allowed when its turn came."""
    failure = Failure(kind=FailureKind.CHECK, code=FailureCode(f"denied:{stop}"))
    waiting = (Render(index=0, stage=RenderStage.WAITING),)
    return drawn(a_job(state=JobState.FAILED, renders=waiting, failure=failure))


def test_a_prompt_that_a_filter_stopped_later_is_not_shown() -> None:
    assert "a red fox" not in ended_by_the_rules(DenialReason.FILTER)
    assert "a red fox" in ended_by_the_rules(DenialReason.CHANNEL)


def test_a_block_is_between_a_member_and_the_moderators() -> None:
    text = ended_by_the_rules(DenialReason.BLOCKED)
    assert "block" not in text.lower()
    assert "`/me` tells you why." in text


def test_a_failure_without_a_reason_is_a_bug_of_ours() -> None:
    with pytest.raises(ValueError, match="without a reason"):
        card(a_job(state=JobState.FAILED, renders=(Render(index=0, stage=RenderStage.FAILED),)))


@each_case(
    ("prompt", "revised", "needed"),
    [
        ("a red fox", None, False),
        ("x" * (PROMPT_ROOM - 2), None, False),
        ("x" * (PROMPT_ROOM - 1), None, True),
        ("*" * (PROMPT_ROOM // 2), None, True),
        ("a red fox", "x" * 2000, False),
    ],
)
def test_a_prompt_that_is_cut_on_the_card_goes_into_a_file(
    prompt: str, revised: str | None, needed: bool
) -> None:
    job = a_job(wish_prompt=prompt, renders=(picture(0, revised_prompt=revised),))

    assert needs_file(job) is needed
    assert ("…" in drawn(job).partition("\n-# ")[0]) is needed


def test_a_rewritten_prompt_is_shown_beside_the_words_it_was_made_of() -> None:
    job = a_job(wish_enhance=True, rewriting=Rewriting(request_id="id", text="A *vivid* fox"))

    assert "**Your prompt**\n> a red fox\n**Rewritten**\n> A \\*vivid\\* fox" in drawn(job)
    assert alt_text(job, 0) == "A *vivid* fox"


@each_case("fault", RewriteFault)
def test_a_rewriting_that_failed_leaves_the_words_and_says_why(fault: RewriteFault) -> None:
    job = a_job(wish_enhance=True, rewriting=Rewriting(request_id="id", fault=fault))

    assert re.search(r"> a red fox\n-# .+, so Easel used yours\n", drawn(job))
    assert "Rewritten" not in drawn(job)


@each_case(
    ("rewriting", "told"),
    [
        (None, True),
        (Rewriting(request_id="id"), True),
        (Rewriting(request_id="id", text="A fox"), False),
        (Rewriting(request_id="id", fault=RewriteFault.BUSY), False),
    ],
)
def test_a_painting_card_says_while_words_are_rewritten(rewriting: Rewriting | None, told: bool) -> None:
    waiting = (Render(index=0, stage=RenderStage.WAITING),)
    job = a_job(state=JobState.RENDERING, wish_enhance=True, renders=waiting, rewriting=rewriting)

    assert ("rewriting your prompt…" in drawn(job)) is told


def test_pictures_with_words_of_their_own_are_listed_with_them() -> None:
    renders = (picture(0), failed(1), picture(2))
    prompts = ("a red\nfox", "a *blue* fox", "a green fox")
    job = a_job(wish_prompt="a {red,blue,green} fox", wish_prompts=prompts, wish_count=3, renders=renders)

    lines = "> 1 · a red fox\n> 2 · missing · a \\*blue\\* fox\n> 3 · a green fox\n"
    assert f"> a {{red,blue,green}} fox\n{lines}" in drawn(job)
    assert [alt_text(job, index) for index in range(3)] == ["a red fox", "a *blue* fox", "a green fox"]


def test_a_series_is_told_as_what_its_pictures_share_and_their_scenes() -> None:
    job = a_series("a fox in ink", ("it wakes", "it hunts"))

    assert drawn(job).startswith("> a fox in ink\n> 1 · it wakes\n> 2 · it hunts\n")
    assert alt_text(job, 1) == "it hunts · a fox in ink"


def test_a_series_without_a_shared_text_is_told_as_its_scenes() -> None:
    assert drawn(a_series("", ("it wakes", "it hunts"))).startswith("> 1 · it wakes\n> 2 · it hunts\n")


@each_case(
    ("parent", "told"),
    [
        (Parent(job_id="0a1b2c3d4e", origin=Origin.VARY), "varied from 0a1b2c3d4e"),
        (Parent(job_id="0a1b2c3d4e", origin=Origin.EDIT, index=1), "edit of picture 2 of 0a1b2c3d4e"),
    ],
)
@each_case("state", [JobState.QUEUED, JobState.RENDERING, JobState.CANCELLED])
def test_a_child_says_where_it_comes_from(parent: Parent, told: str, state: JobState) -> None:
    assert told in drawn(a_job(state=state, parent=parent))


def test_what_easel_says_to_the_model_when_it_enlarges_is_not_told_as_somebodys_words() -> None:
    parent = Parent(job_id="0a1b2c3d4e", origin=Origin.ENLARGE, index=0)
    job = a_job(wish_prompt=f"{ENLARGE} a red fox", parent=parent)

    assert drawn(job).startswith("> a red fox\n")
    assert alt_text(job, 0) == "a red fox"


def test_the_words_of_the_model_have_their_button_beside_them() -> None:
    renders = (picture(0), picture(1, revised_prompt="a fox in oil"))
    job = a_job(wish_count=2, renders=renders)

    (section,) = [part for part in parts(card(job, card_images_of(job))) if "accessory" in part]
    assert section["accessory"]["custom_id"] == f"easel:revised:{job.id}.1"
    assert section["accessory"]["label"] == "Paint with these words"
    assert section["components"][0]["content"] == "-# Picture 2 · The model used: a fox in oil"


def test_the_file_with_the_prompt_is_shown_where_it_is_uploaded() -> None:
    files = [part["file"]["url"] for part in parts(card(a_job(), with_file=True)) if "file" in part]

    assert files == [f"attachment://{PROMPT_FILE}"]


def test_a_picture_is_named_as_it_is_uploaded() -> None:
    job = a_job()
    view = card(job, (CardImage(render=job.renders[0], filename="a-red-fox.jpg"),))

    (items,) = [part["items"] for part in parts(view) if "items" in part]
    assert [item["media"]["url"] for item in items] == ["attachment://a-red-fox.jpg"]
