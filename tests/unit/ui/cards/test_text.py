"""What a card, its alt texts and its prompt.txt tell of words."""

from __future__ import annotations

from hypothesis import given

import bot.ui.base.markdown as plain
from bot.domain.followups import own_words, without_instructions
from bot.domain.jobs import MAX_PROMPT, Job, Rewriting
from bot.domain.prompts import SCENE
from bot.ui.base.discord_limits import MAX_OPTION_TEXT
from bot.ui.cards.text import (
    PROMPT_ROOM,
    TEXT_ROOM,
    flat,
    needs_file,
    own_line,
    prompt_file,
    shared_and_scenes,
    words_of,
)
from tests.tables import each_case
from tests.unit.ui.cards.test_card import a_job, a_series, failed, picture
from tests.unit.ui.jobs import jobs


@given(job=jobs())
def test_all_words_of_a_card_together_have_room(job: Job) -> None:
    words = words_of(job)
    texts = [words.asked, words.rewritten or ""]
    shown = [plain.quote(text, words.room) for text in texts if text]
    lines = "\n".join(plain.quote(line, words.line_room) for line in words.lines)

    assert words.asked or words.lines
    assert len("\n".join(shown)) + len(lines) <= TEXT_ROOM + len(shown)


@given(job=jobs())
def test_what_the_card_cuts_is_whole_in_the_file(job: Job) -> None:
    text = prompt_file(job).decode()

    assert all(without_instructions(prompt) in text for prompt in job.request.prompts)
    assert SCENE not in text
    if not job.request.is_series:
        assert own_words(job) in text
    if job.rewriting is not None and job.rewriting.text is not None:
        assert job.rewriting.text in text


@given(job=jobs())
def test_the_words_of_one_picture_fit_an_option(job: Job) -> None:
    for render in job.renders:
        line = own_line(job, render.index)
        assert line is None or 0 < len(line) <= MAX_OPTION_TEXT
        assert line is None or "\n" not in line


@each_case(("shared", "scenes"), [("a fox in ink", ("it wakes", "it hunts")), ("", ("a", "b"))])
def test_a_series_is_taken_apart_into_what_it_was_made_of(shared: str, scenes: tuple[str, ...]) -> None:
    assert shared_and_scenes(a_series(shared, scenes).request) == (shared, scenes)


def test_a_series_put_together_in_another_way_is_not_taken_apart() -> None:
    job = a_series("a fox", ("it wakes", "it hunts"), wish_prompts=("a fox: it wakes", "a fox: it hunts"))

    assert shared_and_scenes(job.request) is None
    assert words_of(job).lines == ("1 · a fox: it wakes", "2 · a fox: it hunts")


def test_pictures_of_variables_are_no_series() -> None:
    assert shared_and_scenes(a_job(wish_prompts=("a", "b"), wish_count=2).request) is None


def test_a_long_scene_alone_needs_the_file() -> None:
    assert not needs_file(a_series("a fox", ("it wakes", "it hunts")))
    assert needs_file(a_series("a fox", ("it wakes", "x" * PROMPT_ROOM)))


def test_the_file_tells_every_text_under_its_name() -> None:
    job = a_job(
        wish_prompt="a {red,blue} fox",
        wish_prompts=("a red fox", "a blue fox"),
        wish_count=2,
        renders=(picture(0, revised_prompt="a fox in oil"), failed(1)),
        rewriting=Rewriting(request_id="id", text="A fox, vivid"),
    )

    assert prompt_file(job).decode() == (
        "a {red,blue} fox\n\nRewritten:\n\nA fox, vivid\n\nPicture 1:\n\na red fox\n\nPicture 2:\n\na blue fox"
        "\n\nWhat the model used:\n\na fox in oil"
    )


@each_case(
    ("text", "expected"),
    [
        ("a  red\nfox", "a red fox"),
        ("\u202eevil\u200b", "evil"),
        ("x" * 20, "x" * 9 + "…"),
        ("🦊" * 20, "🦊" * 9 + "…"),
        ("a red   fox", "a red fox"),
    ],
)
def test_a_flat_text_is_one_line_without_what_nobody_sees(text: str, expected: str) -> None:
    assert flat(text, 10) == expected


def test_a_prompt_of_the_greatest_length_needs_the_file() -> None:
    assert needs_file(a_job(wish_prompt="a" * MAX_PROMPT))
