from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial

import pytest

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import Job, JobState, RenderStage
from bot.domain.pictures import Mark, PictureError, PictureProblem, failure_codes
from bot.domain.ports.blobs import BlobMeta
from bot.domain.ports.stores import Lease
from bot.domain.provider import (
    AnswerEmptyError,
    AnswerNotJsonError,
    AnswerTooLargeError,
    AnswerTruncatedError,
    BadBase64Error,
    BadKeyError,
    Charge,
    FixRequestError,
    ItemFailedError,
    NoAnswerError,
    NotAPictureError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    RefusedSubject,
    Rendered,
    RenderOrder,
    ResultFetchError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.retry import MAX_TRIES
from bot.domain.sizes import Aspect, Resolution, Size
from bot.errors import LostLeaseError, ShowLaterError, StoreUnavailableError
from bot.services.limiter import ConcurrencyLimiter
from bot.services.packaging import MAX_RESULT_BYTES
from bot.services.provider_calls import ASK_AGAIN_S, STORE_RETRY_S, new_request_id, raw_key
from bot.storage.stores import SqlJobStore
from tests.fakes import PRICE_MICRO_USD, MemoryBlobs, rendered, stages
from tests.unit.services.workshop import LEASE_S, Workshop, reference, request

GAVE_UP = Failure(kind=FailureKind.FAULT, code=FailureCode.GAVE_UP)
UNCERTAIN = (
    NoAnswerError,
    AnswerTooLargeError,
    AnswerTruncatedError,
    AnswerNotJsonError,
    AnswerEmptyError,
    BadBase64Error,
    NotAPictureError,
    ResultFetchError,
)


async def test_a_job_becomes_a_picture_on_its_card(shop: Workshop) -> None:
    job = await shop.go_through()

    assert job.state is JobState.DONE
    assert shop.presenter.states(job.id) == [JobState.RENDERING, JobState.DELIVERING]
    assert [picture.data for picture in shop.presenter.last.pictures] == [b"packed picture 1"]
    assert job.shown_at is not None


async def test_the_call_says_what_was_asked_under_an_id_of_ours(shop: Workshop) -> None:
    job = await shop.go_through(request("a red fox", seed=7))

    (order,) = shop.provider.calls
    assert order.prompt == "a red fox"
    assert order.size == Size(2048, 2048)
    assert order.seed == 7
    assert not order.watermark
    assert order.request_id.startswith(f"easel.{job.id}.0.")


async def test_each_picture_of_a_job_has_its_own_call_and_seed(shop: Workshop) -> None:
    await shop.go_through(request(count=4, seed=7))

    assert sorted(order.seed or 0 for order in shop.provider.calls) == [7, 8, 9, 10]
    assert len({order.request_id for order in shop.provider.calls}) == 4


async def test_what_was_painted_is_counted_and_what_was_paid_is_on_the_books(shop: Workshop) -> None:
    job = await shop.go_through(request(count=2))

    assert await shop.images_counted() == 2
    assert await shop.charge_state(job.id) == "settled"
    spent = await shop.spend()
    assert (spent.calls, spent.micro_usd, spent.uncertain_calls) == (2, 2 * PRICE_MICRO_USD, 0)


async def test_the_token_and_the_bytes_are_forgotten_once_it_is_delivered(shop: Workshop) -> None:
    job = await shop.go_through(request(references=(reference("image"),)))

    assert job.token is None
    assert await shop.blobs.jobs() == frozenset()


@pytest.mark.parametrize(
    ("error", "state", "kind", "code"),
    [
        (RefusedError("no"), JobState.REFUSED, FailureKind.REFUSED, "refused_unknown"),
        (
            RefusedError("no", subject=RefusedSubject.PROMPT),
            JobState.REFUSED,
            FailureKind.REFUSED,
            "refused_prompt",
        ),
        (OutOfCreditError("403"), JobState.FAILED, FailureKind.CREDIT, "out_of_credit"),
        (BadKeyError("401"), JobState.FAILED, FailureKind.FAULT, "bad_key"),
        (FixRequestError("400"), JobState.FAILED, FailureKind.FAULT, "bad_request"),
        (ProviderError("?"), JobState.FAILED, FailureKind.FAULT, "provider_fault"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, ProviderError) else str(value),
)
async def test_a_final_no_ends_the_job_with_its_reason_after_one_call_and_costs_nobody_anything(
    shop: Workshop, error: ProviderError, state: JobState, kind: FailureKind, code: str
) -> None:
    shop.provider.script.append(error)

    job = await shop.go_through()

    assert job.state is state
    assert job.failure is not None
    assert (job.failure.kind, job.failure.code) == (kind, code)
    assert shop.presenter.last.state is state
    assert len(shop.provider.calls) == 1
    assert await shop.images_counted() == 0
    assert await shop.charge_state(job.id) == "released"
    assert (await shop.spend()).calls == 0


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (SlowDownError("429"), FailureKind.BUSY, "slow_down"),
        (TryAgainError("500"), FailureKind.FAULT, "provider_down"),
        (ItemFailedError("item"), FailureKind.FAULT, "provider_down"),
    ],
)
async def test_a_passing_fault_that_does_not_pass_is_given_up_and_released(
    shop: Workshop, error: ProviderError, kind: FailureKind, code: str
) -> None:
    shop.provider.script.extend([error] * 10)

    job = await shop.go_through()

    assert job.state is JobState.FAILED
    assert job.failure is not None
    assert (job.failure.kind, job.failure.code) == (kind, code)
    assert len(shop.provider.calls) == MAX_TRIES
    assert await shop.images_counted() == 0
    assert (await shop.spend()).calls == 0


