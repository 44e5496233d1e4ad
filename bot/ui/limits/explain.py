"""`/limits explain`: why a member can or cannot make a picture, so that a moderator can read it out."""

from __future__ import annotations

from discord import ui

from bot.domain.limits import Stop
from bot.domain.limits.outlook import Outlook
from bot.domain.moderation import Refused
from bot.services.moderation import Standing
from bot.ui.i18n import _, n_
from bot.ui.limits.names import images
from bot.ui.limits.parts import box_of, lines, view_of
from bot.ui.limits.standing import account_lines, free_limits, grant_lines, lives_on_grants, rule_lines
from bot.ui.limits.why import blocked_text, refused_text, refused_what, why_not
from bot.ui.look import RED, TEAL


def explain_card(
    standing: Standing, user_id: int, *, channel_id: int, is_member: bool = True
) -> ui.LayoutView:
    """Draws it for a moderator. `is_member` is False of somebody who is not in the server any more."""
    view = standing.outlook
    box = box_of(RED if view.denied else TEAL, _head(view, user_id, channel_id, is_member=is_member))
    sections = (
        _section(_("Used and left"), account_lines(view)),
        lines(_section(_("Also limited"), rule_lines(view)), free_limits(view)),
        _section(_("Granted on top: {n}").format(n=images(view.granted)), grant_lines(view.docket.grants)),
        lines(_section(_("Lately refused"), _refusals(standing.refused)), _running(view)),
    )
    for section in sections:
        if section:
            box.add_item(ui.Separator())
            box.add_item(ui.TextDisplay(section))
    return view_of(box)


def _head(view: Outlook, user_id: int, channel_id: int, *, is_member: bool) -> str:
    return lines(
        f"### {_('Limits of <@{id}>').format(id=user_id)}",
        _verdict(view, channel_id),
        _also_blocked(view),
        None if is_member else _("-# Not a member of this server now, so no role counts."),
    )


def _verdict(view: Outlook, channel_id: int) -> str:
    if view.denied is None:
        granted = _("The next pictures come from what was granted.") if lives_on_grants(view) else None
        return lines(_("**Can make a picture** in <#{id}> now.").format(id=channel_id), granted)
    title = _("**Cannot make a picture** in <#{id}> now:").format(id=channel_id)
    return lines(title, why_not(view, view.denied))


def _also_blocked(view: Outlook) -> str | None:
    """A pause hides a block: what stands after it is told as well."""
    hidden = view.docket.block is not None and view.denied is not None and view.denied.stop is Stop.PAUSED
    return blocked_text(view.docket.block, yours=False) if hidden else None


def _section(title: str, rows: list[str]) -> str:
    return lines(f"**{title}**", *rows) if rows else ""


def _refusals(refused: tuple[Refused, ...]) -> list[str]:
    """The newest first; those that read the same on one line, with the time of the newest."""
    alike: dict[tuple[int, str], list[Refused]] = {}
    for one in refused:
        alike.setdefault((one.channel_id, refused_what(one.code, one.facts)), []).append(one)
    return [_often(refused_text(ones[0]), len(ones)) for ones in alike.values()]


def _often(text: str, times: int) -> str:
    return (
        text
        if times == 1
        else n_("{text} · {n} time", "{text} · {n} times", times).format(text=text, n=times)
    )


def _running(view: Outlook) -> str:
    number = view.docket.here.open_jobs
    if not number:
        return _("-# No job under way.")
    return n_("-# {n} job under way.", "-# {n} jobs under way.", number).format(n=number)
