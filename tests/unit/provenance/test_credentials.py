"""The certificate and its key: every problem is one line, and what is made for trying is well."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

from bot.__main__ import main
from bot.app.run import Role, assembled
from bot.app.signing import build_signer, credentials_of
from bot.domain.pictures import Mark
from bot.errors import SetupError
from bot.provenance import certificates
from bot.provenance.credentials import MAX_FILE_BYTES, load_credentials
from bot.provenance.signing import ResultSigner
from bot.settings import load
from tests.signing import Papers, papers
from tests.unit.imaging.samples import png

NOW = datetime.now(UTC)
CERTIFICATE, KEY = "EASEL_C2PA_CERTIFICATE", "EASEL_C2PA_KEY"


def problems(certificate: Path | None, key: Path | None) -> list[str]:
    with pytest.raises(SetupError) as caught:
        load_credentials(certificate, key, now=NOW)
    return list(caught.value.problems)


def own_alone(mine: Papers) -> str:
    own, end, _rest = mine.chain.read_text().partition("-----END CERTIFICATE-----\n")
    return own + end


def without_authority(mine: Papers) -> None:
    mine.chain.write_text(own_alone(mine))


def with_another_authority(mine: Papers) -> None:
    other = papers(mine.chain.parent / "other", "Somebody")
    mine.chain.write_text(own_alone(mine) + other.authority.read_text())


def with_another_key(mine: Papers) -> None:
    mine.key.write_bytes(papers(mine.chain.parent / "other", "Somebody").key.read_bytes())


def with_a_password(mine: Papers) -> None:
    key = load_pem_private_key(mine.key.read_bytes(), password=None)
    locked = BestAvailableEncryption(b"password")
    mine.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))


def with_a_weak_key(mine: Papers) -> None:
    weak = rsa.generate_private_key(65_537, 1024)
    mine.key.write_bytes(weak.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def swapped(mine: Papers) -> None:
    mine.chain.write_text(mine.authority.read_text() + own_alone(mine))


def lost(*names: str) -> Callable[[Papers], None]:
    def spoil(mine: Papers) -> None:
        for name in names:
            getattr(mine, name).unlink()

    return spoil


def filled(name: str, data: bytes) -> Callable[[Papers], None]:
    def spoil(mine: Papers) -> None:
        getattr(mine, name).write_bytes(data)

    return spoil


@pytest.mark.parametrize(
    ("spoil", "lines"),
    [
        (lost("key"), [f"{KEY} names a file that cannot be read (No such file"]),
        (filled("chain", b"hello"), [f"{CERTIFICATE} names a file without a readable certificate"]),
        (filled("key", b"\xff\0"), [f"{KEY} names a file without a readable private key"]),
        (filled("key", bytes(MAX_FILE_BYTES + 1)), [f"{KEY} names a file of more than 32 KiB"]),
        (with_a_password, [f"{KEY} names a key with a password"]),
        (with_another_key, [f"{KEY} is not the key of the first certificate in {CERTIFICATE}"]),
        (with_a_weak_key, [f"{KEY}: use a key of P-256", f"{KEY} is not the key of"]),
        (without_authority, [f"{CERTIFICATE} holds one certificate alone: put its authority's below it"]),
        (with_another_authority, [f"{CERTIFICATE}: each certificate must be signed by the one below it"]),
        (
            swapped,
            [
                f"{CERTIFICATE}: the first certificate is not made for signing contents",
                f"{CERTIFICATE}: each certificate must be signed by the one below it",
                f"{KEY} is not the key of",
            ],
        ),
        (
            lost("chain", "key"),
            [f"{CERTIFICATE} names a file that cannot", f"{KEY} names a file that cannot"],
        ),
    ],
)  # fmt: skip
def test_each_problem_is_one_line(
    tmp_path: Path, spoil: Callable[[Papers], object], lines: list[str]
) -> None:
    mine = papers(tmp_path / "mine")
    spoil(mine)

    found = problems(mine.chain, mine.key)

    assert len(found) == len(lines)
    assert all(one.startswith(start) for one, start in zip(found, lines, strict=True)), found


def test_an_expired_certificate_is_no_problem_but_signs_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever renews a certificate late has a bot that paints all the same."""
    mine = papers(tmp_path, now=NOW - certificates.MADE_FOR - timedelta(days=1))
    settings = load({"DISCORD_TOKEN": "x", **mine.environ}, env_file=None)

    signer = build_signer(credentials_of(settings))

    assert signer is not None
    assert (signer.has_failed, signer.room_bytes) == (True, 0)
    assert signer.sign(png(), "image/png", Mark.GENERATED) == png()
    ended = f"{CERTIFICATE} ended on {NOW - timedelta(days=1):%Y-%m-%d}: results are not signed"
    assert [one.getMessage() for one in caplog.records if one.levelname == "ERROR"] == [ended]


def test_one_that_is_not_valid_yet_is_told_with_its_day(tmp_path: Path) -> None:
    mine = papers(tmp_path, now=NOW + timedelta(days=2))

    assert problems(mine.chain, mine.key)[0].endswith(
        f"begins on {NOW + timedelta(days=2, hours=-1):%Y-%m-%d}"
    )


