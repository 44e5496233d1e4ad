"""Finding a picture again: our copy, its address, its message."""

from __future__ import annotations

import io
import random
from dataclasses import replace

import pytest
from PIL import Image

from bot.domain.pictures import MAX_REFERENCES_BYTES, MAX_REQUEST_BYTES, PictureError, PictureProblem
from bot.domain.ports.blobs import BlobMeta
from bot.domain.references import Posted, Reference, Stored
from bot.imaging.pillow_imaging import PillowImaging
from bot.seedream.wire.order import build_body, check
from bot.services.references import References, fair_share
from tests.fakes import FakeFetcher
from tests.pictures import remember_pictures
from tests.tables import each_case
from tests.unit.seedream.material import an_order
from tests.unit.services.workshop import Workshop, reference, request

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


def noise(side: int) -> bytes:
    """A grainy photo: what JPEG compresses worst."""
    file = io.BytesIO()
    pixels = random.Random(1).randbytes(3 * side * side)
    Image.frombytes("RGB", (side, side), pixels).save(file, "JPEG", quality=95, subsampling=0)
    return file.getvalue()


class OnePhoto(FakeFetcher):
    """Fetches the same photo from every address."""

    def __init__(self, photo: bytes) -> None:
        super().__init__()
        self.photo = photo

    async def fetch(self, reference: Reference) -> bytes:
        return self.photo


async def test_fourteen_grainy_photos_fit_into_one_request(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember_pictures(monkeypatch)  # they are the same photo
    photo = noise(1024)
    job = await shop.ask(request(references=tuple(reference(f"image{n}") for n in range(1, 15))))
    async with PillowImaging() as imaging:
        pictures = replace(shop.pictures, fetcher=OnePhoto(photo))
        prepared = await References(pictures=pictures, imaging=imaging, blobs=shop.blobs).prepare(job)

    order = an_order(references=prepared.pictures)
    check(order)
    assert len(build_body(order)) <= MAX_REQUEST_BYTES
    assert len(prepared.pictures) == 14
    assert min(len(picture.data) for picture in prepared.pictures) > MAX_REFERENCES_BYTES // 14 // 2
    meta = await shop.blobs.find(f"{job.id}/in-0")
    assert meta is not None
    assert len(await shop.blobs.get(f"{job.id}/in-0")) > len(prepared.pictures[0].data)  # for other jobs


@each_case(
    ("sizes", "largest"),
    [
        ([], 100),
        ([100], 100),
        ([40, 60], 100),
        ([101], 100),
        ([10, 80, 80], 45),
        ([50, 50, 1], 49),
        ([90] * 4, 25),
    ],
)
def test_small_pictures_leave_their_share_to_large_ones(sizes: list[int], largest: int) -> None:
    assert fair_share(sizes, 100) == largest
    assert sum(min(size, largest) for size in sizes) <= 100


async def test_pictures_that_fit_are_sent_as_they_are(shop: Workshop) -> None:
    job = await shop.ask(request(references=(reference("a"), reference("b"))))

    await shop.runner.references.prepare(job)

    assert shop.imaging.shrunk == []
