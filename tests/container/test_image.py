"""What the image holds, and what it tells of itself."""

from __future__ import annotations

import tomllib
from typing import Any, Final

import pytest
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.container.engine import run_once
from tools.image import ROOT, inspected
from tools.locks import pins
from tools.sbom import contents, licence_problems, python_parts

pytestmark = [pytest.mark.container, pytest.mark.timeout(120)]
LOOK: Final = """
for each in cc gcc g++ clang ld make cargo rustc; do command -v $each; done
for each in /root/.cache /home/easel/.cache /src /wheel /build; do test -e $each && echo $each; done
true
"""
LIST: Final = """
import sys
from importlib.metadata import distributions
for each in distributions(path=[path for path in sys.path if path.startswith("/venv/")]):
    print(each.name, each.version)
"""
PROJECT: Final[dict[str, Any]] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.fixture(scope="module")
def image() -> dict[str, Any]:
    return inspected()


def test_it_runs_easel_as_a_user_of_its_own_and_ends_on_sigterm(image: dict[str, Any]) -> None:
    config = image["Config"]
    assert (config["User"], config["StopSignal"]) == ("easel", "SIGTERM")
    assert (config["Entrypoint"], config["Cmd"]) == (["python", "-m", "bot"], ["run"])


def test_its_labels_tell_what_it_is_and_of_which_commit(image: dict[str, Any]) -> None:
    told = {
        name.removeprefix("org.opencontainers.image."): text
        for name, text in image["Config"]["Labels"].items()
    }
    assert (told["title"], told["licenses"], told["version"]) == ("Easel", "MIT", PROJECT["version"])
    assert len(told["revision"]) == 40
    assert told["created"].startswith("20")


async def test_no_compiler_no_cache_and_nothing_of_the_build_is_in_it() -> None:
    found = await run_once("-c", LOOK, entrypoint="/bin/sh")
    assert (found.status, found.output) == (0, "")


async def test_its_packages_are_those_of_the_lock_and_easel() -> None:
    ended = await run_once("-c", LIST, entrypoint="python")
    installed = dict(line.split() for line in ended.output.splitlines())
    wanted = {**pins("requirements/runtime.txt"), "easel-bot": Version(PROJECT["version"])}
    assert {canonicalize_name(name): Version(version) for name, version in installed.items()} == wanted


def test_everything_in_it_has_a_licence_that_is_allowed() -> None:
    assert licence_problems(list(python_parts(contents()))) == []


def test_nothing_of_its_base_is_outside_of_debians_free_software() -> None:
    sections = {each["section"] for each in contents()["debian"]}
    assert sections
    assert not [section for section in sections if "/" in section]  # main's have no prefix


async def test_the_libraries_in_c_work() -> None:
    """PyAV brings FFmpeg with it, asyncpg and greenlet are for PostgreSQL."""
    ended = await run_once("-c", "import asyncpg, av, greenlet, PIL._imaging", entrypoint="python")
    assert (ended.status, ended.output) == (0, "")
