"""Several models on offer: how people choose one, what it cannot do, and what follows from its pictures."""

from __future__ import annotations

from typing import Any

import pytest
import simcord

from bot.domain.jobs import JobState
from bot.domain.sizes import Resolution, Size
from tests.glue.iterating import again, child, edit, enlarge, vary
from tests.glue.moderating import by_mo, newest_job, whispered
from tests.glue.room import Room, scene
from tests.glue.test_creating import png
from tests.glue.test_series import opened, sent

USUAL, LITE = "bytedance/seedream-4-5", "bytedance/seedream-5-0-lite-preview"
T2I, EDIT, PRO = (
    "bytedance/seedream-v4-text-to-image",
    "bytedance/seedream-v4-edit",
    "bytedance/seedream-5-0-pro",
)
SEVERAL = ",".join((LITE, T2I, EDIT, PRO))


def choices(room: Room, command: str) -> list[str] | None:
    """The names that Discord offers for `model`; None where the command has no such option."""
    registered: Any = room.world.client.tree.get_command(command)
    option = {one.name: one for one in registered.parameters}.get("model")
    return None if option is None else [choice.name for choice in option.choices]


@scene()
async def test_with_one_model_on_offer_no_command_asks_for_it(room: Room) -> None:
    assert [choices(room, command) for command in ("imagine", "edit", "series")] == [None] * 3


@scene(EASEL_MODELS=SEVERAL)
async def test_each_command_offers_the_models_that_can_do_its_work(room: Room) -> None:
    from_words = ["Seedream 4.5", "Seedream 5.0 Lite", "Seedream 4.0", "Seedream 5.0 Pro"]

    assert choices(room, "imagine") == choices(room, "series") == from_words
    assert choices(room, "edit") == [
        "Seedream 4.5",
        "Seedream 5.0 Lite",
        "Seedream 4.0 Edit",
        "Seedream 5.0 Pro",
    ]


@scene(EASEL_MODEL=T2I, EASEL_MODELS=EDIT)
async def test_two_halves_of_a_model_work_together_without_being_chosen(room: Room) -> None:
    assert [choices(room, command) for command in ("imagine", "edit", "series")] == [None] * 3
    result = await room.use("imagine", prompt="a fox", aspect="auto")
    await room.finished()

    await edit(room, room.ada, room.card(result))
    job = await child(room)

    assert [call.model for call in room.offline.calls] == [T2I, EDIT]
    assert [call.size for call in room.offline.calls] == [Size(2048, 2048)] * 2
    assert job.cost_micro_usd == 31_500


@scene(EASEL_MODELS=SEVERAL)
async def test_a_chosen_model_paints_at_its_price_and_info_tells_it(room: Room) -> None:
    result = await room.use("imagine", prompt="a fox", model=LITE)
    job = await room.finished()

    assert [call.model for call in room.offline.calls] == [LITE]
    assert (job.state, job.cost_micro_usd) == (JobState.DONE, 45_500)
    more = await room.ada.click(room.card(result), label="More…")
    info = whispered(await room.ada.click(room.card(more), label="Info"))
    assert f"Seedream 5.0 Lite · `{LITE}`" in info
    assert "model:Seedream 5.0 Lite" in info


@scene(EASEL_MODELS=SEVERAL)
async def test_all_scenes_of_a_series_come_from_the_chosen_model(room: Room) -> None:
    await sent(room, await opened(room, model=LITE))
    await room.finished(await newest_job(room))

    assert {call.model for call in room.offline.calls} == {LITE}


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        (
            "imagine",
            {"model": T2I, "reference": ("a.png", png(300, 200))},
            "Seedream 4.0 paints from words alone. Remove the pictures, or set `model` to Seedream 4.5.",
        ),
        (
            "imagine",
            {"model": PRO, "resolution": "4K"},
            "Seedream 5.0 Pro can't make 4K pictures. Try again in 2K, or set `model` to Seedream 4.5.",
        ),
        (
            "edit",
            {
                "model": EDIT,
                **{f"image{n if n > 1 else ''}": ("a.png", png(300, 200)) for n in range(1, 12)},
            },
            "Seedream 4.0 Edit takes at most 10 pictures. Attach fewer, or set `model` to Seedream 4.5.",
        ),
    ],
)
async def test_what_a_chosen_model_cannot_do_is_refused_before_anything_is_queued(
    command: str, options: dict[str, Any], words: str
) -> None:
    @scene(EASEL_MODELS=SEVERAL)
    async def play(room: Room) -> None:
        answer: simcord.InteractionResult = await room.use(command, prompt="a fox", **options)

        assert words in whispered(answer)
        assert room.offline.calls == []
        assert await room.images_counted() == 0
        view = await room.world.client.submissions.queue(room.ada.id)
        assert view.mine == ()

    await play()