def test_a_certificate_for_something_else_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "_PURPOSE", ExtendedKeyUsageOID.SERVER_AUTH)
    mine = papers(tmp_path)

    (line,) = problems(mine.chain, mine.key)
    assert line.startswith(f"{CERTIFICATE}: the first certificate is not made for signing contents")


@pytest.mark.parametrize(("given", "missing"), [(0, KEY), (1, CERTIFICATE)])
def test_one_of_the_two_alone_is_a_problem(tmp_path: Path, given: int, missing: str) -> None:
    mine = papers(tmp_path)
    paths = [mine.chain if given == 0 else None, mine.key if given == 1 else None]

    assert [one.split(":")[0] for one in problems(*paths)] == [f"{missing} is not set"]


@pytest.mark.parametrize("has_key", [True, False])
def test_who_only_reads_signatures_needs_no_key_and_reads_none(tmp_path: Path, has_key: bool) -> None:
    mine = papers(tmp_path)
    mine.key.unlink()
    environ = mine.environ if has_key else {CERTIFICATE: str(mine.chain)}

    found = credentials_of(load({"DISCORD_TOKEN": "x", **environ}, env_file=None), needs_key=False)

    assert found is not None
    assert (found.authority, found.key) == (mine.authority.read_text(), "")


async def test_a_gateway_starts_with_the_certificate_alone(tmp_path: Path) -> None:
    """It comes as far as its database, where a worker does not."""
    environ = {"DATA_DIR": str(tmp_path), CERTIFICATE: str(papers(tmp_path / "papers").chain)}
    settings = load({"DISCORD_TOKEN": "x", **environ}, env_file=None)

    for role, why in ((Role.GATEWAY, "alone needs PostgreSQL"), (Role.WORKER, f"{KEY} is not set")):
        with pytest.raises(SetupError, match=why):
            async with assembled(settings, role):
                pass


def test_without_the_extra_the_settings_are_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = papers(tmp_path)
    monkeypatch.setattr("bot.provenance.credentials.is_installed", lambda: False)

    assert problems(mine.chain, mine.key) == [f'{CERTIFICATE} needs an extra: pip install ".[provenance]"']


def test_without_settings_nothing_is_signed() -> None:
    assert load_credentials(None, None, now=NOW) is None


@pytest.mark.parametrize("bought", [certificates.PURPOSES[1], certificates.PURPOSES[2]])
def test_a_certificate_of_a_c2pa_authority_signs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bought: str
) -> None:
    monkeypatch.setattr(certificates, "_PURPOSE", certificates.x509.ObjectIdentifier(bought))

    papers(tmp_path).signer()


@pytest.mark.parametrize("kind", ["ed25519", "rsa"])
def test_keys_of_other_kinds_sign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def another(_curve: object) -> object:
        if kind == "rsa":
            return rsa.generate_private_key(65_537, 2048)
        return ed25519.Ed25519PrivateKey.generate()

    monkeypatch.setattr(certificates.ec, "generate_private_key", another)
    if kind == "ed25519":
        monkeypatch.setattr(certificates.hashes, "SHA256", lambda: None)  # it hashes by itself

    papers(tmp_path).signer()


def test_what_the_library_refuses_ends_the_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = papers(tmp_path).credentials()
    monkeypatch.setattr("bot.provenance.signing._SAMPLE", b"no picture")

    with pytest.raises(SetupError, match=f"^{CERTIFICATE} does not sign: "):
        ResultSigner(mine)


def test_nobody_sees_the_key_in_a_log(tmp_path: Path) -> None:
    assert "PRIVATE" not in repr(papers(tmp_path).credentials())


def test_the_command_makes_files_that_the_settings_take(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["certificate", str(tmp_path / "new" / "c2pa"), "--name", "Café ☕"]) == 0

    said = capsys.readouterr()
    told = dict(line.split("=", 1) for line in said.out.splitlines())
    assert list(told) == [CERTIFICATE, KEY]
    assert "authority.pem" in said.err
    paths = {name: Path(path) for name, path in told.items()}
    found = load_credentials(paths[CERTIFICATE], paths[KEY], now=NOW + timedelta(minutes=1))
    assert found is not None
    assert (found.signer, found.algorithm) == ("Café ☕", "ES256")
    assert found.expires_at > NOW + timedelta(days=3649)


def test_nobody_else_can_read_what_is_made(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        mine = papers(tmp_path / "mine")
    finally:
        os.umask(umask)

    modes = [stat.S_IMODE(path.stat().st_mode) for path in (mine.key.parent, *mine.key.parent.iterdir())]
    assert modes == [0o700, 0o600, 0o600, 0o600]


@pytest.mark.parametrize("name", ["key.pem", "certificate.pem", "authority.pem"])
def test_the_command_overwrites_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    (tmp_path / name).write_text("precious")

    assert main(["certificate", str(tmp_path)]) == 2

    assert capsys.readouterr().err == f"easel: {tmp_path / name} exists: choose another folder\n"
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "precious"


@pytest.mark.parametrize("name", ["", "x" * 65])
def test_a_name_that_no_certificate_takes_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert main(["certificate", str(tmp_path), "--name", name]) == 2

    assert capsys.readouterr().err.startswith("easel: --name")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")

    assert main(["certificate", str(tmp_path / "file" / "c2pa")]) == 2

    assert "cannot be written to" in capsys.readouterr().err
