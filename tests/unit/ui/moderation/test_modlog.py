from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import Job, JobKind, JobState, ReplyScope
from bot.domain.moderation import MAX_REPORT, BlockMember, LogEntry, SetLimit, Topic
from bot.domain.policy.rules import Limit, Scope
from bot.domain.video import VideoQuality, VideoSettings
from bot.ui.base.discord_limits import MAX_MESSAGE_TEXT
from bot.ui.base.theme import AMBER, RED
from bot.ui.moderation.modlog import LOG_PROMPT_ROOM, SHOWN_REFERENCES, entry_card
from tests.discord_limits import MAX_COMPONENTS, parts
from tests.tables import each_case
from tests.unit.ui.cards.test_card import a_job, labels_of, mentioned, picture, text_of
from tests.unit.ui.jobs import NOW, OTHER, REQUESTER, jobs, reference_named
from tests.unit.ui.moderation.entries import HOSTILE, MODERATOR, changed, entries, entry

CARD = 7000
ADDRESS = f"https://discord.com/channels/30/20/{CARD}"
EVIL = "https://evil.example"


def shown(about: LogEntry, job: Job | None = None) -> str:
    return text_of(entry_card(about, job))


def told(job: Job, *, channel_id: int | None = 60) -> ui.LayoutView:
    return entry_card(entry(Topic.JOB, channel_id=channel_id), job)


def a_shown_job(**changes: Any) -> Job:
    return a_job(card_id=CARD, **changes)


def in_place(job: Job, reach: ReplyScope) -> Job:
    return replace(job, reply_target=replace(job.reply_target, scope=reach))


def budget(level: int, period: str = "month", **other: Any) -> LogEntry:
    facts = {"period": period, "level": level, "micro_usd": 5_200_000, "budget": 10_000_000}
    return entry(Topic.BUDGET, facts, job_id=None, **other)


def colour_of(view: ui.LayoutView) -> int:
    return view.to_components()[0]["accent_color"]


def addresses_of(view: ui.LayoutView) -> list[str]:
    return [part["url"] for part in parts(view) if "url" in part]


@given(about=entries, job=jobs(), removed_by=st.none() | st.just(OTHER))
def test_every_card_is_one_discord_takes(about: LogEntry, job: Job, removed_by: int | None) -> None:
    view = entry_card(about, replace(job, removed_by=removed_by, card_id=CARD))

    components = list(parts(view))
    assert view.content_length() <= MAX_MESSAGE_TEXT
    assert len(components) <= MAX_COMPONENTS
    assert all(part["content"].strip() for part in components if "content" in part)
    assert all(part["components"] for part in components if "components" in part)
    assert json.dumps(view.to_components())


@given(job=jobs())
def test_a_card_of_a_job_names_nobody_but_its_requester(job: Job) -> None:
    assert mentioned(told(job)) == {str(REQUESTER)}


def test_what_people_type_can_neither_ping_nor_link() -> None:
    reference = replace(reference_named("image"), filename=HOSTILE)
    job = a_shown_job(wish_prompt=HOSTILE, wish_references=(reference,))
    report = entry(Topic.REPORT, {"by": MODERATOR, "reason": HOSTILE})
    block = changed(BlockMember(user_id=OTHER, until=NOW, reason=HOSTILE))

    for view in (told(job), entry_card(report, job), entry_card(block, None)):
        assert EVIL not in text_of(view)
        assert "everyone" not in mentioned(view)
    assert mentioned(entry_card(report, job)) == {str(REQUESTER), str(MODERATOR)}


def test_a_result_is_told_with_who_what_and_what_it_cost() -> None:
    references = (reference_named("image"), reference_named("image2"))

    view = told(a_shown_job(wish_references=references))

    text = text_of(view)
    assert f"**1 picture** for <@{REQUESTER}>\n> a red fox" in text
    assert "from 2 pictures: x.png, x.png" in text
    assert "$0.042 paid" in text
    assert "`7f3k2m9q1z`" in text
    assert labels_of(view) == ["Open", "Delete result", "Block 24 h", "Show limits"]
    assert addresses_of(view) == [ADDRESS]


def test_pictures_that_are_missing_are_counted() -> None:
    job = a_shown_job(wish_count=3, renders=(picture(0), picture(1)))

    assert "**2 of 3 pictures**" in text_of(told(job))