@scene(EASEL_MODEL=T2I, EASEL_MODELS=f"{EDIT},{LITE}")
async def test_a_refusal_names_a_model_that_the_command_lets_people_choose(room: Room) -> None:
    answer = await room.use("imagine", prompt="a fox", model=T2I, reference=("a.png", png(300, 200)))
    assert "set `model` to Seedream 5.0 Lite" in whispered(answer)


@scene(EASEL_MODEL=T2I)
async def test_a_picture_is_described_whatever_the_model_that_paints_takes(room: Room) -> None:
    await room.use("describe", image=("a.png", png(300, 200)))
    assert len(room.offline.chats) == 1


@scene(EASEL_MODEL=EDIT)
async def test_a_model_that_only_edits_paints_nothing_from_words(room: Room) -> None:
    answer = await room.use("imagine", prompt="a fox")

    told = whispered(answer)
    assert "Seedream 4.0 Edit only edits pictures. Attach one, or use `/edit`." in told
    assert "as `model`" not in told
    assert await room.images_counted() == 0


@scene(EASEL_MODELS=SEVERAL)
async def test_what_is_made_of_a_picture_keeps_its_model_where_that_can_do_it(room: Room) -> None:
    result = await room.use("imagine", prompt="a fox", model=PRO)
    await room.finished()

    await again(room, room.ada, room.card(result))
    await child(room)
    await enlarge(room, room.ada, room.card(result))
    larger = await child(room)

    assert [call.model for call in room.offline.calls] == [PRO, PRO, USUAL]
    assert larger.request.resolution is Resolution.FOUR_K


@scene(EASEL_MODELS=LITE)
async def test_moderators_choose_among_the_models_on_offer(room: Room) -> None:
    mod, channel = room.world.moderator, room.world.channel
    offered = await mod.autocomplete(channel, "limits set", "value", "seedream", limit="models")
    assert [one["name"] for one in offered] == ["Seedream 4.5", "Seedream 5.0 Lite"]

    done = await mod.slash(channel, "limits set", limit="models", value="SEEDREAM 4.5")

    assert "### Models: Seedream 4.5" in room.text(done)
    panel = await mod.slash(channel, "limits panel")
    assert "Models: **Seedream 4.5**" in room.text(panel)

    answer = await room.use("imagine", prompt="a fox", model=LITE)

    assert "You can't use this model here." in whispered(answer)
    assert room.offline.calls == []


@scene(EASEL_MODELS=LITE)
async def test_where_nobody_chose_a_model_one_that_moderators_allow_paints(room: Room) -> None:
    await by_mo(room, "limits set", limit="models", value=LITE)

    await room.use("imagine", prompt="a fox")
    await room.finished()
    offer = await room.use("imagine", prompt="a {red,white} fox")
    mine = await room.use("me")

    assert [call.model for call in room.offline.calls] == [LITE]
    assert "This makes 2 pictures" in room.text(offer)
    assert "You can't use this model" not in room.text(mine)


@scene(EASEL_MODEL=PRO, EASEL_MODELS=USUAL, EASEL_MEMBER_USD_PER_DAY="0.05")
async def test_where_nobody_chose_a_model_one_that_the_budget_allows_paints(room: Room) -> None:
    await room.use("imagine", prompt="a fox")
    await room.finished()

    assert [call.model for call in room.offline.calls] == [USUAL]


@scene(EASEL_MODEL=PRO, EASEL_MODELS=USUAL, EASEL_MEMBER_USD_PER_DAY="0.05")
async def test_a_model_that_somebody_chose_is_not_replaced(room: Room) -> None:
    answer = await room.use("imagine", prompt="a fox", model=PRO)

    assert answer.ephemeral
    assert room.offline.calls == []


@scene(EASEL_MODEL=PRO, EASEL_MODELS=LITE)
async def test_an_offer_of_a_model_that_is_gone_asks_again_at_the_price_of_another(room: Room) -> None:
    offer = await room.use("imagine", prompt="a {red,white} fox")
    before = room.text(offer)
    submissions = room.world.client.submissions
    submissions.models = {LITE: submissions.models[LITE]}

    await room.ada.click(room.card(offer), label="Paint 2 pictures")

    assert ("$0.12" in before, "$0.091" in room.text(offer)) == (True, True)
    assert room.offline.calls == []
    await room.ada.click(room.card(offer), label="Paint 2 pictures")
    await room.finished()
    assert [call.model for call in room.offline.calls] == [LITE, LITE]


@scene(EASEL_MODELS=PRO)
async def test_a_model_is_kept_when_a_result_is_varied_and_says_what_it_cannot_do(room: Room) -> None:
    result = await room.use("imagine", prompt="a fox", model=PRO)
    await room.finished()

    answer = await vary(room, room.ada, room.card(result), resolution="4K")

    assert "Seedream 5.0 Pro can't make 4K pictures. Try again in 2K" in whispered(answer)
    assert len(room.offline.calls) == 1
