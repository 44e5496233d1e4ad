"""Answers to what was not accepted: only the person sees them, nothing was stored, nothing costs."""

from __future__ import annotations

from bot.domain.policy import Denied, DeniedReason
from bot.services.submissions import Invalid, Problem
from bot.ui.i18n import _, n_
from bot.ui.reasons import picture_reason


def invalid_text(invalid: Invalid) -> str:
    """One or two sentences: what our check found, and what helps."""
    match invalid.problem:
        case Problem.NO_PROMPT:
            return _("There is nothing to paint in this prompt. Describe the picture in a few words.")
        case Problem.PROMPT_TOO_LONG:
            return _("This prompt is too long. Keep it within {n} characters.").format(n=invalid.limit)
        case Problem.TOO_MANY_REFERENCES:
            return _("The model takes {n} pictures at most.").format(n=invalid.limit)
        case Problem.PLACE_NOT_SERVED:
            return _("This bot paints only in the servers its operator chose, and this is not one of them.")
        case Problem.REFERENCE:
            if invalid.picture is None:
                raise ValueError("a reference problem without its picture problem")
            return " ".join(picture_reason(invalid.picture, invalid.subject))


def denied_text(denied: Denied) -> str:
    """One or two sentences: which limit, and when it opens."""
    match denied.reason:
        case DeniedReason.JOBS_AT_ONCE:
            return n_(
                "You have {n} job under way, which is as many as you may. `/queue` shows it.",
                "You have {n} jobs under way, which is as many as you may. `/queue` shows them.",
                denied.used,
            ).format(n=denied.used)
        case DeniedReason.NO_IMAGES:
            return _("This bot's operator has switched painting off for now.")
        case DeniedReason.TOO_MANY_FOR_LIMIT:
            return n_(
                "You asked for more than the {n} picture you may make in 24 hours.",
                "You asked for more than the {n} pictures you may make in 24 hours.",
                denied.limit,
            ).format(n=denied.limit)
        case DeniedReason.RETRIED_ALREADY:
            return _("This was tried again already.")
        case DeniedReason.IMAGES_PER_DAY:
            text = n_(
                "You have used {used} of the {limit} picture you may make in 24 hours.",
                "You have used {used} of the {limit} pictures you may make in 24 hours.",
                denied.limit,
            ).format(used=denied.used, limit=denied.limit)
            if denied.opens_at is None:
                return text
            stamp = f"<t:{int(denied.opens_at.timestamp()) + 1}:R>"
            return text + " " + _("There is room for this again {when}.").format(when=stamp)
