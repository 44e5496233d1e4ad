"""Checks of the AIML API: the key and its limit, the balance, the models and their prices. None costs anything."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from bot.doctor.asking import Now, ask
from bot.doctor.diagnosis import Diagnosis, Severity, UnwellError, bad, good, warning
from bot.domain.prices import PICTURE_UNITS, SECOND_UNITS, Doubt, Rate, differs, price_from
from bot.domain.provider import MICRO_USD
from bot.domain.sizes import Resolution
from bot.domain.video import VideoQuality
from bot.errors import SetupError
from bot.seedream.account import BILLING_PATH, KEY_PATH, MODELS_PATH, WORTH_MICRO_USD
from bot.seedream.catalogue import SEEDREAM_MODELS
from bot.seedream.http import ApiAccount, open_account
from bot.seedream.video import VIDEO_MODELS
from bot.seedream.wire.account import ApiKey, models_like, read_balance, read_key, read_models
from bot.seedream.wire.prices import read_prices
from bot.seedream.wire.reply import Reply
from bot.settings import Settings

KEYS: Final = "https://aimlapi.com/app/keys"
_NEARLY: Final = 0.8  # share of a key's limit from which it warns
_MODEL_SETTINGS: Final = (
    *("EASEL_MODEL", "EASEL_MODELS", "EASEL_VIDEO_MODEL"),
    *("EASEL_ENHANCE_MODEL", "EASEL_DESCRIBE_MODEL"),
)
_NEW_KEY: Final = f"Create one at {KEYS}, then set AIMLAPI_API_KEY."
_TOP_UP: Final = "Top up at the AIML API; jobs wait until then."


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderApi:
    """The API's free questions. `session` is not closed here."""

    session: aiohttp.ClientSession
    settings: Settings
    now: Now

    async def diagnose_setting(self) -> list[Diagnosis]:
        """Check that there is what could be a key."""
        self._account()
        return [good("key", "set, and not asked about")]

    def _account(self) -> ApiAccount:
        key = self.settings.aimlapi_api_key
        if key is None:
            raise UnwellError("AIMLAPI_API_KEY is not set", _NEW_KEY)
        try:
            return open_account(base_url=self.settings.aimlapi_base_url, api_key=key.get_secret_value())
        except SetupError as error:
            raise UnwellError(str(error).rstrip("."), "Copy it again.") from None

    async def get(self, path: str) -> Reply:
        """Return the reply to a GET with the key. Raises `UnwellError`."""
        account = self._account()
        return await ask(self.session, account.base_url + path, headers=account.headers, now=self.now)

    async def get_openly(self, path: str) -> Reply:
        """Return the reply to a GET that needs no key. Raises `UnwellError`."""
        return await ask(self.session, self.settings.aimlapi_base_url + path, now=self.now)


def _silence(reply: Reply) -> UnwellError:
    cause = f"the API answers HTTP {reply.status}" if not reply.succeeded else "the answer is not the API's"
    remedy = (
        "Look at AIMLAPI_BASE_URL, for a proxy in between, and at the API's status page; ask again later."
    )
    return UnwellError(cause, remedy)


async def diagnose_key(api: ProviderApi) -> list[Diagnosis]:
    """Check that the key is accepted, and what money is left."""
    reply = await api.get(BILLING_PATH)
    balance = read_balance(reply)
    if balance is None:
        raise _silence(reply)
    if balance.is_key_refused:
        raise UnwellError(f"the API does not accept it (HTTP {reply.status})", _NEW_KEY)
    return [good("key", "accepted"), _balance(balance.micro_usd, api.settings.balance_warn_micro_usd)]


def _balance(micro_usd: int | None, warn_micro_usd: int) -> Diagnosis:
    if micro_usd is None:
        return warning("balance", "not told in dollars", f"Look at it by hand: {KEYS}")
    left = f"${micro_usd / MICRO_USD:.2f}"
    if micro_usd <= WORTH_MICRO_USD:
        return bad("balance", f"{left}: the account is empty", _TOP_UP)
    if micro_usd < warn_micro_usd:
        return warning("balance", f"{left} will not last", _TOP_UP)
    return good("balance", left)


async def diagnose_key_limit(api: ProviderApi) -> list[Diagnosis]:
    """Check the key's own spending limit, and what it may be used for."""
    reply = await api.get(KEY_PATH)
    if reply.status in {401, 403, 404}:  # the check of the balance reports whether the key is accepted
        return [good("key limit", f"not told to this key (HTTP {reply.status}); see {KEYS}")]
    key = read_key(reply)
    if key is None:
        raise _silence(reply)
    if key.disabled:
        return [
            bad("key limit", "the key is disabled", f"Enable it at {KEYS}, or set another AIMLAPI_API_KEY.")
        ]
    return [*_scopes(key, api.settings), _limit(key)]


