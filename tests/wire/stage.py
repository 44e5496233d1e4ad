"""What a test arranges: people and places, and what goes wrong with them or with the requests."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from tests.wire.clock import Clock, ServerClock, SystemClock
from tests.wire.faults import Fault, Faults, rate_limited
from tests.wire.gateway import Gateway
from tests.wire.payloads import channel_json, guild_json
from tests.wire.state import (
    INVITED,
    MEMBER,
    Channel,
    ChannelType,
    Guild,
    JsonDict,
    Message,
    MessageFlag,
    Permission,
    User,
    World,
)
from tests.wire.telling import Crier


class Stage:
    """The arranging half of `DiscordServer`.

    Paths given to `fail` and its kin are without `/api/v10` and matched by fnmatch, where `*` crosses
    slashes: `/webhooks/*/messages/@original`, `/channels/*/messages`, `/attachments/*`.
    """

    def __init__(
        self, clock: Clock | None, *, token: str, shard_count: int, heartbeat_interval_s: float
    ) -> None:
        self.clock = ServerClock(clock or SystemClock())
        self.token = token
        self.world = World(self.clock)
        self.faults = Faults()
        self.gateway = Gateway(
            self.world, token=token, shard_count=shard_count, heartbeat_interval_s=heartbeat_interval_s
        )
        self.world.listeners.append(Crier(self.world, self.gateway).tell)

    def advance(self, seconds: float) -> None:
        """Move the server's clock on; nobody sleeps."""
        self.clock.advance(seconds)
        self.world.changes.notify()

    # People and places

    def add_user(
        self, name: str, *, permissions: int = MEMBER, role_ids: Sequence[int] = (), is_bot: bool = False
    ) -> User:
        user = User(
            id=self.world.ids.next(),
            name=name,
            permissions=permissions,
            role_ids=tuple(role_ids),
            is_bot=is_bot,
        )
        self.world.users[user.id] = user
        return user

    def add_guild(
        self, name: str, *, has_bot: bool = True, premium_tier: int = 0, shard: tuple[int, int] = (0, 1)
    ) -> Guild:
        """Clients that already listen hear of it, as when the bot is invited. `shard` is where, of how many."""
        while ((guild_id := self.world.ids.next()) >> 22) % shard[1] != shard[0]:
            self.clock.advance(0.001)
        guild = Guild(
            id=guild_id,
            name=name,
            owner_id=self.add_user(f"{name}-owner").id,
            has_bot=has_bot,
            premium_tier=premium_tier,
        )
        self.world.guilds[guild.id] = guild
        if has_bot:
            self.gateway.dispatch("GUILD_CREATE", guild_json(self.world, guild), guild_id=guild.id)
        return guild

    def add_role(self, guild: Guild, name: str) -> int:
        """The id of a new role; clients read it from GUILD_CREATE, so add it before they connect."""
        role_id = self.world.ids.next()
        guild.role_names[role_id] = name
        return role_id

    def add_channel(self, guild: Guild, name: str, *, is_nsfw: bool = False) -> Channel:
        channel = Channel(
            id=self.world.ids.next(),
            type=ChannelType.TEXT,
            name=name,
            guild_id=guild.id,
            is_nsfw=is_nsfw,
        )
        self.world.channels[channel.id] = channel
        if guild.has_bot:
            self._tell_of_channel("CHANNEL_CREATE", channel)
        return channel

    def add_group(self, *people: User) -> Channel:
        """A group DM: the bot cannot be in one, only be installed by the people there."""
        channel = Channel(
            id=self.world.ids.next(),
            type=ChannelType.GROUP_DM,
            recipient_ids=tuple(user.id for user in people),
        )
        self.world.channels[channel.id] = channel
        return channel

    def add_message(self, channel: Channel, *components: JsonDict) -> Message:
        """One of the bot's that is there already, whoever sent it in its name."""
        message = Message(
            id=self.world.ids.next(),
            channel_id=channel.id,
            author_id=self.world.bot.id,
            created_at=self.clock.now(),
            flags=MessageFlag.COMPONENTS_V2,
            components=list(components),
        )
        self.world.messages[message.id] = message
        return message

    def dm_channel(self, user: User) -> Channel:
        return self.world.dm_with(user)

    # What people take away

    def forbid(self, channel_id: int, *, permissions: int = INVITED) -> None:
        """Take these permissions from the bot: without VIEW_CHANNEL 403/50001, else 403/50013."""
        channel = self.world.channels[channel_id]
        channel.bot_permissions &= ~permissions
        self._tell_of_channel("CHANNEL_UPDATE", channel)

    def forbid_sending(self, channel_id: int) -> None:
        self.forbid(channel_id, permissions=Permission.SEND_MESSAGES)

    def close_dms(self, user: User) -> None:
        """From now on 403/50007 for messages to this person."""
        user.accepts_dms = False

    def delete_channel(self, channel_id: int) -> None:
        """With its messages: 404/10003 from now on."""
        for message in self.world.messages_in(channel_id):
            self.world.delete(message)
        channel = self.world.channels.pop(channel_id)
        self._tell_of_channel("CHANNEL_DELETE", channel)

    def delete_message(self, message: Message) -> None:
        self.world.delete(message)

    def remove_bot(self, guild: Guild) -> None:
        """Somebody kicks the bot: 403/50001 for everything there."""
        guild.has_bot = False
        self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild_id=guild.id)

    def _tell_of_channel(self, event: str, channel: Channel) -> None:
        if channel.guild_id is not None:
            shown = channel_json(self.world, channel)
            self.gateway.dispatch(event, shown, guild_id=channel.guild_id)

    # Faults

    def fail(
        self,
        method: str,
        pattern: str,
        *,
        status: int,
        code: int = 0,
        message: str = "stand-in fault",
        headers: Mapping[str, str] | None = None,
        times: int | None = 1,
        body: JsonDict | bytes | None = None,
        before: bool = True,
    ) -> Fault:
        """Answer with an error; `before=False` does what was asked first, and loses only the outcome.

        `body` replaces the JSON `{"code": …, "message": …}`; bytes are sent as they are.
        """
        shown: JsonDict = body if isinstance(body, dict) else {"message": message, "code": code}
        fault = Fault(
            method=method,
            pattern=pattern,
            status=status,
            body=shown,
            raw=body if isinstance(body, bytes) else None,
            headers=dict(headers or {}),
            times=times,
            before=before,
        )
        return self.faults.add(fault)

    def rate_limit(
        self,
        method: str,
        pattern: str,
        *,
        retry_after_s: float = 0.01,
        times: int | None = 1,
        is_global: bool = False,
        has_via: bool = True,
    ) -> Fault:
        """Answer 429; `has_via=False` makes it look like Cloudflare's ban, which is not retried."""
        return self.faults.add(
            rate_limited(
                method,
                pattern,
                retry_after_s=retry_after_s,
                times=times,
                is_global=is_global,
                has_via=has_via,
            )
        )

    def cut(self, method: str, pattern: str, *, times: int | None = 1, before: bool = True) -> Fault:
        """Close the socket in place of an answer, before or after doing what was asked."""
        fault = Fault(method=method, pattern=pattern, times=times, before=before, cuts_line=True)
        return self.faults.add(fault)

    def hold(self, method: str, pattern: str, *, times: int | None = None) -> Fault:
        """Let matching requests wait until `.release()`; they are in `requests` without a status."""
        gate = asyncio.Event()
        return self.faults.add(Fault(method=method, pattern=pattern, times=times, gate=gate))

    # The gateway

    async def drop_gateways(self, close_code: int | None = None) -> None:
        """Cut every gateway connection, or close it with a code; sessions stay resumable."""
        await self.gateway.drop(close_code)

    def ask_to_reconnect(self) -> None:
        """Opcode 7."""
        self.gateway.ask_to_reconnect()

    def invalidate_sessions(self, *, is_resumable: bool = False) -> None:
        """Opcode 9."""
        self.gateway.invalidate(is_resumable=is_resumable)
