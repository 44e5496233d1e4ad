"""The images of a message: attached, shown by its components or embeds, or forwarded with it; and read again."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import discord
from discord.components import (
    Component,
    Container,
    FileComponent,
    MediaGalleryComponent,
    SectionComponent,
    ThumbnailComponent,
)

from bot.domain.followups import result_of
from bot.domain.jobs import Job
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.references import Posted, Reference, option_name
from bot.ui.base.access import address_in, may_see
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_OPTIONS
from bot.ui.base.replies import BROKEN_LINE

MAX_FOUND: Final = MAX_OPTIONS  # one of them is chosen in a select
_HOSTS: Final = frozenset(
    {"cdn.discordapp.com", "media.discordapp.net"}
)  # Discord's own; a fetch looks again
_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageImage:
    """A picture as Discord describes it; `bytes` is 0 and the rest None where it does not say.

    `attachment_id` is None of what is no attachment.
    """

    url: str
    filename: str
    bytes: int = 0
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    attachment_id: int | None = None

    def reference(self, name: str, posted: Posted | None) -> Reference:
        return Reference(
            name=name,
            url=self.url,
            filename=self.filename,
            bytes=self.bytes,
            content_type=self.content_type,
            width=self.width,
            height=self.height,
            posted=posted,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageImages:
    """A message's pictures to start from, in its order. `job` is the one they are results of, where they are
    ours; `indices` are their renders' then, one for each."""

    references: tuple[Reference, ...]
    job: Job | None = None
    indices: tuple[int, ...] = ()


def pictures_in(message: discord.Message) -> tuple[MessageImage, ...]:
    """Return the images of a message that Discord stores itself, each once and at most MAX_FOUND."""
    every: dict[str, MessageImage] = {}
    for part in (message, *message.message_snapshots):
        for picture in _pictures(part):
            every.setdefault(urlsplit(picture.url).path, picture)
    return tuple(every.values())[:MAX_FOUND]


def is_blank(message: discord.Message) -> bool:
    """Return whether Discord shows us nothing at all of the message."""
    parts = (message.content, message.attachments, message.embeds, message.components, message.stickers)
    return not any((*parts, message.message_snapshots))


async def references_in(interaction: Interaction, message: discord.Message) -> MessageImages:
    """Return the images of a message to start from.

    A result of ours is looked up, so that its lineage is kept; one this person may not work with has no images.
    """
    job = await _job_of(interaction, message)
    if job is None:
        return MessageImages(references=tuple(_referred(message)))
    if not may_see(interaction, job) or job.removed_by is not None:
        return MessageImages(references=())
    shown = [(one.index, url) for one in job.pictures if (url := address_in(message, job, one.index))]
    references = tuple(
        result_of(job, index, name=option_name(number), url=url)
        for number, (index, url) in enumerate(shown, start=1)
    )
    return MessageImages(references=references, job=job, indices=tuple(index for index, _url in shown))


async def _job_of(interaction: Interaction, message: discord.Message) -> Job | None:
    """Return the job whose card this is; messages of others are not looked up."""
    me = interaction.client.user
    if me is None or message.author.id != me.id:
        return None
    return await services_of(interaction).history.by_card(message.id)


def _referred(message: discord.Message) -> Iterator[Reference]:
    for number, picture in enumerate(pictures_in(message), start=1):
        posted = Posted(
            channel_id=message.channel.id, message_id=message.id, attachment_id=picture.attachment_id
        )
        is_attached = picture.attachment_id is not None
        yield picture.reference(option_name(number), posted if is_attached else None)


def _pictures(part: discord.Message | discord.MessageSnapshot) -> Iterator[MessageImage]:
    yield from (_attached(one) for one in part.attachments if _is_picture(one.content_type, one.filename))
    yield from filter(None, map(_unfurled, _media(part.components)))
    yield from _embedded(part.embeds)


def _is_picture(content_type: str | None, filename: str) -> bool:
    if content_type is not None:
        return content_type.startswith("image/")
    return filename.lower().endswith(_ENDINGS)


def _attached(attachment: discord.Attachment) -> MessageImage:
    return MessageImage(
        url=attachment.url,
        filename=attachment.filename,
        bytes=attachment.size,
        content_type=attachment.content_type,
        width=attachment.width,
        height=attachment.height,
        attachment_id=attachment.id,
    )


def _media(components: Iterable[Component]) -> Iterator[discord.UnfurledMediaItem]:
    """From top to bottom."""
    for component in components:
        match component:
            case Container():
                yield from _media(component.children)
            case SectionComponent():
                yield from _media([component.accessory])
            case MediaGalleryComponent():
                yield from (item.media for item in component.items)
            case ThumbnailComponent() | FileComponent():
                yield component.media
            case _:
                pass


def _unfurled(media: discord.UnfurledMediaItem) -> MessageImage | None:
    """Return the media as an image, or None if it is not an image that Discord stores."""
    filename = _filename(media.url)
    is_ours = media.attachment_id is not None or _is_discords(media.url)
    if not is_ours or not _is_picture(media.content_type, filename):
        return None
    return MessageImage(
        url=media.url,
        filename=filename,
        content_type=media.content_type,
        width=media.width or None,
        height=media.height or None,
        attachment_id=media.attachment_id,
    )


def _embedded(embeds: Iterable[discord.Embed]) -> Iterator[MessageImage]:
    """Of other bots, and of links to attachments. A proxied address of something elsewhere is not Discord's."""
    for embed in embeds:
        for media in (embed.image, embed.thumbnail):
            url = next(filter(_is_discords, (media.url, media.proxy_url)), None)
            if url is not None and _is_picture(None, _filename(url)):
                yield MessageImage(
                    url=url,
                    filename=_filename(url),
                    width=media.width or None,
                    height=media.height or None,
                )


def _is_discords(url: Any) -> bool:
    if not isinstance(url, str):
        return False
    try:
        return urlsplit(url).hostname in _HOSTS
    except ValueError:
        return False


def _filename(url: str) -> str:
    return unquote(urlsplit(url).path.rpartition("/")[2])


def reference_of(name: str, attachment: discord.Attachment) -> Reference:
    """Return an attachment as the reference with this name."""
    return Reference(
        name=name,
        url=attachment.url,
        filename=attachment.filename,
        bytes=attachment.size,
        content_type=attachment.content_type,
        width=attachment.width,
        height=attachment.height,
    )


MESSAGE_FETCH_TIMEOUT_S: Final = 15.0


class DiscordPictures:
    """Implement `bot.domain.ports.PostedPictures` with a client that has logged in; it needs no gateway."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def address(self, posted: Posted, *, filename: str) -> str | None:
        """See the port."""
        channel = self._client.get_partial_messageable(posted.channel_id)
        try:
            async with asyncio.timeout(MESSAGE_FETCH_TIMEOUT_S):
                message = await channel.fetch_message(posted.message_id)
        except (discord.NotFound, discord.Forbidden):
            return None
        except (discord.HTTPException, discord.RateLimited, *BROKEN_LINE) as error:
            raise PictureError(PictureProblem.UNREACHABLE, detail=type(error).__name__) from error
        return next((one.url for one in pictures_in(message) if _is_it(one, posted, filename)), None)


def _is_it(picture: MessageImage, posted: Posted, filename: str) -> bool:
    if posted.attachment_id is not None:
        return picture.attachment_id == posted.attachment_id
    wanted, name = filename.rpartition(".")[0], picture.filename.rpartition(".")[0]
    return name.removeprefix("SPOILER_") == wanted
