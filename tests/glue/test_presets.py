"""/preset as members and moderators use it, and others."""

from __future__ import annotations

from typing import Any, Final

from bot.domain.jobs import Job, JobState
from bot.domain.presets import MAX_PRESETS, Preset
from bot.domain.sizes import Aspect, Resolution
from tests.glue.moderating import buttons, by_mo, guild_of, newest_job, open_modlog
from tests.glue.room import Room, scene
from tests.glue.test_creating import png

PIXELS: Final = png(64, 64)
ONLY_MODERATORS = "Only this server's moderators"


async def saved(room: Room, name: str = "ink", text: str = "ink drawing of {prompt}", **more: Any) -> str:
    """What Ada is told who saves one."""
    result = await room.use("preset save", name=name, text=text, **more)
    assert result.ephemeral
    return room.text(result)


async def shared(room: Room, name: str = "club", text: str = "a poster of {prompt}") -> str:
    """What Mo is told who saves one and gives it to everybody."""
    await by_mo(room, "preset save", name=name, text=text)
    return await by_mo(room, "preset share", name=name)


async def stored(room: Room, *names: str, text: str = "ink drawing of {prompt}") -> None:
    """Ada's, saved without a command each."""
    library, now = room.world.client.library, room.world.base.clock.now()
    for name in names:
        preset = Preset(
            name=name,
            text=text,
            aspect=None,
            resolution=None,
            count=None,
            by=room.ada.id,
            at=now,
            guild_id=None,
        )
        await library.save_preset(room.ada.id, preset)


async def own(room: Room) -> tuple[Preset, ...]:
    return await room.world.client.library.presets(room.ada.id, None)


async def servers(room: Room) -> list[str]:
    presets = await room.world.client.library.presets(1, guild_of(room).id)
    return [one.name for one in presets]


async def told(room: Room, command: str, /, **options: Any) -> str:
    """What Ada is told in a whisper."""
    result = await room.use(command, **options)
    assert result.ephemeral
    return room.text(result)


async def painted(room: Room, command: str = "preset use", /, **options: Any) -> Job:
    result = await room.use(command, **options)
    assert room.card(result).content == "", room.text(result)
    return await room.finished(await newest_job(room))


async def offered(room: Room, command: str, option: str, typed: str = "", **filled: Any) -> list[str]:
    choices = await room.ada.autocomplete(room.world.channel, command, option, typed, **filled)
    return [choice["name"] for choice in choices]


@scene()
async def test_a_saved_preset_paints_with_its_words_and_settings_after_those_of_a_command(room: Room) -> None:
    text = await saved(room, "Ink", aspect="16:9", resolution="4K", count=2)
    assert "### Saved\n**Ink**\n> ink drawing of {prompt}" in text

    job = await painted(room, name="ink", words="a heron")

    assert job.state is JobState.DONE
    assert job.request.prompt == "ink drawing of a heron"
    assert (job.request.aspect, job.request.resolution) == (Aspect.WIDE_16_9, Resolution.FOUR_K)
    assert job.request.count == 2

    imagined = await painted(room, "imagine", prompt="a heron", preset="INK", count=1)
    edited = await painted(
        room, "edit", prompt="this", preset="ink", image=("a.png", PIXELS), resolution="2K"
    )

    assert (imagined.request.prompt, imagined.request.count) == ("ink drawing of a heron", 1)
    assert imagined.request.resolution is Resolution.FOUR_K
    assert (edited.request.prompt, edited.request.count) == ("ink drawing of this", 2)
    assert edited.request.resolution is Resolution.TWO_K


@scene()
async def test_a_preset_can_need_no_words_at_all(room: Room) -> None:
    await saved(room, text="a heron at dawn")

    assert (await painted(room, name="ink")).request.prompt == "a heron at dawn"


@scene()
async def test_variables_of_a_preset_are_asked_about(room: Room) -> None:
    await saved(room, text="{prompt} in {ink,oil}")

    result = await room.use("preset use", name="ink", words="a heron")

    assert "1. a heron in ink\n2. a heron in oil" in room.text(result)
    await room.ada.click(room.card(result), label="Paint 2 pictures")
    assert (await room.finished(await newest_job(room))).request.prompts == (
        "a heron in ink",
        "a heron in oil",
    )


@scene()
async def test_what_cannot_be_a_name_or_a_text_is_said_and_a_name_nobody_saved_paints_nothing(
    room: Room,
) -> None:
    assert "Names can only have letters" in await saved(room, "<@1>")
    assert "This text is empty" in await saved(room, "ink", "\u200b")
    assert await own(room) == ()

    for name, options in (
        ("preset use", {"name": "@here", "words": "a heron"}),
        ("imagine", {"prompt": "a heron", "preset": "@here"}),
    ):
        assert "No preset is called “\\@here”" in await told(room, name, **options)
    assert room.offline.calls == []


@scene()
async def test_saving_under_the_same_name_replaces_it_and_deleting_takes_it_away(room: Room) -> None:
    await saved(room, "ink", "one")

    assert "Saved, replacing the one with that name" in await saved(room, "INK", "two")

    assert [(one.name, one.text) for one in await own(room)] == [("INK", "two")]
    assert "Your preset **ink** was deleted" in await told(room, "preset delete", name="ink")
    assert "You have no preset “ink”" in await told(room, "preset delete", name="ink")
    assert await own(room) == ()


