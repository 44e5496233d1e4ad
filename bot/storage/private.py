"""Keeps what lies on disk to the account that Easel runs as, and the SQLite database to one process."""

from __future__ import annotations

import logging
import os
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

from bot.errors import SetupError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

log = logging.getLogger(__name__)
FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600
_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_SQLITE: Final = b"SQLite format 3\0"  # sqlite.org/fileformat.html
FETCHING: Final = "fetching"
_FOLDERS: Final = frozenset({"blobs", "kept", "emergency", FETCHING})
_FETCHED_WITHIN_S: Final = 3600.0
_KNOWN: Final = _FOLDERS | {"lost+found"}
_BESIDE_SQLITE: Final = ("-wal", "-shm", "-journal", ".lock")  # SQLite gives its own the mode of the database


def private_opener(path: str, flags: int) -> int:
    """Open a file as `open` does; one that is new belongs to this account alone."""
    return os.open(path, flags, FILE_MODE)


def open_data_dir(folder: Path) -> None:
    """Make the data folder if there is none, and close it to other accounts. Raises `SetupError`."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    except FileExistsError as error:
        raise SetupError(f"DATA_DIR {folder} cannot be used (it is no folder)") from error
    except OSError as error:
        raise SetupError(f"DATA_DIR {folder} cannot be used ({error.strerror})") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SetupError(f"DATA_DIR {folder} cannot be written to: give it to the account that runs Easel")
    shut_out_others(folder)


def open_fetching(data_dir: Path) -> Path:
    """Return the folder for files that are being fetched, without what a crash left there long ago."""
    folder = data_dir / FETCHING
    folder.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    for path in folder.iterdir():
        with suppress(FileNotFoundError):  # another process shares the folder
            if time.time() - path.stat().st_mtime > _FETCHED_WITHIN_S:
                path.unlink()
    return folder


def shut_out_others(folder: Path) -> None:
    """Take the data folder and all in it from other accounts, as earlier versions left it open to them.

    A closed folder hides what is in it, so it is not walked; the folder is therefore closed last. In a folder that
    holds other things too, such as a home or /tmp, only Easel's own are closed.
    """
    found = folder.stat()
    if sys.platform == "win32" or not found.st_mode & _OTHERS:
        return
    try:
        if folder.is_symlink() or found.st_uid != os.geteuid():
            raise PermissionError("it is a link, or another account's")
        for name in _FOLDERS:
            _shut_all(folder / name)
        if any(
            entry.is_dir() and not entry.is_symlink()
            for entry in folder.iterdir()
            if entry.name not in _KNOWN
        ):
            raise PermissionError("it holds folders of others")
        _shut_all(folder)
    except OSError as error:
        log.warning(
            "DATA_DIR %s can be read by other accounts, which Easel leaves so (%s): give it a folder of its own",
            *(folder, error.strerror or error),
        )


def make_database_file(path: Path) -> None:
    """Create an SQLite database's file if there is none, and close it and those beside it. Raises `SetupError`."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
        if path.exists() and not path.is_file():
            raise SetupError(f"the database {path} cannot be used (it is no file)")
        with open(path, "a+b", opener=private_opener) as file:
            file.seek(0)
            start = file.read(len(_SQLITE))
    except OSError as error:
        raise SetupError(f"the database {path} cannot be used ({error.strerror})") from error
    if start not in {b"", _SQLITE}:  # no mode of anything else is changed
        raise SetupError(f"the database {path} cannot be used (it is no SQLite database)")
    try:
        for file in (path, *(path.with_name(path.name + suffix) for suffix in _BESIDE_SQLITE)):
            _shut(file)
    except OSError as error:
        log.warning(
            "%s can be read by other accounts, and Easel cannot change that (%s)", path, error.strerror
        )


def lock_alone(database: Path) -> int:
    """Lock the SQLite database for this process; return the lock's file descriptor.

    A second process would treat the first one's jobs as abandoned. Raises `SetupError` if another holds the lock.
    """
    try:
        handle = os.open(database.with_name(database.name + ".lock"), os.O_CREAT | os.O_RDWR, FILE_MODE)
    except OSError as error:
        raise SetupError(f"{database.parent} cannot be written to ({error.strerror})") from error
    try:
        if sys.platform == "win32":
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(handle)
        raise SetupError(
            f"another Easel uses {database}: with SQLite there can be one; several need PostgreSQL"
        ) from error
    return handle


def _shut_all(root: Path) -> None:
    for path, folders, files in os.walk(root, topdown=False):
        for name in (*folders, *files):
            with suppress(PermissionError):  # another account's: hidden once the folder around it is closed
                _shut(Path(path, name))
    _shut(root)


def _shut(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
        if mode & _OTHERS and (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            path.chmod(stat.S_IMODE(mode) & ~_OTHERS)
    except FileNotFoundError:  # another process has just removed it
        return
