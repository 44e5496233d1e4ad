"""Presets as they are offered and listed."""

from __future__ import annotations

import asyncio
import string
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.ports.library import PresetSaved
from bot.domain.presets import MAX_NAME, MAX_PRESETS, MAX_SERVER_PRESETS, Preset, PresetProblem
from bot.domain.sizes import Aspect, Resolution
from bot.services.library import Library
from bot.ui.base.context import Interaction
from bot.ui.base.discord_limits import MAX_CHOICE, MAX_CHOICES
from bot.ui.library.presets import choice_name, complete_preset, preset_choices, preset_list, saved_card
from bot.ui.limits.text import preset_problem_text
from bot.ui.requests.request import no_such_preset
from tests.tables import each_case
from tests.unit.ui.cards.test_card import labels_of, mentioned
from tests.unit.ui.jobs import MARKDOWN, NOW, REQUESTER, prompts
from tests.unit.ui.limits.material import assert_discord_takes, text_of

names = st.text(string.ascii_letters + string.digits + " -_🦊é", min_size=1, max_size=MAX_NAME)


def preset(name: str, text: str = "ink drawing of {prompt}", *, guild_id: int | None = None) -> Preset:
    return Preset(
        name=name,
        text=text,
        aspect=Aspect.AUTO,
        resolution=Resolution.FOUR_K,
        count=4,
        by=REQUESTER,
        at=NOW,
        guild_id=guild_id,
    )


def offered(presets: list[Preset], typed: str) -> list[str]:
    return [choice.value for choice in preset_choices(presets, typed)]


class HangingStore:
    """It never answers."""

    asked = False

    async def presets(self, *_: object) -> tuple[Preset, ...]:
        self.asked = True
        await asyncio.Event().wait()
        return ()


def typing_before(store: HangingStore) -> Interaction:
    """Somebody types in a direct message, before a bot with this store."""
    library = Library(
        store=cast(Any, store),
        cached_blobs=cast(Any, None),
        pictures=cast(Any, None),
        imaging=cast(Any, None),
        clock=cast(Any, None),
    )
    person = SimpleNamespace(id=REQUESTER)
    told = SimpleNamespace(
        client=SimpleNamespace(library=library),
        user=person,
        guild_id=None,
        is_user_integration=lambda: False,
        is_guild_integration=lambda: True,
    )
    return cast(Interaction, told)


class TestCompletion:
    def test_names_that_begin_like_that_come_before_those_that_have_it_somewhere(self) -> None:
        presets = [preset("blue ink"), preset("Ink"), preset("oil", "oil, no INK"), preset("ash", "ash")]

        assert offered(presets, "ink") == ["Ink", "blue ink", "oil"]

    def test_with_nothing_typed_all_are_offered(self) -> None:
        assert offered([preset("a"), preset("b")], "") == ["a", "b"]

    def test_of_two_with_one_name_ones_own_is_offered(self) -> None:
        own, servers = preset("Ink"), preset("ink", guild_id=30)

        [choice] = preset_choices([own, servers], "ink")

        assert choice.value == "Ink"
        assert "this server's" not in choice.name

    def test_a_choice_says_whose_it_is_and_how_it_begins(self) -> None:
        assert choice_name(preset("Ink")) == "Ink · ink drawing of {prompt}"
        assert choice_name(preset("Ink", guild_id=30)) == "Ink · this server's · ink drawing of {prompt}"

    async def test_a_store_that_hangs_offers_what_was_typed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("bot.ui.base.options.COMPLETION_TIMEOUT_S", 0.05)
        store = HangingStore()

        assert [choice.value for choice in await complete_preset(typing_before(store), "ink")] == ["ink"]

        assert store.asked

    @given(st.lists(st.builds(preset, names, prompts), max_size=40), names)
    def test_discord_takes_every_choice(self, presets: list[Preset], typed: str) -> None:
        choices = preset_choices(presets, typed)

        assert len(choices) <= MAX_CHOICES
        assert all(0 < len(choice.name) <= MAX_CHOICE for choice in choices)


class TestList:
    def test_ones_own_stand_before_the_servers(self) -> None:
        text = text_of(preset_list([preset("mine"), preset("theirs", guild_id=30)]))

        assert text.index("### Your preset\n**mine**") < text.index("### This server's preset\n**theirs**")
        assert "Let the model choose · 4K · 4 pictures" in text

    def test_a_servers_preset_that_ones_own_hides_is_marked(self) -> None:
        text = text_of(preset_list([preset("Ink"), preset("ink", guild_id=30)]))

        assert "**ink** · Let the model choose · 4K · 4 pictures · yours with this name comes first" in text

    def test_without_any_it_says_how_to_make_one(self) -> None:
        assert "Make one with `/preset save`" in text_of(preset_list([]))

    def test_as_many_as_there_may_be_stand_on_pages_that_discord_takes(self) -> None:
        own = [preset(f"{'*' * 28}{n}", "_" * 4000) for n in range(MAX_PRESETS)]
        servers = [preset(f"{'~' * 28}{n}", "~" * 4000, guild_id=30) for n in range(MAX_SERVER_PRESETS)]
        seen = 0
        page, view = 1, preset_list([*own, *servers])
        while True:
            assert_discord_takes(view)
            seen += text_of(view).count("· 4K · 4 pictures")
            if f"Page {page + 1}" not in labels_of(view):
                break
            page += 1
            view = preset_list([*own, *servers], page)
        assert seen == MAX_PRESETS + MAX_SERVER_PRESETS

    def test_a_page_that_is_gone_is_the_last_one(self) -> None:
        assert "**mine**" in text_of(preset_list([preset("mine")], 9))


class TestSaved:
    @each_case(
        ("saved", "title"),
        [(PresetSaved.NEW, "### Saved\n"), (PresetSaved.REPLACED, "### Saved, replacing")],
    )
    def test_it_says_what_became_of_it(self, saved: PresetSaved, title: str) -> None:
        assert title in text_of(saved_card(preset("ink"), saved))

    def test_one_too_many_is_not_saved_and_it_says_what_makes_room(self) -> None:
        text = text_of(saved_card(preset("ink"), PresetSaved.FULL))

        assert "### Not saved" in text
        assert "`/preset delete`" in text

    def test_where_the_words_go_is_said_when_the_text_does_not(self) -> None:
        assert "Your prompt comes before this text" in text_of(
            saved_card(preset("ink", "ink"), PresetSaved.NEW)
        )
        assert "Your prompt comes" not in text_of(saved_card(preset("ink", "{Prompt} ink"), PresetSaved.NEW))

    @given(names, prompts, st.sampled_from(PresetSaved))
    def test_discord_takes_it_and_nothing_in_it_pings(self, name: str, text: str, saved: PresetSaved) -> None:
        view = saved_card(preset(name, text), saved)

        assert_discord_takes(view)
        assert mentioned(view) == set()


@each_case("problem", PresetProblem)
def test_every_problem_has_words(problem: PresetProblem) -> None:
    assert preset_problem_text(problem).endswith(".")


def test_a_name_nobody_saved_is_repeated_harmlessly() -> None:
    text = no_such_preset(MARKDOWN)

    assert "No preset is called" in text
    assert "@everyone" not in text.replace("\\@", "")
    assert "\n" not in text
