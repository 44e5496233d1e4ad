"""`python -m bot doctor`: every check at once, each with a time limit, and the lines that they end in."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import Final

import aiohttp
from discord.http import Route

from bot.doctor.asking import NETWORK, Now, diagnose_clock
from bot.doctor.command_checks import diagnose_commands
from bot.doctor.database_checks import diagnose_database
from bot.doctor.diagnosis import Diagnosis, Severity, UnwellError, bad, good, report, status_of
from bot.doctor.discord_checks import (
    DiscordApi,
    diagnose_application,
    diagnose_servers,
    diagnose_shards,
    diagnose_token,
)
from bot.doctor.machine_checks import diagnose_disk, diagnose_folder, diagnose_health, diagnose_signing
from bot.doctor.provider_checks import ProviderApi, diagnose_key, diagnose_key_limit, diagnose_models
from bot.errors import SetupError
from bot.logs import redact
from bot.seedream.account import MODELS_PATH
from bot.seedream.catalogue import SEEDREAM_MODELS
from bot.seedream.http import utc_now
from bot.seedream.video import VIDEO_MODELS
from bot.settings import Settings, read_environment

CHECK_S: Final = 6.0  # one waits for another at most, so that the whole takes less than 15 s

_HANGS: Final = {  # what to do where a part does not answer in time
    **dict.fromkeys(("folder", "disk"), "Look at the disk, or the network drive, under DATA_DIR."),
    "database": "Look at its server or disk, and at the network in between.",
    "signing": "Look at the disk, or the network drive, that holds the certificate.",
    "health": "Look at Easel's log, then restart it.",
}

Look = Callable[[], Awaitable[list[Diagnosis]]]


def doctor(environ: Mapping[str, str], *, is_offline: bool) -> int:
    """Write to standard output what is well and what is not; return the exit status."""
    logging.getLogger().addHandler(logging.NullHandler())  # the lines of the report say what the parts log
    settings, lines = read_settings(environ)
    return asyncio.run(_doctor(settings, lines, is_offline=is_offline))


async def _doctor(settings: Settings, lines: list[Diagnosis], *, is_offline: bool) -> int:
    checkup = Checkup(settings=settings)
    lines = [*lines, *await checkup.examine(is_offline=is_offline)]
    encoding = sys.stdout.encoding or "utf-8"  # that of a pipe on Windows may lack the marks
    sys.stdout.write(report(lines).encode(encoding, "replace").decode(encoding) + "\n")
    sys.stdout.flush()
    if checkup.is_stuck:  # Python would wait for threads in a resolver, or on a disk, that does not answer
        os._exit(status_of(lines))
    return status_of(lines)


def read_settings(environ: Mapping[str, str]) -> tuple[Settings, list[Diagnosis]]:
    """Read the settings as far as they can be read, and report what is wrong with the others."""
    remedy = "Put it right in the environment or .env (docs/settings.md); here, the default stands in."
    try:
        settings, problems = read_environment(environ, models=SEEDREAM_MODELS, videos=VIDEO_MODELS)
    except SetupError as error:
        settings, problems = read_environment(
            environ, env_file=None, models=SEEDREAM_MODELS, videos=VIDEO_MODELS
        )
        problems.insert(0, str(error))
    lines = [bad("settings", problem, remedy) for problem in dict.fromkeys(problems)]
    return settings, lines or [good("settings", "Easel knows every name, and takes every value")]


@dataclass(kw_only=True)
class Checkup:
    """One visit. `is_stuck` says that a check was left alone without having ended."""

    settings: Settings
    now: Now = utc_now
    is_stuck: bool = False

    async def examine(self, *, is_offline: bool = False) -> list[Diagnosis]:
        """Return the lines of all checks, in the order in which they are best put right."""
        settings = self.settings
        async with aiohttp.ClientSession() as session:
            discord = DiscordApi(session=session, settings=settings, now=self.now)
            provider = ProviderApi(session=session, settings=settings, now=self.now)
            waits = [
                self._look("folder", lambda: asyncio.to_thread(diagnose_folder, settings.data_dir)),
                self._look("disk", lambda: asyncio.to_thread(diagnose_disk, settings)),
                self._look("database", partial(diagnose_database, settings)),
                self._look("signing", lambda: asyncio.to_thread(diagnose_signing, settings, self.now)),
            ]
            if is_offline:
                waits += [
                    self._look("token", discord.diagnose_setting),
                    self._look("key", provider.diagnose_setting),
                ]
            else:
                waits += [self._ask_discord(discord), self._ask_provider(provider)]
                waits += [
                    self._look("clock", partial(diagnose_clock, session, whose, address, now=self.now))
                    for whose, address in (
                        ("Discord", f"{Route.BASE}/gateway"),
                        ("the AIML API", f"{settings.aimlapi_base_url}{MODELS_PATH}?id=none"),
                    )
                ]
            waits.append(self._look("health", partial(diagnose_health, session, settings.easel_health_bind)))
            return [self._without_secrets(line) for line in chain(*await asyncio.gather(*waits))]

    async def _ask_discord(self, api: DiscordApi) -> list[Diagnosis]:
        """Check the token, then what it lets the doctor see."""
        [token] = await self._look("token", partial(diagnose_token, api))
        if token.severity is Severity.BAD:
            cause = f"{token.cause}; application, intents, servers, commands and shards are not checked"
            return [replace(token, cause=cause)]
        lines = await asyncio.gather(
            self._look("application", partial(diagnose_application, api)),
            self._look("servers", partial(diagnose_servers, api)),
            self._look("commands", partial(diagnose_commands, api)),
            self._look("shards", partial(diagnose_shards, api)),
        )
        return [token, *chain(*lines)]

    async def _ask_provider(self, api: ProviderApi) -> list[Diagnosis]:
        """Check the key, what it lets the doctor see, and the models, which need none."""
        models = asyncio.ensure_future(self._look("model", partial(diagnose_models, api)))
        lines = await self._look("key", partial(diagnose_key, api))
        if lines[0].severity is not Severity.BAD:
            lines += await self._look("key limit", partial(diagnose_key_limit, api))
        return [*lines, *await models]

    async def _look(self, part: str, look: Look) -> list[Diagnosis]:
        """Return the lines of a check; one line if it takes too long or breaks."""
        looking = asyncio.ensure_future(look())
        await asyncio.wait({looking}, timeout=CHECK_S)
        if not looking.done():
            self.is_stuck = True
            looking.cancel()
            return [bad(part, f"no answer within {CHECK_S:g} s", _HANGS.get(part, NETWORK))]
        error = looking.exception()  # not raised: no check may keep the others from being reported
        if error is None:
            return looking.result()
        if isinstance(error, UnwellError):
            return [bad(part, error.cause, error.remedy)]
        cause = f"this check broke ({type(error).__name__})"
        return [bad(part, cause, "Please report it, and what is special about this machine.")]

    def _without_secrets(self, line: Diagnosis) -> Diagnosis:
        settings = self.settings
        secrets = (settings.discord_token, settings.aimlapi_api_key, settings.database_url)

        def hide(words: str) -> str:
            for secret in secrets:
                if secret is not None and secret.get_secret_value():
                    words = words.replace(secret.get_secret_value(), "[secret]")
            return redact(words)

        return replace(line, cause=hide(line.cause), remedy=hide(line.remedy))
