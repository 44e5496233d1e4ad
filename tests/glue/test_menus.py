"""The entries in the menus of messages and people."""

from __future__ import annotations

from functools import partial
from typing import Any

import discord
import simcord

from bot.domain.jobs import Job, JobKind, JobState, Origin, Parent
from bot.domain.ports.library import Defaults
from bot.domain.references import Posted, Stored, result_name
from bot.domain.sizes import Aspect, Resolution
from tests.glue.collecting import (
    COLLECT,
    EDIT,
    REMIX,
    Person,
    choose_in_menu,
    on_tray,
    pictures,
    png,
    posted,
    told,
)
from tests.glue.iterating import card_of, child, form_of, keep_nothing, let_addresses_die
from tests.glue.moderating import paint, whispered
from tests.glue.room import Room, scene

NOTHING = "This message has no picture Easel can use."


async def edit_image(
    room: Room,
    message: discord.Message,
    instruction: str = "make it night",
    *,
    by: Person | None = None,
    **values: Any,
) -> simcord.InteractionResult:
    """Ada opens the form about a message, fills it in and sends it."""
    form = await choose_in_menu(room, EDIT, message, by=by)
    return await (by or room.ada).submit_modal(form, {"instruction": instruction, **values})


def move_away(room: Room, message: discord.Message) -> None:
    """As Discord does after a day: whoever reads the message again is given another address."""
    (stored,) = room.world.env.backend.get_message(message.channel.id, message.id).attachments
    blobs: dict[str, bytes] = room.world.env.backend.cdn._blobs  # pyright: ignore  # it has no way to move a file
    url: str = stored["url"]
    stored["url"] = stored["proxy_url"] = f"{url}?again"
    blobs[f"{url}?again"] = blobs.pop(url)


async def all_kept(room: Room, job: Job) -> None:
    """Until a copy of each of its pictures lies with us: that comes after the card."""
    for render in job.pictures:
        key = Stored(folder=job.id, name=result_name(render.index)).key
        await room.kept.until(
            partial(room.world.base.cached_blobs.find, key), lambda found: found is not None
        )


@scene()
async def test_a_picture_in_anybodys_message_is_edited_also_after_a_restart(room: Room) -> None:
    message = await posted(room, "fox.png")
    await room.world.env.restart_bot()
    form = await choose_in_menu(room, EDIT, message)
    assert list(form_of(form)) == ["instruction", "pictures"]  # it does not ask which
    answer = await room.ada.submit_modal(form, {"instruction": "make it night"})
    job = await child(room)

    assert not answer.ephemeral
    assert (job.state, job.request.kind, job.request.prompt) == (JobState.DONE, JobKind.EDIT, "make it night")
    assert (job.user_id, job.request.aspect, job.parent) == (room.ada.id, None, None)
    (reference,) = job.request.references
    assert (reference.name, reference.filename) == ("image", "fox.png")
    assert reference.posted == Posted(
        channel_id=message.channel.id, message_id=message.id, attachment_id=message.attachments[0].id
    )
    assert [call.n_references for call in room.offline.calls] == [1]


@scene()
async def test_of_several_pictures_one_is_chosen_and_ones_own_come_after_it(room: Room) -> None:
    message = await posted(room, "fox.png", "cat.png", "owl.png")
    form = form_of(await choose_in_menu(room, EDIT, message))
    assert [one["label"] for one in form["which"]["options"]] == ["1 · fox.png", "2 · cat.png", "3 · owl.png"]

    await edit_image(room, message, which=["1"], pictures=pictures("hat.png", "scarf.png"))
    references = (await child(room)).request.references
    assert [(one.name, one.filename) for one in references] == [
        ("image", "cat.png"),
        ("image2", "hat.png"),
        ("image3", "scarf.png"),
    ]


@scene()
async def test_the_picture_of_a_forwarded_message_is_edited(room: Room) -> None:
    original = await posted(room, "fox.png")
    forward = await room.ben.forward(original, room.world.channel)
    await edit_image(room, forward)
    job = await child(room)
    assert job.state is JobState.DONE
    assert [one.filename for one in job.request.references] == ["fox.png"]


@scene()
async def test_a_result_of_ours_keeps_its_lineage_and_is_edited_on_ones_own_account(room: Room) -> None:
    painted = (await paint(room)).job
    await edit_image(room, card_of(room, painted))
    job = await child(room)

    assert job.parent == Parent(job_id=painted.id, origin=Origin.EDIT, index=0)
    (reference,) = job.request.references
    assert reference.stored == Stored(folder=painted.id, name=result_name(0))
    assert job.state is JobState.DONE

    await edit_image(room, card_of(room, painted), by=room.ben)
    job = await child(room)
    assert (job.user_id, job.parent) == (room.ben.id, Parent(job_id=painted.id, origin=Origin.EDIT, index=0))


@scene()
async def test_one_of_four_results_is_chosen_and_is_the_parent(room: Room) -> None:
    painted = (await paint(room, count=4)).job
    card = card_of(room, painted)
    form = form_of(await choose_in_menu(room, EDIT, card))
    assert [one["value"] for one in form["which"]["options"]] == ["0", "1", "2", "3"]

    await edit_image(room, card, which=["2"], pictures=pictures("hat.png"))
    job = await child(room)
    assert job.parent == Parent(job_id=painted.id, origin=Origin.EDIT, index=2)
    assert [one.name for one in job.request.references] == ["image", "image2"]
    assert job.request.references[1].filename == "hat.png"


