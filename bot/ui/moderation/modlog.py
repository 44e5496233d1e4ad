"""The cards of the mod-log, one for each entry, and the list of the latest changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.followups import own_words
from bot.domain.jobs import Job, JobState, ReplyScope, speaking_failure
from bot.domain.moderation import AuditEntry, BlockMember, LogEntry, Topic
from bot.domain.policy.budget import day_bounds, month_bounds
from bot.domain.references import Reference
from bot.ui.base import markdown
from bot.ui.base.access import check_moderator, check_servers_job
from bot.ui.base.components import (
    JOB_ID,
    Box,
    PersistentButton,
    PersistentItem,
    box_of,
    inline,
    lines,
    row_of,
    view_of,
)
from bot.ui.base.discord_limits import MAX_MESSAGE_TEXT
from bot.ui.base.i18n import _, n_
from bot.ui.base.theme import AMBER, COLOURS, RED, SLATE, dots, picture_count, quality_text, result_count
from bot.ui.base.units import stamp, usd
from bot.ui.cards.failures import failure_text
from bot.ui.cards.text import alt_text, small_name
from bot.ui.limits.changes import UNBLOCK
from bot.ui.limits.text import before_after, change_quote, change_text

FULL, HALF = 100, 50  # per cent

# The title, the text for a server's moderators, and the text for the operator.
_PROVIDER_TROUBLES: Final = {
    Topic.NO_CREDIT: (
        _("The provider's account is empty"),
        _("Easel can't paint until it's topped up. Commands wait until then."),
        _(
            "Easel can't paint until you top it up on the provider's billing page. Waiting jobs then "
            "continue by themselves."
        ),
    ),
    Topic.BAD_KEY: (
        _("The provider doesn't accept this bot's key"),
        _("Easel can't paint until that's fixed. Commands wait until then."),
        _(
            "Easel can't paint. Create a new key on the provider's page, set it as `AIMLAPI_API_KEY` and "
            "restart Easel. Waiting jobs then continue by themselves."
        ),
    ),
    Topic.PROVIDER_DOWN: (
        _("The provider is down"),
        _("Calls to it keep failing. Commands wait, and continue by themselves once it works again."),
        _(
            "Calls keep failing, so Easel has stopped making them. It checks by itself, at least every 30 "
            "seconds, and continues when the provider works again. You don't have to do anything. The "
            "provider's status page may say more."
        ),
    ),
    Topic.GARBAGE: (
        _("The provider is sending unusable answers"),
        _("Easel has stopped asking it for pictures. Commands wait, and continue once that stops."),
        _(
            "Several answers in a row had no usable picture, and each may have cost money, so Easel has "
            "stopped making calls. It tries one picture at a time, less and less often, and continues when "
            "one works. Check the provider's status page and your bill."
        ),
    ),
    Topic.MODEL_GONE: (
        _("The provider retired the model"),
        _("Easel can no longer paint with {model}. Commands that use it fail and don't count toward limits."),
        _("Easel can't paint with {model}. Change `EASEL_MODEL` or `EASEL_MODELS` and restart Easel."),
    ),
}


_WITH_BALANCE: Final = frozenset({Topic.NO_CREDIT, Topic.PROVIDER_DOWN, Topic.GARBAGE})


def _provider_box(entry: LogEntry) -> Box:
    """Draw what is wrong at the provider, for a server's moderators or for the operator."""
    title, for_moderators, for_operator = _PROVIDER_TROUBLES[entry.topic]
    model, *alike = map(_code, str(entry.facts.get("subject", "")).split() or [""])
    if entry.channel_id is not None:
        told = _("The bot's operator has been told. You don't have to do anything.")
        return box_of(RED, lines(f"### {title}", f"{for_moderators.format(model=model)} {told}"))
    more, left = "", str(entry.facts.get("subject", ""))
    if entry.topic in _WITH_BALANCE and left.lstrip("-").isdecimal():
        more = " " + _("The provider says {usd} is left.").format(usd=usd(int(left)))
    if entry.topic is Topic.MODEL_GONE and alike:
        more = " " + _("The provider offers {models}.").format(models=", ".join(alike))
    once = dots(_("Sent to this bot's operators once, until Easel can paint again"))
    return box_of(RED, lines(f"### {title}", for_operator.format(model=model) + more), once)


def _code(model: str) -> str:
    return "`{}`".format(model.replace("`", "")) if model else _("this model")