def _scopes(key: ApiKey, settings: Settings) -> list[Diagnosis]:
    wanted = {
        "model:image": (Severity.BAD, "pictures"),
        **({"model:video": (Severity.WARNING, "videos")} if settings.easel_video_model else {}),
        **({"model:chat": (Severity.WARNING, "enhance and Describe")} if _chats(settings) else {}),
    }
    remedy = f"Give it the scope at {KEYS}, or switch these off in the settings."
    return [
        Diagnosis(severity, "key limit", f"the key has no scope {scope}, for {what}", remedy)
        for scope, (severity, what) in wanted.items()
        if key.scopes and scope not in key.scopes
    ]


def _limit(key: ApiKey) -> Diagnosis:
    used = f"${key.monthly_usage:.2f} used this month"
    if key.limit is None:
        return good("key limit", f"none of its own, {used}")
    period = {"no_reset": "in all"}.get(key.limit.retention, f"a {key.limit.retention}")
    told = f"${key.limit.threshold:.2f} {period}, {used}"
    remedy = f"Raise it at {KEYS}, or wait for the next month; jobs wait until then."
    if key.limit.retention == "month" and key.monthly_usage >= key.limit.threshold:
        return bad("key limit", f"reached: {told}", remedy)
    if key.limit.retention == "month" and key.monthly_usage >= _NEARLY * key.limit.threshold:
        return warning("key limit", f"nearly reached: {told}", remedy)
    return good("key limit", told)


def _chats(settings: Settings) -> list[str]:
    chats = (settings.easel_enhance_model, settings.easel_describe_model)
    return [model for model in dict.fromkeys(chats) if model]


async def diagnose_models(api: ProviderApi) -> list[Diagnosis]:
    """Check that the API offers each model of the settings, for about the price that Easel expects."""
    settings = api.settings
    models = [*settings.models, *(model for model in _chats(settings) if model not in settings.models)]
    query = URL.build(query={"id": ",".join(models), "include": "pricing"})
    reply = await api.get_openly(f"{MODELS_PATH}{query}")
    prices = read_prices(reply)
    if prices is None:
        raise _silence(reply)
    lines = [_price(model, prices[model]) for model in models if model in prices]
    missing = [model for model in models if model not in prices]
    offered = read_models(await api.get_openly(MODELS_PATH)) if missing else None
    return [*lines, *(_missing(model, settings, offered or frozenset()) for model in missing)]


def _missing(model: str, settings: Settings, offered: frozenset[str]) -> Diagnosis:
    values = ((name, getattr(settings, name.lower())) for name in _MODEL_SETTINGS)
    names = [name for name, value in values if model in (value if isinstance(value, tuple) else (value,))]
    kinds = next((kind for kind in (SEEDREAM_MODELS, VIDEO_MODELS) if model in kind), None)
    others = [one for one in kinds if one in offered] if kinds else models_like(model, offered)
    remedy = f"Set {' and '.join(names)} to {' or '.join(others) or 'another, or update Easel'}."
    severity = Severity.BAD if model == settings.easel_model else Severity.WARNING
    return Diagnosis(severity, "model", f"{model} is not on offer", remedy)


def _price(model: str, rates: Sequence[Rate]) -> Diagnosis:
    if model in SEEDREAM_MODELS:
        built_in = SEEDREAM_MODELS[model].price_micro_usd
        return _compared(model, rates, built_in, "picture", PICTURE_UNITS, Resolution)
    if model in VIDEO_MODELS:
        built_in = VIDEO_MODELS[model].price_micro_usd_per_s
        return _compared(model, rates, built_in, "second", SECOND_UNITS, VideoQuality)
    return good("model", f"{model} is on offer")


def _compared(
    model: str,
    rates: Sequence[Rate],
    built_in: int,
    unit: str,
    units: Collection[str],
    sizes: Collection[str],
) -> Diagnosis:
    """Report the price Easel uses: the API's, or the built-in one if the API's is not believable."""
    price, ours = price_from(rates, units, sizes), f"${built_in / MICRO_USD:.4f} a {unit}"
    told = " or ".join(dict.fromkeys(f"${rate.usd:.4f} per {rate.unit}" for rate in rates))
    if isinstance(price, Doubt):
        line = f"{model}, price {f'told as {told}' if told else 'not told'}; Easel goes by {ours}"
        remedy = "Compare it with your bill. What is booked is what each answer tells."
        return warning("model", line, remedy) if price is Doubt.ABSURD else good("model", line)
    live = f"${price.micro_usd / MICRO_USD:.4f} a {unit}"
    if len(set(price.sizes.values())) > 1:
        sizes_told = (f"{size} ${micro_usd / MICRO_USD:.4f}" for size, micro_usd in price.sizes.items())
        live = f"{', '.join(sizes_told)} a {unit}"
    was = f" (Easel's own list: {ours})" if differs(price.micro_usd, built_in) else ""
    return good("model", f"{model}, {live}{was}")
