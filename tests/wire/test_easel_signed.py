"""Signatures on what Discord gets: of the very bytes that are uploaded, and never in the way of a result."""

from __future__ import annotations

from pathlib import Path

import pytest
from c2pa import C2paError

from bot.domain.pictures import Mark
from bot.provenance.signing import ResultSigner
from tests.signing import Papers, papers, read_signature
from tests.wire.app import Scene
from tests.wire.cards import text_of


@pytest.fixture
def mine(tmp_path: Path) -> Papers:
    return papers(tmp_path / "papers")


async def start_signing(scene: Scene, mine: Papers) -> None:
    scene.change_settings(
        easel_c2pa_certificate=mine.chain,
        easel_c2pa_key=mine.key,
        easel_operators=frozenset({scene.ben.id}),
    )
    await scene.start()


async def delivered(scene: Scene) -> bytes:
    """The bytes that Discord has of a picture."""
    handle = await scene.imagine("a red fox in snow")
    await scene.done(handle)
    assert handle.message is not None
    [attachment] = handle.message.attachments
    return attachment.data


async def test_what_is_uploaded_is_signed(scene: Scene, mine: Papers) -> None:
    await start_signing(scene, mine)

    read = read_signature(await delivered(scene), "image/jpeg", trusting=mine)

    assert (read.state, read.actions) == ("Trusted", [("c2pa.created", Mark.GENERATED.value)])
    assert "fox" not in read.text
    assert str(scene.ada.id) not in read.text
    assert scene.direct_messages(scene.ben) == []


async def test_a_signature_that_fails_costs_no_result_and_operators_are_told_once(
    scene: Scene, mine: Papers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> bytes:
        raise C2paError("the certificate was not valid at time of signing")

    monkeypatch.setattr("bot.services.signing.LOOK_EVERY_S", 0.01)
    await start_signing(scene, mine)
    monkeypatch.setattr(ResultSigner, "_signed", fail)

    pictures = [await delivered(scene) for _ in range(2)]
    await scene.pass_time(60)

    (notice,) = await scene.server.wait_for(lambda: scene.direct_messages(scene.ben))
    assert "Results aren't being signed" in text_of(notice)
    for data in pictures:
        assert Mark.GENERATED.value.encode() in data
        with pytest.raises(C2paError, match="ManifestNotFound"):
            read_signature(data, "image/jpeg")
