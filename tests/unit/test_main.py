from __future__ import annotations

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import __version__
from bot.__main__ import main

SECRETS = ("DISCORD_TOKEN", "AIMLAPI_API_KEY")


@pytest.fixture(autouse=True)
def _alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # pytest uses it
    """In an empty folder, without settings of whoever runs the tests; their umask and their log come back."""
    for name in [name for name in os.environ if name.startswith(("EASEL_", "DISCORD_", "AIMLAPI_", "DATA"))]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    umask = os.umask(0o022)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    os.umask(umask)


def test_it_says_its_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])

    assert ended.value.code == 0
    assert capsys.readouterr().out == f"easel {__version__}\n"


def test_an_unknown_command_is_told_with_those_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["paint"])

    assert ended.value.code == 2
    assert "gateway" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("command", "missing"),
    [([], SECRETS), (["run"], SECRETS), (["worker"], SECRETS), (["gateway"], SECRETS[:1])],
)
def test_without_its_secrets_it_says_which_and_where_to_get_them(
    command: list[str], missing: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == 2

    said = capsys.readouterr().err
    assert said.startswith("easel: ")
    for name in missing:
        assert f"{name} is not set" in said
    assert "Traceback" not in said


def test_one_missing_secret_is_one_line_and_no_traceback(tmp_path: Path) -> None:
    environ = {"PATH": os.environ["PATH"], "DISCORD_TOKEN": "x", "PYTHONPATH": str(Path(__file__).parents[2])}

    ended = subprocess.run(  # a whole process, as an operator starts it
        [sys.executable, "-m", "bot"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )

    assert ended.returncode == 2
    assert ended.stdout == ""
    (line,) = ended.stderr.splitlines()
    assert line.startswith("easel: AIMLAPI_API_KEY is not set: ")


@pytest.mark.parametrize("half", ["gateway", "worker"])
def test_half_an_easel_needs_a_database_that_can_be_shared(
    half: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "x")

    assert main([half]) == 2

    said = capsys.readouterr().err
    assert f"`{half}` alone needs PostgreSQL" in said
    assert "Traceback" not in said


def test_a_wrong_setting_stops_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EASEL_GUILD", "1")

    for command in ([], ["migrate"], ["health"]):
        assert main(command) == 2
        assert "did you mean EASEL_GUILDS?" in capsys.readouterr().err


def test_a_database_can_be_brought_up_to_date_without_any_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["migrate"]) == 0
    assert main(["migrate"]) == 0

    assert (tmp_path / "data" / "easel.db").exists()
    assert "up to date" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
def test_whatever_a_command_writes_is_for_its_own_account(tmp_path: Path) -> None:
    assert main(["migrate"]) == 0

    written = Path("by a library")
    written.touch()
    modes = {
        path.name: path.stat().st_mode & 0o777 for path in (written, *(tmp_path / "data").parent.iterdir())
    }
    assert modes == {"by a library": 0o600, "data": 0o700}


def test_a_folder_that_cannot_be_written_to_is_told_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").mkdir(mode=0o700)
    (tmp_path / "data" / "easel.db.lock").mkdir()  # as good as a volume of another owner

    assert main(["migrate"]) == 2

    (line,) = capsys.readouterr().err.splitlines()
    assert str(tmp_path / "data") in line


def test_a_database_that_is_none_is_told_by_its_setting(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://localhost/easel")

    assert main(["migrate"]) == 2
    assert "DATABASE_URL" in capsys.readouterr().err


def test_asking_nobody_for_its_health_fails(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EASEL_HEALTH_BIND", "127.0.0.1:1")

    assert main(["health"]) == 1
    assert "no answer" in capsys.readouterr().out


def test_health_that_is_switched_off_cannot_be_asked(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EASEL_HEALTH_BIND", "")

    assert main(["health"]) == 2
    assert "EASEL_HEALTH_BIND" in capsys.readouterr().err


def test_every_problem_of_a_start_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("DISCORD_TOKEN", "AIMLAPI_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EASEL_MODEL", "bytedance/seedream-9")
    monkeypatch.setenv("EASEL_WORKERS", "4")
    monkeypatch.chdir(tmp_path)

    assert main([]) == 2

    told = capsys.readouterr().err
    for name in ("DISCORD_TOKEN", "AIMLAPI_API_KEY", "EASEL_MODEL", "EASEL_WORKERS"):
        assert name in told
    assert "bytedance/seedream-4-5" in told


@pytest.mark.parametrize("command", ["run", "worker", "gateway"])
def test_a_certificate_that_cannot_sign_ends_a_start_with_a_line_for_each_problem(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    for name in SECRETS:
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("EASEL_C2PA_CERTIFICATE", "certificate.pem")
    monkeypatch.setenv("EASEL_C2PA_KEY", "key.pem")

    assert main([command]) == 2

    names = (
        ["EASEL_C2PA_CERTIFICATE"] if command == "gateway" else ["EASEL_C2PA_CERTIFICATE", "EASEL_C2PA_KEY"]
    )
    told = [line for line in capsys.readouterr().err.splitlines() if "EASEL_C2PA" in line]
    assert [line.removeprefix("easel: ").strip(" -") for line in told] == [
        f"{name} names a file that cannot be read (No such file or directory)" for name in names
    ]
    assert not Path("data").exists()