@scene()
async def test_a_result_that_is_kept_nowhere_is_taken_from_the_message_in_front_of_the_person(
    room: Room,
) -> None:
    painted = (await paint(room)).job
    await keep_nothing(room, painted)
    await edit_image(room, card_of(room, painted))
    job = await child(room)
    assert job.state is JobState.DONE
    assert job.request.references[0].url == card_of(room, painted).attachments[0].url


@scene()
async def test_a_removed_result_is_not_edited_nor_offered_and_the_words_come_back(room: Room) -> None:
    painted = (await paint(room)).job
    form = await choose_in_menu(room, EDIT, card_of(room, painted), by=room.ben)
    await room.world.client.history.remove(painted.id, by=room.ada.id)
    answer = await room.ben.submit_modal(form, {"instruction": "make it night"})
    assert "removed this result" in whispered(answer)
    assert "make it night" in whispered(answer)
    # Where it still stands somewhere, it is not offered any more.
    assert NOTHING in told(await choose_in_menu(room, EDIT, card_of(room, painted)))
    assert NOTHING in told(await choose_in_menu(room, COLLECT, card_of(room, painted)))
    assert await on_tray(room) == []


@scene()
async def test_a_message_without_pictures_says_what_works(room: Room) -> None:
    words = await room.ben.send(room.world.channel, "just words")
    film = await room.ben.send(room.world.channel, "a film", attachments=[("a.mp4", b"film")])
    for message in (words, film):
        for entry in (EDIT, COLLECT):
            text = told(await choose_in_menu(room, entry, message))
            assert NOTHING in text
            assert "`/edit`" in text


@scene()
async def test_a_card_that_has_no_picture_yet_says_so(room: Room) -> None:
    room.offline.hold()
    waiting = await room.use("imagine", prompt="a slow fox")
    assert NOTHING in told(await choose_in_menu(room, EDIT, room.card(waiting)))
    room.offline.release()
    await child(room)


@scene()
async def test_what_is_no_picture_after_all_is_refused_and_the_words_come_back(room: Room) -> None:
    message = await room.ben.send(room.world.channel, "look", attachments=[("map.svg", b"<svg/>")])
    answer = await edit_image(room, message)
    assert "isn't a picture Easel can read" in whispered(answer)
    assert "make it night" in whispered(answer)


@scene()
async def test_an_edit_from_the_menu_is_as_the_person_usually_wants_it(room: Room) -> None:
    likes = Defaults(aspect=Aspect.WIDE_16_9, resolution=Resolution.FOUR_K, private=True, spoiler=True)
    await room.world.client.library.set_defaults(room.ada.id, likes)
    answer = await edit_image(room, await posted(room, "fox.png"))
    request = (await child(room)).request
    assert answer.ephemeral
    assert (request.aspect, request.resolution) == (Aspect.WIDE_16_9, Resolution.FOUR_K)
    assert (request.private, request.spoiler) == (True, True)


@scene()
async def test_a_picture_whose_address_has_died_is_asked_for_again(room: Room) -> None:
    message = await posted(room, "fox.png")
    form = await choose_in_menu(room, EDIT, message)
    move_away(room, message)
    await room.ada.submit_modal(form, {"instruction": "make it night"})
    assert (await child(room)).state is JobState.DONE


@scene()
async def test_all_pictures_of_a_message_also_a_forwarded_one_go_on_the_tray(room: Room) -> None:
    answer = await choose_in_menu(room, COLLECT, await posted(room, "fox.png", "cat.png"))
    assert "### Added as images 1 and 2" in told(answer)
    assert await on_tray(room) == ["fox.png", "cat.png"]

    forward = await room.ben.forward(await posted(room, "owl.png", "hat.png"), room.world.channel)
    await choose_in_menu(room, COLLECT, forward)
    assert await on_tray(room) == ["fox.png", "cat.png", "owl.png", "hat.png"]


@scene()
async def test_results_go_on_the_tray_from_their_own_copies(room: Room) -> None:
    painted = (await paint(room, count=2)).job
    card = card_of(room, painted)
    await all_kept(room, painted)
    let_addresses_die(room)
    answer = await choose_in_menu(room, COLLECT, card, by=room.ben)
    assert "### Added as images 1 and 2" in told(answer)
    assert await on_tray(room, room.ben) == [file.filename for file in card.attachments]


@scene()
async def test_an_avatar_is_remixed(room: Room) -> None:
    form = await choose_in_menu(room, REMIX, room.ben)
    assert form.modal is not None
    assert form.modal["title"] == "Remix the avatar of Ben"
    default = f"https://cdn.discordapp.com/embed/avatars/{(room.ben.id >> 22) % 6}.png?size=1024"
    room.world.env.backend.cdn._blobs[default] = png(3, 256, 256)  # pyright: ignore  # Discord's own are not there

    await room.ada.submit_modal(form, {"instruction": "as a knight"})
    job = await child(room)
    assert (job.state, job.request.kind, job.request.prompt) == (JobState.DONE, JobKind.EDIT, "as a knight")
    (reference,) = job.request.references
    assert (reference.url, reference.filename) == (default, f"avatar-{room.ben.id}.png")
