"""Discord in trouble: rate limits, errors, lost answers and a gateway that goes away."""

from __future__ import annotations

import asyncio
from functools import partial
from itertools import product

import aiohttp
import pytest

from bot.app.run import check_gateway
from bot.domain.jobs import JobState
from bot.health import HealthCheck
from tests.wire.app import CALLBACK, MESSAGES, ORIGINAL, Scene
from tests.wire.cards import buttons_of, job_id_of, pictures_of, text_of, title_of, versions_of
from tests.wire.interactions import Dispatched
from tests.wire.state import Message

PAGE = b"<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>"
HTML = {"Content-Type": "text/html"}


async def delivered_once(easel: Scene, handle: Dispatched, number: int = 1) -> Message:
    """The last of so many messages, and no other is there; with its picture, paid for once."""
    await easel.done(handle)
    message = handle.message
    assert message is not None
    assert easel.messages()[number - 1 :] == [message]
    assert len(pictures_of(message)) == len(message.attachments) == 1
    assert (len(easel.provider.calls), (await easel.spend()).calls) == (number, number)
    assert await easel.images_counted(easel.ada) == number
    return message


async def painting(easel: Scene, number: int) -> Dispatched:
    """A command whose picture, one of so many, the provider holds back."""
    easel.provider.hold()
    handle = await easel.imagine()
    await easel.provider.wait_arrived(number)
    easel.clock.slept.clear()
    return handle


class TestOnTheCard:
    async def test_a_rate_limit_is_waited_out(self, easel: Scene, subtests: pytest.Subtests) -> None:
        for number, is_global in enumerate((False, True), 1):
            with subtests.test("global" if is_global else "route"):
                asked = len(easel.server.asked("PATCH", ORIGINAL))
                easel.server.rate_limit("PATCH", ORIGINAL, times=3, is_global=is_global)
                message = await delivered_once(easel, await easel.imagine(), number)
                statuses = [each.status for each in easel.server.asked("PATCH", ORIGINAL)[asked:]]
                assert statuses == [429, 429, 429, 200, 200]
                assert message.edits == 2

    async def test_a_rate_limit_that_looks_like_a_ban_delays_the_result(self, easel: Scene) -> None:
        easel.provider.hold()
        handle = await easel.imagine()
        await easel.provider.wait_arrived(1)
        easel.server.rate_limit("PATCH", ORIGINAL, has_via=False, times=2)
        easel.provider.release()
        await delivered_once(easel, handle)
        assert easel.clock.slept == [1.0, 2.0]

    async def test_server_errors_delay_the_result_and_it_comes_once(
        self, easel: Scene, subtests: pytest.Subtests
    ) -> None:
        cases = product((500, 502, 503, 504), (True, False))
        for number, (status, before) in enumerate(cases, 1):
            with subtests.test(f"{status}, {'undone' if before else 'done and lost'}"):
                handle = await painting(easel, number)
                # discord.py itself tries five times; the sixth failure is the first that Easel hears of
                easel.server.fail("PATCH", ORIGINAL, status=status, times=7, before=before)
                easel.provider.release()
                await delivered_once(easel, handle, number)
                assert easel.clock.slept == [1.0]
                assert easel.server.pings == []

    async def test_a_line_that_breaks_delays_the_result_and_it_comes_once(
        self, easel: Scene, subtests: pytest.Subtests
    ) -> None:
        for number, before in enumerate((True, False), 1):
            with subtests.test("undone" if before else "done and lost"):
                handle = await painting(easel, number)
                easel.server.cut("PATCH", ORIGINAL, times=2, before=before)
                easel.provider.release()
                await delivered_once(easel, handle, number)
                assert easel.clock.slept == [1.0, 2.0]

    async def test_a_page_of_a_proxy_delays_the_result_and_closes_nothing(
        self, easel: Scene, subtests: pytest.Subtests
    ) -> None:
        for number, status in enumerate((403, 404), 1):
            with subtests.test(status=status):
                handle = await painting(easel, number)
                for method in ("PATCH", "POST"):
                    easel.server.fail(method, "/*", status=status, body=PAGE, headers=HTML, times=4)
                easel.provider.release()
                await delivered_once(easel, handle, number)
                easel.server.faults.clear()

    async def test_a_card_that_can_never_be_edited_again_is_followed_by_a_message(self, easel: Scene) -> None:
        """As in a thread that was archived meanwhile."""
        easel.provider.hold()
        handle = await easel.imagine()
        job = await easel.accepted(handle)
        await easel.provider.wait_arrived(1)
        for pattern in (ORIGINAL, MESSAGES + "/*"):
            easel.server.fail("PATCH", pattern, status=503, times=None)
        easel.provider.release()
        job = await easel.over(job.id)
        assert job.state is JobState.DONE
        card, result = easel.messages()
        assert pictures_of(card) == []
        assert len(pictures_of(result)) == 1
        assert (len(easel.provider.calls), await easel.images_counted(easel.ada)) == (1, 1)

    async def test_files_that_are_refused_at_every_size_come_one_a_message(self, easel: Scene) -> None:
        easel.provider.hold()
        handle = await easel.imagine(count=2)
        job = await easel.accepted(handle)
        await easel.provider.wait_arrived(2)
        for pattern in (ORIGINAL, MESSAGES + "/*"):
            easel.server.fail("PATCH", pattern, status=413, code=40005, times=None)
        easel.server.fail("POST", MESSAGES, status=413, code=40005, times=6)
        easel.provider.release()
        job = await easel.over(job.id)
        assert job.state is JobState.DONE
        _first, card, other = easel.messages()
        assert len(pictures_of(card)) == 1
        assert "too large for this message" in text_of(card)
        assert len(other.attachments) == 1

    async def test_progress_that_cannot_be_shown_holds_nothing_up(self, easel: Scene) -> None:
        easel.server.fail("PATCH", ORIGINAL, status=503, times=5)
        await delivered_once(easel, await easel.imagine())
        assert easel.clock.slept == []

    async def test_a_notification_that_fails_costs_nobody_the_result(self, easel: Scene) -> None:
        easel.provider.hold()
        handle = await easel.imagine()
        job = await easel.accepted(handle)
        await easel.provider.wait_arrived(1)
        easel.clock.advance(31)
        easel.server.fail("POST", MESSAGES, status=503, times=None)
        easel.provider.release()
        job = await easel.over(job.id)
        assert (job.state, job.pinged_at) == (JobState.DONE, None)
        assert handle.message is not None
        assert len(pictures_of(handle.message)) == 1


