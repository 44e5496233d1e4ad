"""What the marks of a file say, whoever made it, and that no file does harm."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import random
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from c2pa import (
    Builder,
    C2paBuilderIntent,
    C2paDigitalSourceType,
    C2paError,
    C2paSignerInfo,
    C2paSigningAlg,
    Context,
    Signer,
)

from bot.child import MAX_ADDRESSES
from bot.domain.pictures import Mark, PictureError, PictureProblem
from bot.domain.provenance import Label, Marks, Signature, SignatureState
from bot.formats import mp4
from bot.formats.container import MAX_XMP_BYTES
from bot.formats.header import sniff
from bot.imaging.pack import mark_bytes, packet, with_packet
from bot.provenance import reader_process, reading
from bot.provenance.c2pa_settings import library_settings
from bot.provenance.reader_process import read_signature, state_of
from bot.provenance.reading import FileMarks
from tests.signing import SIGNER, Papers, damaged, papers
from tests.tables import each_case
from tests.unit.children import answer_of, run_here
from tests.unit.imaging import samples
from tests.unit.imaging.clips import clip
from tests.unit.provenance.test_signing import FORMATS, MADE

EASELS = Label(source_type=Mark.GENERATED.value, tool="Easel")


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return papers(tmp_path_factory.mktemp("papers") / "mine")


@lru_cache(maxsize=16)
def signed(mine: Papers, mime: str, mark: Mark = Mark.GENERATED) -> bytes:
    data = MADE[mime]()
    marked = mp4.with_xmp(data, packet(mark)) if mime == "video/mp4" else mark_bytes(data, sniff(data), mark)
    return mine.signer().sign(marked, mime, mark)


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """No child is started, see `children`."""
    monkeypatch.setattr(reading, "run_child", run_here)


async def read(data: bytes, mine: Papers | None = None) -> Marks:
    return await FileMarks(mine.credentials() if mine else None).read(data)


async def problem_of(data: bytes) -> PictureProblem:
    with pytest.raises(PictureError) as caught:
        await read(data)
    return caught.value.problem


async def test_our_own_signature_is_known_as_ours(mine: Papers) -> None:
    marks = await read(signed(mine, "video/mp4"), mine)

    assert_is_ours(marks)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("mime", FORMATS)
async def test_our_own_signature_is_known_as_ours_in_every_format(mine: Papers, mime: str) -> None:
    assert_is_ours(await read(signed(mine, mime), mine))


def assert_is_ours(marks: Marks) -> None:
    assert marks.label == EASELS
    assert marks.signature is not None
    assert marks.signature == Signature(
        state=SignatureState.INTACT,
        is_ours=True,
        signer=SIGNER,
        tool=marks.signature.tool,
        source_type=Mark.GENERATED.value,
    )
    assert marks.signature.tool.startswith("Easel ")


async def test_a_change_after_signing_is_seen_and_the_signer_still_known(mine: Papers) -> None:
    marks = await read(damaged(signed(mine, "image/jpeg")), mine)

    assert marks.signature is not None
    assert (marks.signature.state, marks.signature.is_ours) == (SignatureState.CHANGED, True)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("mime", FORMATS)
async def test_a_change_is_seen_in_every_format(mine: Papers, mime: str) -> None:
    marks = await read(damaged(signed(mine, mime)), mine)

    assert marks.signature is not None
    assert (marks.signature.state, marks.signature.is_ours) == (SignatureState.CHANGED, True)


@pytest.mark.usefixtures("here")
async def test_an_edit_is_told_apart(mine: Papers) -> None:
    marks = await read(signed(mine, "image/png", Mark.COMPOSITE), mine)

    assert marks.label is not None
    assert marks.signature is not None
    assert {marks.label.source_type, marks.signature.source_type} == {Mark.COMPOSITE.value}
    assert marks.label.is_ai
    assert marks.signature.is_ai


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("name", [SIGNER, "Somebody"])
async def test_a_signature_by_another_authority_is_not_ours_whatever_its_name(
    mine: Papers, tmp_path: Path, name: str
) -> None:
    marks = await read(signed(papers(tmp_path, name), "image/jpeg"), mine)

    assert marks.signature is not None
    assert (marks.signature.state, marks.signature.is_ours) == (SignatureState.INTACT, False)
    assert marks.signature.signer == name


@pytest.mark.usefixtures("here")
async def test_another_customer_of_our_authority_is_not_us(mine: Papers) -> None:
    """Who bought a certificate shares its authority with strangers, whose names differ."""
    own = replace(mine.credentials(), signer="Another Club")

    marks = await FileMarks(own).read(signed(mine, "image/jpeg"))

    assert marks.signature is not None
    assert not marks.signature.is_ours


@pytest.mark.usefixtures("here")
async def test_nobody_signs_as_us_with_our_public_chain_and_another_key(mine: Papers, tmp_path: Path) -> None:
    """Every result carries the chain. The library calls it trusted before it looks at the signature."""
    own, context = mine.credentials(), json.loads(library_settings())
    context["verify"]["verify_after_sign"] = False
    key = papers(tmp_path).credentials().key
    info = C2paSignerInfo(C2paSigningAlg.ES256, own.chain.encode(), key.encode(), None)
    out = io.BytesIO()
    with Builder(
        {"claim_generator_info": [{"name": "Easel"}]}, Context.from_json(json.dumps(context))
    ) as builder:
        builder.set_intent(C2paBuilderIntent.CREATE, C2paDigitalSourceType.DIGITAL_CAPTURE)
        builder.sign(Signer.from_info(info), "image/jpeg", io.BytesIO(samples.jpeg()), out)

    marks = await read(out.getvalue(), mine)

    assert marks.signature == Signature(state=SignatureState.BROKEN)


def library_tells(patch: pytest.MonkeyPatch, **told: object) -> None:
    """Have the library tell this of every file."""
    library = contextlib.nullcontext(SimpleNamespace(json=lambda: json.dumps(told)))

    def read(*_args: object, **_options: object) -> object:
        return library

    patch.setattr(reader_process, "Reader", read)


@pytest.mark.parametrize("lacks", ["", "signingCredential.trusted", "claimSignature.validated"])
def test_a_signer_is_trusted_only_where_its_key_signed(monkeypatch: pytest.MonkeyPatch, lacks: str) -> None:
    codes = {"signingCredential.trusted", "claimSignature.validated", "assertion.dataHash.match"} - {lacks}
    results = {"activeManifest": {"success": [{"code": one} for one in codes]}}
    library_tells(monkeypatch, active_manifest="a", manifests={"a": {}}, validation_results=results)

    assert read_signature(b"", "image/png", "")["is_trusted"] is not bool(lacks)


IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@pytest.mark.parametrize(
    ("active", "ingredient", "told"),
    [
        ([IPTC + "digitalCapture", IPTC + "trainedAlgorithmicMedia"], [], ("trainedAlgorithmicMedia", False)),
        (["digsrctype:compositeSynthetic"], [], ("compositeSynthetic", False)),
        ([IPTC + "digitalCapture"], [IPTC + "trainedAlgorithmicMedia"], ("trainedAlgorithmicMedia", True)),
        ([], ["https://c2pa.org/empty"], ("", False)),
        ([IPTC + "digitalCapture"], [IPTC + "humanEdits"], ("digitalCapture", False)),
    ],
)
def test_what_ai_made_is_told_first_of_all_that_a_signature_says(
    monkeypatch: pytest.MonkeyPatch, active: list[str], ingredient: list[str], told: tuple[str, bool]
) -> None:
    def manifest(kinds: list[str]) -> object:
        actions = [{"action": "c2pa.opened"}, *({"digitalSourceType": one} for one in kinds)]
        return {"assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}]}

    manifests = {"b": manifest(ingredient), "a": manifest(active)}
    library_tells(monkeypatch, active_manifest="a", manifests=manifests)

    found = read_signature(b"", "image/png", "")

    assert (found["source_type"], found["is_of_ingredient"]) == told


@pytest.mark.usefixtures("here")
async def test_a_claim_that_was_edited_is_nobodys(mine: Papers) -> None:
    """Its assertions and the file still fit, and the chain is ours."""
    data = signed(mine, "image/webp")
    at = data.index(b"Easel", data.index(b"claim_generator_info"))

    marks = await read(data[:at] + b"Evils" + data[at + 5 :], mine)

    assert marks.signature == Signature(state=SignatureState.BROKEN)


@pytest.mark.usefixtures("here")
async def test_what_was_not_signed_so_is_not_told(mine: Papers) -> None:
    """The way a file was made, rewritten after signing: the claim is ours still, those words are not."""
    data = signed(mine, "image/webp", Mark.COMPOSITE)
    at = data.index(Mark.COMPOSITE.value.encode(), data.index(b"c2pa.actions"))

    marks = await read(data[:at] + b"D" + data[at + 1 :], mine)

    assert marks.signature is not None
    assert (marks.signature.state, marks.signature.source_type) == (SignatureState.CHANGED, "")


@pytest.mark.usefixtures("here")
async def test_without_a_certificate_nothing_is_ours(mine: Papers) -> None:
    marks = await read(signed(mine, "image/jpeg"))

    assert marks.signature is not None
    assert (marks.signature.state, marks.signature.is_ours) == (SignatureState.INTACT, False)


@each_case(
    ("codes", "state"),
    [
        ({"signingCredential.untrusted", "signingCredential.expired"}, SignatureState.EXPIRED),
        ({"signingCredential.expired", "assertion.dataHash.mismatch"}, SignatureState.CHANGED),
        ({"signingCredential.untrusted", "timeStamp.untrusted"}, SignatureState.INTACT),
        ({"signingCredential.invalid"}, SignatureState.BROKEN),
        ({"claimSignature.mismatch", "assertion.dataHash.mismatch"}, SignatureState.BROKEN),
        ({"claimSignature.missing"}, SignatureState.BROKEN),
        ({"claim.hardBindings.missing"}, SignatureState.BROKEN),
        ({"assertion.hashedURI.mismatch"}, SignatureState.CHANGED),
        (set[str](), SignatureState.INTACT),
    ],
)
def test_the_codes_of_the_library_come_to_one_state(codes: set[str], state: SignatureState) -> None:
    """Among them those of an expired certificate: no clock can be turned in the library."""
    assert state_of(codes) == state


async def test_without_the_extra_a_signature_is_seen_and_not_judged(mine: Papers) -> None:
    marks = await FileMarks(None, can_read_signatures=False).read(signed(mine, "image/webp"))

    assert marks == Marks(label=EASELS, signature=Signature(state=SignatureState.UNCHECKED))


@pytest.mark.parametrize("mime", FORMATS)
async def test_a_file_without_marks_says_nothing(mime: str) -> None:
    assert await read(MADE[mime]()) == Marks()


@pytest.mark.parametrize("mime", FORMATS)
async def test_a_label_alone_is_read_without_a_child(mime: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "run_child", None)
    data = MADE[mime]()
    other = packet(Mark.COMPOSITE).replace(b">Easel<", b">Paint 3<")
    marked = mp4.with_xmp(data, other) if mime == "video/mp4" else with_packet(data, sniff(data), other)

    assert await read(marked) == Marks(label=Label(source_type=Mark.COMPOSITE.value, tool="Paint 3"))


async def test_only_one_signature_is_read_at_a_time(mine: Papers, monkeypatch: pytest.MonkeyPatch) -> None:
    running, most = 0, 0

    async def count(*_args: Any, **_options: Any) -> tuple[int, bytes]:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return 0, b'{"state": "intact"}'

    monkeypatch.setattr(reading, "run_child", count)
    marks, data = FileMarks(None), signed(mine, "image/jpeg")

    await asyncio.gather(*(marks.read(data) for _ in range(4)))

    assert most == 1


# Hostile files


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", PictureProblem.UNKNOWN_FORMAT),
        (b"hello", PictureProblem.UNKNOWN_FORMAT),
        (samples.animation("GIF"), PictureProblem.UNKNOWN_FORMAT),
        (b"\0\0\0\x20ftypavif" + bytes(64), PictureProblem.UNKNOWN_FORMAT),
        (samples.jpeg()[:40], PictureProblem.TRUNCATED),
        (clip()[:200], PictureProblem.TRUNCATED),
        (b"\xff\xd8\xff" + b"\xff" * 1000, PictureProblem.TRUNCATED),
        (b"\xff\xd8\xff\xe1\0\0" + bytes(100), PictureProblem.UNREADABLE),
    ],
)
async def test_what_cannot_be_read_is_told(data: bytes, problem: PictureProblem) -> None:
    assert await problem_of(data) is problem


@pytest.mark.parametrize(
    "data",
    [
        samples.png_claim(60_000, 60_000),
        samples.png()[:60],
        samples.png_with(
            samples.png(),
            samples.png_chunk(
                b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + samples.zlib.compress(bytes(4 * MAX_XMP_BYTES))
            ),
        ),
        samples.webp()[:30],
    ],
    ids=["bomb", "cut", "inflating", "cut webp"],
)
async def test_what_is_large_or_cut_off_says_nothing(data: bytes) -> None:
    assert await read(data) == Marks()


@pytest.mark.parametrize("mime", ["image/png", "image/webp", "video/mp4"])
async def test_a_huge_packet_is_read_all_the_same(mime: str) -> None:
    data, huge = MADE[mime](), packet(Mark.GENERATED) + b"<!--" + b"x" * 8_000_000 + b"-->"
    marked = mp4.with_xmp(data, huge) if mime == "video/mp4" else with_packet(data, sniff(data), huge)

    assert await read(marked) == Marks(label=EASELS)


def jumbf(mime: str, body: bytes) -> bytes:
    """A file with something else in the place of a manifest."""
    data = MADE[mime]()
    if mime == "image/jpeg":
        return data[:2] + samples.jpeg_segment(0xEB, b"JP\0\1\0\0\0\1" + body[:60_000]) + data[2:]
    if mime == "image/png":
        return samples.png_with(data, samples.png_chunk(b"caBX", body))
    if mime == "image/webp":
        chunk = b"C2PA" + len(body).to_bytes(4, "little") + body
        return data[:4] + (len(data) - 8 + len(chunk)).to_bytes(4, "little") + data[8:] + chunk
    uuid = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")
    return data + (24 + len(body)).to_bytes(4, "big") + b"uuid" + uuid + body


BODIES = {
    "empty": b"c2pa",
    "many boxes": b"\0\0\0\x08jumb" * 5000 + b"c2pa",
    "endless": b"\xff\xff\xff\xffjumbc2pa" + bytes(1000),
    "nested": b"\0\x01\0\0jumb\0\0\0\x18jumdc2pa" * 200,
}


async def test_what_is_no_signature_is_told_as_broken() -> None:
    marks = await read(jumbf("video/mp4", BODIES["nested"]))

    assert marks.signature == Signature(state=SignatureState.BROKEN)


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("mime", FORMATS)
async def test_what_is_no_signature_is_broken_in_every_format(mime: str) -> None:
    read_in = {name: (await read(jumbf(mime, body))).signature for name, body in BODIES.items()}

    assert read_in == dict.fromkeys(BODIES, Signature(state=SignatureState.BROKEN))


async def test_a_signature_with_random_bytes_in_it_never_counts_as_another(mine: Papers) -> None:
    """The child's own function, many times: each answer is one of those there are."""
    data, dice, states = signed(mine, "image/jpeg"), random.Random(7), set[str]()
    authority = mine.authority.read_text()
    start, end = data.index(b"\xff\xeb"), data.index(b"\xff\xeb") + 3000
    for _ in range(300):
        bad = bytearray(data)
        for _ in range(dice.choice((1, 4, 40))):
            bad[dice.randrange(start + 4, end)] = dice.randrange(256)
        _, answer = answer_of(reader_process.__name__, bytes(bad), "image/jpeg", authority)
        states.add(reading.msgspec.json.decode(answer, type=reading.Told).state)
    assert states >= {SignatureState.BROKEN, SignatureState.CHANGED}


