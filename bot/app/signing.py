"""Signatures, wired: the operator's certificate, what signs results with it, and what watches over that."""

from __future__ import annotations

import logging

from bot.app.base import Base
from bot.clock import SystemClock
from bot.domain.ports.outside import Clock
from bot.domain.provenance import Signer
from bot.provenance.credentials import CERTIFICATE, ENDS_SOON, Credentials, load_credentials
from bot.services.signing import SigningWatch
from bot.settings import Settings
from bot.storage.stores import SqlSigningStore

log = logging.getLogger(__name__)


def credentials_of(
    settings: Settings, clock: Clock | None = None, *, needs_key: bool = True
) -> Credentials | None:
    """Return the operator's certificate and key; None without. Raises `SetupError` with a line for each problem.

    What only reads signatures does without the key.
    """
    now = (clock or SystemClock()).now()
    found = load_credentials(
        settings.easel_c2pa_certificate, settings.easel_c2pa_key, now=now, needs_key=needs_key
    )
    if found is not None and found.is_expired:
        log.error("%s ended on %s: results are not signed", CERTIFICATE, found.expires_at.date())
    elif found is not None and found.expires_at - now < ENDS_SOON:
        log.warning("%s ends on %s: results are not signed after that", CERTIFICATE, found.expires_at.date())
    return found


def build_signer(credentials: Credentials | None) -> Signer | None:
    """Build what signs results; None without a certificate, and nothing is imported. Raises `SetupError`."""
    if credentials is None:
        return None
    from bot.provenance.signing import ResultSigner

    return ResultSigner(credentials)


def build_signing_watch(base: Base, signer: Signer) -> SigningWatch:
    return SigningWatch(signer=signer, store=SqlSigningStore(base.store), clock=base.clock)