async def test_a_passing_fault_is_repeated_after_a_pause_under_a_new_id(shop: Workshop) -> None:
    shop.provider.script.append(TryAgainError("502"))

    job = await shop.go_through()

    assert job.state is JobState.DONE
    first, second = shop.provider.calls
    assert first.request_id != second.request_id
    assert shop.clock.slept == [1.0]
    assert (await shop.spend()).calls == 1


async def test_slow_down_halves_the_calls_at_once_and_waits_as_long_as_it_was_told(shop: Workshop) -> None:
    shop.provider.script.append(SlowDownError("429", retry_after_s=9))

    job = await shop.go_through()

    assert job.state is JobState.DONE
    assert shop.limiter.limit <= shop.slots // 2 + 1  # one call that went well may have given one back
    assert sum(shop.clock.slept) >= 9
    assert job.renders[0].tries == 2


async def test_a_wait_longer_than_a_minute_is_not_waited_for(shop: Workshop) -> None:
    shop.provider.script.append(SlowDownError("429", retry_after_s=3600))

    job = await shop.go_through()

    assert job.state is JobState.FAILED
    assert job.failure is not None
    assert job.failure.kind is FailureKind.BUSY
    assert shop.clock.slept == []


async def test_an_uncertain_call_is_looked_up_and_repeated_when_it_was_free(
    shop: Workshop, subtests: pytest.Subtests
) -> None:
    for number, error_type in enumerate(UNCERTAIN, start=1):
        with subtests.test(error_type.__name__):
            shop.provider.script.append(error_type("?"))
            shop.provider.fates.append(Charge.FREE)

            job = await shop.go_through()

            assert job.state is JobState.DONE
            uncertain, _ = shop.provider.calls[2 * number - 2 :]
            assert shop.provider.looked_up[number - 1 :] == [uncertain.request_id]
            assert (job.renders[0].tries, job.renders[0].reruns) == (2, 0)
            spent = await shop.spend()
            assert (spent.calls, spent.micro_usd) == (number, number * PRICE_MICRO_USD)


async def test_a_charged_call_without_its_picture_is_repeated_once_and_both_are_on_the_books(
    shop: Workshop,
) -> None:
    shop.provider.script.append(NoAnswerError("timeout"))
    shop.provider.fates.append(Charge.CHARGED)

    job = await shop.go_through()

    assert job.state is JobState.DONE
    assert (job.renders[0].tries, job.renders[0].reruns) == (2, 1)
    spent = await shop.spend()
    assert (spent.calls, spent.micro_usd, spent.uncertain_calls) == (2, 2 * PRICE_MICRO_USD, 0)
    assert job.cost_micro_usd == 2 * PRICE_MICRO_USD
    assert await shop.images_counted() == 1  # the person got one picture


async def test_a_call_nobody_knows_about_is_repeated_once_and_stays_on_the_books_as_uncertain(
    shop: Workshop,
) -> None:
    shop.provider.script.append(NoAnswerError("timeout"))

    job = await shop.go_through()

    assert job.state is JobState.DONE
    spent = await shop.spend()
    assert (spent.calls, spent.micro_usd) == (2, 2 * PRICE_MICRO_USD)
    assert (spent.uncertain_calls, spent.uncertain_micro_usd) == (1, PRICE_MICRO_USD)


@pytest.mark.parametrize("fate", [Charge.CHARGED, Charge.UNKNOWN])
async def test_a_second_lost_answer_ends_the_job_without_a_third_call(shop: Workshop, fate: Charge) -> None:
    shop.provider.script.extend([NoAnswerError("timeout")] * 5)
    shop.provider.fates.extend([fate] * 5)

    job = await shop.go_through()

    assert job.state is JobState.FAILED
    assert job.failure is not None
    lost = FailureCode.ANSWER_LOST if fate is Charge.CHARGED else FailureCode.OUTCOME_UNKNOWN
    assert job.failure.code is lost
    assert len(shop.provider.calls) == 2
    assert await shop.images_counted() == 0
    assert (await shop.spend()).calls == 2


async def test_a_call_that_failed_but_was_charged_is_not_looked_up(shop: Workshop) -> None:
    shop.provider.script.append(NoAnswerError("cut off", charge=Charge.CHARGED, cost_micro_usd=50_000))

    job = await shop.go_through()

    assert shop.provider.looked_up == []
    assert job.renders[0].reruns == 1
    assert (await shop.spend()).micro_usd == 50_000 + PRICE_MICRO_USD


async def test_a_try_again_of_unknown_charge_is_looked_up_before_anything_else(shop: Workshop) -> None:
    shop.provider.script.append(TryAgainError("504", charge=Charge.UNKNOWN))
    shop.provider.fates.append(Charge.FREE)

    job = await shop.go_through()

    assert shop.provider.looked_up == [shop.provider.calls[0].request_id]
    assert job.renders[0].reruns == 0