def test_a_video_is_called_a_video() -> None:
    video = VideoSettings(seconds=6, quality=VideoQuality.P768)
    made = a_shown_job(wish_kind=JobKind.ANIMATE, wish_video=video)
    failed = replace(made, state=JobState.FAILED, renders=(), failure=None)

    assert f"**1 video** for <@{REQUESTER}>" in text_of(told(made))
    assert f"**1 video** for <@{REQUESTER}>, kept off the card" in text_of(
        told(replace(made, kept_back=True))
    )
    assert "**No video** ·" in text_of(told(failed))


def test_a_long_prompt_is_cut() -> None:
    text = text_of(told(a_shown_job(wish_prompt="fox " * 900)))

    (quote,) = [line for line in text.split("\n") if line.startswith("> ")]
    assert len(quote) <= LOG_PROMPT_ROOM
    assert quote.endswith("…")


def test_of_many_references_some_are_named_and_the_others_counted() -> None:
    references = tuple(reference_named(f"image{number}") for number in range(14))

    text = text_of(told(a_shown_job(wish_references=references)))

    assert text.count("x.png") == SHOWN_REFERENCES
    assert "and 10 more" in text


def test_a_file_without_a_name_that_shows_is_called_by_its_option() -> None:
    nameless = replace(reference_named("image2"), filename="\u200b")

    assert "from 1 picture: `image2`" in text_of(told(a_shown_job(wish_references=(nameless,))))


def test_a_private_result_has_neither_link_nor_a_way_to_delete_it() -> None:
    view = told(a_shown_job(wish_private=True))

    assert "private: only they can see it" in text_of(view)
    assert labels_of(view) == ["Block 24 h", "Show limits"]


@each_case("state", [JobState.FAILED, JobState.REFUSED])
def test_a_failure_is_told_with_its_reason(state: JobState) -> None:
    failure = Failure(kind=FailureKind.REFUSED, code=FailureCode.REFUSED_PROMPT)

    view = told(a_shown_job(state=state, renders=(), failure=failure))

    assert "The model's provider refused this" in text_of(view)
    assert "It rejected the prompt." in text_of(view)
    assert labels_of(view) == ["Block 24 h", "Show limits"]


def test_a_cancelled_job_is_told_as_such() -> None:
    assert f"**Cancelled** · <@{REQUESTER}>" in text_of(
        told(a_shown_job(state=JobState.CANCELLED, renders=()))
    )


def test_a_result_that_was_removed_says_by_whom_and_offers_it_no_more() -> None:
    view = told(a_shown_job(removed_by=MODERATOR))

    assert f"**Removed** by <@{MODERATOR}>" in text_of(view)
    assert "Delete result" not in labels_of(view)


def test_what_is_told_to_the_operator_offers_only_the_way_there() -> None:
    report = entry(Topic.REPORT, {"by": OTHER, "reason": "gore"}, channel_id=None)

    assert labels_of(entry_card(report, in_place(a_shown_job(), ReplyScope.NOWHERE))) == ["Open"]
    assert labels_of(entry_card(report, a_shown_job(wish_private=True))) == []


def test_a_change_is_told_with_what_stood_there_before() -> None:
    change = SetLimit(scope=Scope.ROLE, subject_id=1, limit=Limit.IMAGES_PER_DAY, value=20)

    text = shown(changed(change, {"images_per_day": 10}, {"images_per_day": 20}))

    assert text.startswith(f"<@{MODERATOR}> set **Pictures per day** to **20** for role <@&1>")
    assert "10 → **20**" in text


def test_what_a_moderator_wrote_is_told_with_the_change() -> None:
    text = shown(changed(BlockMember(user_id=OTHER, until=None, reason="spam")))

    assert f"<@{MODERATOR}> blocked <@{OTHER}>" in text
    assert "> spam" in text


def test_a_report_shows_who_objects_to_whose_result_and_why() -> None:
    view = entry_card(entry(Topic.REPORT, {"by": OTHER, "reason": "it is gore"}), a_shown_job())

    assert f"Reported by <@{OTHER}>:\n> it is gore" in text_of(view)
    assert f"for <@{REQUESTER}>\n> a red fox" in text_of(view)
    assert colour_of(view) == RED
    assert labels_of(view) == ["Open", "Delete result", "Block 24 h", "Show limits", "Dismiss"]


def test_the_longest_reason_of_a_report_is_shown_in_full() -> None:
    reason = "*" * MAX_REPORT

    assert shown(entry(Topic.REPORT, {"by": OTHER, "reason": reason}), a_job()).count("\\*") == MAX_REPORT


