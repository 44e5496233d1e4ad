"""Finding a picture again: our copy, its address, its message."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.ports.blobs import BlobMeta
from bot.domain.references import Posted, Reference, Stored
from tests.unit.services.workshop import Workshop, reference

STORED = Stored(folder="job", name="out-0")
POSTED = Posted(channel_id=20, message_id=77)
DEAD = PictureError(PictureProblem.GONE)
AWAY = PictureError(PictureProblem.UNREACHABLE)


def everywhere() -> Reference:
    return replace(reference("fox"), stored=STORED, posted=POSTED)


async def test_our_own_copy_is_taken_before_anything_is_downloaded(shop: Workshop) -> None:
    await shop.cached_blobs.put(STORED.key, b"kept", BlobMeta(mime="image/jpeg"))
    found = await shop.pictures.fetch(everywhere())
    assert (found.data, found.meta) == (b"kept", BlobMeta(mime="image/jpeg"))
    assert shop.fetcher.fetched == []


async def test_without_a_copy_the_address_is_tried(shop: Workshop) -> None:
    found = await shop.pictures.fetch(everywhere())
    assert (found.data, found.meta) == (b"fox.png", None)
    assert shop.posted.asked == []


async def test_a_dead_address_is_asked_for_again_at_the_message(shop: Workshop) -> None:
    wanted = everywhere()
    shop.fetcher.problems[wanted.url] = DEAD
    shop.posted.addresses[77, "fox.png"] = "https://cdn.discordapp.com/fresh"
    assert (await shop.pictures.fetch(wanted)).data == b"fox.png"
    assert shop.fetcher.fetched == [wanted.url, "https://cdn.discordapp.com/fresh"]


async def test_a_picture_without_an_address_is_asked_for_at_the_message_at_once(shop: Workshop) -> None:
    shop.posted.addresses[77, "fox.png"] = "https://cdn.discordapp.com/fresh"
    await shop.pictures.fetch(replace(everywhere(), url=""))
    assert shop.fetcher.fetched == ["https://cdn.discordapp.com/fresh"]


@pytest.mark.parametrize("posted", [None, POSTED])
async def test_what_is_nowhere_any_more_is_gone(shop: Workshop, posted: Posted | None) -> None:
    wanted = replace(everywhere(), posted=posted)
    shop.fetcher.problems[wanted.url] = DEAD
    with pytest.raises(PictureError) as caught:
        await shop.pictures.fetch(wanted)
    assert caught.value.problem is PictureProblem.GONE


async def test_what_cannot_be_reached_just_now_is_not_called_gone(shop: Workshop) -> None:
    wanted = everywhere()
    shop.fetcher.problems[wanted.url] = AWAY
    with pytest.raises(PictureError) as caught:
        await shop.pictures.fetch(wanted)
    assert caught.value.problem is PictureProblem.UNREACHABLE
    shop.fetcher.problems[wanted.url] = DEAD
    shop.posted.error = AWAY
    with pytest.raises(PictureError) as caught:
        await shop.pictures.fetch(wanted)
    assert caught.value.problem is PictureProblem.UNREACHABLE


async def test_a_copy_that_was_thinned_out_a_moment_ago_is_no_fault(shop: Workshop) -> None:
    class Vanishing(type(shop.cached_blobs)):  # type: ignore[misc]
        async def get(self, key: str) -> bytes:
            raise KeyError(key)

    vanishing = Vanishing()
    await vanishing.put(STORED.key, b"kept", BlobMeta(mime="image/jpeg"))
    pictures = replace(shop.pictures, cached_blobs=vanishing)
    assert (await pictures.fetch(everywhere())).data == b"fox.png"
