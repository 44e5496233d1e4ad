"""What people keep at hand, for the tests of its store; and any wish there can be."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from hypothesis import strategies as st

from bot.domain.jobs import MAX_SEED, ImageRequest, JobKind
from bot.domain.ports.library import TrayPicture
from bot.domain.presets import Preset
from bot.domain.references import Posted, Reference, Stored
from bot.domain.sizes import Aspect, Resolution, Size
from bot.storage.stores import SqlLibraryStore
from tests.contract.conftest import Database
from tests.contract.store_material import ANN, NOW

GUILD: Final = 8
PROCESSES: Final = 4

_IDS = st.integers(1, 2**63 - 1)
_WORDS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)  # as cleaned
_REFERENCES = st.builds(
    Reference,
    name=_WORDS,
    url=_WORDS,
    filename=_WORDS,
    bytes=_IDS,
    content_type=st.none() | _WORDS,
    width=st.none() | _IDS,
    height=st.none() | _IDS,
    stored=st.none() | st.builds(Stored, folder=_WORDS, name=_WORDS),
    posted=st.none() | st.builds(Posted, channel_id=_IDS, message_id=_IDS, attachment_id=st.none() | _IDS),
)
WISHES: Final[st.SearchStrategy[ImageRequest]] = st.builds(
    ImageRequest,
    kind=st.sampled_from(JobKind),
    prompt=_WORDS,
    model=_WORDS,
    aspect=st.none() | st.sampled_from(Aspect),
    resolution=st.sampled_from(Resolution),
    count=st.integers(1, 8),
    references=st.lists(_REFERENCES, max_size=3).map(tuple),
    seed=st.none() | st.integers(0, MAX_SEED),
    private=st.booleans(),
    spoiler=st.booleans(),
    prompts=st.lists(_WORDS, max_size=3).map(tuple),
    is_series=st.booleans(),
    enhance=st.booleans(),
)


def picture(name: str, **more: Any) -> TrayPicture:
    made = TrayPicture(name=name, filename=f"{name}.png", size=Size(640, 480), bytes=1234, added_at=NOW)
    return replace(made, **more)


def preset(name: str = "Fox", **more: Any) -> Preset:
    made = Preset(
        name=name,
        text="a fox, {prompt}",
        aspect=Aspect.WIDE_16_9,
        resolution=Resolution.FOUR_K,
        count=2,
        by=ANN,
        at=NOW,
        guild_id=None,
    )
    return replace(made, **more)


async def names_on_tray(library: SqlLibraryStore, user_id: int = ANN) -> list[str]:
    return [one.name for one in await library.tray(user_id)]


async def fill(library: SqlLibraryStore, *names: str, user_id: int = ANN, at: datetime = NOW) -> None:
    for name in names:
        assert await library.put_on_tray(user_id, picture(name, added_at=at))


@asynccontextmanager
async def shelves(database: Database) -> AsyncGenerator[list[SqlLibraryStore]]:
    """One for each process."""
    async with database.stores(PROCESSES) as stores:
        yield [SqlLibraryStore(store) for store in stores]
