"""Nothing that Easel keeps on disk can be read by another account of the machine."""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.app.base import open_base
from bot.domain.ports.blobs import BlobMeta
from bot.errors import SetupError
from bot.settings import Settings
from bot.storage.blobs import FileBlobs
from bot.storage.private import shut_out_others

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes are POSIX")
META = BlobMeta(mime="image/jpeg")


@pytest.fixture(autouse=True)
def _generous_umask() -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]  # pytest uses it
    """As most systems have it: nothing may depend on the umask of whoever starts Easel."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(root: Path) -> list[str]:
    """What accounts other than the owner may do something with."""
    paths = [root, *root.rglob("*")]
    return sorted(
        str(path.relative_to(root.parent))
        for path in paths
        if not path.is_symlink() and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    )


async def live(data_dir: Path) -> None:
    """Start on a folder, write to everything that lies there, stop."""
    async with open_base(Settings(data_dir=data_dir)) as base:
        for blobs in (base.blobs, base.cached_blobs, FileBlobs(data_dir / "emergency")):
            await blobs.put("job/0", b"picture", META)
        await base.key_values.write_value("commands", "x")
        assert (data_dir / "easel.db-wal").exists()
        assert open_to_others(data_dir) == []


async def test_all_that_easel_writes_is_its_own_from_the_first_moment(tmp_path: Path) -> None:
    await live(tmp_path / "data")


async def test_what_an_earlier_version_left_open_is_closed_at_the_start(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await live(data)
    (data / "lost+found").mkdir()
    (data / "backup.db").write_bytes(b"")
    for path in (data, *data.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)

    await live(data)

    assert stat.S_IMODE((data / "kept").stat().st_mode) == 0o700
    assert stat.S_IMODE((data / "easel.db").stat().st_mode) == 0o600


async def test_a_database_elsewhere_is_closed_and_the_folder_around_it_left_alone(tmp_path: Path) -> None:
    around = tmp_path / "var"
    around.mkdir(mode=0o755)
    database = around / "easel.db"
    database.touch(0o644)
    settings = Settings(data_dir=tmp_path / "data", database_url=f"sqlite:///{database}")  # pyright: ignore[reportArgumentType]

    async with open_base(settings) as base:
        await base.key_values.write_value("commands", "x")
        assert open_to_others(around) == ["var"]


def test_a_folder_that_is_closed_already_is_not_walked(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "many").touch(0o644)

    shut_out_others(tmp_path)

    assert open_to_others(tmp_path) == [f"{tmp_path.name}/many"]


def test_a_link_inside_the_folder_is_not_followed(tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    data.mkdir(mode=0o755)
    elsewhere.mkdir(mode=0o755)
    (data / "link").symlink_to(elsewhere)

    shut_out_others(data)

    assert open_to_others(tmp_path / "elsewhere") == ["elsewhere"]
    assert open_to_others(data) == []


@pytest.mark.parametrize(
    "kind", ["a link", "somebody else's", "a file system without modes", "a home with other things"]
)
async def test_a_folder_that_easel_may_not_close_is_one_readable_warning(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    data = tmp_path / "data"
    data.mkdir(mode=0o755)
    if kind == "a link":
        data.rename(tmp_path / "volume")
        data.symlink_to(tmp_path / "volume")
    elif kind == "somebody else's":
        monkeypatch.setattr("bot.storage.private.os.geteuid", lambda: data.stat().st_uid + 1)
    elif kind == "a home with other things":
        (data / "letters").mkdir(mode=0o755)
    else:
        monkeypatch.setattr("bot.storage.private.os.chmod", refuse)

    with caplog.at_level(logging.WARNING):
        async with open_base(Settings(data_dir=data)):
            pass

    [line] = caplog.messages
    assert f"DATA_DIR {data} can be read by other accounts" in line
    assert line.endswith("give it a folder of its own")


async def test_of_a_folder_with_other_things_only_easels_own_are_closed(tmp_path: Path) -> None:
    data = tmp_path / "home"
    (data / "letters").mkdir(parents=True)
    (data / "letters" / "one").touch(0o644)
    (data / "kept" / "job").mkdir(parents=True)
    (data / "kept" / "job" / "0").touch(0o644)

    async with open_base(Settings(data_dir=data)):
        pass

    assert open_to_others(data) == ["home", "home/letters", "home/letters/one"]


def refuse(*_args: object, **_more: object) -> None:
    raise PermissionError(1, "Operation not permitted")


async def test_a_folder_that_cannot_be_written_to_ends_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(_path: Path, _mode: int) -> bool:
        return False

    monkeypatch.setattr("bot.storage.private.os.access", deny)
    with pytest.raises(SetupError, match="cannot be written to"):
        async with open_base(Settings(data_dir=tmp_path)):
            pass


@pytest.mark.parametrize("kind", ["a folder", "another file", "a device"])
async def test_a_database_that_is_none_ends_the_start_and_keeps_its_mode(tmp_path: Path, kind: str) -> None:
    database = tmp_path / "easel.db"
    if kind == "a folder":
        database.mkdir(mode=0o755)
    elif kind == "another file":
        database.write_text("root:x:0:0:root:/root:/bin/bash")
        database.chmod(0o644)
    else:
        os.mkfifo(database, 0o644)
    before = database.stat().st_mode
    settings = Settings(data_dir=tmp_path / "data", database_url=f"sqlite:///{database}")  # pyright: ignore[reportArgumentType]

    with pytest.raises(SetupError, match=r"easel\.db cannot be used"):
        async with open_base(settings):
            pass

    assert database.stat().st_mode == before
