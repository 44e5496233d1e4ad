"""Pictures made from pictures: thumbnails, pairs and family trees."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from itertools import combinations

import pytest
import pytest_asyncio
from PIL import Image, ImageDraw

import bot.imaging.sheet as pairs
import bot.imaging.studio as studio_module
import bot.imaging.tree as trees
from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.ports.drawing import MAX_TREE_NODES, THUMBNAIL_SIDE, Artist, TreeNode
from bot.domain.sizes import Size
from bot.imaging.sheet import EMPTY, EMPTY_RIM, GAP, MAX_HEIGHT, MAX_WIDTH, MIN_HEIGHT, Source, tiles_of
from bot.imaging.studio import Studio
from bot.imaging.style import PANEL, TEAL, Box, Colour, font
from bot.imaging.tree import TreePlan, plan_tree
from tests.unit.imaging import samples
from tests.unit.imaging.test_provenance import COMPOSITE, CREATOR, SOURCE_TYPE, properties

HOSTILE = {
    "nothing": b"",
    "text": b"not a picture at all",
    "too large": samples.png_header(60_000, 60_000),
    "only a header": samples.jpeg_header(300, 200),
    "stops early": samples.encoded(samples.noise(60, 60), "JPEG")[:-1500],
    "damaged": samples.png_header(64, 48) + samples.png_chunk(b"IDAT", b"rubbish"),
}


@pytest_asyncio.fixture
async def artist() -> AsyncIterator[Artist]:
    async with Studio() as studio:
        yield studio


def flat(width: int, height: int, colour: Colour, file_format: str = "PNG") -> bytes:
    return samples.encoded(Image.new("RGB", (width, height), colour), file_format)


def opened(data: bytes) -> Image.Image:
    image = samples.opened(data)
    assert (image.format, image.mode) == ("JPEG", "RGB")
    return image


def is_about(image: Image.Image, at: tuple[float, float], colour: Colour, *, within: int = 12) -> bool:
    pixel = image.getpixel((round(at[0]), round(at[1])))
    assert isinstance(pixel, tuple)
    return all(abs(part - wanted) <= within for part, wanted in zip(pixel, colour, strict=True))


def node(key: str, parent: str | None = None, **given: str | bytes | bool | None) -> TreeNode:
    said: dict[str, object] = {"title": key, "note": "vary", "thumbnail": None, "is_here": False, **given}
    return TreeNode(key=key, parent=parent, **said)  # pyright: ignore[reportArgumentType] - one maker for all


# Thumbnails


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (samples.jpeg(1600, 900), (320, 180)),
        (samples.png(300, 600), (160, 320)),
        (samples.webp(640, 640, "RGBA"), (320, 320)),
        (samples.animation("GIF"), (40, 30)),
        (samples.jpeg(600, 300, exif=samples.exif(6)), (160, 320)),
        (samples.png(4000, 8), (320, 1)),
    ],
    ids=["wide", "tall", "transparent", "small", "on its side", "a line"],
)
async def test_a_thumbnail_is_small_and_upright(artist: Artist, data: bytes, size: tuple[int, int]) -> None:
    assert opened(await artist.thumbnail(data)).size == size
    assert max(size) <= THUMBNAIL_SIDE


async def test_a_thumbnail_of_anything_is_light(artist: Artist) -> None:
    noise = samples.encoded(samples.noise(900, 900), "JPEG")
    assert len(await artist.thumbnail(noise)) <= 25_000


async def test_a_thumbnail_tells_nothing_but_its_pixels(artist: Artist) -> None:
    told = samples.jpeg(500, 400, exif=samples.exif(), icc_profile=samples.srgb_profile(), comment=b"secret")
    data = await artist.thumbnail(told)
    assert opened(data).info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert b"secret" not in data
    assert samples.GPS_TEXT.encode() not in data


async def test_a_thumbnail_shows_colours_as_they_were_meant(artist: Artist) -> None:
    red = Image.new("RGB", (90, 90), samples.RED)
    data = samples.encoded(red, "JPEG", icc_profile=samples.swapped_profile())
    thumbnail = opened(await artist.thumbnail(data))
    assert is_about(thumbnail, (45, 45), samples.GREEN, within=40)


async def test_what_was_transparent_is_white_in_a_thumbnail(artist: Artist) -> None:
    data = samples.encoded(Image.new("RGBA", (90, 90), (255, 0, 0, 0)), "PNG")
    assert is_about(opened(await artist.thumbnail(data)), (45, 45), samples.WHITE)


# Pairs


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (Size(2048, 2048), Size(2048, 2048)),
        (Size(3024, 1296), Size(1440, 2560)),
        (Size(1296, 3024), Size(1296, 3024)),
        (Size(15, 15), Size(60, 15)),
        (Size(1600, 100), Size(100, 1600)),
        (Size(20_000, 4), Size(4, 20_000)),
        (Size(4096, 4096), Size(512, 512)),
    ],
    ids=str,
)
def test_both_of_a_pair_are_equally_high_within_the_limits(before: Size, after: Size) -> None:
    first, second = tiles_of(before, after)
    assert first.height == second.height <= MAX_HEIGHT
    assert first.width + GAP + second.width <= MAX_WIDTH
    assert min(first.width, second.width) >= 100


def test_a_pair_is_as_high_as_the_higher_one_where_there_is_room() -> None:
    assert tiles_of(Size(700, 700), Size(300, 600))[0].height == 700
    assert tiles_of(Size(60, 60), Size(60, 60))[0].height == MIN_HEIGHT


async def test_before_is_at_the_left_and_after_at_the_right(artist: Artist) -> None:
    data = await artist.side_by_side(
        flat(700, 500, samples.RED), flat(500, 500, samples.BLUE), before_label="Before", after_label="After"
    )
    image = opened(data)
    assert image.size == (700 + GAP + 500, 500)
    assert is_about(image, (350, 400), samples.RED)
    assert is_about(image, (700 + GAP / 2, 250), PANEL)
    assert is_about(image, (950, 400), samples.BLUE)


async def test_a_pair_is_marked_as_made_with_ai(artist: Artist) -> None:
    data = await artist.side_by_side(
        samples.jpeg(), samples.png(), before_label="Before", after_label="After"
    )
    assert properties(data) == [(SOURCE_TYPE, COMPOSITE), (CREATOR, "Easel")]


async def test_a_turned_picture_stands_upright_in_a_pair(artist: Artist) -> None:
    turned = samples.jpeg(1000, 500, exif=samples.exif(8))
    data = await artist.side_by_side(turned, flat(500, 1000, samples.RED), before_label="", after_label="")
    assert opened(data).size == (500 + GAP + 500, 1000)


async def test_a_very_long_picture_is_shown_whole(artist: Artist) -> None:
    long = Image.new("RGB", (1600, 100), samples.RED)
    long.paste(samples.BLUE, (1500, 0, 1600, 100))
    data = await artist.side_by_side(
        samples.encoded(long, "PNG"), flat(600, 600, samples.GREEN), before_label="", after_label=""
    )
    image = opened(data)
    tile, _ = tiles_of(Size(1600, 100), Size(600, 600))
    assert is_about(image, (tile.width - 10, tile.height / 2), samples.BLUE)
    assert is_about(image, (10, tile.height / 2), samples.RED)
    assert is_about(image, (tile.width / 2, 10), PANEL)


async def white_pair(artist: Artist, before: str, after: str, width: int = 600) -> Image.Image:
    """Two white pictures of 600 pixels' height, the second as wide as said."""
    data = await artist.side_by_side(
        flat(600, 600, samples.WHITE),
        flat(width, 600, samples.WHITE),
        before_label=before,
        after_label=after,
    )
    return opened(data)


