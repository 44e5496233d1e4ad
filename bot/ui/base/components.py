"""The parts of every card and form: boxes, rows, persistent buttons and selects, form fields."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, Final, Generic, Self, TypeVar, TypeVarTuple
from weakref import WeakValueDictionary

import discord
from discord import ui
from discord.utils import MISSING

from bot.bodies import Body
from bot.domain.jobs import JOB_ID_LENGTH, MAX_PROMPT
from bot.domain.prompts import clean_prompt
from bot.outage import guard
from bot.ui.base import markdown
from bot.ui.base.context import Interaction
from bot.ui.base.discord_limits import MAX_MESSAGE_TEXT, MAX_UPLOADS
from bot.ui.base.i18n import _
from bot.ui.base.replies import (
    CONNECTION_ERRORS,
    MalformedInputError,
    answer_error,
    reply_out_of_date,
    send_privately,
)
from bot.ui.base.theme import SLATE

# Patterns of payloads: a custom_id that does not match its control's pattern in full reaches no handler.
JOB_ID: Final = rf"[0-9a-hjkmnp-tv-z]{{{JOB_ID_LENGTH}}}"  # the alphabet of `new_job_id`
PICTURE: Final = rf"{JOB_ID}\.[0-9]"  # of a job, by its render's index
JOB_OR_PICTURE: Final = rf"{JOB_ID}(?:\.[0-9])?"
# In 63 bits, as databases take no more; until the year 2083.
DISCORD_ID: Final = r"(?:[0-9]{1,18}|[1-8][0-9]{18})"

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
PressCheck = Callable[[Interaction, str], Awaitable[tuple[*Ts] | None]]
Handler = Callable[[Interaction, *Ts], Awaitable[None]]


class PersistentControl(Generic[*Ts]):
    """A kind of button or select that outlives the process: its action, its payload's pattern, check and handler.

    Its items have the `custom_id` `easel:<action>:<payload>`. Declare it where it is drawn, or above its handler
    where imports allow, and register the handler with `@….on_press`.
    """

    declared: ClassVar[list[PersistentControl[*tuple[Any, ...]]]] = []

    def __init__(self, action: str, pattern: str, *, check: PressCheck[*Ts]) -> None:
        """`pattern` is a regular expression without named groups. Controls may share an action, never an id.

        `check`, of `bot/ui/base/access.py`, decides from the payload who may press, tells others why not, and returns
        what the handler works with.
        """

        class Item(PersistentItem, template=rf"easel:{action}:(?P<payload>{pattern})"):
            control = self

        self.action = action
        self.check = check
        self.item_class: type[PersistentItem] = Item
        self.handler: Handler[*Ts] | None = None
        self.declared.append(self)

    def on_press(self, handler: Handler[*Ts]) -> Handler[*Ts]:
        """Register what a press or a choice does; it gets what `check` returns. Use as a decorator."""
        self.handler = handler
        return handler

    async def press(self, interaction: Interaction, payload: str) -> None:
        """Check the person who pressed, then call the handler; answer an error that either raises."""
        if self.handler is None:
            raise LookupError(f"nothing handles {self.action}")
        handling = partial(self._handle, self.handler, interaction, payload)
        await guard(handling, partial(answer_error, interaction))  # discord.py would only log an error

    async def _handle(self, handler: Handler[*Ts], interaction: Interaction, payload: str) -> None:
        checked = await self.check(interaction, payload)
        if checked is not None:
            await handler(interaction, *checked)

    def item(self, kind: Callable[..., ui.Item[Any]], payload: str, **look: Any) -> PersistentItem:
        """Draw a button or select of this kind; raise ValueError for a payload that the pattern does not allow."""
        return self.item_class(kind(custom_id=self.custom_id(payload), **look), payload)

    def custom_id(self, payload: str) -> str:
        """Return the `custom_id` of this kind's item with this payload."""
        return f"easel:{self.action}:{payload}"


