"""Words given back to whoever typed them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import MAX_PROMPT
from bot.domain.prompts import clean_prompt
from bot.ui.base.components import MemoryFile, _draw  # pyright: ignore[reportPrivateUsage]  # the message as it is sent
from bot.ui.base.discord_limits import MAX_MESSAGE_TEXT
from tests.discord_limits import parts
from tests.unit.ui.jobs import prompts

typed = st.one_of(prompts, st.text("`\n a", min_size=1, max_size=MAX_PROMPT)).map(clean_prompt).filter(bool)


@given(text=typed)
def test_they_stay_inside_their_block_and_come_back_the_same(text: str) -> None:
    view, files = _draw(text)

    assert view.content_length() <= MAX_MESSAGE_TEXT
    block = [part["content"] for part in parts(view) if "content" in part][-1]
    assert len(re.findall("```", block)) == 2
    if files:
        assert files[0].fp.read().decode() == text
    else:
        assert clean_prompt(block.removeprefix("```").removesuffix("```")) == text


def test_what_is_too_long_for_a_message_comes_as_a_file() -> None:
    view, files = _draw("`" * MAX_PROMPT)

    assert [file.filename for file in files] == ["your-words.txt"]
    assert any("file" in part for part in parts(view))


def test_a_file_that_was_sent_holds_its_bytes_no_longer() -> None:
    """discord.File leaves a cycle behind, which holds a whole picture until the garbage collector comes by."""
    file = MemoryFile(b"picture", "fox.jpg", description="a fox", spoiler=True)
    assert (file.fp.read(), file.filename, file.description) == (b"picture", "SPOILER_fox.jpg", "a fox")
    assert file.spoiler
    assert MemoryFile(b"picture", "SPOILER_fox.jpg").spoiler  # as discord.File reads the name
    file.reset(seek=True)  # before another try
    assert file.fp.read() == b"picture"
    file.fp.close()  # aiohttp's, which discord.py keeps from closing it
    assert not file.fp.closed
    file.close()
    assert file.fp.closed
