"""Create and edit messages by Discord's rules: files, components, nonces, replies and pings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from tests.wire.cdn import Attachment, Upload
from tests.wire.components import MAX_DESCRIPTION, check_message
from tests.wire.errors import file_too_large, invalid_form, unknown_message
from tests.wire.pings import ping_of
from tests.wire.state import Channel, JsonDict, Message, MessageFlag, Version, World

MAX_ATTACHMENTS = 10
MAX_NONCE = 25
NONCE_WINDOW = timedelta(minutes=5)  # the docs say "the past few minutes"
ON_CREATE = (
    MessageFlag.SUPPRESS_EMBEDS
    | MessageFlag.EPHEMERAL
    | MessageFlag.SUPPRESS_NOTIFICATIONS
    | MessageFlag.COMPONENTS_V2
)
ON_EDIT = MessageFlag.SUPPRESS_EMBEDS | MessageFlag.COMPONENTS_V2


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A message as a request carries it: Discord's JSON and the files by their number."""

    body: JsonDict = field(default_factory=dict[str, object])
    files: Mapping[int, Upload] = field(default_factory=dict[int, Upload])
    max_file_bytes: int


def post(
    world: World, channel: Channel, author_id: int, form: Form, *, interaction_id: int | None = None
) -> Message:
    """Make a message, or return the earlier one with the same enforced nonce. Raises `ApiError`."""
    if (earlier := _with_same_nonce(world, channel, author_id, form.body)) is not None:
        return earlier
    flags = (form.body.get("flags") or 0) & ON_CREATE
    if interaction_id is None:
        flags &= ~MessageFlag.EPHEMERAL
    message = Message(
        id=world.ids.next(),
        channel_id=channel.id,
        author_id=author_id,
        created_at=world.clock.now(),
        flags=flags,
        nonce=form.body.get("nonce"),
        reference_id=_reference(world, channel, form.body),
        interaction_id=interaction_id,
    )
    _fill(world, message, form)
    world.messages[message.id] = message
    allowed: JsonDict = form.body.get("allowed_mentions") or {}
    message.mentions_replied = bool(allowed.get("replied_user", interaction_id is None))
    if (ping := ping_of(world, message, form.body.get("allowed_mentions"))) is not None:
        world.pings.append(ping)
    world.announce("MESSAGE_CREATE", message)
    world.changes.notify()
    return message


def post_loading(world: World, channel: Channel, *, interaction_id: int, flags: int) -> Message:
    """The "thinking…" message of a deferred answer."""
    message = Message(
        id=world.ids.next(),
        channel_id=channel.id,
        author_id=world.bot.id,
        created_at=world.clock.now(),
        flags=(flags & MessageFlag.EPHEMERAL) | MessageFlag.LOADING,
        interaction_id=interaction_id,
    )
    world.messages[message.id] = message
    world.changes.notify()
    return message


def edit(world: World, message: Message, form: Form) -> Message:
    """Change what `form` names and keep the rest. Raises `ApiError`, then nothing changed."""
    before = Version(
        content=message.content,
        components=tuple(message.components),
        attachments=message.attachments,
        flags=message.flags,
    )
    # IS_COMPONENTS_V2 cannot be taken off again (docs: components/reference)
    flags = (message.flags | ((form.body.get("flags") or 0) & ON_EDIT)) & ~MessageFlag.LOADING
    _fill(world, message, form, flags=flags)
    message.history.append(before)
    message.edited_at = world.clock.now()
    world.announce("MESSAGE_UPDATE", message)
    world.changes.notify()
    return message


def _fill(world: World, message: Message, form: Form, *, flags: int | None = None) -> None:
    """Check everything first, so that a refused request leaves the message as it was."""
    body = form.body
    flags = message.flags if flags is None else flags
    content = (body["content"] or "") if "content" in body else message.content
    embeds = (body["embeds"] or []) if "embeds" in body else message.embeds
    components = (body["components"] or []) if "components" in body else message.components
    kept, new = _sort_files(message, form)
    names = [each.filename for each in kept] + [upload.filename for upload, _ in new]
    check_message(content=content, embeds=embeds, components=components, flags=flags, filenames=names)
    message.content, message.embeds, message.components, message.flags = content, embeds, components, flags
    message.attachments = (*kept, *(_keep(world, message, upload, text) for upload, text in new))


def _sort_files(message: Message, form: Form) -> tuple[list[Attachment], list[tuple[Upload, str | None]]]:
    """The attachments that stay, and the uploads with their descriptions."""
    if any(len(upload.data) > form.max_file_bytes for upload in form.files.values()):
        raise file_too_large()
    listed: list[JsonDict] | None = form.body.get("attachments")
    if listed is None:
        return list(message.attachments), [(form.files[number], None) for number in sorted(form.files)]
    present = {each.id: each for each in message.attachments}
    kept: list[Attachment] = []
    new: list[tuple[Upload, str | None]] = []
    for entry in listed:
        if (attachment := present.get(int(entry["id"]))) is not None:
            kept.append(attachment)
        else:
            new.append(_described(form, entry))
    if len(kept) + len(new) > MAX_ATTACHMENTS:
        reason = f"Must be {MAX_ATTACHMENTS} or fewer in length."
        raise invalid_form("attachments", "BASE_TYPE_BAD_LENGTH", reason)
    return kept, new


def _described(form: Form, entry: JsonDict) -> tuple[Upload, str | None]:
    upload = form.files.get(int(entry["id"]))
    if upload is None:
        raise invalid_form("attachments", "ATTACHMENT_NOT_FOUND", f"No file has the id {entry['id']}.")
    description: str | None = entry.get("description")
    if description is not None and len(description) > MAX_DESCRIPTION:
        reason = f"Must be {MAX_DESCRIPTION} or fewer in length."
        raise invalid_form("attachments", "BASE_TYPE_MAX_LENGTH", reason)
    return Upload(filename=entry.get("filename") or upload.filename, data=upload.data), description


def _keep(world: World, message: Message, upload: Upload, description: str | None) -> Attachment:
    kind = "ephemeral-attachments" if message.ephemeral else "attachments"
    folder = f"{kind}/{message.channel_id}"
    return world.cdn.keep(upload, attachment_id=world.ids.next(), folder=folder, description=description)


def _with_same_nonce(world: World, channel: Channel, author_id: int, body: JsonDict) -> Message | None:
    nonce: str | None = body.get("nonce")
    if nonce is not None and len(str(nonce)) > MAX_NONCE:
        raise invalid_form("nonce", "NONCE_TYPE_TOO_LONG", f"Must be {MAX_NONCE} or fewer in length.")
    if nonce is None or not body.get("enforce_nonce"):
        return None
    oldest = world.clock.now() - NONCE_WINDOW
    for message in world.messages_in(channel.id):
        if (message.author_id, message.nonce) == (author_id, nonce) and message.created_at >= oldest:
            if message.deleted:
                raise unknown_message()
            return message
    return None


def _reference(world: World, channel: Channel, body: JsonDict) -> int | None:
    reference: JsonDict | None = body.get("message_reference")
    if not reference or "message_id" not in reference:
        return None
    message = world.messages.get(int(reference["message_id"]))
    if message is not None and not message.deleted and message.channel_id == channel.id:
        return message.id
    if reference.get("fail_if_not_exists", True):
        raise invalid_form("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message")
    return None
