"""The stand-in as a test holds it: start it, arrange, let people act, look."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from types import TracebackType
from typing import Any, Self, TypeVar

from aiohttp import web

from tests.wire.account_routes import AccountRoutes
from tests.wire.cdn import Attachment, Upload
from tests.wire.clock import PATIENCE_S, Clock
from tests.wire.commands import CommandBook, OptionValue, read_uploads
from tests.wire.driving import Context, People
from tests.wire.faults import Fault
from tests.wire.interactions import Dispatched, Interactions
from tests.wire.message_routes import ChannelRoutes, InteractionRoutes
from tests.wire.pointing import point_discord_at
from tests.wire.rest import API, LoggedRequest, Rest
from tests.wire.stage import Stage
from tests.wire.state import Channel, Message, Ping, User

T = TypeVar("T")
TOKEN = "stand-in-token"
MAX_REQUEST_BYTES = 256 * 1024 * 1024
SHUTDOWN_S = 0.1  # nobody waits for requests a test left open


class DiscordServer(Stage):
    """Discord on loopback while the `async with` block lasts; its state is only reached through it.

    Clients, in this process or another, need nothing but `rest_base` and `gateway_url`.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        token: str = TOKEN,
        shard_count: int = 1,
        heartbeat_interval_s: float = 41.25,
    ) -> None:
        super().__init__(
            clock, token=token, shard_count=shard_count, heartbeat_interval_s=heartbeat_interval_s
        )
        self.rest_base = self.gateway_url = self.cdn_base = ""
        self.commands = CommandBook(self.world)
        self._interactions = Interactions(self.world)
        self._people = People(self.world, self.gateway, self._interactions, self.commands)
        self._rest = Rest(self.world, self.faults, token=token)
        self._runner = web.AppRunner(self._app(), shutdown_timeout=SHUTDOWN_S)

    def _app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        families = [
            AccountRoutes(self.world, self.gateway, self.commands),
            ChannelRoutes(self.world),
            InteractionRoutes(self.world, self._interactions),
        ]
        app.add_routes([self._rest.route(each) for family in families for each in family.endpoints()])
        app.router.add_get("/gateway", self.gateway.serve)
        app.router.add_get("/attachments/{path:.+}", self._rest.serve_file)
        app.router.add_get("/ephemeral-attachments/{path:.+}", self._rest.serve_file)
        return app

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host = f"127.0.0.1:{self._runner.addresses[0][1]}"
        self.rest_base, self.cdn_base = f"http://{host}{API}", f"http://{host}"
        self.gateway_url = self.gateway.url = f"ws://{host}/gateway"
        self.world.cdn.base = self.cdn_base
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.faults.clear()
        await self.gateway.drop()
        await self._runner.cleanup()

    def original(self, token: str) -> Message | None:
        """The first answer to the interaction with this token."""
        return self._interactions.original(token)

    def patched(self) -> AbstractContextManager[None]:
        """Let every discord.py client of this process talk to this server, within a `with` block."""
        return point_discord_at(self.rest_base, self.gateway_url)

    # People act. Each returns at once; what the bot makes of it shows on the handle.

    async def slash(
        self,
        user: User,
        channel: Channel,
        name: str,
        options: Mapping[str, OptionValue] | None = None,
        *,
        attachments: Mapping[str, tuple[str, bytes]] | None = None,
        context: Context | str | None = None,
    ) -> Dispatched:
        """Use a command; `name` may end in subcommands ("quota set").

        `options` by name: text, numbers, booleans, `User`, `Channel`, a role's id; `attachments` by
        name as (filename, bytes). `context` is told from the channel unless given. Raises `LookupError`
        or `TypeError` for what the person's Discord would not have let them do.
        """
        values = {**(options or {}), **read_uploads(attachments or {})}
        return self._people.slash(user, channel, name, values, Context(context) if context else None)

    async def type_in(
        self,
        user: User,
        channel: Channel,
        name: str,
        focused: str,
        text: str = "",
        options: Mapping[str, OptionValue] | None = None,
        *,
        context: Context | str | None = None,
    ) -> Dispatched:
        """Type into an option that completes; what is offered is in the callback's `data`."""
        where = Context(context) if context else None
        return self._people.type_in(user, channel, name, focused, text, options or {}, where)

    async def rewrite(self, message: Message, content: str | None) -> None:
        """A person edits their message; None if Discord changes it by itself, such as by a preview of a link."""
        self._people.rewrite(message, content)

    async def write(
        self,
        user: User,
        channel: Channel,
        content: str = "",
        *,
        files: Mapping[str, bytes] | None = None,
        reply_to: Message | None = None,
        mentions_replied: bool = True,
        webhook_id: int | None = None,
    ) -> Message:
        """Write a message. By Discord's default a reply mentions whom it replies to."""
        uploads = [Upload(filename=name, data=data) for name, data in (files or {}).items()]
        return self._people.write(
            user,
            channel,
            content,
            uploads,
            reply_to,
            mentions_replied=mentions_replied and reply_to is not None,
            webhook_id=webhook_id,
        )

    async def message_command(self, user: User, message: Message, name: str) -> Dispatched:
        """Use a command of the message's context menu."""
        return self._people.on_message(user, message, name)

    async def click(
        self,
        user: User,
        message: Message,
        custom_id: str,
        values: Sequence[str] = (),
        *,
        context: Context | str | None = None,
    ) -> Dispatched:
        """Press a button, or choose `values` in a select. Raises `LookupError` where it is not there."""
        where = Context(context) if context else None
        return self._people.click(user, message, custom_id, values, where)

    async def submit_modal(self, opened: Dispatched, values: Mapping[str, Any]) -> Dispatched:
        """Send the form that `opened` was answered with; values by custom_id.

        Text for text inputs, True for ticks, lists for selects, lists of `Upload` for file uploads.
        """
        return self._people.submit(opened, values)

    def wait_for_answers(self, seconds: float) -> None:
        """Give the bot another time for its first answers than three seconds, for a clock that runs faster."""
        self._interactions.answer_within = timedelta(seconds=seconds)

    # Looking

    @property
    def requests(self) -> list[LoggedRequest]:
        return self._rest.requests

    @property
    def pings(self) -> list[Ping]:
        return self.world.pings

    def asked(self, method: str, pattern: str) -> list[LoggedRequest]:
        """The requests so far that a fault with this method and pattern would have met."""
        wanted = Fault(method=method, pattern=pattern, times=None)
        return [each for each in self.requests if wanted.matches(each.method, each.path)]

    def messages(self, channel_id: int) -> list[Message]:
        """Oldest first; deleted and ephemeral ones too."""
        return self.world.messages_in(channel_id)

    def url_of(self, attachment: Attachment) -> str:
        """A freshly signed address on the CDN."""
        return self.world.cdn.url_of(attachment)

    async def wait_for(self, predicate: Callable[[], T], *, timeout_s: float = PATIENCE_S) -> T:
        """The first true value of `predicate`, asked again on every change. Raises `TimeoutError`."""
        return await self.world.changes.until(predicate, timeout_s=timeout_s)

    async def connected(self, sessions: int = 1, *, timeout_s: float = PATIENCE_S) -> None:
        """Return once this many clients, or shards, listen."""
        await self.wait_for(lambda: len(self.gateway.live_sessions) >= sessions, timeout_s=timeout_s)