def _budget_box(entry: LogEntry) -> Box:
    """Draw that spending has reached a level of a server's budget."""
    level, is_daily = int(entry.facts["level"]), entry.facts["period"] == "day"
    spent, budget = usd(int(entry.facts["micro_usd"])), usd(int(entry.facts["budget"]))
    figures = _("{spent} of {budget} are spent.").format(spent=spent, budget=budget)
    _begins, ends = day_bounds(entry.at) if is_daily else month_bounds(entry.at)
    closes = _("At 100 % Easel takes no new commands here until {when} ({left}).")
    if level >= FULL:
        closes = _("Easel takes no new commands here until {when} ({left}).")
    closes = closes.format(when=stamp(ends, "f"), left=stamp(ends))
    server = None
    if entry.channel_id is None and entry.guild_id is not None:  # the card is not in the server
        server = _("server {id}").format(id=f"`{entry.guild_id}`")
    is_operators = entry.facts.get("is_operators")
    changes = _("the bot's operator set it") if is_operators else _("`/limits set` changes it")
    return box_of(
        RED if level >= FULL else AMBER,
        lines(f"### {_budget_title(level, is_daily)}", f"{figures} {closes}"),
        dots(server, _("`/budget` shows where it goes"), changes),
    )


def _budget_title(level: int, is_daily: bool) -> str:
    if level >= FULL:
        return _("The daily budget is used up") if is_daily else _("The monthly budget is used up")
    if level == HALF:
        return _("Half of the daily budget is used") if is_daily else _("Half of the monthly budget is used")
    text = _("{n} % of the daily budget is used") if is_daily else _("{n} % of the monthly budget is used")
    return text.format(n=level)


def _second_bot_box() -> Box:
    """Draw the notice to the operator that another process uses the same token."""
    title = "### " + _("Another Easel answers for this bot")
    text = _(
        "Something else answered a command before Easel could. Another process is using this bot's "
        "token, perhaps an old copy with its own data folder. It paints and spends on its own. Stop one "
        "of the two."
    )
    return box_of(RED, lines(title, text), dots(_("Sent to this bot's operators at most once a day")))


def _balance_box(entry: LogEntry) -> Box:
    """Draw the warning to the operator before the account is empty."""
    title = "### " + _("The provider's account is running low")
    text = _(
        "{usd} is left. Top up on the provider's billing page before it's empty: then Easel can't paint, and "
        "commands wait."
    )
    once = _("Sent to this bot's operators once, until the account is above `EASEL_BALANCE_WARN_USD` again")
    return box_of(AMBER, lines(title, text.format(usd=usd(int(entry.facts["micro_usd"])))), dots(once))


def _price_box(entry: LogEntry) -> Box:
    """Draw the notice to the operator that the provider charges another price than it announces."""
    title = "### " + _("The provider charged a different price")
    text = _(
        "A result of {model} cost {told}, and Easel expected {expected}. Easel books what each answer tells, but "
        "estimates, offers and what budgets set aside are off. Compare the provider's list of prices with your bill."
    )
    text = text.format(
        model=_code(str(entry.facts["model"])),
        told=usd(int(entry.facts["micro_usd"])),
        expected=usd(int(entry.facts["expected_micro_usd"])),
    )
    once = _("Sent to this bot's operators once, until the price changes again")
    return box_of(AMBER, lines(title, text), dots(once))


def _unsigned_box() -> Box:
    """Draw the warning to the operator that results go out without a signature."""
    title = "### " + _("Results aren't being signed")
    text = _(
        "Signing a result failed, so Easel delivered it without a signature (C2PA). Its label as made with AI is "
        "there. The log says why; an expired certificate is the usual cause. Run `python -m bot doctor`, fix it "
        "and restart Easel."
    )
    return box_of(
        AMBER, lines(title, text), dots(_("Sent to this bot's operators once, until Easel restarts"))
    )


REMOVE: Final = PersistentButton(
    "remove", JOB_ID, _("Delete result"), style=discord.ButtonStyle.danger, check=check_servers_job
)
BLOCK: Final = PersistentButton("block24", JOB_ID, _("Block 24 h"), check=check_servers_job)
DISMISS: Final = PersistentButton("dismiss", JOB_ID, _("Dismiss"), check=check_moderator)
SHOW_LIMITS: Final = PersistentButton("standing", JOB_ID, _("Show limits"), check=check_servers_job)


LOG_PROMPT_ROOM: Final = 300
REPORT_ROOM: Final = 1100  # 500 characters, each of which may need a backslash
SHOWN_REFERENCES: Final = 4
FILE_NAME_ROOM: Final = 40
_WITH_RESULT: Final = frozenset({JobState.DELIVERING, JobState.DONE, JobState.CANCELLED, JobState.EXPIRED})


