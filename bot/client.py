"""The discord.py client: loads the cogs, syncs the commands with Discord, answers every failed command."""

from __future__ import annotations

import asyncio
import hashlib
import importlib
import json
import logging
import pkgutil
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import discord
from discord import app_commands
from discord.ext import commands

import bot.ui
from bot.domain.ports.drawing import SpendingChart
from bot.domain.ports.stores import KeyValueStore
from bot.errors import StoreUnavailableError
from bot.outage import Outage, end_tasks
from bot.services.describing import Describing
from bot.services.history import History
from bot.services.library import Library
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
REGISTER_PATIENCE_S: Final = 10.0
STEADY_S: Final = 900.0  # a gateway that held for so long is tried again soon
PERMISSIONS: Final = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    attach_files=True,
    embed_links=True,
    read_message_history=True,
)


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
        personal_data: PersonalData,
        moderation: Moderation,
        history: Callable[[discord.Client], History],
        library: Callable[[discord.Client], Library],
        chart: SpendingChart,
        moderator_roles: frozenset[int],
        key_values: KeyValueStore,
        model: str,
        shard_count: int | None = None,
    ) -> None:
        super().__init__(
            command_prefix=commands.when_mentioned,
            help_command=None,
            # No intent is privileged: messages arrive without content unless they mention us or are direct messages.
            intents=discord.Intents(guilds=True, guild_messages=True, dm_messages=True),
            allowed_mentions=discord.AllowedMentions.none(),
            allowed_contexts=app_commands.AppCommandContext(
                guild=True, dm_channel=True, private_channel=True
            ),
            allowed_installs=app_commands.AppInstallationType(guild=True, user=True),
            activity=discord.CustomActivity(_("Type /imagine")),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            shard_count=shard_count,
        )
        self.submissions = submissions
        self.describing = describing(self)
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
        self._key_values = key_values
        self._private_replies = PrivateReplies(self.history.clock)
        self._listening: asyncio.Task[Any] | None = None
        self._registering: asyncio.Task[None] | None = None
        self._gateway_outage = Outage(log, "Discord's gateway")
        self._gateway_backoff = DiscordBackoff()
        self.tree.error(self._on_command_error)
        self._skip_unreadable_events()

    async def setup_hook(self) -> None:
        """Load the cogs and register the commands. discord.py calls this on every login, even of the same client."""
        for cog in COGS:
            if cog not in self.extensions:
                await self.load_extension(cog)
        self.add_dynamic_items(*persistent_items())
        await self._stop_registering()
        self._registering = asyncio.create_task(self._register_commands(), name="easel-commands")
        # Discord may ask for a wait of hours here: that must not keep the commands it knows from being served.
        done, _ = await asyncio.wait({self._registering}, timeout=REGISTER_PATIENCE_S)
        for registering in done:
            registering.result()

    async def connect(self, *, reconnect: bool = True) -> None:
        """Listen to the gateway until the client is closed, or Discord closed it for good and the latter is raised.

        Whatever else discord.py breaks on, a new connection starts afresh after a while.
        """
        self._listening = asyncio.current_task()
        try:
            while not self.is_closed():
                await self._listen_once(reconnect=reconnect)
        finally:
            self._listening = None

    async def _listen_once(self, *, reconnect: bool) -> None:
        began_s = self.loop.time()
        try:
            await super().connect(reconnect=reconnect)
            error: Exception = ConnectionError("closed")
        except (discord.ConnectionClosed, discord.PrivilegedIntentsRequired):
            raise
        except Exception as broken:  # noqa: BLE001  # whatever discord.py did not expect, such as a frame that is no JSON
            error = broken
        if not self.is_closed():
            await self._close_gateway()
            if self.loop.time() - began_s > STEADY_S:
                self._gateway_backoff.reset()
            await self._leave_gateway_alone(error)

    async def launch_shard(self, gateway: Any, shard_id: int, *, initial: bool = False) -> None:
        """Connect a shard. Upon a failure discord.py comes here again every 5 s: make that seldomer each time."""
        failed = sys.exc_info()[1]  # the one that discord.py is handling, if this is not the first try
        if failed is not None:
            await self._leave_gateway_alone(failed)
        await super().launch_shard(gateway, shard_id, initial=initial)

    async def _leave_gateway_alone(self, error: BaseException) -> None:
        cause = (error.__cause__ or error) if isinstance(error, discord.GatewayNotFound) else error
        self._gateway_outage.failed(why_failed(cause))
        await self.history.clock.sleep(self._gateway_backoff.next_s(cause))

    async def _close_gateway(self) -> None:
        """Close the gateway alone: jobs that run need the rest of the client."""
        for shard in self.shards.values():
            await shard.disconnect()
        await self._async_setup_hook()  # nothing that the old shards queued is left, and nothing is ready

    async def on_ready(self) -> None:
        self._gateway_outage.went_well()
        log.info("ready as %s in %s servers", self.user, len(self.guilds))
        if self.application_id is not None:
            scopes = ("bot", "applications.commands")
            invite = discord.utils.oauth_url(self.application_id, permissions=PERMISSIONS, scopes=scopes)
            log.info("invite it with %s", invite)

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
        await self._stop_registering()
        await self._private_replies.close()
        await self.describing.stop()
        await super().close()

    def _skip_unreadable_events(self) -> None:
        """Let an event that discord.py cannot read end nothing. Without READY there is no session, so that may."""
        parsers = self._connection.parsers
        for event, parse in parsers.items():
            if event != "READY":
                parsers[event] = partial(_parse_or_skip, event, parse)

    async def _register_commands(self) -> None:
        """Tell Discord of the commands, again and again until it takes them; meanwhile it offers those it knows."""
        payload = [command.to_dict(self.tree) for command in self.tree.get_commands()]
        text = json.dumps([self.application_id, payload], sort_keys=True, default=str)
        fingerprint = hashlib.sha256(text.encode()).hexdigest()
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
                return

    async def _sync_commands(self, fingerprint: str) -> None:
        """Sync the commands only if they changed: Discord allows 200 command creations a day."""
        known = await self._key_values.read_value(COMMAND_IDS_KEY)
        if known is not None:
            self.command_ids = json.loads(known)
            if await self._key_values.read_value(COMMANDS_KEY) == fingerprint:
                return
        synced = await self.tree.sync()
        self.command_ids = {command.name: command.id for command in synced}
        await self._key_values.write_value(COMMAND_IDS_KEY, json.dumps(self.command_ids))
        await self._key_values.write_value(COMMANDS_KEY, fingerprint)
        log.info("told Discord of %s commands", len(synced))

    async def _stop_registering(self) -> None:
        if self._registering is not None:
            await end_tasks(self._registering)

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
