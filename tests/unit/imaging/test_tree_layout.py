"""Where everyone in a family tree stands, whatever the family."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.imaging.tree import Parents, TreeSpot, forest_of, layout_of, line_of
from tests.tables import each_case


@st.composite
def forests(draw: st.DrawFn) -> Parents:
    """Up to forty, in any order: each has one that was there before it as its parent, or none."""
    count = draw(st.integers(1, 40))
    picks = [draw(st.integers(-1, number - 1)) for number in range(count)]
    pairs = [(str(number), str(pick) if pick >= 0 else None) for number, pick in enumerate(picks)]
    return dict(draw(st.permutations(pairs)) if draw(st.booleans()) else pairs)


def children_of(parent: str, number: int) -> dict[str, str | None]:
    return {parent: None} | {f"{parent}{place}": parent for place in range(number)}


@given(forests(), st.sampled_from([2, 3, 4, 1000]))
@settings(deadline=None, max_examples=50)
def test_any_forest_stands_in_order_on_its_grid(parents: Parents, many: int) -> None:
    spots = layout_of(parents, many)
    assert spots.keys() == parents.keys()
    assert min(spot.row for spot in spots.values()) == 0
    for one, other in combinations(spots.values(), 2):
        assert one.column != other.column or abs(one.row - other.row) >= 1 - 1e-9
    for key, parent in parents.items():
        own = [spot.row for child, spot in spots.items() if parents[child] == key]
        assert not own or min(own) <= spots[key].row <= max(own)
        if parent is None:
            assert spots[key].column == 0
        elif not spots[key].hangs:
            assert spots[key].column == spots[parent].column + 1
        else:
            assert spots[key].column > spots[parent].column


def test_a_chain_is_one_straight_row() -> None:
    spots = layout_of({key: str(int(key) - 1) if key != "0" else None for key in map(str, range(8))}, 4)
    assert list(spots.values()) == [TreeSpot(column=number, row=0) for number in range(8)]


def test_children_stand_below_each_other_in_their_order() -> None:
    spots = layout_of(children_of("a", 3), 4)
    assert [spots[key].row for key in ("a", "a0", "a1", "a2")] == [1, 0, 1, 2]


def test_an_almost_straight_line_is_made_straight() -> None:
    parents = children_of("a", 4) | children_of("a0", 3) | {"a0": "a"}
    parents |= children_of("a02", 4) | {"a02": "a0"} | children_of("a020", 3) | {"a020": "a02"}
    rows = [spot.row for spot in layout_of(parents, 1000).values()]
    assert all(abs(one - other) >= 0.1 or one == other for one, other in combinations(rows, 2))


def test_a_dozen_childless_children_stand_on_a_shelf_of_a_few_rows() -> None:
    spots = layout_of(children_of("a", 12), 4)
    shelf = [spot for key, spot in spots.items() if key != "a"]
    assert all(spot.hangs for spot in shelf)
    assert {spot.column for spot in shelf} == {1, 2, 3, 4}
    assert {spot.row for spot in shelf} == {0, 1, 2}
    assert spots["a"] == TreeSpot(column=0, row=1)


def test_those_with_children_stand_before_the_shelf() -> None:
    spots = layout_of(children_of("a", 5) | {"b": "a4"}, 4)
    assert not spots["a4"].hangs
    assert spots["a4"].row < spots["a0"].row


def test_a_short_branch_moves_up_beside_a_deep_one() -> None:
    parents: dict[str, str | None] = {"a": None, "deep": "a", "short": "a"}
    spots = layout_of(parents | {"x": "deep", "y": "deep", "z": "deep"}, 4)
    assert spots["short"].row == spots["z"].row


def test_several_roots_stand_below_each_other() -> None:
    spots = layout_of(children_of("a", 2) | children_of("b", 2), 4)
    assert spots["a"].column == spots["b"].column == 0
    assert spots["a1"].row < spots["b0"].row


@each_case(
    ("given", "parents"),
    [
        ({"a": "gone"}, {"a": None}),
        ({"a": "a"}, {"a": None}),
        ({"a": "b", "b": "a", "c": "b"}, {"a": None, "b": None, "c": "b"}),
        ({"c": "b", "b": "a", "a": None}, {"c": "b", "b": "a", "a": None}),
    ],
    ids=["a parent that is gone", "oneself", "a circle", "children first"],
)
def test_any_family_becomes_a_forest(given: Parents, parents: Parents) -> None:
    assert forest_of(given) == parents


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.none() | st.sampled_from("abcdefghi"), min_size=1))
@settings(deadline=None, max_examples=60)
def test_everyone_in_a_forest_comes_from_a_root(given: dict[str, str | None]) -> None:
    parents = forest_of(given)
    assert all(parents[line_of(key, parents)[-1]] is None for key in given)
