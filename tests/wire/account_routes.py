"""REST about the bot itself, its commands, people, guilds and the gateway's address."""

from __future__ import annotations

from collections.abc import Sequence

from tests.wire.commands import CommandBook
from tests.wire.errors import cannot_message_user, missing_access, unknown_guild, unknown_user
from tests.wire.gateway import Gateway
from tests.wire.payloads import channel_json, guild_json, member_json, my_guild_json, user_json
from tests.wire.rest import Call, Endpoint, Reply
from tests.wire.state import Guild, JsonDict, World


class AccountRoutes:
    """Everything that is no message."""

    def __init__(self, world: World, gateway: Gateway, commands: CommandBook) -> None:
        self._world = world
        self._gateway = gateway
        self._commands = commands

    def endpoints(self) -> Sequence[Endpoint]:
        everywhere, in_guild = "/applications/{app}/commands", "/applications/{app}/guilds/{guild}/commands"
        return [
            Endpoint(method="GET", path="/users/@me", perform=self._me),
            Endpoint(method="GET", path="/users/@me/guilds", perform=self._my_guilds),
            Endpoint(method="GET", path="/users/{user}", perform=self._user),
            Endpoint(method="POST", path="/users/@me/channels", perform=self._open_dm),
            Endpoint(method="GET", path="/oauth2/applications/@me", perform=self._application),
            Endpoint(method="GET", path="/applications/@me", perform=self._application),
            Endpoint(method="GET", path=everywhere, perform=self._list_commands),
            Endpoint(method="PUT", path=everywhere, perform=self._put_commands),
            Endpoint(method="GET", path=in_guild, perform=self._list_commands),
            Endpoint(method="PUT", path=in_guild, perform=self._put_commands),
            Endpoint(method="GET", path="/gateway", perform=self._address, needs_bot_token=False),
            Endpoint(method="GET", path="/gateway/bot", perform=self._address_for_bots),
            Endpoint(method="GET", path="/guilds/{guild}", perform=self._guild),
            Endpoint(method="GET", path="/guilds/{guild}/channels", perform=self._guild_channels),
            Endpoint(method="GET", path="/guilds/{guild}/members/{user}", perform=self._member),
        ]

    def _me(self, call: Call) -> Reply:
        return Reply(user_json(self._world.bot) | {"verified": True, "mfa_enabled": False})

    def _user(self, call: Call) -> Reply:
        user = self._world.users.get(call.id("user"))
        if user is None:
            raise unknown_user()
        return Reply(user_json(user))

    def _open_dm(self, call: Call) -> Reply:
        user = self._world.users.get(int(call.body["recipient_id"]))
        if user is None:
            raise unknown_user()
        if user.is_bot:
            raise cannot_message_user()
        return Reply(channel_json(self._world, self._world.dm_with(user)))

    def _application(self, call: Call) -> Reply:
        shown: JsonDict = {
            "id": str(self._world.bot.id),
            "name": self._world.bot.name,
            "description": "",
            "icon": None,
            "bot_public": True,
            "bot_require_code_grant": False,
            "verify_key": "0" * 64,
            "owner": user_json(self._world.bot),
            "team": None,
            "flags": 0,
        }
        return Reply(shown | self._world.application)

    def _my_guilds(self, call: Call) -> Reply:
        """In the order of their ids, after one of them if that is asked for."""
        after, limit = int(call.query.get("after", 0)), int(call.query.get("limit", 200))
        joined = sorted(
            (guild for guild in self._world.guilds.values() if guild.has_bot and guild.id > after),
            key=lambda guild: guild.id,
        )
        return Reply([my_guild_json(guild) for guild in joined[:limit]])

    def _list_commands(self, call: Call) -> Reply:
        return Reply(self._commands.listed(_guild_id(call)))

    def _put_commands(self, call: Call) -> Reply:
        return Reply(self._commands.replace(_guild_id(call), call.body))

    def _address(self, call: Call) -> Reply:
        return Reply({"url": self._gateway.url})

    def _address_for_bots(self, call: Call) -> Reply:
        limit = {
            "total": self._gateway.rules.a_day,
            "remaining": max(self._gateway.rules.a_day - self._gateway.identifies, 0),
            "reset_after": 86_400_000,
            "max_concurrency": self._gateway.rules.max_concurrency,
        }
        shards = self._gateway.shard_count
        return Reply({"url": self._gateway.url, "shards": shards, "session_start_limit": limit})

    def _guild(self, call: Call) -> Reply:
        return Reply(guild_json(self._world, self._joined_guild(call)))

    def _guild_channels(self, call: Call) -> Reply:
        channels = self._world.channels_of(self._joined_guild(call).id)
        return Reply([channel_json(self._world, channel) for channel in channels])

    def _member(self, call: Call) -> Reply:
        self._joined_guild(call)
        user = self._world.users.get(call.id("user"))
        if user is None:
            raise unknown_user()
        return Reply(member_json(user))

    def _joined_guild(self, call: Call) -> Guild:
        guild = self._world.guilds.get(call.id("guild"))
        if guild is None:
            raise unknown_guild()
        if not guild.has_bot:
            raise missing_access()
        return guild


def _guild_id(call: Call) -> int | None:
    return call.id("guild") if "guild" in call.path else None
