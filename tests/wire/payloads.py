"""State as the JSON Discord sends."""

from __future__ import annotations

from typing import Any

from tests.wire.cdn import Attachment
from tests.wire.components import resolved, shown_text
from tests.wire.pings import USER_MENTION
from tests.wire.state import (
    INVITED,
    MEMBER,
    Channel,
    ChannelType,
    Guild,
    JsonDict,
    Message,
    User,
    World,
)

JOINED = "2024-01-01T00:00:00+00:00"
MIB = 1024 * 1024
UPLOAD_BYTES_BY_TIER = (10 * MIB, 10 * MIB, 50 * MIB, 100 * MIB)  # docs: reference#uploading-files


def max_file_bytes(guild: Guild | None) -> int:
    return UPLOAD_BYTES_BY_TIER[guild.premium_tier if guild else 0]


def user_json(user: User) -> JsonDict:
    return {
        "id": str(user.id),
        "username": user.name,
        "discriminator": "0",
        "global_name": user.name.title(),
        "avatar": None,
        "bot": user.is_bot,
        "public_flags": 0,
    }


def member_json(user: User, *, permissions: int | None = None) -> JsonDict:
    """`permissions` only stand in interactions, and are the member's in that channel."""
    member: JsonDict = {
        "user": user_json(user),
        "roles": [str(role_id) for role_id in user.role_ids],
        "joined_at": JOINED,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "nick": None,
        "avatar": None,
        "premium_since": None,
        "pending": False,
    }
    return member if permissions is None else member | {"permissions": str(permissions)}


def role_json(role_id: int, name: str, *, permissions: int = 0) -> JsonDict:
    return {
        "id": str(role_id),
        "name": name,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "permissions": str(permissions),
        "position": 0,
        "flags": 0,
    }


def channel_json(world: World, channel: Channel, *, permissions: int | None = None) -> JsonDict:
    shown: JsonDict = {"id": str(channel.id), "type": int(channel.type), "flags": 0, "last_message_id": None}
    if channel.type is ChannelType.TEXT:
        shown |= {
            "guild_id": str(channel.guild_id),
            "name": channel.name,
            "position": 0,
            "permission_overwrites": _overwrites(world, channel),
            "nsfw": channel.is_nsfw,
            "topic": None,
            "parent_id": None,
            "rate_limit_per_user": 0,
        }
    else:
        shown["recipients"] = [user_json(world.users[user_id]) for user_id in channel.recipient_ids]
    if channel.type is ChannelType.GROUP_DM:
        shown |= {"name": channel.name, "icon": None, "owner_id": str(channel.recipient_ids[0])}
    return shown if permissions is None else shown | {"permissions": str(permissions)}


def my_guild_json(guild: Guild) -> JsonDict:
    """As in the list of those the bot is in."""
    return {
        "id": str(guild.id),
        "name": guild.name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": str(guild.bot_permissions),
        "features": [],
    }


def guild_json(world: World, guild: Guild) -> JsonDict:
    """As in GUILD_CREATE: with its channels, and the bot as the only member the intents allow."""
    everyone = role_json(guild.id, "@everyone", permissions=MEMBER)
    return {
        "id": str(guild.id),
        "name": guild.name,
        "owner_id": str(guild.owner_id),
        "premium_tier": guild.premium_tier,
        "preferred_locale": guild.locale,
        "features": [],
        "roles": [everyone, *(role_json(*role) for role in guild.role_names.items())],
        "channels": [channel_json(world, channel) for channel in world.channels_of(guild.id)],
        "members": [member_json(world.bot)],
        "member_count": 2,
        "emojis": [],
        "stickers": [],
        "threads": [],
        "voice_states": [],
        "presences": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "unavailable": False,
        "large": False,
        "joined_at": JOINED,
        "icon": None,
        "description": None,
        "afk_timeout": 0,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "system_channel_flags": 0,
    }


def _overwrites(world: World, channel: Channel) -> list[JsonDict]:
    """What the bot was denied here, so that `permissions_for` agrees with the answers of REST."""
    denied = INVITED & ~channel.bot_permissions
    if not denied:
        return []
    return [{"id": str(world.bot.id), "type": 1, "allow": "0", "deny": str(denied)}]


