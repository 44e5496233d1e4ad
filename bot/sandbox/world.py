"""The demo's simulated server, with the real bot running in it."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import discord
import simcord
from PIL import Image
from pydantic import SecretStr
from simcord.backend.cdn import CDN_BASE

from bot.app.base import Base, open_base
from bot.app.providers import (
    build_alt_text_writer,
    build_balance_watch,
    build_price_keeper,
    build_provider,
    build_rewriter,
    build_video_provider,
)
from bot.app.signing import build_signer, credentials_of
from bot.app.wiring import build_client, build_modlog_worker, build_worker
from bot.client import EaselClient
from bot.domain.jobs import Job, JobState
from bot.domain.moderation import LogEntry, SetLimit
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.policy.rules import Limit, Scope
from bot.domain.ports.outside import CardPicture, CardPresenter, ModLogPublisher, ShownCard
from bot.domain.references import Reference
from bot.domain.video_provider import next_poll_s
from bot.formats.mp4 import is_video
from bot.imaging.pillow_imaging import PillowImaging
from bot.outage import end_tasks
from bot.sandbox.faults import MEANINGS, unknown_faults
from bot.sandbox.painter import paint_portrait
from bot.sandbox.painter.canvas import resized
from bot.sandbox.provider import OfflineProvider
from bot.services.references import ImageSource
from bot.settings import Settings
from bot.ui.base.attachments import DiscordPictures
from bot.ui.base.markdown import cut, inert
from bot.ui.base.theme import RED, TEAL
from bot.ui.cards.delivery import DiscordCardPresenter
from bot.ui.moderation.sender import DiscordModLogPublisher, operators_of

MAX_SHOWN_PIXELS: Final = 1_200_000  # twice what the page shows, and always less than 4 MiB as PNG
_QUALITY: Final = 92


async def smaller_copies(pictures: tuple[CardPicture, ...]) -> tuple[CardPicture, ...]:
    """Return smaller copies with the same names and marks: SimCord shows nothing above 10 MiB as PNG."""
    return tuple([await asyncio.to_thread(_shown, picture) for picture in pictures])


def _shown(picture: CardPicture) -> CardPicture:
    if is_video(picture.data):  # which SimCord plays as it is
        return picture
    with Image.open(BytesIO(picture.data)) as image:
        scale = (MAX_SHOWN_PIXELS / (image.width * image.height)) ** 0.5
        if scale >= 1 or image.format not in {"JPEG", "PNG", "WEBP"}:
            return picture
        size = int(image.width * scale), int(image.height * scale)
        image.draft("RGB", size)
        options = {"xmp": image.info["xmp"]} if "xmp" in image.info else {}
        shown, out = resized(image.convert("RGB"), size), BytesIO()
        shown.save(out, image.format, quality=_QUALITY, **options)
    return replace(picture, data=out.getvalue())


GRACE_S: Final = 1.0  # the demo's pictures are not worth waiting for
LOG_POLL_S: Final = 0.2  # short, so that the demo never seems slow
_LOOK_S: Final = 0.05  # SimCord offers nothing to wait for
VIDEO_POLL_S = 1.0
PORTRAIT_SIDE: Final = 96
PORTRAITS: Final = {"ada": "a cat at dawn", "ben": "a whale by day", "mo": "an owl at dusk"}
SAMPLE: Final = {"prompt": "a red fox in the snow at dusk", "aspect": "16:9", "seed": 7}
WELCOME: Final = """\
**Type `/imagine`, press Enter, and describe a picture.**
Then try its buttons, `/edit` a picture of yours, or `/animate` one. `/help` has more.
Add `[fault:out_of_credit]` to a prompt to see what a failure looks like.
Choose Mo at the top to moderate: `/setup`, `/limits panel`, `/budget`."""
NO_FAULT: Final = (
    f"There's no fault called “{{name}}”. Choose one of these: {', '.join(f'`{one}`' for one in MEANINGS)}."
)


class SimulatedFetcher:
    """Implements `bot.domain.ports.outside.ReferenceFetcher` for attachments in the simulated Discord's own store."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def fetch(self, reference: Reference) -> bytes:
        try:
            return await self._client.http.get_from_cdn(reference.url)
        except discord.HTTPException as error:
            raise PictureError(PictureProblem.GONE) from error


