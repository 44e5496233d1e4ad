"""The discord.py client: loads the cogs, syncs the commands with Discord, answers every failed command."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import json
import logging
import math
import pkgutil
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import ReconnectWebSocket
from discord.shard import EventItem, EventType, Shard

import bot.ui
from bot.domain.ports.drawing import SpendingChart
from bot.domain.ports.gateways import GatewayStore
from bot.domain.ports.stores import KeyValueStore
from bot.errors import StoreUnavailableError
from bot.outage import Outage, end_tasks, guard, run_logged
from bot.services.describing import Describing
from bot.services.history import History
from bot.services.identifying import Identifying, StartLimits
from bot.services.library import Library
from bot.services.marks import MarkLookup
from bot.services.moderation import Moderation
from bot.services.personal_data import PersonalData
from bot.services.requests import Requests
from bot.services.submissions import Submissions
from bot.ui.base.components import PersistentControl, PersistentItem, answer_unknown
from bot.ui.base.discord_errors import DISCORD_FAILURES, UNREADABLE_ERRORS, DiscordBackoff, why_failed
from bot.ui.base.gone import take_back
from bot.ui.base.i18n import _
from bot.ui.base.replies import answer_error
from bot.ui.mentions.listen import answer_edited, answer_mention
from bot.ui.mentions.send import PrivateReplies
from bot.ui.requests.submit import SUBMITTED_AT_ONCE

log = logging.getLogger(__name__)
COGS: Final = (
    "cogs.create",
    "cogs.personal",
    "cogs.library",
    "cogs.limits",
    "cogs.moderation",
    "cogs.menus",
    "cogs.history",
)
COMMANDS_KEY: Final = "commands"
COMMAND_IDS_KEY: Final = "command_ids"
# No intent here is privileged: messages arrive without content unless they mention us or are direct messages.
INTENTS: Final = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
REGISTER_PATIENCE_S: Final = 10.0
LEARN_EVERY_S: Final = 15.0  # the commands, where another process registers them with Discord
LEARN_SOON_S: Final = 3.0  # while that process has yet to register this version's
SERVED_EVERY_S: Final = 15.0
STEADY_S: Final = 900.0  # a gateway that held for so long is tried again soon
PERMISSIONS: Final = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    embed_links=True,
    read_message_history=True,
)


def invite_link(application_id: int) -> str:
    """Return the link that invites the application with the least permissions."""
    scopes = ("bot", "applications.commands")
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=scopes)


def persistent_items() -> list[type[PersistentItem]]:
    """Return every button and select that outlives the process, for discord.py to find again by their ids.

    Importing all of `bot.ui` is what registers their handlers; raise LookupError for one that has none.
    """
    for module in pkgutil.walk_packages(bot.ui.__path__, "bot.ui."):
        importlib.import_module(module.name)
    for control in PersistentControl.declared:
        if control.handler is None:
            raise LookupError(f"nothing handles {control.action}")
    return [control.item_class for control in PersistentControl.declared]


class EaselClient(commands.AutoShardedBot):
    """The bot on Discord. Handlers use it as `bot.ui.base.context.Services`."""

    def __init__(
        self,
        *,
        submissions: Submissions,
        describing: Callable[[discord.Client], Describing],
        marks: Callable[[discord.Client], MarkLookup],
        personal_data: PersonalData,
        moderation: Moderation,
        history: Callable[[discord.Client], History],
        library: Callable[[discord.Client], Library],
        chart: SpendingChart,
        moderator_roles: frozenset[int],
        key_values: KeyValueStore,
        gateways: GatewayStore,
        model: str,
        shard_ids: Sequence[int] | None = None,
        shard_count: int | None = None,
    ) -> None:
        """`shard_ids` are those of this process, with `shard_count`; without them it has all, without both it asks."""
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            activity=discord.CustomActivity(_("Type /imagine")),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            shard_ids=None if shard_ids is None else list(shard_ids),  # pyright: ignore[reportArgumentType]  # it takes None
            shard_count=shard_count,
        )
        self.submissions = submissions
        self.describing = describing(self)
        self.marks = marks(self)
        self.personal_data = personal_data
        self.moderation = moderation
        self.history = history(self)
        self.library = library(self)
        self.requests = Requests(
            library=self.library, submissions=submissions, moderation=moderation, model=model
        )
        self.chart = chart
        self.moderator_roles = moderator_roles
        self.command_ids: Mapping[str, int] = {}
        self.submitting = asyncio.Semaphore(SUBMITTED_AT_ONCE)
        self.identifying = Identifying(gateways, self.history.clock, self._start_limits)
        self.has_registered = False
        """Whether Discord knows this version's commands."""
        self._key_values = key_values
        self._gateways = gateways
        self._private_replies = PrivateReplies(self.history.clock)
        self._listening: asyncio.Task[Any] | None = None
        self._chores: list[asyncio.Task[None]] = []
        self._connecting: set[asyncio.Task[None]] = set()
        self._gateway_outage = Outage(log, "Discord's gateway")
        self._gateway_backoff = DiscordBackoff()
        self.tree.error(self._on_command_error)
        self._skip_unreadable_events()

    async def setup_hook(self) -> None:
        """Load the cogs and register the commands. discord.py calls this on every login, even of the same client."""
        await self.load_cogs()
        self.add_dynamic_items(*persistent_items())
        await end_tasks(*self._chores)
        self.has_registered = False
        registering = self._register_commands() if self.is_first else self._learn_commands()
        self._chores = [asyncio.create_task(registering, name="easel-commands")]
        if self.shard_ids is not None:
            self._chores.append(asyncio.create_task(self._tell_served(), name="easel-shards"))
        if not self.is_first:
            return
        # Discord may ask for a wait of hours here: that must not keep the commands it knows from being served.
        done, _ = await asyncio.wait(self._chores[:1], timeout=REGISTER_PATIENCE_S)
        for registered in done:
            registered.result()

    async def load_cogs(self) -> None:
        """Load the cogs that are not loaded yet, and with them the commands."""
        for cog in COGS:
            if cog not in self.extensions:
                await self.load_extension(cog)

    def described_commands(self) -> list[dict[str, Any]]:
        """Return all commands as they are registered with Discord."""
        return [command.to_dict(self.tree) for command in self.tree.get_commands()]

    async def connect(self, *, reconnect: bool = True) -> None:
        """Listen to the gateway until the client is closed, or Discord closed it for good and the latter is raised.

        Whatever else discord.py breaks on, such as a frame that is no JSON, a new connection starts after a while.
        """
        self._listening = asyncio.current_task()
        try:
            while not self.is_closed():
                listening = partial(self._listen_once, reconnect=reconnect)
                await guard(listening, partial(self._begin_afresh, self.loop.time()))
        finally:
            self._listening = None
            await end_tasks(*self._connecting)

    async def _listen_once(self, *, reconnect: bool) -> None:
        """Listen until the connection has ended, and raise what ended it."""
        await self.identifying.until_allowed(None if self.shard_ids is None else len(self.shard_ids))
        await super().connect(reconnect=reconnect)
        raise ConnectionError("closed")

    async def _begin_afresh(self, began_s: float, error: Exception) -> None:
        """Close what is left of a connection and wait; raise what ended it if Discord closed it for good."""
        if isinstance(error, (discord.ConnectionClosed, discord.PrivilegedIntentsRequired)):
            raise error
        if not self.is_closed():
            await self._close_gateway()
            if self.loop.time() - began_s > STEADY_S:
                self._gateway_backoff.reset()
            await self._leave_gateway_alone(error, self._gateway_backoff)

    async def launch_shards(self) -> None:
        """Begin to connect all shards, one after the other. Those that are connected are looked after meanwhile."""
        self._begin_connecting(super().launch_shards(), name="easel-shards-launch")

    async def launch_shard(self, gateway: Any, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard. After a failure discord.py calls this again every 5 s: wait longer each time."""
        failed = sys.exc_info()[1]  # the one that discord.py is handling, if this is not the first try
        if failed is not None:
            await self._leave_gateway_alone(failed, self._gateway_backoff)
        await self._take_turn(shard_id)
        await super().launch_shard(gateway, shard_id, initial=initial)
        shard = self.shards[shard_id]._parent  # pyright: ignore[reportPrivateUsage]
        # discord.py awaits these of one shard at a time: all others would wait with it, which may take hours.
        shard.reidentify = partial(self._begin_to_reconnect, shard)
        shard.reconnect = partial(self._begin_to_reconnect, shard)

    async def _begin_to_reconnect(self, shard: Shard, exc: ReconnectWebSocket | None = None) -> None:
        self._begin_connecting(self._connect_again(shard, exc), name=f"easel-shard-{shard.id}")

    async def _connect_again(self, shard: Shard, lost: ReconnectWebSocket | None) -> None:
        """Connect a shard again, at once if its session can be resumed. Upon a failure discord.py comes here again."""
        if lost is None or not lost.resume:
            await self._take_turn(shard.id)
        await (Shard.reconnect(shard) if lost is None else Shard.reidentify(shard, lost))

    def _begin_connecting(self, connecting: Coroutine[Any, Any, None], *, name: str) -> None:
        task = asyncio.create_task(connecting, name=name)
        self._connecting.add(task)
        task.add_done_callback(self._has_connected)

    def _has_connected(self, task: asyncio.Task[None]) -> None:
        """Let discord.py raise what it would have raised in place, out of `connect`."""
        self._connecting.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            queue: asyncio.Queue[EventItem] = getattr(self, "_AutoShardedClient__queue")  # noqa: B009  # it would be mangled
            queue.put_nowait(EventItem(EventType.terminate, None, error))

    async def _take_turn(self, shard_id: int) -> None:
        """Wait for a turn of the shard before there is a connection, which Discord may close while it waits."""
        backoff = DiscordBackoff()
        while True:
            try:
                return await self.identifying.take_turn(shard_id)
            except (discord.GatewayNotFound, *DISCORD_FAILURES, *UNREADABLE_ERRORS) as error:
                await self._leave_gateway_alone(error, backoff)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Wait for this shard's turn among all processes of the bot, where discord.py would wait for five seconds."""
        await self.identifying.use_turn(shard_id or 0)

    async def _start_limits(self) -> StartLimits:
        shards, _url, limit = await self.http.get_bot_gateway()
        return StartLimits(
            shards=shards,
            total=limit["total"],
            remaining=limit["remaining"],
            reset_after_s=limit["reset_after"] / 1000,
            max_concurrency=limit["max_concurrency"],
        )

    async def _leave_gateway_alone(self, error: BaseException, backoff: DiscordBackoff) -> None:
        cause = (error.__cause__ or error) if isinstance(error, discord.GatewayNotFound) else error
        self._gateway_outage.failed(why_failed(cause))
        await self.history.clock.sleep(backoff.next_s(cause))

    async def _close_gateway(self) -> None:
        """Close the gateway alone: jobs that run need the rest of the client."""
        await end_tasks(*self._connecting)
        for shard in self.shards.values():
            await shard.disconnect()
        await self._async_setup_hook()  # nothing that the old shards queued is left, and nothing is ready

    async def on_shard_ready(self, _shard_id: int) -> None:
        self._gateway_outage.went_well()

    async def on_ready(self) -> None:
        log.info("ready as %s in %s servers", self.user, len(self.guilds))
        if self.shard_ids is not None:
            log.info(
                "these are on the shards %s of %s", ", ".join(map(str, self.shard_ids)), self.shard_count
            )
        if self.application_id is not None:
            log.info("invite it with %s", invite_link(self.application_id))

    async def on_message(self, message: discord.Message, /) -> None:
        await answer_mention(self, self._private_replies, message)

    async def on_raw_message_edit(self, edit: discord.RawMessageUpdateEvent, /) -> None:
        await answer_edited(self, self._private_replies, edit.message)

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        await answer_unknown(interaction)

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        await take_back(self, channel.guild.id, channel.id)

    async def on_raw_thread_delete(self, thread: discord.RawThreadDeleteEvent) -> None:
        await take_back(self, thread.guild_id, thread.thread_id)

    async def on_guild_role_delete(self, role: discord.Role) -> None:
        await take_back(self, role.guild.id, role.id)

    async def close(self) -> None:
        """Close everything. discord.py calls this too when it gives up the gateway, and then only that is closed."""
        if self._listening is not None and self._listening is asyncio.current_task():
            await self._close_gateway()
            return
        await end_tasks(*self._chores, *self._connecting)
        await self._private_replies.close()
        await self.describing.stop()
        await super().close()

    def _skip_unreadable_events(self) -> None:
        """Let an event that discord.py cannot read end nothing. Without READY there is no session, so that may."""
        parsers = self._connection.parsers
        for event, parse in parsers.items():
            if event != "READY":
                parsers[event] = partial(_parse_or_skip, event, parse)

    def lost_shards(self) -> list[int]:
        """Return the shards of this process that are not connected."""
        shards = self.shards.items()
        return [one for one, shard in shards if shard.is_closed() or not math.isfinite(shard.latency)]

    async def _tell_served(self) -> None:
        """Record again and again which shards are connected, for the doctor."""
        while True:
            await run_logged(log, "telling which shards are served", self._note_served)
            await asyncio.sleep(SERVED_EVERY_S)

    async def _note_served(self) -> None:
        served = self.shards.keys() - set(self.lost_shards())
        if self.is_ready():
            await self._gateways.note_served(served, self.shard_count, now=self.history.clock.now())

    @property
    def is_first(self) -> bool:
        """Whether this process has shard 0, which one process of a bot has: that one registers the commands."""
        return self.shard_ids is None or 0 in self.shard_ids

    def _fingerprint(self) -> str:
        text = json.dumps([self.application_id, self.described_commands()], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    async def _learn_commands(self) -> None:
        """Read again and again what the process with shard 0 registered: it may be updated later than this one."""
        learn = partial(self._read_commands, self._fingerprint())
        while True:
            await run_logged(log, "learning the commands", learn)
            await asyncio.sleep(LEARN_EVERY_S if self.has_registered else LEARN_SOON_S)

    async def _read_commands(self, fingerprint: str) -> None:
        # The ids are written before the fingerprint: read after it, they are at least as new.
        has_registered = await self._key_values.read_value(COMMANDS_KEY) == fingerprint
        known = await self._key_values.read_value(COMMAND_IDS_KEY)
        if known is not None:
            self.command_ids = json.loads(known)
        self.has_registered = has_registered

    async def _register_commands(self) -> None:
        """Register the commands, again and again until Discord takes them; meanwhile it offers those it knows."""
        fingerprint = self._fingerprint()
        backoff, is_told = DiscordBackoff(), False
        while True:
            try:
                await self._sync_commands(fingerprint)
            except (*DISCORD_FAILURES, *UNREADABLE_ERRORS, StoreUnavailableError) as error:
                if not is_told:
                    why = "no database" if isinstance(error, StoreUnavailableError) else why_failed(error)
                    log.warning(
                        "Discord was not told of the commands (%s): it offers those it knows, until it is told",
                        why,
                    )
                is_told = True
                await self.history.clock.sleep(backoff.next_s(error))
            else:
                self.has_registered = True
                return

    async def _sync_commands(self, fingerprint: str) -> None:
        """Sync the commands only if they changed: Discord allows 200 command creations a day."""
        known = await self._key_values.read_value(COMMAND_IDS_KEY)
        if known is not None:
            self.command_ids = json.loads(known)
            if await self._key_values.read_value(COMMANDS_KEY) == fingerprint and await self._are_offered():
                return
        synced = await self.tree.sync()
        self.command_ids = {command.name: command.id for command in synced}
        await self._key_values.write_value(COMMAND_IDS_KEY, json.dumps(self.command_ids))
        await self._key_values.write_value(COMMANDS_KEY, fingerprint)
        log.info("told Discord of %s commands", len(synced))

    async def _are_offered(self) -> bool:
        """Return whether Discord still offers what was registered: another program with this token may overwrite it."""
        return {command.id for command in await self.tree.fetch_commands()} == set(self.command_ids.values())

    async def _on_command_error(
        self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError
    ) -> None:
        await answer_error(interaction, error)


def _parse_or_skip(event: str, parse: Callable[[Any], None], data: Any) -> None:
    try:
        parse(data)
    except Exception as error:  # noqa: BLE001  # discord.py would close the whole client
        # Without the traceback, which may hold what people wrote.
        log.error("an event %s cannot be read and is skipped (%s)", event, type(error).__name__)  # noqa: TRY400