def attachment_json(world: World, attachment: Attachment) -> JsonDict:
    url = world.cdn.url_of(attachment)
    shown: JsonDict = {
        "id": str(attachment.id),
        "filename": attachment.filename,
        "size": attachment.size,
        "url": url,
        "proxy_url": url,
        "content_type": attachment.content_type,
    }
    optional: dict[str, Any] = {
        "width": attachment.width,
        "height": attachment.height,
        "description": attachment.description,
        "ephemeral": attachment.ephemeral or None,
    }
    return shown | {name: value for name, value in optional.items() if value is not None}


def message_json(world: World, message: Message) -> JsonDict:
    attachments = [attachment_json(world, each) for each in message.attachments]
    media = {each["filename"]: _medium(each) for each in attachments}
    shown: JsonDict = {
        "id": str(message.id),
        "channel_id": str(message.channel_id),
        "author": user_json(world.users[message.author_id]),
        "type": _type_of(message),
        "content": message.content,
        "timestamp": message.created_at.isoformat(),
        "edited_timestamp": message.edited_at and message.edited_at.isoformat(),
        "flags": int(message.flags),
        "embeds": message.embeds,
        "components": resolved(message.components, media),
        "attachments": attachments,
        "mentions": _mentions(world, message),
        "mention_roles": [],
        "mention_everyone": False,
        "tts": False,
        "pinned": False,
    }
    if message.nonce is not None:
        shown["nonce"] = message.nonce
    if message.interaction_id is not None:
        shown |= {"application_id": str(world.bot.id), "webhook_id": str(world.bot.id)}
    if message.reference_id is not None:
        ids = {"message_id": str(message.reference_id), "channel_id": str(message.channel_id)}
        shown["message_reference"] = {"type": 0, **ids}
        replied = world.messages[message.reference_id]
        shown["referenced_message"] = (
            None if replied.deleted else _without_reply(message_json(world, replied))
        )
    if message.webhook_id is not None:
        shown["webhook_id"] = str(message.webhook_id)
    return shown


def seen_json(world: World, message: Message) -> JsonDict:
    """As the bot sees it without the intent for message content (docs: events/gateway)."""
    shown = message_json(world, message)
    if not is_shown(world, message):
        _blank(shown)
    replied = world.messages.get(message.reference_id or 0)
    if replied is None or replied.deleted or world.reveals_replied or is_shown(world, replied):
        return shown
    _blank(shown["referenced_message"])
    return shown


def is_shown(world: World, message: Message) -> bool:
    """The bot's own, those in its direct messages, and those that mention it."""
    if message.author_id == world.bot.id or world.channels[message.channel_id].type is ChannelType.DM:
        return True
    return any(mention["id"] == str(world.bot.id) for mention in _mentions(world, message))


def _blank(shown: JsonDict) -> None:
    shown |= {"content": "", "attachments": [], "embeds": [], "components": []}


def _without_reply(shown: JsonDict) -> JsonDict:
    """What is replied to says of its own reply no more than where it is."""
    return {name: value for name, value in shown.items() if name != "referenced_message"}


def _type_of(message: Message) -> int:
    """Docs: resources/message, message types."""
    if message.interaction_id is not None:
        return 20
    return 0 if message.reference_id is None else 19


def _medium(attachment: JsonDict) -> JsonDict:
    kept = ("url", "proxy_url", "width", "height", "content_type")
    shown = {name: attachment.get(name) for name in kept}
    return shown | {"attachment_id": attachment["id"], "flags": 0, "loading_state": 2}


def _mentions(world: World, message: Message) -> list[JsonDict]:
    text = shown_text(message.content, message.components)
    ids = dict.fromkeys(int(found) for found in USER_MENTION.findall(text))
    if message.mentions_replied and message.reference_id is not None:
        ids[world.messages[message.reference_id].author_id] = None
    return [user_json(world.users[user_id]) for user_id in ids if user_id in world.users]
