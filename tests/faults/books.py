"""What is wrong once the weather is clear again: jobs, cards, money at the provider, and Easel's own books."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from bot.sandbox.ledger import Call, Chat
from tests.e2e.books import book_problems
from tests.e2e.town import cancel_button
from tests.faults.front import Carried
from tests.faults.kinds import Database
from tests.faults.processes import Keeper
from tests.faults.site import Site
from tests.faults.storm import EVERYBODY, Storm
from tests.wire.cards import job_id_of, text_of
from tests.wire.interactions import Dispatched
from tests.wire.state import Message

OVER: Final = frozenset({"done", "failed", "refused", "cancelled", "expired"})
IN_HAND_S: Final = 10.0  # that a good answer may still be in the memory of the process it reached
LEASE_LOST_S: Final = 20.0  # who stands still for so long may have lost its jobs to another worker
CHARGED_AT_MOST: Final = 2  # for one picture: a call that was lost is repeated once
Row = Mapping[str, Any]


class Wrong(StrEnum):
    """Which promise a problem breaks."""

    LOST = "lost"
    DOUBLED = "doubled"
    PAID_TWICE = "paid twice"
    UNSETTLED = "unsettled"
    BOOKS = "books"
    ENDED = "ended"
    BROKEN = "run broke"  # no verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    wrong: Wrong
    words: str

    def __str__(self) -> str:
        return f"{self.wrong}: {self.words}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """The rows and the provider's ledger that have to agree. `renders` are by job."""

    jobs: Sequence[Row]
    renders: Mapping[str, Sequence[Row]]
    calls: Sequence[Row]
    charges: Sequence[Row]
    ledger: Sequence[Call | Chat]
    kept: set[str]


async def open_jobs(site: Site) -> int:
    """Return how many jobs are not over or not shown; may be asked while processes work on them."""
    return (await site.rows("SELECT count(*) AS n FROM jobs WHERE shown_at IS NULL"))[0]["n"]


async def open_calls(site: Site) -> int:
    return (await site.rows("SELECT count(*) AS n FROM calls WHERE charge = 'open'"))[0]["n"]


async def problems_of(site: Site, storm: Storm, given: Mapping[str, Dispatched]) -> list[Problem]:
    """Return every broken promise; no process may run any more."""
    accounts = await _accounts(site)
    found = [*_accepted(accounts, given), *_ended(site)]
    for job in accounts.jobs:
        found += _job(site, job, accounts)
    found += _paid(site, storm, accounts)
    found += _agree(accounts)
    async with site.store() as store:
        now = site.town.server.clock.now()
        wrong = await book_problems(store, guild_id=site.town.art.guild_id or 0, now=now)
    return [*found, *(Problem(wrong=Wrong.UNSETTLED, words=each) for each in wrong)]


async def _accounts(site: Site) -> Accounts:
    renders: defaultdict[str, list[Row]] = defaultdict(list)
    for row in await site.rows(
        "SELECT job_id, idx, stage, tries, reruns, packed_key FROM renders ORDER BY idx"
    ):
        renders[row["job_id"]].append(row)
    return Accounts(
        jobs=await site.rows(
            "SELECT id, state, prompt, failure, shown_at, card_id, private FROM jobs ORDER BY created_at"
        ),
        renders=renders,
        calls=await site.rows("SELECT request_id, job_id, idx, charge FROM calls"),
        charges=await site.rows("SELECT job_id, images, videos, state FROM charges"),
        ledger=[*site.town.provider.calls, *site.town.provider.chats],
        kept=await site.kept(),
    )


def _accepted(accounts: Accounts, given: Mapping[str, Dispatched]) -> Iterator[Problem]:
    """Every card that answered a command is of a job that is stored."""
    stored = {job["id"] for job in accounts.jobs}
    for prompt, command in given.items():
        try:
            job_id = job_id_of(command.callback or {})
        except LookupError:
            continue
        if job_id not in stored:
            yield Problem(wrong=Wrong.LOST, words=f"{prompt} was accepted as {job_id}, and is not stored")


def _ended(site: Site) -> Iterator[Problem]:
    for keeper in site.keepers.values():
        for fault in keeper.faults:
            lines = site.log_of(keeper.name).strip().splitlines()
            errors = [line for line in lines if line and not line.startswith((" ", "2"))]
            yield Problem(wrong=Wrong.ENDED, words=f"{fault}: {errors[-1][:200] if errors else ''}")


