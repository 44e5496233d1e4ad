"""`GET /v2/billing`, `/v1/key`, `/v1/models`, `/models/metrics`: the balance, the key, the models and their pace."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Annotated

import msgspec

from bot.domain.provider import MICRO_USD, BadKeyError, Balance
from bot.seedream.wire.errors import fault
from bot.seedream.wire.reply import UNREADABLE, Reply, is_modest, read

MAX_MODEL_MARKS = 200_000  # about 600 models of up to 30 tags each, several times over
MAX_BALANCE_USD = 1e9  # no account holds more
MAX_ALIKE = 5
_DURATION = msgspec.Meta(ge=1_000, le=600_000)  # milliseconds: anything else is no time of a picture
_ALIKE = 0.5  # the least similarity by difflib's measure
_MODEL_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}")


class _Billing(msgspec.Struct):
    current_balance: float
    currency: str = "USD"


class _Model(msgspec.Struct):
    id: str | None = None
    aliases: list[str] | None = None


class _Models(msgspec.Struct):
    data: list[_Model]


class _Percentiles(msgspec.Struct):
    p50: Annotated[float, _DURATION]


class _Metrics(msgspec.Struct):
    duration_ms: _Percentiles


class _Measured(msgspec.Struct):
    alias: str
    metrics: _Metrics


class _AllMeasured(msgspec.Struct):
    models: list[_Measured]  # those with a success in the last five minutes


class SpendingLimit(msgspec.Struct):
    """What a key may spend, in dollars, in each period: `day`, `week`, `month`, or `no_reset` for once and for all."""

    threshold: float
    retention: str = "no_reset"


class ApiKey(msgspec.Struct):
    """What the API says about a key. Without `scopes` it may do everything; usage is in dollars."""

    disabled: bool
    prefix: str = ""
    scopes: list[str] | None = None
    limit: SpendingLimit | None = None
    monthly_usage: float = 0.0


class _Key(msgspec.Struct):
    data: ApiKey


def read_key(reply: Reply) -> ApiKey | None:
    """Return what a reply says about the key; None if it says nothing about it."""
    if not reply.succeeded or not is_modest(reply.body):
        return None
    wrapped = read(_Key, reply.body)  # as in the API's schema; its list of endpoints shows it bare
    return wrapped.data if wrapped is not None else read(ApiKey, reply.body)


def read_balance(reply: Reply) -> Balance | None:
    """Return the balance in a reply; None if the API did not answer."""
    if not reply.succeeded:
        return Balance(is_key_refused=True) if isinstance(fault(reply, prompt=""), BadKeyError) else None
    if not is_modest(reply.body):
        return None
    try:
        billing = msgspec.json.decode(reply.body, type=_Billing, strict=False)
    except UNREADABLE:
        return None
    is_told = billing.currency.upper() == "USD" and abs(billing.current_balance) <= MAX_BALANCE_USD
    return Balance(micro_usd=round(billing.current_balance * MICRO_USD) if is_told else None)


def read_models(reply: Reply) -> frozenset[str] | None:
    """Return all names of all models in a reply, aliases included; None if the API did not answer with any."""
    if not reply.succeeded or not is_modest(reply.body, max_marks=MAX_MODEL_MARKS):
        return None
    try:
        listed = msgspec.json.decode(reply.body, type=_Models).data
    except UNREADABLE:
        return None
    names = (name for model in listed for name in (model.id or "", *(model.aliases or ())))
    return frozenset(name for name in names if _MODEL_ID.fullmatch(name)) or None


def read_typical_seconds(reply: Reply, model: str) -> float | None:
    """Return the median time of a call to the model; None if the API gave none, or none that a picture could take."""
    if not reply.succeeded or not is_modest(reply.body):
        return None
    try:
        measured = msgspec.json.decode(reply.body, type=_AllMeasured).models
    except UNREADABLE:
        return None
    return next((one.metrics.duration_ms.p50 / 1000 for one in measured if one.alias == model), None)


def models_like(model: str, offered: Iterable[str]) -> tuple[str, ...]:
    """Return at most MAX_ALIKE ids that resemble `model`, the closest first."""
    return tuple(difflib.get_close_matches(model, sorted(offered), n=MAX_ALIKE, cutoff=_ALIKE))
