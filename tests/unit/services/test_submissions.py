from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import MAX_PROMPT, ImageRequest, ReplyScope, ReplyTarget
from bot.domain.pictures import (
    MAX_REFERENCE_BYTES,
    MAX_REFERENCE_PIXELS,
    MAX_REFERENCE_RATIO,
    MAX_REFERENCES,
    PictureProblem,
)
from bot.domain.policy.decision import Denied
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.ports.outside import WakeUp
from bot.domain.ports.stores import Accepted, CancelOutcome, Rates
from bot.domain.references import Reference
from bot.domain.sizes import Resolution
from bot.errors import StoreUnavailableError
from bot.seedream.catalogue import SEEDREAM_MODELS
from bot.seedream.video import VIDEO_MODELS
from bot.services.checks import InvalidRequest, RequestProblem, metadata_problem
from bot.services.submissions import END_MARGIN, TOKEN_LIFE, TOKEN_MARGIN, Submission, Submissions
from tests.unit.services.workshop import ANNA, BEN, GUILD, NOWHERE, Workshop, reference, request


@pytest.mark.parametrize("prompt", ["", "   \n ", "\u200b\u202e", "\x00", "\u200d\u200d"])
async def test_a_prompt_with_nothing_to_see_in_it_is_refused(shop: Workshop, prompt: str) -> None:
    assert await shop.try_to_ask(request(prompt)) == InvalidRequest(problem=RequestProblem.NO_PROMPT)


async def test_the_longest_prompt_is_accepted_and_one_character_more_is_not(shop: Workshop) -> None:
    assert isinstance(await shop.try_to_ask(request("x" * MAX_PROMPT)), Accepted)
    assert await shop.try_to_ask(request("x" * (MAX_PROMPT + 1))) == InvalidRequest(
        problem=RequestProblem.PROMPT_TOO_LONG, limit=MAX_PROMPT, model="Seedream 4.5"
    )


async def test_the_length_of_a_prompt_is_what_is_left_of_it(shop: Workshop) -> None:
    assert isinstance(await shop.try_to_ask(request("x" * MAX_PROMPT + "   " * 100)), Accepted)


async def test_a_prompt_is_stored_clean(shop: Workshop) -> None:
    job = await shop.ask(request("a \u202efox\u202c  in\tsnow "))

    assert job.request.prompt == "a fox in snow"


async def test_fourteen_references_are_accepted_and_fifteen_are_not(shop: Workshop) -> None:
    fourteen = tuple(reference(f"image{number}") for number in range(MAX_REFERENCES))

    assert isinstance(await shop.try_to_ask(request(references=fourteen)), Accepted)
    assert await shop.try_to_ask(request(references=(*fourteen, reference("image15")))) == InvalidRequest(
        problem=RequestProblem.TOO_MANY_REFERENCES, limit=MAX_REFERENCES, model="Seedream 4.5"
    )


T2I, EDIT, PRO = (
    "bytedance/seedream-v4-text-to-image",
    "bytedance/seedream-v4-edit",
    "bytedance/seedream-5-0-pro",
)
ELEVEN = tuple(reference(f"image{number}") for number in range(11))


@pytest.mark.parametrize(
    ("model", "asked", "refused"),
    [
        (T2I, request(references=ELEVEN[:1]), InvalidRequest(problem=RequestProblem.WORDS_ONLY)),
        (EDIT, request(), InvalidRequest(problem=RequestProblem.NO_REFERENCE)),
        (
            EDIT,
            request(references=ELEVEN),
            InvalidRequest(problem=RequestProblem.TOO_MANY_REFERENCES, limit=10),
        ),
        (
            PRO,
            replace(request(), resolution=Resolution.FOUR_K),
            InvalidRequest(problem=RequestProblem.RESOLUTION, subject="4K", resolution=Resolution.TWO_K),
        ),
    ],
)
async def test_what_a_model_cannot_do_is_refused_with_one_that_can_and_reserves_nothing(
    shop: Workshop, model: str, asked: ImageRequest, refused: InvalidRequest
) -> None:
    name = SEEDREAM_MODELS[model].name

    outcome = await shop.try_to_ask(replace(asked, model=model))

    assert outcome == replace(refused, model=name, other="Seedream 4.5")
    assert await shop.images_counted() == 0
    assert shop.wake_ups.sent == []
    shop.submissions.models = {model: SEEDREAM_MODELS[model]}
    assert await shop.try_to_ask(replace(asked, model=model)) == replace(refused, model=name)


async def test_a_prompt_is_refused_that_the_model_is_too_short_for(shop: Workshop) -> None:
    short = replace(SEEDREAM_MODELS[T2I], max_prompt=10)
    shop.submissions.models = {**SEEDREAM_MODELS, T2I: short}

    assert await shop.try_to_ask(replace(request("x" * 11), model=T2I)) == InvalidRequest(
        problem=RequestProblem.PROMPT_TOO_LONG, limit=10, model="Seedream 4.0", other="Seedream 4.5"
    )


