"""The circuit of all workers: one stored value, changed under its lock in short transactions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Final

import msgspec
from sqlalchemy import Connection, func, select, update

from bot.domain import circuit as domain
from bot.domain.circuit import CallOutcome, Circuit
from bot.domain.jobs import OPEN
from bot.domain.moderation import Topic
from bot.domain.ports.circuit import CircuitChange
from bot.domain.provider import Balance, Trouble
from bot.errors import CircuitOpenError
from bot.storage.ledger import NO_PICTURE
from bot.storage.moderation.outbox import provider_trouble
from bot.storage.schema import calls, is_unshown, jobs, notes
from bot.storage.sql import lock_row

_KEY: Final = "circuit"
CIRCUIT_STATE: Final = select(notes.c.value).where(notes.c.key == _KEY)
_TOPICS: Final = {
    Trouble.FAULTS: Topic.PROVIDER_DOWN,
    Trouble.NO_CREDIT: Topic.NO_CREDIT,
    Trouble.BAD_KEY: Topic.BAD_KEY,
    Trouble.GARBAGE: Topic.GARBAGE,
}


def circuit(conn: Connection) -> Circuit:
    return read_circuit(conn.execute(CIRCUIT_STATE).scalar_one_or_none())


def trouble_of_new_job(conn: Connection, *, now: datetime) -> Trouble | None:
    """Return why a job that is being accepted has to wait, and have that looked into soon."""
    current = circuit(conn)
    if domain.hurry(current, now) != current:
        _change(conn, partial(domain.hurry, now=now))
    return current.trouble


def let_through(conn: Connection, job_id: str, request_id: str, *, now: datetime) -> None:
    """Let a call begin; if the circuit is half open, as its one trial. Raises `CircuitOpenError`.

    Call it last in the transaction that begins the call: no other lock is taken under the circuit's.
    """
    if circuit(conn).trouble is None:
        return
    current = _locked(conn)
    if current.trouble is None:
        return
    if not current.lets_through(job_id, now):
        raise CircuitOpenError(current.trouble.value)
    _store(conn, domain.begin_trial(current, request_id, now))


def record_outcome(
    conn: Connection, request_id: str, job_id: str, outcome: CallOutcome, *, now: datetime
) -> CircuitChange:
    """Count what a call shows about the provider. A success of a closed circuit without faults writes nothing."""
    before = circuit(conn)
    if (outcome is CallOutcome.BUSY and before.trial != request_id) or (
        outcome is CallOutcome.WELL and before == Circuit()
    ):
        return CircuitChange(before=before, after=before)
    began = select(calls.c.submitted_at).where(calls.c.request_id == request_id)
    began_at = conn.execute(began).scalar_one_or_none() or now
    turn = partial(
        domain.record, outcome=outcome, job_id=job_id, request_id=request_id, began_at=began_at, now=now
    )
    return _change(conn, turn)


def end_trouble(conn: Connection, trouble: Trouble) -> CircuitChange:
    """Close the circuit if it is open for this trouble, which is over."""
    return _change(conn, partial(domain.end, trouble=trouble))


def begin_probe(conn: Connection, *, now: datetime) -> bool:
    """Take a probe that is due, so that no other worker does; return whether there was one."""
    if not circuit(conn).is_probe_due(now):
        return False
    current = _locked(conn)
    if not current.is_probe_due(now):
        return False
    _store(conn, domain.begin_probe(current, now))
    return True


def end_probe(
    conn: Connection, balance: Balance | None, *, price_micro_usd: int, now: datetime
) -> CircuitChange:
    """Record the answer to a probe, None if there was none. `price_micro_usd` is that of one picture."""
    return _change(conn, partial(domain.end_probe, balance=balance, price_micro_usd=price_micro_usd, now=now))


def restart_circuit(conn: Connection, *, now: datetime) -> None:
    """Make a probe due: a worker has started, perhaps with another key."""
    if circuit(conn).trouble is not None:
        _change(conn, partial(domain.restart, now=now))


def announce_trouble(conn: Connection, *, balance_micro_usd: int | None, now: datetime) -> None:
    """Tell the operator, and each server with a mod-log and a job that waits, of the trouble, each of them once."""
    current = circuit(conn)
    if current.trouble is None:
        return
    is_open = is_unshown & jobs.c.state.in_([state.value for state in OPEN])
    waiting = select(jobs.c.guild_id).where(is_open).distinct()
    subject = None if balance_micro_usd is None else str(balance_micro_usd)
    for guild_id in (None, *conn.execute(waiting.where(jobs.c.guild_id.is_not(None))).scalars()):
        provider_trouble(conn, _TOPICS[current.trouble], guild_id, None, subject=subject, now=now)
    _change(conn, lambda latest: domain.told(latest) if latest.trouble is current.trouble else latest)


def others_succeed(conn: Connection, job_id: str, index: int, *, same: frozenset[int]) -> bool:
    """Return whether other pictures were made since the first call for this one, and none by the same prompt.

    `same` are the renders of the job with the prompt of the render `index`.
    """
    since = select(func.min(calls.c.submitted_at)).where(calls.c.job_id == job_id, calls.c.idx == index)
    charged = (
        select(calls.c.job_id, calls.c.idx)
        .where(calls.c.charge == "charged", calls.c.idx != NO_PICTURE)
        .where(calls.c.submitted_at >= since.scalar_subquery())
    )
    by_same_prompt = [row.job_id == job_id and row.idx in same for row in conn.execute(charged)]
    return bool(by_same_prompt) and not any(by_same_prompt)


def _change(conn: Connection, turn: Callable[[Circuit], Circuit]) -> CircuitChange:
    before = _locked(conn)
    after = turn(before)
    if after != before:
        _store(conn, after)
    return CircuitChange(before=before, after=after)


def _locked(conn: Connection) -> Circuit:
    """Read the circuit and lock it until the end of the transaction."""
    lock_row(conn, notes, {"key": _KEY, "value": "{}"}, as_is=notes.c.value)
    return circuit(conn)


def _store(conn: Connection, changed: Circuit) -> None:
    value = msgspec.json.encode(changed).decode()
    conn.execute(update(notes).where(notes.c.key == _KEY).values(value=value))


def read_circuit(value: str | None) -> Circuit:
    """Read a stored circuit; one that another version wrote and this one cannot read is closed."""
    try:
        return msgspec.json.decode(value or "{}", type=Circuit)
    except msgspec.DecodeError:
        return Circuit()
