"""/series: one description, several scenes, one album."""

from __future__ import annotations

from typing import Any, Final

import simcord

from bot.domain.jobs import Job, JobState
from bot.domain.sizes import Aspect, Resolution
from tests.glue.collecting import pictures
from tests.glue.iterating import form_of
from tests.glue.moderating import by_mo, newest_job, whispered
from tests.glue.room import Room, scene
from tests.glue.test_creating import png

FOX: Final = "A small red fox with a blue scarf"
SCENES: Final = "- wakes up\n2. finds a lantern\nshows it to an owl"
PIXELS: Final = png(64, 64)


async def opened(room: Room, **options: Any) -> simcord.InteractionResult:
    """The form, before Ada."""
    form = await room.use("series", **options)
    assert form.modal is not None
    return form


async def sent(room: Room, form: simcord.InteractionResult, **values: Any) -> simcord.InteractionResult:
    return await room.ada.submit_modal(form, {"shared": FOX, "scenes": SCENES, **values})


async def painted(room: Room, values: dict[str, str] | None = None, /, **options: Any) -> Job:
    await sent(room, await opened(room, **options), **(values or {}))
    return await room.finished(await newest_job(room))


@scene()
async def test_every_scene_becomes_a_picture_of_one_album(room: Room) -> None:
    result = await sent(room, await opened(room))

    job = await room.finished(await newest_job(room))
    assert job.state is JobState.DONE
    assert job.request.is_series
    assert job.request.prompt == f"{FOX}\n\n1. wakes up\n2. finds a lantern\n3. shows it to an owl"
    prompts = [call.prompt for call in room.offline.calls]
    assert all(prompt.startswith(FOX) for prompt in prompts)
    endings = ("wakes up", "finds a lantern", "shows it to an owl")
    assert all(any(prompt.endswith(ending) for prompt in prompts) for ending in endings)
    assert len(room.card(result).attachments) == 3
    assert not result.ephemeral
    assert await room.images_counted() == 3


@scene()
async def test_its_options_or_defaults_and_a_preset_hold_for_every_picture(room: Room) -> None:
    two = {"scenes": "wakes up\nfinds a lantern"}
    job = await painted(room, two, aspect="16:9", resolution="4K", private=True, spoiler=True)

    assert (job.request.aspect, job.request.resolution) == (Aspect.WIDE_16_9, Resolution.FOUR_K)
    assert (job.request.private, job.request.spoiler) == (True, True)

    await room.use("defaults set", resolution="4K")
    await room.use("preset save", name="ink", text="ink drawing of {prompt}", aspect="3:4", count=4)

    job = await painted(room, two, preset="ink")

    assert (job.request.aspect, job.request.resolution) == (Aspect.PORTRAIT_3_4, Resolution.FOUR_K)
    assert job.request.count == 2
    assert job.request.prompts[0].startswith(f"ink drawing of {FOX}")


@scene()
async def test_the_tray_the_commands_and_the_forms_pictures_go_into_every_scene_in_this_order(
    room: Room,
) -> None:
    await room.use("tray add", image=("tray.png", PIXELS))
    form = await opened(room, reference=("option.png", PIXELS), tray=True)

    await sent(room, form, files=pictures("form1.png", "form2.png"))

    job = await room.finished(await newest_job(room))
    names = [(one.name, one.filename) for one in job.request.references]
    assert [filename for _, filename in names] == ["tray.png", "option.png", "form1.png", "form2.png"]
    assert [name for name, _ in names] == ["image", "image2", "image3", "image4"]
    assert [call.n_references for call in room.offline.calls] == [4, 4, 4]


@scene()
async def test_what_all_pictures_share_may_be_nothing_and_braces_in_it_are_text(room: Room) -> None:
    job = await painted(room, {"shared": ""})
    assert job.request.prompts == ("wakes up", "finds a lantern", "shows it to an owl")

    job = await painted(room, {"shared": "a {red,blue} fox"})
    assert job.request.count == 3
    assert job.request.prompts[0].startswith("a {red,blue} fox")


@scene()
async def test_a_mistake_is_told_with_a_form_that_holds_everything_that_was_written(room: Room) -> None:
    for scenes, problem in (
        ("only one", "A series needs at least 2 scenes\nYou wrote 1 scene."),
        ("\n".join(f"scene {number}" for number in range(9)), "A series has at most 8 scenes"),
        ("x" * 2500 + "\nand another", "This is too long"),
    ):
        answer = await sent(room, await opened(room), shared=FOX * 60, scenes=scenes)
        told = whispered(answer)
        assert problem in told
        assert FOX in told
        assert await reworded(room, answer) == (FOX * 60, scenes)
        assert await no_jobs(room)


