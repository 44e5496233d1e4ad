"""A preset that becomes the server's passes what the server and Easel stop."""

from __future__ import annotations

from bot.domain.content.filters import FilterKind
from bot.domain.content.safety import SafetyConcern
from bot.domain.moderation import AddFilter, Applied, SharePreset
from bot.domain.presets import PresetProblem
from bot.services.changes import ChangeProblem, InvalidChange
from bot.services.moderation import Moderation, PromptTest
from tests.unit.services.moderation.material import MOD, SERVER, applied


def sharing(text: str = "ink drawing of {prompt}", *, name: str = "ink") -> SharePreset:
    return SharePreset(name=name, text=text, aspect=None, resolution=None, count=None)


async def test_a_harmless_preset_is_shared(moderation: Moderation) -> None:
    outcome = await moderation.share_preset(SERVER, sharing(), by=MOD)

    assert isinstance(outcome, Applied)


async def test_what_a_filter_stops_is_not_shared_and_the_filter_is_named(moderation: Moderation) -> None:
    await applied(moderation, AddFilter(kind=FilterKind.WORD, text="zebra"))

    for change in (sharing("a z e b r a and {prompt}"), sharing(name="zebra")):
        outcome = await moderation.share_preset(SERVER, change, by=MOD)
        assert isinstance(outcome, PromptTest)
        assert [match.filter.text for match in outcome.matches] == ["zebra"]
    assert len(await moderation.audit(SERVER, limit=9)) == 1


async def test_what_is_dangerous_is_not_shared(moderation: Moderation) -> None:
    outcome = await moderation.share_preset(SERVER, sharing("naked woman, {prompt}"), by=MOD)

    assert isinstance(outcome, PromptTest)
    assert outcome.danger is SafetyConcern.ADULT


async def test_a_preset_without_text_or_with_a_name_that_formats_is_improper(moderation: Moderation) -> None:
    for change, problem in (
        (sharing("\u200b "), PresetProblem.NO_TEXT),
        (sharing(name="**ink**"), PresetProblem.NAME_UNUSABLE),
    ):
        outcome = await moderation.change(SERVER, change, by=MOD)
        assert outcome == InvalidChange(problem=ChangeProblem.PRESET, preset_problem=problem)


async def test_name_and_text_are_kept_without_what_cannot_be_seen(moderation: Moderation) -> None:
    outcome = await applied(moderation, sharing("ink\u200b of {prompt} ", name=" my\u200b  ink "))

    assert outcome.change == sharing("ink of {prompt}", name="my ink")
