from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import aiohttp
import discord
import pytest

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.jobs import Job, JobState, Render, RenderStage, ReplyScope
from bot.domain.ports.outside import CardPicture, ShownCard
from bot.errors import ShowLaterError, TooLargeError, UnreachableError
from bot.ui.base.discord_errors import is_closed
from bot.ui.cards.card import CANCEL
from bot.ui.cards.delivery import PATIENCE_S, DiscordCardPresenter
from tests.conftest import TurnableClock
from tests.unit.ui.cards.test_card import a_job, picture
from tests.unit.ui.jobs import NOW, REQUESTER

CARD, NEW_MESSAGE = 7000, 8000
PICTURES = (CardPicture(index=0, filename="a-red-fox.jpg", data=b"jpeg"),)


@dataclass
class Line:
    """What a stand-in of discord.py was asked to do, and which ways fail with what."""

    taken: list[str] = field(default_factory=list[str])
    looked_by: list[str] = field(default_factory=list[str])
    closed: Mapping[str, Exception] = field(default_factory=dict[str, Exception])
    sent: dict[str, Any] = field(default_factory=dict[str, Any])
    is_there: bool = False
    button: str | None = CANCEL.button("7f3k2m9q1z").custom_id  # of a card that is looked at

    def look(self, way: str) -> Any:
        """Find what was made. Unless `is_there`, what an edit could not find, a look finds no better."""
        self.looked_by.append(way)
        error = self.closed.get("look") or self.closed.get(way)
        if error is not None and ("look" in self.closed or (is_closed(error) and not self.is_there)):
            raise error
        button = SimpleNamespace(custom_id=self.button)
        return SimpleNamespace(
            id=CARD, components=[SimpleNamespace(children=[button])] if self.button else []
        )

    def take(self, way: str, fields: dict[str, Any]) -> None:
        self.taken.append(way)
        if way in self.closed:
            raise self.closed[way]
        self.sent = fields


class StandInWebhook:
    def __init__(self, line: Line, token: str) -> None:
        self._line, self._token = line, token

    async def edit_message(self, message_id: object, **fields: Any) -> Any:
        self._line.take("token", fields | {"message_id": message_id})
        return SimpleNamespace(id=CARD)

    async def fetch_message(self, _message_id: object) -> Any:
        return self._line.look(TOKEN)

    async def send(self, content: str | None = None, **fields: Any) -> None:
        self._line.take("follow-up", fields | {"content": content})


class StandInChannel:
    def __init__(self, line: Line, way: str) -> None:
        self._line, self._way = line, way

    def get_partial_message(self, message_id: int) -> StandInMessage:
        return StandInMessage(self._line, message_id)

    async def fetch_message(self, _message_id: int) -> Any:
        return self._line.look(OWN)

    async def send(self, content: str | None = None, **fields: Any) -> Any:
        self._line.take(self._way, fields | {"content": content})
        return SimpleNamespace(id=NEW_MESSAGE)


class StandInMessage:
    def __init__(self, line: Line, message_id: int) -> None:
        self._line, self._id = line, message_id

    async def edit(self, **fields: Any) -> None:
        self._line.take("own message", fields | {"message_id": self._id})


