"""`python -m bot demo --once`: the main job without a browser."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import sys
from collections.abc import Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from c2pa import C2paError
from PIL import Image

from bot.__main__ import main
from bot.sandbox.faults import Fault
from bot.sandbox.once import plain
from bot.sandbox.provider import OfflineProvider
from tests.signing import papers, read_signature

pytestmark = pytest.mark.timeout(90)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, an environment without settings."""
    for name in tuple(os.environ):
        if name.startswith(("EASEL_", "AIMLAPI_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def _keep_logging() -> Iterator[None]:
    """The demo sets logging up for its process; here the process is the test's."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_it_prints_card_revised_prompt_and_file_each_once_and_whole(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prompt = "The model of a ship" + ", fine lines" * 30  # longer than a card shows the revised prompt

    status = main(["demo", "--once", prompt, "--out", "pictures"])

    out, err = capsys.readouterr()
    assert (status, err) == (0, "Starting Easel…\nPainting…\n")
    assert f"> {prompt}" in out
    assert out.count("The model used") == 1
    assert out.count(f"{prompt}, ") == 1  # the revised prompt
    assert "The model added" not in out
    (picture,) = (here / "pictures").iterdir()
    assert f"File: pictures/{picture.name}" in out
    with Image.open(picture) as opened:
        assert opened.size == (2048, 2048)


def test_a_drawing_of_the_demo_is_not_signed_with_the_operators_certificate(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in papers(here / "papers").environ.items():
        monkeypatch.setenv(name, value)

    assert main(["demo", "--once", "a fox", "--out", "pictures"]) == 0

    (picture,) = (here / "pictures").iterdir()
    with pytest.raises(C2paError, match="ManifestNotFound"):
        read_signature(picture.read_bytes(), "image/jpeg")


def test_a_card_reads_without_markdown_and_prompts_keep_theirs() -> None:
    text = "### Title\n> \\*\\*bold\\*\\* \\<\\@7>\n**What the model used**\n-# `image` · <@7>"
    assert plain(text, {7: "ada"}) == "Title\n> **bold** <@7>\nWhat the model used\nimage · @ada"


def test_it_edits_a_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Image.new("RGB", (400, 300), "teal").save(here / "mine.png")
    status = main(["demo", "--once", "make it snow", "--edit", "mine.png", "--out", "out"])
    out, _ = capsys.readouterr()
    assert status == 0
    assert "make it snow" in out
    assert list((here / "out").iterdir())


def test_a_refusal_is_printed_and_the_status_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["demo", "--once", "a fox", "--fault", "refused_prompt"])
    out, err = capsys.readouterr()
    assert status == 1
    assert out.startswith("The model's provider refused this\n")
    assert "Traceback" not in err


def test_a_file_that_is_not_there_is_one_readable_line(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["demo", "--once", "a fox", "--edit", "nothing.png"])
    _, err = capsys.readouterr()
    assert status == 2
    assert err.splitlines()[-1] == "easel: --edit: nothing.png cannot be read (No such file or directory)"


def test_the_faults_are_listed_one_a_line_with_what_each_does(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["demo", "--fault", "list"])
    out, _ = capsys.readouterr()
    assert status == 0
    lines = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert set(lines) == {fault.value for fault in Fault} - {"none"}
    assert lines["slow_down"] == "429, asks to wait some seconds"


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="no folder that refuses every account")
def test_a_folder_that_cannot_be_written_to_is_told_before_anything_is_painted(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["demo", "--once", "a fox", "--out", "/proc/self"])
    out, err = capsys.readouterr()
    assert (status, out) == (2, "")
    assert "Painting" not in err
    assert err.splitlines()[-1].startswith("easel: --out: cannot write to /proc/self (")


def test_settings_and_a_file_of_the_real_bot_do_not_stop_the_demo_without_a_key(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / ".env").write_text("EASEL_GUILD=1\nEASEL_LOG_LEVEL=loud\n")  # each wrong, and neither read
    monkeypatch.setenv("EASEL_GUILDS", "1")  # a choice of real servers, not of the simulated one
    monkeypatch.setenv("EASEL_SHARDS", "1/2")
    for name in ("AIMLAPI_API_KEY_FILE", "DISCORD_TOKEN_FILE", "DATABASE_URL_FILE"):
        monkeypatch.setenv(name, "nowhere")
    assert main(["demo", "--once", "a fox"]) == 0


def test_a_wrong_model_is_told_beside_another_wrong_setting(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EASEL_MODEL", "seedream-9")
    monkeypatch.setenv("EASEL_JOBS_PER_MEMBER", "none")
    status = main(["demo", "--once", "a fox"])
    _, err = capsys.readouterr()
    assert (status, len(err.splitlines())) == (2, 3)
    assert "EASEL_MODEL: 'seedream-9' is not a model Easel knows" in err


async def test_a_stop_in_the_middle_of_painting_leaves_no_temporary_files(here: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "demo", "--once", "a fox", "--fault", "hang", "--out", "out"),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(here)},
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    while b"Painting" not in await process.stderr.readline():
        assert not process.stderr.at_eof()
    process.terminate()
    assert await process.wait() == 130
    assert os.listdir(here) == ["out"]  # noqa: PTH208  # a blocking call, as pathlib's is


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--fault", "nonsense"], "'nonsense' is not a fault; `--fault list` shows them"),
        (["--fault", "hang", "--live"], "--fault is for the offline provider, so not with --live"),
        (["--once", "a [fault:bogus] fox"], "'bogus' is not a fault; `--fault list` shows them"),
        (["--once", ""], "--once: the prompt is empty"),
        (["--once", " "], "--once: the prompt is empty"),
        (["--port", "99999"], "--port is a number from 0 to 65535"),
        (["--edit", "mine.png"], "--edit goes with --once"),
        (["--out", "pictures"], "--out goes with --once"),
        (["--latency", "-3"], "--latency is a number of seconds from 0 to 3600"),
        (["--latency", "nan"], "--latency is a number of seconds from 0 to 3600"),
        (
            ["--once", "a fox", "--out", "taken"],
            "--out: cannot write to taken (File exists); choose another folder",
        ),
    ],
)
def test_an_option_that_cannot_be_is_one_readable_line(
    here: Path, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    (here / "taken").write_text("a file")
    status = main(["demo", *options])
    _, err = capsys.readouterr()
    assert (status, err.removeprefix("Starting Easel…\n")) == (2, f"easel: {said}\n")


def test_a_port_that_is_taken_is_one_readable_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        status = main(["demo", "--no-open", "--port", str(port)])
    _, err = capsys.readouterr()
    assert (status, err) == (2, f"easel: --port: something else uses port {port}; choose another one\n")


@contextmanager
def provider_elsewhere() -> Generator[OfflineProvider]:
    """Serve a provider in a thread of its own: the demo needs the main one, for signals."""
    with ThreadPoolExecutor(max_workers=1) as thread, asyncio.Runner() as runner:
        over = asyncio.Event()
        serving: Future[OfflineProvider] = Future()

        async def serve() -> None:
            async with OfflineProvider(latency_s=0, paint_fast=True) as provider:
                serving.set_result(provider)
                await over.wait()

        served = thread.submit(runner.run, serve())
        try:
            yield serving.result(timeout=30)
        finally:
            runner.get_loop().call_soon_threadsafe(over.set)
            served.result(timeout=30)


def test_live_speaks_to_the_real_address_with_the_real_key(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with provider_elsewhere() as provider:
        monkeypatch.setenv("AIMLAPI_BASE_URL", provider.base_url)
        monkeypatch.setenv("AIMLAPI_API_KEY", "a-real-key")

        assert main(["demo", "--once", "a fox", "--live"]) == 0

        assert [call.prompt for call in provider.calls] == ["a fox"]
    assert list((here / "easel-demo").iterdir())


def test_live_without_a_key_says_how_to_get_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["demo", "--once", "a fox", "--live"])
    _, err = capsys.readouterr()
    assert status == 2
    assert err.startswith("easel: AIMLAPI_API_KEY is not set: create a key")


def test_a_refusal_is_printed_and_is_no_success(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["demo", "--once", "a nude woman on a beach", "--out", "out"])
    out, _ = capsys.readouterr()
    assert status == 1
    assert "This asks for adult content" in out
    assert list((here / "out").iterdir()) == []
