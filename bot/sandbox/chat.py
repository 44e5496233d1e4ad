"""The offline provider's chat model: it makes prompts longer, and says what it knows of a picture."""

from __future__ import annotations

import asyncio
import hashlib
import io
import json
from collections import OrderedDict, deque
from typing import Annotated, Literal

import msgspec
from aiohttp import web
from PIL import Image

from bot.domain.followups import without_instructions
from bot.sandbox.answers import Dispatch, client_request_id, tracing
from bot.sandbox.faults import (
    CHAT_PREFIX,
    ERROR_STATUSES,
    ITEM_ERRORS,
    Fault,
    FaultPlan,
    encoded_fault,
    painter_marks,
    without_marks,
)
from bot.sandbox.ledger import CREDITS_A_CHAT, Chat, Ledger, ledger_usd
from bot.sandbox.orders import InvalidOrderError, picture_in
from bot.sandbox.painter.canvas import resized
from bot.sandbox.painter.colours import NAMED

# None of these has a word that influences the offline painter or the choice of an aspect ratio.
_LIGHTS = (
    "soft directional light that models every form",
    "warm low light with long gentle shadows",
    "diffuse light with quiet highlights",
    "a single strong light from the left, shadows open and full of detail",
    "light that filters in from the side and catches the edges",
)
_COMPOSITIONS = (
    "a calm composition with a single focal point",
    "a low viewpoint that leads the eye inwards",
    "layered depth from a crisp foreground to a hazy background",
    "plenty of room around the subject",
    "a close view that fills the frame",
)
_MATERIALS = (
    "textures so fine that one could touch them",
    "visible brushwork and a hint of paper grain",
    "honest materials with small signs of use",
    "surfaces that shift between matte and satin",
    "crisp detail where it matters and softness elsewhere",
)
ELSEWHERE = "A quiet study of light on a plain surface, without any lettering."  # unrelated to any prompt
_REFUSAL = "I'm sorry, but I can't help with that."


MAX_KNOWN = 500
_SMALL = (8, 8)  # pixels, by which a picture is recognised however it was encoded again
_ALIKE = 6  # how far their colours may be apart, of 255


class Gallery:
    """Small copies of the latest pictures that were painted, with the prompts they were painted from."""

    def __init__(self) -> None:
        self._prompts: OrderedDict[bytes, str] = OrderedDict()

    def add(self, picture: bytes, prompt: str) -> None:
        self._prompts[_small(picture)] = prompt
        while len(self._prompts) > MAX_KNOWN:
            self._prompts.popitem(last=False)

    def describe(self, picture: bytes) -> str:
        """Return four prompts as a JSON array: what is to be seen, and that with more on how."""
        what = self.recognise(picture)
        return json.dumps(
            [what, *(f"{what}, {view}" for view in (_LIGHTS[0], _COMPOSITIONS[1], _MATERIALS[1]))]
        )

    def recognise(self, picture: bytes) -> str:
        """Return what is to be seen: by the picture's own prompt, else by its colour and shape."""
        small = _small(picture)
        known = next((words for one, words in self._prompts.items() if _apart(one, small) < _ALIKE), "")
        return without_instructions(known).rstrip(" .,;") or _plainly(picture, small)


def _small(picture: bytes) -> bytes:
    """Return the pixels of a small copy. Raises `InvalidOrderError`."""
    try:
        with Image.open(io.BytesIO(picture)) as image:
            image.draft("RGB", (64, 64))  # decodes a JPEG at an eighth of its size
            return resized(image.convert("RGB"), _SMALL, Image.Resampling.BOX).tobytes()
    except (OSError, SyntaxError, Image.DecompressionBombError) as wrong:  # Pillow's errors for bad files
        raise InvalidOrderError("A picture in image_url could not be read") from wrong


def _apart(one: bytes, other: bytes) -> float:
    return sum(abs(a - b) for a, b in zip(one, other, strict=True)) / len(one)