@scene()
async def test_the_list_shows_ones_own_and_the_servers_on_pages(room: Room) -> None:
    assert "No presets yet" in await told(room, "preset list")
    await shared(room)
    await stored(room, *(f"ink {number:02}" for number in range(20)), text="ink * of @here")

    result = await room.use("preset list")

    assert "### Your 20 presets\n**ink 00**" in room.text(result)
    assert "\\@here" in room.text(result)
    assert buttons(room.card(result)) == ["Page 2"]
    await room.ada.click(room.card(result), label="Page 2")
    assert "### This server's preset\n**club**" in room.text(result)


@scene()
async def test_there_is_a_last_preset_and_deleting_makes_room(room: Room) -> None:
    await stored(room, *(f"ink {number}" for number in range(MAX_PRESETS)))

    assert "### Not saved\nYou have 50 presets" in await saved(room)

    await told(room, "preset delete", name="ink 7")
    assert "### Saved" in await saved(room)


@scene()
async def test_what_a_moderator_shares_everybody_uses_and_the_mod_log_tells(room: Room) -> None:
    log = await open_modlog(room)

    assert "### Everyone here can use the preset club" in await shared(room)

    assert "shared the preset **club** with this server\n> a poster of {prompt}" in (await log.told())[-1]
    assert (await painted(room, name="club", words="a fox")).request.prompt == "a poster of a fox"
    assert "shared the preset **club**" in await by_mo(room, "modlog changes")


@scene()
async def test_what_is_the_servers_is_deleted_by_moderators_alone_and_what_is_ones_own_shared_by_nobody_else(
    room: Room,
) -> None:
    await shared(room)
    await saved(room, "mine")

    assert ONLY_MODERATORS in await told(room, "preset share", name="mine")
    assert "You have no preset “mine”" in await by_mo(room, "preset share", name="mine")
    assert ONLY_MODERATORS in await told(room, "preset delete", name="club", server=True)
    assert "You have no preset" in await told(room, "preset delete", name="club")
    assert await servers(room) == ["club"]

    text = await by_mo(room, "preset delete", name="club", server=True)

    assert "### This server no longer has the preset club" in text
    assert await servers(room) == []
    assert "### Your preset\n**club**" in await by_mo(room, "preset list")
    assert "has no preset “club”" in await by_mo(room, "preset delete", name="club", server=True)


@scene()
async def test_what_a_filter_or_safety_stops_is_neither_given_to_the_server_nor_painted(room: Room) -> None:
    await shared(room, "stripes", "a zebra and {prompt}")
    await by_mo(room, "filter add", kind="word", text="zebra")

    assert "doesn't allow" in await told(room, "preset use", name="stripes", words="a fox")
    assert room.offline.calls == []

    filtered = await shared(room, "herd", "many a zebra and {prompt}")
    unsafe = await shared(room, "nude", "a naked woman, {prompt}")

    assert "This preset can't be shared" in filtered
    assert "Filter #1" in filtered
    assert "adult content: allowed" in unsafe
    assert await servers(room) == ["stripes"]


@scene()
async def test_ones_own_comes_before_the_servers_of_the_same_name(room: Room) -> None:
    await shared(room, "ink", "the server's {prompt}")
    await saved(room, "ink", "my {prompt}")

    assert (await painted(room, name="ink", words="fox")).request.prompt == "my fox"


@scene()
async def test_presets_are_offered_by_whose_they_are(room: Room) -> None:
    await saved(room, "mine", "ink")
    await shared(room)

    both = ["mine · ink", "club · this server's · a poster of {prompt}"]
    for command, option in (("preset use", "name"), ("imagine", "preset"), ("edit", "preset")):
        assert await offered(room, command, option) == both
    assert await offered(room, "series", "preset", "cl") == both[1:]
    assert await offered(room, "preset share", "name") == both[:1]
    assert await offered(room, "preset delete", "name") == both[:1]
    assert await offered(room, "preset delete", "name", server=True) == both[1:]


@scene()
async def test_in_a_direct_message_there_are_only_ones_own(room: Room) -> None:
    await shared(room)
    await saved(room)

    listed = await room.ada.user.slash("preset list")
    unknown = await room.ada.user.slash("preset use", name="club", words="a fox")
    refused = await room.world.moderator.user.slash("preset share", name="club")

    assert "club" not in room.text(listed)
    assert "No preset is called “club”" in room.text(unknown)
    assert "This only works in a server that has added Easel" in room.text(refused)
    await room.ada.user.slash("preset use", name="ink", words="a fox", private=False)
    assert (await room.finished(await newest_job(room))).request.prompt == "ink drawing of a fox"


@scene()
async def test_presets_outlive_a_restart_and_are_in_what_is_kept_about_a_person(room: Room) -> None:
    await saved(room)
    await room.world.env.restart_bot()

    assert "**ink**" in await told(room, "preset list")
    held = await room.world.client.personal_data.held(room.ada.id)
    assert held.is_known
