"""Fakes of the domain's ports: they remember what they were asked, and fail when a test says so."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from bot.domain.jobs import Job, JobState, RenderStage
from bot.domain.pictures import MAX_CLEAN_SIDE, CleanPicture, Mark, PackedPicture, PictureError
from bot.domain.ports.blobs import BlobMeta, BlobStore
from bot.domain.ports.drawing import TreeNode
from bot.domain.ports.outside import CardPicture, ShownCard, WakeUp
from bot.domain.provider import Balance, Charge, InputPicture, ProviderError, Rendered, RenderOrder
from bot.domain.references import Posted, Reference
from bot.domain.rewriting import AltText, Rewritten
from bot.domain.sizes import Size
from bot.domain.video_provider import VideoCreated, VideoOrder, VideoProgress, VideoState

VIDEO_MICRO_USD = 440_000
PRICE_MICRO_USD = 42_000
CARD_ID = 7_000


class Bell:
    """Rings when something happened, for one waiter that looks again each time."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    def ring(self) -> None:
        self._rung.set()

    async def until(self, holds: Callable[[], bool]) -> None:
        while not holds():
            self._rung.clear()
            await self._rung.wait()


class Gate:
    """A door that calls wait at. It is open until a test closes it."""

    def __init__(self) -> None:
        self._bell = Bell()
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._is_open = True

    @property
    def waiting(self) -> int:
        return sum(not future.done() for future in self._waiting)

    def close(self) -> None:
        self._is_open = False

    def open(self) -> None:
        self._is_open = True
        self.admit(len(self._waiting))

    def admit(self, number: int = 1) -> None:
        """Let the first that wait go on, and keep the door closed."""
        for _ in range(number):
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)

    async def pass_through(self) -> None:
        if self._is_open:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        self._bell.ring()
        await future

    async def until_waiting(self, number: int = 1) -> None:
        """Returns when `number` calls stand at the closed door."""
        await self._bell.until(lambda: self.waiting >= number)


class FakeProvider:
    """Answers in the order of its script, then with pictures. `fates` are the answers of its request log."""

    def __init__(self) -> None:
        self.script: deque[Rendered | ProviderError] = deque()
        self.fates: deque[Charge] = deque()
        self.calls: list[RenderOrder] = []
        self.looked_up: list[str] = []
        self.funds: Balance | None = Balance(micro_usd=10_000_000)
        self.asked_balance = 0
        self.offered: frozenset[str] | None = None
        self.pace: dict[str, float] = {}
        self.gate = Gate()
        self.most_at_once = 0
        self._at_once = 0

    async def render(self, order: RenderOrder) -> Rendered:
        self.calls.append(order)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            await self.gate.pass_through()
        finally:
            self._at_once -= 1
        answer = self.script.popleft() if self.script else rendered(f"picture {len(self.calls)}")
        if isinstance(answer, ProviderError):
            raise answer
        return answer

    async def look_up(self, request_id: str, submitted_at: datetime, *, model: str | None) -> Charge:
        self.looked_up.append(request_id)
        return self.fates.popleft() if self.fates else Charge.UNKNOWN

    async def balance(self) -> Balance | None:
        self.asked_balance += 1
        return self.funds

    async def models(self) -> frozenset[str] | None:
        return self.offered

    async def typical_seconds(self, model: str) -> float | None:
        return self.pace.get(model)


class FakeVideoProvider:
    """Takes orders in the order of its script, then all; tells progress by script, then that a video is ready."""

    def __init__(self) -> None:
        self.script: deque[ProviderError] = deque()
        self.progress: deque[VideoProgress | Exception] = deque()
        self.files: deque[ProviderError | OSError] = deque()
        self.fates: deque[Charge] = deque()
        self.created: list[VideoOrder] = []
        self.polled: list[tuple[str, float]] = []
        self.fetched: list[str] = []
        self.polling = Gate()

    async def create(self, order: VideoOrder) -> VideoCreated:
        self.created.append(order)
        if self.script:
            raise self.script.popleft()
        return VideoCreated(generation_id=f"video {len(self.created)}", cost_micro_usd=VIDEO_MICRO_USD)

    async def poll(self, generation_id: str, *, age_s: float, prompt: str) -> VideoProgress:
        self.polled.append((generation_id, age_s))
        await self.polling.pass_through()
        told = self.progress.popleft() if self.progress else None
        if isinstance(told, Exception):
            raise told
        address = f"https://cdn.example/{len(self.polled)}.mp4"
        return told or VideoProgress(state=VideoState.DONE, address=address)

    async def fetch(self, address: str, path: Path) -> int:
        self.fetched.append(address)
        if self.files:
            raise self.files.popleft()
        return await asyncio.to_thread(path.write_bytes, f"video at {address}".encode())

    async def look_up(self, request_id: str, submitted_at: datetime, *, model: str | None) -> Charge:
        return self.fates.popleft() if self.fates else Charge.UNKNOWN


