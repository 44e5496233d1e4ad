"""The program of a child process that reads a signature: `python -m bot.provenance.reader_process MIME [AUTHORITY]`.

The file comes on standard input, AUTHORITY is a certificate in PEM. What the signature says goes to standard output as
JSON, with the exit status 0, whatever the file is. A large library reads a stranger's bytes, so it runs here, apart
from everything else, under limits and without making a connection.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Final

from c2pa import C2paError, Context, Reader

from bot.child import limit_this_process
from bot.domain.provenance import AI_SOURCES, MAX_TOLD
from bot.formats.xmp import last_part
from bot.provenance.c2pa_settings import library_settings

_MAX_CPU_S: Final = 5
# The first says that the chain is ours, which is public; only the second, that its key has signed this claim.
_OF_A_TRUSTED_SIGNER: Final = {"signingCredential.trusted", "claimSignature.validated"}
_REWRITTEN: Final = "assertion.hashedURI.mismatch"  # what the manifest says is not what was signed
_EXPIRED: Final = "signingCredential.expired"
# Codes that say nothing about the file: the signer or the time is not vouched for.
_HARMLESS: Final = ("signingCredential.untrusted", "signingCredential.ocsp.", "timeStamp.")

# Codes of a broken signature, as opposed to a changed file.
_WORTHLESS: Final = ("claimSignature.", "claim.")

# Raised where there is no readable signature: by the library, or by us upon JSON of another shape.
_NO_SIGNATURE: Final = (C2paError, LookupError, TypeError, ValueError, AttributeError)


def read_signature(data: bytes, mime: str, authority: str) -> dict[str, str | bool]:
    """Return what a file's signature says: the fields of `bot.provenance.reading.Told`."""
    with Reader(mime, io.BytesIO(data), context=Context.from_json(library_settings(authority))) as reader:
        found: dict[str, Any] = json.loads(reader.json())
    results = found.get("validation_results", {}).get("activeManifest", {})
    failures = {str(one["code"]) for one in results.get("failure", ())}
    if (state := state_of(failures)) == "broken":  # then whatever it says was said by nobody
        return {"state": state}
    manifest = found["manifests"][found["active_manifest"]]
    signature = manifest.get("signature_info", {})
    kind, is_of_ingredient = ("", False)
    if _REWRITTEN not in failures:
        kind, is_of_ingredient = _source_type(found["manifests"], found["active_manifest"])
    return {
        "state": state,
        "is_trusted": {str(one["code"]) for one in results.get("success", ())} >= _OF_A_TRUSTED_SIGNER,
        "signer": _text(signature.get("common_name") or signature.get("issuer")),
        "tool": _tool(manifest),
        "source_type": kind,
        "is_of_ingredient": is_of_ingredient,
    }


def state_of(failures: set[str]) -> str:
    """Return one of `bot.domain.provenance.SignatureState`."""
    grave = {code for code in failures if code != _EXPIRED and not code.startswith(_HARMLESS)}
    if any(code.startswith(_WORTHLESS) for code in grave):
        return "broken"
    if any(code.endswith((".mismatch", ".missing")) for code in grave):
        return "changed"
    if grave:
        return "broken"
    return "expired" if _EXPIRED in failures else "intact"


def _tool(manifest: Mapping[str, Any]) -> str:
    for one in manifest.get("claim_generator_info") or ():
        return _text(f"{one.get('name', '')} {one.get('version') or ''}".strip())
    return _text(manifest.get("claim_generator"))


def _source_type(manifests: Mapping[str, Any], active: str) -> tuple[str, bool]:
    """Return the source type that says most, any of AI first, and whether only an ingredient has it."""
    own = list(_source_types(manifests[active]))
    others = [kind for name, one in manifests.items() if name != active for kind in _source_types(one)]
    for kinds, is_of_ingredient in ((own, False), (others, True)):
        for kind in kinds:
            if kind in AI_SOURCES:
                return kind, is_of_ingredient
    return next(iter(own), ""), False


def _source_types(manifest: Mapping[str, Any]) -> Iterator[str]:
    for assertion in manifest.get("assertions", ()):
        if str(assertion.get("label")).startswith("c2pa.actions"):
            for action in assertion["data"].get("actions", ()):
                if kind := _text(action.get("digitalSourceType")):
                    yield last_part(kind)


def _text(value: object) -> str:
    return value[: 2 * MAX_TOLD] if isinstance(value, str) else ""


def main(mime: str, authority: str = "") -> int:
    """Read the file on standard input; return the exit status."""
    limit_this_process(cpu_s=_MAX_CPU_S)
    try:
        answer = read_signature(sys.stdin.buffer.read(), mime, authority)
    except _NO_SIGNATURE:
        answer = {"state": "broken"}
    sys.stdout.write(json.dumps(answer))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