async def test_what_came_of_four_is_delivered_and_only_that_is_counted(shop: Workshop) -> None:
    shop.provider.script.extend([rendered("a"), RefusedError("no"), rendered("b"), OutOfCreditError("403")])

    job = await shop.go_through(request(count=4))

    assert job.state is JobState.DONE
    assert sorted(stages(job)) == [
        RenderStage.FAILED,
        RenderStage.FAILED,
        RenderStage.PACKAGED,
        RenderStage.PACKAGED,
    ]
    assert len(shop.presenter.last.pictures) == 2
    assert await shop.images_counted() == 2
    assert (await shop.spend()).calls == 2


async def test_a_call_does_not_wait_for_the_card_and_the_end_does(shop: Workshop) -> None:
    await shop.ask()
    job, lease = await shop.claim()
    shop.presenter.gate.close()
    running = asyncio.create_task(shop.runner.run(job, lease))
    await shop.until(partial(is_rendered, shop, job.id))
    await shop.presenter.gate.until_waiting()
    done, _ = await asyncio.wait({running}, timeout=0.05)

    assert (len(shop.provider.calls), done) == (1, set())
    shop.presenter.gate.open()
    assert (await running).state is JobState.DELIVERING
    assert shop.presenter.states(job.id) == [JobState.RENDERING]


async def is_rendered(shop: Workshop, job_id: str) -> bool:
    return (await shop.job(job_id)).renders[0].stage is RenderStage.RENDERED


async def test_a_card_with_a_picture_waits_for_the_card_of_the_beginning(shop: Workshop) -> None:
    await shop.ask(request(count=2))
    job, lease = await shop.claim()
    shop.presenter.gate.close()
    shop.provider.gate.close()
    running = asyncio.create_task(shop.runner.run(job, lease))
    await shop.provider.gate.until_waiting(2)
    shop.provider.gate.admit()
    await shop.until(partial(is_packaged, shop, job.id))
    await asyncio.wait({running}, timeout=0.05)

    assert shop.presenter.gate.waiting == 1
    shop.presenter.gate.open()
    await shop.presenter.bell.until(partial(has_shown, shop, 1))
    shop.provider.gate.open()
    await running
    assert [len(showing.pictures) for showing in shop.presenter.shown] == [0, 1]


async def is_packaged(shop: Workshop, job_id: str) -> bool:
    return any(render.stage is RenderStage.PACKAGED for render in (await shop.job(job_id)).renders)


async def test_a_card_that_is_being_drawn_ends_with_its_cancelled_run(shop: Workshop) -> None:
    await shop.ask()
    job, lease = await shop.claim()
    shop.presenter.gate.close()
    shop.provider.gate.close()
    running = asyncio.create_task(shop.runner.run(job, lease))
    await shop.provider.gate.until_waiting()
    await shop.presenter.gate.until_waiting()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)

    assert shop.presenter.gate.waiting == 0
    await shop.calls.stop()


async def test_trouble_with_the_first_card_is_no_reason_to_pay_twice(shop: Workshop) -> None:
    await shop.ask()
    job, lease = await shop.claim()
    shop.jobs_broken["render_seconds"] = 1
    with pytest.raises(StoreUnavailableError):
        await shop.runner.run(job, lease)
    again = await shop.runner.run(await shop.job(job.id), lease)

    assert again.state is JobState.DELIVERING
    assert len(shop.provider.calls) == 1


async def test_pictures_are_shown_one_by_one_while_the_others_are_painted(shop: Workshop) -> None:
    await shop.ask(request(count=3))
    job, lease = await shop.claim()
    shop.provider.gate.close()
    running = asyncio.create_task(shop.runner.run(job, lease))
    await shop.provider.gate.until_waiting(3)
    for number in (1, 2):
        shop.provider.gate.admit()
        await shop.presenter.bell.until(partial(has_shown, shop, number))
    shop.provider.gate.open()
    await running

    assert [len(showing.pictures) for showing in shop.presenter.shown] == [0, 1, 2]
    assert {showing.state for showing in shop.presenter.shown} == {JobState.RENDERING}


def has_shown(shop: Workshop, number: int) -> bool:
    return any(len(showing.pictures) == number for showing in shop.presenter.shown)


async def test_a_card_that_cannot_be_shown_while_painting_does_not_stop_the_painting(shop: Workshop) -> None:
    shop.presenter.errors.extend([ShowLaterError("503")])

    job = await shop.go_through()

    assert job.state is JobState.DONE