def darkest(image: Image.Image, left: int, right: int) -> int:
    lowest, _ = image.crop((left, 0, right, image.height)).convert("L").getextrema()
    assert isinstance(lowest, int)
    return lowest


async def test_labels_lie_in_the_upper_corners(artist: Artist) -> None:
    image = await white_pair(artist, "Before", "After")
    assert darkest(image.crop((0, 0, 200, 80)), 0, 200) < 120
    assert darkest(image.crop((image.width - 200, 0, image.width, 80)), 0, 200) < 120
    assert darkest(image, 250, 590) > 245
    assert darkest(image.crop((0, 100, image.width, 600)), 0, 590) > 245


@pytest.mark.parametrize("label", ["", "   ", "以前", "\u202e\n"])
async def test_a_label_without_letters_leaves_the_picture_alone(artist: Artist, label: str) -> None:
    image = await white_pair(artist, label, label)
    assert darkest(image, 0, 590) > 245
    assert darkest(image, 622, image.width) > 245


@pytest.mark.parametrize("width", [150, 260, 600])
async def test_a_long_label_stays_on_its_own_picture(artist: Artist, width: int) -> None:
    image = await white_pair(artist, "", "A label that nobody would ever write on it " * 4, width)
    assert darkest(image, 0, 590) > 245
    assert is_about(image, (612 + 4, 30), samples.WHITE)
    assert is_about(image, (image.width - 5, 30), samples.WHITE)


