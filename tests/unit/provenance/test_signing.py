"""Signatures on results, as the library itself reads them."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest
from c2pa import C2paError

from bot.domain.pictures import Mark
from bot.domain.sizes import Size
from bot.formats import mp4
from bot.formats.header import read_result
from bot.imaging import video
from bot.imaging.pack import fit_bytes, mark_bytes, packet
from bot.imaging.pillow_imaging import PillowImaging
from bot.imaging.video import EncodedVideoFiles
from bot.provenance.signing import ResultSigner
from tests.signing import SIGNER, Papers, damaged, papers, read_signature
from tests.unit.children import run_here
from tests.unit.imaging import samples
from tests.unit.imaging.clips import clip

PLENTY = 50_000_000
MADE: dict[str, Callable[[], bytes]] = {
    "image/jpeg": samples.jpeg,
    "image/png": samples.png,
    "image/webp": samples.webp,
    "video/mp4": clip,
}
FORMATS = sorted(MADE)


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return papers(tmp_path_factory.mktemp("papers") / "mine")


@pytest.fixture(scope="module")
def signer(mine: Papers) -> ResultSigner:
    return mine.signer()


async def packed(
    data: bytes, signer: ResultSigner | None, *, mark: Mark = Mark.GENERATED, max_bytes: int = PLENTY
) -> tuple[bytes, str, bool]:
    async with PillowImaging(signer=signer) as imaging:
        made = await imaging.pack(data, mark=mark, max_bytes=max_bytes)
    return made.data, made.mime, made.fitted


@pytest.mark.parametrize("mime", FORMATS)
@pytest.mark.parametrize("mark", list(Mark))
async def test_what_is_packed_is_signed_and_says_how_it_was_made(
    mine: Papers, signer: ResultSigner, mime: str, mark: Mark
) -> None:
    data, told, fitted = await packed(MADE[mime](), signer, mark=mark)

    read = read_signature(data, mime, trusting=mine)
    assert (told, fitted) == (mime, False)
    assert (read.state, read.failures) == ("Trusted", set())
    assert read.actions == [("c2pa.created", mark.value)]
    generator = read.manifest["claim_generator_info"][0]
    assert generator["name"] == "Easel"
    assert generator["version"]
    assert read.manifest["signature_info"]["common_name"] == SIGNER
    assert read_signature(data, mime).failures == {"signingCredential.untrusted"}


@pytest.mark.parametrize("mime", FORMATS)
async def test_the_mark_and_the_signature_say_the_same(signer: ResultSigner, mime: str) -> None:
    """A provider's own mark stays, and the signature goes by it."""
    async with PillowImaging() as imaging:
        theirs = (await imaging.pack(MADE[mime](), mark=Mark.GENERATED, max_bytes=PLENTY)).data

    data, _, _ = await packed(theirs, signer, mark=Mark.COMPOSITE)

    assert read_signature(data, mime).actions == [("c2pa.created", Mark.GENERATED.value)]


@pytest.mark.parametrize("mime", FORMATS)
async def test_one_changed_byte_of_the_picture_is_noticed(signer: ResultSigner, mime: str) -> None:
    data, _, _ = await packed(MADE[mime](), signer)

    read = read_signature(damaged(data), mime)

    assert read.state == "Invalid"
    assert {code.rpartition(".")[2] for code in read.failures} == {"untrusted", "mismatch"}


@pytest.mark.parametrize("mime", FORMATS)
async def test_nothing_is_signed_without_a_certificate(mime: str) -> None:
    data, _, _ = await packed(MADE[mime](), None)

    with pytest.raises(C2paError, match="ManifestNotFound"):
        read_signature(data, mime)


@pytest.mark.parametrize("mime", FORMATS)
async def test_the_pixels_and_the_mark_are_what_they_were(signer: ResultSigner, mime: str) -> None:
    plain, _, _ = await packed(MADE[mime](), None)
    data, _, _ = await packed(MADE[mime](), signer)

    if mime == "video/mp4":
        assert mp4.xmp(data) == mp4.xmp(plain)
        assert mp4.read(data) == mp4.read(plain)
    else:
        assert samples.pixels(data) == samples.pixels(plain)
        assert samples.opened(data).info.get("xmp") == samples.opened(plain).info.get("xmp")


async def test_a_signature_counts_towards_the_limit(signer: ResultSigner) -> None:
    """What fits without one, but not with it, is made smaller; what fits with it is not touched."""
    source = samples.encoded(samples.noise(400, 300), "JPEG", quality=95)
    marked = mark_bytes(source, read_result(source).format, Mark.GENERATED)
    limit = len(marked) + signer.room_bytes

    exact, _, is_exact_fitted = await packed(source, signer, max_bytes=limit)
    smaller, mime, is_smaller_fitted = await packed(source, signer, max_bytes=limit - 1)

    assert (is_exact_fitted, is_smaller_fitted) == (False, True)
    assert max(len(exact), len(smaller) + 1) <= limit
    assert read_signature(smaller, mime).failures == {"signingCredential.untrusted"}