@pytest.fixture
def program(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], object]:
    """Sets what runs in the place of the reader_process."""
    monkeypatch.setattr(reading, "_PROGRAM", "program")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return (tmp_path / "program.py").write_text


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.kill(os.getpid(), 11)",
        "import sys; sys.stdout.write('x' * 9_000_000)",
        "print('{}')",
        'print(\'{"state": "mine"}\')',
        f"from bot.child import limit_this_process; limit_this_process(cpu_s=1); bytearray({MAX_ADDRESSES})",
    ],
    ids=["crash", "flood", "nothing", "lie", "out of memory"],
)
async def test_whatever_becomes_of_the_child_there_is_an_answer(
    mine: Papers, program: Callable[[str], object], code: str
) -> None:
    program(code)

    marks = await read(signed(mine, "image/jpeg"))

    assert marks == Marks(label=EASELS, signature=Signature(state=SignatureState.BROKEN))


@pytest.mark.parametrize("code", ["import time; time.sleep(60)", "import os; os.kill(os.getpid(), 9)"])
async def test_a_child_that_takes_too_long_is_ended_and_blames_nobody(
    mine: Papers, program: Callable[[str], object], monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """The limit of processor time kills."""
    monkeypatch.setattr(reading, "TIMEOUT_S", 0.3 if "sleep" in code else 30)
    program(code)

    assert (await read(signed(mine, "image/jpeg"))).signature == Signature(state=SignatureState.SLOW)


async def test_where_no_process_can_be_started_nothing_is_judged(
    mine: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def none_left(*_args: object, **_options: object) -> None:
        raise BlockingIOError

    monkeypatch.setattr(asyncio, "create_subprocess_exec", none_left)

    assert (await read(signed(mine, "image/jpeg"))).signature == Signature(state=SignatureState.UNCHECKED)


@pytest.fixture
def site() -> Iterator[tuple[str, list[str]]]:
    """A server, and the paths that were asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002  # its name

    server = HTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    serving.start()
    yield f"http://127.0.0.1:{server.server_port}/manifest", asked
    server.shutdown()
    server.server_close()
    serving.join()


@pytest.mark.parametrize("is_embedded", [True, False])
async def test_no_file_makes_us_fetch_anything(
    mine: Papers, site: tuple[str, list[str]], is_embedded: bool
) -> None:
    """A manifest may lie elsewhere, at an address that the file tells."""
    address, asked = site
    own = mine.credentials()
    context = Context.from_json('{"builder": {"thumbnail": {"enabled": false}}}')
    info = C2paSignerInfo(C2paSigningAlg.ES256, own.chain.encode(), own.key.encode(), None)
    out = io.BytesIO()
    with Builder({"claim_generator_info": [{"name": "Other"}]}, context) as builder:
        builder.set_intent(C2paBuilderIntent.CREATE, C2paDigitalSourceType.DIGITAL_CAPTURE)
        builder.set_remote_url(address)
        if not is_embedded:
            builder.set_no_embed()
        builder.sign(Signer.from_info(info), "image/jpeg", io.BytesIO(samples.jpeg()), out)

    marks = await read(out.getvalue(), mine)
    if not is_embedded:  # nothing of it reaches the library, which would not ask either
        with pytest.raises(C2paError):
            read_signature(out.getvalue(), "image/jpeg", "")

    assert asked == []
    assert (marks.signature is not None) is is_embedded
    if marks.signature is not None:
        assert (marks.signature.source_type, marks.signature.is_ai) == ("digitalCapture", False)
