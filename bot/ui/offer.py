"""The question before a prompt with variables is painted: what they stand for, and what that costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import discord
from discord import ui

from bot.domain.jobs import MAX_PICTURES, Wish
from bot.domain.limits.outlook import Outlook
from bot.domain.lineage import Origin, Parent
from bot.ui import plain
from bot.ui.buttons import LastingButton
from bot.ui.i18n import _, n_
from bot.ui.limits.money import about_usd
from bot.ui.limits.names import stamp
from bot.ui.limits.parts import box_of, inline, row_of, view_of
from bot.ui.lineup import left_here
from bot.ui.look import AMBER, SLATE, TEAL, dots, pictures

QUOTE_ROOM: Final = 700  # with 8 lines of LINE_ROOM, each character escaped, the card stays below 4000
LINE_ROOM: Final = 170
MOST_SAID: Final = 1_000  # prompts; beyond that the exact number says nothing
_DRAFT: Final = r"(?P<id>[0-9a-f]{16}(?:\.[0-9a-z]{10}\.[0-9]?\.[a-z]+)?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A wish that waits for its person's yes. `parent` is the result it was made of; the price is of all pictures."""

    draft_id: str
    wish: Wish
    parent: Parent | None
    price_micro_usd: int
    outlook: Outlook
    until: datetime


class PaintButton(LastingButton, template=rf"easel:draft:{_DRAFT}"):
    """The yes; `pictures` is how many that are."""

    action = "draft"
    style = discord.ButtonStyle.primary

    def __init__(self, subject_id: str, number: int = 1) -> None:
        self._number = number
        super().__init__(subject_id)

    def label(self) -> str:
        return _("Paint {pictures}").format(pictures=pictures(self._number))


class NotNowButton(LastingButton, template=rf"easel:undraft:{_DRAFT}"):
    """The no."""

    action = "undraft"

    def label(self) -> str:
        return _("Not now")


def draft_subject(draft_id: str, parent: Parent | None) -> str:
    """A draft in a `custom_id`, with the result that it was made of."""
    if parent is None:
        return draft_id
    index = "" if parent.index is None else parent.index
    return f"{draft_id}.{parent.job_id}.{index}.{parent.origin.value}"


def read_draft_subject(subject: str) -> tuple[str, Parent | None]:
    """The opposite of `draft_subject`."""
    draft_id, *of = subject.split(".")
    if not of:
        return draft_id, None
    job_id, index, origin = of
    return draft_id, Parent(job_id=job_id, origin=Origin(origin), index=int(index) if index else None)


def offer_card(offer: Offer) -> ui.LayoutView:
    """The prompts, each picture's number and price, what is left, and the two answers."""
    wish, subject = offer.wish, draft_subject(offer.draft_id, offer.parent)
    title = n_("This makes {n} picture", "This makes {n} pictures", wish.count).format(n=wish.count)
    cost = _("about {amount}").format(amount=about_usd(offer.price_micro_usd))
    facts = dots(cost, wish.resolution.value, *left_here(offer.outlook))
    until = dots(_("Nothing is painted before you say so. You can until {when}."))
    box = box_of(
        AMBER,
        f"### {title}\n{plain.quote(wish.prompt, QUOTE_ROOM)}",
        _list(wish.prompts),
        f"{facts}\n{until.format(when=stamp(offer.until, 't'))}",
    )
    box.add_item(row_of(PaintButton(subject, wish.count), NotNowButton(subject)))
    return view_of(box)


def _list(prompts: Sequence[str]) -> str:
    """Each prompt once, with how many pictures it gets where that is more than one."""
    each = len(prompts) // len(set(prompts))
    rows = (
        f"{number}. {inline(prompt, LINE_ROOM)}" for number, prompt in enumerate(dict.fromkeys(prompts), 1)
    )
    twice = _("{n} pictures of each:").format(n=each) if each > 1 else ""
    return "\n".join(filter(None, (twice, *rows)))


def asked_card(wish: Wish) -> ui.LayoutView:
    """The question, once it was answered with yes. Whether it is taken is told by the card that follows."""
    title = _("Asked for {pictures}").format(pictures=pictures(wish.count))
    return view_of(box_of(TEAL, f"### {title}\n{plain.quote(wish.prompt, QUOTE_ROOM)}"))


def left_card(wish: Wish) -> ui.LayoutView:
    """The question, once it was answered with no. The prompt is there to be changed and sent again."""
    title = _("Nothing was painted")
    return view_of(box_of(SLATE, f"### {title}\n{plain.quote(wish.prompt, QUOTE_ROOM)}"))


def over_text() -> str:
    """Said of a question that is there no more."""
    return _(
        "This was answered already, or it is older than 15 minutes. To ask again, use the command once more."
    )


def too_many_text(prompts: int, count: int) -> str:
    """Why no such album can be made, with its figures and what helps."""
    if prompts > MOST_SAID:
        text = _("The variables in this prompt stand for more than {n} prompts.").format(n=f"{MOST_SAID:,}")
    elif count == 1:
        text = _("The variables in this prompt stand for {n} prompts, a picture each.").format(
            n=f"{prompts:,}"
        )
    else:
        text = _(
            "The variables in this prompt stand for {n} prompts; with {count} pictures of each, that is {all}."
        )
        text = text.format(n=f"{prompts:,}", count=count, all=f"{prompts * count:,}")
    most = _("One command makes {n} at most.").format(n=MAX_PICTURES)
    helps = _("Take some alternatives out of the braces.")
    if count > 1 and prompts <= MAX_PICTURES:
        helps = _("Ask for fewer with `count`, or take some alternatives out of the braces.")
    return f"**{_('Too many pictures at once')}**\n{text} {most} {helps}\n{dots(_('Nothing was counted.'))}"


OFFER_BUTTONS: Final = (PaintButton, NotNowButton)
