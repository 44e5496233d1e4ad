"""Animate: a result as the first frame of a video."""

from __future__ import annotations

from typing import Final

from bot.domain.followups import own_words, result_of
from bot.domain.jobs import Job, Origin, Parent
from bot.services.requests import VideoOptions
from bot.ui.base.access import address_in, check_picture, index_of
from bot.ui.base.components import PICTURE, PersistentButton
from bot.ui.base.context import Interaction
from bot.ui.base.i18n import _
from bot.ui.cards.text import flat
from bot.ui.requests.animate import Start, open_animate_form

HINT_ROOM: Final = 100  # characters of a placeholder
ANIMATE: Final = PersistentButton("animate", PICTURE, _("Animate"), check=check_picture)


@ANIMATE.on_press
async def on_animate(interaction: Interaction, job: Job, index: int | None) -> None:
    """Open the form of a video that begins with the picture."""
    index = index_of(job, index)
    await animate_result(interaction, job, {index: address_in(interaction.message, job, index)})


async def animate_result(interaction: Interaction, job: Job, urls: dict[int, str]) -> None:
    """Open the form about the pictures of a result whose renders' indexes `urls` has, with addresses or ''."""
    starts = [
        Start(
            first=result_of(job, index, url=url),
            parent=Parent(job_id=job.id, origin=Origin.ANIMATE, index=index),
            needs=job.id,
        )
        for index, url in urls.items()
    ]
    options = VideoOptions(prompt="", private=True if job.request.private else None)
    hint = flat(own_words(job), HINT_ROOM)
    await open_animate_form(interaction, options, starts, title=_("Animate this picture"), hint=hint)