def _job(site: Site, job: Row, accounts: Accounts) -> Iterator[Problem]:
    name = f"{job['id']} ({job['prompt']}, {job['state']})"
    cards = _cards(site, job)
    shown = [card for card in cards if card.attachments]
    pictures = [row for row in accounts.renders[job["id"]] if row["stage"] == "packaged"]
    number = sum(len(card.attachments) for card in shown)
    if job["state"] not in OVER or job["shown_at"] is None:
        yield Problem(wrong=Wrong.LOST, words=f"{name} is not over, or its end was not shown")
    if len(shown) > 1 or number > len(pictures):
        yield Problem(
            wrong=Wrong.DOUBLED,
            words=f"{name} has {len(pictures)} pictures, shown are {number} in {len(shown)}",
        )
    kept = all(f"{job['id']}/out-{row['idx']}" in accounts.kept for row in pictures)
    is_too_large = kept and _has_logged(
        site, f"the files of job {job['id']} are too large for every way left"
    )
    if job["state"] == "done" and number < len(pictures) and not is_too_large:
        yield Problem(wrong=Wrong.LOST, words=f"{name} has {len(pictures)} pictures, shown are {number}")
    shows_end = any(cancel_button(card) is None for card in cards)
    if job["state"] in {"failed", "refused"} and not shows_end and not _was_closed_out(site, job):
        yield Problem(wrong=Wrong.LOST, words=f"{name}: no card shows its end")
    if job["state"] == "expired":
        missing = [row["idx"] for row in pictures if f"{job['id']}/out-{row['idx']}" not in accounts.kept]
        if missing:
            yield Problem(
                wrong=Wrong.LOST, words=f"{name}: paid pictures {missing} were neither shown nor kept"
            )
    due = len(pictures) if job["state"] == "done" else 0
    counted = sum(row["images"] + row["videos"] for row in accounts.charges if row["job_id"] == job["id"])
    if job["state"] != "cancelled" and counted != due:
        yield Problem(wrong=Wrong.UNSETTLED, words=f"{name} counts {counted} results, due are {due}")


def _was_closed_out(site: Site, job: Row) -> bool:
    """Whether Discord closed every way to show the job, as Easel has logged."""
    return _has_logged(site, f"job {job['id']}: nobody can be shown its end")


def _has_logged(site: Site, text: str) -> bool:
    return any(text in site.log_of(name) for name in site.keepers)


def _cards(site: Site, job: Row) -> list[Message]:
    """The messages that show a job, wherever they are; told by the prompt, which is in every card."""
    every = site.town.server.world.messages.values()
    return [
        each
        for each in every
        if each.components and not each.deleted and f"> {job['prompt']}" in text_of(each)
    ]


def _paid(site: Site, storm: Storm, accounts: Accounts) -> Iterator[Problem]:
    """A picture is charged once, once more where an answer was lost; what arrived whole becomes a picture."""
    carried = {each.request_id: each for each in site.sky.carried}
    by_picture: defaultdict[str, list[Carried | None]] = defaultdict(list)
    for call in accounts.ledger:
        if call.charged and call.client_request_id is not None:
            by_picture[".".join(call.client_request_id.split(".")[1:3])].append(
                carried.get(call.client_request_id)
            )
    jobs = {job["id"]: job for job in accounts.jobs}
    for name, calls in by_picture.items():
        job_id, _, index = name.partition(".")
        arrived = [each for each in calls if each is not None and not _may_be_lost(site, storm, each)]
        excused = len(calls) - len(arrived)
        if len(calls) > min(1 + excused, CHARGED_AT_MOST):
            words = f"{name} was charged {len(calls)} times, {excused} of them lost on the way"
            yield Problem(wrong=Wrong.PAID_TWICE, words=words)
        render = next((row for row in accounts.renders[job_id] if str(row["idx"]) == index), None)
        is_wanted = job_id in jobs and jobs[job_id]["state"] != "cancelled"
        if arrived and render is not None and is_wanted and render["stage"] != "packaged":
            words = f"{name} arrived whole, and is {render['stage']} ({jobs[job_id]['failure']})"
            yield Problem(wrong=Wrong.LOST, words=words)


def _may_be_lost(site: Site, storm: Storm, call: Carried) -> bool:
    """Tell whether the process may not have had the answer for good: spoiled, killed meanwhile, or out of its lease."""
    if not call.is_whole:
        return True
    keeper = site.keepers[call.process]
    until = _in_hand_until(storm, call)
    if any(call.began_at <= at <= until for at in keeper.kills):
        return True
    stood_still = [*keeper.freezes, *_apart(site, storm, keeper)]
    return any(
        end - begin >= LEASE_LOST_S and begin <= until and end >= call.began_at for begin, end in stood_still
    )


def _in_hand_until(storm: Storm, call: Carried) -> float:
    """Until when the bytes may have been in memory alone: a moment, or as long as nothing could be stored."""
    until = call.ended_at + IN_HAND_S
    for target, begin, end in sorted(storm.storage_away, key=lambda each: each[1]):
        if target in (EVERYBODY, call.process) and begin <= until:
            until = max(until, end + IN_HAND_S)
    return until


def _apart(site: Site, storm: Storm, keeper: Keeper) -> list[tuple[float, float]]:
    """When the process was cut off from the database while others were not."""
    if site.database is Database.SQLITE:
        return []
    return [(begin, end) for target, begin, end in storm.storage_away if target == keeper.name]


def _agree(accounts: Accounts) -> Iterator[Problem]:
    """The provider and Easel's books say the same of every call; what nobody knows counts as charged."""
    booked = {row["request_id"]: row["charge"] for row in accounts.calls}
    ledger = Counter({call.client_request_id or "": int(call.charged) for call in accounts.ledger})
    for request_id, charged in ledger.items():
        charge = booked.get(request_id)
        if charged and charge not in ("charged", "unknown", "open"):
            yield Problem(wrong=Wrong.BOOKS, words=f"{request_id} was charged, and is booked as {charge}")
    for request_id, charge in booked.items():
        if charge == "charged" and not ledger[request_id]:
            yield Problem(wrong=Wrong.BOOKS, words=f"{request_id} was not charged, and is booked as charged")
        if charge == "open":
            yield Problem(wrong=Wrong.UNSETTLED, words=f"{request_id} is still open")
