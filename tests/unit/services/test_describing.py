"""Describing a picture: paid for once, and free unless the model was asked."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

import pytest

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.policy.rules import Rule, Scope
from bot.domain.provider import Charge, InputPicture, NoAnswerError, ProviderError, SlowDownError
from bot.domain.rewriting import DESCRIBED_SIDE, DESCRIPTION_MICRO_USD, Described
from bot.services.describing import DESCRIPTIONS_AT_ONCE, WAIT_S, Begun, Describing
from bot.services.submissions import Submission
from tests.fakes import Gate
from tests.unit.services.workshop import ANNA, GUILD, Workshop, reference, request

FOX = reference("fox")


class FakeDescriber:
    """Describes as its script says."""

    def __init__(self) -> None:
        self.script: deque[Described | ProviderError] = deque()
        self.asked: list[str] = []
        self.gate = Gate()

    async def describe(self, request_id: str, picture: InputPicture) -> Described:
        assert picture.data == b"clean fox.png"
        self.asked.append(request_id)
        await self.gate.pass_through()
        answer = self.script.popleft() if self.script else Described(prompts=("a fox",), cost_micro_usd=900)
        if isinstance(answer, ProviderError):
            raise answer
        return answer


@pytest.fixture
def describer() -> FakeDescriber:
    return FakeDescriber()


@pytest.fixture
def describing(shop: Workshop, describer: FakeDescriber) -> Describing:
    return Describing(
        jobs=shop.jobs,
        describer=describer,
        pictures=shop.pictures,
        imaging=shop.imaging,
        clock=shop.clock,
        ceiling=Rule(scope=Scope.OPERATOR),
    )


def submission(number: int = 1, *, age_restricted: bool = False) -> Submission:
    return Submission(
        request=replace(request(references=(FOX,)), prompt="describe"),
        user_id=ANNA,
        reply_target=GUILD,
        interaction_id=number,
        application_id=9,
        token="token",
        age_restricted=age_restricted,
    )


async def begun(describing: Describing, number: int = 1, *, age_restricted: bool = False) -> Begun:
    outcome = await describing.begin(submission(number, age_restricted=age_restricted))
    assert isinstance(outcome, Begun)
    return outcome


async def acknowledge() -> None:
    pass


async def cost(shop: Workshop) -> int:
    return (await shop.spend()).micro_usd


async def test_it_is_paid_for_and_the_model_sees_a_small_copy(
    shop: Workshop, describing: Describing, describer: FakeDescriber
) -> None:
    description = await describing.finish(await begun(describing), acknowledge=acknowledge)

    assert description.prompts == ("a fox",)
    assert (await cost(shop), shop.imaging.sides) == (900, [DESCRIBED_SIDE])
    [request_id] = describer.asked
    assert request_id.startswith("easel.d1.picture.")


async def test_a_picture_that_cannot_be_fetched_costs_nothing(shop: Workshop, describing: Describing) -> None:
    shop.fetcher.problems[FOX.url] = PictureError(PictureProblem.GONE)

    with pytest.raises(PictureError):
        await describing.finish(await begun(describing), acknowledge=acknowledge)

    assert await cost(shop) == 0


async def test_an_acknowledgement_that_fails_costs_nothing(
    shop: Workshop, describing: Describing, describer: FakeDescriber
) -> None:
    async def fail() -> None:
        raise OSError("Discord is away")

    with pytest.raises(OSError, match="Discord"):
        await describing.finish(await begun(describing), acknowledge=fail)

    assert (await cost(shop), describer.asked) == (0, [])


@pytest.mark.parametrize(
    ("error", "due"), [(SlowDownError("429"), 0), (NoAnswerError("cut"), DESCRIPTION_MICRO_USD)]
)
async def test_a_failed_call_is_settled_by_what_is_known(
    shop: Workshop, describing: Describing, describer: FakeDescriber, error: ProviderError, due: int
) -> None:
    describer.script.append(error)

    with pytest.raises(type(error)):
        await describing.finish(await begun(describing), acknowledge=acknowledge)

    assert await cost(shop) == due


async def test_what_is_allowed_depends_on_the_place(describing: Describing, describer: FakeDescriber) -> None:
    three = Described(prompts=("a naked woman", "a fox", "child porn"), cost_micro_usd=900)
    describer.script += (three, three)

    plain = await describing.finish(await begun(describing), acknowledge=acknowledge)
    adult = await describing.finish(await begun(describing, 2, age_restricted=True), acknowledge=acknowledge)

    assert (plain.prompts, adult.prompts) == (("a fox",), ("a naked woman", "a fox"))


async def test_a_call_that_a_stop_cuts_off_is_looked_up_and_not_made_again(
    shop: Workshop, describing: Describing, describer: FakeDescriber
) -> None:
    describer.gate.close()
    asking = asyncio.create_task(describing.finish(await begun(describing), acknowledge=acknowledge))
    await describer.gate.until_waiting()

    await describing.stop()

    await asyncio.gather(asking, return_exceptions=True)
    assert await cost(shop) == DESCRIPTION_MICRO_USD
    shop.clock.advance(2 * 3600)
    shop.provider.fates.append(Charge.FREE)
    await shop.calls.settle_old()
    assert (await cost(shop), len(describer.asked)) == (0, 1)


async def test_a_person_who_goes_away_does_not_end_the_call(
    shop: Workshop, describing: Describing, describer: FakeDescriber
) -> None:
    describer.gate.close()
    asking = asyncio.create_task(describing.finish(await begun(describing), acknowledge=acknowledge))
    await describer.gate.until_waiting()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    describer.gate.open()
    await asyncio.gather(*describing._live)  # pyright: ignore[reportPrivateUsage]  # nothing else tells its end

    assert await cost(shop) == 900


async def test_an_error_that_nobody_waits_for_is_on_the_books_all_the_same(
    shop: Workshop, describing: Describing, describer: FakeDescriber
) -> None:
    describer.script.append(NoAnswerError("cut"))
    describer.gate.close()
    asking = asyncio.create_task(describing.finish(await begun(describing), acknowledge=acknowledge))
    await describer.gate.until_waiting()
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    describer.gate.open()
    await asyncio.gather(*describing._live, return_exceptions=True)  # pyright: ignore[reportPrivateUsage]

    assert (await shop.spend()).uncertain_micro_usd == DESCRIPTION_MICRO_USD


async def test_while_too_many_wait_another_is_told_to_come_back(
    shop: Workshop, describing: Describing, describer: FakeDescriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert WAIT_S < 15 * 60  # the life of Discord's token
    monkeypatch.setattr("bot.services.describing.WAIT_S", 0)
    describer.gate.close()
    first = [
        asyncio.create_task(
            describing.finish(await begun(describing, number), acknowledge=acknowledge), name=f"{number}"
        )
        for number in range(DESCRIPTIONS_AT_ONCE)
    ]
    while len(describer.asked) < DESCRIPTIONS_AT_ONCE:  # noqa: ASYNC110  # the gate tells of one
        await asyncio.sleep(0)

    with pytest.raises(SlowDownError):
        await describing.finish(await begun(describing, 99), acknowledge=acknowledge)

    describer.gate.open()
    await asyncio.gather(*first)
    assert await cost(shop) == DESCRIPTIONS_AT_ONCE * 900
