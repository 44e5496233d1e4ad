"""Where a family tree's pictures and lines go, whatever the family."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.imaging.style import Box
from bot.imaging.tree import corners_of, rounded
from bot.imaging.tree_layout import Family, Layout, Room, Shelving, Spacing, family_of, layout_of
from tests.unit.imaging.samples import outside

SPACING = Spacing(column_gap=64, row_gap=34, rail=30, snap=24)
COLUMNS_ONLY = Shelving(many=1000, shape=1)
SHELVES = Shelving(many=4, shape=1.4)
ROOM = Room(width=200, picture=150, words=60)
STEP = ROOM.width + SPACING.column_gap

ROOMS = st.builds(
    Room, width=st.integers(120, 310), picture=st.integers(90, 290), words=st.sampled_from([0, 40, 70])
)
SHELVINGS = st.sampled_from([COLUMNS_ONLY, SHELVES, Shelving(many=2, shape=4), Shelving(many=1, shape=2)])


@st.composite
def forests(draw: st.DrawFn) -> dict[str, str | None]:
    """Up to forty, in any order: each has one that was there before it as its parent, or none."""
    count = draw(st.integers(1, 40))
    picks = [draw(st.integers(-1, number - 1)) for number in range(count)]
    pairs = [(str(number), str(pick) if pick >= 0 else None) for number, pick in enumerate(picks)]
    return dict(draw(st.permutations(pairs)) if draw(st.booleans()) else pairs)


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[Family, Layout]:
    family = family_of(draw(forests()))
    rooms = {key: draw(ROOMS) for key in family.parents}
    return family, layout_of(family, rooms, SPACING, draw(SHELVINGS))


def same_size(parents: dict[str, str | None], shelving: Shelving = COLUMNS_ONLY) -> tuple[Family, Layout]:
    family = family_of(parents)
    return family, layout_of(family, dict.fromkeys(family.parents, ROOM), SPACING, shelving)


def children_of(parent: str, number: int) -> dict[str, str | None]:
    return {parent: None} | {f"{parent}{place}": parent for place in range(number)}


def overlap(one: Box, other: Box, *, gap: float = 0.0) -> bool:
    across = one.left < other.right + gap and other.left < one.right + gap
    return across and one.top < other.bottom + gap and other.top < one.bottom + gap


def lines_of(family: Family, layout: Layout) -> dict[str, list[tuple[float, float]]]:
    """Everyone's line, but for the roots', as its corners."""
    return {
        key: corners_of(key, family, layout, SPACING)
        for key, parent in family.parents.items()
        if parent is not None
    }


@given(laid_out())
@settings(deadline=None, max_examples=60)
def test_no_two_cells_are_nearer_than_the_gap(given: tuple[Family, Layout]) -> None:
    _, layout = given
    gap = min(SPACING.row_gap, SPACING.column_gap) - 0.001
    for one, other in combinations(layout.cells.values(), 2):
        assert not overlap(one, other, gap=gap)


@given(laid_out())
@settings(deadline=None, max_examples=60)
def test_children_are_right_of_their_parents(given: tuple[Family, Layout]) -> None:
    family, layout = given
    for key, parent in family.parents.items():
        if parent is not None:
            assert layout.cells[key].left >= layout.cells[parent].right + SPACING.column_gap


@given(laid_out())
@settings(deadline=None, max_examples=60)
def test_everyone_is_drawn_once_inside_the_whole(given: tuple[Family, Layout]) -> None:
    family, layout = given
    assert layout.cells.keys() == layout.middles.keys() == family.parents.keys()
    whole = Box(left=0, top=0, width=layout.width, height=layout.height)
    for cell in layout.cells.values():
        assert outside(cell, whole) < 0.001
    for rail in layout.rails.values():
        assert -0.001 < rail < layout.height


@given(laid_out())
@settings(deadline=None, max_examples=60)
def test_a_line_touches_nobody_but_those_it_joins(given: tuple[Family, Layout]) -> None:
    family, layout = given
    for key, corners in lines_of(family, layout).items():
        strangers = [layout.cells[other] for other in layout.cells if other not in (key, family.parents[key])]
        for (x, y), (to_x, to_y) in pairwise(corners):
            thin = Box(
                left=min(x, to_x) - 2,
                top=min(y, to_y) - 2,
                width=abs(to_x - x) + 4,
                height=abs(to_y - y) + 4,
            )
            assert not any(overlap(thin, stranger) for stranger in strangers)


@given(laid_out())
@settings(deadline=None, max_examples=60)
def test_a_line_runs_level_and_upright_from_picture_to_picture(given: tuple[Family, Layout]) -> None:
    family, layout = given
    for key, corners in lines_of(family, layout).items():
        assert corners[0][1] == layout.middles[family.parents[key] or ""]
        assert corners[-1][1] == layout.middles[key]
        assert all(x == to_x or y == to_y for (x, y), (to_x, to_y) in pairwise(corners))


@given(laid_out())
@settings(deadline=None, max_examples=60)
def test_a_parent_is_between_its_children(given: tuple[Family, Layout]) -> None:
    family, layout = given
    for key, children in family.children.items():
        ends = [layout.rails.get(child, layout.middles[child]) for child in children]
        if ends:
            assert min(ends) - 0.001 <= layout.middles[key] <= max(ends) + 0.001


def test_a_chain_is_one_straight_row() -> None:
    keys = [str(number) for number in range(8)]
    family, layout = same_size({key: str(int(key) - 1) if key != "0" else None for key in keys})
    assert [layout.cells[key].left for key in keys] == [number * STEP for number in range(8)]
    assert layout.height == ROOM.height
    assert all(len({y for _, y in corners}) == 1 for corners in lines_of(family, layout).values())


def test_children_stand_below_each_other_in_their_order() -> None:
    _, layout = same_size(children_of("a", 3), SHELVES)
    assert layout.cells["a0"].bottom < layout.cells["a1"].top < layout.cells["a1"].bottom
    assert layout.cells["a1"].bottom < layout.cells["a2"].top
    assert layout.middles["a"] == layout.middles["a1"]


def test_an_almost_straight_line_is_made_straight() -> None:
    family = family_of(children_of("a", 3))
    rooms = dict.fromkeys(family.parents, ROOM) | {"a2": Room(width=200, picture=170, words=60)}
    layout = layout_of(family, rooms, SPACING, COLUMNS_ONLY)
    assert layout.middles["a"] == layout.middles["a1"]


def test_a_dozen_childless_children_stand_on_a_shelf() -> None:
    family, layout = same_size(children_of("a", 12), SHELVES)
    assert len({layout.cells[key].left for key in family.children["a"]}) == 4
    assert len({layout.cells[key].top for key in family.children["a"]}) == 3
    assert layout.width / layout.height < 2


def test_lines_come_to_a_shelf_from_above() -> None:
    family, layout = same_size(children_of("a", 5), SHELVES)
    for key, corners in lines_of(family, layout).items():
        rail = layout.rails[key]
        assert rail == layout.cells[key].top - SPACING.rail
        assert corners[-2] == (corners[-1][0], rail)


def test_on_a_shelf_the_words_of_a_row_are_level() -> None:
    family = family_of(children_of("a", 4))
    rooms = {
        key: Room(width=200, picture=90 + 20 * place, words=60)
        for place, key in enumerate(["a0", "a1", "a2", "a3"])
    }
    layout = layout_of(family, rooms | {"a": ROOM}, SPACING, SHELVES)
    assert layout.cells["a0"].bottom == layout.cells["a1"].bottom
    assert layout.cells["a0"].top > layout.cells["a1"].top


def test_those_with_children_stand_before_the_shelf() -> None:
    _, layout = same_size(children_of("a", 5) | {"b": "a4"}, SHELVES)
    assert "a4" not in layout.rails
    assert layout.cells["a4"].bottom < layout.cells["a0"].top


def test_a_short_branch_moves_up_beside_a_deep_one() -> None:
    parents: dict[str, str | None] = {"a": None, "deep": "a", "short": "a"}
    parents |= {"x": "deep", "y": "deep", "z": "deep"}
    _, layout = same_size(parents)
    assert layout.cells["short"].top < layout.cells["z"].bottom


def test_several_roots_stand_below_each_other() -> None:
    _, layout = same_size(children_of("a", 2) | children_of("b", 2))
    assert layout.cells["a"].left == layout.cells["b"].left == 0
    assert layout.cells["a1"].bottom < layout.cells["b0"].top


@pytest.mark.parametrize(
    ("said", "parents"),
    [
        ({"a": "gone"}, {"a": None}),
        ({"a": "a"}, {"a": None}),
        ({"a": "b", "b": "a", "c": "b"}, {"a": None, "b": None, "c": "b"}),
        ({"c": "b", "b": "a", "a": None}, {"c": "b", "b": "a", "a": None}),
    ],
    ids=["a parent that is gone", "oneself", "a circle", "children first"],
)
def test_any_family_becomes_a_forest(said: dict[str, str | None], parents: dict[str, str | None]) -> None:
    assert family_of(said).parents == parents


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.sampled_from("abcdefghi"), min_size=1))
@settings(deadline=None, max_examples=60)
def test_everyone_in_a_forest_comes_from_a_root(said: dict[str, str | None]) -> None:
    family = family_of(said)
    assert all(family.line_of(key)[-1] in family.roots for key in said)


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
