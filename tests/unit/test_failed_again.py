from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.failed_again import AT_MOST, LAST_FAILED, main

TESTS = """
def test_that_passes(): pass
def test_that_fails(): assert False
"""


@pytest.mark.parametrize(
    ("failed", "code"),
    [
        (["test_it.py::test_that_passes"], 0),
        (["test_it.py::test_that_passes", "test_it.py::test_that_fails"], 1),
        ([], 1),
        ([f"test_it.py::test_{number}" for number in range(AT_MOST + 1)], 1),
    ],
)
def test_ci_passes_only_where_few_tests_failed_and_all_of_them_pass_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failed: list[str], code: int
) -> None:
    monkeypatch.chdir(tmp_path)
    # To load all plugins takes longer than the tests; the option `-n 0` is of xdist.
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTEST_PLUGINS", "xdist.plugin")
    (tmp_path / "test_it.py").write_text(TESTS)
    LAST_FAILED.parent.mkdir(parents=True)
    LAST_FAILED.write_text(json.dumps(dict.fromkeys(failed, True)))

    assert main() == code


def test_ci_fails_where_the_tests_did_not_get_so_far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert main() == 1