def entry_card(entry: LogEntry, job: Job | None, *, shown: Sequence[int] = ()) -> ui.LayoutView:
    """Draw an entry; `job` is None if it has none or the requester deleted it. Raises ValueError if it needs one.

    A report shows the job's pictures with the indexes `shown`, which are attached as `small_name`, behind spoilers.
    """
    return view_of(_box(entry, job, shown))


def job_row(job: Job, *, in_server: bool) -> ui.ActionRow[Any] | None:
    """Draw the link to a job's card and, with `in_server`, the moderators' buttons; None if there are none."""
    items: list[ui.Item[Any]] = []
    address = _address(job)
    if address is not None:
        items.append(ui.Button(label=_("Open"), style=discord.ButtonStyle.link, url=address))
    if in_server:
        if can_be_removed(job):
            items.append(REMOVE.button(job.id))
        items += [BLOCK.button(job.id), SHOW_LIMITS.button(job.id)]
    return row_of(*items) if items else None


def removed_note(by: int) -> str:
    """Return the line on a mod-log card for a result that was removed."""
    return _("**Removed** by <@{id}>").format(id=by)


def noted(
    message: discord.Message, note: str, offer: str, *, below: ui.ActionRow[Any] | None = None
) -> ui.LayoutView:
    """Return a card of the mod-log without pictures, with a note and the row `below` in place of its buttons.

    `offer` is the id of the button that the note replaces; without it, the note is there already.
    """
    view = ui.LayoutView.from_message(message, timeout=None)
    for box in [item for item in view.children if isinstance(item, ui.Container)]:
        for item in [one for one in box.children if isinstance(one, ui.ActionRow | ui.MediaGallery)]:
            box.remove_item(item)
            children = item.children if isinstance(item, ui.ActionRow) else []
            if any(isinstance(one, ui.Button) and one.custom_id == offer for one in children):
                box.add_item(ui.TextDisplay(note))
        box.accent_colour = SLATE
        if below is not None:
            box.add_item(below)
    return view


def _box(entry: LogEntry, job: Job | None, shown: Sequence[int]) -> Box:
    match entry.topic:
        case Topic.JOB:
            if job is None:
                raise ValueError("an entry about a job that is not there")
            return _job_box(entry, job)
        case Topic.REPORT:
            return _report_box(entry, job, shown)
        case Topic.CHANGE if entry.audit is not None:
            return _change_box(entry.audit)
        case Topic.CHANGE:
            text = _("A newer version of Easel changed a setting that this version doesn't know.")
            return box_of(SLATE, text)
        case Topic.BUDGET:
            return _budget_box(entry)
        case Topic.NO_CREDIT | Topic.BAD_KEY | Topic.MODEL_GONE | Topic.PROVIDER_DOWN | Topic.GARBAGE:
            return _provider_box(entry)
        case Topic.LOW_BALANCE:
            return _balance_box(entry)
        case Topic.PRICE:
            return _price_box(entry)
        case Topic.UNSIGNED:
            return _unsigned_box()
        case Topic.SECOND_BOT:
            return _second_bot_box()


def _change_box(audit: AuditEntry) -> Box:
    box = box_of(SLATE, _change(audit))
    if isinstance(audit.change, BlockMember):
        box.add_item(row_of(UNBLOCK.button(f"log:{audit.change.user_id}")))
    return box


def _change(audit: AuditEntry, *when: str) -> str:
    """Return who changed what, with what they wrote and the values before and after; `when` comes first."""
    who = " ".join([*when, f"<@{audit.by}>"])
    return lines(f"{who} {change_text(audit.change)}", change_quote(audit.change), before_after(audit))


def _job_box(entry: LogEntry, job: Job) -> Box:
    colour = SLATE if job.removed_by is not None else COLOURS[job.state]
    box = box_of(colour, lines(_headline(job), _prompt(job)), lines(_references(job), dots(*_facts(job))))
    return _with_row(box, entry, job)


def _report_box(entry: LogEntry, job: Job | None, shown: Sequence[int]) -> Box:
    box = box_of(RED, lines(f"### {_('A result was reported')}", _objection(entry)))
    if job is None:
        gone = _("The person who requested job {id} has deleted it.").format(id=f"`{entry.job_id}`")
        box.add_item(ui.TextDisplay(gone))
    else:
        box.add_item(ui.Separator())
        box.add_item(ui.TextDisplay(lines(_headline(job), _prompt(job))))
        if shown:
            box.add_item(ui.MediaGallery(*(_preview(job, index) for index in shown)))
        box.add_item(ui.TextDisplay(dots(*_facts(job))))
    dismiss = DISMISS.button(entry.job_id) if entry.job_id and entry.channel_id is not None else None
    return _with_row(box, entry, job, dismiss)


