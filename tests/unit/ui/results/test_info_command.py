"""The command that makes a result again, read back as Discord would."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from discord import app_commands
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.followups import without_instructions
from bot.domain.jobs import MAX_SEED, ImageRequest, JobKind, Rewriting
from bot.domain.prompts import clean_prompt, expand, unescaped
from bot.domain.video import VideoQuality, VideoSettings
from bot.seedream.video import VIDEO_MODELS
from bot.ui.results.info import OPTION, as_text, command_of
from cogs.create import Create
from tests.tables import each_case
from tests.unit.ui.cards.test_card import a_job, picture
from tests.unit.ui.jobs import albums, rewritings, video_wishes, wishes_of_one_prompt

COMMANDS: dict[str, app_commands.Command[Any, Any, Any]] = {
    command.name: command
    for command in Create.__cog_app_commands__
    if isinstance(command, app_commands.Command)
}
PASTED = re.compile(
    r"/(?P<name>imagine|edit) prompt:(?P<prompt>.*) aspect:(?P<aspect>.+?) resolution:(?P<resolution>.+?)"
    r" count:(?P<count>[1-4])(?: seed:(?P<seed>[0-9]+))?(?: enhance:(?P<enhance>False))?"
)
braces = st.text(st.sampled_from('{}\\,， ab:"'), max_size=60)


def choice(command: str, option: str, name: str) -> str:
    """What Discord sends for the choice of this name."""
    [parameter] = [one for one in COMMANDS[command].parameters if one.name == option]
    [found] = [one for one in parameter.choices if one.name == name]
    return str(found.value)


def read(text: str) -> dict[str, Any]:
    """The options of a pasted command, by the last occurrence of each after the prompt."""
    found = PASTED.fullmatch(text)
    assert found is not None, text
    return {
        **found.groupdict(),
        "aspect": choice(found["name"], "aspect", found["aspect"]),
        "resolution": choice(found["name"], "resolution", found["resolution"]),
        "seed": int(found["seed"]) if found["seed"] else None,
    }


def one_line(text: str) -> str:
    return " ".join(text.split())


@given(request=wishes_of_one_prompt(), rewriting=rewritings, can_enhance=st.booleans())
def test_the_command_read_back_gives_the_same_wish(
    request: ImageRequest, rewriting: Rewriting | None, can_enhance: bool
) -> None:
    job = replace(a_job(), request=replace(request, prompt=clean_prompt(request.prompt)), rewriting=rewriting)
    command = command_of(job, 0, can_enhance=can_enhance)
    said = read(command.text)
    assert unescaped(said["prompt"]) == one_line(job.asked_with(0))
    assert expand(said["prompt"]) is None
    assert said["aspect"] == (request.aspect.value if request.aspect is not None else "like_first")
    assert said["resolution"] == request.resolution.value
    assert (said["count"], command.is_one) == (str(request.count), False)
    assert said["seed"] == (job.seeds[0] if job.seeds[0] <= MAX_SEED else None)
    assert said["name"] == (request.kind.value if request.aspect is not None else JobKind.EDIT)
    assert (said["enhance"] == "False") is (can_enhance and said["name"] == JobKind.IMAGINE)


@given(request=wishes_of_one_prompt().flatmap(albums), data=st.data())
def test_of_pictures_with_words_of_their_own_one_is_made(request: ImageRequest, data: st.DataObject) -> None:
    job = replace(a_job(), request=request, renders=tuple(picture(index) for index in range(request.count)))
    index = data.draw(st.integers(0, request.count - 1))
    command = command_of(job, index)
    said = read(command.text)
    assert command.is_one
    assert said["count"] == "1"
    painted = job.request.prompts[index]
    own = without_instructions(painted) if request.is_series else painted
    assert unescaped(said["prompt"]) == one_line(own)


@given(words=braces)
def test_braces_mean_themselves(words: str) -> None:
    assert unescaped(as_text(words)) == words
    assert expand(as_text(words)) is None


def test_a_plain_prompt_is_not_touched() -> None:
    assert as_text("a fox, an owl {and a hat}") == "a fox, an owl {and a hat}"


@each_case("name", ["imagine", "edit", "animate"])
def test_whatever_discord_takes_for_an_option_is_known(name: str) -> None:
    for parameter in COMMANDS[name].parameters:
        assert OPTION.search(f"a fox {parameter.name}:5"), parameter.name


@each_case(
    ("words", "is_safe"),
    [("a clock at 12:30", True), ("a sign: seeds", True), ("a fox seed:7", False), ("Count: 3", False)],
)
def test_a_prompt_that_discord_would_misread_is_told_of(words: str, is_safe: bool) -> None:
    assert command_of(a_job(wish_prompt=words), 0).is_safe is is_safe


@given(request=video_wishes(), several=st.booleans())
def test_the_command_of_a_video_read_back_gives_the_same_video(request: ImageRequest, several: bool) -> None:
    asked = replace(request, prompt=clean_prompt(request.prompt))
    models = tuple(VIDEO_MODELS.values())[: 2 if several else 1]
    command = command_of(replace(a_job(), request=asked), 0, models=models)

    found = re.fullmatch(
        r"/animate prompt:(?P<prompt>.*) seconds:(?P<seconds>.+?) quality:(?P<quality>.+?)(?: model:(?P<model>.+))?",
        command.text,
    )
    assert found is not None, command.text
    assert found["prompt"] == one_line(asked.prompt)
    video = VideoSettings(
        seconds=int(choice("animate", "seconds", found["seconds"])),
        quality=VideoQuality(choice("animate", "quality", found["quality"])),
    )
    assert video == request.video
    assert found["model"] == (models[0].name if several else None)