def rendered(data: str, *, revised_prompt: str | None = None, cost_micro_usd: int | None = None) -> Rendered:
    return Rendered(
        data=data.encode(),
        mime="image/jpeg",
        revised_prompt=revised_prompt,
        cost_micro_usd=PRICE_MICRO_USD if cost_micro_usd is None else cost_micro_usd,
    )


@dataclass(frozen=True, slots=True)
class Showing:
    """One card as it was shown: the job at that moment, and the files that came with it."""

    job: Job
    pictures: tuple[CardPicture, ...]

    @property
    def state(self) -> JobState:
        return self.job.state

    @property
    def indices(self) -> tuple[int, ...]:
        return tuple(picture.index for picture in self.pictures)


class FakeDesk:
    """Remembers every card and call. `errors` are raised by the next shows, `call_errors` by the next calls."""

    def __init__(self) -> None:
        self.shown: list[Showing] = []
        self.called: list[str] = []
        self.errors: deque[Exception] = deque()
        self.call_errors: deque[Exception] = deque()
        self.calls_by_itself = False
        self.apart: list[CardPicture] = []
        self.waited_s = 0.0  # before the last card
        self.gate = Gate()
        self.gated = frozenset(JobState)  # the states whose cards wait at the gate
        self.bell = Bell()

    async def show(self, job: Job, pictures: tuple[CardPicture, ...], *, waited_s: float = 0.0) -> ShownCard:
        if job.state in self.gated:
            await self.gate.pass_through()
        self.bell.ring()
        if self.errors:
            raise self.errors.popleft()
        self.shown.append(Showing(job, pictures))
        self.waited_s = waited_s
        return ShownCard(card_id=CARD_ID, called=self.calls_by_itself)

    async def show_apart(self, job: Job, picture: CardPicture) -> None:
        self.apart.append(picture)

    async def call(self, job: Job) -> None:
        if self.call_errors:
            raise self.call_errors.popleft()
        self.called.append(job.id)

    @property
    def last(self) -> Showing:
        return self.shown[-1]

    def states(self, job_id: str) -> list[JobState]:
        return [showing.state for showing in self.shown if showing.job.id == job_id]


class FakeFetcher:
    """Bytes of an attachment are its file name; `problems` says which addresses fail, and how."""

    def __init__(self) -> None:
        self.fetched: list[str] = []
        self.problems: dict[str, PictureError] = {}

    async def fetch(self, reference: Reference) -> bytes:
        self.fetched.append(reference.url)
        if reference.url in self.problems:
            raise self.problems[reference.url]
        return reference.filename.encode()


class FakeImaging:
    """Cleans and packs without looking at pixels; fails for the bytes a test names."""

    def __init__(self) -> None:
        self.size = Size(1600, 900)
        self.mime = "image/jpeg"
        self.bad_inputs: dict[bytes, PictureError] = {}
        self.bad_outputs: dict[bytes, PictureError] = {}
        self.animations: set[bytes] = set()
        self.cleaned: list[bytes] = []
        self.sides: list[int] = []
        self.shrunk: list[int] = []
        self.packed: list[tuple[bytes, Mark, int]] = []
        self.has_previews = False  # in place of videos that are too large

    async def clean(self, data: bytes, *, max_side: int = MAX_CLEAN_SIDE) -> CleanPicture:
        self.cleaned.append(data)
        self.sides.append(max_side)
        if data in self.bad_inputs:
            raise self.bad_inputs[data]
        picture = InputPicture(data=b"clean " + data, mime=self.mime, size=self.size)
        return CleanPicture(picture=picture, first_frame_of=12 if data in self.animations else None)

    async def shrink(self, picture: InputPicture, *, max_bytes: int) -> InputPicture:
        self.shrunk.append(max_bytes)
        return replace(picture, data=picture.data[:max_bytes])

    async def pack(self, data: bytes, *, mark: Mark, max_bytes: int) -> PackedPicture:
        self.packed.append((data, mark, max_bytes))
        if data in self.bad_outputs:
            raise self.bad_outputs[data]
        fitted = len(data) > max_bytes
        is_video = data.startswith(b"video") and not (fitted and self.has_previews)
        mime, extension = ("video/mp4", "mp4") if is_video else ("image/jpeg", "jpg")
        made = (b"packed " if is_video or not data.startswith(b"video") else b"preview of ") + data
        return PackedPicture(data=made, mime=mime, extension=extension, size=Size(2048, 2048), fitted=fitted)