class WatchedPresenter:
    """The real card presenter; it sets `changed` whenever a card changes, so that the page can be refreshed.

    `latest` is the job that was shown last. With `page`, cards get smaller pictures, and wrong fault marks an answer.
    """

    def __init__(self, presenter: CardPresenter, *, page: discord.abc.Messageable | None) -> None:
        self._presenter = presenter
        self._page = page
        self.changed = asyncio.Event()
        self.latest: Job | None = None

    async def show(self, job: Job, pictures: tuple[CardPicture, ...], *, waited_s: float = 0.0) -> ShownCard:
        if self._page is not None:
            pictures = await smaller_copies(pictures)
        shown = await self._presenter.show(job, pictures, waited_s=waited_s)
        unknown = unknown_faults(job.request.prompt) if job.state is JobState.FAILED else []
        if self._page is not None and unknown:
            await self._page.send(view=_card(NO_FAULT.format(name=inert(cut(unknown[0], 40))), RED))
        self.latest = job
        self.changed.set()
        return shown

    async def show_apart(self, job: Job, picture: CardPicture) -> None:
        await self._presenter.show_apart(job, picture)
        self.changed.set()

    async def call(self, job: Job) -> None:
        await self._presenter.call(job)
        self.changed.set()


class WatchedPublisher:
    """The real mod-log publisher; every entry counts as a change of `cards`."""

    def __init__(self, presenter: ModLogPublisher, cards: WatchedPresenter) -> None:
        self._presenter = presenter
        self._cards = cards

    async def tell(self, entry: LogEntry, job: Job | None) -> int | None:
        message_id = await self._presenter.tell(entry, job)
        self._cards.changed.set()
        return message_id


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two members and a moderator in one channel, and the parts of the bot."""

    env: simcord.Env
    client: EaselClient
    base: Base
    presenter: WatchedPresenter
    channel: simcord.ChannelHandle
    members: tuple[simcord.MemberActor, simcord.MemberActor]
    moderator: simcord.MemberActor

    @property
    def portraits(self) -> dict[str, tuple[str, bytes]]:
        """The pictures of everybody as file names and bytes, by the addresses that they have in SimCord."""
        me = self.env.backend.bot_user.id
        drawn = {f"{CDN_BASE}/embed/avatars/{(me >> 22) % 6}.png": "a boat at sunset"}
        for viewer in self.viewers:
            drawn[f"{CDN_BASE}/avatars/{viewer.id}/{viewer.user.avatar}.png"] = PORTRAITS[viewer.name]
        return {url: ("avatar.png", paint_portrait(words, PORTRAIT_SIDE)) for url, words in drawn.items()}

    @property
    def viewers(self) -> tuple[simcord.MemberActor, ...]:
        return (*self.members, self.moderator)

    async def latest_shown(self) -> Job:
        """Wait until the end of the job that was shown last is shown, and return the job as it is then."""
        while True:
            latest = self.presenter.latest
            job = await self.base.jobs.get(latest.id) if latest is not None else None
            if job is not None and job.shown_at is not None:
                return job
            await asyncio.sleep(_LOOK_S)

    async def catch_up(self) -> None:
        """Advance the simulated clock to the real time."""
        behind_s = (datetime.now(UTC) - self.env.now()).total_seconds()
        if behind_s > 0:
            await self.env.advance_time(behind_s)


@asynccontextmanager
async def open_world(
    settings: Settings, offline: OfflineProvider | None, *, for_page: bool = False, signs: bool = True
) -> AsyncGenerator[World]:
    """Run the bot in its simulated server while the context is open.

    If `offline` is None, `settings` name the real provider. `for_page` makes the pictures small enough for the page.
    Without `signs` the certificate is used to know signatures and not to make any.
    """
    async with AsyncExitStack() as stack:
        if offline is not None:
            settings = settings.model_copy(
                update={"aimlapi_base_url": offline.base_url, "aimlapi_api_key": SecretStr("offline-preview")}
            )
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="easel-demo-"))
        alone = {
            "data_dir": Path(folder),
            "database_url": None,
            "easel_shutdown_grace_s": GRACE_S,
        }
        settings = settings.model_copy(update=alone)
        base = await stack.enter_async_context(open_base(settings))
        credentials = await asyncio.to_thread(credentials_of, settings)
        signer = await asyncio.to_thread(build_signer, credentials) if signs else None
        imaging = await stack.enter_async_context(PillowImaging(signer=signer))

        def pictures(of: discord.Client) -> ImageSource:
            return ImageSource(
                spool=base.blobs,
                cached_blobs=base.cached_blobs,
                fetcher=SimulatedFetcher(of),
                posted=DiscordPictures(of),
            )

        client = build_client(
            settings, base, imaging=imaging, pictures=pictures, credentials=credentials, shard_count=1
        )
        env = await stack.enter_async_context(simcord.run(client, check_errors=False, settle_timeout=10.0))
        presenter = DiscordCardPresenter(client, base.clock, keeps_originals=settings.keeps_originals)
        world = await _set_up(env, client, base, presenter, for_page=for_page)
        origins: frozenset[str] = frozenset() if offline is None else frozenset({offline.base_url})
        provider = build_provider(settings, base, result_origins=origins)
        worker = await build_worker(
            settings,
            base,
            presenter=world.presenter,
            provider=provider,
            video_provider=build_video_provider(settings, base, result_origins=origins),
            rewriter=build_rewriter(settings, base),
            alt_text_writer=build_alt_text_writer(settings, base),
            imaging=imaging,
            pictures=pictures(client),
            schedule=next_poll_s if offline is None else _soon,
        )
        modlog = DiscordModLogPublisher(
            client, operators=operators_of(client, {world.moderator.id}), history=client.history
        )
        modlog_worker = build_modlog_worker(
            settings, base, presenter=WatchedPublisher(modlog, world.presenter), poll_s=LOG_POLL_S
        )
        for watch in (build_price_keeper(base, provider), build_balance_watch(settings, base, provider)):
            stack.push_async_callback(end_tasks, asyncio.create_task(watch.run()))
        stop = asyncio.Event()
        # Started outside the tasks that SimCord counts as the bot's: it would wait for every picture otherwise.
        for work in (worker.run(stop), modlog_worker.run(stop)):
            stack.push_async_callback(_stop, asyncio.create_task(work), stop)
        yield world


def _soon(age_s: float) -> float | None:
    """Return when to ask for a video again: the offline provider makes one within seconds."""
    return None if next_poll_s(age_s) is None else VIDEO_POLL_S


async def _stop(task: asyncio.Task[None], stop: asyncio.Event) -> None:
    stop.set()
    with suppress(asyncio.CancelledError):
        await task


async def _set_up(
    env: simcord.Env, client: EaselClient, base: Base, presenter: DiscordCardPresenter, *, for_page: bool
) -> World:
    behind_s = (datetime.now(UTC) - env.now()).total_seconds()
    await env.advance_time(max(0.0, behind_s))
    if client.user is not None:
        await client.user.edit(username="Easel")
    guild = env.create_guild("The Paint Club")
    channel = guild.create_text_channel("easel", topic="Type /imagine, /edit or /animate")
    keeper = guild.create_role(
        "Moderator", permissions=discord.Permissions(manage_guild=True, manage_messages=True)
    )
    ada = guild.add_member(env.create_user("ada", global_name="Ada", avatar="ada" if for_page else None))
    ben = guild.add_member(env.create_user("ben", global_name="Ben", avatar="ben" if for_page else None))
    mod = guild.add_member(
        env.create_user("mo", global_name="Mo (moderator)", avatar="mo" if for_page else None), roles=[keeper]
    )
    return World(
        env=env,
        client=client,
        base=base,
        presenter=WatchedPresenter(
            presenter,
            page=client.get_partial_messageable(channel.id) if for_page else None,
        ),
        channel=channel,
        members=(ada, ben),
        moderator=mod,
    )


OPEN_VIDEOS: Final = SetLimit(scope=Scope.SERVER, subject_id=None, limit=Limit.MAY_ANIMATE, value=True)


async def furnish(world: World, offline: OfflineProvider | None) -> None:
    """Let everybody make videos; show a finished result of Ben's, unless that costs money, and what to type first."""
    if world.channel.guild is not None:
        now, by = world.base.clock.now(), world.moderator.id
        await world.base.moderation.apply(world.channel.guild.id, OPEN_VIDEOS, by=by, now=now)
    if offline is not None:
        latency_s, offline.latency_s = offline.latency_s, 0.0
        asked = await world.members[1].slash(world.channel, "imagine", **SAMPLE)
        if asked.response is not None and not asked.response.content:  # else the settings allow no picture
            await world.latest_shown()
        offline.latency_s = latency_s
    await world.client.get_partial_messageable(world.channel.id).send(view=_card(WELCOME, TEAL))


def _card(text: str, colour: int) -> discord.ui.LayoutView:
    view = discord.ui.LayoutView()
    return view.add_item(discord.ui.Container[Any](discord.ui.TextDisplay[Any](text), accent_colour=colour))
