"""The data stored about people: exporting one person's, and deleting it; and deleting what is old."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    delete,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
    update,
)

from bot.domain.jobs import TERMINAL, Job
from bot.domain.moderation import Topic
from bot.domain.policy.budget import month_bounds
from bot.domain.policy.quota import CLOCK_SLACK, LONGEST_WINDOW, UsageEntry
from bot.domain.policy.rules import Scope
from bot.domain.ports.library import PresetOwner
from bot.domain.ports.stores import Forgotten, OldJobs, PersonalRecord, StoredDataSummary
from bot.domain.references import folder_of_tray
from bot.storage.copies import awaited, unregister_folder, unregister_folders
from bot.storage.ledger import DESCRIBED
from bot.storage.rows import load_jobs
from bot.storage.schema import (
    blocks,
    calls,
    defaults,
    denials,
    drafts,
    favourites,
    grant_uses,
    grants,
    is_counted,
    jobs,
    log_entries,
    notes,
    people,
    presets,
    renders,
    reports,
    resets,
    rules,
    spent,
    tray,
    usage_entries,
)
from bot.storage.sql import DELETED_USER, batches, count, dialect_of, sweep, upsert


def library_of(conn: Connection, user_id: int) -> Iterator[PersonalRecord]:
    """Yield the person's library as plain JSON with ISO times, including presets that they shared with servers."""
    for row in conn.execute(select(presets).where(_theirs(user_id)).order_by(presets.c.at, presets.c.key)):
        guild_id = row.owner_id if row.whose == PresetOwner.SERVER.value else None
        facts = {"name": row.name, **row.says, "at": row.at.isoformat()}
        yield PersonalRecord(what="preset", guild_id=guild_id, facts=facts)
    for row in conn.execute(select(defaults.c.says).where(defaults.c.user_id == user_id)):
        yield PersonalRecord(what="defaults", guild_id=None, facts=row.says)
    for row in conn.execute(select(tray).where(tray.c.user_id == user_id).order_by(tray.c.at, tray.c.name)):
        yield PersonalRecord(what="tray", guild_id=None, facts=_tray_facts(row))
    for row in conn.execute(select(drafts).where(drafts.c.user_id == user_id).order_by(drafts.c.until)):
        facts = {"prompt": row.wish["prompt"], "until": row.until.isoformat()}
        yield PersonalRecord(what="draft", guild_id=None, facts=facts)
    chosen = select(favourites).where(favourites.c.user_id == user_id)
    for row in conn.execute(chosen.order_by(favourites.c.at, favourites.c.job_id, favourites.c.idx)):
        facts = {"job_id": row.job_id, "picture": row.idx + 1, "at": row.at.isoformat()}
        yield PersonalRecord(what="favourite", guild_id=None, facts=facts)


def has_library(conn: Connection, user_id: int) -> bool:
    """Return whether the person has defaults, presets, a tray, drafts or favourites."""
    tables = (defaults, tray, drafts, favourites)
    kept = [exists().where(table.c.user_id == user_id) for table in tables]
    return bool(conn.execute(select(or_(exists().where(_theirs(user_id)), *kept))).scalar_one())


def forget_library(conn: Connection, user_id: int) -> None:
    """Delete the person's library. Presets that they shared with servers stay, without their author."""
    conn.execute(delete(presets).where(_own(user_id)))
    conn.execute(update(presets).where(presets.c.by_user_id == user_id).values(by_user_id=DELETED_USER))
    for table in (defaults, tray, drafts, favourites):
        conn.execute(delete(table).where(table.c.user_id == user_id))
    unregister_folder(conn, folder_of_tray(user_id))


def _own(user_id: int) -> ColumnElement[bool]:
    return and_(presets.c.whose == PresetOwner.MEMBER.value, presets.c.owner_id == user_id)


def _theirs(user_id: int) -> ColumnElement[bool]:
    return or_(_own(user_id), presets.c.by_user_id == user_id)


def _tray_facts(row: Row[Any]) -> dict[str, Any]:
    gone = {} if row.gone_at is None else {"taken_off_at": row.gone_at.isoformat()}
    return {**row.facts, "added_at": row.at.isoformat(), **gone}


_SHOWN: Final = {
    "block": (blocks, "until", "reason", "at"),
    "grant": (grants, "images", "left", "expires_at", "reason", "at"),
    "reset": (resets, "at"),
    "report": (reports, "job_id", "reason", "at"),
}