class FakeImageComposer:
    """Draws in words: what was made of what can be read in the bytes."""

    def __init__(self) -> None:
        self.bad: dict[bytes, PictureError] = {}

    async def thumbnail(self, data: bytes) -> bytes:
        if data in self.bad:
            raise self.bad[data]
        return b"small " + data

    async def side_by_side(
        self, before: bytes, after: bytes, *, before_label: str, after_label: str
    ) -> bytes:
        return before + b" | " + after

    async def tree(self, nodes: Sequence[TreeNode]) -> bytes:
        return ",".join(node.key for node in nodes).encode()

    async def contact_sheet(
        self, pictures: Sequence[bytes | str | None], *, chosen: int | None = None, is_ai: bool = False
    ) -> bytes:
        return b",".join(one.encode() if isinstance(one, str) else one or b"gone" for one in pictures)


class FakePosted:
    """Messages that can be read again: where a test put an address, there is one."""

    def __init__(self) -> None:
        self.addresses: dict[tuple[int, str], str] = {}
        self.asked: list[Posted] = []
        self.error: PictureError | None = None

    async def address(self, posted: Posted, *, filename: str) -> str | None:
        self.asked.append(posted)
        if self.error is not None:
            raise self.error
        return self.addresses.get((posted.message_id, filename))


class FakeRewriter:
    """Rewrites as its script says, else by adding a little."""

    def __init__(self) -> None:
        self.script: deque[Rewritten | ProviderError] = deque()
        self.asked: list[tuple[str, str]] = []
        self.gate = Gate()

    async def rewrite(self, request_id: str, words: str, *, references: int) -> Rewritten:
        self.asked.append((request_id, words))
        await self.gate.pass_through()
        answer = (
            self.script.popleft()
            if self.script
            else Rewritten(text=f"{words}, in evening light", cost_micro_usd=900)
        )
        if isinstance(answer, ProviderError):
            raise answer
        return answer


class FakeAltTextWriter:
    """Writes as its script says, else the same sentence each time."""

    def __init__(self) -> None:
        self.script: deque[AltText | ProviderError] = deque()
        self.asked: list[tuple[str, InputPicture]] = []
        self.gate = Gate()

    async def write_alt_text(self, request_id: str, picture: InputPicture) -> AltText:
        self.asked.append((request_id, picture))
        await self.gate.pass_through()
        answer = self.script.popleft() if self.script else AltText(text="A boat at dusk.", cost_micro_usd=700)
        if isinstance(answer, ProviderError):
            raise answer
        return answer


class MemoryBlobs:
    """A `BlobStore` in a dictionary; `refusals` are raised by the next puts."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[bytes, BlobMeta]] = {}
        self.refusals: deque[Exception] = deque()
        self.taken = 0

    async def put(self, key: str, data: bytes, meta: BlobMeta) -> None:
        if self.refusals:
            raise self.refusals.popleft()
        self.held[key] = (data, meta)
        self.taken += 1

    async def get(self, key: str) -> bytes:
        return self.held[key][0]

    async def find(self, key: str) -> BlobMeta | None:
        return self.held[key][1] if key in self.held else None

    async def size(self, key: str) -> int:
        return len(self.held[key][0])

    def file(self, key: str) -> Path | None:
        return None

    async def take(self, key: str, source: BlobStore, source_key: str) -> None:
        meta = await source.find(source_key)
        if meta is None:
            raise KeyError(source_key)
        await self.put(key, await source.get(source_key), meta)

    async def drop(self, key: str) -> None:
        self.held.pop(key, None)

    async def drop_job(self, job_id: str) -> None:
        for key in [key for key in self.held if key.startswith(f"{job_id}/")]:
            del self.held[key]

    async def jobs(self) -> frozenset[str]:
        return frozenset(key.partition("/")[0] for key in self.held)

    async def keys(self) -> frozenset[str]:
        return frozenset(self.held)


class MemoryWakeUps:
    """Every listener hears every wake-up; `sent` keeps them. `errors` are raised by the next sends."""

    def __init__(self) -> None:
        self.sent: list[WakeUp] = []
        self.errors: deque[Exception] = deque()
        self._queues: list[asyncio.Queue[WakeUp]] = []

    async def send(self, wake_up: WakeUp) -> None:
        if self.errors:
            raise self.errors.popleft()
        self.sent.append(wake_up)
        for queue in self._queues:
            queue.put_nowait(wake_up)

    @asynccontextmanager
    async def listen(self) -> AsyncGenerator[AsyncIterator[WakeUp]]:
        queue: asyncio.Queue[WakeUp] = asyncio.Queue()
        self._queues.append(queue)
        try:
            yield _heard(queue)
        finally:
            self._queues.remove(queue)


async def _heard(queue: asyncio.Queue[WakeUp]) -> AsyncIterator[WakeUp]:
    while True:
        yield await queue.get()


def stages(job: Job) -> list[RenderStage]:
    return [render.stage for render in job.renders]
