"""Family trees as pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from itertools import combinations, pairwise

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

import bot.imaging.tree as trees
from bot.domain.ports.drawing import MAX_TREE_NODES, ImageComposer, TreeNode
from bot.imaging.pillow_imaging import PillowImaging
from bot.imaging.style import DRAWN_TEAL, Colour, TextBox, font
from bot.imaging.tile import EMPTY, EMPTY_RIM
from bot.imaging.tree import WORDS_HEIGHT, TreePlan, plan_tree, rounded
from tests.unit.imaging import samples
from tests.unit.imaging.test_pack import COMPOSITE, CREATOR, SOURCE_TYPE, properties


@pytest_asyncio.fixture
async def composer() -> AsyncIterator[ImageComposer]:
    async with PillowImaging() as imaging:
        yield imaging


def node(key: str, parent: str | None = None, **given: str | bytes | bool | None) -> TreeNode:
    said: dict[str, object] = {"title": key, "note": "vary", "thumbnail": None, "is_here": False, **given}
    return TreeNode(key=key, parent=parent, **said)  # pyright: ignore[reportArgumentType] - one maker for all


def a_family() -> list[TreeNode]:
    return [
        node("a", thumbnail=samples.flat(200, 200, samples.RED, "JPEG"), note="imagine"),
        node("b", "a", thumbnail=samples.flat(320, 180, samples.GREEN, "JPEG"), is_here=True),
        node("c", "a", thumbnail=None),
        node("d", "b", thumbnail=samples.flat(137, 320, samples.BLUE, "JPEG")),
    ]


def middle(box: TextBox) -> tuple[float, float]:
    return box.left + box.width / 2, box.top + box.height / 2


async def test_a_tree_shows_everyones_picture_and_is_marked(composer: ImageComposer) -> None:
    data = await composer.tree(a_family())
    plan, image = plan_tree(a_family()), samples.opened_jpeg(data)
    assert image.size == (plan.size.width, plan.size.height)
    for key, colour in (("a", samples.RED), ("b", samples.GREEN), ("d", samples.BLUE)):
        assert samples.is_about(image, middle(plan.tile_of(key)), colour)
    assert properties(data) == [(SOURCE_TYPE, COMPOSITE), (CREATOR, "Easel")]


async def test_only_where_one_is_has_a_ring(composer: ImageComposer) -> None:
    plan, image = plan_tree(a_family()), samples.opened_jpeg(await composer.tree(a_family()))
    ringed = [
        key
        for key in plan.nodes
        if samples.is_about(
            image, (middle(plan.tile_of(key))[0], plan.tile_of(key).bottom + 7), DRAWN_TEAL, within=30
        )
    ]
    assert ringed == ["b"]


@pytest.mark.parametrize("bad", [None, samples.HOSTILE["text"], samples.HOSTILE["damaged"]])
async def test_a_thumbnail_that_cannot_be_read_is_drawn_as_gone(
    composer: ImageComposer, bad: bytes | None
) -> None:
    nodes = [node("a", thumbnail=bad), node("b", "a", thumbnail=samples.jpeg())]
    plan, image = plan_tree(nodes), samples.opened_jpeg(await composer.tree(nodes))
    box = plan.tile_of("a")
    assert samples.is_about(image, (box.left + 30, box.top + 30), EMPTY, within=3)
    assert samples.is_about(
        image, (box.left + 0.4 * box.width, box.top + 0.6 * box.height), EMPTY_RIM, within=3
    )


@pytest.mark.parametrize("number", [0, MAX_TREE_NODES + 1])
async def test_a_tree_of_none_or_too_many_is_a_fault(composer: ImageComposer, number: int) -> None:
    with pytest.raises(ValueError, match="nodes"):
        await composer.tree([node(str(place)) for place in range(number)])


PICTURES = [samples.flat(*size, samples.RED, "JPEG") for size in ((320, 320), (320, 137), (137, 320))]
SHAPES: dict[str, Callable[[int], int]] = {
    "chain": lambda place: place - 1,
    "bushy": lambda place: 0,
    "staircase": lambda place: place - 1 if place % 2 else place - 2,
    "threes": lambda place: (place - 1) // 3,
}


def forty(shape: str) -> list[TreeNode]:
    return [
        node(str(place), str(SHAPES[shape](place)) if place else None, thumbnail=PICTURES[place % 3])
        for place in range(MAX_TREE_NODES)
    ]


@st.composite
def plans(draw: st.DrawFn) -> TreePlan:
    """Up to forty pictures of three shapes: each has one before it as its parent, or none."""
    picks = [draw(st.integers(-1, number - 1)) for number in range(draw(st.integers(1, MAX_TREE_NODES)))]
    return plan_tree(
        [
            node(str(number), str(pick) if pick >= 0 else None, thumbnail=PICTURES[number % 3])
            for number, pick in enumerate(picks)
        ]
    )


def cell_of(plan: TreePlan, key: str) -> TextBox:
    """Its room with the words under the tile."""
    (x, y), scale = plan.middle_of(key), plan.scale
    wide, tall = plan.cell.width * scale, plan.cell.height * scale
    return TextBox(left=x - wide / 2, top=y - tall / 2, width=wide, height=tall + WORDS_HEIGHT * scale)


@given(plans())
@settings(deadline=None, max_examples=40)
def test_no_two_cells_touch_and_all_are_inside_the_whole(plan: TreePlan) -> None:
    cells = [cell_of(plan, key) for key in plan.nodes]
    assert not any(touch(one, other) for one, other in combinations(cells, 2))
    whole = TextBox(left=0, top=0, width=plan.size.width, height=plan.size.height)
    assert all(samples.outside(cell, whole) == 0 for cell in cells)
    assert all(samples.outside(plan.tile_of(key), cell_of(plan, key)) < 2 for key in plan.nodes)


@given(plans())
@settings(deadline=None, max_examples=40)
def test_a_line_runs_level_and_upright_and_touches_nobody_but_those_it_joins(plan: TreePlan) -> None:
    for key, parent in plan.parents.items():
        strangers = [cell_of(plan, other) for other in plan.nodes if other not in (key, parent)]
        for (x, y), (to_x, to_y) in pairwise(plan.corners_of(key)):
            assert x == to_x or y == to_y
            left, top = min(x, to_x) - 2, min(y, to_y) - 2
            thin = TextBox(left=left, top=top, width=abs(to_x - x) + 4, height=abs(to_y - y) + 4)
            assert not any(touch(thin, stranger) for stranger in strangers)


def test_lines_come_to_a_shelf_from_above() -> None:
    plan = plan_tree([node("a"), *(node(f"a{place}", "a") for place in range(5))])
    for key in ("a0", "a4"):
        *_, turn, end = plan.corners_of(key)
        assert turn[0] == end[0]
        assert turn[1] < plan.tile_of(key).top


def test_corners_are_cut_round_and_ends_stay() -> None:
    points = rounded([(0, 0), (100, 0), (100, 50)], 20)
    assert (points[0], points[-1]) == ((0, 0), (100, 50))
    assert (80, 0) in points
    assert (100, 20) in points
    assert (100, 0) not in points


def test_where_there_is_little_room_corners_are_cut_less() -> None:
    points = rounded([(0, 0), (50, 0), (50, 4), (100, 4)], 20)
    assert (48, 0) in points
    assert all(0 <= y <= 4 for _, y in points)


def test_a_line_that_does_not_bend_stays_straight() -> None:
    points = rounded([(0, 7), (50, 7), (50, 7), (100, 7)], 20)
    assert [y for _, y in points] == pytest.approx([7] * len(points))
    assert [x for x, _ in points] == sorted(x for x, _ in points)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_largest_trees_are_bounded(shape: str) -> None:
    plan = plan_tree(forty(shape))
    assert max(plan.size.width, plan.size.height) <= 8000
    assert plan.size.pixels <= 10_000_000
    assert plan.cost_bytes < 256 * 1024 * 1024


def test_a_small_tree_is_drawn_larger_than_a_big_one() -> None:
    assert plan_tree(a_family()).scale == 1.0 > plan_tree(forty("threes")).scale


def written(plan: TreePlan, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, TextBox]]:
    """Every text of the drawing, and the box around its ink."""
    found: list[tuple[str, TextBox]] = []

    def watched(
        image: Image.Image, at: tuple[float, float], text: str, *, size: int, colour: Colour, anchor: str
    ) -> None:
        left, top, right, bottom = ImageDraw.Draw(image).textbbox(at, text, font=font(size), anchor=anchor)
        found.append((text, TextBox(left=left, top=top, width=right - left, height=bottom - top)))

    monkeypatch.setattr(trees, "write", watched)
    trees.draw_tree(plan)
    return found


def touch(one: TextBox, other: TextBox) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom


@pytest.mark.parametrize("number", [3, 13])
def test_no_text_lies_on_another_or_on_a_picture(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "Äpfel und Birnen, gjpq|Ñ und mehr"
    nodes = [node(str(place), "0" if place else None, title=long, note=long) for place in range(number)]
    plan = plan_tree(nodes)
    texts = written(plan, monkeypatch)
    boxes = [box for _, box in texts] + [plan.tile_of(key) for key in plan.nodes]
    assert len(texts) == 2 * number
    assert all(text.endswith("…") for text, _ in texts)
    assert not any(touch(one, other) for one, other in combinations(boxes, 2))
    whole = TextBox(left=0, top=0, width=plan.size.width, height=plan.size.height)
    assert all(samples.outside(box, whole) == 0 for box in boxes)


def test_words_the_font_does_not_have_leave_no_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = plan_tree([node("a", title="日本語", note="編集 edit"), node("b", "a", title="", note="")])
    ((text, box),) = written(plan, monkeypatch)
    assert text == "edit"
    assert box.top - plan.tile_of("a").bottom < 40


def test_the_same_tree_gives_the_same_bytes() -> None:
    assert trees.draw_tree(plan_tree(a_family())) == trees.draw_tree(plan_tree(a_family()))
