"""A chat model that sees a picture describes it, or writes its alt text: one paid call, which is never repeated."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from bot.domain.content.safety import SafetyConcern, safety_concern
from bot.domain.jobs import Job
from bot.domain.pictures import Imaging, PictureError
from bot.domain.policy.decision import Denied, usage_requested
from bot.domain.policy.rules import Rule
from bot.domain.ports.blobs import BlobStore
from bot.domain.ports.outside import Clock
from bot.domain.ports.stores import JobStore, Lease, NewDescription, NotBegun
from bot.domain.provider import Charge, InputPicture, ProviderError, SlowDownError
from bot.domain.references import Reference
from bot.domain.rewriting import (
    ALT_TEXT_MICRO_USD,
    ALT_TEXT_SIDE,
    DESCRIBED_SIDE,
    DESCRIPTION_MICRO_USD,
    AltTextWriter,
    Describer,
)
from bot.outage import end_tasks
from bot.services.provider_calls import call_name, on_record, until_stored
from bot.services.references import ImageSource
from bot.services.submissions import Submission

log = logging.getLogger(__name__)
DESCRIPTIONS_AT_ONCE: Final = 8  # of one process; each holds an original in memory for a while
WAIT_S: Final = 120.0  # for a slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """A description that is on the books, and not asked for yet."""

    request_id: str
    reference: Reference
    age_restricted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """The prompts that are allowed where the person asked, and the small copy that the model saw."""

    prompts: tuple[str, ...]
    picture: InputPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class Describing:
    """Describes pictures. `describer` is None where the operator has switched that off; `ceiling` is their rule."""

    jobs: JobStore
    describer: Describer | None
    pictures: ImageSource
    imaging: Imaging
    clock: Clock
    ceiling: Rule
    _live: set[asyncio.Task[Description]] = field(default_factory=set[asyncio.Task[Description]])
    _slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(DESCRIPTIONS_AT_ONCE))

    @property
    def is_on(self) -> bool:
        return self.describer is not None

    async def begin(self, submission: Submission) -> Begun | Denied | NotBegun:
        """Decide and reserve in one transaction. The request of the submission has the picture as its reference."""
        job_id = f"d{submission.interaction_id}"
        request_id = f"easel.{job_id}.picture.{secrets.token_hex(6)}"
        usage = usage_requested(submission.request, price_micro_usd=DESCRIPTION_MICRO_USD)
        new = NewDescription(
            id=job_id,
            request_id=request_id,
            user_id=submission.user_id,
            guild_id=submission.reply_target.served_guild_id,
            context=submission.context,
            usage=replace(usage, prompt=""),  # nobody has written one
        )
        refused = await self.jobs.begin_description(new, self.ceiling, now=self.clock.now())
        if refused is not None:
            return refused
        return Begun(
            request_id=request_id,
            reference=submission.request.references[0],
            age_restricted=submission.age_restricted,
        )

    async def finish(self, begun: Begun, *, acknowledge: Callable[[], Awaitable[None]]) -> Description:
        """Acknowledge, fetch the picture and make the call, in a task that outlives this one: its cost is recorded.

        Raises `PictureError`, `ProviderError`, and what `acknowledge` raises.
        """
        task = asyncio.create_task(self._describe(begun, acknowledge), name=call_name(begun.request_id))
        self._live.add(task)
        task.add_done_callback(self._ended)
        return await asyncio.shield(task)

    def _ended(self, task: asyncio.Task[Description]) -> None:
        """Let go of a call, and take its error, which nobody may be waiting for any more."""
        self._live.discard(task)
        if not task.cancelled():
            task.exception()

    async def stop(self) -> None:
        """Cancel the running calls. A worker looks up their charge, as that of any call that nobody ended."""
        await end_tasks(*self._live)

    async def _describe(self, begun: Begun, acknowledge: Callable[[], Awaitable[None]]) -> Description:
        is_called = False
        try:
            await acknowledge()
            async with self._slot():
                data = (await self.pictures.fetch(begun.reference)).data
                picture = (await self.imaging.clean(data, max_side=DESCRIBED_SIDE)).picture
                is_called = True
                prompts = await self._call(begun.request_id, picture)
        finally:
            if not is_called:
                await self._settle(begun.request_id, Charge.FREE, None)
        prompts = await asyncio.to_thread(_allowed, prompts, age_restricted=begun.age_restricted)
        return Description(prompts=prompts, picture=picture)

    @asynccontextmanager
    async def _slot(self) -> AsyncGenerator[None]:
        """Hold a slot. Raises `SlowDownError` where so many wait that the answer might come too late for Discord."""
        try:
            async with asyncio.timeout(WAIT_S):
                await self._slots.acquire()
        except TimeoutError:
            raise SlowDownError("too many pictures wait to be described") from None
        try:
            yield
        finally:
            self._slots.release()

    async def _call(self, request_id: str, picture: InputPicture) -> tuple[str, ...]:
        if self.describer is None:
            raise ValueError("describing is switched off")
        try:
            described = await self.describer.describe(request_id, picture)
        except ProviderError as error:
            log.warning("call %s: %s: %s", request_id, type(error).__name__, error.detail)
            await self._settle(request_id, error.charge, error.cost_micro_usd)
            raise
        await self._settle(request_id, Charge.CHARGED, described.cost_micro_usd)
        return described.prompts

    async def _settle(self, request_id: str, charge: Charge, cost_micro_usd: int | None) -> None:
        book = partial(self.jobs.end_call, request_id, charge=charge, cost_micro_usd=cost_micro_usd)
        await until_stored(request_id, lambda: book(now=self.clock.now()), self.clock, set())


def _allowed(prompts: tuple[str, ...], *, age_restricted: bool) -> tuple[str, ...]:
    """Leave out what no server can allow, and adult content outside age-restricted channels."""
    dangers = {prompt: safety_concern(prompt, references=0) for prompt in prompts}
    return tuple(
        prompt
        for prompt, found in dangers.items()
        if found is None or (found is SafetyConcern.ADULT and age_restricted)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class AltTexts:
    """Has a model write the alt text of pictures that are ready to be shown.

    Where anything goes wrong, the prompt stays the alt text. `writer` is None where the operator has not switched this
    on; `live` and `unstored` are those of `ProviderCalls`.
    """

    jobs: JobStore
    blobs: BlobStore
    imaging: Imaging
    writer: AltTextWriter | None
    clock: Clock
    live: set[asyncio.Task[None]]
    unstored: set[str]

    async def write(self, job: Job, lease: Lease, index: int, key: str) -> None:
        """Have the alt text of the packaged picture at `key` written and stored. Raises `LostLeaseError`."""
        if self.writer is None:
            return
        try:
            data = await self.blobs.get(key)
            picture = (await self.imaging.clean(data, max_side=ALT_TEXT_SIDE)).picture
        except (KeyError, PictureError) as error:
            log.warning("job %s: no alt text for picture %s (%r)", job.id, index + 1, error)
            return
        request_id = f"easel.{job.id}.alt.{secrets.token_hex(6)}"
        record = self.jobs.begin_alt_text(
            lease, request_id=request_id, estimate_micro_usd=ALT_TEXT_MICRO_USD, now=self.clock.now()
        )
        await on_record(record, lambda: self._book(request_id, Charge.FREE, None))
        text = await self._ask(self.writer, request_id, picture)
        if text and await asyncio.to_thread(_raises_nothing_new, text, job, index):
            await self.jobs.end_alt_text(lease, index, text)

    async def _ask(self, writer: AltTextWriter, request_id: str, picture: InputPicture) -> str:
        """Make the call in a task that outlives a cancelled job, so that its cost becomes known."""
        texts: list[str] = []
        task = asyncio.create_task(self._call(writer, request_id, picture, texts), name=call_name(request_id))
        self.live.add(task)
        task.add_done_callback(self.live.discard)
        await asyncio.shield(task)
        return "".join(texts)

    async def _call(
        self, writer: AltTextWriter, request_id: str, picture: InputPicture, texts: list[str]
    ) -> None:
        try:
            written = await writer.write_alt_text(request_id, picture)
        except ProviderError as error:
            log.warning("call %s: %s: %s", request_id, type(error).__name__, error.detail)
            charge, cost_micro_usd = error.charge, error.cost_micro_usd
        else:
            charge, cost_micro_usd = Charge.CHARGED, written.cost_micro_usd
            texts.append(written.text)
        book = partial(self._book, request_id, charge, cost_micro_usd)
        await until_stored(request_id, book, self.clock, self.unstored)

    async def _book(self, request_id: str, charge: Charge, cost_micro_usd: int | None) -> None:
        await self.jobs.end_call(
            request_id, charge=charge, cost_micro_usd=cost_micro_usd, now=self.clock.now()
        )


def _raises_nothing_new(text: str, job: Job, index: int) -> bool:
    """Return whether the text raises no safety concern that the words of the picture do not."""
    number = len(job.request.references)
    found = safety_concern(text, references=number)
    return found is None or found is safety_concern(job.asked_with(index), references=number)
