"""REST about messages: in channels with the bot's token, and through interactions with theirs."""

from __future__ import annotations

from collections.abc import Sequence

from tests.wire import errors
from tests.wire.interactions import Interactions
from tests.wire.payloads import channel_json, max_file_bytes, message_json, seen_json
from tests.wire.posting import edit, post
from tests.wire.rest import Call, Endpoint, Reply
from tests.wire.state import Channel, ChannelType, Message, Permission, World


class ChannelRoutes:
    """/channels/…"""

    def __init__(self, world: World) -> None:
        self._world = world

    def endpoints(self) -> Sequence[Endpoint]:
        messages, message = "/channels/{channel}/messages", "/channels/{channel}/messages/{message}"
        return [
            Endpoint(method="GET", path="/channels/{channel}", perform=self._show_channel),
            Endpoint(method="POST", path="/channels/{channel}/typing", perform=self._type),
            Endpoint(method="POST", path=messages, perform=self._post),
            Endpoint(method="GET", path=message, perform=self._get),
            Endpoint(method="PATCH", path=message, perform=self._edit),
            Endpoint(method="DELETE", path=message, perform=self._delete),
        ]

    def _show_channel(self, call: Call) -> Reply:
        return Reply(channel_json(self._world, self._channel(call)))

    def _type(self, call: Call) -> Reply:
        self._check_may_send(self._channel(call), has_files=False)
        return Reply()

    def _post(self, call: Call) -> Reply:
        channel = self._channel(call)
        self._check_may_send(channel, has_files=bool(call.files))
        if (
            call.body.get("message_reference")
            and not channel.bot_permissions & Permission.READ_MESSAGE_HISTORY
        ):
            raise errors.cannot_reply()
        form = call.form(max_file_bytes=max_file_bytes(self._world.guild_of(channel)))
        message = post(self._world, channel, self._world.bot.id, form)
        return Reply(seen_json(self._world, message))

    def _get(self, call: Call) -> Reply:
        return Reply(seen_json(self._world, self._message(call)))

    def _edit(self, call: Call) -> Reply:
        message = self._message(call)
        if message.author_id != self._world.bot.id:
            raise errors.not_the_author()
        guild = self._world.guild_of(self._world.channels[message.channel_id])
        edit(self._world, message, call.form(max_file_bytes=max_file_bytes(guild)))
        return Reply(seen_json(self._world, message))

    def _delete(self, call: Call) -> Reply:
        message = self._message(call)
        channel = self._world.channels[message.channel_id]
        is_own = message.author_id == self._world.bot.id
        if not is_own and not channel.bot_permissions & Permission.MANAGE_MESSAGES:
            raise errors.missing_permissions()
        self._world.delete(message)
        return Reply()

    def _channel(self, call: Call) -> Channel:
        """A channel the bot can see. Raises `ApiError`."""
        channel = self._world.channels.get(call.id("channel"))
        if channel is None:
            raise errors.unknown_channel()
        guild = self._world.guild_of(channel)
        is_outside = channel.type is ChannelType.GROUP_DM or (guild is not None and not guild.has_bot)
        if is_outside or not channel.bot_permissions & Permission.VIEW_CHANNEL:
            raise errors.missing_access()
        return channel

    def _check_may_send(self, channel: Channel, *, has_files: bool) -> None:
        if channel.type is ChannelType.DM:
            if not all(self._world.users[each].accepts_dms for each in channel.recipient_ids):
                raise errors.cannot_message_user()
            return
        needed = Permission.SEND_MESSAGES | (Permission.ATTACH_FILES if has_files else 0)
        if needed & ~channel.bot_permissions:
            raise errors.missing_permissions()

    def _message(self, call: Call) -> Message:
        """A message the bot's token can see: an ephemeral one does not exist for it."""
        channel = self._channel(call)
        message = self._world.messages.get(call.id("message"))
        if message is None or message.deleted or message.ephemeral or message.channel_id != channel.id:
            raise errors.unknown_message()
        return message


class InteractionRoutes:
    """/interactions/… and /webhooks/…, which need no bot token: their path carries one."""

    def __init__(self, world: World, interactions: Interactions) -> None:
        self._world = world
        self._interactions = interactions

    def endpoints(self) -> Sequence[Endpoint]:
        callback = "/interactions/{interaction}/{token}/callback"
        hook, message = "/webhooks/{app}/{token}", "/webhooks/{app}/{token}/messages/{message}"
        return [
            Endpoint(method="POST", path=callback, perform=self._answer, needs_bot_token=False),
            Endpoint(method="POST", path=hook, perform=self._follow_up, needs_bot_token=False),
            Endpoint(method="GET", path=message, perform=self._get, needs_bot_token=False),
            Endpoint(method="PATCH", path=message, perform=self._edit, needs_bot_token=False),
            Endpoint(method="DELETE", path=message, perform=self._delete, needs_bot_token=False),
        ]

    def _answer(self, call: Call) -> Reply:
        form = call.form(max_file_bytes=0)  # the interaction knows its own limit
        interaction = self._interactions.answer(call.id("interaction"), call.path["token"], form)
        wants_response = call.query.get("with_response") in ("1", "true")
        return Reply(self._interactions.result(interaction) if wants_response else None)

    def _follow_up(self, call: Call) -> Reply:
        message = self._interactions.follow_up(call.path["token"], call.form(max_file_bytes=0))
        return Reply(message_json(self._world, message))

    def _get(self, call: Call) -> Reply:
        return Reply(message_json(self._world, self._message(call)))

    def _edit(self, call: Call) -> Reply:
        interaction = self._interactions.usable(call.path["token"])
        message = self._message(call)
        edit(self._world, message, call.form(max_file_bytes=interaction.max_file_bytes))
        return Reply(message_json(self._world, message))

    def _delete(self, call: Call) -> Reply:
        self._world.delete(self._message(call))
        return Reply()

    def _message(self, call: Call) -> Message:
        interaction = self._interactions.usable(call.path["token"])
        return self._interactions.message_of(interaction, call.path["message"])
