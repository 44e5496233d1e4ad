"""The port `Signer` on c2pa-python. Needs the extra `provenance`."""

from __future__ import annotations

import base64
import io
import logging
from typing import Final

from c2pa import Builder, C2paBuilderIntent, C2paDigitalSourceType, C2paError, C2paSignerInfo, C2paSigningAlg
from c2pa import Context as C2paContext
from c2pa import Signer as C2paSigner

from bot import __version__
from bot.domain.pictures import Mark
from bot.domain.provenance import MAX_MANIFEST_BYTES
from bot.errors import SetupError
from bot.provenance.c2pa_settings import library_settings
from bot.provenance.credentials import CERTIFICATE, Credentials

log = logging.getLogger(__name__)

GENERATOR: Final = "Easel"
# A signature of an MP4 takes 110 bytes more than one of a PNG, and the longer source type 13.
_MORE_BYTES: Final = 512
_SOURCES: Final = {
    Mark.GENERATED: C2paDigitalSourceType.TRAINED_ALGORITHMIC_MEDIA,
    Mark.COMPOSITE: C2paDigitalSourceType.COMPOSITE_WITH_TRAINED_ALGORITHMIC_MEDIA,
}
_SAMPLE: Final = base64.b64decode(  # a PNG of one pixel
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg=="
)


class ResultSigner:
    """Implements `bot.domain.provenance.Signer`. Safe to use from several threads.

    What it writes is the same for everybody: Easel and its version, that the file was created, and how. No prompt, no
    person, and no time, as no authority for time stamps is asked.
    """

    def __init__(self, credentials: Credentials) -> None:
        """Sign a sample, to learn how large a signature is. Raises `SetupError` where that fails.

        With an expired certificate it signs nothing, and has failed from the start.
        """
        algorithm = C2paSigningAlg[credentials.algorithm]
        self._is_expired = self._is_failing = self.has_failed = credentials.is_expired
        self.room_bytes = 0
        if self._is_expired:
            return
        try:
            info = C2paSignerInfo(algorithm, credentials.chain.encode(), credentials.key.encode(), None)
            self._signer = C2paSigner.from_info(info)
            self._context = C2paContext.from_json(library_settings())
            signed = self._signed(_SAMPLE, "image/png", Mark.GENERATED)
        except C2paError as error:
            raise SetupError(f"{CERTIFICATE} does not sign: {error}") from error
        self.room_bytes = len(signed) - len(_SAMPLE) + _MORE_BYTES
        if self.room_bytes > MAX_MANIFEST_BYTES:
            raise SetupError(
                f"{CERTIFICATE}: a signature with these certificates takes {self.room_bytes} bytes"
            )

    def sign(self, data: bytes, mime: str, mark: Mark) -> bytes:
        """Return the file with a signature, see the port."""
        if self._is_expired:
            return data
        try:
            signed = self._signed(data, mime, mark)
            if len(signed) > len(data) + self.room_bytes:
                raise ValueError(f"a signature of {len(signed) - len(data)} bytes")  # noqa: TRY301  # ends as the others
        except Exception as error:  # noqa: BLE001  # whatever it is: what is paid for is delivered unsigned
            if not self._is_failing:
                log.error("results are delivered without a signature: %s: %s", type(error).__name__, error)  # noqa: TRY400  # the library's words are enough
            self._is_failing = self.has_failed = True
            return data
        if self._is_failing:
            log.warning("results are signed again")
        self._is_failing = False
        return signed

    def _signed(self, data: bytes, mime: str, mark: Mark) -> bytes:
        told = {"claim_generator_info": [{"name": GENERATOR, "version": __version__}]}
        out = io.BytesIO()
        with Builder(told, self._context) as builder:
            builder.set_intent(C2paBuilderIntent.CREATE, _SOURCES[mark])
            builder.sign(self._signer, mime, io.BytesIO(data), out)
        return out.getvalue()
