"""From a command's options to a submitted request, or to the question that comes before it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from bot.domain.jobs import ImageRequest, Parent
from bot.domain.prompts import unescaped
from bot.domain.references import Reference
from bot.services.requests import CommandOptions, TooManyPictures, variables_album
from bot.ui.base.components import inline
from bot.ui.base.context import Interaction, served_guild_of, services_of
from bot.ui.base.i18n import _
from bot.ui.requests.offers import make_offer, too_many_refusal
from bot.ui.requests.refusals import Refusal
from bot.ui.requests.submit import refuse, reply_refusal, show_refusal, submit_request, thinking_when_slow

_NAME_ROOM: Final = 60


async def submit_options(interaction: Interaction, options: CommandOptions) -> bool:
    """Submit what a command asks for, or ask first about its variables. Return False where it was refused."""
    request = await read_request(interaction, options)
    return request is not None and await submit_or_offer(interaction, request)


async def read_request(interaction: Interaction, options: CommandOptions) -> ImageRequest | None:
    """Return the whole request; None when its preset does not exist and the person was told so.

    Where the store is slow, Discord shows "thinking": to the person alone, unless the options say otherwise.
    """
    reading = services_of(interaction).requests.build(
        options, user_id=interaction.user.id, guild_id=served_guild_of(interaction)
    )
    request = await thinking_when_slow(interaction, reading, private=options.maybe_private)
    if request is None:
        await reply_refusal(interaction, no_such_preset(options.preset or ""))
    return request


async def submit_or_offer(
    interaction: Interaction, request: ImageRequest, *, parent: Parent | None = None
) -> bool:
    """Submit the request; ask first about a video, or variables. Return False only where it was refused."""
    if request.video is not None:
        return await make_offer(interaction, request, parent)
    match variables_album(request):
        case None:
            plain = replace(request, prompt=unescaped(request.prompt))
            return await submit_request(interaction, plain, parent=parent)
        case TooManyPictures() as album:
            await refuse(interaction, too_many_refusal(album.prompts, album.count), request, parent)
            return False
        case album:
            return await make_offer(interaction, album, parent)


async def references_to_edit(
    interaction: Interaction,
    given: tuple[Reference, ...],
    *,
    prompt: str,
    tray: bool | None,
    private: bool | None,
) -> tuple[Reference, ...]:
    """Return the attached images, with the tray's where wanted; empty where there are none and the person was told.

    `prompt` is given back then; `private` is the command's option, for the "thinking" of a slow store.
    """
    reading = services_of(interaction).requests.edit_references(interaction.user.id, given, tray=tray)
    references = await thinking_when_slow(interaction, reading, private=private is not False)
    if not references:
        await show_refusal(interaction, no_picture(tray), prompt)
    return references


def no_such_preset(name: str) -> str:
    """Say that there is no preset of this name, which may hold anything."""
    text = _(
        "No preset is called “{name}”. Choose one from the list that appears as you type, or save it first."
    )
    return text.format(name=inline(name, _NAME_ROOM))


def no_picture(tray: bool | None) -> Refusal:
    """Refuse a request that lacks its picture; with `tray`, because the tray is empty."""
    text = _(
        "Attach one with `image`. To use a picture that's already here, press and hold its message "
        "(right-click on a computer) and choose *Apps* → *Edit image*. Or collect pictures with `/tray "
        "add`."
    )
    if tray:
        text = _("Your tray is empty. Add pictures with `/tray add`, or attach one with `image`.")
    return Refusal(title=_("Which picture?"), text=text, may_reword=False)
