"""/verify: what the marks of an attached file say, in plain words and for the person alone."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import simcord

from bot.domain.pictures import Mark
from bot.formats.header import sniff
from bot.imaging.pack import mark_bytes, packet, with_packet
from bot.storage.schema import metadata
from tests.glue.collecting import png, told
from tests.glue.room import Room, scene
from tests.signing import Papers, damaged, papers, read_signature
from tests.unit.imaging import samples
from tests.unit.imaging.clips import clip

MINE: Papers = papers(Path(tempfile.mkdtemp(prefix="easel-test-")) / "mine")
THEIRS: Papers = papers(MINE.key.parent.parent / "theirs", "@everyone [Club](https://a.example)")


async def verified(room: Room, data: bytes, name: str = "fox.png") -> str:
    """What Ada is told of her file."""
    answer = await room.use("verify", image=(name, data))
    assert answer.ephemeral
    assert room.card(answer).attachments == []
    return told(answer)


async def painted(
    room: Room, name: str = "imagine", /, **options: Any
) -> tuple[simcord.InteractionResult, bytes]:
    """A result, and the bytes that Discord has of it."""
    answer = await room.use(name, prompt="a fox", **options)
    job = await room.finished()
    assert job.state == "done"
    return answer, await room.card(answer).attachments[0].read()


@scene(**MINE.environ)
async def test_a_result_is_signed_as_it_is_delivered_and_known_until_it_is_changed(room: Room) -> None:
    _, data = await painted(room)

    text = await verified(room, data, "fox.jpg")

    assert "### Made with AI by this Easel\n" in text
    assert "**Signed** by this Easel. Nothing has changed since." in text
    assert "**Labelled** as made with AI by Easel." in text
    assert "C2PA · IPTC trainedAlgorithmicMedia" in text
    assert "proof" not in text
    read = read_signature(data, "image/jpeg", trusting=MINE)
    assert (read.state, read.actions) == ("Trusted", [("c2pa.created", Mark.GENERATED.value)])
    assert "a fox" not in read.text
    assert str(room.ada.id) not in read.text

    text = await verified(room, damaged(data), "fox.jpg")

    assert "### Not the file that this Easel signed\n" in text
    assert "**Signed** by this Easel. But that signature doesn't fit this file" in text


@scene(**MINE.environ)
async def test_an_edit_of_an_upload_is_told_as_one(room: Room) -> None:
    _, data = await painted(room, "edit", image=("cat.png", png()))

    text = await verified(room, data, "cat.jpg")

    assert "**Labelled** as edited with AI by Easel." in text
    assert "### Edited with AI by this Easel\n" in text
    assert "IPTC compositeWithTrainedAlgorithmicMedia" in text
    assert read_signature(data, "image/jpeg").actions == [("c2pa.created", Mark.COMPOSITE.value)]


@scene(**MINE.environ)
async def test_a_photograph_with_our_copied_signature_is_not_told_as_made_by_us(room: Room) -> None:
    """Any result holds a signature of ours, which fits in every other file of its format."""
    ours = MINE.signer().sign(samples.png(40, 30), "image/png", Mark.GENERATED)
    start = ours.index(b"caBX") - 4
    chunk = ours[start : start + 12 + int.from_bytes(ours[start : start + 4], "big")]
    photograph = png()

    text = await verified(room, photograph[:33] + chunk + photograph[33:])

    assert "### Not the file that this Easel signed\n" in text
    assert "or the signature was copied from another file." in text
    assert "Made with AI" not in text


@scene(**MINE.environ)
async def test_a_video_is_read_too_and_a_strangers_signature_is_told_as_one(room: Room) -> None:
    text = await verified(room, MINE.signer().sign(clip(), "video/mp4", Mark.GENERATED), "fox.mp4")

    assert "### Made with AI by this Easel\n" in text

    data = THEIRS.signer().sign(samples.jpeg(), "image/jpeg", Mark.GENERATED)
    text = await verified(room, data)

    assert "### Marked as made with AI\n" in text
    assert r"**Signed** by *\@everyone \[Club\](https\://a.example)* with *Easel " in text
    assert "This Easel doesn't know the signer" in text


@scene()
async def test_a_result_is_not_signed_without_a_certificate(room: Room) -> None:
    _, data = await painted(room)

    text = await verified(room, data, "fox.jpg")

    assert "### Marked as made with AI\n" in text
    assert "**Labelled** as made with AI by Easel." in text
    assert "A label isn't proof" in text
    assert "Sign" not in text


@scene()
async def test_marks_of_another_tool_are_shown_as_text(room: Room) -> None:
    data = samples.png()
    theirs = packet(Mark.GENERATED).replace(b">Easel<", b">**Brush** &lt;@5&gt;\n# 1<")

    text = await verified(room, with_packet(data, sniff(data), theirs))

    assert r"**Labelled** as made with AI by *\*\*Brush\*\* \<\@5\> # 1*." in text


@scene()
async def test_no_mark_is_told_to_prove_nothing(room: Room) -> None:
    text = await verified(room, png(), "a_b*c.png")

    assert "### No marks found\n" in text
    assert "That proves nothing." in text
    assert r"a\_b\*c.png" in text


@scene()
async def test_a_file_that_cannot_be_read_is_told_plainly(room: Room) -> None:
    for data, words in (
        (b"%PDF-1.7 hello", "It isn't a JPEG, PNG, WebP or MP4"),
        (samples.jpeg()[:40], "It's damaged or cut off"),
        (clip()[:300], "It's damaged or cut off"),
    ):
        assert words in await verified(room, data, "file.bin")
    assert "### No marks found" in await verified(room, samples.png_claim(60_000, 60_000))


@scene()
async def test_nothing_is_stored_and_nothing_is_paid(room: Room) -> None:
    async def rows() -> dict[str, int]:
        def count(conn: Any) -> dict[str, int]:
            tables = [one for one in metadata.sorted_tables if one.name not in {"workers", "notes"}]
            return {one.name: len(conn.execute(one.select()).all()) for one in tables}

        return await room.world.base.store.tx(count)

    before, data = await rows(), samples.png()

    await verified(room, mark_bytes(data, sniff(data), Mark.GENERATED))

    assert await rows() == before
    assert room.offline.calls == []
    assert list(await room.world.base.blobs.jobs()) == []
