"""Commands: `python -m bot [run | gateway | worker | demo | migrate | health]`."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Collection, Sequence
from importlib.util import find_spec

import bot.logs as bot_logs
from bot import __version__
from bot.app.run import NEEDED, Role, run
from bot.app.wiring import open_base
from bot.errors import EaselError, SetupError
from bot.health import ask_health
from bot.seedream.catalogue import SEEDREAM_MODELS
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
    commands.add_parser("migrate", help="bring the database up to date and end").set_defaults(go=_migrate)
    commands.add_parser("health", help="ask a running Easel how it is").set_defaults(go=_health)
    _add_demo(commands.add_parser("demo", help="try it here, without Discord and without a key"))
    return parser


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
    settings = load(os.environ, needed=needed, models=SEEDREAM_MODELS)
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


def _migrate(_options: argparse.Namespace) -> int:
    async def bring_up_to_date() -> None:
        async with open_base(_settings()):
            print("the database is up to date")

    asyncio.run(bring_up_to_date())
    return 0


def _health(_options: argparse.Namespace) -> int:
    settings = load(os.environ)
    if not settings.easel_health_bind:
        raise SetupError("EASEL_HEALTH_BIND is empty: there is nobody to ask")
    is_well, answer = asyncio.run(ask_health(settings.easel_health_bind))
    print(answer)
    return 0 if is_well else 1


def _demo(options: argparse.Namespace) -> int:
    if find_spec("simcord") is None:
        raise SetupError('the demo needs an extra: pip install ".[demo]"')
    from bot.sandbox.demo import demo  # its libraries are absent in production

    return demo(options)


if __name__ == "__main__":
    sys.exit(main())
