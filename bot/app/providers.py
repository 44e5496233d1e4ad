"""The clients for the AIML API, and what watches its prices and the balance."""

from __future__ import annotations

from typing import TypeVar

from bot.app.base import Base
from bot.domain.prices import PriceSource
from bot.domain.provider import Provider
from bot.domain.rewriting import AltTextWriter, Rewriter
from bot.errors import SetupError
from bot.seedream.chat import ChatAltTextWriter, ChatModel, ChatRewriter
from bot.seedream.client import SeedreamProvider
from bot.seedream.video import HailuoProvider
from bot.seedream.wire.video import VideoApi
from bot.services.balance import BalanceWatch
from bot.services.prices import PriceKeeper
from bot.settings import Settings
from bot.storage.stores import SqlMoneyStore

_Chat = TypeVar("_Chat", bound=ChatModel)


def build_provider(
    settings: Settings, base: Base, *, result_origins: frozenset[str] = frozenset()
) -> SeedreamProvider:
    return SeedreamProvider(
        base.session,
        base_url=settings.aimlapi_base_url,
        api_key=_key_of(settings),
        timeout_s=settings.easel_provider_timeout_s,
        result_origins=result_origins,
        now=base.clock.now,
    )


def build_video_provider(
    settings: Settings, base: Base, *, result_origins: frozenset[str] = frozenset()
) -> HailuoProvider:
    return HailuoProvider(
        base.session,
        base_url=settings.aimlapi_base_url,
        api_key=_key_of(settings),
        api=VideoApi(settings.easel_video_api),
        result_origins=result_origins,
        now=base.clock.now,
    )


def build_price_keeper(base: Base, source: PriceSource | None) -> PriceKeeper:
    """Build what keeps this process's prices up to date; without a `source` it reads what other processes asked."""
    return PriceKeeper(
        models=base.models,
        source=source,
        key_values=base.key_values,
        money=SqlMoneyStore(base.store),
        clock=base.clock,
    )


def build_balance_watch(settings: Settings, base: Base, provider: Provider) -> BalanceWatch:
    return BalanceWatch(
        provider=provider,
        money=SqlMoneyStore(base.store),
        clock=base.clock,
        warn_micro_usd=settings.balance_warn_micro_usd,
    )


def _key_of(settings: Settings) -> str:
    if settings.aimlapi_api_key is None:
        raise SetupError("AIMLAPI_API_KEY is not set")
    return settings.aimlapi_api_key.get_secret_value()


def build_rewriter(settings: Settings, base: Base) -> Rewriter | None:
    """Build the rewriter; None if the operator has switched rewriting off."""
    return build_chat(ChatRewriter, settings.easel_enhance_model, settings, base)


def build_alt_text_writer(settings: Settings, base: Base) -> AltTextWriter | None:
    """Build the model that writes alt text; None if the prompt is the alt text."""
    model = settings.easel_describe_model if settings.has_alt_text_written else ""
    return build_chat(ChatAltTextWriter, model, settings, base)


def build_chat(kind: type[_Chat], model: str, settings: Settings, base: Base) -> _Chat | None:
    """Build a chat model; None if it is switched off, or this process has no key."""
    key = settings.aimlapi_api_key
    if key is None or not model:
        return None
    origin, key_text = settings.aimlapi_base_url, key.get_secret_value()
    return kind(
        base.session,
        base_url=origin,
        api_key=key_text,
        model=model,
        now=base.clock.now,
        observer=base.observer,
    )
