"""The store ports on a `Store`: each method is one operation of this package in one transaction.

The ports document the methods. pyright compares the signatures of port and operation where `bot.app.wiring` passes a
store as its port.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CoroutineType
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from bot.storage import circuit as circuit_ops
from bot.storage import claim as claim_ops  # in the class body, `claim` is the method
from bot.storage import copies as copies_ops
from bot.storage import figures as figures_ops
from bot.storage import gateways as gateway_ops
from bot.storage import history, library, personal_data, policy, rows, work
from bot.storage import queue as queue_ops
from bot.storage import submit as submit_ops
from bot.storage.engine import Store
from bot.storage.moderation import changes, modlog, outbox, reading

P = ParamSpec("P")
T = TypeVar("T")


class _OnStore:
    def __init__(self, store: Store) -> None:
        self.tx = store.tx


def operation(
    op: Callable[Concatenate[Connection, P], T],
) -> Callable[Concatenate[_OnStore, P], CoroutineType[Any, Any, T]]:
    """Return a method that runs `op` in one transaction; it takes the arguments of `op` after the connection."""

    async def method(self: _OnStore, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.tx(op, *args, **kwargs)

    return method


class SqlJobStore(_OnStore):
    """Implements `bot.domain.ports.stores.JobStore`."""

    submit = operation(submit_ops.submit)
    record_denial = operation(submit_ops.record_denial)
    card_shown = operation(queue_ops.card_shown)
    keep_queued = operation(queue_ops.keep_queued)
    cancel = operation(queue_ops.cancel)
    cancellation_shown = operation(queue_ops.cancellation_shown)
    withdraw = operation(queue_ops.withdraw)
    get = operation(rows.load_job)
    queue = operation(queue_ops.queue_of)
    render_seconds = operation(queue_ops.render_seconds)
    spend = operation(queue_ops.spend)
    held = operation(personal_data.held)
    export = operation(personal_data.export)
    decisions = operation(personal_data.decisions)
    forget = operation(personal_data.forget_person)
    forget_counts = operation(personal_data.forget_counts)
    forget_old = operation(personal_data.forget_old_jobs)
    claim = operation(claim_ops.claim)
    renew_leases = operation(claim_ops.renew_leases)
    hand_back = operation(claim_ops.hand_back)
    abandon_leases = operation(claim_ops.abandon_leases)
    expire = operation(queue_ops.expire)
    waiting = operation(queue_ops.waiting)
    set_size = operation(work.set_size)
    begin_description = operation(submit_ops.begin_description)
    begin_rewriting = operation(work.begin_rewriting)
    end_rewriting = operation(work.end_rewriting)
    begin_alt_text = operation(work.begin_alt_text)
    end_alt_text = operation(work.end_alt_text)
    begin_call = operation(work.begin_call)
    end_call = operation(work.end_call)
    open_calls = operation(queue_ops.open_calls)
    others_succeed = operation(circuit_ops.others_succeed)
    render_waits = operation(work.render_waits)
    render_done = operation(work.render_done)
    render_created = operation(work.render_created)
    render_packed = operation(work.render_packed)
    render_failed = operation(work.render_failed)
    finish_rendering = operation(work.finish_rendering)
    deliver = operation(work.deliver)
    undeliverable = operation(work.undeliverable)
    reload = operation(work.reload)


class SqlCircuitStore(_OnStore):
    """Implements `bot.domain.ports.circuit.CircuitStore`."""

    circuit = operation(circuit_ops.circuit)
    restart = operation(circuit_ops.restart_circuit)
    record_outcome = operation(circuit_ops.record_outcome)
    end_trouble = operation(circuit_ops.end_trouble)
    begin_probe = operation(circuit_ops.begin_probe)
    end_probe = operation(circuit_ops.end_probe)
    announce = operation(circuit_ops.announce_trouble)


class SqlFiguresStore(_OnStore):
    """Implements `bot.domain.ports.observer.FiguresStore`."""

    figures = operation(figures_ops.figures)
    cache_figures = operation(figures_ops.cache_figures)


class SqlGatewayStore(_OnStore):
    """Implements `bot.domain.ports.gateways.GatewayStore`."""

    take_turn = operation(gateway_ops.take_turn)
    note_served = operation(gateway_ops.note_served)
    served = operation(gateway_ops.served)


class SqlMoneyStore(_OnStore):
    """Implements `bot.domain.ports.money.MoneyStore`."""

    note_balance = operation(outbox.note_balance)
    forget_told_prices = operation(outbox.forget_told_prices)


class SqlSigningStore(_OnStore):
    """Implements `bot.domain.provenance.SigningStore`."""

    note_unsigned = operation(outbox.note_unsigned)


class SqlKeyValueStore(_OnStore):
    """Implements `bot.domain.ports.stores.KeyValueStore`."""

    read_value = operation(queue_ops.read_value)
    write_value = operation(queue_ops.write_value)
    record_heartbeat = operation(queue_ops.record_heartbeat)
    drop_heartbeat = operation(queue_ops.drop_heartbeat)
    heartbeats = operation(queue_ops.heartbeats)
    ping = operation(queue_ops.ping)


class SqlModerationStore(_OnStore):
    """Implements `bot.domain.ports.moderation.ModerationStore`."""

    facts = operation(policy.read_facts)
    apply = operation(changes.apply_change)
    apply_all = operation(changes.apply_changes)
    propose = operation(reading.propose)
    proposal = operation(reading.take_proposal)
    settings = operation(reading.settings)
    rule = operation(reading.rule)
    filters = operation(reading.filters_of)
    blocks = operation(reading.blocks_of)
    grants = operation(reading.grants_of)
    past_denials = operation(reading.past_denials)
    audit = operation(reading.audit_of)
    spent = operation(reading.spent_of)
    report = operation(modlog.store_report)
    removable = operation(changes.removable)
    next_entry = operation(modlog.next_entry)
    told = operation(modlog.mark_told)
    tell_later = operation(modlog.tell_later)
    watch_budgets = operation(modlog.watch_budgets)
    forget_old = operation(modlog.forget_old)


class SqlImageCacheStore(_OnStore):
    """Implements `bot.domain.ports.blobs.ImageCacheStore`."""

    register = operation(copies_ops.register)
    surplus = operation(copies_ops.surplus)
    copies = operation(copies_ops.copies)
    unneeded = operation(copies_ops.unneeded)
    unregister = operation(copies_ops.unregister)
    unregister_folder = operation(copies_ops.unregister_folder)


class SqlHistoryStore(_OnStore):
    """Implements `bot.domain.ports.library.HistoryStore`."""

    by_card = operation(history.by_card)
    past = operation(history.past)
    family = operation(history.family)
    children = operation(history.children)
    remove = operation(history.remove_result)
    share = operation(history.share_result)
    favour = operation(history.favour)
    is_favourite = operation(history.is_favourite)
    favourites = operation(history.favourites_page)


class SqlLibraryStore(_OnStore):
    """Implements `bot.domain.ports.library.LibraryStore`."""

    tray = operation(library.tray_pictures)
    announce_on_tray = operation(library.announce)
    put_on_tray = operation(library.put_on_tray)
    take_off_tray = operation(library.take_off)
    move_on_tray = operation(library.move_on_tray)
    left_over = operation(library.left_over)
    forget_left_over = operation(library.forget_left_over)
    presets = operation(library.presets_for)
    preset = operation(library.preset_named)
    save_preset = operation(library.save_preset)
    drop_preset = operation(library.drop_stored_preset)
    defaults = operation(library.defaults_of)
    defaults_in = operation(library.defaults_in)
    set_defaults = operation(library.set_defaults)
    server_enhances = operation(library.server_enhances)
    set_server_enhances = operation(library.set_server_enhances)
    put_draft = operation(library.put_draft)
    find_draft = operation(library.find_draft)
    take_draft = operation(library.take_draft)
