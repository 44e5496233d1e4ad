"""The cards of /filter: the list of a server's filters, and the test of a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from discord import ui

from bot.domain.content.filters import Filter, FilterKind, Match
from bot.domain.content.safety import SafetyConcern
from bot.services.moderation import PromptTest
from bot.ui.base import markdown
from bot.ui.base.access import check_moderator
from bot.ui.base.components import PersistentButton, box_of, redraw, row_of, view_of
from bot.ui.base.context import Interaction, services_of
from bot.ui.base.discord_limits import MAX_CHOICE, MAX_CHOICES, MAX_MESSAGE_TEXT
from bot.ui.base.i18n import _, n_
from bot.ui.base.theme import AMBER, PLUM, SLATE, TEAL, dots

FILTERS_PAGE_ROOM: Final = MAX_MESSAGE_TEXT - 700  # the title and the last line need the rest
PAGE_LINES: Final = 25
TESTED_PROMPT_ROOM: Final = 900
FOUND_ROOM: Final = 60
SHOWN_MATCHES: Final = 8

_DANGERS: Final = {
    SafetyConcern.MINORS: _("**Built-in safety** · sexual content with minors: refused everywhere."),
    SafetyConcern.UNDRESSING: _(
        "**Built-in safety** · nudity of a person who may be real: refused everywhere."
    ),
    SafetyConcern.ADULT: _("**Built-in safety** · adult content: allowed only in age-restricted channels."),
}
KIND_NAMES: Final = {FilterKind.WORD: _("word or phrase"), FilterKind.PATTERN: _("pattern")}


FILTER_PAGE: Final = PersistentButton("filters", r"[0-9]{1,3}", check=check_moderator)


@FILTER_PAGE.on_press
async def on_filter_page(interaction: Interaction, guild_id: int, page: str) -> None:
    """Draw a page of the current filters."""
    filters = await services_of(interaction).moderation.filters(guild_id)
    await redraw(interaction, filter_list(filters, int(page)))


def filter_list(filters: Sequence[Filter], page: int = 1) -> ui.LayoutView:
    """Draw a page of the filters, counted from 1; the last page if there are fewer."""
    if not filters:
        text = _(
            "`/filter add` blocks prompts with a word, phrase or pattern. It ignores case, accents, "
            "look-alike letters and spacing."
        )
        return view_of(box_of(SLATE, f"### {_('No filters')}\n{text}"))
    pages = _pages([_row(one) for one in filters])
    page = min(max(page, 1), len(pages))
    title = n_("{n} filter", "{n} filters", len(filters)).format(n=len(filters))
    where = _("page {n} of {all}").format(n=page, all=len(pages)) if len(pages) > 1 else None
    end = dots(where, _("`/filter remove` removes one"), _("`/filter test` tries a prompt"))
    box = box_of(SLATE, f"### {title}", pages[page - 1], end)
    others = [number for number in (page - 1, page + 1) if 1 <= number <= len(pages)]
    if others:
        box.add_item(row_of(*(FILTER_PAGE.button(str(n), _("Page {n}").format(n=n)) for n in others)))
    return view_of(box)


def filter_choice(one: Filter) -> str:
    """Return a filter's number and text for a list of choices, which shows text unformatted."""
    text = f"#{one.id} · {one.text}"
    return text if len(text) <= MAX_CHOICE else text[: MAX_CHOICE - 1] + "…"


def filter_choices(filters: Sequence[Filter], typed: str) -> list[Filter]:
    """Return the filters whose number begins with what is typed, or whose text contains it."""
    wanted = typed.strip().removeprefix("#").casefold()
    fitting = [one for one in filters if str(one.id).startswith(wanted) or wanted in one.text.casefold()]
    return fitting[:MAX_CHOICES]


def prompt_test(prompt: str, test: PromptTest) -> ui.LayoutView:
    """Draw whether a prompt would pass, and everything that stops it. Only moderators may see it: nothing is hidden."""
    colour, title = _verdict(test)
    end = dots(_("Nothing was painted. With pictures attached, built-in safety is stricter."))
    return view_of(
        box_of(colour, f"### {title}\n{markdown.quote(prompt, TESTED_PROMPT_ROOM)}", findings(test), end)
    )


def findings(test: PromptTest) -> str:
    """Return a line for everything that stops a text; '' if nothing does."""
    found = [_DANGERS[test.danger]] if test.danger is not None else []
    found += [_match(match) for match in test.matches[:SHOWN_MATCHES]]
    hidden = len(test.matches) - SHOWN_MATCHES
    if hidden > 0:
        found.append(dots(n_("and {n} more filter", "and {n} more filters", hidden).format(n=hidden)))
    return "\n".join(found)


def _verdict(test: PromptTest) -> tuple[int, str]:
    if test.matches or test.danger in {SafetyConcern.MINORS, SafetyConcern.UNDRESSING}:
        return PLUM, _("This prompt would be blocked")
    if test.danger is SafetyConcern.ADULT:
        return AMBER, _("This prompt would pass only in age-restricted channels")
    return TEAL, _("This prompt would pass")


def _match(match: Match) -> str:
    found = " ".join(match.found.split())
    found = found if len(found) <= FOUND_ROOM else found[: FOUND_ROOM - 1] + "…"
    text = _("**Filter #{n}** · {kind} “{text}” matches **{found}**")
    words, kind = markdown.inert(" ".join(match.filter.text.split())), KIND_NAMES[match.filter.kind]
    return text.format(n=match.filter.id, kind=kind, text=words, found=markdown.inert(found))


def _row(one: Filter) -> str:
    kind = f" · {KIND_NAMES[one.kind]}" if one.kind is FilterKind.PATTERN else ""
    return f"**#{one.id}** {_hidden(one.text)}{kind}"


def _hidden(text: str) -> str:
    """Return the text behind a spoiler, because the words may be offensive."""
    return f"||{markdown.inert(' '.join(text.split()))}||"


def _pages(rows: Sequence[str]) -> list[str]:
    pages: list[list[str]] = [[]]
    for row in rows:
        length = sum(len(one) + 1 for one in pages[-1])
        if pages[-1] and (len(pages[-1]) == PAGE_LINES or length + len(row) > FILTERS_PAGE_ROOM):
            pages.append([])
        pages[-1].append(row)
    return ["\n".join(page) for page in pages]
