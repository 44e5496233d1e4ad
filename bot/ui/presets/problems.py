"""Why a preset cannot be kept, in words."""

from __future__ import annotations

from typing import Final

from bot.domain.jobs import MAX_PROMPT
from bot.domain.presets import MAX_NAME, MAX_PRESETS, PresetProblem
from bot.ui.i18n import _, n_

_PROBLEMS: Final = {
    PresetProblem.NO_NAME: _("This name shows nothing. Choose one to find the preset by, such as `ink`."),
    PresetProblem.NAME_TOO_LONG: _("This name is too long. Keep it within {n} characters.").format(
        n=MAX_NAME
    ),
    PresetProblem.NAME_UNUSABLE: _(
        "A name is made of letters, digits, emoji, spaces, `-` and `_`. Leave out everything else."
    ),
    PresetProblem.NO_TEXT: _(
        "There is nothing in this text. Write what the preset adds, such as `ink drawing of {prompt}, fine lines`."
    ),
    PresetProblem.TEXT_TOO_LONG: _("This text is too long. Keep it within {n} characters.").format(
        n=MAX_PROMPT
    ),
}


def preset_problem_text(problem: PresetProblem) -> str:
    """What is wrong, and what helps."""
    return _PROBLEMS[problem]


def full_text() -> str:
    """A person has as many as they may have."""
    text = n_(
        "You have {n} preset, and can have no more.",
        "You have {n} presets, and can have no more.",
        MAX_PRESETS,
    )
    return text.format(n=MAX_PRESETS) + " " + _("`/preset delete` makes room.")
