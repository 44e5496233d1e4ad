"""A person using the bot: what they do, as INTERACTION_CREATE over the gateway."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from tests.wire.cdn import Upload
from tests.wire.commands import Choices, CommandBook, OptionValue
from tests.wire.components import Kind, walk
from tests.wire.gateway import Gateway
from tests.wire.interactions import Dispatched, InteractionKind, Interactions
from tests.wire.payloads import channel_json, max_file_bytes, member_json, message_json, user_json
from tests.wire.state import Channel, ChannelType, JsonDict, Message, User, World


class Context(StrEnum):
    """Where a command is used, as far as the installation goes."""

    GUILD = "guild"
    BOTH = "both"  # a guild that invited the bot, and a user who brought it along as well
    BOT_DM = "bot_dm"
    ELSEWHERE = "elsewhere"  # only the user installed the bot: it is not in this guild or group


class People:
    """Builds and dispatches interactions."""

    def __init__(
        self, world: World, gateway: Gateway, interactions: Interactions, commands: CommandBook
    ) -> None:
        self._world = world
        self._gateway = gateway
        self._interactions = interactions
        self._commands = commands

    def slash(
        self,
        user: User,
        channel: Channel,
        name: str,
        values: Mapping[str, OptionValue],
        context: Context | None,
    ) -> Dispatched:
        path = name.split()
        command = self._commands.find(path[0], channel.guild_id)
        data = Choices(world=self._world).data(command, path, values)
        return self._dispatch(InteractionKind.COMMAND, user, channel, data, context=context)

    def type_in(
        self,
        user: User,
        channel: Channel,
        name: str,
        focused: str,
        text: str,
        values: Mapping[str, OptionValue],
        context: Context | None,
    ) -> Dispatched:
        path = name.split()
        command = self._commands.find(path[0], channel.guild_id)
        data = Choices(world=self._world).typing(command, path, focused, text, values)
        return self._dispatch(InteractionKind.AUTOCOMPLETE, user, channel, data, context=context)

    def on_message(self, user: User, message: Message, name: str) -> Dispatched:
        channel = self._world.channels[message.channel_id]
        command = self._commands.find(name, channel.guild_id, command_type=3)
        shown = {str(message.id): message_json(self._world, message)}
        data: JsonDict = {"id": command["id"], "name": name, "type": 3, "target_id": str(message.id)}
        data["resolved"] = {"messages": shown}
        return self._dispatch(InteractionKind.COMMAND, user, channel, data)

    def click(
        self,
        user: User,
        message: Message,
        custom_id: str,
        values: Sequence[str],
        context: Context | None = None,
    ) -> Dispatched:
        found = (each for each in walk(message.components) if each.get("custom_id") == custom_id)
        component = next(found, None)
        if message.deleted or component is None or component.get("disabled"):
            raise LookupError(f"there is nothing to press with custom_id {custom_id!r}")
        data: JsonDict = {"custom_id": custom_id, "component_type": component["type"]}
        if component["type"] != Kind.BUTTON:
            data["values"] = list(values)
        channel = self._world.channels[message.channel_id]
        return self._dispatch(InteractionKind.COMPONENT, user, channel, data, source=message, context=context)

    def submit(self, opened: Dispatched, values: Mapping[str, Any]) -> Dispatched:
        if opened.modal is None:
            raise LookupError("that interaction opened no form")
        choices = Choices(world=self._world)
        rows = [_filled(choices, row, values) for row in opened.modal["components"]]
        data: JsonDict = {"custom_id": opened.modal["custom_id"], "components": rows}
        data["resolved"] = choices.resolved
        return self._dispatch(InteractionKind.MODAL, opened.user, opened.channel, data, source=opened.source)

    def write(
        self,
        user: User,
        channel: Channel,
        content: str,
        files: Sequence[Upload],
        reply_to: Message | None,
        *,
        mentions_replied: bool,
        webhook_id: int | None,
    ) -> Message:
        """A message of a person's, or of a webhook's in their name."""
        message = Message(
            id=self._world.ids.next(),
            channel_id=channel.id,
            author_id=user.id,
            created_at=self._world.clock.now(),
            content=content,
            reference_id=reply_to.id if reply_to is not None else None,
            mentions_replied=mentions_replied,
            webhook_id=webhook_id,
        )
        folder = f"attachments/{channel.id}"
        message.attachments = tuple(
            self._world.cdn.keep(file, attachment_id=self._world.ids.next(), folder=folder) for file in files
        )
        self._world.messages[message.id] = message
        self._world.announce("MESSAGE_CREATE", message)
        self._world.changes.notify()
        return message

    def rewrite(self, message: Message, content: str | None) -> None:
        """A person edits their message; None if Discord changes it by itself, such as by a preview of a link."""
        if content is not None:
            message.content, message.edited_at = content, self._world.clock.now()
        self._world.announce("MESSAGE_UPDATE", message)
        self._world.changes.notify()

    def _dispatch(
        self,
        kind: InteractionKind,
        user: User,
        channel: Channel,
        data: JsonDict,
        *,
        context: Context | None = None,
        source: Message | None = None,
    ) -> Dispatched:
        guild = self._world.guild_of(channel)
        context = context or self._context_of(channel)
        interaction = self._interactions.open(
            kind,
            user,
            channel,
            max_file_bytes=max_file_bytes(guild),
            is_user_install_only=context is Context.ELSEWHERE,
            source=source,
        )
        payload = self._payload(interaction, context) | {"data": data}
        if source is not None:
            payload["message"] = message_json(self._world, source)
        listening = guild.id if guild is not None and guild.has_bot else None
        self._gateway.dispatch("INTERACTION_CREATE", payload, guild_id=listening)
        return interaction

    def _context_of(self, channel: Channel) -> Context:
        guild = self._world.guild_of(channel)
        if guild is not None and guild.has_bot:
            return Context.GUILD
        return Context.BOT_DM if channel.type is ChannelType.DM else Context.ELSEWHERE

    def _payload(self, interaction: Dispatched, context: Context) -> JsonDict:
        user, channel = interaction.user, interaction.channel
        payload: JsonDict = {
            "id": str(interaction.id),
            "application_id": str(self._world.bot.id),
            "type": int(interaction.kind),
            "token": interaction.token,
            "version": 1,
            "channel_id": str(channel.id),
            "channel": channel_json(self._world, channel, permissions=user.permissions),
            "app_permissions": str(channel.bot_permissions),
            "locale": user.locale,
            "entitlements": [],
            "entitlement_sku_ids": [],
            "context": {ChannelType.TEXT: 0, ChannelType.DM: 1, ChannelType.GROUP_DM: 2}[channel.type],
            "authorizing_integration_owners": _owners(context, user, channel),
            "attachment_size_limit": interaction.max_file_bytes,
        }
        guild = self._world.guild_of(channel)
        if guild is None:
            return payload | {"user": user_json(user)}
        return payload | {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": guild.locale, "features": []},
            "guild_locale": guild.locale,
            "member": member_json(user, permissions=user.permissions),
        }


def _owners(context: Context, user: User, channel: Channel) -> JsonDict:
    """Who installed the bot: "0" a guild (its id, or 0 in the bot's DM), "1" a user."""
    match context:
        case Context.GUILD:
            return {"0": str(channel.guild_id)}
        case Context.BOTH:
            return {"0": str(channel.guild_id), "1": str(user.id)}
        case Context.BOT_DM:
            return {"0": "0"}
        case Context.ELSEWHERE:
            return {"1": str(user.id)}


def _filled(choices: Choices, component: JsonDict, values: Mapping[str, Any]) -> JsonDict:
    """A form's component with what the person put in; what they left alone is empty."""
    shown: JsonDict = {"type": component["type"], "id": component.get("id", 0)}
    if "component" in component:
        return shown | {"component": _filled(choices, component["component"], values)}
    if "components" in component:
        return shown | {"components": [_filled(choices, each, values) for each in component["components"]]}
    custom_id = component.get("custom_id")
    if custom_id is None:
        return shown
    value = values.get(custom_id, component.get("value"))
    return shown | {"custom_id": custom_id} | _put_in(choices, component["type"], value)


def _put_in(choices: Choices, kind: int, value: Any) -> JsonDict:
    is_text, is_one_of, is_tick = kind == Kind.TEXT_INPUT, kind == Kind.RADIO_GROUP, kind == Kind.CHECKBOX
    if is_text:
        return {"value": value or ""}
    if is_one_of or is_tick:
        return {"value": bool(value) if is_tick else value}
    entries: list[Any] = list(value or [])
    return {"values": [choices.upload(each) if isinstance(each, Upload) else each for each in entries]}