async def test_a_model_that_is_not_on_offer_is_refused(shop: Workshop) -> None:
    assert await shop.try_to_ask(replace(request(), model="seedream-9")) == InvalidRequest(
        problem=RequestProblem.NO_MODEL
    )


def test_the_price_is_that_of_the_requests_model(shop: Workshop) -> None:
    prices = [shop.submissions.price_of(replace(request(), model=model)) for model in (T2I, PRO)]

    assert prices == [31_500, 60_000]


def described(**changes: object) -> Reference:
    return replace(reference("image2"), **changes)  # pyright: ignore[reportArgumentType]  # a table of fields


@pytest.mark.parametrize(
    ("picture", "problem"),
    [
        (described(content_type="application/pdf"), PictureProblem.UNKNOWN_FORMAT),
        (described(content_type="video/mp4"), PictureProblem.UNKNOWN_FORMAT),
        (described(content_type="image/avif"), PictureProblem.UNKNOWN_FORMAT),
        (described(content_type="image/svg+xml"), PictureProblem.UNKNOWN_FORMAT),
        (described(bytes=MAX_REFERENCE_BYTES + 1), PictureProblem.TOO_MANY_BYTES),
        (described(width=6001, height=6000), PictureProblem.TOO_MANY_PIXELS),
        (described(width=14, height=14), PictureProblem.TOO_SMALL),
        (described(width=1000, height=14), PictureProblem.TOO_SMALL),
        (described(width=1601, height=100), PictureProblem.WRONG_RATIO),
        (described(width=100, height=1601), PictureProblem.WRONG_RATIO),
    ],
)
async def test_what_discord_says_of_a_file_can_rule_it_out(
    shop: Workshop, picture: Reference, problem: PictureProblem
) -> None:
    outcome = await shop.try_to_ask(request(references=(reference("image"), picture)))

    assert outcome == InvalidRequest(problem=RequestProblem.REFERENCE, picture=problem, subject="image2")


LEFT_TO_THE_WORKER = [
    described(content_type=None),
    described(content_type="image/png; charset=utf-8"),
    described(content_type="image/gif"),
    described(bytes=MAX_REFERENCE_BYTES),
    described(width=6000, height=6000),
    described(width=15, height=15),
    described(width=1600, height=100),
    described(width=None, height=None),
    described(width=0, height=0),
]


async def test_what_discord_does_not_rule_out_is_left_to_the_worker(
    shop: Workshop, subtests: pytest.Subtests
) -> None:
    for user_id, picture in enumerate(LEFT_TO_THE_WORKER, start=1):
        with subtests.test(repr(picture)):
            asked = await shop.try_to_ask(request(references=(picture,)), user_id=user_id)
            assert isinstance(asked, Accepted)


@given(width=st.integers(15, 20_000), height=st.integers(15, 20_000))
def test_the_local_check_of_sides_agrees_with_the_limits(width: int, height: int) -> None:
    fits = width * height <= MAX_REFERENCE_PIXELS and max(width, height) <= MAX_REFERENCE_RATIO * min(
        width, height
    )
    assert (metadata_problem(described(width=width, height=height)) is None) is fits


async def test_a_count_the_command_cannot_give_is_a_bug_of_ours(shop: Workshop) -> None:
    with pytest.raises(ValueError, match="count 5"):
        await shop.try_to_ask(request(count=5))


def set_up_anew(shop: Workshop, *, guilds: frozenset[int] = frozenset()) -> None:
    """With the ceiling of the shop, and only these servers, if any."""
    shop.submissions = Submissions(
        jobs=shop.jobs,
        wake_ups=shop.wake_ups,
        clock=shop.clock,
        models=SEEDREAM_MODELS,
        videos=VIDEO_MODELS,
        ceiling=shop.ceiling,
        rates=Rates(slots=shop.slots),
        guilds=guilds,
    )


@pytest.mark.parametrize(
    "place",
    [
        replace(GUILD, guild_id=31),
        replace(GUILD, guild_id=None, scope=ReplyScope.DIRECT),
        replace(NOWHERE, guild_id=None),
    ],
)
async def test_places_the_operator_did_not_choose_are_not_served(shop: Workshop, place: ReplyTarget) -> None:
    set_up_anew(shop, guilds=frozenset({30}))

    assert await shop.try_to_ask(place=place) == InvalidRequest(problem=RequestProblem.PLACE_NOT_SERVED)


async def test_the_places_the_operator_chose_are_served(shop: Workshop) -> None:
    set_up_anew(shop, guilds=frozenset({30, 31}))

    assert isinstance(await shop.try_to_ask(), Accepted)