async def test_four_pictures_share_what_one_message_may_hold(shop: Workshop) -> None:
    await shop.go_through(request(count=4))

    assert {limit for _, _, limit in shop.imaging.packed} == {MAX_RESULT_BYTES // 4}


async def test_a_picture_made_from_others_is_marked_as_a_composite(shop: Workshop) -> None:
    await shop.go_through()
    await shop.go_through(request(references=(reference("image"),)))

    assert [mark for _, mark, _ in shop.imaging.packed] == [Mark.GENERATED, Mark.COMPOSITE]


async def test_an_edit_without_an_aspect_has_that_of_its_first_picture(shop: Workshop) -> None:

    job = await shop.go_through(request(references=(reference("image"), reference("image2"))))

    assert job.size is not None
    assert job.size.ratio == pytest.approx(1600 / 900, rel=0.01)
    assert job.size == shop.provider.calls[0].size


async def test_an_edit_with_an_aspect_has_that_one(shop: Workshop) -> None:
    job = await shop.go_through(replace(request(references=(reference("image"),)), aspect=Aspect.TALL_9_16))

    assert job.size is not None
    assert job.size.ratio == pytest.approx(9 / 16, rel=0.01)


@pytest.mark.parametrize("resolution", Resolution)
async def test_a_shape_left_to_the_model_is_ordered_by_resolution_and_known_from_the_picture(
    shop: Workshop, resolution: Resolution
) -> None:
    job = await shop.go_through(replace(request(), aspect=Aspect.AUTO, resolution=resolution))

    assert [order.size for order in shop.provider.calls] == [resolution]
    assert job.state is JobState.DONE
    assert job.size is None
    assert job.renders[0].size == Size(2048, 2048)


async def test_a_model_that_cannot_choose_a_shape_paints_a_square_or_that_of_the_first_picture(
    shop: Workshop,
) -> None:
    model = "bytedance/seedream-v4-text-to-image"
    await shop.go_through(replace(request(), model=model, aspect=Aspect.AUTO))
    edit = replace(request(references=(reference("image"),)), model="bytedance/seedream-v4-edit")
    job = await shop.go_through(replace(edit, aspect=Aspect.AUTO, resolution=Resolution.FOUR_K))

    assert [order.size for order in shop.provider.calls] == [Size(2048, 2048), Size(4096, 2304)]
    assert job.size == Size(4096, 2304)


async def test_animations_are_remembered_where_the_model_chooses_the_shape(shop: Workshop) -> None:
    shop.imaging.animations.add(b"image2.png")
    pictures = (reference("image"), reference("image2"))

    job = await shop.go_through(replace(request(references=pictures), aspect=Aspect.AUTO))

    assert job.animated == ("image2",)
    assert job.size is None


async def test_references_go_to_the_provider_cleaned_and_in_their_order(shop: Workshop) -> None:
    await shop.go_through(request(references=(reference("image"), reference("image2"))))

    sent = [picture.data for picture in shop.provider.calls[0].references]
    assert sent == [b"clean image.png", b"clean image2.png"]


async def test_animations_are_remembered_by_the_name_of_their_option(shop: Workshop) -> None:
    shop.imaging.animations.add(b"image2.png")

    job = await shop.go_through(request(references=(reference("image"), reference("image2"))))

    assert job.animated == ("image2",)


async def test_a_broken_reference_fails_the_job_naming_its_option_and_pays_nothing(
    shop: Workshop, subtests: pytest.Subtests
) -> None:
    for problem in sorted(set(PictureProblem) - {PictureProblem.UNREACHABLE}):
        with subtests.test(problem.value):
            shop.imaging.bad_inputs[b"image2.png"] = PictureError(problem)

            job = await shop.go_through(
                request(count=2, references=(reference("image"), reference("image2")))
            )

            assert job.state is JobState.FAILED
            assert job.failure is not None
            assert (job.failure.kind, job.failure.code, job.failure.subject) == (
                FailureKind.CHECK,
                problem.value,
                "image2",
            )
            assert shop.provider.calls == []
            assert await shop.charge_state(job.id) == "released"
            assert await shop.images_counted() == 0


async def test_a_reference_that_cannot_be_fetched_just_now_is_a_fault_that_may_be_tried_again(
    shop: Workshop,
) -> None:
    picture = reference("image")
    shop.fetcher.problems[picture.url] = PictureError(PictureProblem.UNREACHABLE)

    job = await shop.go_through(request(references=(picture,)))

    assert job.failure == Failure(kind=FailureKind.FAULT, code=FailureCode.REFERENCE_UNREACHABLE)
    assert await shop.images_counted() == 0


async def test_a_reference_that_is_gone_fails_the_job_in_the_same_way(shop: Workshop) -> None:
    picture = reference("image")
    shop.fetcher.problems[picture.url] = PictureError(PictureProblem.GONE)

    job = await shop.go_through(request(references=(picture,)))

    assert job.failure is not None
    assert (job.failure.code, job.failure.subject) == ("gone", "image")


async def test_bytes_that_are_no_picture_after_all_fail_their_render_and_stay_on_the_books(
    shop: Workshop,
) -> None:
    shop.provider.script.append(rendered("rubbish"))
    shop.imaging.bad_outputs[b"rubbish"] = PictureError(PictureProblem.UNREADABLE)

    job = await shop.go_through()

    assert job.state is JobState.FAILED
    assert job.failure is not None
    assert job.failure.code == "result_unreadable"
    assert await shop.images_counted() == 0
    assert (await shop.spend()).calls == 1


async def test_the_prompt_the_model_used_is_kept(shop: Workshop) -> None:
    shop.provider.script.append(rendered("a", revised_prompt="a fox, oil on canvas"))

    job = await shop.go_through()

    assert job.renders[0].revised_prompt == "a fox, oil on canvas"


@pytest.mark.usefixtures("cut_off_at_once")
async def test_cleaned_references_serve_the_second_attempt(shop: Workshop) -> None:
    shop.imaging.animations.add(b"image.png")
    asked = await shop.ask(request(references=(reference("image"),)))
    await paint_until_cut_off(shop)
    shop.fetcher.problems[reference("image").url] = PictureError(PictureProblem.GONE)
    shop.provider.fates.append(Charge.FREE)

    job, _ = await shop.paint()

    assert job.state is JobState.DELIVERING
    assert len(shop.fetcher.fetched) == 1
    assert shop.provider.calls[-1].references == shop.provider.calls[0].references
    assert (await shop.job(asked.id)).animated == ("image",)


async def paint_until_cut_off(shop: Workshop) -> None:
    """A process that dies while its paid call is under way: the gate stays closed, nothing is recorded."""
    job, lease = await shop.claim()
    shop.provider.gate.close()
    task = asyncio.create_task(shop.runner.run(job, lease))
    await shop.provider.gate.until_waiting()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await shop.calls.stop()
    shop.provider.gate.open()
    shop.clock.advance(LEASE_S + 1)
    shop.new_process()


@pytest.mark.usefixtures("cut_off_at_once")
async def test_after_a_crash_the_shape_is_still_left_to_the_model(shop: Workshop) -> None:
    shop.imaging.animations.add(b"image.png")
    await shop.ask(replace(request(references=(reference("image"),)), aspect=Aspect.AUTO))
    await paint_until_cut_off(shop)
    shop.provider.fates.append(Charge.FREE)

    job, _ = await shop.paint()

    assert job.state is JobState.DELIVERING
    assert [order.size for order in shop.provider.calls] == [Resolution.TWO_K, Resolution.TWO_K]
    assert (job.size, job.animated) == (None, ("image",))


async def test_a_second_attempt_that_calls_nobody_keeps_what_is_known_of_animations(shop: Workshop) -> None:
    asked = await shop.ask(replace(request(references=(reference("image"),)), aspect=Aspect.AUTO))
    _, lease = await shop.claim()
    await shop.jobs.set_size(lease, None, ("image",))
    key, now = f"{asked.id}/0-raw", shop.clock.now()
    request_id = new_request_id(asked.id, 0)
    await shop.jobs.begin_call(lease, 0, request_id=request_id, estimate_micro_usd=PRICE_MICRO_USD, now=now)
    await shop.blobs.put(key, b"paid", BlobMeta(mime="image/jpeg"))
    await shop.jobs.render_done(
        lease, 0, request_id=request_id, raw_key=key, revised_prompt=None, cost_micro_usd=None, now=now
    )
    shop.clock.advance(LEASE_S + 1)

    job, _ = await shop.paint()

    assert job.state is JobState.DELIVERING
    assert shop.provider.calls == []
    assert job.animated == ("image",)


@pytest.mark.usefixtures("cut_off_at_once")
@pytest.mark.parametrize(
    ("fate", "reruns", "booked"), [(Charge.FREE, 0, 1), (Charge.CHARGED, 1, 2), (Charge.UNKNOWN, 1, 2)]
)
async def test_after_a_crash_in_a_call_its_fate_decides_what_is_paid(
    shop: Workshop, fate: Charge, reruns: int, booked: int
) -> None:
    await shop.ask()
    await paint_until_cut_off(shop)
    shop.provider.fates.append(fate)

    job, _ = await shop.paint()

    assert job.state is JobState.DELIVERING
    assert set(shop.provider.looked_up) == {shop.provider.calls[0].request_id}
    assert job.renders[0].reruns == reruns
    assert (await shop.spend()).calls == booked


@pytest.mark.usefixtures("cut_off_at_once")
async def test_after_two_crashes_in_uncertain_calls_nothing_more_is_paid(shop: Workshop) -> None:
    await shop.ask()
    await paint_until_cut_off(shop)
    await paint_until_cut_off(shop)

    job, _ = await shop.paint()

    assert job.state is JobState.FAILED
    assert job.failure is not None
    assert job.failure.code is FailureCode.OUTCOME_UNKNOWN
    assert len(shop.provider.calls) == 2


async def test_bytes_spooled_just_before_a_crash_are_found_and_not_paid_again(shop: Workshop) -> None:
    asked = await shop.ask()
    _, lease = await shop.claim()
    request_id = new_request_id(asked.id, 0)
    await shop.jobs.begin_call(
        lease, 0, request_id=request_id, estimate_micro_usd=PRICE_MICRO_USD, now=shop.clock.now()
    )
    facts: dict[str, str | int | None] = {"revised_prompt": "a fox, in oil", "cost_micro_usd": 50_000}
    await shop.blobs.put(raw_key(asked.id, 0, request_id), b"paid", BlobMeta(mime="image/jpeg", facts=facts))
    shop.clock.advance(LEASE_S + 1)

    job, _ = await shop.paint()

    assert job.state is JobState.DELIVERING
    assert shop.provider.calls == []
    assert shop.provider.looked_up == []
    assert [data for data, _, _ in shop.imaging.packed] == [b"paid"]
    assert (job.renders[0].revised_prompt, job.cost_micro_usd) == ("a fox, in oil", 50_000)


async def test_a_lease_lost_mid_way_stops_the_writing_but_not_the_books(shop: Workshop) -> None:
    await shop.ask()
    job, lease = await shop.claim()
    shop.provider.gate.close()
    running = asyncio.create_task(shop.runner.run(job, lease))
    await shop.provider.gate.until_waiting()
    shop.clock.advance(LEASE_S + 1)
    taken, _ = await shop.claim("two")
    shop.provider.gate.open()

    with pytest.raises(LostLeaseError):
        await running

    after = await shop.job(job.id)
    assert (after.state, after.attempt) == (JobState.RENDERING, taken.attempt)
    assert stages(after) == [RenderStage.SUBMITTING]
    spent = await shop.spend()
    assert (spent.calls, spent.uncertain_calls) == (1, 0)


async def test_what_another_worker_paid_for_is_taken_from_the_spool(shop: Workshop) -> None:
    await shop.ask()
    job, lease = await shop.claim()
    shop.provider.gate.close()
    running = asyncio.create_task(shop.runner.run(job, lease))
    await shop.provider.gate.until_waiting()
    shop.clock.advance(LEASE_S + 1)
    taken, new_lease = await shop.claim("two")
    shop.provider.gate.open()
    await asyncio.gather(running, return_exceptions=True)

    finished = await shop.runner.run(taken, new_lease)

    assert finished.state is JobState.DELIVERING
    assert len(shop.provider.calls) == 1
    assert shop.provider.looked_up == []


async def test_a_job_given_up_says_why_and_is_released(shop: Workshop) -> None:
    asked = await shop.ask(request(count=2))
    job, lease = await shop.claim()

    ended = await shop.runner.give_up(job, lease, GAVE_UP, packages=True)

    assert (ended.state, ended.failure) == (JobState.FAILED, GAVE_UP)
    assert await shop.charge_state(asked.id) == "released"


@pytest.mark.usefixtures("cut_off_at_once")
async def test_a_job_given_up_still_delivers_the_pictures_it_has(shop: Workshop) -> None:
    asked = await shop.ask(request(count=2))
    job, lease = await shop.claim()
    shop.provider.gate.close()
    running = asyncio.create_task(shop.runner.run(job, lease))
    await shop.provider.gate.until_waiting(2)
    shop.provider.gate.admit()
    await shop.presenter.bell.until(partial(has_shown, shop, 1))
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await shop.calls.stop()

    ended = await shop.runner.give_up(await shop.job(asked.id), lease, GAVE_UP, packages=True)

    assert ended.state is JobState.DELIVERING
    assert len(ended.pictures) == 1
    assert await shop.images_counted() == 1


async def spooled(shop: Workshop, *, recorded: bool) -> tuple[Job, Lease]:
    """A job whose worker died when its picture was in the spool, before or after that was recorded."""
    asked = await shop.ask()
    job, lease = await shop.claim()
    request_id = new_request_id(asked.id, 0)
    render = await shop.jobs.begin_call(
        lease, 0, request_id=request_id, estimate_micro_usd=PRICE_MICRO_USD, now=shop.clock.now()
    )
    await shop.blobs.put(raw_key(asked.id, 0, request_id), b"paid", BlobMeta(mime="image/jpeg"))
    if recorded:
        assert await shop.calls.recover(lease, render, model=job.request.model) is None
    return await shop.job(job.id), lease


@pytest.mark.parametrize("recorded", [False, True])
async def test_a_job_given_up_delivers_a_picture_that_lies_in_the_spool(
    shop: Workshop, *, recorded: bool
) -> None:
    job, lease = await spooled(shop, recorded=recorded)

    ended = await shop.runner.give_up(job, lease, GAVE_UP, packages=True)

    assert (ended.state, ended.failure, len(ended.pictures)) == (JobState.DELIVERING, None, 1)
    assert [data for data, _, _ in shop.imaging.packed] == [b"paid"]
    assert shop.provider.calls == []


async def test_a_job_given_up_after_its_packaging_broke_every_attempt_packages_no_more(
    shop: Workshop,
) -> None:
    job, lease = await spooled(shop, recorded=True)

    ended = await shop.runner.give_up(job, lease, GAVE_UP, packages=False)

    assert (ended.state, ended.failure) == (JobState.FAILED, GAVE_UP)
    assert shop.imaging.packed == []


async def test_a_job_given_up_says_what_is_wrong_with_the_picture_that_arrived(shop: Workshop) -> None:
    job, lease = await spooled(shop, recorded=True)
    shop.imaging.bad_outputs[b"paid"] = PictureError(PictureProblem.UNREADABLE)

    ended = await shop.runner.give_up(job, lease, GAVE_UP, packages=True)

    assert ended.failure is not None
    assert ended.failure.code is failure_codes(PictureProblem.UNREADABLE).result


async def test_paid_bytes_that_cannot_be_written_at_first_are_written_in_a_moment(shop: Workshop) -> None:
    await shop.ask()
    shop.blobs.refusals.extend([OSError("full"), OSError("full")])

    job, _ = await shop.paint()

    assert job.state is JobState.DELIVERING
    assert len(shop.provider.calls) == 1
    assert shop.clock.slept == list(STORE_RETRY_S[:2])


async def stopped_at(
    shop: Workshop, job: Job, lease: Lease, *, moment: asyncio.Event, goes_on: asyncio.Event
) -> None:
    """Run the job, stop Easel at `moment`, and set `goes_on` once the stop has begun."""
    running = asyncio.create_task(shop.runner.run(job, lease))
    await moment.wait()
    running.cancel()
    stopping = asyncio.create_task(shop.calls.stop())
    await asyncio.sleep(0)
    goes_on.set()
    await asyncio.gather(running, stopping, return_exceptions=True)


async def test_what_cannot_be_stored_when_easel_stops_is_held_a_while_and_not_bought_again(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    full, has_room = asyncio.Event(), asyncio.Event()

    async def wait_for_room(_delay_s: float) -> None:
        full.set()
        await has_room.wait()

    monkeypatch.setattr(shop.clock, "sleep", wait_for_room)
    shop.blobs.refusals.append(OSError("full"))
    await shop.ask()
    job, lease = await shop.claim()
    await stopped_at(shop, job, lease, moment=full, goes_on=has_room)
    monkeypatch.undo()
    shop.clock.advance(LEASE_S + 1)

    again, _ = await shop.paint()

    assert again.state is JobState.DELIVERING
    assert len(shop.provider.calls) == 1


async def test_an_answer_that_is_being_read_when_easel_stops_is_spooled_and_not_bought_again(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading, read = asyncio.Event(), asyncio.Event()

    async def read_in_a_thread(order: RenderOrder) -> Rendered:
        reading.set()
        await read.wait()
        return rendered("picture 1")

    monkeypatch.setattr(shop.provider, "render", read_in_a_thread)
    asked = await shop.ask()
    job, lease = await shop.claim()
    await stopped_at(shop, job, lease, moment=reading, goes_on=read)
    monkeypatch.undo()
    shop.clock.advance(LEASE_S + 1)

    again, _ = await shop.paint()

    assert (again.id, again.state) == (asked.id, JobState.DELIVERING)
    assert [data for data, _, _ in shop.imaging.packed] == [b"picture 1"]
    assert shop.provider.calls == []


@pytest.mark.parametrize("error", [OSError("full"), StoreUnavailableError("away")])
async def test_paid_bytes_are_held_until_they_can_be_written_and_not_bought_again(
    shop: Workshop, error: Exception
) -> None:
    await shop.ask()
    shop.blobs.refusals.extend([error] * 40)

    job, _ = await shop.paint()

    assert job.state is JobState.DELIVERING
    assert len(shop.provider.calls) == 1
    assert sum(shop.clock.slept) > 180
    assert shop.calls.unstored == set()


async def test_no_call_begins_while_paid_bytes_cannot_be_stored(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls_while_stuck: list[int] = []

    async def sleep(_delay_s: float) -> None:
        calls_while_stuck.append(len(shop.provider.calls))
        if len(calls_while_stuck) == 5:
            shop.calls.unstored.clear()

    monkeypatch.setattr(shop.clock, "sleep", sleep)
    await shop.ask()
    shop.calls.unstored.add("easel.other.0.1")

    await shop.paint()

    assert calls_while_stuck == [0] * 5
    assert len(shop.provider.calls) == 1


async def test_a_job_that_was_lost_during_the_trouble_does_not_keep_others_from_calling(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its outcome cannot be written at first, and then the job is over."""
    asked = await shop.ask()

    async def sleep(_delay_s: float) -> None:
        await shop.submissions.cancel(asked.id, user_id=asked.user_id)

    async def away(*_: object, **__: object) -> None:
        monkeypatch.undo()
        monkeypatch.setattr(shop.clock, "sleep", sleep)
        raise StoreUnavailableError("away")

    monkeypatch.setattr(SqlJobStore, "render_done", away)
    with pytest.raises(LostLeaseError):
        await shop.paint()

    assert shop.calls.unstored == set()
    assert (await shop.spend()).calls == 1


async def test_no_call_begins_that_waited_for_its_slot_while_the_trouble_began(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls_while_stuck: list[int] = []

    async def sleep(_delay_s: float) -> None:
        calls_while_stuck.append(len(shop.provider.calls))
        if len(calls_while_stuck) == 3:
            shop.calls.unstored.clear()

    monkeypatch.setattr(shop.clock, "sleep", sleep)
    shop.calls.limiter = ConcurrencyLimiter(1, shop.clock)
    asked = await shop.ask()
    _, lease = await shop.claim()
    order = RenderOrder(
        request_id=new_request_id(asked.id, 0), model=asked.request.model, prompt="a fox", size=Size(64, 64)
    )
    async with shop.calls.limiter.slot("another job"):
        calling = asyncio.create_task(shop.calls.make(lease, 0, order, estimate_micro_usd=1))
        await asyncio.sleep(0)  # it waits for the slot now
        shop.calls.unstored.add("easel.other.0.1")
    await calling

    assert calls_while_stuck == [0] * 3


async def test_bytes_that_the_shared_spool_does_not_take_wait_in_a_local_one(shop: Workshop) -> None:
    shop.calls.emergency = emergency = MemoryBlobs()
    await shop.ask()
    shop.blobs.refusals.append(StoreUnavailableError("away"))

    job, _ = await shop.paint()

    assert emergency.taken == 1
    assert job.state is JobState.DELIVERING
    assert emergency.held == {}


async def test_bytes_go_to_the_local_spool_if_easel_stops_while_the_shared_one_takes_its_time(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that is away may hold a write up for longer than a stop can wait."""
    storing = asyncio.Event()

    async def hang(*_: object) -> None:
        storing.set()
        await asyncio.Event().wait()

    shop.calls.emergency = emergency = MemoryBlobs()
    monkeypatch.setattr(shop.blobs, "put", hang)
    asked = await shop.ask()
    painting = asyncio.create_task(shop.paint())
    await storing.wait()
    await shop.calls.stop()
    await asyncio.gather(painting, return_exceptions=True)

    [call] = shop.provider.calls
    assert list(emergency.held) == [raw_key(asked.id, 0, call.request_id)]


async def test_what_a_dead_process_left_in_the_local_spool_is_found_and_not_bought_again(
    shop: Workshop,
) -> None:
    asked = await shop.ask()
    _, lease = await shop.claim()
    request_id = new_request_id(asked.id, 0)
    await shop.jobs.begin_call(
        lease, 0, request_id=request_id, estimate_micro_usd=40_000, now=shop.clock.now()
    )
    shop.calls.emergency = emergency = MemoryBlobs()
    meta = BlobMeta(mime="image/jpeg", facts={"revised_prompt": "a fox", "cost_micro_usd": 40_000})
    await emergency.put(raw_key(asked.id, 0, request_id), b"picture", meta)

    await shop.calls.adopt_emergency()
    shop.clock.advance(LEASE_S + 1)
    job, lease = await shop.claim("two")
    job = await shop.runner.run(job, lease)

    assert job.state is JobState.DELIVERING
    assert shop.provider.calls == []
    assert emergency.held == {}


class TestAskingWhatBecameOfACall:
    async def test_silence_is_followed_by_more_questions_before_a_second_payment(
        self, shop: Workshop
    ) -> None:
        await shop.ask()
        shop.provider.script.append(NoAnswerError("timed out"))
        shop.provider.fates.extend([Charge.UNKNOWN] * 4)

        job, _ = await shop.paint()

        assert job.state is JobState.DELIVERING
        assert len(shop.provider.calls) == 2
        assert len(shop.provider.looked_up) == 1 + len(ASK_AGAIN_S)
        assert sum(shop.clock.slept) == ASK_AGAIN_S[-1]

    async def test_an_answer_of_the_log_that_comes_late_saves_the_second_payment(
        self, shop: Workshop
    ) -> None:
        await shop.ask()
        shop.provider.script.append(NoAnswerError("timed out"))
        shop.provider.fates.extend([Charge.UNKNOWN, Charge.UNKNOWN, Charge.FREE])

        job, _ = await shop.paint()

        report = await shop.spend()
        assert (report.calls, report.uncertain_calls) == (1, 0)
        assert [render.reruns for render in job.renders] == [0]

    async def test_bytes_that_another_process_stores_meanwhile_are_taken(
        self, shop: Workshop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It could not reach the database, and its lease ran out while it held them."""
        asked = await shop.ask()
        _, lease = await shop.claim()
        request_id = new_request_id(asked.id, 0)
        await shop.jobs.begin_call(
            lease, 0, request_id=request_id, estimate_micro_usd=40_000, now=shop.clock.now()
        )
        shop.provider.fates.append(Charge.CHARGED)
        meta = BlobMeta(mime="image/jpeg", facts={"revised_prompt": None, "cost_micro_usd": 40_000})

        waited_s: list[float] = []

        async def sleep(delay_s: float) -> None:
            waited_s.append(delay_s)
            if sum(waited_s) >= 50:
                await shop.blobs.put(raw_key(asked.id, 0, request_id), b"picture", meta)

        monkeypatch.setattr(shop.clock, "sleep", sleep)
        shop.clock.advance(LEASE_S + 1)
        job, lease = await shop.claim("two")
        job = await shop.runner.run(job, lease)

        assert job.state is JobState.DELIVERING
        assert shop.provider.calls == []


@pytest.mark.parametrize(("charge", "uncertain"), [(Charge.CHARGED, 0), (Charge.UNKNOWN, 1)])
@pytest.mark.parametrize("passed_s", [3601, -86_400])  # or a clock that was a day ahead is put right
async def test_a_call_that_nobody_asked_about_is_settled_once_it_is_old(
    shop: Workshop, charge: Charge, uncertain: int, passed_s: int
) -> None:
    job = await shop.ask()
    _, lease = await shop.claim()
    await shop.jobs.begin_call(
        lease, 0, request_id="easel.x.0.lost", estimate_micro_usd=42_000, now=shop.clock.now()
    )
    await shop.submissions.cancel(job.id, user_id=job.user_id)
    shop.provider.fates.append(charge)

    await shop.calls.settle_old()
    assert (await shop.spend()).uncertain_calls == 1
    shop.clock.advance(passed_s)
    live = asyncio.create_task(asyncio.sleep(0), name="easel-call-easel.x.0.lost")
    shop.calls.live.add(live)
    await shop.calls.settle_old()
    assert list(shop.provider.fates) == [charge]  # not asked yet: its process still waits for the answer
    shop.calls.live.remove(live)
    await live
    await shop.calls.settle_old()

    assert await shop.jobs.open_calls(before=shop.clock.now(), after=shop.clock.now()) == ()
    shop.clock.advance(max(0, -passed_s))
    assert (await shop.spend()).uncertain_calls == uncertain


async def test_a_job_that_meets_a_long_pause_fails_as_busy_without_a_call(shop: Workshop) -> None:
    shop.limiter.slow_down(3600)

    job = await shop.go_through()

    assert job.failure == Failure(kind=FailureKind.BUSY, code=FailureCode.SLOW_DOWN)
    assert shop.provider.calls == []
    assert await shop.images_counted() == 0
