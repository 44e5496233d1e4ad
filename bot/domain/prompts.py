r"""Prompts: their cleaning, Discord's markup in them, series of scenes, and variables.

A variable: `{red,blue} fox` means two prompts.

Braces with a comma directly inside are a variable; its alternatives may hold variables themselves. All other
braces are text, and so are `\{`, `\}` and `\,`. Data is text as well, with everything in it: braces in which a
quoted key is followed by a colon (JSON), or of which two parts, one of them the first, begin `key: `.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import islice, product
from math import prod
from typing import Final

from bot.domain.jobs import MAX_PROMPT

_JOINER: Final = "\u200d"  # zero-width: joins emoji, and letters of some Indic scripts
_JOINS_AFTER: Final = {"So", "Sk", "Mn", "Mc", "Cn"}  # symbols, skin tones, marks, the newest emoji
# Unassigned code points where Unicode adds emoji each year; this Python may not know the newest.
_NEW_EMOJI: Final = frozenset(map(chr, range(0x1F000, 0x1FB00)))
_SPACES: Final = re.compile(r"[^\S\n]+")
_BLANK_LINES: Final = re.compile(r"\n{3,}")


def clean_prompt(text: str) -> str:
    """Remove control, bidirectional and zero-width characters and plain out the spacing; the result may be empty."""
    kept = text
    if not text.replace("\n", "").isprintable():  # else all of it is visible, as nearly always
        kept = "".join(_shown(char, before) for before, char in zip(f" {text}", text, strict=False))
    lines = [_SPACES.sub(" ", line).strip() for line in kept.split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _shown(char: str, before: str) -> str:
    """Return the visible form of `char`: itself, a space, or nothing."""
    if char == _JOINER:
        return char if _is_visible(before) and unicodedata.category(before) in _JOINS_AFTER else ""
    if char == "\n" or _is_visible(char):
        return char
    return " " if char.isspace() else ""


def _is_visible(char: str) -> bool:
    category = unicodedata.category(char)
    if category == "Cn":
        return char in _NEW_EMOJI
    return category not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


# What Unicode gives no glyph (Default_Ignorable_Code_Point of DerivedCoreProperties.txt, beside the categories that
# `_is_visible` knows), and letters and symbols that are blank by their names.
_IGNORED: Final = (
    range(0x034F, 0x0350),
    range(0x115F, 0x1161),
    range(0x17B4, 0x17B6),
    range(0x180B, 0x1810),
    range(0x2800, 0x2801),  # Braille pattern blank
    range(0x3164, 0x3165),
    range(0xFE00, 0xFE10),
    range(0xFFA0, 0xFFA1),
    range(0x13441, 0x13443),  # Egyptian blanks
    range(0x16FE4, 0x16FE5),  # Khitan filler
    range(0x1D159, 0x1D15A),  # musical null notehead
    range(0xE0000, 0xE1000),
)
_LINK: Final = re.compile(r"\[([^\[\]]*)\]\([^()\s]*\)")
_MARKS: Final = re.compile(r"[*_~|`\\>#+-]+")
_LINE_MARKS: Final = re.compile(r"^(?:(?:>{3}|>|#{1,3}|-#|[-+*])(?:\s+|$))+", re.MULTILINE)
_INLINE_MARKS: Final = re.compile(r"[*_~|`\\]")


def is_blank(text: str) -> bool:
    """Return whether Discord draws nothing of `text`: only blanks, accents without a letter, and marks that format
    nothing, such as `** **`."""
    if "](" not in text and any(map(draws, _MARKS.sub("", text))):
        return False  # nearly always, and at the first letter
    bare = _INLINE_MARKS.sub("", _LINK.sub(r"\1", clean_prompt(text)))
    return not any(map(draws, _LINE_MARKS.sub("", bare)))


def draws(char: str) -> bool:
    """Return whether a character is visible by itself."""
    if char.isspace() or not _is_visible(char) or any(ord(char) in blanks for blanks in _IGNORED):
        return False
    return unicodedata.category(char)[0] != "M"


def file_stem(prompt: str, job_id: str, index: int) -> str:
    """Return a file name without extension, `a-red-fox-in-snow-7f3k2m9q1z-1`: ASCII, at most 60 characters."""
    ascii_text = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode()
    words = re.findall(r"[a-z0-9]+", ascii_text.lower())
    slug = ""
    for word in words:
        if len(slug) + len(word) + 1 > 40:
            break
        slug = f"{slug}-{word}" if slug else word
    return f"{slug or 'easel'}-{job_id}-{index + 1}"


MIN_SCENES: Final = 2
MAX_SCENES: Final = 8  # as many pictures as an album may have
_LIST_MARK: Final = re.compile(
    r"(?:[-–—*•‣◦▪·](?:\s+|$))?(?:\(?\d{1,2}[.)](?:\s+|$)|\d{1,2}[、．]|\d\ufe0f?\u20e3)?\s*"
)
# Each picture is requested alone, so the text that links them must be the same in all. It has no number and not the
# word "series": the model would write them into the picture, or draw all scenes as panels of one picture.
SCENE: Final = "Keep the characters, the style and the colors exactly as given. Show this one scene:"


class SeriesProblem(StrEnum):
    """Why a series is not valid."""

    TOO_FEW = "too_few"
    TOO_MANY = "too_many"
    TOO_LONG = "too_long"  # the shared text and one scene exceed a prompt


def read_scenes(text: str) -> tuple[str, ...]:
    """Return one scene for each line with words, cleaned, without the bullet or number of a list."""
    lines = (_LIST_MARK.sub("", line, count=1) for line in clean_prompt(text).split("\n"))
    return tuple(line for line in lines if not is_blank(line))


def scene_prompts(shared: str, scenes: Sequence[str]) -> tuple[str, ...]:
    """Return the prompt of each picture: the shared text with its scene, or the scene alone if nothing is shared."""
    shared = _words(shared)
    return tuple(f"{shared}\n\n{SCENE} {scene}" if shared else scene for scene in scenes)


def problem_of(shared: str, scenes: Sequence[str]) -> SeriesProblem | None:
    """Return what is wrong with a series, or None if it is valid."""
    if len(scenes) < MIN_SCENES:
        return SeriesProblem.TOO_FEW
    if len(scenes) > MAX_SCENES:
        return SeriesProblem.TOO_MANY
    is_long = any(len(prompt) > MAX_PROMPT for prompt in scene_prompts(shared, scenes))
    return SeriesProblem.TOO_LONG if is_long else None


def album_text(shared: str, scenes: Sequence[str]) -> str:
    """Return the shared text and the numbered scenes, for people to read and to search: at most MAX_PROMPT characters.

    Takes at most MAX_SCENES `scenes`. If the whole is too long, the longest texts are cut to one length and end in an
    ellipsis, so safety checks must read `scene_prompts`, not this text.
    """
    shared = _words(shared)
    longest = max(map(len, (shared, *scenes)))
    levels = range(longest + 1)
    level = bisect_right(levels, MAX_PROMPT, key=lambda level: len(_album(shared, scenes, level))) - 1
    return _album(shared, scenes, level)


def _words(text: str) -> str:
    return "" if is_blank(text) else clean_prompt(text)


def _album(shared: str, scenes: Sequence[str], level: int) -> str:
    numbered = "\n".join(f"{number}. {_cut(scene, level)}" for number, scene in enumerate(scenes, start=1))
    return f"{_cut(shared, level)}\n\n{numbered}" if shared else numbered


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: max(length - 1, 0)].rstrip()}…"


MAX_PROMPTS: Final = 8  # pictures one job may have (an album): Discord's gallery takes 10
MAX_VARIABLE_DEPTH: Final = 5  # variables inside variables; nobody reads more, and the work grows with each
_COUNTED: Final = 32  # combinations that are built in order to find equal ones; more are only multiplied
_COMMAS: Final = ",，،"  # as typed on Latin, Chinese and Arabic keyboards
_TOKEN: Final = re.compile(rf"\\[{{}}{_COMMAS}]|[{{}}{_COMMAS}]|[\"'”’]\s*[:：]")
_ESCAPED: Final = re.compile(rf"\\([{{}}{_COMMAS}])")
_KEY: Final = re.compile(r"\s*[\w-]{1,40}\s*(?::(?=[\s\"'“‘\[{])|：)")
_SPACE_BEFORE: Final = re.compile(rf" (?=[{_COMMAS}.](?:\s|$))|(?<=\n) | (?=\n)")
_COMMAS_IN_A_ROW: Final = re.compile(rf"([{_COMMAS}])(?: ?[{_COMMAS}])+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """The different prompts that a prompt with variables stands for; the first variable varies slowest.

    `prompts` holds the first MAX_PROMPTS of them, `total` is their number. A large `total` counts combinations, equal
    or not, and may be astronomical.
    """

    prompts: tuple[str, ...]
    total: int


@dataclass(frozen=True, slots=True)
class _Texts:
    """The texts that a part of a prompt stands for: their `count`, and the `first` of them, at least one."""

    count: int
    first: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        return self.count == len(self.first)


@dataclass(slots=True)
class _Braces:
    """A pair of braces while it is read. `depth` is the nesting of variables in it."""

    start: int
    commas: list[int] = field(default_factory=list[int])
    depth: int = 0
    is_data: bool = False


def expand(prompt: str) -> Expansion | None:
    """Return the prompts that `prompt` stands for; None if it has no variables, so that only `unescaped` applies.

    Never raises, and takes time in proportion to the length of the prompt, whatever it would expand to.
    """
    marks = _marks(prompt)
    texts = _read(prompt, marks) if marks else _Texts(1, ("",))
    distinct = _distinct(map(tidied, texts.first))
    prompts = tuple(prompt for prompt in distinct if not is_blank(prompt))  # a blank one asks for nothing
    if not prompts:
        return None
    return Expansion(prompts=prompts[:MAX_PROMPTS], total=len(prompts) if texts.is_complete else texts.count)


def unescaped(text: str) -> str:
    """Remove the backslashes that escape braces and commas."""
    return _ESCAPED.sub(r"\1", text)


def tidied(text: str) -> str:
    """Remove the superfluous spaces and commas around a part that was left out."""
    text = _SPACE_BEFORE.sub("", _SPACES.sub(" ", text))
    return _COMMAS_IN_A_ROW.sub(r"\1", text).strip(f" \n{_COMMAS}")


def _marks(prompt: str) -> list[int]:
    """Return the positions of the braces and commas of variables, in no order."""
    marks: list[int] = []
    unclosed: list[_Braces] = []
    for token in _TOKEN.finditer(prompt):
        char = token.group()[0]
        if char == "{":
            unclosed.append(_Braces(token.start()))
        elif not unclosed:
            continue
        elif char in _COMMAS:
            unclosed[-1].commas.append(token.start())
        elif char == "}":
            braces = unclosed.pop()
            _close(prompt, braces, token.start(), marks)
            if unclosed:
                unclosed[-1].depth = max(unclosed[-1].depth, braces.depth)
                unclosed[-1].is_data |= braces.is_data
        elif char != "\\":  # a quote and a colon
            unclosed[-1].is_data = True
    return marks


def _close(prompt: str, braces: _Braces, end: int, marks: list[int]) -> None:
    """Add the marks of `braces` if they are a variable; if they are data, remove the marks inside them."""
    braces.depth += bool(braces.commas)
    braces.is_data |= braces.depth > MAX_VARIABLE_DEPTH or _has_keys(prompt, braces)
    if braces.is_data:
        while marks and marks[-1] > braces.start:  # marks inside these braces are the last ones
            marks.pop()
    elif braces.commas:
        marks += (braces.start, *braces.commas, end)


def _has_keys(prompt: str, braces: _Braces) -> bool:
    """Return whether the braces hold keys, as in `{subject: fox, style: ink}`."""
    if not _KEY.match(prompt, braces.start + 1):
        return False
    return any(_KEY.match(prompt, comma + 1) for comma in braces.commas)


def _read(prompt: str, marks: Iterable[int]) -> _Texts:
    # For each open variable its alternatives, and for each alternative its parts.
    unclosed: list[list[list[_Texts]]] = [[[]]]
    read = 0
    for mark in sorted(marks):
        unclosed[-1][-1].append(_text(prompt[read:mark]))
        read = mark + 1
        if prompt[mark] == "{":
            unclosed.append([[]])
        elif prompt[mark] == "}":
            alternatives = unclosed.pop()
            unclosed[-1][-1].append(_either([_in_a_row(parts) for parts in alternatives]))
        else:
            unclosed[-1].append([])
    return _in_a_row([*unclosed[0][0], _text(prompt[read:])])


def _text(raw: str) -> _Texts:
    return _Texts(1, (unescaped(raw),))


def _either(alternatives: Sequence[_Texts]) -> _Texts:
    first = _distinct(text.strip() for texts in alternatives for text in texts.first)
    is_complete = all(texts.is_complete for texts in alternatives)
    count = len(first) if is_complete else sum(texts.count for texts in alternatives)
    return _Texts(count, first[:_COUNTED])


def _in_a_row(parts: Sequence[_Texts]) -> _Texts:
    """Combine parts that follow each other. Only the first combinations are built, where only the last parts vary."""
    if len(parts) == 1:
        return parts[0]
    vary, still = 1, len(parts)
    while still and vary < _COUNTED:
        still -= 1
        vary *= parts[still].count
    start = "".join(texts.first[0] for texts in parts[:still])
    ends = product(*(texts.first for texts in parts[still:]))
    first = _distinct(start + "".join(end) for end in islice(ends, _COUNTED))
    count = prod(texts.count for texts in parts)
    return _Texts(len(first) if count <= _COUNTED else count, first)


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))


class Mention(StrEnum):
    """Whom or what a mention is of."""

    USER = "user"
    ROLE = "role"
    CHANNEL = "channel"


NameOf = Callable[[Mention, int], str | None]

# The kinds of https://discord.com/developers/docs/reference#message-formatting; an id has 20 digits at most.
_MARKUP: Final = re.compile(
    r"<(?:a?:(?P<emoji>\w{1,40}):\d{1,20}|@!?(?P<user>\d{1,20})|@&(?P<role>\d{1,20})|#(?P<channel>\d{1,20})"
    r"|/(?P<command>[^<>:\n]{1,110}):\d{1,20}|t:(?P<time>-?\d{1,14})(?::\w)?|id:(?P<page>[a-z-]{1,20})(?::\d{1,20})?)>"
)
_UNKNOWN: Final = {Mention.USER: "someone", Mention.ROLE: "a role", Mention.CHANNEL: "a channel"}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


def nobody(kind: Mention, of: int) -> str | None:
    """Return None: a stand-in where mentions cannot be looked up."""
    del kind, of


def as_seen(text: str, name_of: NameOf = nobody) -> str:
    """Replace Discord's markup by what people see of it: names without ids, `:emoji:`, dates in UTC.

    `name_of` gives the names; what it does not know becomes a neutral word. Also inside code: no id leaves Easel.
    """
    return _MARKUP.sub(lambda found: _seen(found, name_of), text)


def _seen(found: re.Match[str], name_of: NameOf) -> str:
    kind, value = found.lastgroup, found[found.lastgroup or 0]
    match kind:
        case "emoji":
            return f":{value}:"
        case "command":
            return f"/{value}"
        case "page":
            return value.replace("-", " ")
        case "time":
            return _date(int(value)) or found[0]
        case _:
            mention = Mention(kind or "")
            name = name_of(mention, int(value)) or _UNKNOWN[mention]
            return f"#{name}" if mention is Mention.CHANNEL and name != _UNKNOWN[mention] else name


def _date(seconds: int) -> str | None:
    """Return the time in UTC, in English whatever the machine's locale; None if no calendar has it."""
    try:
        at = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}, {at:%H:%M} UTC"
