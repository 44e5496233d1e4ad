"""Checks of Discord's side over REST: token, application, intents, permissions in each server."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, TypeVar

import aiohttp
import discord
import msgspec
from discord.http import Route

from bot import __version__
from bot.app.run import token_of
from bot.client import INTENTS, PERMISSIONS
from bot.doctor.asking import Now, ask
from bot.doctor.diagnosis import Diagnosis, UnwellError, bad, good, warning
from bot.errors import SetupError
from bot.seedream.wire.reply import Reply
from bot.settings import Settings

PAGE: Final = 200  # servers in an answer: Discord's own limit
LOW_SHARE: Final = 0.1  # share of the connections that Discord allows in a day; with fewer left it warns
MOST_SERVERS: Final = 10  # servers listed by name
PORTAL: Final = "https://discord.com/developers/applications"
_NEW_TOKEN: Final = (
    f'Create an application at {PORTAL}, press "Reset Token" on its page "Bot", then set DISCORD_TOKEN.'
)
# Names as Discord's own settings show them, where they are not discord.py's in capitals.
_SHOWN: Final = {
    "read_messages": "View Channels",
    "send_messages_in_threads": "Send Messages in Threads",
}
_PRIVILEGED: Final = {  # each intent, the two flags of the application that allow it, and its name on the page "Bot"
    "presences": ("gateway_presence", "Presence Intent"),
    "members": ("gateway_guild_members", "Server Members Intent"),
    "message_content": ("gateway_message_content", "Message Content Intent"),
}

T = TypeVar("T")


class _Me(msgspec.Struct):
    id: str
    username: str


class Application(msgspec.Struct):
    """What Discord says about the bot's own application."""

    id: int
    name: str
    flags: int = 0
    bot_public: bool = True  # everybody may add it, not its owner alone
    bot_require_code_grant: bool = False
    interactions_endpoint_url: str | None = None
    privacy_policy_url: str | None = None
    terms_of_service_url: str | None = None


class _StartLimit(msgspec.Struct):
    total: int
    remaining: int
    reset_after: int  # milliseconds


class _Gateway(msgspec.Struct):
    shards: int
    session_start_limit: _StartLimit


class _Server(msgspec.Struct):
    id: int
    name: str
    permissions: int  # of the bot's roles together, without what single channels change


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscordApi:
    """Discord's REST with the bot's token. `session` is not closed here."""

    session: aiohttp.ClientSession
    settings: Settings
    now: Now

    async def diagnose_setting(self) -> list[Diagnosis]:
        """Check that there is what could be a token."""
        self._token()
        return [good("token", "set, and not asked about")]

    def _token(self) -> str:
        try:
            return token_of(self.settings)
        except SetupError as error:
            raise UnwellError(str(error), _NEW_TOKEN) from None

    async def get(self, path: str, kind: type[T]) -> T:
        """Return the answer to a GET. Raises `UnwellError`."""
        agent = f"DiscordBot (Easel, {__version__})"
        headers = {"Authorization": f"Bot {self._token()}", "User-Agent": agent}
        reply = await ask(self.session, Route.BASE + path, headers=headers, now=self.now)
        _raise_for(reply)
        try:
            return msgspec.json.decode(reply.body, type=kind, strict=False)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            remedy = "Look for a proxy or portal between this machine and Discord."
            raise UnwellError(f"the answer to {path} is not Discord's", remedy) from None

    async def application(self) -> Application:
        """Return the bot's application. Raises `UnwellError`."""
        return await self.get("/applications/@me", Application)


def _raise_for(reply: Reply) -> None:
    is_json = reply.headers.get("content-type", "").startswith("application/json")
    if reply.status == 401 and is_json:
        raise UnwellError("Discord does not accept DISCORD_TOKEN", _NEW_TOKEN)
    if reply.status in {403, 429}:
        remedy = (
            "Wait, and restart nothing: each try makes the block longer. Look for other bots on this address."
        )
        raise UnwellError(f"Discord blocks this address for a while (HTTP {reply.status})", remedy)
    if not reply.succeeded:
        remedy = "Look at https://discordstatus.com, and for a proxy in between; ask again later."
        raise UnwellError(f"Discord answers HTTP {reply.status}", remedy)


async def diagnose_token(api: DiscordApi) -> list[Diagnosis]:
    """Ask who the bot is."""
    me = await api.get("/users/@me", _Me)
    return [good("token", f"accepted; the bot is {me.username} ({me.id})")]


async def diagnose_application(api: DiscordApi) -> list[Diagnosis]:
    """Check what on the application's pages keeps interactions or invites from working or is missing; its intents."""
    application = await api.application()
    lines = [good("application", f"{application.name} ({application.id})")]
    if application.interactions_endpoint_url:
        cause = "commands are sent to an “Interactions Endpoint URL” and never reach Easel"
        lines.append(bad("application", cause, f"Empty that field at {PORTAL}, page “General Information”."))
    if application.bot_require_code_grant:
        cause = "“Requires OAuth2 Code Grant” is on, so the invite link fails"
        lines.append(warning("application", cause, f"Switch it off at {PORTAL}, page “Bot”."))
    return [*lines, *_pages(application), *_intents(application)]


