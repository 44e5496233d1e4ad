"""Why a change was not made, in words."""

from __future__ import annotations

from typing import Final

from bot.domain.moderation import (
    Change,
    DropServerPreset,
    Nothing,
    RemoveFilter,
    ResumeServer,
    SetChannel,
    SetModLog,
    UnblockMember,
)
from bot.domain.presets import MAX_NAME
from bot.domain.words import FilterProblem
from bot.services.moderation import Improper, Mistake
from bot.ui.i18n import _
from bot.ui.limits.parts import inline
from bot.ui.presets.problems import preset_problem_text

_NOTHING: Final = {
    Nothing.SAME: _("It stands like that already: nothing was changed."),
    Nothing.NOT_SET: _("Nothing is set there."),
    Nothing.TOO_MANY: _("This server has as many of these as it can have. Remove one, then try again."),
    Nothing.NO_SUCH_JOB: _("This job is not on record any more."),
}
_FILTERS: Final = {
    FilterProblem.EMPTY: _("There is no word in this filter. Write at least one."),
    FilterProblem.TOO_LONG: _("This filter is too long. Make it shorter, or make two of it."),
    FilterProblem.TOO_MANY_WORDS: _("This filter has too many words. Make two of it."),
    FilterProblem.TOO_MANY_STARS: _(
        "This pattern has too many stars. Use fewer, or make two patterns of it."
    ),
    FilterProblem.TOO_MANY_CHOICES: _("This pattern has too many choices. Make two patterns of it."),
    FilterProblem.UNBALANCED: _("A bracket of this pattern is not closed, or was never opened."),
    FilterProblem.NESTED: _("Brackets within brackets are not understood. Make two patterns of it."),
    FilterProblem.TOO_BROAD: _("This would stop nearly every prompt. Be more exact."),
    FilterProblem.NOT_A_WORD: _(
        "`*`, `?`, `(a|b)` and `...` count only in a pattern: choose the kind *pattern*, or leave them out."
    ),
}


def nothing_text(why: Nothing, change: Change | None = None) -> str:
    """Why there was nothing to change; more exactly where it is known what was asked for."""
    not_set = _not_set(change) if why is Nothing.NOT_SET else None
    return not_set or _NOTHING[why]


def _not_set(change: Change | None) -> str | None:
    match change:
        case ResumeServer():
            return _("Easel is not paused.")
        case UnblockMember(user_id=user_id):
            return _("<@{id}> is not blocked.").format(id=user_id)
        case RemoveFilter(number=number):
            return _("There is no filter #{n}; `/filter list` shows the numbers.").format(n=number)
        case SetChannel(channel_id=channel_id):
            return _("<#{id}> is neither opened nor closed.").format(id=channel_id)
        case SetModLog():
            return _("There is no mod-log.")
        case DropServerPreset(name=name):
            text = _("This server has no preset “{name}”; `/preset list` shows them.")
            return text.format(name=inline(name, MAX_NAME))
        case _:
            return None


def improper_text(improper: Improper) -> str:
    """What is wrong with a change, and what helps."""
    match improper.mistake:
        case Mistake.NOT_HERE:
            return _("The server's budget is everybody's: set it without a member, role or channel.")
        case Mistake.OUT_OF_RANGE:
            return _out_of_range(improper.most)
        case Mistake.UNKNOWN_MODEL:
            return _("One of these models is not known here. The list appears as you type.")
        case Mistake.TEXT_TOO_LONG:
            return _("This text is too long. Keep it within {n} characters.").format(n=improper.most)
        case Mistake.NO_TEXT:
            return _("A reason is needed: the person and other moderators will read it.")
        case Mistake.IN_THE_PAST:
            return _("This time is over already. Choose one to come, such as `3d`.")
        case Mistake.FILTER:
            if improper.filter_problem is None:
                raise ValueError("a filter mistake without its problem")
            return _FILTERS[improper.filter_problem]
        case Mistake.PRESET:
            if improper.preset_problem is None:
                raise ValueError("a preset mistake without its problem")
            return preset_problem_text(improper.preset_problem)


def _out_of_range(most: int | None) -> str:
    if most is None:
        return _("This number is out of range.")
    return _("This number is out of range: the most is {n}. Above that, use `no limit`.").format(
        n=f"{most:,}"
    )