# Family trees


def a_family() -> list[TreeNode]:
    return [
        node("a", thumbnail=flat(200, 200, samples.RED, "JPEG"), note="imagine"),
        node("b", "a", thumbnail=flat(320, 180, samples.GREEN, "JPEG"), is_here=True),
        node("c", "a", thumbnail=None),
        node("d", "b", thumbnail=flat(137, 320, samples.BLUE, "JPEG")),
    ]


def middle(box: Box) -> tuple[float, float]:
    return box.left + box.width / 2, box.top + box.height / 2


async def test_a_tree_shows_everyones_picture_and_is_marked(artist: Artist) -> None:
    data = await artist.tree(a_family())
    plan, image = plan_tree(a_family()), opened(data)
    assert image.size == (plan.size.width, plan.size.height)
    for key, colour in (("a", samples.RED), ("b", samples.GREEN), ("d", samples.BLUE)):
        assert is_about(image, middle(plan.tile_of(key)), colour)
    assert properties(data) == [(SOURCE_TYPE, COMPOSITE), (CREATOR, "Easel")]


async def test_only_where_one_is_has_a_ring(artist: Artist) -> None:
    plan, image = plan_tree(a_family()), opened(await artist.tree(a_family()))
    ringed = [
        key
        for key in plan.nodes
        if is_about(image, (middle(plan.tile_of(key))[0], plan.tile_of(key).bottom + 7), TEAL, within=30)
    ]
    assert ringed == ["b"]


@pytest.mark.parametrize("bad", [None, *HOSTILE.values()], ids=["gone", *HOSTILE])
async def test_a_thumbnail_that_cannot_be_read_is_drawn_as_gone(artist: Artist, bad: bytes | None) -> None:
    nodes = [node("a", thumbnail=bad), node("b", "a", thumbnail=samples.jpeg())]
    plan, image = plan_tree(nodes), opened(await artist.tree(nodes))
    box = plan.tile_of("a")
    assert is_about(image, (box.left + 30, box.top + 30), EMPTY, within=3)
    assert is_about(image, (box.left + 0.4 * box.width, box.top + 0.6 * box.height), EMPTY_RIM, within=3)


@pytest.mark.parametrize("number", [0, MAX_TREE_NODES + 1])
async def test_a_tree_of_none_or_too_many_is_a_fault(artist: Artist, number: int) -> None:
    with pytest.raises(ValueError, match="nodes"):
        await artist.tree([node(str(place)) for place in range(number)])


SHAPES: dict[str, Callable[[int], int]] = {
    "chain": lambda place: place - 1,
    "bushy": lambda place: 0,
    "staircase": lambda place: place - 1 if place % 2 else place - 2,
    "threes": lambda place: (place - 1) // 3,
}


def forty(shape: str) -> list[TreeNode]:
    sizes = [(320, 320), (320, 137), (137, 320)]
    pictures = [flat(*size, samples.RED, "JPEG") for size in sizes]
    return [
        node(str(place), str(SHAPES[shape](place)) if place else None, thumbnail=pictures[place % 3])
        for place in range(MAX_TREE_NODES)
    ]


@pytest.mark.parametrize("shape", SHAPES)
def test_the_largest_trees_are_bounded(shape: str) -> None:
    plan = plan_tree(forty(shape))
    assert max(plan.size.width, plan.size.height) <= 8000
    assert plan.size.pixels <= 10_000_000
    assert plan.cost_bytes < 256 * 1024 * 1024


def test_a_small_tree_is_drawn_larger_than_a_big_one() -> None:
    assert plan_tree(a_family()).measures.scale == 1.0 > plan_tree(forty("threes")).measures.scale


