"""Certificates and keys: checked before results are signed with them, or made for trying. Needs the extra."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from bot.errors import SetupError
from bot.provenance.c2pa_settings import PURPOSES
from bot.provenance.credentials import CERTIFICATE, KEY, Credentials

MIN_RSA_BITS: Final = 2048
_CURVES: Final = {"secp256r1": "ES256", "secp384r1": "ES384", "secp521r1": "ES512"}


def read_credentials(
    certificate: bytes | None, key: bytes | None, *, now: datetime, problems: list[str]
) -> Credentials | None:
    """Return what two files in PEM hold, None without a certificate; add what is wrong to `problems`."""
    chain = [] if certificate is None else _certificates(certificate, problems)
    private = None if key is None else _private_key(key, problems)
    algorithm = "" if private is None else _algorithm(private)
    if chain:
        problems += _chain_problems(chain, now)
    if private is not None and not algorithm:
        problems.append(f"{KEY}: use a key of P-256, P-384, P-521, Ed25519, or RSA from {MIN_RSA_BITS} bits")
    if not chain:
        return None
    if private is not None and _public(private) != _public(chain[0]):
        problems.append(f"{KEY} is not the key of the first certificate in {CERTIFICATE}")
    expires_at = min(one.not_valid_after_utc for one in chain)
    return Credentials(
        chain="".join(map(_pem, chain)),
        authority=_pem(chain[-1]),
        key="" if private is None else _key_pem(private),
        algorithm=algorithm,
        signer=_name(chain[0]),
        expires_at=expires_at,
        is_expired=expires_at <= now,
    )


def _certificates(data: bytes, problems: list[str]) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(data)
    except ValueError:
        problems.append(f"{CERTIFICATE} names a file without a readable certificate in PEM")
        return []


def _private_key(data: bytes, problems: list[str]) -> PrivateKeyTypes | None:
    try:
        return load_pem_private_key(data, password=None)
    except TypeError:
        problems.append(f"{KEY} names a key with a password: store it without one, for Easel's account alone")
    except (ValueError, UnsupportedAlgorithm):
        problems.append(f"{KEY} names a file without a readable private key in PEM")
    return None


def _chain_problems(chain: list[x509.Certificate], now: datetime) -> Iterator[str]:
    for each in chain:
        if each.not_valid_before_utc > now:
            yield f"{CERTIFICATE}: that of “{_name(each)}” begins on {each.not_valid_before_utc:%Y-%m-%d}"
    if not _purposes(chain[0]) & set(PURPOSES):
        yield (
            f"{CERTIFICATE}: the first certificate is not made for signing contents (its extended key usage needs "
            "emailProtection, documentSigning or C2PA's own)"
        )
    if len(chain) == 1:
        yield f"{CERTIFICATE} holds one certificate alone: put its authority's below it"
    if not all(map(_is_signed_by, chain, chain[1:])):
        yield f"{CERTIFICATE}: each certificate must be signed by the one below it"


def _is_signed_by(one: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _purposes(certificate: x509.Certificate) -> set[str]:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except (x509.ExtensionNotFound, ValueError):
        return set()
    return {purpose.dotted_string for purpose in usage}


def _name(certificate: x509.Certificate) -> str:
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        for found in certificate.subject.get_attributes_for_oid(oid):
            return str(found.value)
    return ""


def _algorithm(key: PrivateKeyTypes) -> str:
    """Return C2PA's name of what signs with this key; "" for a key that it does not take."""
    match key:
        case ec.EllipticCurvePrivateKey():
            return _CURVES.get(key.curve.name, "")
        case ed25519.Ed25519PrivateKey():
            return "ED25519"
        case rsa.RSAPrivateKey():
            return "PS256" if key.key_size >= MIN_RSA_BITS else ""
        case _:
            return ""


def _public(owner: x509.Certificate | PrivateKeyTypes) -> bytes:
    return owner.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: PrivateKeyTypes) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


MADE_FOR: Final = timedelta(days=3650)  # a signature without a time stamp ends with its certificate
MAX_NAME_BYTES: Final = 54  # a certificate takes 64, of which the authority's has ten more
_PURPOSE: Final = ExtendedKeyUsageOID.EMAIL_PROTECTION  # which every reader takes
CHAIN_FILE: Final = "certificate.pem"
KEY_FILE: Final = "key.pem"
AUTHORITY_FILE: Final = "authority.pem"


def make_certificate(folder: Path, name: str, *, now: datetime) -> tuple[Path, Path, Path]:
    """Make an authority and a certificate that it signed; return the paths of chain, key and authority.

    The authority's own key is kept nowhere, so that nothing else is ever signed with it. Raises `SetupError` for a name
    that does not fit, where one of the files exists, or where none can be written.
    """
    if not 0 < len(name.encode()) <= MAX_NAME_BYTES:
        raise SetupError(f"--name: use 1 to {MAX_NAME_BYTES} bytes")
    chain, key, authority = (folder / file for file in (CHAIN_FILE, KEY_FILE, AUTHORITY_FILE))
    for path in (chain, key, authority):
        if path.exists() or path.is_symlink():
            raise SetupError(f"{path} exists: choose another folder")
    authority_key, own_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer = _subject(f"{name} authority")
    root = _made(issuer, issuer, authority_key, authority_key, now, is_authority=True)
    own = _made(_subject(name), issuer, own_key, authority_key, now, is_authority=False)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        for path, text in (
            (key, _key_pem(own_key)),
            (chain, _pem(own) + _pem(root)),
            (authority, _pem(root)),
        ):
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(text)
    except OSError as error:
        raise SetupError(f"{folder} cannot be written to ({error.strerror})") from error
    return chain, key, authority


def _subject(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(oid, name) for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)]
    )


def _made(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer_key: ec.EllipticCurvePrivateKey,
    now: datetime,
    *,
    is_authority: bool,
) -> x509.Certificate:
    usage = x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        **dict.fromkeys(
            ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
        ),
        encipher_only=False,
        decipher_only=False,
    )
    made = (
        x509.CertificateBuilder(subject_name=subject, issuer_name=issuer, public_key=key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))  # clocks differ
        .not_valid_after(now + MADE_FOR)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=0 if is_authority else None), True)
        .add_extension(usage, True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()), False)
    )
    if not is_authority:
        made = made.add_extension(x509.ExtendedKeyUsage([_PURPOSE]), False)
    return made.sign(issuer_key, hashes.SHA256())