def _plainly(picture: bytes, small: bytes) -> str:
    with Image.open(io.BytesIO(picture)) as image:
        ratio = image.width / image.height
    mean = [sum(small[channel::3]) / (len(small) // 3) for channel in range(3)]
    colour = min(NAMED, key=lambda name: sum((a - b) ** 2 for a, b in zip(mean, NAMED[name], strict=True)))
    shape = "wide" if ratio > 1.2 else "tall" if ratio < 0.8 else "square"
    return f"A {shape} picture in {colour}"


class _Url(msgspec.Struct):
    url: str


class _Part(msgspec.Struct):
    text: str = ""
    image_url: _Url | None = None


class _Message(msgspec.Struct):
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[_Part]


class _Body(msgspec.Struct):
    model: Annotated[str, msgspec.Meta(min_length=1)]
    messages: Annotated[list[_Message], msgspec.Meta(min_length=1)]
    max_tokens: Annotated[int, msgspec.Meta(ge=1)] = 512
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] = 1.0

    @property
    def words(self) -> str:
        """The user's last message."""
        content = next((each.content for each in reversed(self.messages) if each.role == "user"), "")
        return content if isinstance(content, str) else "".join(part.text for part in content)

    @property
    def picture(self) -> bytes | None:
        """The first picture in any message. Raises `InvalidOrderError`."""
        parts = (part for each in self.messages if isinstance(each.content, list) for part in each.content)
        shown = next((part.image_url for part in parts if part.image_url is not None), None)
        return None if shown is None else picture_in(shown.url)


class OfflineChatModel:
    """Answers `POST /v1/chat/completions`, but only while `is_open` is set. Texts in `dictated` are sent first."""

    def __init__(self, ledger: Ledger, dispatch: Dispatch, is_open: asyncio.Event) -> None:
        self.faults = FaultPlan(prefix=CHAT_PREFIX)
        self.dictated: deque[str] = deque()
        self.gallery = Gallery()
        self._ledger = ledger
        self._dispatch = dispatch
        self._is_open = is_open

    async def answer(self, request: web.Request, *, latency_s: float) -> web.StreamResponse:
        """Answer one request after `latency_s`. The same words always get the same answer."""
        try:
            body = _parse(await request.read())
            text = await self._write(body)
        except InvalidOrderError as wrong:
            return self._dispatch.error(request, 400, str(wrong))
        number, fault = await self._ledger.arrive(), self.faults.take(body.words)
        await self._is_open.wait()
        self._ledger.trouble = fault if fault in ERROR_STATUSES else None
        if fault in ERROR_STATUSES:
            await self._record(request, body, number, fault)
            return self._dispatch.refuse(request, fault)
        await asyncio.sleep(latency_s)
        chat = await self._record(request, body, number, fault)
        text = self.dictated.popleft() if self.dictated else text
        return await self._dispatch.send(request, fault, _answer(fault, chat, text), tracing(chat))

    async def _write(self, body: _Body) -> str:
        """Return the answer to a prompt or a picture. Raises `InvalidOrderError`."""
        picture = body.picture
        if picture is None:
            return enrich(body.words)
        if "alt text" in body.words:
            what = await asyncio.to_thread(self.gallery.recognise, picture)
            return f"A painting that shows this: {what}."
        return await asyncio.to_thread(self.gallery.describe, picture)

    async def _record(self, request: web.Request, body: _Body, number: int, fault: Fault) -> Chat:
        """Record a call. A refusal in words is charged like any answer; a failed call is not."""
        chat = Chat(
            client_request_id=client_request_id(request),
            inference_id=f"offline-{number:06}",
            model=body.model,
            words=body.words,
            status=ERROR_STATUSES[fault][0] if fault in ERROR_STATUSES else 200,
            charged=fault not in ERROR_STATUSES and fault is not Fault.ITEM_ERROR,
            at=self._ledger.now(),
        )
        await self._ledger.record(chat)
        return chat


def enrich(words: str) -> str:
    """Add to the words one clause each about light, composition and material, chosen by their hash.

    Fault marks for the painter are moved to the end; those for the chat model are removed.
    """
    plain = without_marks(words)
    light, composition, material, *_ = hashlib.sha256(plain.encode()).digest()
    return (
        f"{plain.rstrip(' .,;')}, in {_LIGHTS[light % len(_LIGHTS)]};"
        f" {_COMPOSITIONS[composition % len(_COMPOSITIONS)]}, {_MATERIALS[material % len(_MATERIALS)]}."
        f"{painter_marks(words)}"
    )


def _parse(raw: bytes) -> _Body:
    """Read the JSON of a request. Raises `InvalidOrderError`."""
    try:
        body = msgspec.json.decode(raw, type=_Body)
    except msgspec.DecodeError as wrong:  # its subclass ValidationError included
        raise InvalidOrderError(f"Body validation error: {wrong}") from wrong
    if not body.words.strip():
        raise InvalidOrderError("Body validation error: no message of the user")
    return body


def _answer(fault: Fault, chat: Chat, text: str) -> bytes:
    """Return the JSON of a good answer as `fault` changes it. Faults of pictures alone change nothing."""
    if fault is Fault.ITEM_ERROR:
        code, message = ITEM_ERRORS[fault]
        return encoded_fault(fault, {"error": {"code": code, "message": message}})
    if fault is Fault.REFUSED_RESULT:
        return encoded_fault(fault, _completion(chat, None, refusal=_REFUSAL, finish_reason="content_filter"))
    if fault is Fault.EMPTY:
        return encoded_fault(fault, _completion(chat, None))
    return encoded_fault(fault, _completion(chat, ELSEWHERE if fault is Fault.NOT_A_PICTURE else text))


def _completion(
    chat: Chat, text: str | None, *, refusal: str | None = None, finish_reason: str = "stop"
) -> dict[str, object]:
    asked, answered = max(1, len(chat.words) // 4), len(text or "") // 4
    message = {"role": "assistant", "content": text, "refusal": refusal}
    return {
        "id": f"chatcmpl-{chat.inference_id}",
        "object": "chat.completion",
        "created": int(chat.at.timestamp()),
        "model": chat.model,
        "choices": [{"index": 0, "finish_reason": finish_reason, "logprobs": None, "message": message}],
        "usage": {"prompt_tokens": asked, "completion_tokens": answered, "total_tokens": asked + answered},
        "meta": {"usage": {"credits_used": CREDITS_A_CHAT, "usd_spent": ledger_usd(CREDITS_A_CHAT)}},
    }