def written(plan: TreePlan, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Box]]:
    """Every text of the drawing, and the box around its ink."""
    found: list[tuple[str, Box]] = []

    def watched(
        image: Image.Image, at: tuple[float, float], text: str, *, size: int, colour: Colour, anchor: str
    ) -> None:
        left, top, right, bottom = ImageDraw.Draw(image).textbbox(at, text, font=font(size), anchor=anchor)
        found.append((text, Box(left=left, top=top, width=right - left, height=bottom - top)))

    monkeypatch.setattr(trees, "write", watched)
    trees.draw_tree(plan)
    return found


def touch(one: Box, other: Box) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom


@pytest.mark.parametrize("number", [3, 13, 40])
def test_no_text_lies_on_another_or_on_a_picture(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "Äpfel und Birnen, gjpq|Ñ und mehr"
    nodes = [node(str(place), "0" if place else None, title=long, note=long) for place in range(number)]
    plan = plan_tree(nodes)
    texts = written(plan, monkeypatch)
    boxes = [box for _, box in texts] + [plan.tile_of(key) for key in plan.nodes]
    assert len(texts) == 2 * number
    assert all(text.endswith("…") for text, _ in texts)
    assert not any(touch(one, other) for one, other in combinations(boxes, 2))
    whole = Box(left=0, top=0, width=plan.size.width, height=plan.size.height)
    assert all(samples.outside(box, whole) == 0 for box in boxes)


def test_words_the_font_does_not_have_leave_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_tree([node("a", title="日本語", note="編集 edit"), node("b", "a", title="", note="")])
    ((text, box),) = written(plan, monkeypatch)
    assert text == "edit"
    assert box.top - plan.tile_of("a").bottom < 40


def test_the_same_tree_gives_the_same_bytes() -> None:
    assert trees.draw_tree(plan_tree(a_family())) == trees.draw_tree(plan_tree(a_family()))


# As everyone uses them


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_bytes_are_refused(artist: Artist, name: str) -> None:
    bad, good = HOSTILE[name], samples.jpeg()
    with pytest.raises(PictureError):
        await artist.thumbnail(bad)
    for pair in ((bad, good), (good, bad)):
        with pytest.raises(PictureError):
            await artist.side_by_side(*pair, before_label="Before", after_label="After")


async def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(artist: Artist) -> None:
    with pytest.raises(PictureError) as caught:
        await artist.thumbnail(HOSTILE["too large"])
    assert caught.value.problem is PictureProblem.TOO_MANY_PIXELS


async def test_a_budget_for_one_picture_lets_one_be_decoded_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    inside, most = 0, 0
    lock = threading.Lock()
    original = studio_module.thumbnail

    def watched(source: Source) -> bytes:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        result = original(source)
        with lock:
            inside -= 1
        return result

    monkeypatch.setattr(studio_module, "thumbnail", watched)
    data = samples.png(500, 500)
    async with Studio(workers=4, memory_budget_bytes=500 * 500 * 12 + 2 * len(data)) as small:
        await asyncio.gather(*(small.thumbnail(data) for _ in range(6)))
    assert most == 1


def test_a_pair_reserves_what_its_larger_picture_takes() -> None:
    def side(width: int, height: int) -> pairs.Side:
        return pairs.Side(source=studio_module.source_of(samples.png(width, height)), label="")

    small, large = side(100, 100), side(1500, 1500)
    assert pairs.pair_cost_bytes(small, large) == pairs.pair_cost_bytes(large, small)
    assert pairs.pair_cost_bytes(small, large) > large.source.cost_bytes > 1500 * 1500 * 11


async def test_the_event_loop_stays_free_while_pictures_are_drawn(artist: Artist) -> None:
    data = samples.jpeg(2048, 2048, quality=95)
    lags: list[float] = []

    async def watch() -> None:
        while True:
            before = time.perf_counter()
            await asyncio.sleep(0)
            lags.append(time.perf_counter() - before)

    watching = asyncio.create_task(watch(), name="watch")
    await asyncio.gather(
        artist.thumbnail(data),
        artist.side_by_side(data, data, before_label="Before", after_label="After"),
        artist.tree(a_family()),
    )
    watching.cancel()
    lags.sort()
    assert len(lags) > 100
    assert lags[int(len(lags) * 0.99)] < 0.05