class PersistentItem(ui.DynamicItem[Any], template=r"easel:.+"):
    """A button or select on a message, drawn by a control or found again by its `custom_id`."""

    control: ClassVar[PersistentControl[*tuple[Any, ...]]]

    def __init__(self, item: ui.Item[Any], payload: str) -> None:
        self.payload = payload
        super().__init__(item)

    @classmethod
    async def from_custom_id(
        cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(item, match["payload"])

    async def callback(self, interaction: discord.Interaction[Any]) -> Any:
        """Do what the control does for this person."""
        await self.control.press(interaction, self.payload)


class PersistentButton(PersistentControl[*Ts]):
    """A kind of button, with its usual label and style."""

    def __init__(
        self,
        action: str,
        pattern: str,
        label: str = "",
        *,
        check: PressCheck[*Ts],
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    ) -> None:
        super().__init__(action, pattern, check=check)
        self.label, self.style = label, style

    def button(self, payload: str, label: str = "") -> PersistentItem:
        """Draw one, with its usual label where none is given."""
        return self.item(ui.Button, payload, label=label or self.label, style=self.style)


class PersistentSelect(PersistentControl[*Ts]):
    """A kind of select with one option to choose; `chosen` returns its value."""

    def __init__(self, action: str, pattern: str, placeholder: str, *, check: PressCheck[*Ts]) -> None:
        super().__init__(action, pattern, check=check)
        self.placeholder = placeholder

    def select(
        self, payload: str, options: Sequence[discord.SelectOption], placeholder: str = ""
    ) -> PersistentItem:
        """Draw one with 1 to `MAX_OPTIONS` options."""
        look = {"placeholder": placeholder or self.placeholder, "options": list(options)}
        return self.item(ui.Select, payload, **look)


NOBODY: Final = discord.AllowedMentions.none()
Box = ui.Container[Any]


def box_of(colour: int, *texts: str) -> Box:
    """Return a container of paragraphs, without the empty ones."""
    box: Box = ui.Container(accent_colour=colour)
    for text in texts:
        if text:
            box.add_item(ui.TextDisplay(text))
    return box


def view_of(*boxes: Box) -> ui.LayoutView:
    view = ui.LayoutView(timeout=None)
    for box in boxes:
        view.add_item(box)
    return view


def row_of(*items: ui.Item[Any]) -> ui.ActionRow[Any]:
    row: ui.ActionRow[Any] = ui.ActionRow()
    for item in items:
        row.add_item(item)
    return row


def lines(*parts: str | None) -> str:
    """Join the parts that are not empty, each on a line."""
    return "\n".join(part for part in parts if part)


def inline(text: str, room: int) -> str:
    """Return a person's words on one line, without markdown, cut after `room` characters of theirs."""
    return markdown.inert(markdown.cut(" ".join(text.split()), room))


async def send_private_card(
    interaction: Interaction, view: ui.LayoutView, files: Sequence[discord.File] = ()
) -> None:
    """Answer with a card, and the files it shows, that only the person sees."""
    await send_privately(interaction, view=view, files=files, allowed_mentions=NOBODY)


async def complete_deferred(
    interaction: Interaction, view: ui.LayoutView, files: Sequence[discord.File] = ()
) -> None:
    """Put a card and its files in place of a deferred answer, or of the message that was pressed and deferred."""
    await interaction.edit_original_response(view=view, attachments=files, allowed_mentions=NOBODY)


async def redraw(interaction: Interaction, view: ui.LayoutView) -> None:
    """Replace the card of the message that was pressed, and leave its files as they are."""
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view, allowed_mentions=NOBODY)
    else:
        await interaction.response.edit_message(view=view, allowed_mentions=NOBODY)


class MemoryFile(discord.File):
    """A file of bytes in memory, which are let go as soon as it was sent.

    Once a `discord.File` of an `io.BytesIO` is closed, the two are a reference cycle, which holds the bytes until the
    garbage collector comes by: 400 MB where a hundred pictures were sent in a row.
    """

    def __init__(
        self, data: bytes, filename: str, *, description: str | None = None, spoiler: bool = MISSING
    ) -> None:
        super().__init__(Body(data), filename, description=description, spoiler=spoiler)

    def close(self) -> None:
        """Let the bytes go. discord.py calls this once nothing will send them again."""
        self._closer()


log = logging.getLogger(__name__)
ROOM: Final = MAX_MESSAGE_TEXT - 100
GLANCE: Final = 1000
WORDS_FILE: Final = "your-words.txt"
_FENCE: Final = "```"
_TWO_TICKS: Final = re.compile("`(?=`)")


_KEPT: Final = "easel_kept"  # key in an interaction's extras: an answer shows the words already


def keep_words(interaction: Interaction) -> None:
    """Note that an answer shows the person's words, so that `return_input` need not."""
    interaction.extras[_KEPT] = True


async def return_input(interaction: Interaction, words: str) -> None:
    """Give a person who was refused the words they typed, easy to copy and for them alone. Never raises."""
    text = clean_prompt(words)
    if not text or _KEPT in interaction.extras:
        return
    try:
        await send_private_card(interaction, *_draw(text))
    except (discord.HTTPException, discord.InteractionResponded, *CONNECTION_ERRORS) as error:
        log.warning("words could not be given back: %s", type(error).__name__)