@scene()
async def test_a_series_that_is_refused_is_reworded_with_everything_that_was_asked(room: Room) -> None:
    await by_mo(room, "filter add", kind="word", text="lantern")
    await room.use("defaults set", resolution="4K", aspect="1:1")
    form = await opened(room, aspect="16:9", resolution="2K", spoiler=True, reference=("me.png", PIXELS))

    refused = await sent(room, form, shared="1. A fox", files=pictures("hat.png"))

    assert "> 1\\. A fox" in whispered(refused)
    again = await room.ada.click(room.card(refused), label="Reword…")
    assert filled_in(again) == ("1. A fox", "wakes up\nfinds a lantern\nshows it to an owl")
    await sent(room, again, shared="A fox", scenes="wakes up\nfinds a lamp")
    job = await room.finished(await newest_job(room))
    assert job.request.prompt == "A fox\n\n1. wakes up\n2. finds a lamp"
    assert (job.request.aspect, job.request.resolution) == (Aspect.WIDE_16_9, Resolution.TWO_K)
    assert job.request.spoiler
    assert [one.filename for one in job.request.references] == ["me.png", "hat.png"]


@scene()
async def test_a_series_that_the_provider_refused_is_reworded_on_its_card(room: Room) -> None:
    scenes = "wakes up [fault:refused_prompt x1]\nsleeps [fault:refused_prompt x1]"
    failed = await sent(room, await opened(room), scenes=scenes)
    job = await room.finished(await newest_job(room))
    assert job.state is JobState.REFUSED

    again = await room.ada.click(room.card(failed), label="Reword…")

    assert filled_in(again) == (FOX, scenes)
    await sent(room, again, scenes="wakes up\nsleeps")
    assert (await room.finished(await newest_job(room))).state is JobState.DONE


def filled_in(form: simcord.InteractionResult) -> tuple[str, str]:
    """What all pictures share and the scenes, as the form shows them."""
    shown = form_of(form)
    return shown["shared"]["value"], shown["scenes"]["value"]


async def reworded(room: Room, refused: simcord.InteractionResult) -> tuple[str, str]:
    return filled_in(await room.ada.click(room.card(refused), label="Reword…"))


@scene()
async def test_who_is_refused_gets_back_what_they_wrote_too_long_for_a_card_as_a_file(room: Room) -> None:
    """Also where no other words help, so that there is no form to keep them."""
    answer = await sent(room, await opened(room, preset="nope"))
    assert "No preset is called “nope”" in whispered(answer)
    assert FOX in whispered(answer)

    forms = [await opened(room) for _ in range(2)]
    await by_mo(room, "pause")

    told = whispered(await sent(room, forms[0]))
    assert "Moderators paused Easel" in told
    assert f"{FOX}\n\n- wakes up" in told
    assert await no_jobs(room)

    shared, scenes = "y" * 2000, f"{'x' * 1000}\n{'z' * 1000}"
    answer = await sent(room, forms[1], shared=shared, scenes=scenes)
    [back] = [one for one in answer.followups if one.message.attachments]
    assert back.ephemeral
    assert (await back.message.attachments[0].read()).decode() == f"{shared}\n\n{scenes}"


@scene(EASEL_IMAGES_PER_DAY="2")
async def test_a_series_that_does_not_fit_the_limits_paints_nothing(room: Room) -> None:
    answer = await sent(room, await opened(room))

    assert "Ask for at most 2" in whispered(answer)
    assert room.offline.calls == []


@scene()
async def test_more_pictures_than_the_model_takes_are_refused(room: Room) -> None:
    given = {f"reference{number}" if number > 1 else "reference": ("a.png", PIXELS) for number in range(1, 5)}
    for _ in range(3):
        await room.use("tray add", image=("t.png", PIXELS), image2=("u.png", PIXELS))
    form = await opened(room, tray=True, **given)

    answer = await sent(room, form, files=pictures(*(f"{number}.png" for number in range(10))))

    assert "Seedream 4.5 takes at most 14 pictures" in whispered(answer)


@scene()
async def test_a_series_can_be_made_in_a_direct_message(room: Room) -> None:
    form = await room.ada.user.slash("series")

    await room.ada.user.submit_modal(form, {"shared": FOX, "scenes": SCENES})

    assert (await room.finished(await newest_job(room))).state is JobState.DONE


@scene()
async def test_the_servers_wish_to_rewrite_is_not_for_series(room: Room) -> None:
    await by_mo(room, "defaults server", enhance="on")

    assert (await painted(room)).request.enhance is False
    assert room.offline.chats == []


async def no_jobs(room: Room) -> bool:
    query = "SELECT COUNT(*) FROM jobs"
    return await room.world.base.store.tx(lambda conn: conn.exec_driver_sql(query).scalar_one()) == 0