def decisions(conn: Connection, user_id: int) -> tuple[PersonalRecord, ...]:
    """Return moderators' decisions about the person as plain JSON with ISO times, without the moderators' ids.

    Denials, the money by day that counts against budgets, and the person's library are included.
    """
    return (
        *_decisions(conn, user_id),
        *_refused(conn, user_id),
        *_money(conn, user_id),
        *library_of(conn, user_id),
    )


def _decisions(conn: Connection, user_id: int) -> Iterator[PersonalRecord]:
    about = select(rules).where(_about(rules, user_id)).order_by(rules.c.guild_id)
    for row in conn.execute(about):
        yield PersonalRecord(what="rule", guild_id=row.guild_id, facts=row.says)
    for what, (table, *names) in _SHOWN.items():
        columns = [table.c[name] for name in names]
        query = select(table.c.guild_id, *columns).where(_about(table, user_id)).order_by(table.c.at)
        for row in conn.execute(query).mappings():
            yield PersonalRecord(what=what, guild_id=row["guild_id"], facts=_plain(row, names))


def _refused(conn: Connection, user_id: int) -> Iterator[PersonalRecord]:
    query = select(denials).where(denials.c.user_id == user_id).order_by(denials.c.id)
    for row in conn.execute(query):
        yield PersonalRecord(
            what="refused", guild_id=row.guild_id, facts={"at": row.at.isoformat(), "why": row.code}
        )


def _money(conn: Connection, user_id: int) -> Iterator[PersonalRecord]:
    query = select(spent).where(spent.c.user_id == user_id, spent.c.micro_usd > 0).order_by(spent.c.day)
    for row in conn.execute(query):
        facts = {"day": row.day.isoformat(), "micro_usd": row.micro_usd}
        yield PersonalRecord(what="spent", guild_id=row.guild_id or None, facts=facts)


def count_decisions(conn: Connection, user_id: int) -> int:
    """Count what moderators decided about a person, and what the person reported."""
    tables = [rules, *(table for table, *_ in _SHOWN.values())]
    counts = [select(func.count()).where(_about(table, user_id)).scalar_subquery() for table in tables]
    return sum(conn.execute(select(*counts)).one())


def forget_decisions(conn: Connection, user_id: int, *, now: datetime) -> None:
    """Delete denials and ended blocks and resets, and remove author and reason from the person's reports.

    All other decisions belong to their server and stay; otherwise deleting one's data would lift a block.
    """
    _forget_reports(conn, user_id)
    conn.execute(delete(denials).where(denials.c.user_id == user_id))
    conn.execute(delete(blocks).where(blocks.c.user_id == user_id, blocks.c.until <= now))
    conn.execute(delete(resets).where(resets.c.user_id == user_id, resets.c.at <= now - LONGEST_WINDOW))


def _forget_reports(conn: Connection, user_id: int) -> None:
    """Make the person's reports anonymous; a job keeps one anonymous report for all deleted people."""
    theirs = reports.c.user_id == user_id
    nameless = (
        select(reports.c.job_id, literal(DELETED_USER), reports.c.guild_id, literal(""), reports.c.at)
        .where(theirs)
        .order_by(reports.c.job_id)
    )
    kept = (
        dialect_of(conn)
        .insert(reports)
        .from_select(["job_id", "user_id", "guild_id", "reason", "at"], nameless)
    )
    conn.execute(kept.on_conflict_do_nothing())
    conn.execute(delete(reports).where(theirs))
    by_them = log_entries.c.facts["by"].as_string() == str(user_id)
    entries = update(log_entries).where(log_entries.c.topic == Topic.REPORT.value, by_them)
    conn.execute(entries.values(facts={"by": DELETED_USER, "reason": ""}))


def _about(table: Table, user_id: int) -> ColumnElement[bool]:
    if table is rules:
        return and_(rules.c.scope == Scope.MEMBER.value, rules.c.subject_id == user_id)
    return table.c.user_id == user_id


def _plain(row: Mapping[Any, Any], names: list[str]) -> dict[str, Any]:
    return {name: row[name].isoformat() if isinstance(row[name], datetime) else row[name] for name in names}


# The key of a note for each person of whom only counts are left; deleted with them.
_DUE: Final = "forgotten:"
_FINISHED: Final = jobs.c.state.in_([state.value for state in TERMINAL]) & jobs.c.shown_at.is_not(None)


