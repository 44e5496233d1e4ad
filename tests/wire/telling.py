"""Messages as the gateway tells of them: new, changed and gone."""

from __future__ import annotations

from tests.wire.gateway import Gateway
from tests.wire.payloads import member_json, seen_json
from tests.wire.state import Channel, ChannelType, Guild, JsonDict, Message, World


class Crier:
    """Tells every client that listens to messages of those in places where the bot is."""

    def __init__(self, world: World, gateway: Gateway) -> None:
        self._world = world
        self._gateway = gateway

    def tell(self, event: str, message: Message) -> None:
        channel = self._world.channels.get(message.channel_id)
        if channel is None or message.ephemeral or channel.type is ChannelType.GROUP_DM:
            return
        guild = self._world.guild_of(channel)
        if guild is not None and not guild.has_bot:
            return
        data = self._of_gone(message, guild) if message.deleted else self._of(message, channel, guild)
        self._gateway.dispatch(event, data, guild_id=guild.id if guild is not None else None)

    def _of(self, message: Message, channel: Channel, guild: Guild | None) -> JsonDict:
        shown: JsonDict = seen_json(self._world, message)
        shown["channel_type"] = int(channel.type)
        if guild is None:
            return shown
        shown["guild_id"] = str(guild.id)
        if message.webhook_id is None:  # a webhook is no member
            shown["member"] = self._member(message.author_id)
        mentions: list[JsonDict] = shown["mentions"]
        for mention in mentions:
            mention["member"] = self._member(int(mention["id"]))
        return shown

    def _of_gone(self, message: Message, guild: Guild | None) -> JsonDict:
        shown: JsonDict = {"id": str(message.id), "channel_id": str(message.channel_id)}
        return shown if guild is None else shown | {"guild_id": str(guild.id)}

    def _member(self, user_id: int) -> JsonDict:
        """Beside the user, so without them."""
        member = member_json(self._world.users[user_id])
        return {name: value for name, value in member.items() if name != "user"}
