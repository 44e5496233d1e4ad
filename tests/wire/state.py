"""Who and what exists in the stand-in: people, guilds, channels, messages and the pings they caused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, IntFlag
from typing import Any

from tests.wire.cdn import Attachment, Cdn
from tests.wire.clock import Changes, ServerClock, Snowflakes

JsonDict = dict[str, Any]


class Permission(IntFlag):
    """The bits a picture bot meets (docs: topics/permissions)."""

    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    USE_APPLICATION_COMMANDS = 1 << 31
    SEND_MESSAGES_IN_THREADS = 1 << 38


INVITED = 274_878_024_704  # what Easel's invite link asks for
MEMBER = INVITED | Permission.USE_APPLICATION_COMMANDS


class MessageFlag(IntFlag):
    """Flags of a message (docs: resources/message)."""

    SUPPRESS_EMBEDS = 1 << 2
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    COMPONENTS_V2 = 1 << 15


class ChannelType(IntEnum):
    """Where people talk (docs: resources/channel)."""

    TEXT = 0
    DM = 1
    GROUP_DM = 3


@dataclass(slots=True, kw_only=True)
class User:
    """A person, or the bot. `permissions` are what they may do in every guild."""

    id: int
    name: str
    is_bot: bool = False
    locale: str = "en-US"
    permissions: int = MEMBER
    role_ids: tuple[int, ...] = ()
    accepts_dms: bool = True


@dataclass(slots=True, kw_only=True)
class Guild:
    """A community. `has_bot` is false where the bot is only installed by users.

    `bot_permissions` are those of the bot's roles together, before channels change them.
    """

    id: int
    name: str
    owner_id: int
    premium_tier: int = 0
    has_bot: bool = True
    locale: str = "en-US"
    role_names: dict[int, str] = field(default_factory=dict[int, str])
    bot_permissions: int = MEMBER


@dataclass(slots=True, kw_only=True)
class Channel:
    """A guild's text channel, a DM with the bot, or a group of people the bot is not in."""

    id: int
    type: ChannelType
    name: str = ""
    guild_id: int | None = None
    recipient_ids: tuple[int, ...] = ()
    is_nsfw: bool = False
    bot_permissions: int = INVITED


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a message showed before an edit."""

    content: str
    components: Sequence[JsonDict]
    attachments: tuple[Attachment, ...]
    flags: int


@dataclass(slots=True, kw_only=True)
class Message:
    """A message as it stands now; `components` are as they were sent, `history` what edits replaced.

    `mentions_replied` says that the author of the message it replies to is among its mentions.
    """

    id: int
    channel_id: int
    author_id: int
    created_at: datetime
    flags: int = 0
    content: str = ""
    embeds: list[JsonDict] = field(default_factory=list[JsonDict])
    components: list[JsonDict] = field(default_factory=list[JsonDict])
    attachments: tuple[Attachment, ...] = ()
    nonce: str | None = None
    reference_id: int | None = None
    interaction_id: int | None = None
    webhook_id: int | None = None
    mentions_replied: bool = False
    edited_at: datetime | None = None
    deleted: bool = False
    history: list[Version] = field(default_factory=list[Version])

    @property
    def ephemeral(self) -> bool:
        return bool(self.flags & MessageFlag.EPHEMERAL)

    @property
    def is_loading(self) -> bool:
        return bool(self.flags & MessageFlag.LOADING)

    @property
    def edits(self) -> int:
        return len(self.history)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ping:
    """Whom a new message really notified."""

    message_id: int
    user_ids: tuple[int, ...]
    role_ids: tuple[int, ...] = ()
    everyone: bool = False


class World:
    """The state every part of the stand-in shares.

    `reveals_replied` says whether the bot is shown what is in a message of somebody else's to which one that mentions
    the bot replies: of the real Discord nobody is sure. `listeners` hear of every message that is new, changed or
    gone, by the name of its event. `application` is what its page says otherwise than a new one's.
    """

    def __init__(self, clock: ServerClock) -> None:
        self.clock = clock
        self.changes = Changes()
        self.ids = Snowflakes(clock)
        self.cdn = Cdn(clock)
        self.bot = User(id=self.ids.next(), name="easel", is_bot=True)
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, Message] = {}
        self.pings: list[Ping] = []
        self.application: JsonDict = {}
        self.reveals_replied = False
        self.listeners: list[Callable[[str, Message], None]] = []

    def announce(self, event: str, message: Message) -> None:
        for listener in self.listeners:
            listener(event, message)

    def messages_in(self, channel_id: int) -> list[Message]:
        """Oldest first; deleted and ephemeral ones too."""
        return [message for message in self.messages.values() if message.channel_id == channel_id]

    def channels_of(self, guild_id: int) -> list[Channel]:
        return [channel for channel in self.channels.values() if channel.guild_id == guild_id]

    def guild_of(self, channel: Channel) -> Guild | None:
        return None if channel.guild_id is None else self.guilds[channel.guild_id]

    def dm_with(self, user: User) -> Channel:
        """The one DM channel of the bot and `user`, opened where there is none yet."""
        for channel in self.channels.values():
            if channel.type is ChannelType.DM and channel.recipient_ids == (user.id,):
                return channel
        channel = Channel(id=self.ids.next(), type=ChannelType.DM, recipient_ids=(user.id,))
        self.channels[channel.id] = channel
        self.changes.notify()
        return channel

    def delete(self, message: Message) -> None:
        message.deleted = True
        for attachment in message.attachments:
            self.cdn.forget(attachment)
        self.announce("MESSAGE_DELETE", message)
        self.changes.notify()