class TestOnTheFirstAnswer:
    async def test_an_interaction_that_discord_no_longer_knows_ends_its_job_and_counts_nothing(
        self, easel: Scene
    ) -> None:
        easel.server.fail("POST", CALLBACK, status=404, code=10062, times=None)
        handle = await easel.imagine()
        await easel.server.wait_for(lambda: easel.server.asked("POST", CALLBACK))
        await easel.eventually(lambda: easel.images_counted(easel.ada), lambda images: images == 0)
        await easel.pass_time(60)
        await easel.stop()
        assert handle.message is None
        assert easel.messages() == []
        assert easel.provider.arrived == 0

    async def test_an_answer_whose_outcome_was_lost_leaves_the_right_card_and_the_job_goes_on(
        self, easel: Scene, subtests: pytest.Subtests
    ) -> None:
        for number, status in enumerate((500, 503), 1):
            with subtests.test(status=status):
                easel.server.fail("POST", CALLBACK, status=status, before=False)
                handle = await easel.imagine()
                message = await delivered_once(easel, handle, number)
                assert handle.refusals == [40060]  # discord.py said it again
                assert title_of(versions_of(message)[0]) == "In the queue"

    async def test_an_answer_that_was_lost_and_came_again_too_late_leaves_the_job_alone(
        self, easel: Scene
    ) -> None:
        easel.server.fail("POST", CALLBACK, status=500, before=False)
        easel.server.fail("POST", CALLBACK, status=404, code=10062)
        await delivered_once(easel, await easel.imagine())

    async def test_an_answer_given_already_leaves_the_job_alone(self, easel: Scene) -> None:
        easel.server.fail("POST", CALLBACK, status=400, code=40060, before=False)
        await delivered_once(easel, await easel.imagine())

    async def test_an_answer_that_somebody_else_gave_ends_the_job_and_tells_the_operator(
        self, scene: Scene
    ) -> None:
        """An old copy of the bot with the same token still runs."""
        easel = scene
        easel.change_settings(easel_operators=frozenset({easel.ben.id}))
        await easel.start()
        held = easel.server.hold("POST", CALLBACK, times=1)
        handle = await easel.imagine()
        await easel.server.wait_for(lambda: easel.server.asked("POST", CALLBACK))
        url = f"{easel.server.rest_base}/interactions/{handle.id}/{handle.token}/callback"
        async with aiohttp.ClientSession() as other:
            await other.post(url, json={"type": 4, "data": {"content": "from the old copy"}})
        held.release()
        await easel.eventually(lambda: easel.images_counted(easel.ada), lambda images: images == 0)
        await easel.pass_time(60)
        (notice,) = await easel.server.wait_for(lambda: easel.direct_messages(easel.ben))
        assert "Another Easel answers for this bot" in text_of(notice)
        assert easel.provider.arrived == 0

    async def test_a_line_that_breaks_on_the_answer_neither_loses_the_job_nor_says_it_broke(
        self, easel: Scene, subtests: pytest.Subtests
    ) -> None:
        for number, before in enumerate((True, False), 1):
            with subtests.test("unheard" if before else "heard and lost"):
                easel.server.cut("POST", CALLBACK, before=before)
                message = await delivered_once(easel, await easel.imagine(), number)
                assert title_of(versions_of(message)[0]) == "In the queue"
                assert len(easel.server.messages(easel.art.id)) == number

    async def test_a_card_whose_id_was_never_told_is_still_edited_after_the_token(self, easel: Scene) -> None:
        easel.server.fail("POST", CALLBACK, status=400, code=40060, before=False)
        easel.provider.hold()
        handle = await easel.imagine()
        await easel.provider.wait_arrived(1)
        easel.clock.advance(15 * 60)
        easel.provider.release()
        job_id = job_id_of(await handle.acked())
        await easel.over(job_id)
        assert handle.message is not None
        assert len(pictures_of(handle.message)) == 1

    async def test_an_answer_that_never_gets_through_still_brings_the_picture(self, easel: Scene) -> None:
        fault = easel.server.fail("POST", CALLBACK, status=503, times=None)
        await easel.imagine()
        [message] = await easel.server.wait_for(easel.messages)
        assert fault.hits >= 5
        assert len(pictures_of(message)) == 1
        assert f"<@{easel.ada.id}> your picture is ready." in text_of(message)


