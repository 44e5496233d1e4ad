"""Which addresses a result may be fetched from. Everything else a provider names stays unvisited."""

from __future__ import annotations

import ipaddress
import re

from yarl import URL

from bot.domain.rendering import ResultFetchError
from bot.errors import SetupError

# Hosts seen in answers and samples of the Seedream family. A `*` stands for part of one label, never a dot.
DEFAULT_RESULT_HOSTS = frozenset(
    {
        "cdn.aimlapi.com",
        "*.fal.media",
        "ark-content-generation-*.tos-*.volces.com",
    }
)
_URL = re.compile(r"[!-~]{1,4096}")  # printable ASCII without spaces: nothing that could add a header


class Places:
    """The hosts (https, default port) and whole origins from which results are fetched.

    `origins` are exact, such as `http://127.0.0.1:8080` for an offline provider; http only on loopback.
    Raises `SetupError` for any other.
    """

    def __init__(self, hosts: frozenset[str], origins: frozenset[str] = frozenset()) -> None:
        self._hosts = [_host_pattern(host) for host in sorted(hosts)]
        self._origins = frozenset(_origin(origin) for origin in origins)

    def check(self, address: str) -> URL:
        """The address as a URL to fetch unchanged. Raises `ResultFetchError`; its detail names the host only."""
        if not _URL.fullmatch(address):
            raise ResultFetchError("the result's address has letters no address has")
        try:
            # A signature covers the exact letters of the address: nothing may be quoted anew.
            url = URL(address, encoded=True)
            host, origin = (url.host or "").lower(), url.origin()
        except ValueError:
            raise ResultFetchError("the result's address cannot be read") from None
        if "@" in url.raw_authority:
            raise ResultFetchError("the result's address carries a login")
        if str(origin).lower() in self._origins:
            return url
        if url.scheme != "https" or url.port != 443:
            raise ResultFetchError(f"the result is not at plain https but {url.scheme[:10]} on {host[:100]}")
        if not any(pattern.fullmatch(host) for pattern in self._hosts):
            raise ResultFetchError(f"results are not fetched from {host[:100]}")
        return url


def _host_pattern(host: str) -> re.Pattern[str]:
    return re.compile(re.escape(host.lower()).replace(r"\*", "[a-z0-9-]+"))


def _origin(text: str) -> str:
    """`scheme://host[:port]`, as yarl writes it."""
    try:
        origin = URL(text).origin()
    except ValueError:
        raise SetupError(f"{text!r} is not an origin such as https://cdn.example.com") from None
    if origin.scheme != "https" and not (origin.scheme == "http" and _is_loopback(origin.host or "")):
        raise SetupError(
            f"results over {origin.scheme} are fetched from this machine only, not from {origin}"
        )
    return str(origin).lower()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