class StandInClient:
    """The two methods of a client that the presenter uses."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def get_partial_messageable(self, channel_id: int, *, guild_id: int | None = None) -> StandInChannel:
        return StandInChannel(self._line, "channel")

    async def create_dm(self, user: discord.abc.Snowflake) -> StandInChannel:
        assert user.id == REQUESTER
        return StandInChannel(self._line, "direct message")


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def presenter(line: Line, monkeypatch: pytest.MonkeyPatch) -> DiscordCardPresenter:
    def partial(_id: int, token: str, *, client: object) -> StandInWebhook:
        return StandInWebhook(line, token)

    monkeypatch.setattr(discord.Webhook, "partial", partial)
    return DiscordCardPresenter(cast(discord.Client, StandInClient(line)), TurnableClock(NOW))


# What Discord says with these statuses about a webhook, a message, a channel and a body.
CODES = {400: 50035, 401: 50027, 403: 50001, 404: 10008, 413: 40005}
PAGE = "<html><head><title>403 Forbidden</title></head><body><center>nginx</center></body></html>"


def answered(status: int, code: int | None = None, *, body: Any = None) -> discord.HTTPException:
    """An error of Discord's own, or one whose `body` is not Discord's."""
    response = cast(Any, SimpleNamespace(status=status, reason="because"))
    kinds: dict[int, type[discord.HTTPException]] = {403: discord.Forbidden, 404: discord.NotFound}
    kind = kinds.get(status, discord.DiscordServerError if status >= 500 else discord.HTTPException)
    if body is None:
        body = {"code": CODES.get(status, 0) if code is None else code, "message": "no"}
    return kind(response, body)


def job_in(
    reach: ReplyScope = ReplyScope.GUILD,
    state: JobState = JobState.DELIVERING,
    *,
    private: bool = False,
    token: bool = True,
    card: bool = True,
) -> Job:
    job = a_job(
        state=state,
        wish_private=private,
        card_id=CARD if card else None,
        token="token" if token else None,
        failure=Failure(kind=FailureKind.BUSY, code=FailureCode.SLOW_DOWN),
    )
    return replace(job, reply_target=replace(job.reply_target, scope=reach))


TOKEN, OWN, CHANNEL, DIRECT = "token", "own message", "channel", "direct message"
ENDS = (JobState.DELIVERING, JobState.DONE, JobState.FAILED, JobState.REFUSED, JobState.EXPIRED)


async def ways_tried(
    presenter: DiscordCardPresenter, line: Line, job: Job, pictures: tuple[CardPicture, ...] = ()
) -> list[str]:
    """Every way in its order: each is closed, so that all are tried."""
    line.closed = {way: answered(404) for way in (TOKEN, OWN, CHANNEL, DIRECT)}
    with pytest.raises(UnreachableError):
        await presenter.show(job, pictures)
    return line.taken


@pytest.mark.parametrize("state", ENDS)
@pytest.mark.parametrize(
    ("reach", "private", "expected"),
    [
        (ReplyScope.GUILD, False, [TOKEN, OWN, CHANNEL, DIRECT]),
        (ReplyScope.GUILD, True, [TOKEN, DIRECT]),
        (ReplyScope.DIRECT, False, [TOKEN, OWN, CHANNEL]),
        (ReplyScope.NOWHERE, False, [TOKEN]),
        (ReplyScope.NOWHERE, True, [TOKEN]),
    ],
)
async def test_the_end_of_a_job_takes_the_best_way_and_then_the_next(
    presenter: DiscordCardPresenter,
    line: Line,
    state: JobState,
    reach: ReplyScope,
    private: bool,
    expected: list[str],
) -> None:
    assert await ways_tried(presenter, line, job_in(reach, state, private=private)) == expected


@pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RENDERING])
@pytest.mark.parametrize(
    ("reach", "private", "expected"),
    [
        (ReplyScope.GUILD, False, [TOKEN, OWN]),
        (ReplyScope.GUILD, True, [TOKEN]),
        (ReplyScope.DIRECT, False, [TOKEN, OWN]),
        (ReplyScope.NOWHERE, False, [TOKEN]),
    ],
)
async def test_progress_never_makes_a_new_message(
    presenter: DiscordCardPresenter,
    line: Line,
    state: JobState,
    reach: ReplyScope,
    private: bool,
    expected: list[str],
) -> None:
    assert await ways_tried(presenter, line, job_in(reach, state, private=private)) == expected


async def test_a_token_that_is_gone_is_not_tried(presenter: DiscordCardPresenter, line: Line) -> None:
    assert await ways_tried(presenter, line, job_in(token=False)) == [OWN, CHANNEL, DIRECT]


async def test_a_token_that_has_run_out_is_not_tried(presenter: DiscordCardPresenter, line: Line) -> None:
    job = replace(job_in(), token_until=NOW - timedelta(seconds=1))

    assert await ways_tried(presenter, line, job) == [OWN, CHANNEL, DIRECT]


@pytest.mark.parametrize(
    ("reach", "private", "has_card", "then"),
    [
        (ReplyScope.GUILD, True, True, [DIRECT]),
        (ReplyScope.GUILD, False, False, [CHANNEL, DIRECT]),
        (ReplyScope.NOWHERE, False, True, []),
    ],
)
async def test_a_token_that_ran_out_is_tried_for_an_end_that_nothing_else_can_edit_in(
    presenter: DiscordCardPresenter,
    line: Line,
    reach: ReplyScope,
    private: bool,
    has_card: bool,
    then: list[str],
) -> None:
    painting = replace(
        job_in(reach, JobState.RENDERING, private=private, card=has_card), token_until=NOW - timedelta(days=1)
    )
    assert await ways_tried(presenter, line, painting) == []

    assert await ways_tried(presenter, line, replace(painting, state=JobState.DELIVERING)) == [TOKEN, *then]


async def test_a_card_nobody_knows_is_edited_by_token_only(
    presenter: DiscordCardPresenter, line: Line
) -> None:
    assert await ways_tried(presenter, line, job_in(card=False)) == [TOKEN, CHANNEL, DIRECT]


async def test_where_no_way_is_left_nothing_is_tried(presenter: DiscordCardPresenter, line: Line) -> None:
    assert await ways_tried(presenter, line, job_in(ReplyScope.NOWHERE, token=False)) == []


@pytest.mark.parametrize(
    ("closed", "taken", "shown"),
    [
        ([], [TOKEN], ShownCard(card_id=CARD, called=False)),
        ([TOKEN], [TOKEN, OWN], ShownCard(card_id=CARD, called=False)),
        ([TOKEN, OWN], [TOKEN, OWN, CHANNEL], ShownCard(card_id=NEW_MESSAGE, called=True)),
        ([TOKEN, OWN, CHANNEL], [TOKEN, OWN, CHANNEL, DIRECT], ShownCard(card_id=None, called=True)),
    ],
)
async def test_the_first_open_way_is_taken_and_no_other(
    presenter: DiscordCardPresenter, line: Line, closed: Iterable[str], taken: list[str], shown: ShownCard
) -> None:
    line.closed = {way: answered(404) for way in closed}

    assert await presenter.show(job_in(), PICTURES) == shown
    assert line.taken == taken


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413])
async def test_a_way_that_would_answer_the_same_again_is_closed(
    presenter: DiscordCardPresenter, line: Line, status: int
) -> None:
    line.closed = {TOKEN: answered(status)}

    await presenter.show(job_in(), PICTURES)

    assert line.taken == [TOKEN, OWN]


@pytest.mark.parametrize(
    "error",
    [
        answered(429),
        answered(500),
        answered(502),
        answered(503),
        discord.RateLimited(99.0),
        aiohttp.ClientConnectionError("https://discord.com/webhooks/1/secret-token"),
        ConnectionResetError("reset"),
        TimeoutError(),
    ],
    ids=lambda error: f"{type(error).__name__}-{getattr(error, 'status', '')}",
)
@pytest.mark.parametrize("way", [TOKEN, OWN, CHANNEL, DIRECT])
async def test_when_discord_cannot_just_now_no_other_way_is_taken(
    presenter: DiscordCardPresenter, line: Line, error: Exception, way: str
) -> None:
    """A second way while the first may still work would show the job twice."""
    order = [TOKEN, OWN, CHANNEL, DIRECT]
    before = order[: order.index(way)]
    line.closed = {earlier: answered(404) for earlier in before} | {way: error}

    with pytest.raises(ShowLaterError) as caught:
        await presenter.show(job_in(), PICTURES)

    assert line.taken == [*before, way]
    assert "secret-token" not in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
@pytest.mark.parametrize(
    "body",
    [PAGE, "", {"status": 403, "error": "Forbidden"}, {"code": 403, "message": "blocked"}, {"code": 40333}],
    ids=["page", "nothing", "other JSON", "a status as its code", "Cloudflare by Discord's list"],
)
async def test_an_answer_that_is_not_discords_closes_no_way(
    presenter: DiscordCardPresenter, line: Line, status: int, body: Any
) -> None:
    line.closed = {TOKEN: answered(status, body=body)}

    with pytest.raises(ShowLaterError):
        await presenter.show(job_in(), PICTURES, waited_s=3600)

    assert line.taken == [TOKEN]


class TestARefusedEdit:
    """discord.py tries an edit a second time after a 503, and only the second answer is seen."""

    async def test_it_may_have_been_made_before_and_is_not_shown_twice(
        self, presenter: DiscordCardPresenter, line: Line
    ) -> None:
        line.closed, line.is_there, line.button = {TOKEN: answered(404)}, True, "easel:vary:7f3k2m9q1z"

        shown = await presenter.show(job_in(card=False), PICTURES)

        assert (line.taken, line.looked_by) == ([TOKEN], [TOKEN])
        assert shown == ShownCard(card_id=CARD, called=False)

    async def test_a_card_that_still_shows_progress_leaves_the_next_way_open(
        self, presenter: DiscordCardPresenter, line: Line
    ) -> None:
        line.closed, line.is_there = {TOKEN: answered(404)}, True

        shown = await presenter.show(job_in(card=False), PICTURES)

        assert (line.taken, line.looked_by) == ([TOKEN, CHANNEL], [TOKEN])
        assert shown == ShownCard(card_id=NEW_MESSAGE, called=True)

    async def test_a_card_that_cannot_be_looked_at_is_left_alone_for_a_while_only(
        self, presenter: DiscordCardPresenter, line: Line
    ) -> None:
        line.closed = {TOKEN: answered(404), "look": answered(500)}

        with pytest.raises(ShowLaterError):
            await presenter.show(job_in(card=False), PICTURES, waited_s=PATIENCE_S - 1)
        await presenter.show(job_in(card=False), PICTURES, waited_s=PATIENCE_S)

        assert line.taken == [TOKEN, TOKEN, CHANNEL]

    async def test_progress_is_not_looked_for(self, presenter: DiscordCardPresenter, line: Line) -> None:
        line.closed, line.is_there = {TOKEN: answered(404)}, True

        with pytest.raises(UnreachableError):
            await presenter.show(job_in(state=JobState.RENDERING, card=False), ())

        assert (line.taken, line.looked_by) == ([TOKEN], [])


class TestAWayThatKeepsFailing:
    """As edits in a thread that was archived meanwhile: 500 for ever, though a new message would work."""

    async def test_it_is_followed_by_the_next_way_after_a_while(
        self, presenter: DiscordCardPresenter, line: Line
    ) -> None:
        line.closed = {TOKEN: answered(404), OWN: answered(500)}

        with pytest.raises(ShowLaterError):
            await presenter.show(job_in(), PICTURES, waited_s=PATIENCE_S - 1)
        line.taken.clear()
        shown = await presenter.show(job_in(), PICTURES, waited_s=PATIENCE_S)

        assert line.taken == [TOKEN, OWN, CHANNEL, OWN]  # last, to take the progress off the old card
        assert shown == ShownCard(card_id=NEW_MESSAGE, called=True)

    async def test_an_edit_that_was_made_nevertheless_is_not_shown_twice(
        self, presenter: DiscordCardPresenter, line: Line
    ) -> None:
        line.closed, line.button = {TOKEN: answered(502)}, "easel:vary:7f3k2m9q1z"

        shown = await presenter.show(job_in(), PICTURES, waited_s=PATIENCE_S)

        assert (line.taken, line.looked_by) == ([TOKEN], [TOKEN])
        assert shown == ShownCard(card_id=CARD, called=False)

    async def test_a_message_that_shows_nothing_of_the_job_is_no_proof(
        self, presenter: DiscordCardPresenter, line: Line
    ) -> None:
        """As the "thinking" that a slow first answer begins with."""
        line.closed, line.button = {TOKEN: answered(502), OWN: answered(502)}, None

        shown = await presenter.show(job_in(), PICTURES, waited_s=PATIENCE_S)

        assert shown == ShownCard(card_id=NEW_MESSAGE, called=True)

    @pytest.mark.parametrize("error", [answered(503), TimeoutError(), answered(403, body=PAGE)])
    async def test_nothing_is_sent_elsewhere_while_discord_cannot_be_asked_either(
        self, presenter: DiscordCardPresenter, line: Line, error: Exception
    ) -> None:
        line.closed = {TOKEN: answered(503), "look": error}

        with pytest.raises(ShowLaterError):
            await presenter.show(job_in(), PICTURES, waited_s=PATIENCE_S)

        assert (line.taken, line.looked_by) == ([TOKEN], [TOKEN])

    @pytest.mark.parametrize("state", [JobState.QUEUED, JobState.RENDERING])
    async def test_progress_takes_no_other_way(
        self, presenter: DiscordCardPresenter, line: Line, state: JobState
    ) -> None:
        line.closed = {TOKEN: answered(500)}

        with pytest.raises(ShowLaterError):
            await presenter.show(job_in(state=state), (), waited_s=PATIENCE_S)

        assert line.taken == [TOKEN]


@pytest.mark.parametrize(
    ("reach", "private", "taken"),
    [
        (ReplyScope.GUILD, False, [CHANNEL]),
        (ReplyScope.DIRECT, False, [CHANNEL]),
        (ReplyScope.GUILD, True, ["follow-up"]),
        (ReplyScope.NOWHERE, False, ["follow-up"]),
    ],
)
async def test_a_picture_apart_pings_nobody_and_stays_as_private_as_its_card(
    presenter: DiscordCardPresenter, line: Line, reach: ReplyScope, private: bool, taken: list[str]
) -> None:
    await presenter.show_apart(job_in(reach, private=private), PICTURES[0])

    assert line.taken == taken
    assert line.sent["file"].filename == "a-red-fox.jpg"
    assert line.sent["allowed_mentions"].to_dict() == {"parse": []}
    assert line.sent.get("ephemeral", False) is private
    assert (0 < len(line.sent["nonce"]) <= 25) if taken == [CHANNEL] else True


async def test_a_card_without_all_its_pictures_says_where_the_others_are(
    presenter: DiscordCardPresenter, line: Line
) -> None:
    job = job_in()
    await presenter.show(job, ())

    assert f"`/show {job.id}`" in str(line.sent["view"].to_components())


@pytest.mark.parametrize("way", [OWN, CHANNEL])
async def test_a_bot_token_that_discord_no_longer_takes_loses_no_picture(
    presenter: DiscordCardPresenter, line: Line, way: str
) -> None:
    """The operator will mend it; the job may wait for that until its time is over."""
    line.closed = {TOKEN: answered(404), OWN: answered(404), CHANNEL: answered(404)} | {
        open_way: answered(401, 0) for open_way in (way, DIRECT)
    }

    with pytest.raises(ShowLaterError):
        await presenter.show(job_in(), PICTURES)


async def test_a_cancelled_job_without_pictures_calls_nobody(
    presenter: DiscordCardPresenter, line: Line
) -> None:
    line.closed = {TOKEN: answered(404), OWN: answered(404)}
    waiting = Render(index=0, stage=RenderStage.WAITING)

    with pytest.raises(UnreachableError):
        await presenter.show(replace(job_in(state=JobState.CANCELLED), renders=(waiting,)), ())


async def test_an_edit_brings_the_pictures_and_mentions_nobody(
    presenter: DiscordCardPresenter, line: Line
) -> None:
    for closed in ({}, {TOKEN: answered(404)}):
        line.closed = closed
        await presenter.show(job_in(), PICTURES)

        assert [file.filename for file in line.sent["attachments"]] == ["a-red-fox.jpg"]
        assert line.sent["allowed_mentions"].to_dict() == {"parse": []}


async def test_an_unknown_card_is_edited_as_the_original_answer(
    presenter: DiscordCardPresenter, line: Line
) -> None:
    await presenter.show(job_in(card=False), PICTURES)

    assert line.sent["message_id"] == "@original"


@pytest.mark.parametrize("closed", [[TOKEN, OWN], [TOKEN, OWN, CHANNEL]])
async def test_a_new_message_calls_its_requester_alone_and_cannot_come_twice(
    presenter: DiscordCardPresenter, line: Line, closed: list[str]
) -> None:
    line.closed = {way: answered(404) for way in closed}

    await presenter.show(job_in(), PICTURES)

    mentions = line.sent["allowed_mentions"].to_dict()
    assert [int(user) for user in mentions["users"]] == [REQUESTER]
    assert mentions["parse"] == []
    assert 0 < len(line.sent["nonce"]) <= 25  # Discord's limit
    (greeting, _) = line.sent["view"].to_components()
    assert f"<@{REQUESTER}>" in greeting["content"]


async def test_showing_again_sends_fresh_files(presenter: DiscordCardPresenter, line: Line) -> None:
    await presenter.show(job_in(), PICTURES)
    first = line.sent["attachments"][0]
    await presenter.show(job_in(), PICTURES)

    assert line.sent["attachments"][0] is not first
    assert line.sent["attachments"][0].fp.read() == b"jpeg"


async def test_a_prompt_too_long_for_the_card_comes_as_a_file(
    presenter: DiscordCardPresenter, line: Line
) -> None:
    job = job_in()
    prompt = "a fox " * 600

    await presenter.show(replace(job, request=replace(job.request, prompt=prompt)), PICTURES)

    text = line.sent["attachments"][1]
    assert text.filename == "prompt.txt"
    assert text.fp.read().decode() == prompt


async def test_a_failure_with_a_long_prompt_brings_no_file(
    presenter: DiscordCardPresenter, line: Line
) -> None:
    job = job_in(state=JobState.FAILED)
    failed = Render(index=0, stage=RenderStage.FAILED, failure=job.failure)

    await presenter.show(
        replace(job, request=replace(job.request, prompt="a fox " * 600), renders=(failed,)), ()
    )

    assert line.sent["attachments"] == []


@pytest.mark.parametrize(
    ("reach", "private", "token", "way"),
    [
        (ReplyScope.GUILD, False, True, [CHANNEL]),
        (ReplyScope.GUILD, False, False, [CHANNEL]),
        (ReplyScope.DIRECT, False, True, [CHANNEL]),
        (ReplyScope.GUILD, True, True, ["follow-up"]),
        (ReplyScope.NOWHERE, False, True, ["follow-up"]),
        (ReplyScope.NOWHERE, True, False, []),
    ],
)
async def test_a_call_goes_where_its_requester_may_see_it(
    presenter: DiscordCardPresenter, line: Line, reach: ReplyScope, private: bool, token: bool, way: list[str]
) -> None:
    await presenter.call(job_in(reach, private=private, token=token))

    assert line.taken == way
    if way:
        assert [int(user) for user in line.sent["allowed_mentions"].to_dict()["users"]] == [REQUESTER]
    if way == ["follow-up"]:
        assert line.sent["ephemeral"] is private


async def test_a_call_answers_the_card_and_cannot_come_twice(
    presenter: DiscordCardPresenter, line: Line
) -> None:
    await presenter.call(job_in())

    assert line.sent["reference"].message_id == CARD
    assert len(line.sent["nonce"]) <= 25


@pytest.mark.parametrize("status", [400, 403, 404])
async def test_a_call_that_cannot_be_made_is_let_go(
    presenter: DiscordCardPresenter, line: Line, status: int
) -> None:
    line.closed = {CHANNEL: answered(status)}

    await presenter.call(job_in())


@pytest.mark.parametrize("error", [answered(503), aiohttp.ClientConnectionError(), TimeoutError()])
async def test_a_call_that_may_be_made_later_says_so(
    presenter: DiscordCardPresenter, line: Line, error: Exception
) -> None:
    line.closed = {CHANNEL: error}

    with pytest.raises(ShowLaterError):
        await presenter.call(job_in())


async def test_a_request_that_hangs_is_given_up_in_time(
    presenter: DiscordCardPresenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.ui.cards.delivery.CARD_TIMEOUT_S", 0.01)
    monkeypatch.setattr(StandInWebhook, "edit_message", hang)

    with pytest.raises(ShowLaterError):
        await presenter.show(job_in(), PICTURES)


async def test_files_too_large_for_every_way_left_are_told_from_a_closed_place(
    presenter: DiscordCardPresenter, line: Line
) -> None:
    line.closed = {way: answered(413) for way in (TOKEN, OWN, CHANNEL)} | {DIRECT: answered(403)}

    with pytest.raises(TooLargeError):
        await presenter.show(job_in(), PICTURES)


@pytest.mark.parametrize(
    ("state", "pictures", "words"),
    [
        (JobState.DELIVERING, 1, "your picture is ready."),
        (JobState.DONE, 1, "your picture is ready."),
        (JobState.DELIVERING, 2, "your pictures are ready."),
        (JobState.DONE, 4, "your pictures are ready."),
        (JobState.FAILED, 0, "Easel couldn't make your picture. The card says why."),
        (JobState.REFUSED, 0, "Easel couldn't make your picture. The card says why."),
        (JobState.EXPIRED, 1, "Easel couldn't make your picture. The card says why."),
    ],
)
async def test_a_call_says_what_became_of_the_command(
    presenter: DiscordCardPresenter, line: Line, state: JobState, pictures: int, words: str
) -> None:
    renders = tuple(picture(index) for index in range(pictures))

    await presenter.call(replace(job_in(state=state), renders=renders))

    assert line.sent["content"] == f"<@{REQUESTER}> {words}"