async def test_what_a_local_check_refuses_is_not_stored_and_not_counted(shop: Workshop) -> None:
    await shop.try_to_ask(request(""))

    assert await shop.images_counted() == 0
    assert shop.wake_ups.sent == []


@pytest.mark.parametrize(
    ("asked", "problem"),
    [
        (request(""), RequestProblem.NO_PROMPT),
        (request("a naked woman"), RequestProblem.DANGER),
        (replace(request(), prompts=("a fox", "a naked woman"), count=2), RequestProblem.DANGER),
        (replace(request(), enhance=True, prompts=("a fox",)), RequestProblem.ENHANCE_MANY),
        (request("a fox"), None),
    ],
)
async def test_a_check_says_what_the_local_checks_of_a_submit_would_and_stores_nothing(
    shop: Workshop, asked: ImageRequest, problem: RequestProblem | None
) -> None:
    ask = Submission(
        request=asked,
        user_id=ANNA,
        reply_target=GUILD,
        interaction_id=1,
        application_id=40,
        token="interaction-token",
    )

    found = await shop.submissions.check(ask)

    assert (found and found.problem) == problem
    assert await shop.images_counted() == 0
    outcome = await shop.try_to_ask(asked)
    assert isinstance(outcome, Accepted) if problem is None else outcome == found


async def test_limits_speak_after_the_local_checks(shop: Workshop) -> None:
    shop.ceiling = Rule(scope=Scope.OPERATOR, says={Limit.JOBS_AT_ONCE: 1})
    set_up_anew(shop)
    await shop.ask()

    assert isinstance(await shop.try_to_ask(request("")), InvalidRequest)
    denied = await shop.try_to_ask()
    assert isinstance(denied, Denied)
    assert denied.exceeded is not None
    assert denied.exceeded.limit is Limit.JOBS_AT_ONCE


async def test_workers_are_woken_once_the_card_is_out(shop: Workshop) -> None:
    outcome = await shop.try_to_ask()
    assert isinstance(outcome, Accepted)
    assert shop.wake_ups.sent == []

    await shop.submissions.card_shown(outcome, 99)

    assert shop.wake_ups.sent == [WakeUp()]
    assert (await shop.job(outcome.job.id)).card_id == 99


async def test_a_job_in_a_server_lives_as_long_as_its_attachments(shop: Workshop) -> None:
    job = await shop.ask()

    assert job.expires_at - job.created_at == timedelta(hours=23)
    assert job.token_until - job.created_at == TOKEN_LIFE - TOKEN_MARGIN


async def test_a_job_where_the_bot_is_not_present_ends_while_its_token_still_works(shop: Workshop) -> None:
    job = await shop.ask(place=NOWHERE)

    assert job.token_until - job.expires_at == END_MARGIN


async def test_a_cancellation_tells_the_workers_which_job(shop: Workshop) -> None:
    job = await shop.ask()
    shop.wake_ups.sent.clear()

    await shop.submissions.cancel(job.id, user_id=ANNA)

    assert shop.wake_ups.sent == [WakeUp(job.id)]


async def test_a_cancellation_by_somebody_else_changes_nothing_and_tells_nobody(shop: Workshop) -> None:
    job = await shop.ask()
    shop.wake_ups.sent.clear()

    cancelled = await shop.submissions.cancel(job.id, user_id=BEN)

    assert cancelled.outcome is CancelOutcome.NOT_YOURS
    assert shop.wake_ups.sent == []
    assert (await shop.job(job.id)).state is job.state


async def test_a_signal_that_is_lost_changes_no_answer(shop: Workshop) -> None:
    """What it tells of is stored, and workers look by themselves."""
    shop.wake_ups.errors.extend([StoreUnavailableError("gone")] * 2)
    job = await shop.ask()

    cancelled = await shop.submissions.cancel(job.id, user_id=ANNA)

    assert cancelled.outcome is CancelOutcome.CANCELLED
    assert not shop.wake_ups.errors


async def test_a_card_that_is_out_stays_a_good_answer_when_the_store_does_not_hear_of_it(
    shop: Workshop,
) -> None:
    outcome = await shop.try_to_ask()
    assert isinstance(outcome, Accepted)
    shop.watched.errors.append(OSError("gone"))

    await shop.submissions.card_shown(outcome, 7)

    shop.clock.advance(5)  # workers leave a new job alone no longer than that
    assert (await shop.claim())[0].id == outcome.job.id


async def test_a_withdrawn_job_is_over_and_costs_nothing(shop: Workshop) -> None:
    outcome = await shop.try_to_ask()
    assert isinstance(outcome, Accepted)

    await shop.submissions.withdraw(outcome)

    job = await shop.job(outcome.job.id)
    assert job.is_over
    assert job.token is None
    assert await shop.images_counted() == 0
    assert (
        await shop.jobs.claim("one", shop.ceiling, now=shop.clock.now() + timedelta(hours=1), lease_s=30)
        is None
    )
