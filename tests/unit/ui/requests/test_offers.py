"""The question before a prompt with variables is painted, or a video is made."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import MAX_COUNT, MAX_PICTURES, MAX_PROMPT, ImageRequest, JobKind, Origin, Parent
from bot.domain.policy.decision import PolicyFacts
from bot.domain.prompts import Expansion, expand
from bot.domain.sizes import Resolution
from bot.domain.video import VideoQuality, VideoSettings
from bot.seedream.catalogue import DEFAULT_MODEL_ID
from bot.services.requests import Offer, album_of
from bot.ui.requests.offers import (
    NOT_NOW,
    PAINT,
    confirmed_card,
    declined_card,
    offer_card,
    too_many_refusal,
)
from bot.ui.requests.refusals import draft_payload, parse_draft_payload
from tests.tables import each_case
from tests.unit.ui.cards.test_card import mentioned
from tests.unit.ui.jobs import MARKDOWN, NOW, prompts, reference_named
from tests.unit.ui.limits.material import assert_discord_takes, member_report, parts, text_of

DRAFT = "0123456789abcdef"
MAX_CUSTOM_ID = 100  # Discord
MAX_LABEL = 80  # Discord


def request(prompt: str = "a {red,blue} fox", count: int = 1) -> ImageRequest:
    return ImageRequest(
        kind=JobKind.IMAGINE,
        prompt=prompt,
        model=DEFAULT_MODEL_ID,
        aspect=None,
        resolution=Resolution.TWO_K,
        count=count,
    )


def album(prompt: str = "a {red,blue} fox", count: int = 1) -> ImageRequest:
    expansion = expand(prompt)
    assert expansion is not None
    return album_of(request(prompt, count), expansion)


def offer(what: ImageRequest, parent: Parent | None = None) -> Offer:
    return Offer(
        draft_id=DRAFT,
        request=what,
        parent=parent,
        price_micro_usd=42_000 * what.count,
        report=member_report(PolicyFacts()).limits,
        until=NOW,
    )


def test_the_question_lists_the_prompts_with_number_and_price() -> None:
    text = text_of(offer_card(offer(album())))

    assert "### This makes 2 pictures\n> a {red,blue} fox" in text
    assert "1. a red fox\n2. a blue fox" in text
    assert "about $0.084 · 2K" in text


def test_several_pictures_of_each_prompt_are_said_and_each_prompt_stands_there_once() -> None:
    text = text_of(offer_card(offer(album(count=2))))

    assert "2 pictures of each:\n1. a red fox\n2. a blue fox" in text
    assert "### This makes 4 pictures" in text


def test_its_buttons_say_how_many_pictures_and_carry_the_draft() -> None:
    found = {
        part["label"]: part["custom_id"] for part in parts(offer_card(offer(album()))) if "label" in part
    }

    assert found == {"Paint 2 pictures": f"easel:draft:{DRAFT}", "Not now": f"easel:undraft:{DRAFT}"}


@each_case("index", [None, 0, 7])
@each_case("origin", Origin)
def test_the_result_it_was_made_of_is_in_its_buttons(origin: Origin, index: int | None) -> None:
    parent = Parent(job_id="7f3k2m9q1z", origin=origin, index=index)

    subject = draft_payload(DRAFT, parent)

    assert parse_draft_payload(subject) == (DRAFT, parent)
    for button in (PAINT.button(subject, "Paint 8 pictures"), NOT_NOW.button(subject)):
        custom_id = button.item.custom_id
        assert custom_id is not None
        assert len(custom_id) <= MAX_CUSTOM_ID
        assert type(button).__discord_ui_compiled_template__.fullmatch(custom_id)
        assert len(button.item.label) <= MAX_LABEL


def test_without_such_a_result_the_draft_is_alone() -> None:
    assert parse_draft_payload(draft_payload(DRAFT, None)) == (DRAFT, None)


@given(st.lists(prompts, min_size=1, max_size=MAX_PICTURES, unique=True), prompts, st.integers(1, MAX_COUNT))
def test_discord_takes_every_question_and_nothing_in_it_pings(
    texts: list[str], prompt: str, count: int
) -> None:
    expansion = Expansion(prompts=tuple(texts), total=len(texts))
    what = album_of(request(prompt, count), expansion)
    for view in (offer_card(offer(what)), confirmed_card(what), declined_card(what)):
        assert_discord_takes(view)
        assert mentioned(view) == set()


def test_a_prompt_full_of_markdown_stays_text() -> None:
    prompt = f"{{a,b}} {MARKDOWN * 40}"[:MAX_PROMPT]

    view = offer_card(offer(album(prompt)))

    assert_discord_takes(view)
    assert mentioned(view) == set()


@each_case(
    ("prompts_", "count", "figures", "helps"),
    [
        (9, 1, "9 prompts, a picture each", "Remove some options from the braces."),
        (5, 2, "5 prompts. With 2 pictures of each, that's 10", "`count`"),
        (12, 4, "12 prompts. With 4 pictures of each, that's 48", "Remove some options"),
        (10**400, 1, "more than 1,000 prompts", "Remove some options"),
    ],
)
def test_too_many_pictures_are_refused_with_the_figures_and_what_helps(
    prompts_: int, count: int, figures: str, helps: str
) -> None:
    text = too_many_refusal(prompts_, count).text

    assert figures in text
    assert "One command makes at most 8." in text
    assert helps in text
    assert len(text) < 500


def video(*frames: str, seconds: int = 6, quality: VideoQuality = VideoQuality.P768) -> ImageRequest:
    return replace(
        request("a fox turns its head"),
        kind=JobKind.ANIMATE,
        references=tuple(replace(reference_named(name), filename=f"{name}.png") for name in frames),
        video=VideoSettings(seconds=seconds, quality=quality),
    )


@each_case(
    ("what", "words"),
    [
        (video(), "6 seconds in 768P, from your words alone. Usually ready in 4–5 minutes."),
        (video("image"), "6 seconds in 768P, starting with **image.png**."),
        (video("image", "last"), "6 seconds in 768P, from **image.png** to **last.png**."),
        (video(seconds=10), "10 seconds in 768P, from your words alone. Usually ready in 8–9 minutes."),
        (video(quality=VideoQuality.P1080), "6 seconds in 1080P"),
    ],
)
def test_a_video_is_described_before_it_is_made(what: ImageRequest, words: str) -> None:
    view = offer_card(replace(offer(what), price_micro_usd=436_800))

    assert_discord_takes(view)
    assert "### This makes 1 video\n> a fox turns its head" in text_of(view)
    assert words in text_of(view)
    assert "Nothing is made until you press Animate." in text_of(view)
    assert [part["label"] for part in parts(view) if "label" in part] == [
        "Animate · about $0.44",
        "Not now",
    ]


def test_frames_with_names_full_of_markdown_ping_nobody() -> None:
    what = video("image", "last")
    frames = tuple(replace(one, filename=(MARKDOWN * 9)[:200]) for one in what.references)

    view = offer_card(offer(replace(what, references=frames)))

    assert_discord_takes(view)
    assert mentioned(view) == set()


def test_an_answered_offer_of_a_video_says_what_came_of_it() -> None:
    assert "### Requested 1 video" in text_of(confirmed_card(video()))
    assert "### No video was made" in text_of(declined_card(video()))
