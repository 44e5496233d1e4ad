"""That a test of many cases tells of each that fails, and of none that does not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.tables import each_case


def failures(test: Callable[..., None], **fixtures: object) -> BaseExceptionGroup[BaseException]:
    with pytest.raises(BaseExceptionGroup) as caught:
        test(**fixtures)
    return caught.value


def test_every_case_is_gone_through() -> None:
    seen: list[tuple[int, str]] = []

    @each_case(("number", "word"), [(1, "one"), (2, "two")])
    def test(number: int, word: str) -> None:
        seen.append((number, word))

    test()

    assert seen == [(1, "one"), (2, "two")]


def test_every_case_that_fails_is_named_with_what_went_wrong() -> None:
    @each_case("number", range(40))
    def test(number: int) -> None:
        assert number % 7, "a week"
        if number == 8:
            pytest.fail("eight")

    told = failures(test)

    assert str(told).startswith("7 of 40 cases failed: 0; 7; 8; 14; 21; 28; 35")
    assert [error.__notes__ for error in told.exceptions[:3]] == [[f"in the case {at}"] for at in (0, 7, 8)]
    assert [str(error).split("\n")[0] for error in told.exceptions[1:3]] == ["a week", "eight"]


def test_names_are_taken_as_pytest_takes_them() -> None:
    def test(value: bytes, size: int) -> None:
        assert len(value) > size

    cases = [(b"", 0), (bytes(1000), 1000)]

    assert "failed: empty; full (" in str(
        failures(each_case(("value", "size"), cases, ids=["empty", "full"])(test))
    )
    by_type = each_case(("value", "size"), cases, ids=lambda value: type(value).__name__)
    assert "failed: bytes-int; bytes-int (" in str(failures(by_type(test)))
    assert len(str(failures(each_case(("value", "size"), cases)(test)))) < 200


def test_tables_multiply() -> None:
    @each_case("first", "ab")
    @each_case("second", "xyz")
    def test(first: str, second: str) -> None:
        if first + second in ("ax", "bz"):
            pytest.fail(first + second)

    told = failures(test)

    assert str(told).startswith("2 of 2 cases failed: 'a'; 'b'")
    assert [str(one).partition(" (")[0] for one in told.exceptions] == [
        "1 of 3 cases failed: 'x'",
        "1 of 3 cases failed: 'z'",
    ]


@each_case("number", [1, 2])
def test_what_is_no_column_is_a_fixture(tmp_path_factory: pytest.TempPathFactory, number: int) -> None:
    assert tmp_path_factory.getbasetemp().is_dir()
    assert number in (1, 2)


class TestInAClass:
    @each_case("number", [1, 2])
    def test_a_method_goes_through_them_too(self, number: int) -> None:
        assert isinstance(self, TestInAClass)
        assert number in (1, 2)


@each_case(
    ("arguments", "cases", "ids"),
    [("a", [], None), (("a", "b"), [(1, 2), (3,)], None), ("a", [1, 2], ["one"])],
    ids=["no case", "a value short", "a name short"],
)
def test_a_table_that_shows_less_than_it_seems_to_is_refused(
    arguments: str | tuple[str, ...], cases: list[object], ids: list[str] | None
) -> None:
    with pytest.raises(ValueError, match="each case needs"):
        each_case(arguments, cases, ids=ids)


def test_a_test_that_waits_is_refused() -> None:
    """It would be made and never run."""

    async def test(number: int) -> None: ...

    with pytest.raises(TypeError):
        each_case("number", [1])(test)  # pyright: ignore[reportArgumentType]
