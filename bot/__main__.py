"""Commands: `python -m bot [run | gateway | worker | demo | migrate | backup | … | doctor | invite | certificate]`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import sys
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import bot.logs as bot_logs
from bot import __version__
from bot.app.base import open_base
from bot.app.moving import back_up_to, move_to_postgres, restore_from
from bot.app.run import NEEDED, Role, run
from bot.errors import EaselError, SetupError
from bot.health import ask_health
from bot.provenance.credentials import CERTIFICATE, KEY, is_installed
from bot.seedream.catalogue import SEEDREAM_MODELS
from bot.seedream.video import VIDEO_MODELS
from bot.settings import Settings, load

log = logging.getLogger(__name__)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit status: 0 done, 1 failed, 2 only a person can help, 130 interrupted."""
    options = _parser().parse_args(argv)
    os.umask(0o077)  # whatever Easel writes, and its libraries, is for this account alone
    try:
        return options.go(options)
    except SetupError as error:
        print(f"easel: {bot_logs.redact(str(error))}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bot", description="Easel, a Discord bot for Seedream 4.5."
    )
    parser.add_argument("--version", action="version", version=f"easel {__version__}")
    parser.set_defaults(go=_run, role=Role.BOTH)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for role, text in (
        (Role.BOTH, "gateway and worker in one process (the default)"),
        (Role.GATEWAY, "only the half that talks to members; needs PostgreSQL"),
        (Role.WORKER, "only the half that paints and delivers; needs PostgreSQL"),
    ):
        commands.add_parser(role.value, help=text).set_defaults(go=_run, role=role)
    migrate = commands.add_parser("migrate", help="bring the database up to date and end")
    migrate.add_argument(
        "--to", metavar="URL", nargs="?", const="", help="move all of SQLite there; else to DATABASE_URL"
    )
    migrate.set_defaults(go=_migrate)
    _add_backups(
        commands.add_parser("backup", help="write SQLite and its pictures into a file"),
        commands.add_parser("restore", help="put the data of such a file in place"),
    )
    commands.add_parser("health", help="ask a running Easel how it is").set_defaults(go=_health)
    doctor = commands.add_parser("doctor", help="check all that Easel needs, and say what to do")
    doctor.add_argument("--offline", action="store_true", help="ask neither Discord nor the AIML API")
    doctor.set_defaults(go=_doctor)
    commands.add_parser("invite", help="print the link that invites the bot").set_defaults(go=_invite)
    certificate = commands.add_parser("certificate", help="make a certificate to try signed results with")
    certificate.add_argument("folder", metavar="FOLDER", type=Path, help="where its files go")
    certificate.add_argument("--name", default="Easel", help="who signs, as people read it (%(default)s)")
    certificate.set_defaults(go=_certificate)
    _add_demo(commands.add_parser("demo", help="try it here, without Discord and without a key"))
    return parser


def _add_backups(backup: argparse.ArgumentParser, restore: argparse.ArgumentParser) -> None:
    for parser in (backup, restore):
        parser.add_argument("file", metavar="FILE", type=Path)
    backup.add_argument("--pictures", action="store_true", help="with the kept pictures")
    backup.add_argument("--force", action="store_true", help="replace the file")
    backup.set_defaults(go=_backup)
    restore.add_argument("--into", metavar="DIR", type=Path, help="another folder than DATA_DIR")
    restore.add_argument("--force", action="store_true", help="put what is there aside")
    restore.set_defaults(go=_restore)


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--once", metavar="PROMPT", help="paint one picture, print the card, end")
    parser.add_argument(
        "--edit", metavar="FILE", nargs="+", default=[], help="with --once: edit these pictures"
    )
    parser.add_argument("--out", metavar="DIR", help="with --once: where pictures go (easel-demo)")
    parser.add_argument("--live", action="store_true", help="use the real provider, with AIMLAPI_API_KEY")
    parser.add_argument("--fault", metavar="NAME", help="let the offline provider fail; `list` shows how")
    parser.add_argument("--latency", type=float, metavar="S", help="seconds the offline provider takes")
    parser.add_argument("--port", type=int, default=0, help="of the local page; 0 chooses one")
    parser.add_argument("--no-open", action="store_true", help="print the page's address, open no browser")
    parser.set_defaults(go=_demo)


def _settings(needed: Collection[str] = ()) -> Settings:
    settings = load(os.environ, needed=needed, models=SEEDREAM_MODELS, videos=VIDEO_MODELS)
    bot_logs.set_up(settings.easel_log_level, settings.easel_log_format)
    return settings


def _run(options: argparse.Namespace) -> int:
    settings = _settings(NEEDED[options.role])
    try:
        asyncio.run(run(settings, options.role))
    except SetupError:
        raise
    except EaselError as error:
        log.error("Easel ends: %s", error)  # noqa: TRY400  # a traceback would say nothing
        return 1
    except Exception:  # the outermost catch: Python itself would print it past the log, with secrets
        log.exception("Easel broke and ends")
        return 1
    return 0


def _migrate(options: argparse.Namespace) -> int:
    if options.to is not None:
        return 0 if asyncio.run(move_to_postgres(_settings(), options.to, print)) else 1

    async def bring_up_to_date() -> None:
        async with open_base(_settings()):
            print("the database is up to date")

    asyncio.run(bring_up_to_date())
    return 0


def _backup(options: argparse.Namespace) -> int:
    with _ended_by_sigterm():
        back_up_to(options.file, _settings(), print, with_pictures=options.pictures, is_forced=options.force)
    return 0


def _restore(options: argparse.Namespace) -> int:
    with _ended_by_sigterm():
        restoring = restore_from(options.file, _settings(), print, into=options.into, is_forced=options.force)
        asyncio.run(restoring)
    return 0


@contextmanager
def _ended_by_sigterm() -> Generator[None]:
    """Let SIGTERM end a command by an exception, so that its folder with everybody's prompts is removed."""

    def end(number: int, _frame: object) -> NoReturn:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _health(_options: argparse.Namespace) -> int:
    settings = load(os.environ)
    if not settings.easel_health_bind:
        raise SetupError("EASEL_HEALTH_BIND is empty: there is nobody to ask")
    is_well, answer = asyncio.run(ask_health(settings.easel_health_bind))
    print(answer)
    return 0 if is_well else 1


def _doctor(options: argparse.Namespace) -> int:
    from bot.doctor.checkup import doctor  # never needed by an Easel that runs

    return doctor(os.environ, is_offline=options.offline)


def _invite(_options: argparse.Namespace) -> int:
    from bot.doctor.invite import find_invite  # as above

    link, note = asyncio.run(find_invite(load(os.environ, needed=("DISCORD_TOKEN",))))
    print(link)
    if note:
        print(f"easel: {note}", file=sys.stderr)
    return 0


def _certificate(options: argparse.Namespace) -> int:
    if not is_installed():
        raise SetupError('certificates need an extra: pip install ".[provenance]"')
    from bot.provenance.certificates import make_certificate  # needs the extra

    chain, key, authority = make_certificate(options.folder, options.name, now=datetime.now(UTC))
    print(f"{CERTIFICATE}={chain.absolute()}\n{KEY}={key.absolute()}")
    print(f"Set both. Readers need {authority.absolute()} to trust these signatures.", file=sys.stderr)
    return 0


def _demo(options: argparse.Namespace) -> int:
    if find_spec("simcord") is None:
        raise SetupError('the demo needs an extra: pip install ".[demo]"')
    from bot.sandbox.demo import demo  # its libraries are absent in production

    return demo(options)


if __name__ == "__main__":
    sys.exit(main())
