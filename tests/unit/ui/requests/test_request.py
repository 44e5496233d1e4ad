"""From what a command says to a whole wish: who decides, and in which order."""

from __future__ import annotations

from typing import Any

import pytest

from bot.domain.jobs import JobKind
from bot.domain.ports.library import Defaults
from bot.domain.presets import Preset
from bot.domain.sizes import Aspect, Resolution
from bot.seedream.catalogue import DEFAULT_MODEL_ID
from bot.ui.requests.request import CommandOptions, RequestDefaults, no_such_preset, request_of
from tests.unit.ui.jobs import MARKDOWN, NOW, REQUESTER, reference_named

EVERYTHING = Defaults(aspect=Aspect.WIDE_16_9, resolution=Resolution.FOUR_K, private=True, spoiler=True)


def said(kind: JobKind = JobKind.IMAGINE, prompt: str = "a fox", **more: Any) -> CommandOptions:
    return CommandOptions(kind=kind, prompt=prompt, **more)


def preset(text: str = "ink drawing of {prompt}", **more: Any) -> Preset:
    nothing = {"aspect": None, "resolution": None, "count": None}
    return Preset(name="ink", text=text, by=REQUESTER, at=NOW, guild_id=None, **(nothing | more))


def request(what: CommandOptions, **request_defaults: Any) -> Any:
    return request_of(what, RequestDefaults(**request_defaults), model=DEFAULT_MODEL_ID)


def test_where_nobody_says_anything_a_new_picture_is_one_square_in_2k_for_everybody() -> None:
    plain = request(said())

    assert (plain.aspect, plain.resolution, plain.count) == (Aspect.SQUARE, Resolution.TWO_K, 1)
    assert (plain.private, plain.spoiler, plain.enhance) == (False, False, False)
    assert plain.model == DEFAULT_MODEL_ID


def test_where_nobody_says_anything_an_edit_keeps_the_shape_of_its_first_picture() -> None:
    assert request(said(JobKind.EDIT)).aspect is None


@pytest.mark.parametrize("kind", JobKind)
def test_defaults_come_before_easels_own(kind: JobKind) -> None:
    mine = request(said(kind), defaults=EVERYTHING)

    assert (mine.aspect, mine.resolution) == (Aspect.WIDE_16_9, Resolution.FOUR_K)
    assert (mine.private, mine.spoiler) == (True, True)


def test_an_option_comes_before_defaults_also_when_it_says_no() -> None:
    options: dict[str, Any] = {
        "aspect": Aspect.SQUARE,
        "resolution": Resolution.TWO_K,
        "private": False,
        "spoiler": False,
    }

    mine = request(said(**options), defaults=EVERYTHING)

    assert {name: getattr(mine, name) for name in options} == options


def test_an_edit_can_keep_the_shape_of_its_first_picture_whatever_the_defaults_say() -> None:
    assert request(said(JobKind.EDIT, is_like_first=True), defaults=EVERYTHING).aspect is None


def test_a_preset_comes_between_the_command_and_the_defaults() -> None:
    ink = preset(aspect=Aspect.TALL_9_16, resolution=Resolution.TWO_K, count=3)

    from_preset = request(said(preset="ink"), preset=ink, defaults=EVERYTHING)
    from_command = request(said(preset="ink", count=2, aspect=Aspect.SQUARE), preset=ink, defaults=EVERYTHING)

    assert (from_preset.aspect, from_preset.resolution) == (Aspect.TALL_9_16, Resolution.TWO_K)
    assert (from_preset.count, from_preset.private) == (3, True)
    assert (from_command.aspect, from_command.count) == (Aspect.SQUARE, 2)


def test_the_words_go_where_the_preset_wants_them() -> None:
    assert request(said(), preset=preset()).prompt == "ink drawing of a fox"
    assert request(said(), preset=preset("soft light")).prompt == "a fox, soft light"
    assert request(said(prompt=""), preset=preset("a heron at dawn")).prompt == "a heron at dawn"


def test_references_and_seed_are_passed_on() -> None:
    references = (reference_named("image"),)

    whole = request(said(JobKind.EDIT, references=references, seed=7))

    assert (whole.references, whole.seed) == (references, 7)


@pytest.mark.parametrize(
    ("enhance", "enhances", "expected"),
    [(None, True, True), (None, False, False), (False, True, False), (True, False, True)],
)
def test_the_server_has_prompts_rewritten_unless_somebody_says_otherwise(
    enhance: bool | None, enhances: bool, expected: bool
) -> None:
    assert request(said(enhance=enhance), enhances=enhances).enhance is expected


def test_prompts_with_variables_are_not_rewritten_by_default() -> None:
    assert not request(said(prompt="a {red,blue} fox"), enhances=True).enhance
    assert not request(said(), preset=preset("{prompt} in {ink,oil}"), enhances=True).enhance
    assert request(said(prompt="a {red,blue} fox", enhance=True), enhances=True).enhance


def test_a_name_nobody_saved_is_repeated_harmlessly() -> None:
    text = no_such_preset(MARKDOWN)

    assert "There is no preset" in text
    assert "@everyone" not in text.replace("\\@", "")
    assert "\n" not in text
