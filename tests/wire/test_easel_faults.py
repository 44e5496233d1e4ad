"""Everything the provider can do wrong, as a person sees it, and what it costs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import JobState
from bot.domain.retry import MAX_TRIES
from bot.sandbox.faults import Fault
from bot.ui.cards.failures import failure_text
from tests.unit.seedream.material import drawn
from tests.wire.app import Scene
from tests.wire.cards import buttons_of, pictures_of, text_of, title_of

PRICE_MICRO_USD = 42_000


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """What a job comes to when every call meets one fault: why, after how many calls, how many of them paid."""

    kind: FailureKind
    code: str
    again: bool
    calls: int = 1
    paid: int = 0
    subject: str | None = None


def fault(code: str, *, again: bool = True, calls: int = 1, paid: int = 0) -> End:
    return End(kind=FailureKind.FAULT, code=code, again=again, calls=calls, paid=paid)


def refusal(code: str, *, again: bool = False) -> End:
    return End(kind=FailureKind.REFUSED, code=code, again=again)


def rejection(code: str) -> End:
    return End(kind=FailureKind.CHECK, code=code, again=False)


BUSY = End(kind=FailureKind.BUSY, code="slow_down", again=True, calls=MAX_TRIES)
DOWN = fault("provider_down", calls=MAX_TRIES)
LOST = fault("answer_lost", calls=2, paid=2)  # the one honest second try, with the money of both on the books
ENDS = {
    Fault.BAD_REQUEST: fault("bad_request", again=False),
    Fault.REFUSED_PROMPT: refusal("refused_prompt"),
    Fault.NEW_SENSITIVE: refusal("refused_prompt"),
    Fault.FRAME_SENSITIVE: refusal("refused_reference"),
    Fault.REFUSED_IMAGE: refusal("refused_reference"),
    Fault.REAL_PERSON: refusal("refused_real_person"),
    Fault.REFUSED_RESULT: refusal("refused_result", again=True),
    Fault.BAD_KEY: fault("bad_key"),
    Fault.OUT_OF_CREDIT: End(kind=FailureKind.CREDIT, code="out_of_credit", again=True),
    Fault.NO_CREDIT_402: End(kind=FailureKind.CREDIT, code="out_of_credit", again=True),
    Fault.CREDIT_LIE: DOWN,
    Fault.FORBIDDEN: DOWN,
    Fault.BLOCKED: DOWN,
    Fault.MODEL_GONE: replace(fault("model_gone", again=False), subject="bytedance/seedream-4-5"),
    Fault.BAD_RATIO: fault("bad_request", again=False),  # no picture was sent
    Fault.PROMPT_TOO_LONG: rejection("rejected_prompt_length"),
    Fault.TOO_LARGE: rejection("rejected_prompt_length"),
    Fault.SLOW_DOWN: BUSY,
    Fault.SLOW_DOWN_DATE: BUSY,
    Fault.SERVER_ERROR: DOWN,
    Fault.BAD_GATEWAY: DOWN,
    Fault.UNAVAILABLE: DOWN,
    Fault.GATEWAY_TIMEOUT: DOWN,
    Fault.ITEM_ERROR: DOWN,
    Fault.HANG: LOST,
    Fault.DROP: LOST,
    Fault.DRIP: LOST,
    Fault.TRUNCATED: LOST,
    Fault.HTML: LOST,
    Fault.HEAP: LOST,
    Fault.EMPTY: LOST,
    Fault.BAD_BASE64: LOST,
    Fault.NOT_A_PICTURE: LOST,
    Fault.GIANT: LOST,
    Fault.URL_ELSEWHERE: LOST,
}
OF_VIDEOS = {fault for fault in Fault if fault.startswith("video_")}  # see tests/glue/test_video_faults.py
HARMLESS = (Fault.NONE, Fault.URL, Fault.FLOOD)
SILENT = (Fault.HANG, Fault.DRIP)  # only our own patience ends these
# After any other, nobody may call the provider for a while.
HEALTHY = (FailureKind.REFUSED, FailureKind.CHECK)
TOGETHER = [
    [name for name, end in ENDS.items() if end.kind in HEALTHY],
    *([name] for name, end in ENDS.items() if end.kind not in HEALTHY),
]
TITLES = {
    FailureKind.CHECK: "The provider couldn't use this",
    FailureKind.REFUSED: "The model's provider refused this",
    FailureKind.CREDIT: "The provider's account is empty",
    FailureKind.BUSY: "The provider is too busy",
    FailureKind.FAULT: "Something broke",
}


@pytest.fixture(autouse=True)
def _patience(scene: Scene, request: pytest.FixtureRequest) -> None:
    """As little as the quick faults allow."""
    is_silent = any(each in request.node.name for each in SILENT)
    scene.change_settings(easel_provider_timeout_s=0.3 if is_silent else 20)


@pytest.fixture
async def easel(scene: Scene, _patience: None) -> Scene:
    await scene.start()
    return scene


def test_every_fault_of_the_provider_has_its_end() -> None:
    assert {*ENDS, *HARMLESS, *OF_VIDEOS} == set(Fault)


@pytest.mark.parametrize("names", TOGETHER, ids=" and ".join)
async def test_a_fault_that_lasts_is_told_by_its_kind_counts_nothing_and_is_paid_as_promised(
    easel: Scene, names: list[Fault], subtests: pytest.Subtests
) -> None:
    for name in names:
        with subtests.test(name.value):
            await ends_as_promised(easel, name, ENDS[name])


async def ends_as_promised(easel: Scene, name: Fault, end: End) -> None:
    """One job that meets nothing but this fault."""
    earlier, arrived, spent = len(easel.messages()), len(easel.provider.calls), await easel.spend()
    easel.provider.heal()
    easel.provider.fail(name, times=None)
    handle = await easel.imagine()
    job = await easel.done(handle)
    [message] = easel.messages()[earlier:]
    words = failure_text(Failure(kind=end.kind, code=FailureCode(end.code), subject=end.subject))
    assert title_of(message) == words.title == TITLES[end.kind]
    assert words.why in text_of(message)
    assert words.next_step in text_of(message)
    assert "nothing was counted" in text_of(message)
    assert job.id in text_of(message)
    offered = {"Reword…": words.may_reword, "Try again": end.again}
    assert list(buttons_of(message)) == [label for label, is_offered in offered.items() if is_offered]
    assert job.state is (JobState.REFUSED if end.kind is FailureKind.REFUSED else JobState.FAILED)
    assert await easel.images_counted(easel.ada) == 0
    calls = easel.provider.calls[arrived:]
    assert len(calls) == end.calls
    assert len([call for call in calls if call.charged]) == end.paid
    report = await easel.spend()
    assert report.calls - spent.calls == end.paid
    assert report.micro_usd - spent.micro_usd == end.paid * PRICE_MICRO_USD
    assert report.uncertain_calls == 0


@pytest.mark.parametrize(
    "name",
    [Fault.SLOW_DOWN, Fault.UNAVAILABLE, Fault.BAD_GATEWAY, Fault.ITEM_ERROR, Fault.HANG, Fault.TRUNCATED],
    ids=str,
)
async def test_a_fault_that_passes_is_overcome_and_every_charge_is_on_the_books(
    easel: Scene, name: Fault
) -> None:
    easel.provider.fail(name, times=1)
    handle = await easel.imagine()
    await easel.done(handle)
    [message] = easel.messages()
    assert len(pictures_of(message)) == 1
    paid = 2 if ENDS[name] is LOST else 1
    assert len([call for call in easel.provider.calls if call.charged]) == paid
    report = await easel.spend()
    assert (report.calls, report.micro_usd) == (paid, paid * PRICE_MICRO_USD)
    assert await easel.images_counted(easel.ada) == 1


async def test_an_answer_inline_or_at_an_address_is_a_picture(
    easel: Scene, subtests: pytest.Subtests
) -> None:
    for number, name in enumerate(HARMLESS, 1):
        with subtests.test(name.value):
            easel.provider.fail(name, times=1)
            await easel.done(await easel.imagine())
            *earlier, message = easel.messages()
            assert len(earlier) == number - 1
            assert len(pictures_of(message)) == 1
            assert len(easel.provider.calls) == number


async def test_a_picture_that_the_provider_cannot_use_is_named_on_the_card(easel: Scene) -> None:
    easel.provider.fail(Fault.BAD_RATIO, times=None)
    await easel.done(await easel.edit("make it night", {"image": drawn(), "image2": drawn()}))
    [message] = easel.messages()
    assert title_of(message) == "The provider couldn't use this"
    assert "`image` is too long and thin for the model." in text_of(message)
    assert "bug" not in text_of(message)
    assert len(easel.provider.calls) == 1


async def test_one_missing_picture_of_several_is_told_and_not_counted(easel: Scene) -> None:
    easel.provider.fail(Fault.REFUSED_RESULT, times=1)
    await easel.done(await easel.imagine(count=3))
    [message] = easel.messages()
    assert len(pictures_of(message)) == 2
    assert "1 picture missing, not counted: It blocked the finished picture" in text_of(message)
    assert await easel.images_counted(easel.ada) == 2


def no_entries(_ledger: object, *, status: str | None, model: str | None) -> list[object]:
    """A log that has not caught up yet."""
    return []


async def test_a_picture_whose_answer_was_lost_and_whose_log_is_silent_is_made_again_once(
    easel: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.sandbox.ledger.Ledger.entries", no_entries)
    easel.provider.fail(Fault.DROP, times=None)
    await easel.done(await easel.imagine())
    [card] = easel.messages()
    unknown = Failure(kind=FailureKind.FAULT, code=FailureCode.OUTCOME_UNKNOWN)
    assert failure_text(unknown).why in text_of(card)
    assert len(easel.provider.calls) == 2
    report = await easel.spend()
    assert (report.calls, report.uncertain_calls) == (2, 2)
    assert report.uncertain_micro_usd == 2 * PRICE_MICRO_USD


async def test_a_rate_limit_slows_everybody_down_and_all_get_their_pictures(easel: Scene) -> None:
    easel.provider.fail(Fault.SLOW_DOWN, times=3)
    handles = [
        await easel.imagine(f"picture {n}", user=user) for n, user in enumerate([easel.ada, easel.ben])
    ]
    for handle in handles:
        await easel.done(handle)
    assert [len(message.attachments) for message in easel.messages()] == [1, 1]
    assert len([call for call in easel.provider.calls if call.charged]) == 2
    assert sum(easel.clock.slept) >= 2  # the provider's own Retry-After
