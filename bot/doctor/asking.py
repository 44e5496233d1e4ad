"""Questions over HTTP, and the clock in their answers; what keeps them from being answered comes with a remedy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp
from yarl import URL

from bot.doctor.diagnosis import Diagnosis, UnwellError, bad, good, warning
from bot.seedream.http import TooManyBytesError, get
from bot.seedream.wire.reply import Reply

_MAX_BYTES: Final = 8 * 1024 * 1024  # the API's whole list of models was 1.3 MB
SKEW_S: Final = 5.0
MAX_SKEW_S: Final = 60.0
NETWORK: Final = "Look at this machine's network, firewall and proxy."
_SET_CLOCK: Final = "Let this machine set its clock by NTP, then restart Easel."

Now = Callable[[], datetime]


async def ask(
    session: aiohttp.ClientSession, address: str, *, headers: Mapping[str, str] | None = None, now: Now
) -> Reply:
    """Return the reply to a GET, whatever its status. Raises `UnwellError` if there is none."""
    url = URL(address)
    try:
        return await get(session, url, headers=headers or {}, max_bytes=_MAX_BYTES, now=now)
    except aiohttp.ClientConnectorDNSError:
        raise UnwellError(
            f"{url.host} is not found (DNS)", "Put this machine's DNS, or the address, right."
        ) from None
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError):
        remedy = "Look at this machine's clock and CA certificates, and for a proxy in between."
        raise UnwellError(f"the certificate of {url.host} is not accepted", remedy) from None
    except TooManyBytesError:
        raise UnwellError(f"{url.host} answers with more than anybody asked for", NETWORK) from None
    except (aiohttp.ClientError, OSError) as error:
        # Not the error's text, which may hold an address with a token in it.
        raise UnwellError(f"no connection to {url.host} ({type(error).__name__})", NETWORK) from None


async def diagnose_clock(
    session: aiohttp.ClientSession, whose: str, address: str, *, now: Now
) -> list[Diagnosis]:
    """Compare this machine's clock with the `Date` of an answer, which gives whole seconds."""
    asked_at = now()
    try:
        reply = await ask(session, address, now=now)
        told = parsedate_to_datetime(reply.headers.get("date", ""))
    except (UnwellError, ValueError) as error:
        why = str(error) if isinstance(error, UnwellError) else "no date told"
        return [warning("clock", f"not compared with {whose}'s: {why}", "Compare it by hand: `date -u`.")]
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    ahead_s = (asked_at + (reply.received_at - asked_at) / 2 - told).total_seconds() - 0.5
    if abs(ahead_s) <= SKEW_S:
        return [good("clock", f"within {SKEW_S:g} s of {whose}'s")]
    cause = f"{abs(ahead_s):.0f} s {'ahead of' if ahead_s > 0 else 'behind'} {whose}'s"
    if abs(ahead_s) <= MAX_SKEW_S:
        return [warning("clock", cause, _SET_CLOCK)]
    return [bad("clock", f"{cause}: Easel misjudges what has expired", _SET_CLOCK)]
