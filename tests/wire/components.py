"""What Discord accepts as components, and how it shows them back (docs: components/reference)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from enum import IntEnum

from tests.wire.errors import ApiError, empty_message, invalid_form
from tests.wire.state import JsonDict, MessageFlag

MAX_COMPONENTS = 40
MAX_TEXT = 4000  # of all text displays together
MAX_CONTENT = 2000
MAX_ROWS = 5
MAX_GALLERY = 10
MAX_CUSTOM_ID = 100
MAX_DESCRIPTION = 1024
MAX_LABEL = 80


class Kind(IntEnum):
    """Component types."""

    ROW = 1
    BUTTON = 2
    SELECT = 3
    TEXT_INPUT = 4
    ROLE_SELECT = 6
    CHANNEL_SELECT = 8
    SECTION = 9
    TEXT = 10
    THUMBNAIL = 11
    GALLERY = 12
    FILE = 13
    SEPARATOR = 14
    CONTAINER = 17
    LABEL = 18
    FILE_UPLOAD = 19
    RADIO_GROUP = 21
    CHECKBOX_GROUP = 22
    CHECKBOX = 23


LAYOUT = {Kind.SECTION, Kind.TEXT, Kind.GALLERY, Kind.FILE, Kind.SEPARATOR, Kind.CONTAINER}
CHILDREN = {  # how many a parent must hold: fewest, most
    Kind.ROW: (1, 5),
    Kind.SECTION: (1, 3),
    Kind.CONTAINER: (1, MAX_COMPONENTS),
}


def walk(components: list[JsonDict]) -> Iterator[JsonDict]:
    """Every component, parents before children."""
    for component in components:
        yield component
        yield from walk(component.get("components", []))
        for slot in ("accessory", "component"):
            if slot in component:
                yield from walk([component[slot]])


def shown_text(content: str, components: list[JsonDict]) -> str:
    """All the text in which a mention counts."""
    texts = [each["content"] for each in walk(components) if each["type"] == Kind.TEXT]
    return "\n".join([content, *texts])


def check_message(
    *,
    content: str,
    embeds: list[JsonDict],
    components: list[JsonDict],
    flags: int,
    filenames: Collection[str],
) -> None:
    """Raise the 400 Discord would answer a message like this with."""
    if flags & MessageFlag.COMPONENTS_V2:
        _check_v2(content, embeds, components)
    else:
        _check_legacy(content, embeds, components, has_files=bool(filenames))
    custom_ids: set[str] = set()
    for component in walk(components):
        _check_component(component, filenames)
        custom_id = component.get("custom_id")
        if custom_id is not None and custom_id in custom_ids:
            raise _bad("COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
        custom_ids.add(custom_id or "")


def _check_v2(content: str, embeds: list[JsonDict], components: list[JsonDict]) -> None:
    if content or embeds:
        reason = "The 'content' and 'embeds' fields cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        raise invalid_form("content", "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", reason)
    every = list(walk(components))
    if not every:
        raise empty_message()
    if len(every) > MAX_COMPONENTS:
        raise _bad("BASE_TYPE_BAD_LENGTH", f"Must be {MAX_COMPONENTS} or fewer in total.")
    if sum(len(each["content"]) for each in every if each["type"] == Kind.TEXT) > MAX_TEXT:
        raise _bad("COMPONENT_MAX_TOTAL_TEXT_SIZE", f"Texts must be {MAX_TEXT} or fewer in total length.")


def _check_legacy(
    content: str, embeds: list[JsonDict], components: list[JsonDict], *, has_files: bool
) -> None:
    if any(each["type"] in LAYOUT for each in components):
        raise _bad("UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1,).')
    if len(content) > MAX_CONTENT:
        raise invalid_form("content", "BASE_TYPE_MAX_LENGTH", f"Must be {MAX_CONTENT} or fewer in length.")
    if len(components) > MAX_ROWS:
        raise _bad("BASE_TYPE_BAD_LENGTH", f"Must be {MAX_ROWS} or fewer in length.")
    if not (content or embeds or components or has_files):
        raise empty_message()


def _check_component(component: JsonDict, filenames: Collection[str]) -> None:
    kind = component["type"]
    fewest, most = CHILDREN.get(kind, (0, 0))
    if kind in CHILDREN and not fewest <= len(component.get("components", [])) <= most:
        raise _bad("BASE_TYPE_BAD_LENGTH", f"Must be between {fewest} and {most} in length.")
    _check_length(component, "custom_id", MAX_CUSTOM_ID)
    _check_length(component, "label", MAX_LABEL)
    if kind == Kind.SECTION and "accessory" not in component:
        raise _bad("BASE_TYPE_REQUIRED", "This field is required")
    if kind == Kind.TEXT and not component["content"]:
        raise _bad("BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_TEXT} in length.")
    if kind == Kind.GALLERY and not 1 <= len(component["items"]) <= MAX_GALLERY:
        raise _bad("BASE_TYPE_BAD_LENGTH", f"Must be between 1 and {MAX_GALLERY} in length.")
    for holder in _holders(component):
        _check_length(holder, "description", MAX_DESCRIPTION)
        _check_media(_media(holder), filenames)


def _check_length(where: JsonDict, field: str, most: int) -> None:
    if field in where and where[field] is not None and not 1 <= len(where[field]) <= most:
        raise _bad("BASE_TYPE_BAD_LENGTH", f"{field}: must be between 1 and {most} in length.")


def _check_media(media: JsonDict, filenames: Collection[str]) -> None:
    url: str = media["url"]
    if url.startswith(("http://", "https://")):
        return
    if not url.startswith("attachment://") or url.removeprefix("attachment://") not in filenames:
        raise _bad("UNFURLED_MEDIA_ITEM_REFERENCED_ATTACHMENT_NOT_FOUND", f"{url} was not found.")


def _holders(component: JsonDict) -> list[JsonDict]:
    """The parts of a component that hold one medium each."""
    match component["type"]:
        case Kind.GALLERY:
            return component["items"]
        case Kind.THUMBNAIL | Kind.FILE:
            return [component]
        case _:
            return []


def _media(holder: JsonDict) -> JsonDict:
    return holder["media"] if "media" in holder else holder["file"]


def resolved(components: list[JsonDict], media: Mapping[str, JsonDict]) -> list[JsonDict]:
    """As Discord sends them back: every component numbered, `attachment://name` replaced by `media[name]`."""
    copies = deepcopy(components)
    for number, component in enumerate(walk(copies), start=1):
        component["id"] = component.get("id") or number
        for holder in _holders(component):
            shown = _media(holder)
            shown.update(media.get(shown["url"].removeprefix("attachment://"), {}))
    return copies


def _bad(code: str, reason: str) -> ApiError:
    return invalid_form("components", code, reason)
