"""How c2pa-python is set, for signing and for reading: alike, and without ever making a connection."""

from __future__ import annotations

import json
from typing import Final

# What a signer's certificate may be for: e-mail protection, document signing, C2PA claims. Without this list the
# library takes the first alone, whereas the authorities of C2PA's own list make certificates for the last.
PURPOSES: Final = ("1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.36", "1.3.6.1.4.1.62558.2.1")
_OTHERS: Final = ("1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.9")  # time-stamping and OCSP-signing authorities


def library_settings(authority: str = "") -> str:
    """Return the JSON of a `c2pa.Context`. `authority` is a certificate in PEM: what it signed is trusted."""
    trust = {"trust_config": "\n".join((*PURPOSES, *_OTHERS))}
    told = {
        "trust": {**trust, "trust_anchors": authority} if authority else trust,
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False},
        "builder": {"thumbnail": {"enabled": False}},  # else a signature takes 137 KiB to 1.4 MB
    }
    return json.dumps(told)