async def until_finding(check: HealthCheck, *, is_well: bool) -> None:
    """Returns as soon as the part is found so; the test's time runs out otherwise."""
    while (await check()).is_well is not is_well:  # noqa: ASYNC110  # discord.py tells nobody of its connection
        await asyncio.sleep(0)


class TestGateway:
    async def test_a_job_goes_on_while_the_gateway_is_gone(self, easel: Scene) -> None:
        easel.provider.hold()
        handle = await easel.imagine()
        await easel.provider.wait_arrived(1)
        easel.server.gateway.is_accepting = False
        await easel.server.drop_gateways()
        easel.provider.release()
        await delivered_once(easel, handle)
        assert easel.server.gateway.live_sessions == []
        easel.server.gateway.is_accepting = True
        await easel.server.connected()

    async def test_health_tells_that_the_gateway_is_gone_and_that_it_is_back(self, easel: Scene) -> None:
        check = partial(check_gateway, easel.client)
        await until_finding(check, is_well=True)
        easel.server.gateway.is_accepting = False
        await easel.server.drop_gateways()
        await until_finding(check, is_well=False)
        easel.server.gateway.is_accepting = True
        await easel.server.connected()
        await until_finding(check, is_well=True)

    async def test_what_was_asked_while_the_line_was_cut_is_answered_after_resume(self, easel: Scene) -> None:
        await easel.server.drop_gateways()
        handle = await easel.imagine("asked in silence")
        await delivered_once(easel, handle)
        assert easel.server.gateway.resumes == 1

    @pytest.mark.parametrize("moment", ["at once", "after the picture"])
    async def test_one_interaction_dispatched_twice_is_one_job(self, easel: Scene, moment: str) -> None:
        handle = await easel.imagine()
        if moment != "at once":
            await delivered_once(easel, handle)
        [session] = easel.server.gateway.live_sessions
        [dispatch] = [event for event in session.events if event["t"] == "INTERACTION_CREATE"]
        session.add("INTERACTION_CREATE", dispatch["d"])
        last = await easel.imagine("the next one", user=easel.ben)  # heard after the repetition
        await easel.done(last)
        await easel.done(handle)
        assert [call.prompt for call in easel.provider.calls].count("a red fox in snow") == 1
        assert len(easel.messages()) == 2
        assert await easel.images_counted(easel.ada) == 1
        assert handle.follow_ups == []

    async def test_after_an_invalid_session_buttons_work_as_before(self, easel: Scene) -> None:
        easel.provider.hold()
        handle = await easel.imagine()
        await easel.provider.wait_arrived(1)
        easel.server.invalidate_sessions()
        await easel.server.wait_for(lambda: easel.server.gateway.identifies == 2)
        assert handle.message is not None
        press = await easel.server.click(easel.ada, handle.message, buttons_of(handle.message)["Cancel"])
        await press.acked()
        assert title_of(handle.message) == "Cancelled"
