"""What a person keeps at hand, where they ask what is kept of them, and where they want it forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, delete, exists, or_, select, update

from bot.domain.ports import Decision, Whose
from bot.domain.references import folder_of_tray
from bot.storage.ops.originals import strike_folders
from bot.storage.ops.people import NOBODY
from bot.storage.schema import defaults, drafts, favourites, presets, tray


def shelf_of(conn: Connection, user_id: int) -> Iterator[Decision]:
    """As plain JSON; times are ISO texts. With it come the presets they made for servers."""
    for row in conn.execute(select(presets).where(_theirs(user_id)).order_by(presets.c.at, presets.c.key)):
        guild_id = row.owner_id if row.whose == Whose.SERVER.value else None
        facts = {"name": row.name, **row.says, "at": row.at.isoformat()}
        yield Decision(what="preset", guild_id=guild_id, facts=facts)
    for row in conn.execute(select(defaults.c.says).where(defaults.c.user_id == user_id)):
        yield Decision(what="defaults", guild_id=None, facts=row.says)
    for row in conn.execute(select(tray).where(tray.c.user_id == user_id).order_by(tray.c.at, tray.c.name)):
        yield Decision(what="tray", guild_id=None, facts=_tray_facts(row))
    for row in conn.execute(select(drafts).where(drafts.c.user_id == user_id).order_by(drafts.c.until)):
        facts = {"prompt": row.wish["prompt"], "until": row.until.isoformat()}
        yield Decision(what="draft", guild_id=None, facts=facts)
    chosen = select(favourites).where(favourites.c.user_id == user_id)
    for row in conn.execute(chosen.order_by(favourites.c.at, favourites.c.job_id, favourites.c.idx)):
        facts = {"job_id": row.job_id, "picture": row.idx + 1, "at": row.at.isoformat()}
        yield Decision(what="favourite", guild_id=None, facts=facts)


def has_shelf(conn: Connection, user_id: int) -> bool:
    tables = (defaults, tray, drafts, favourites)
    kept = [exists().where(table.c.user_id == user_id) for table in tables]
    return bool(conn.execute(select(or_(exists().where(_theirs(user_id)), *kept))).scalar_one())


def forget_shelf(conn: Connection, user_id: int) -> None:
    """All of it; what they made for servers stays the servers', and names nobody."""
    conn.execute(delete(presets).where(_own(user_id)))
    conn.execute(update(presets).where(presets.c.by_user_id == user_id).values(by_user_id=NOBODY))
    for table in (defaults, tray, drafts, favourites):
        conn.execute(delete(table).where(table.c.user_id == user_id))
    strike_folders(conn, folder_of_tray(user_id))


def _own(user_id: int) -> ColumnElement[bool]:
    return and_(presets.c.whose == Whose.MEMBER.value, presets.c.owner_id == user_id)


def _theirs(user_id: int) -> ColumnElement[bool]:
    return or_(_own(user_id), presets.c.by_user_id == user_id)


def _tray_facts(row: Row[Any]) -> dict[str, Any]:
    gone = {} if row.gone_at is None else {"taken_off_at": row.gone_at.isoformat()}
    return {**row.facts, "added_at": row.at.isoformat(), **gone}
