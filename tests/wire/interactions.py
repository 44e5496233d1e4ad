"""Interactions by Discord's rules: three seconds to answer, one answer, fifteen minutes of a token."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import IntEnum

from tests.wire import errors
from tests.wire.clock import PATIENCE_S
from tests.wire.payloads import message_json
from tests.wire.posting import Form, edit, post, post_loading
from tests.wire.state import Channel, JsonDict, Message, User, World

ANSWER_WITHIN = timedelta(seconds=3)
TOKEN_LIFETIME = timedelta(minutes=15)
MAX_FOLLOW_UPS = 5  # where only the user installed the bot


class InteractionKind(IntEnum):
    """What the person did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL = 5


class Answer(IntEnum):
    """How the bot may answer (docs: interactions/receiving-and-responding)."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


@dataclass(slots=True, kw_only=True, eq=False)
class Dispatched:
    """One interaction: what was sent, and what the bot made of it so far.

    `dispatched_at` and `acked_at` are `time.monotonic()`; `message` is what `@original` means.
    `callback` is the parsed body of the accepted answer, `refusals` the error codes of refused ones.
    """

    world: World = field(repr=False)
    id: int
    token: str
    kind: InteractionKind
    user: User
    channel: Channel
    max_file_bytes: int
    dispatched_at: float
    created_at: datetime
    is_user_install_only: bool = False
    source: Message | None = None
    acked_at: float | None = None
    callback: JsonDict | None = None
    message: Message | None = None
    follow_ups: list[Message] = field(default_factory=list[Message])
    refusals: list[int] = field(default_factory=list[int])

    @property
    def ack_s(self) -> float:
        """Seconds from dispatch to the answer."""
        if self.acked_at is None:
            raise LookupError("not answered yet")
        return self.acked_at - self.dispatched_at

    @property
    def modal(self) -> JsonDict | None:
        """The form the bot opened, if that was its answer."""
        is_modal = self.callback is not None and self.callback["type"] == Answer.MODAL
        return self.callback["data"] if self.callback is not None and is_modal else None

    async def acked(self, timeout_s: float = PATIENCE_S) -> JsonDict:
        """The bot's answer, once it has come. Raises `TimeoutError`."""
        return await self.world.changes.until(lambda: self.callback or {}, timeout_s=timeout_s)


class Interactions:
    """All interactions ever dispatched, by token. `answer_within` is how long the bot has for its first answer."""

    def __init__(self, world: World) -> None:
        self.answer_within = ANSWER_WITHIN
        self._world = world
        self._by_token: dict[str, Dispatched] = {}

    def open(
        self,
        kind: InteractionKind,
        user: User,
        channel: Channel,
        *,
        max_file_bytes: int,
        is_user_install_only: bool,
        source: Message | None = None,
    ) -> Dispatched:
        """A new interaction, its three seconds starting now."""
        interaction = Dispatched(
            world=self._world,
            id=self._world.ids.next(),
            token=secrets.token_urlsafe(48),
            kind=kind,
            user=user,
            channel=channel,
            max_file_bytes=max_file_bytes,
            dispatched_at=time.monotonic(),
            created_at=self._world.clock.now(),
            is_user_install_only=is_user_install_only,
            source=source,
        )
        self._by_token[interaction.token] = interaction
        return interaction

    def answer(self, interaction_id: int, token: str, form: Form) -> Dispatched:
        """POST …/callback. Raises `ApiError`; a refused answer leaves the interaction unanswered."""
        interaction = self._by_token.get(token)
        if interaction is None or interaction.id != interaction_id:
            raise errors.unknown_interaction()
        try:
            self._accept(interaction, form)
        except errors.ApiError as refusal:
            interaction.refusals.append(refusal.body["code"])
            raise
        interaction.callback, interaction.acked_at = form.body, time.monotonic()
        self._world.changes.notify()
        return interaction

    def _accept(self, interaction: Dispatched, form: Form) -> None:
        if interaction.callback is not None:
            raise errors.already_acknowledged()
        if self._world.clock.now() - interaction.created_at > self.answer_within:
            raise errors.unknown_interaction()
        data = Form(
            body=form.body.get("data") or {}, files=form.files, max_file_bytes=interaction.max_file_bytes
        )
        match form.body.get("type"):
            case Answer.MESSAGE:
                interaction.message = self._post(interaction, data)
            case Answer.DEFERRED_MESSAGE:
                flags: int = data.body.get("flags") or 0
                interaction.message = post_loading(
                    self._world, interaction.channel, interaction_id=interaction.id, flags=flags
                )
            case Answer.DEFERRED_UPDATE if interaction.source is not None:
                interaction.message = interaction.source
            case Answer.UPDATE if interaction.source is not None:
                interaction.message = edit(self._world, interaction.source, data)
            case Answer.CHOICES | Answer.MODAL:
                pass
            case other:
                raise errors.invalid_form("type", "BASE_TYPE_CHOICES", f"{other} cannot be used here.")

    def follow_up(self, token: str, form: Form) -> Message:
        """POST /webhooks/{application}/{token}. The first one after a deferral is the deferred answer."""
        interaction = self.usable(token)
        form = Form(body=form.body, files=form.files, max_file_bytes=interaction.max_file_bytes)
        original = interaction.message
        if original is not None and original.is_loading and not original.deleted:
            return edit(self._world, original, form)
        if interaction.is_user_install_only and len(interaction.follow_ups) >= MAX_FOLLOW_UPS:
            raise errors.too_many_follow_ups()
        message = self._post(interaction, form)
        interaction.follow_ups.append(message)
        return message

    def original(self, token: str) -> Message | None:
        """What `@original` of a token means, however old it is."""
        interaction = self._by_token.get(token)
        return None if interaction is None else interaction.message

    def usable(self, token: str) -> Dispatched:
        """The answered interaction of a token that still lives. Raises `ApiError`."""
        interaction = self._by_token.get(token)
        if interaction is None:
            raise errors.unknown_webhook()
        if self._world.clock.now() - interaction.created_at >= TOKEN_LIFETIME:
            raise errors.expired_token()
        if interaction.callback is None:
            raise errors.unknown_webhook()
        return interaction

    def message_of(self, interaction: Dispatched, which: str) -> Message:
        """`@original` or an id among the messages this token may touch. Raises `ApiError`."""
        mine = [interaction.message, *interaction.follow_ups]
        candidates = mine[:1] if which == "@original" else mine
        for message in candidates:
            if message is not None and not message.deleted and which in ("@original", str(message.id)):
                return message
        raise errors.unknown_message()

    def result(self, interaction: Dispatched) -> JsonDict:
        """The body of a callback asked `with_response`."""
        shown: JsonDict = {"id": str(interaction.id), "type": int(interaction.kind)}
        message = interaction.message
        if message is not None:
            shown |= {
                "response_message_id": str(message.id),
                "response_message_loading": message.is_loading,
                "response_message_ephemeral": message.ephemeral,
            }
        answer: int = interaction.callback["type"] if interaction.callback else 0
        if message is None or answer not in (Answer.MESSAGE, Answer.UPDATE):
            return {"interaction": shown}
        resource = {"type": answer, "message": message_json(self._world, message)}
        return {"interaction": shown, "resource": resource}

    def _post(self, interaction: Dispatched, form: Form) -> Message:
        author = self._world.bot.id
        return post(self._world, interaction.channel, author, form, interaction_id=interaction.id)