@pytest.mark.parametrize("limit", [26_000, 40_000])
async def test_a_picture_that_was_made_smaller_is_signed_within_the_limit(
    mine: Papers, signer: ResultSigner, limit: int
) -> None:
    data, mime, fitted = await packed(
        samples.encoded(samples.noise(300, 200), "PNG"), signer, max_bytes=limit
    )

    assert fitted
    assert len(data) <= limit
    assert read_signature(data, mime, trusting=mine).state == "Trusted"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No child is started for a video, see `children`."""
    monkeypatch.setattr(video, "run_child", run_here)


@pytest.mark.usefixtures("here")
async def test_a_video_that_was_made_smaller_is_signed_within_the_limit(
    mine: Papers, signer: ResultSigner
) -> None:
    data, mime, fitted = await packed(clip(is_noisy=True), signer, max_bytes=60_000)

    assert (mime, fitted) == ("video/mp4", True)
    assert len(data) <= 60_000
    assert read_signature(data, mime, trusting=mine).state == "Trusted"


async def test_a_preview_in_the_place_of_a_video_is_signed_within_the_limit(
    mine: Papers, signer: ResultSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def make_preview(_job: str, _data: bytes, *, max_bytes: int, timeout_s: float) -> bytes:
        return samples.animation("WEBP") if max_bytes == 20_000 - room else b""

    monkeypatch.setattr(video, "_decoded", make_preview)
    room = signer.room_bytes + len(packet(Mark.GENERATED)) + 64

    data, mime, fitted = await packed(clip(is_noisy=True), signer, max_bytes=20_000)

    assert (mime, fitted) == ("image/webp", True)
    assert read_signature(data, mime, trusting=mine).state == "Trusted"


@pytest.mark.usefixtures("here")
async def test_a_video_that_fits_only_without_a_signature_is_encoded_again(signer: ResultSigner) -> None:
    large = clip(is_noisy=True)
    plain = await EncodedVideoFiles().pack(large, mark=Mark.GENERATED, max_bytes=PLENTY)

    data, _, fitted = await packed(large, signer, max_bytes=len(plain.data))

    assert fitted
    assert len(data) <= len(plain.data)


@pytest.mark.parametrize("mime", FORMATS)
async def test_what_is_signed_already_stays_as_it_is(signer: ResultSigner, tmp_path: Path, mime: str) -> None:
    theirs = papers(tmp_path / "theirs", "The provider").signer().sign(MADE[mime](), mime, Mark.GENERATED)

    assert (await packed(theirs, signer, max_bytes=len(theirs)))[0] == theirs


@pytest.mark.parametrize("mime", FORMATS)
async def test_a_signature_that_fails_loses_nothing(
    mine: Papers, mime: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """As once the certificate has expired: the result is delivered as it would be without one."""
    signer = mine.signer()

    def fail(*_args: object) -> bytes:
        raise C2paError("the certificate was not valid at time of signing")

    assert not signer.has_failed
    with monkeypatch.context() as patch, caplog.at_level(logging.WARNING):
        patch.setattr(signer, "_signed", fail)
        results = [await packed(MADE[mime](), signer) for _ in range(3)]

    plain = await packed(MADE[mime](), None)
    assert results == [plain] * 3
    assert signer.has_failed
    assert [one.message for one in caplog.records] == [
        "results are delivered without a signature: C2paError: the certificate was not valid at time of signing"
    ]
    assert (await packed(MADE[mime](), signer))[0] != plain[0]


def test_a_signature_larger_than_its_room_is_a_failure(mine: Papers, monkeypatch: pytest.MonkeyPatch) -> None:
    signer = mine.signer()
    monkeypatch.setattr(signer, "room_bytes", 100)

    assert signer.sign(samples.jpeg(), "image/jpeg", Mark.GENERATED) == samples.jpeg()
    assert signer.has_failed


@pytest.mark.parametrize("mime", FORMATS)
@pytest.mark.parametrize("mark", list(Mark))
def test_the_room_is_enough_and_small(signer: ResultSigner, mime: str, mark: Mark) -> None:
    data = MADE[mime]()
    added = len(signer.sign(data, mime, mark)) - len(data)

    assert added <= signer.room_bytes < 4096


async def test_many_are_signed_at_once(mine: Papers, signer: ResultSigner) -> None:
    data = samples.jpeg()

    made = await asyncio.gather(
        *(asyncio.to_thread(signer.sign, data, "image/jpeg", Mark.GENERATED) for _ in range(32))
    )

    assert {read_signature(one, "image/jpeg", trusting=mine).state for one in made} == {"Trusted"}


def test_a_signature_names_nobody_and_tells_no_time(signer: ResultSigner) -> None:
    read = read_signature(signer.sign(samples.jpeg(), "image/jpeg", Mark.GENERATED), "image/jpeg")

    assert set(read.manifest) == {
        "claim_generator_info",
        "instance_id",
        "assertions",
        "signature_info",
        "label",
        "claim_version",
    }
    assert [one["label"] for one in read.manifest["assertions"]] == ["c2pa.actions.v2"]
    assert set(read.manifest["signature_info"]) == {"alg", "issuer", "common_name", "cert_serial_number"}
    assert set(read.manifest["claim_generator_info"][0]) == {"name", "version", "org.contentauth.c2pa_rs"}
    assert json.dumps(read.manifest["assertions"]).count("digitalSourceType") == 1


def test_a_second_encoding_takes_the_signature_away(signer: ResultSigner) -> None:
    """So nothing may be done to a result after it was signed."""
    signed = signer.sign(samples.jpeg(), "image/jpeg", Mark.GENERATED)
    again = fit_bytes(samples.opened(signed).convert("RGB"), PLENTY)

    with pytest.raises(C2paError, match="ManifestNotFound"):
        read_signature(again.data, "image/jpeg")
    assert again.size == Size(*samples.opened(signed).size)
