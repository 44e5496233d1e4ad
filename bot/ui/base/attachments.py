"""The images of a message: attached, in its components or embeds, or forwarded with it; and fetched again."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
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

from bot.domain.followups import numbered, result_of
from bot.domain.jobs import Job
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.references import Posted, Reference
from bot.ui.base.access import address_in, may_see
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_errors import DISCORD_FAILURES, is_closed
from bot.ui.base.discord_limits import MAX_OPTIONS

MAX_FOUND: Final = MAX_OPTIONS  # one of them is chosen in a select
# Discord's own hosts. The code that fetches a picture checks its address once more.
_HOSTS: Final = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_SPOILER: Final = "SPOILER_"  # Discord's prefix for the names of files behind a spoiler
_BETWEEN_BARS: Final = re.compile(r"\|\|(.+?)\|\|", re.DOTALL)
_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".gif")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageImages:
    """The images of a message to start from, in its order.

    Where they are results of ours, `job` is the one that made them, and `indices` has the render's index of each.
    """

    references: tuple[Reference, ...]
    job: Job | None = None
    indices: tuple[int, ...] = ()


def pictures_in(message: discord.Message) -> tuple[Reference, ...]:
    """Return the images of a message that Discord stores itself, each once and at most MAX_FOUND.

    Their names are image, image2, …; `bytes` is 0 and the rest None where Discord does not say. Attachments have
    `posted`.
    """
    return _found_in(message, _is_picture)


def _found_in(
    message: discord.Message, is_wanted: Callable[[str | None, str], bool]
) -> tuple[Reference, ...]:
    """Return the files of a message whose media type, if known, and name are wanted; see `pictures_in`."""
    every: dict[str, Reference] = {}
    for part in (message, *message.message_snapshots):
        for picture in _pictures(part, message, is_wanted):
            first = every.setdefault(urlsplit(picture.url).path, picture)
            if picture.is_spoiler:  # hidden in one place is meant to be hidden
                every[urlsplit(picture.url).path] = replace(first, is_spoiler=True)
    return numbered(tuple(every.values())[:MAX_FOUND])


def is_hidden(message: discord.Message) -> bool:
    """Return whether Discord shows us nothing at all of the message."""
    parts = (message.content, message.attachments, message.embeds, message.components, message.stickers)
    return not any((*parts, message.message_snapshots))


async def references_in(interaction: Interaction, message: discord.Message) -> MessageImages:
    """Return the images of a message to start from.

    A result of ours is looked up, so that its lineage is kept; one this person may not work with has no images.
    """
    job = await _job_of(interaction, message)
    if job is None:
        return MessageImages(references=pictures_in(message))
    if not may_see(interaction, job) or job.removed_by is not None or job.request.video is not None:
        return MessageImages(references=())
    shown = [(one.index, url) for one in job.pictures if (url := address_in(message, job, one.index))]
    references = numbered(tuple(result_of(job, index, url=url) for index, url in shown))
    return MessageImages(references=references, job=job, indices=tuple(index for index, _url in shown))


async def _job_of(interaction: Interaction, message: discord.Message) -> Job | None:
    """Return the job whose card this is; messages of others are not looked up."""
    me = interaction.client.user
    if me is None or message.author.id != me.id:
        return None
    return await services_of(interaction).history.by_card(message.id)


def _pictures(
    part: discord.Message | discord.MessageSnapshot,
    message: discord.Message,
    is_wanted: Callable[[str | None, str], bool],
) -> Iterator[Reference]:
    """Yield the images of the message, or of one it forwards."""
    for attachment in part.attachments:
        if is_wanted(attachment.content_type, attachment.filename):
            yield replace(reference_of("", attachment), posted=_posted(message, attachment.id))
    for media, is_spoiler in _media(part.components):
        if _is_discords(media.url) or media.attachment_id is not None:
            picture = _unfurled(media.url, media, content_type=media.content_type)
            if is_wanted(picture.content_type, picture.filename):
                posted = _posted(message, media.attachment_id)
                yield replace(picture, posted=posted, is_spoiler=is_spoiler or picture.is_spoiler)
    yield from _embedded(part.embeds, hidden="\n".join(_BETWEEN_BARS.findall(part.content)))


def _posted(message: discord.Message, attachment_id: int | None) -> Posted | None:
    if attachment_id is None:
        return None
    return Posted(channel_id=message.channel.id, message_id=message.id, attachment_id=attachment_id)


def _is_picture(content_type: str | None, filename: str) -> bool:
    if content_type is not None:
        return content_type.startswith("image/")
    return filename.lower().endswith(_ENDINGS)


def _is_picture_or_video(content_type: str | None, filename: str) -> bool:
    is_video = filename.lower().endswith(".mp4")  # as our results are called
    return is_video or _is_picture(content_type, filename)


def _media(
    components: Iterable[Component], *, is_spoiler: bool = False
) -> Iterator[tuple[discord.UnfurledMediaItem, bool]]:
    """Yield each media item, from top to bottom, and whether it is behind a spoiler."""
    for component in components:
        match component:
            case Container():
                yield from _media(component.children, is_spoiler=is_spoiler or component.spoiler)
            case SectionComponent():
                yield from _media([component.accessory], is_spoiler=is_spoiler)
            case MediaGalleryComponent():
                yield from ((item.media, is_spoiler or item.spoiler) for item in component.items)
            case ThumbnailComponent() | FileComponent():
                yield component.media, is_spoiler or component.spoiler
            case _:
                pass


def _unfurled(url: str, media: Any, *, content_type: str | None = None) -> Reference:
    """Return the image at `url`; `media` gives its width and height, which are 0 or None where not known."""
    filename = unquote(urlsplit(url).path.rpartition("/")[2])
    return Reference(
        name="",
        url=url,
        filename=filename,
        bytes=0,
        content_type=content_type,
        width=media.width or None,
        height=media.height or None,
        is_spoiler=filename.startswith(_SPOILER),
    )


def _embedded(embeds: Iterable[discord.Embed], *, hidden: str) -> Iterator[Reference]:
    """Yield the images of other bots' embeds, and of links to attachments.

    The proxied address of an image that lies elsewhere is not one of Discord's. `hidden` is the text between spoiler
    bars: Discord hides what a link there shows.
    """
    for embed in embeds:
        for media in (embed.image, embed.thumbnail):
            url = next(filter(_is_discords, (media.url, media.proxy_url)), None)
            if url is not None and _is_picture(None, (picture := _unfurled(url, media)).filename):
                is_hidden = bool(embed.url and embed.url in hidden)
                yield replace(picture, is_spoiler=is_hidden or picture.is_spoiler)


def _is_discords(url: Any) -> bool:
    if not isinstance(url, str):
        return False
    try:
        return urlsplit(url).hostname in _HOSTS
    except ValueError:
        return False


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
        is_spoiler=attachment.is_spoiler(),
    )


MESSAGE_FETCH_TIMEOUT_S: Final = 15.0


class DiscordPictures:
    """Implements `bot.domain.ports.outside.PostedPictures` with a client that has logged in; it needs no gateway."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    async def address(self, posted: Posted, *, filename: str) -> str | None:
        """See the port."""
        channel = self._client.get_partial_messageable(posted.channel_id)
        try:
            async with asyncio.timeout(MESSAGE_FETCH_TIMEOUT_S):
                message = await channel.fetch_message(posted.message_id)
        except DISCORD_FAILURES as error:
            if is_closed(error):
                return None
            raise PictureError(PictureProblem.UNREACHABLE, detail=type(error).__name__) from error
        found = _found_in(message, _is_picture_or_video)
        return next((one.url for one in found if _is_it(one, posted, filename)), None)


def _is_it(picture: Reference, posted: Posted, filename: str) -> bool:
    if posted.attachment_id is not None:
        return picture.posted is not None and picture.posted.attachment_id == posted.attachment_id
    wanted, name = filename.rpartition(".")[0], picture.filename.rpartition(".")[0]
    return name.removeprefix(_SPOILER) == wanted