def held(conn: Connection, user_id: int, *, now: datetime) -> StoredDataSummary:
    """Return figures of what is stored about a person."""
    decided = count_decisions(conn, user_id)
    known = conn.execute(select(people.c.user_id).where(people.c.user_id == user_id)).first() is not None
    return StoredDataSummary(
        jobs=count(conn, jobs, jobs.c.user_id == user_id),
        unfinished=count(conn, jobs, jobs.c.user_id == user_id, ~_FINISHED),
        counted=tuple(_counted(conn, user_id, now=now)),
        decisions=decided,
        is_known=known or decided > 0 or has_library(conn, user_id),
    )


def export(conn: Connection, user_id: int, *, before: Job | None, limit: int) -> tuple[Job, ...]:
    """Return a page of a person's jobs, newest first; `before` is the last job of the previous page."""
    query = select(jobs).where(jobs.c.user_id == user_id)
    if before is not None:
        at_once = and_(jobs.c.created_at == before.created_at, jobs.c.id < before.id)
        query = query.where(or_(jobs.c.created_at < before.created_at, at_once))
    query = query.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit)
    return tuple(load_jobs(conn, conn.execute(query).mappings().all()))


def forget_person(conn: Connection, user_id: int, *, now: datetime) -> Forgotten:
    """Delete the person's finished and shown jobs and their library.

    What still counts against a limit stays until its window is over, and calls keep only their cost.
    """
    _lock(conn, user_id)
    query = select(jobs.c.id).where(jobs.c.user_id == user_id, _FINISHED).order_by(jobs.c.id)
    job_ids = tuple(conn.execute(query.with_for_update()).scalars())
    forget_library(conn, user_id)
    _forget_jobs(conn, job_ids)
    forget_decisions(conn, user_id, now=now)
    _forget_counts(conn, user_id, now=now)
    counted = _counted(conn, user_id, now=now)
    return Forgotten(
        job_ids=job_ids,
        unfinished=count(conn, jobs, jobs.c.user_id == user_id),
        images=sum(entry.images for entry in counted),
        videos=sum(entry.videos for entry in counted),
    )


def _forget_jobs(conn: Connection, job_ids: Sequence[str]) -> None:
    """Delete these jobs, which the transaction has locked; their calls keep only their cost."""
    for some in batches(job_ids):
        over = calls.c.job_id.in_(some) & (calls.c.charge != "open")  # the others when they end
        conn.execute(update(calls).where(over).values(user_id=DELETED_USER))
        conn.execute(delete(renders).where(renders.c.job_id.in_(some)))
        conn.execute(delete(grant_uses).where(grant_uses.c.job_id.in_(some)))
        # Other people's favourites; a row that another transaction holds is being deleted anyway.
        sweep(conn, favourites, favourites.c.job_id.in_(some))
        unregister_folders(conn, some)
        conn.execute(delete(jobs).where(jobs.c.id.in_(some)))


PEOPLE_AT_ONCE: Final = 200
OLD_JOBS_AT_ONCE: Final = 200
A_YEAR: Final = timedelta(days=366)
_IS_KEPT: Final = exists().where(favourites.c.job_id == jobs.c.id) & jobs.c.removed_by.is_(None)


def forget_old_jobs(conn: Connection, *, before: datetime, after: int, now: datetime) -> OldJobs:
    """Delete a batch of jobs that ended before a time, of the people whose ids follow `after`.

    What they spent stays, and what still counts against their limits. Going by people needs no index of its own: each
    one's jobs are in the order of their times. Rows that another transaction holds are left for the next round.
    """
    theirs = select(people.c.user_id).where(people.c.user_id > after).order_by(people.c.user_id)
    user_ids = conn.execute(theirs.limit(PEOPLE_AT_ONCE)).scalars().all()
    if not user_ids:
        return OldJobs(job_ids=(), people_to=None)
    needed = {picture.folder for picture in awaited(conn)}  # by open jobs, as references
    is_old = and_(jobs.c.user_id.in_(user_ids), jobs.c.created_at < before, jobs.c.finished_at < before)
    query = select(jobs.c.id).where(is_old, _FINISHED, not_(_IS_KEPT)).limit(OLD_JOBS_AT_ONCE + len(needed))
    found = conn.execute(query.with_for_update(of=jobs, skip_locked=True)).scalars()
    job_ids = tuple(job_id for job_id in found if job_id not in needed)[:OLD_JOBS_AT_ONCE]
    _forget_jobs(conn, job_ids)
    sweep(
        conn, usage_entries, usage_entries.c.job_id.in_(job_ids), usage_entries.c.at <= now - LONGEST_WINDOW
    )
    _forget_counts_of_old_jobs(conn, user_ids, now=now)
    is_all = len(job_ids) < OLD_JOBS_AT_ONCE
    return OldJobs(job_ids=job_ids, people_to=user_ids[-1] if is_all else after)


