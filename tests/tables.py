"""Tables of cases that one test goes through: as a test each, they would take longer to set up than to run."""

from __future__ import annotations

import functools
import inspect
import reprlib
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import pytest

MAX_NAME: Final = 60

Ids = Callable[[Any], object] | Iterable[object] | None
Test = Callable[..., None]


def each_case(
    arguments: str | tuple[str, ...], cases: Iterable[Any], *, ids: Ids = None
) -> Callable[[Test], Test]:
    """Run a test for each case, as `pytest.mark.parametrize` does, but as one test that reports all that fail.

    For tests that wait for nothing and leave nothing behind: all cases share what the fixtures made.
    """
    names = (arguments,) if isinstance(arguments, str) else arguments
    rows = [(case,) if isinstance(arguments, str) else tuple(case) for case in cases]
    titles = _titles(rows, ids)
    if not rows or any(len(row) != len(names) for row in rows):
        raise ValueError(f"each case needs a value for each of {names}, and there must be one")

    def decorate(test: Test) -> Test:
        if inspect.iscoroutinefunction(test):
            raise TypeError("a test that waits would be made and never run")

        @functools.wraps(test)
        def go_through(*args: Any, **fixtures: Any) -> None:
            failures: list[BaseException] = []
            failed: list[str] = []
            for title, row in zip(titles, rows, strict=True):
                try:
                    test(*args, **fixtures, **dict(zip(names, row, strict=True)))
                except (Exception, pytest.fail.Exception, BaseExceptionGroup) as error:  # noqa: BLE001  # reported with the others
                    error.add_note(f"in the case {title}")
                    failures.append(error)
                    failed.append(title)
            if failures:
                told = f"{len(failed)} of {len(rows)} cases failed: {'; '.join(failed)}"
                raise BaseExceptionGroup(told, failures)

        signature = inspect.signature(test)
        left = [one for one in signature.parameters.values() if one.name not in names]
        vars(go_through)["__signature__"] = signature.replace(parameters=left)
        return go_through

    return decorate


def _titles(rows: Sequence[tuple[Any, ...]], ids: Ids) -> list[str]:
    if ids is None:
        return ["-".join(_short(value) for value in row) for row in rows]
    if callable(ids):
        return ["-".join(str(ids(value)) for value in row) for row in rows]
    titles = [str(one) for one in ids]
    if len(titles) != len(rows):
        raise ValueError("each case needs its name")
    return titles


def _short(value: object) -> str:
    whole = reprlib.Repr()
    whole.maxstring = whole.maxother = MAX_NAME
    return whole.repr(value)
