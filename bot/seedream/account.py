"""Where the API is and how we introduce ourselves, checked before the first call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from yarl import URL

from bot.errors import SetupError


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The API's address without a trailing slash, and the headers of every call. The key is not in its repr."""

    base_url: str
    headers: Mapping[str, str] = field(repr=False)


def open_account(*, base_url: str, api_key: str) -> Account:
    """Raises `SetupError` for an address or key that cannot work. The error does not repeat them."""
    return Account(base_url=_checked_base_url(base_url), headers=_headers(api_key))


def _checked_base_url(text: str) -> str:
    base = text.rstrip("/")
    try:
        url = URL(base)
        usable = url.scheme in {"http", "https"} and url.host and not (url.user or url.query or url.fragment)
    except ValueError:
        usable = False
    if not usable:
        raise SetupError("The API's address must look like https://api.aimlapi.com.")
    if base.endswith(("/v1", "/v2")):
        raise SetupError("The API's address must end before its version: leave out /v1.")
    return base


def _headers(api_key: str) -> Mapping[str, str]:
    """`Connection: close` keeps a paid request off a connection that the server may be closing at that
    moment, which would leave its outcome unknown. `identity` keeps the loop from unpacking megabytes.
    """
    if not api_key or not api_key.isascii() or not api_key.isprintable() or " " in api_key:
        raise SetupError("The API key is empty, or has letters that no key has.")
    return {
        "Authorization": f"Bearer {api_key}",
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