def _forget_counts_of_old_jobs(conn: Connection, user_ids: Sequence[int], *, now: datetime) -> None:
    """Delete these people's charges that count no longer and whose jobs were forgotten before that.

    None is a year older than that, as a worker looks for them every quarter of an hour.
    """
    at, due = usage_entries.c.at, now - LONGEST_WINDOW
    is_left = and_(~exists().where(jobs.c.id == usage_entries.c.job_id), usage_entries.c.state != DESCRIBED)
    query = select(usage_entries.c.job_id).where(
        usage_entries.c.user_id.in_(user_ids), at > due - A_YEAR, at <= due, is_left
    )
    for some in batches(conn.execute(query.with_for_update(skip_locked=True)).scalars().all()):
        conn.execute(delete(usage_entries).where(usage_entries.c.job_id.in_(some)))


def forget_counts(conn: Connection, *, now: datetime) -> None:
    """Delete the counts that `forget_person` left, for people whose window is over, and all expired drafts."""
    sweep(conn, drafts, drafts.c.until <= now)
    query = select(notes.c.key, notes.c.value).where(notes.c.key.startswith(_DUE)).order_by(notes.c.key)
    for key, due in conn.execute(query).all():
        if datetime.fromisoformat(due) <= now:
            user_id = int(key.removeprefix(_DUE))
            _lock(conn, user_id)
            _forget_counts(conn, user_id, now=now)


def _forget_counts(conn: Connection, user_id: int, *, now: datetime) -> None:
    """Delete charges of deleted jobs unless they still count, and with the last charge the person's row.

    The daily spending stays until the month is over, so that deleting one's data does not free a budget.
    """
    orphaned = and_(usage_entries.c.user_id == user_id, ~exists().where(jobs.c.id == usage_entries.c.job_id))
    is_free = and_(not_(is_counted), usage_entries.c.state != DESCRIBED)
    used_up = or_(usage_entries.c.at <= now - LONGEST_WINDOW, is_free)
    conn.execute(delete(usage_entries).where(orphaned, used_up))
    month, next_month = month_bounds(now)
    conn.execute(delete(spent).where(spent.c.user_id == user_id, spent.c.day < month.date()))
    newest = conn.execute(select(func.max(usage_entries.c.at)).where(orphaned)).scalar_one()
    has_spent = conn.execute(select(spent.c.day).where(spent.c.user_id == user_id)).first() is not None
    ends = [newest + LONGEST_WINDOW] if newest is not None else []
    ends += [next_month] if has_spent else []
    if not ends:
        conn.execute(delete(notes).where(notes.c.key == f"{_DUE}{user_id}"))
        charged = exists().where(usage_entries.c.user_id == user_id)
        conn.execute(delete(people).where(people.c.user_id == user_id, ~charged))
    else:
        due = min(ends).isoformat()  # the rest comes due after it
        upsert(conn, notes, {"key": f"{_DUE}{user_id}", "value": due}, change=["value"])


def _counted(conn: Connection, user_id: int, *, now: datetime) -> list[UsageEntry]:
    """Return what still counts against a limit's window, oldest first."""
    query = (
        select(usage_entries.c.at, usage_entries.c.images, usage_entries.c.videos)
        .where(usage_entries.c.user_id == user_id, is_counted)
        .where(usage_entries.c.at > now - LONGEST_WINDOW, usage_entries.c.at <= now + CLOCK_SLACK)
        .order_by(usage_entries.c.at)
    )
    return [UsageEntry(row.at, row.images, row.videos) for row in conn.execute(query)]


def _lock(conn: Connection, user_id: int) -> None:
    """Lock the person's row, which `submit` locks first, so that their submissions wait."""
    conn.execute(select(people.c.user_id).where(people.c.user_id == user_id).with_for_update())