def _pages(application: Application) -> list[Diagnosis]:
    """Return a warning where an application that everybody may add lacks a page for members."""
    pages = (
        ("Privacy Policy", "PRIVACY.md", application.privacy_policy_url),
        ("Terms of Service", "TERMS.md", application.terms_of_service_url),
    )
    absent = [(name, template) for name, template, url in pages if not url]
    if not application.bot_public or not absent:
        return []
    cause = f"it names no {' and no '.join(name for name, _template in absent)}"
    templates = " and ".join(template for _name, template in absent)
    whose = "its address" if len(absent) == 1 else "their addresses"
    where = f"{PORTAL}, page “General Information”"
    return [warning("application", cause, f"Fill in and publish {templates}, and enter {whose} at {where}.")]


def _intents(application: Application) -> list[Diagnosis]:
    flags = discord.ApplicationFlags._from_value(application.flags)  # pyright: ignore[reportPrivateUsage]  # it has no public way
    needed = [names for intent, names in _PRIVILEGED.items() if getattr(INTENTS, intent)]
    missing = [
        name for flag, name in needed if not (getattr(flags, flag) or getattr(flags, f"{flag}_limited"))
    ]
    if missing:
        cause = f"Discord does not allow the {', '.join(missing)}"
        return [bad("intents", cause, f"Switch it on at {PORTAL}, page “Bot”.")]
    return [good("intents", f"{', '.join(name for _flag, name in needed) or 'no privileged one is needed'}")]


async def diagnose_shards(api: DiscordApi) -> list[Diagnosis]:
    """Compare EASEL_SHARDS with what Discord recommends, and look at how many connections it still allows."""
    told = await api.get("/gateway/bot", _Gateway)
    limit, shards = told.session_start_limit, api.settings.easel_shards
    lines: list[Diagnosis] = []
    if shards and shards.total < told.shards:
        cause = f"EASEL_SHARDS has a total of {shards.total}, Discord recommends {told.shards}"
        remedy = "Stop all gateways, raise it in each, then start them: see docs/scaling.md."
        lines.append(warning("shards", cause, remedy))
    left = f"{limit.remaining} of {limit.total} connections left for {_span(limit.reset_after)}"
    if limit.remaining < limit.total * LOW_SHARE:
        remedy = "Look in the log for what makes Easel connect again and again; it waits before none is left."
        lines.append(warning("shards", left, remedy))
    return lines or [good("shards", f"{shards.total if shards else told.shards}; {left}")]


def _span(milliseconds: int) -> str:
    minutes = math.ceil(milliseconds / 60_000)
    return f"{minutes} min" if minutes < 60 else f"{minutes / 60:.0f} h"


async def diagnose_servers(api: DiscordApi) -> list[Diagnosis]:
    """Check the permissions that the bot's roles give it in each server that it serves."""
    settings = api.settings
    servers = await _servers(api)
    if not servers:
        return [warning("servers", "the bot is in none", "Open the link of `python -m bot invite`.")]
    absent = sorted(settings.easel_guilds - {server.id for server in servers})
    lines = [
        warning(
            "servers", f"the bot is not in {one}, which EASEL_GUILDS names", "Invite it, or remove the id."
        )
        for one in absent
    ]
    served = [one for one in servers if not settings.easel_guilds or one.id in settings.easel_guilds]
    lacking = [(one, names) for one in served if (names := _missing(one.permissions))]
    for server, names in lacking[:MOST_SERVERS]:
        remedy = (
            "Give them to its role in the server's settings, or invite it again (`python -m bot invite`)."
        )
        lines.append(warning("servers", f"{server.name} ({server.id}) denies {', '.join(names)}", remedy))
    if left := len(lacking[MOST_SERVERS:]):
        lines.append(warning("servers", f"{left} more deny some", "Do the same there, then ask again."))
    if well := len(served) - len(lacking):
        lines.append(good("servers", f"all permissions in {well} of {len(servers)}"))
    return lines


async def _servers(api: DiscordApi) -> list[_Server]:
    found: list[_Server] = []
    while True:
        last = found[-1].id if found else 0
        page = await api.get(f"/users/@me/guilds?limit={PAGE}&after={last}", list[_Server])
        found += page
        if len(page) < PAGE:
            return found


def _missing(permissions: int) -> list[str]:
    """Return the names of the least permissions that are not among these."""
    has = discord.Permissions(permissions)
    if has.administrator:
        return []
    lacks = discord.Permissions(PERMISSIONS.value & ~has.value)
    return [_SHOWN.get(name, name.replace("_", " ").title()) for name, is_missing in lacks if is_missing]
