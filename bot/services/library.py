"""A person's library: the reference tray, presets, defaults, and drafts that wait for confirmation."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from bot.domain.jobs import ImageRequest
from bot.domain.pictures import Imaging, PictureError, PictureProblem
from bot.domain.ports.blobs import BlobStore
from bot.domain.ports.library import MAX_TRAY, Defaults, LibraryStore, PresetOwner, PresetSaved, TrayPicture
from bot.domain.ports.outside import Clock
from bot.domain.presets import MAX_PRESETS, Preset
from bot.domain.references import Reference, option_name
from bot.services.image_cache import drop_left_over
from bot.services.references import ImageSource, clean_meta

DRAFT_LIFE: Final = timedelta(minutes=15)
PROMPTS_LIFE: Final = timedelta(hours=1)  # of a draft with the prompts for a described picture


def new_draft_id() -> str:
    """Return a new id of a draft, 16 hexadecimal digits."""
    return secrets.token_hex(8)


class TrayOutcome(StrEnum):
    """What happened to a picture that was to be added to the tray."""

    ADDED = "added"
    FULL = "full"
    BAD = "bad"  # it cannot be used as a reference


@dataclass(frozen=True, slots=True, kw_only=True)
class TrayAddition:
    """The outcome for one picture; `problem` is set if it is BAD."""

    filename: str
    outcome: TrayOutcome
    problem: PictureProblem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """Operations on libraries. A tray keeps cleaned copies, which outlive the messages they came from."""

    store: LibraryStore
    cached_blobs: BlobStore
    pictures: ImageSource
    imaging: Imaging
    clock: Clock

    async def tray(self, user_id: int) -> tuple[TrayPicture, ...]:
        """Return the tray's pictures in their order."""
        return await self.store.tray(user_id)

    async def tray_references(self, user_id: int) -> tuple[Reference, ...]:
        """Return the tray's pictures as references for a job; the first is called “image 1”."""
        return tuple(
            Reference(
                name=option_name(number),
                url="",
                filename=one.filename,
                bytes=one.bytes,
                content_type="image/jpeg",
                width=one.size.width,
                height=one.size.height,
                stored=one.stored(user_id),
                is_spoiler=one.is_spoiler,
            )
            for number, one in enumerate(await self.store.tray(user_id), start=1)
        )

    async def put_on_tray(self, user_id: int, references: tuple[Reference, ...]) -> tuple[TrayAddition, ...]:
        """Add pictures to the tray while there is room; return the outcome of each. May download every picture."""
        await drop_left_over(self.store, self.cached_blobs, now=self.clock.now(), user_id=user_id)
        fates: list[TrayAddition] = []
        room = MAX_TRAY - len(await self.store.tray(user_id))
        for reference in references:
            if room <= 0:
                fates.append(TrayAddition(filename=reference.filename, outcome=TrayOutcome.FULL))
                continue
            fate = await self._put(user_id, reference)
            room -= fate.outcome is TrayOutcome.ADDED
            fates.append(fate)
        return tuple(fates)

    async def take_off_tray(self, user_id: int, names: tuple[str, ...]) -> None:
        """Remove pictures by name. Their bytes remain for a while, for queued jobs that need them."""
        await self.store.take_off_tray(user_id, names, now=self.clock.now())

    async def move_on_tray(self, user_id: int, name: str, *, to: int) -> None:
        """Move a picture to position `to`, from 1; nothing happens if it is not on the tray."""
        await self.store.move_on_tray(user_id, name, to=to)

    async def tray_picture(self, user_id: int, picture: TrayPicture) -> bytes | None:
        """Return the bytes of a picture on the tray; None if they are gone."""
        try:
            return await self.cached_blobs.get(picture.stored(user_id).key)
        except KeyError:
            return None

    async def presets(self, user_id: int, guild_id: int | None) -> tuple[Preset, ...]:
        """Return the user's own presets, then the server's, each sorted by name."""
        return await self.store.presets(user_id, guild_id)

    async def preset(self, user_id: int, guild_id: int | None, name: str) -> Preset | None:
        """Return the preset with this name, the user's own before the server's; None if there is neither."""
        own = await self.store.preset(PresetOwner.MEMBER, user_id, name)
        if own is not None or guild_id is None:
            return own
        return await self.store.preset(PresetOwner.SERVER, guild_id, name)

    async def save_preset(self, user_id: int, preset: Preset) -> PresetSaved:
        """Save one of the user's own presets, replacing the one with its name; at most `MAX_PRESETS`."""
        return await self.store.save_preset(PresetOwner.MEMBER, user_id, preset, most=MAX_PRESETS)

    async def drop_preset(self, whose: PresetOwner, owner_id: int, name: str) -> bool:
        """Delete a preset; False if there is none with this name."""
        return await self.store.drop_preset(whose, owner_id, name)

    async def defaults(self, user_id: int) -> Defaults:
        return await self.store.defaults(user_id)

    async def defaults_in(self, user_id: int, guild_id: int | None) -> tuple[Defaults, bool]:
        """Return the user's defaults, and whether the server has prompts rewritten by default."""
        return await self.store.defaults_in(user_id, guild_id)

    async def set_defaults(self, user_id: int, defaults: Defaults) -> None:
        await self.store.set_defaults(user_id, defaults)

    async def server_enhances(self, guild_id: int | None) -> bool:
        return guild_id is not None and await self.store.server_enhances(guild_id)

    async def set_server_enhances(self, guild_id: int, is_on: bool) -> None:
        await self.store.set_server_enhances(guild_id, is_on)

    async def put_draft(
        self,
        user_id: int,
        request: ImageRequest,
        draft_id: str | None = None,
        *,
        life: timedelta = DRAFT_LIFE,
    ) -> str:
        """Store a request that may be confirmed, reworded or painted; return its id, a new one by default."""
        draft_id = draft_id or new_draft_id()
        await self.store.put_draft(draft_id, user_id, request, until=self.clock.now() + life)
        return draft_id

    async def find_draft(self, draft_id: str, user_id: int) -> ImageRequest | None:
        """Return a stored request; None if it has expired, is taken already, or is another user's."""
        return await self.store.find_draft(draft_id, user_id, now=self.clock.now())

    async def take_draft(self, draft_id: str, user_id: int) -> ImageRequest | None:
        """Delete a stored request and return it; None if it has expired, is taken already, or is another user's."""
        return await self.store.take_draft(draft_id, user_id, now=self.clock.now())

    async def _put(self, user_id: int, reference: Reference) -> TrayAddition:
        try:
            clean = await self.imaging.clean((await self.pictures.fetch(reference)).data)
        except PictureError as error:
            return TrayAddition(filename=reference.filename, outcome=TrayOutcome.BAD, problem=error.problem)
        data, size = clean.picture.data, clean.picture.size
        picture = TrayPicture(
            name=secrets.token_hex(6),
            filename=reference.filename,
            size=size,
            bytes=len(data),
            added_at=self.clock.now(),
            is_spoiler=reference.is_spoiler,
        )
        meta = clean_meta(clean.picture, is_first_frame=clean.first_frame_of is not None)
        await self.store.announce_on_tray(user_id, picture)
        await self.cached_blobs.put(picture.stored(user_id).key, data, meta)
        if await self.store.put_on_tray(user_id, picture):
            return TrayAddition(filename=reference.filename, outcome=TrayOutcome.ADDED)
        await self.cached_blobs.drop(picture.stored(user_id).key)
        return TrayAddition(filename=reference.filename, outcome=TrayOutcome.FULL)