def test_a_report_of_a_job_that_was_deleted_still_says_what_was_wrong() -> None:
    text = shown(entry(Topic.REPORT, {"by": OTHER, "reason": "it is gore"}))

    assert "> it is gore" in text
    assert "requested job `7f3k2m9q1z` has deleted it" in text


def test_a_report_by_somebody_who_is_forgotten_names_nobody() -> None:
    view = entry_card(entry(Topic.REPORT, {"by": 0, "reason": ""}), a_shown_job())

    assert mentioned(view) == {str(REQUESTER)}
    assert "reported this has deleted their data" in text_of(view)


@each_case(
    ("level", "colour", "title"),
    [
        (50, AMBER, "Half of the monthly budget is used"),
        (80, AMBER, "80 % of the monthly budget is used"),
        (100, RED, "The monthly budget is used up"),
    ],
)
def test_a_budget_says_how_far_it_is_and_what_happens_next(level: int, colour: int, title: str) -> None:
    view = entry_card(budget(level), None)

    assert f"### {title}" in text_of(view)
    assert "$5.20 of $10.00" in text_of(view)
    assert "takes no new commands here until <t:1796083200:f>" in text_of(view)  # 1 December 2026, UTC
    assert ("At 100 %" in text_of(view)) is (level < 100)
    assert "`/budget`" in text_of(view)
    assert colour_of(view) == colour


@each_case("is_operators", [True, False])
def test_whoever_set_a_budget_is_who_can_change_it(is_operators: bool) -> None:
    alert = budget(100)

    text = shown(replace(alert, facts={**alert.facts, "is_operators": is_operators}))

    assert ("the bot's operator set it" in text) is is_operators
    assert ("`/limits set` changes it" in text) is not is_operators


def test_a_daily_budget_ends_at_midnight() -> None:
    text = shown(budget(100, "day"))

    assert "### The daily budget is used up" in text
    assert "until <t:1795392000:f>" in text  # 23 November 2026, UTC


def test_a_low_balance_is_told_with_what_is_left_and_what_to_do() -> None:
    alert = replace(entry(Topic.LOW_BALANCE, channel_id=None), facts={"micro_usd": 4_990_000})

    assert "$4.99 is left. Top up on the provider's billing page before it's empty" in shown(alert)


def test_a_cost_that_differs_is_told_with_what_was_expected() -> None:
    facts = {"model": "a/b`", "micro_usd": 52_000, "expected_micro_usd": 42_000}

    text = shown(replace(entry(Topic.PRICE, channel_id=None), facts=facts))

    assert "A result of `a/b` cost $0.052, and Easel expected $0.042." in text


def test_unsigned_results_are_told_with_what_to_do() -> None:
    assert "Run `python -m bot doctor`" in shown(entry(Topic.UNSIGNED, channel_id=None))


def test_a_second_process_with_the_token_is_told_with_what_to_do() -> None:
    assert "Stop one of the two" in shown(entry(Topic.SECOND_BOT, channel_id=None))


@each_case("topic", [Topic.NO_CREDIT, Topic.BAD_KEY, Topic.MODEL_GONE, Topic.PROVIDER_DOWN, Topic.GARBAGE])
def test_trouble_with_the_provider_is_told_plainly_to_a_server(topic: Topic) -> None:
    text = shown(entry(topic))

    assert "The bot's operator has been told" in text
    assert "AIMLAPI_API_KEY" not in text


@each_case(
    ("topic", "remedy"),
    [
        (Topic.NO_CREDIT, "top it up"),
        (Topic.BAD_KEY, "`AIMLAPI_API_KEY`"),
        (Topic.MODEL_GONE, "`EASEL_MODEL`"),
        (Topic.PROVIDER_DOWN, "status page"),
        (Topic.GARBAGE, "your bill"),
    ],
)
def test_trouble_with_the_provider_tells_the_operator_what_to_do(topic: Topic, remedy: str) -> None:
    assert remedy in shown(entry(topic, channel_id=None))


def test_the_operator_reads_the_balance_and_which_models_there_are() -> None:
    empty = shown(entry(Topic.NO_CREDIT, channel_id=None, facts={"subject": "12000"}))
    gone = shown(entry(Topic.MODEL_GONE, channel_id=None, facts={"subject": "a/b-4 a/b-5 a/b-6"}))

    assert "The provider says $0.012 is left." in empty
    assert "can't paint with `a/b-4`" in gone
    assert "The provider offers `a/b-5`, `a/b-6`." in gone
