"""What a prompt asks for, as far as an offline painter can tell: words found in lists, nothing cleverer."""

from __future__ import annotations

import hashlib
import random
import re
from dataclasses import dataclass

from bot.sandbox.painter.colours import NAMED, PALETTES, Palette, Rgb, steered
from bot.sandbox.painter.subjects import SUBJECTS

# In order: words for the hour beat words for the place.
_MOODS = {
    "deep": "underwater reef abyss submarine seabed",
    "night": "night neon midnight moon moonlit moonlight starry star aurora dark firefly halloween",
    "dusk": "dusk twilight blue-hour",
    "sunset": "sunset evening golden-hour",
    "dawn": "dawn sunrise morning daybreak",
    "storm": "storm stormy thunder lightning rain rainy gloomy tempest noir",
    "space": "space galaxy cosmos cosmic planet nebula orbit universe alien",
    "desert": "desert dune sahara canyon mesa cactus mars safari",
    "snow": "snow snowy winter ice icy frozen arctic christmas glacier blizzard",
    "autumn": "autumn fall harvest cozy cosy",
    "mist": "mist misty fog foggy forest woods jungle rainforest mossy zen",
    "day": "day noon sunny summer spring beach clear bright",
}
_SETTINGS = {
    "deep": "underwater reef coral abyss submarine seabed turtle jellyfish octopus",
    "space": "space galaxy cosmos cosmic planet nebula orbit saturn universe mars alien astronaut",
    "city": "city skyline street tokyo york london paris urban skyscraper downtown building cyberpunk neon",
    "sea": "sea ocean coast beach island harbour harbor bay waves wave lake river shore cliff tide",
    "desert": "desert dune sahara sand canyon mesa cactus",
    "forest": "forest woods jungle rainforest pine woodland grove",
    "meadow": "meadow field garden prairie hill countryside farm lavender village grass park",
    "mountains": "mountain alps peak valley fuji himalaya range summit landscape snow winter volcano fjord",
}
_WEATHER = {
    "snowfall": "snow snowy blizzard snowfall christmas snowflake",
    "rain": "rain rainy storm stormy drizzle tempest",
    "stars": "star starry constellation galaxy aurora",
    "petals": "petal blossom sakura cherry confetti leaf autumn",
    "fireflies": "firefly lantern magic magical fairy spark glow glowing",
    "moon": "moon moonlit moonlight",
    "sun": "sun sunny sunset sunrise",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """`setting` is None if no word named one. `subjects` come with the colour that the prompt names before them."""

    words: tuple[str, ...]
    mood: str
    names_mood: bool
    palette: Palette
    setting: str | None
    subjects: tuple[tuple[str, Rgb | None], ...]
    weather: frozenset[str]
    entropy: int

    def dice(self, part: str) -> random.Random:
        """Return chance for one part of the picture, so that changing one part leaves the others alone."""
        return random.Random(f"{self.entropy}:{part}")


def entropy_of(prompt: str, number: int) -> int:
    """Return what decides everything the words of a prompt leave open."""
    return int.from_bytes(hashlib.sha256(f"{number}\0{prompt}".encode()).digest()[:8])


def read_brief(prompt: str, *, entropy: int) -> Brief:
    """Understand a prompt; see `entropy_of`."""
    words = tuple(_singular(word) for word in re.findall(r"[a-z]+(?:-[a-z]+)?", prompt.lower()))
    subjects = _subjects(words)
    word = _first(_MOODS, words)
    setting = _first(_SETTINGS, words)
    if setting is None:
        setting = SUBJECTS[subjects[0][0]].home if subjects else "mountains" if word else None
    mood = word or {"deep": "deep", "space": "space", "desert": "desert", "forest": "mist"}.get(setting or "")
    if setting == "deep" or (setting == "space" and mood not in {"night", "dusk"}):
        mood = setting
    mood = mood or random.Random(entropy).choice(("dawn", "day", "sunset", "dusk", "day", "autumn"))
    taken = {colour for _, colour in subjects}
    hues = [NAMED[word] for word in words if word in NAMED and not (word == "coral" and setting == "deep")]
    return Brief(
        words=words,
        mood=mood,
        names_mood=word is not None,
        palette=steered(PALETTES[mood], [hue for hue in hues if hue not in taken]),
        setting=setting,
        subjects=subjects,
        weather=frozenset(name for name, list_ in _WEATHER.items() if set(list_.split()) & set(words)),
        entropy=entropy,
    )


def _subjects(words: tuple[str, ...]) -> tuple[tuple[str, Rgb | None], ...]:
    known = {word: name for name, subject in SUBJECTS.items() for word in subject.words.split()}
    found: dict[str, Rgb | None] = {}
    for index, name in enumerate(map(known.get, words)):
        if name is not None and name not in found:
            before = [NAMED[other] for other in words[max(0, index - 3) : index] if other in NAMED]
            found[name] = before[-1] if before else None
    return tuple(found.items())[:3]


def _first(lists: dict[str, str], words: tuple[str, ...]) -> str | None:
    return next((name for name, list_ in lists.items() if not set(list_.split()).isdisjoint(words)), None)


def _singular(word: str) -> str:
    return re.sub(r"(?<=x)es$|(?<=sh)es$|(?<=[^sui])s$", "", re.sub("ies$", "y", word))