def _preview(job: Job, index: int) -> discord.MediaGalleryItem:
    address = f"attachment://{small_name(job, index)}"
    return discord.MediaGalleryItem(address, description=alt_text(job, index), spoiler=True)


def _objection(entry: LogEntry) -> str:
    by, text = int(entry.facts["by"]), str(entry.facts["reason"])
    if not text:
        return _("The person who reported this has deleted their data.")
    return lines(_("Reported by <@{id}>:").format(id=by), markdown.quote(text, REPORT_ROOM))


def _with_row(box: Box, entry: LogEntry, job: Job | None, *more: PersistentItem | None) -> Box:
    row = None if job is None else job_row(job, in_server=entry.channel_id is not None)
    items = [*(row.children if row is not None else ()), *(one for one in more if one is not None)]
    if items:
        box.add_item(row_of(*items))
    return box


def _headline(job: Job) -> str:
    """Return the state or result of a job, and who asked for it."""
    who = f"<@{job.user_id}>"
    if job.removed_by is not None:
        return f"{removed_note(job.removed_by)} · {_('requested by {who}').format(who=who)}"
    match job.state:
        case JobState.DELIVERING | JobState.DONE:
            made = _("**{made}** for {who}").format(made=_made(job), who=who)
            return _("{made}, kept off the card").format(made=made) if job.kept_back else made
        case JobState.FAILED | JobState.REFUSED:
            failure = job.failure or speaking_failure(job.renders)
            if failure is None:
                nothing = _("No picture") if job.request.video is None else _("No video")
                return f"**{nothing}** · {who}"
            text = failure_text(failure, of_video=job.request.video is not None)
            return lines(f"**{text.title}** · {who}", text.why)
        case JobState.CANCELLED:
            return f"**{_('Cancelled')}** · {who}"
        case JobState.EXPIRED:
            return f"**{_('Expired')}** · {who}"
        case JobState.QUEUED | JobState.RENDERING:  # reported before its end
            return f"**{_('Not finished yet')}** · {who}"


def _made(job: Job) -> str:
    made, asked = len(job.pictures), job.request.count
    return (
        result_count(job.request, made)
        if made == asked
        else _("{n} of {all} pictures").format(n=made, all=asked)
    )


def _prompt(job: Job) -> str:
    return markdown.quote(own_words(job), LOG_PROMPT_ROOM)


def _references(job: Job) -> str | None:
    references = job.request.references
    if not references:
        return None
    shown = ", ".join(_reference(one) for one in references[:SHOWN_REFERENCES])
    hidden = len(references) - SHOWN_REFERENCES
    more = n_("and {n} more", "and {n} more", hidden).format(n=hidden) if hidden > 0 else None
    count = _("from {pictures}:").format(pictures=picture_count(len(references)))
    return dots(f"{count} {shown}", more)


def _reference(reference: Reference) -> str:
    return inline(reference.filename, FILE_NAME_ROOM) or f"`{reference.name}`"


def _facts(job: Job) -> list[str | None]:
    return [
        f"/{job.request.kind.value}",
        quality_text(job.request),
        _("{usd} paid").format(usd=usd(job.cost_micro_usd)),
        _("private: only they can see it") if job.request.private else None,
        _("job {id}").format(id=f"`{job.id}`"),
    ]


def _address(job: Job) -> str | None:
    place = job.reply_target
    if not job.pictures or job.request.private or job.card_id is None or place.guild_id is None:
        return None
    return f"https://discord.com/channels/{place.guild_id}/{place.channel_id}/{job.card_id}"


def can_be_removed(job: Job) -> bool:
    """Return whether the pictures of a job are shown in its server, where moderators may delete them."""
    is_shown = bool(job.pictures) and job.state in _WITH_RESULT and job.removed_by is None
    return is_shown and job.reply_target.scope is ReplyScope.GUILD and not job.request.private


SHOWN: Final = 10
CHANGES_ROOM: Final = MAX_MESSAGE_TEXT - 200


def changes_card(entries: Sequence[AuditEntry]) -> ui.LayoutView:
    """Draw the changes in the order given, as many as fit into one message."""
    title = f"### {_('Latest changes')}"
    if not entries:
        return view_of(box_of(SLATE, lines(title, _("No changes yet. Start with `/limits panel`."))))
    texts: list[str] = []
    for entry in entries:
        text = _change(entry, stamp(entry.at))
        if len("\n\n".join([title, *texts, text])) > CHANGES_ROOM:
            break
        texts.append(text)
    return view_of(box_of(SLATE, title, "\n\n".join(texts)))
