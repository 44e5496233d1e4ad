"""Restores that fail midway: before anything was replaced nothing is changed, afterwards the old data is told of."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest
from pydantic import SecretStr

import bot.logs as bot_logs
from bot.__main__ import main
from bot.app import moving
from bot.app.moving import back_up_to, restore_from
from bot.domain.ports.blobs import BlobMeta
from bot.errors import SetupError, StoreUnavailableError
from bot.settings import Settings
from bot.storage.blobs import FileBlobs
from bot.storage.engine import SqliteStore
from bot.storage.moving import backup as backing_up
from bot.storage.moving import restore as restoring
from tests.databases import empty_sqlite

PNG = BlobMeta(mime="image/png")


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A backup with a spooled and a kept picture."""
    home = tmp_path / "home"
    home.mkdir()
    (home / "easel.db").write_bytes(empty_sqlite())
    for folder in ("blobs", "kept"):
        asyncio.run(FileBlobs(home / folder).put("job/out-0", b"a picture", PNG))
    file = tmp_path / "a.tar"
    back_up_to(file, Settings(data_dir=home), lambda _line: None, with_pictures=True, is_forced=False)
    return file


@pytest.fixture
def there(tmp_path: Path) -> Settings:
    """An Easel whose database lies in another folder than its pictures."""
    data_dir, elsewhere = tmp_path / "there", tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "easel.db").write_bytes(b"the old database")
    for folder in ("blobs", "kept"):
        (data_dir / folder / "old").mkdir(parents=True)
        (data_dir / folder / "old" / "out-0").write_bytes(b"an old picture")
    return Settings(data_dir=data_dir, database_url=SecretStr(f"sqlite:///{elsewhere / 'easel.db'}"))


def files_of(settings: Settings) -> dict[str, bytes]:
    """All files of an Easel, by their names, in its folders and among what was put aside."""
    folders = (settings.data_dir, settings.data_dir.parent / "elsewhere")
    found = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return {
        str(path.relative_to(settings.data_dir.parent)): path.read_bytes()
        for path in found
        if path.suffix != ".lock"
    }


def restored(file: Path, settings: Settings, told: Callable[[str], None] = lambda _line: None) -> None:
    asyncio.run(restore_from(file, settings, told, into=None, is_forced=True))


def no_room(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def ignore(*_: object) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("where", "name"), [(shutil, "move"), (restoring, "link_or_copy"), (restoring, "TemporaryDirectory")]
)
def test_a_restore_without_room_changes_nothing(
    where: object, name: str, backup: Path, there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(there)
    monkeypatch.setattr(where, name, no_room)

    with pytest.raises(SetupError, match="No space left"):
        restored(backup, there)

    assert files_of(there) == before
    assert sorted(path.name for path in there.data_dir.iterdir()) == ["blobs", "kept"]


@pytest.mark.parametrize("end", [RuntimeError("nobody foresaw this"), SystemExit(143), KeyboardInterrupt()])
def test_a_restore_that_ends_while_it_copies_the_old_data_changes_nothing(
    backup: Path, there: Settings, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    def stop(_path: Path, to: Path) -> NoReturn:
        to.write_bytes(b"a part")
        raise end

    before = files_of(there)
    monkeypatch.setattr(restoring, "link_or_copy", stop)

    with pytest.raises(type(end)):
        restored(backup, there)

    assert files_of(there) == before
    assert sorted(path.name for path in there.data_dir.iterdir()) == ["blobs", "kept"]


def test_a_restore_that_fails_while_it_replaces_tells_where_the_old_data_lies(
    backup: Path, there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = files_of(there)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", no_room)
        with pytest.raises(SetupError, match="cut off") as refused:
            restored(backup, there)

    (aside,) = there.data_dir.glob("before-restore-*")
    assert str(aside) in str(refused.value)
    assert (aside / "easel.db").read_bytes() == before["elsewhere/easel.db"]
    assert (aside / "blobs/old/out-0").exists()
    assert (aside / "kept/old/out-0").exists()
    assert not list(there.data_dir.parent.rglob("*.restored"))

    restored(backup, there)
    assert files_of(there)["there/kept/job/out-0"] == b"a picture"


def test_a_restored_database_that_cannot_be_brought_up_to_date_is_told_of_after_the_old_data(
    backup: Path, there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_store: SqliteStore) -> NoReturn:
        raise StoreUnavailableError("the disk is full")

    monkeypatch.setattr(moving, "migrate", fail)
    told: list[str] = []

    with pytest.raises(SetupError, match=r"^restored, but not .*disk is full.*run `migrate`$"):
        restored(backup, there, told.append)

    (aside,) = there.data_dir.glob("before-restore-*")
    assert [str(aside) in line for line in told] == [True]


# What killed commands leave


def left(folder: Path, *, ago_s: float = 0.0) -> Path:
    """A folder with a copy of the data, as a command leaves it that is killed."""
    folder.mkdir()
    (folder / "easel.db").write_bytes(b"everybody's prompts")
    for path in (folder / "easel.db", folder):
        os.utime(path, (time.time() - ago_s, time.time() - ago_s))
    return folder


def test_a_restore_deletes_what_a_killed_one_left(backup: Path, there: Settings) -> None:
    leftover = left(there.data_dir / ".restore-k1ll3d")

    restored(backup, there)

    assert not leftover.exists()


def test_a_backup_deletes_what_a_killed_one_left_and_not_the_work_of_one_that_runs(backup: Path) -> None:
    leftover = left(backup.parent / ".easel-backup-k1ll3d", ago_s=24 * 3600)
    running = left(backup.parent / ".easel-backup-runs", ago_s=600)

    home = Settings(data_dir=backup.parent / "home")
    back_up_to(backup, home, lambda _line: None, with_pictures=False, is_forced=True)

    assert [leftover.exists(), running.exists()] == [False, True]


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_sigterm_ends_a_command_without_a_copy_of_the_data_left(
    command: str, backup: Path, there: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = there.data_dir if command == "restore" else backup.parent / "home"
    monkeypatch.setenv("DATA_DIR", str(home))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.chdir(backup.parent)  # where no .env is
    monkeypatch.setattr(os, "umask", ignore)  # the tests keep theirs
    monkeypatch.setattr(bot_logs, "set_up", ignore)
    before, handler = backup.read_bytes(), signal.getsignal(signal.SIGTERM)
    module = backing_up if command == "backup" else restoring
    count_rows = module.count_rows

    def check_and_be_ended(path: Path) -> dict[str, int]:
        assert path.is_file()
        os.kill(os.getpid(), signal.SIGTERM)
        return count_rows(path)

    monkeypatch.setattr(module, "count_rows", check_and_be_ended)
    with pytest.raises(SystemExit) as ended:
        main([command, str(backup), "--force"])

    assert ended.value.code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is handler
    assert [path for path in backup.parent.rglob(".*") if path.name.startswith((".restore", ".easel"))] == []
    assert backup.read_bytes() == before
