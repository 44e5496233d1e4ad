"""The AIML API's chat models over HTTP: one paid call that rewrites a prompt, or puts a picture into words."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

import aiohttp

from bot.domain.ports.observer import UNOBSERVED, CallKind, Observer, observed
from bot.domain.provider import (
    AnswerEmptyError,
    Charge,
    InputPicture,
    ProviderError,
    RefusedError,
    RefusedSubject,
)
from bot.domain.rewriting import (
    ALT_TEXT_INSTRUCTIONS,
    DESCRIPTION_INSTRUCTIONS,
    AltText,
    Described,
    Rewritten,
    declines,
    instructions,
    read_alt_text,
    read_descriptions,
    tidy,
)
from bot.errors import SetupError
from bot.seedream.account import AccountQuestions
from bot.seedream.http import PaidCalls, open_account, utc_now
from bot.seedream.wire import chat
from bot.seedream.wire.reply import bill

COMPLETIONS_PATH = "/v1/chat/completions"
MAX_CHAT_BYTES = 64 * 1024  # 600 tokens are about 3 kB
CHAT_TIMEOUT_S = 30.0  # a person waits for this before anything is painted
ALT_TEXT_TIMEOUT_S = 10.0  # a person waits for this once everything is painted


class ChatModel:
    """A chat model of the AIML API, and its paid calls.

    Uses the key of `SeedreamProvider`, whose `look_up` finds these calls too. `base_url` has no version part;
    `model` is the id of a chat model. `timeout_s` bounds a call from its first byte to its last, None as the class
    says. The session is not closed here. Raises `SetupError` for a setting that cannot work.
    """

    verb = "ask"  # in logs
    timeout_s = CHAT_TIMEOUT_S

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        base_url: str,
        api_key: str,
        model: str,
        timeout_s: float | None = None,
        now: Callable[[], datetime] = utc_now,
        observer: Observer = UNOBSERVED,
    ) -> None:
        self._model = _checked_model(model)
        self._observer = observer
        account = open_account(base_url=base_url, api_key=api_key)
        timeout_s = self.timeout_s if timeout_s is None else timeout_s
        self._questions = AccountQuestions(session=session, account=account, timeout_s=timeout_s, now=now)
        self._calls = PaidCalls(
            session=session,
            account=account,
            verb=self.verb,
            path=COMPLETIONS_PATH,
            timeout_s=timeout_s,
            max_answer_bytes=MAX_CHAT_BYTES,
            now=now,
        )

    async def _ask(self, request_id: str, body: bytes, *, words: str) -> chat.Completion:
        """Make the paid call; `words` are those of the user's message, which no error may quote."""
        return await observed(self._observer, CallKind.CHAT, self._answer(request_id, body, words))

    async def _answer(self, request_id: str, body: bytes, words: str) -> chat.Completion:
        reply = await self._calls.make(request_id, body)
        try:
            return chat.decipher_chat(reply, words=words)
        except ProviderError as error:
            raise await self._questions.check(error, model=self._model) from None

    async def _ask_about(
        self, request_id: str, picture: InputPicture, asked: str, *, words: str, max_tokens: int
    ) -> chat.Completion:
        """Make the paid call that shows `picture` to the model."""
        chat.check_shown(request_id, picture)
        body = chat.build_shown(
            model=self._model, instructions=asked, words=words, picture=picture, max_tokens=max_tokens
        )
        return await self._ask(request_id, body, words=words)


class ChatRewriter(ChatModel):
    """`bot.domain.rewriting.Rewriter` over the AIML API."""

    verb = "rewrite"

    async def rewrite(self, request_id: str, words: str, *, references: int) -> Rewritten:
        """Make the paid call, as `bot.domain.rewriting.Rewriter` says. The caller must check the text for safety."""
        chat.check_chat(request_id, words)
        asked = instructions(references=references)
        body = chat.chat_body(model=self._model, instructions=asked, words=words)
        completion = await self._ask(request_id, body, words=words)
        try:
            text = _usable(completion.text, words)
        except ProviderError as error:
            bill(error, completion.cost_micro_usd)
            raise
        return Rewritten(text=text, cost_micro_usd=completion.cost_micro_usd)


class ChatDescriber(ChatModel):
    """`bot.domain.rewriting.Describer` over the AIML API; its model must see pictures."""

    verb = "describe"

    async def describe(self, request_id: str, picture: InputPicture) -> Described:
        """Make the paid call, as `bot.domain.rewriting.Describer` says. The caller must check the texts for safety."""
        words, most = chat.DESCRIBE_WORDS, chat.MAX_DESCRIPTION_TOKENS
        completion = await self._ask_about(
            request_id, picture, DESCRIPTION_INSTRUCTIONS, words=words, max_tokens=most
        )
        prompts = await asyncio.to_thread(read_descriptions, completion.text)
        if not prompts or any(map(declines, prompts)):
            error: ProviderError = AnswerEmptyError("the answer holds no prompt")
            if declines(tidy(completion.text)):
                error = _declined(RefusedSubject.REFERENCE)
            bill(error, completion.cost_micro_usd)
            raise error
        return Described(prompts=prompts, cost_micro_usd=completion.cost_micro_usd)


class ChatAltTextWriter(ChatModel):
    """`bot.domain.rewriting.AltTextWriter` over the AIML API; its model must see pictures."""

    verb = "write alt text"
    timeout_s = ALT_TEXT_TIMEOUT_S

    async def write_alt_text(self, request_id: str, picture: InputPicture) -> AltText:
        """Make the paid call, as `bot.domain.rewriting.AltTextWriter` says. The caller must check the text."""
        words, most = chat.ALT_TEXT_WORDS, chat.MAX_ALT_TEXT_TOKENS
        completion = await self._ask_about(
            request_id, picture, ALT_TEXT_INSTRUCTIONS, words=words, max_tokens=most
        )
        text = read_alt_text(completion.text)
        if not text or declines(text):
            error = (
                _declined(RefusedSubject.REFERENCE) if text else AnswerEmptyError("the answer holds no text")
            )
            bill(error, completion.cost_micro_usd)
            raise error
        return AltText(text=text, cost_micro_usd=completion.cost_micro_usd)


def _checked_model(model: str) -> str:
    if not model or not model.isascii() or not model.isprintable() or " " in model:
        raise SetupError("The chat model's name is empty, or has letters that no name has.")
    return model


def _usable(answer: str, words: str) -> str:
    """Return the tidied answer. Raise `RefusedError` when the text is itself a refusal, which must not be rendered."""
    text = tidy(answer)
    if not text:
        raise AnswerEmptyError("nothing is left of the answer once it is tidied")
    if declines(text) and not declines(words):
        raise _declined(RefusedSubject.PROMPT)
    return text


def _declined(subject: RefusedSubject) -> RefusedError:
    error = RefusedError("the model declined in words", subject=subject)
    error.charge = Charge.UNKNOWN
    return error