def _draw(text: str) -> tuple[ui.LayoutView, list[discord.File]]:
    """Draw the words in a code block; words too long for one are cut, and a file has them in full."""
    fits = len(_inside(text)) <= ROOM
    box = box_of(SLATE, _("Your prompt, to copy:"), code_block(text, ROOM if fits else GLANCE))
    if fits:
        return view_of(box), []
    box.add_item(ui.File(f"attachment://{WORDS_FILE}"))
    return view_of(box), [MemoryFile(text.encode(), filename=WORDS_FILE)]


def code_block(text: str, room: int) -> str:
    """Return text in a block to copy it from; text that needs more than `room` characters is cut after as many."""
    inside = _inside(text)
    shown = inside if len(inside) <= room else f"{_inside(text[:room])}…"
    return f"{_FENCE}\n{shown}\n{_FENCE}"


def _inside(text: str) -> str:
    """Return text that cannot end a code block; `clean_prompt` removes the invisible characters added here."""
    return _TWO_TICKS.sub("`\u200b", text)


def all_chosen(interaction: Interaction) -> list[str]:
    """Return the values of the options that were chosen in a select."""
    data: Mapping[str, Any] = interaction.data or {}
    return [str(one) for one in data.get("values", [])]


def chosen(interaction: Interaction) -> str:
    """Return the value of the option that was chosen in a select; empty where Discord sent none."""
    return next(iter(all_chosen(interaction)), "")


def chosen_like(interaction: Interaction, pattern: str) -> str:
    """Return the chosen value; raise `MalformedInputError` where it does not match the pattern in full."""
    value = chosen(interaction)
    if re.fullmatch(pattern, value) is None:
        raise MalformedInputError
    return value


def one_of(kind: Callable[[str], T], value: str) -> T:
    """Read a chosen value as one of an enum; raise `MalformedInputError` for any other."""
    try:
        return kind(value)
    except ValueError as error:
        raise MalformedInputError from error


def number_in(numbers: range, value: str) -> int:
    """Read a chosen value as one of these numbers; raise `MalformedInputError` for any other."""
    if value not in map(str, numbers):
        raise MalformedInputError
    return int(value)


def prompt_field(
    custom_id: str,
    *,
    placeholder: str | None = None,
    default: str = "",
    required: bool = True,
    most: int = MAX_PROMPT,
) -> ui.TextInput[Any]:
    """Return a form's field for several lines of up to `most` characters; a longer `default` is cut."""
    return ui.TextInput(
        style=discord.TextStyle.long,
        custom_id=custom_id,
        placeholder=placeholder,
        default=default[:most] or None,
        max_length=most,
        required=required,
    )


def upload_field(custom_id: str, *, most: int = MAX_UPLOADS) -> ui.FileUpload[Any]:
    """Return a form's field for up to `most` files; it may stay empty."""
    return ui.FileUpload(custom_id=custom_id, required=False, min_values=0, max_values=most)


async def answer_unknown(interaction: discord.Interaction[Any]) -> None:
    """Answer a press or a form that nothing here knows, because discord.py would leave it without an answer."""
    custom_id = str((interaction.data or {}).get("custom_id", ""))
    is_known = True
    if interaction.type is discord.InteractionType.component:
        templates = (one.item_class.__discord_ui_compiled_template__ for one in PersistentControl.declared)
        is_known = any(template.fullmatch(custom_id) for template in templates)
    elif interaction.type is discord.InteractionType.modal_submit:
        is_known = custom_id in Form.opened
    if not is_known and not interaction.response.is_done():
        await reply_out_of_date(interaction)


FORM_TIMEOUT_S: Final = 3600.0  # a form that was closed unsent is forgotten then


class Form(ui.Modal):
    """A form. An error that sending it raises is answered, and the person gets back what they typed."""

    # By custom_id; empty after a restart.
    opened: ClassVar[WeakValueDictionary[str, Form]] = WeakValueDictionary()

    def __init__(self, title: str) -> None:
        """`title` has up to `MAX_FORM_TITLE` characters."""
        super().__init__(title=title, timeout=FORM_TIMEOUT_S)
        self.opened[self.custom_id] = self

    def put(self, text: str, component: ui.Item[Any], hint: str | None = None) -> None:
        """Add a component below its label of up to 45 characters, with a hint of up to 100."""
        self.add_item(ui.Label(text=text, component=component, description=hint))

    def typed(self) -> str:
        """Return the words to give back after a refusal or an error."""
        return ""

    async def on_error(self, interaction: Interaction, error: Exception, /) -> None:
        await answer_error(interaction, error)
        await return_input(interaction, self.typed())
