"""Who presses what was not put before them: members, moderators of other servers, and those too late."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

import pytest

from bot.domain.content.filters import FilterKind
from bot.domain.jobs import Job
from bot.domain.moderation import AddFilter, Proposal, RemoveResult, SetModLog, SharePreset
from bot.domain.policy.rules import Limit, Rule
from bot.domain.presets import Preset
from bot.storage.stores import SqlLibraryStore
from bot.ui.base.access import check_result
from bot.ui.base.components import PersistentControl
from tests.wire.app import Scene
from tests.wire.cards import text_of
from tests.wire.components import Kind
from tests.wire.court import MODERATOR, SECRET, Court, server_limit, whispered
from tests.wire.driving import Context
from tests.wire.interactions import Answer, Dispatched
from tests.wire.state import MEMBER, Channel, JsonDict, Message, User

ONLY_MODERATORS: Final = "Only this server's moderators"
ONLY_IN_SERVERS: Final = "works in a server that has added Easel"
TOO_LATE: Final = "Too late to confirm"
FORMS: Final = ("easel:confirm:{id}", "easel:panel:yes:s:{id}")
FOR_EVERYBODY: Final = {  # each looks for itself whose it is
    *("cancel", "drop", "again", "reword", "forget", "report"),
    *("anew", "vary", "edit", "larger", "revised", "scene"),
    *(
        "more",
        "morepick",
        "panelback",
        "info",
        "favour",
        "unfavour",
        "compare",
        "share",
        "delete",
        "deletenow",
    ),
    *("past", "starred", "unstar", "open", "step", "tree"),
    *("tray", "draft", "undraft", "presets", "describe", "paint", "animate", "keepback"),
}
MADE_UP: Final = "0123456789abcdef"
ANSWER_WITHIN_S: Final = 2.5  # Discord waits three


@pytest.fixture
async def court(easel: Scene) -> Court:
    return Court(scene=easel)


async def painted(court: Court) -> Job:
    return await court.scene.done(await court.scene.imagine())


async def proposed(court: Court) -> Proposal:
    """Mo asked for ten times as many pictures, and has not said yes so far."""
    await court.decide(server_limit(Limit.IMAGES_PER_DAY, 2))
    wide = server_limit(Limit.IMAGES_PER_DAY, 20)
    outcome = await court.scene.client.moderation.change(court.scene.guild.id, wide, by=court.mo.id)
    assert isinstance(outcome, Proposal)
    return outcome


async def images_per_day(court: Court) -> Any:
    [rule] = (await court.record()).settings.rules
    assert isinstance(rule, Rule)
    return rule.says[Limit.IMAGES_PER_DAY]


def controls(court: Court, job: Job, proposal: Proposal) -> dict[str, tuple[Kind, tuple[str, ...]]]:
    """Everything only moderators may press or choose, by its custom_id."""
    buttons = [
        *(f"easel:panel:{what}:s" for what in ("home", "budgets", "pause", "resume", "forget")),
        *(f"easel:panel:{what}:s:{proposal.id}" for what in ("yes", "no")),
        *(f"easel:{what}:{proposal.id}" for what in ("confirm", "leave")),
        *(f"easel:{what}:{job.id}" for what in ("remove", "block24", "standing", "dismiss")),
        *(f"easel:unblock:{place}:{court.scene.ada.id}" for place in ("answer", "list", "log")),
        *("easel:filters:1", "easel:resume:answer", "easel:setup:panel", "easel:setup:again"),
        *("easel:videos:open", "easel:videos:close"),
    ]
    selects = {
        "easel:panel:limit:s": (Kind.SELECT, (Limit.IMAGES_PER_DAY.value,)),
        "easel:panel:role:s": (Kind.ROLE_SELECT, (str(court.scene.guild.id),)),
        "easel:unblock:list": (Kind.SELECT, (str(court.scene.ada.id),)),
        "easel:panel:modlog:s": (Kind.CHANNEL_SELECT, (str(court.scene.art.id),)),
    }
    return {**dict.fromkeys(buttons, (Kind.BUTTON, ())), **selects}


async def press_them_all(court: Court, user: User, context: Context) -> set[str]:
    """What a person is told, whatever they press; nothing is changed by it."""
    await court.decide(AddFilter(kind=FilterKind.WORD, text=SECRET))
    job, proposal = await painted(court), await proposed(court)
    [card] = court.scene.messages()
    before = await court.record(), card.edits
    answers: set[str] = set()
    pressed = controls(court, job, proposal)
    for custom_id, (kind, values) in pressed.items():
        message = court.card_with(custom_id, kind)
        handle = await court.scene.server.click(user, message, custom_id, values, context=context)
        answers.add(await whispered(handle))
        assert message.edits == 0
    every = {control.action for control in PersistentControl.declared}
    assert {custom_id.split(":")[1] for custom_id in pressed} == every - FOR_EVERYBODY
    assert (await court.record(), card.edits) == before
    return answers


async def press(court: Court, user: User, custom_id: str, channel: Channel | None = None) -> Dispatched:
    message = court.card_with(custom_id, channel=channel)
    handle = await court.scene.server.click(user, message, custom_id)
    await handle.acked()
    return handle


def shown(handle: Dispatched) -> str:
    """What the pressed message became."""
    assert handle.callback is not None
    assert handle.callback["type"] == Answer.UPDATE, handle.callback
    return json.dumps(handle.callback["data"])


class TestControls:
    async def test_whatever_only_moderators_may_press_is_refused_to_a_member(self, court: Court) -> None:
        [answer] = await press_them_all(court, court.scene.ada, Context.GUILD)
        assert ONLY_MODERATORS in answer

    async def test_it_is_refused_to_a_moderator_who_brought_easel_along(self, court: Court) -> None:
        [answer] = await press_them_all(court, court.mo, Context.ELSEWHERE)
        assert ONLY_IN_SERVERS in answer

    async def test_nobody_paints_the_prompts_for_somebody_elses_picture(self, court: Court) -> None:
        job = await painted(court)
        kept = replace(job.request, prompts=("a fox", "a cat"), count=2)
        draft_id = await court.scene.client.library.put_draft(court.scene.ada.id, kept)

        for user, number in ((court.mo, 0), (court.scene.ada, 3)):
            pressed = await press(court, user, f"easel:paint:{draft_id}.{number}")
            assert "no longer has this prompt" in await whispered(pressed)
        assert len(court.scene.provider.calls) == 1

    async def test_a_form_sent_by_somebody_who_is_no_moderator_any_more_changes_nothing(
        self, court: Court
    ) -> None:
        opened = await press(court, court.mo, "easel:panel:pause:s")
        assert opened.modal is not None
        court.mo.permissions = MEMBER
        sent = await court.scene.server.submit_modal(opened, {})
        assert ONLY_MODERATORS in await whispered(sent)
        assert (await court.record()).settings.pause is None

    async def test_the_form_of_setup_is_one_discord_takes_and_obeys_nobody_but_moderators(
        self, court: Court
    ) -> None:
        before = await court.record()
        opened = await court.scene.server.slash(court.mo, court.scene.art, "setup")
        await opened.acked()
        assert opened.modal is not None
        court.mo.permissions = MEMBER
        sent = await court.scene.server.submit_modal(opened, {})
        assert ONLY_MODERATORS in await whispered(sent)
        assert await court.record() == before


class TestProposals:
    async def test_another_moderator_does_not_confirm_it_and_its_own_does_so_once(
        self, court: Court, subtests: pytest.Subtests
    ) -> None:
        nia = court.scene.server.add_user("nia", permissions=MODERATOR)
        for form in FORMS:
            with subtests.test(form):
                proposal = await proposed(court)
                custom_id = form.format(id=proposal.id)
                assert TOO_LATE in shown(await press(court, nia, custom_id))
                assert await images_per_day(court) == 2
                assert TOO_LATE not in shown(await press(court, court.mo, custom_id))
                assert await images_per_day(court) == 20
                changes = len((await court.record()).audit)
                assert TOO_LATE in shown(await press(court, court.mo, custom_id))
                assert len((await court.record()).audit) == changes

    async def test_one_that_never_was_changes_nothing(self, court: Court, subtests: pytest.Subtests) -> None:
        before = await court.record()
        for form in FORMS:
            with subtests.test(form):
                assert TOO_LATE in shown(await press(court, court.mo, form.format(id=MADE_UP)))
                assert await court.record() == before

    async def test_one_that_timed_out_changes_nothing(self, court: Court) -> None:
        proposal = await proposed(court)
        court.scene.clock.advance((proposal.until - court.scene.clock.now()).total_seconds())
        assert TOO_LATE in shown(await press(court, court.mo, f"easel:confirm:{proposal.id}"))
        assert await images_per_day(court) == 2

    async def test_one_of_another_server_changes_nothing_here_or_there(self, court: Court) -> None:
        history = court.scene.server.add_channel(court.scene.server.add_guild("Gallery"), "art")
        proposal = await proposed(court)
        assert TOO_LATE in shown(await press(court, court.mo, f"easel:confirm:{proposal.id}", history))
        assert await images_per_day(court) == 2
        moderation = court.scene.client.moderation
        assert await moderation.audit(history.guild_id or 0, limit=9) == ()


async def test_the_moderators_of_another_server_cannot_act_on_a_job(
    court: Court, subtests: pytest.Subtests
) -> None:
    history = court.scene.server.add_channel(court.scene.server.add_guild("Gallery"), "art")
    nia = court.scene.server.add_user("nia", permissions=MODERATOR)
    job = await painted(court)
    [card] = court.scene.messages()
    for action in ("remove", "block24", "standing"):
        with subtests.test(action):
            handle = await press(court, nia, f"easel:{action}:{job.id}", history)
            answer = await court.scene.server.wait_for(lambda handle=handle: answer_to(handle))
            assert answer is not None
            assert "no longer has this job" in text_of(answer)
            assert len(card.attachments) == 1
            moderation = court.scene.client.moderation
            for guild_id in (court.scene.guild.id, history.guild_id or 0):
                assert await moderation.audit(guild_id, limit=9) == ()


async def test_nobody_elsewhere_learns_by_a_press_whether_a_result_exists(
    court: Court, subtests: pytest.Subtests
) -> None:
    await court.decide(SetModLog(channel_id=court.modlog.id))
    gallery = court.scene.server.add_channel(court.scene.server.add_guild("Gallery"), "art")
    nia = court.scene.server.add_user("nia")
    job = await painted(court)

    declared = PersistentControl.declared  # all of them, once Easel runs
    for action in sorted({control.action for control in declared if control.check is check_result}):
        with subtests.test(action):
            true, made_up = [
                await told_elsewhere(court, nia, gallery, action, job_id) for job_id in (job.id, "0123456789")
            ]

            assert true == made_up
            assert "no longer has this job" in true
            assert await reports(court) == 0


async def told_elsewhere(court: Court, user: User, channel: Channel, action: str, job_id: str) -> str:
    """What a person is told who presses, in that channel, a button that names the job."""
    ids = (f"easel:{action}:{job_id}{index}" for index in ("", ".0"))
    templates = [one.item_class.__discord_ui_compiled_template__ for one in PersistentControl.declared]
    custom_id = next(one for one in ids if any(template.fullmatch(one) for template in templates))
    return await whispered(await press(court, user, custom_id, channel))


async def reports(court: Court) -> int:
    query = "SELECT COUNT(*) FROM reports"
    return await court.scene.app.base.store.tx(lambda conn: conn.exec_driver_sql(query).scalar_one())


async def test_a_report_whose_form_was_sent_after_the_result_was_hidden_is_not_passed_on(
    court: Court,
) -> None:
    job = await painted(court)
    opened = await press(court, court.scene.server.add_user("nia"), f"easel:report:{job.id}")
    assert opened.modal is not None
    await court.decide(RemoveResult(job_id=job.id))

    sent = await court.scene.server.submit_modal(opened, {"reason": "bad"})

    assert "removed this result" in await whispered(sent)
    assert await reports(court) == 0


MALFORMED: Final = (
    ("easel:forget:99999999999999999999", Kind.BUTTON, ()),
    ("easel:tray:show:x", Kind.BUTTON, ()),
    ("easel:panel:dance:s", Kind.BUTTON, ()),
    ("easel:report:" + "a" * 80, Kind.BUTTON, ()),
    ("easel:", Kind.BUTTON, ()),
    ("something of another bot", Kind.BUTTON, ()),
    ("easel:panel:limit:s", Kind.SELECT, ("dance",)),
    ("easel:panel:limit:s", Kind.SELECT, ()),
    ("easel:panel:role:s", Kind.ROLE_SELECT, ("99999999999999999999",)),
    ("easel:panel:modlog:s", Kind.CHANNEL_SELECT, ("x",)),
    ("easel:open:here", Kind.SELECT, ("x",)),
    ("easel:unblock:list", Kind.SELECT, ("99999999999999999999",)),
    ("easel:unstar:0", Kind.SELECT, ("0123456789.99",)),
)


async def test_a_malformed_press_is_answered_in_plain_words(
    court: Court, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    for custom_id, kind, values in MALFORMED:
        with subtests.test(f"{custom_id} {values}"):
            message = court.card_with(custom_id, kind)

            handle = await court.scene.server.click(court.mo, message, custom_id, values)

            assert "out of date" in await whispered(handle)
            assert "Traceback" not in caplog.text


async def test_a_form_opened_before_a_restart_is_answered(court: Court) -> None:
    opened = await press(court, court.mo, "easel:panel:pause:s")
    assert opened.modal is not None
    opened.modal["custom_id"] = MADE_UP

    sent = await court.scene.server.submit_modal(opened, {})

    assert "out of date" in await whispered(sent)
    assert (await court.record()).settings.pause is None


def answer_to(handle: Dispatched) -> Message | None:
    """The first answer, or where that was a deferral what followed it."""
    own = handle.message if handle.message is not handle.source else None
    found = [each for each in (own, *handle.follow_ups) if each is not None and not each.is_loading]
    return found[0] if found else None


def test_moderators_commands_are_registered_for_servers_alone(court: Court) -> None:
    commands = [each for each in court.scene.server.commands.listed(None) if each["type"] == 1]
    of_moderators = [each for each in commands if each.get("default_member_permissions")]

    assert len(of_moderators) == 10
    for command in of_moderators:
        assert (command["name"], command["contexts"], command["integration_types"]) == (
            command["name"],
            [0],
            [0],
        )


FORGED: Final[dict[str, dict[str, Any]]] = {
    "limits set": {"limit": "images_per_day", "value": "5"},
    "limits clear": {"limit": "everything"},
    "limits show": {},
    "limits panel": {},
    "setup": {},
    "budget": {},
    "pause": {},
    "resume": {},
    "unblock": {},
    "filter add": {"kind": "word", "text": "zebra"},
    "filter list": {},
    "filter test": {"prompt": "zebra"},
    "channels show": {},
    "modlog channel": {"off": True},
    "modlog changes": {},
    "defaults server": {"enhance": "on"},
    "preset share": {"name": "ink"},
    "preset delete": {"name": "ink", "server": True},
}


async def test_a_moderators_command_in_a_direct_message_is_answered_and_does_nothing(
    court: Court, subtests: pytest.Subtests
) -> None:
    dm = court.scene.server.dm_channel(court.mo)
    before = await court.record()

    for name, options in FORGED.items():
        with subtests.test(name):
            handle = await court.scene.server.slash(court.mo, dm, name, options)

            assert ONLY_IN_SERVERS in await whispered(handle)
            assert await court.record() == before


async def test_a_moderators_command_about_somebody_in_a_direct_message_does_nothing(court: Court) -> None:
    dm, ada, art = court.scene.server.dm_channel(court.mo), court.scene.ada, court.scene.art
    before = await court.record()

    for name, options in (
        ("block", {"member": ada, "reason": "spam"}),
        ("limits grant", {"member": ada, "images": 5, "reason": "thanks"}),
        ("limits reset", {"member": ada}),
        ("limits explain", {"member": ada}),
        ("channels allow", {"channel": art}),
        ("channels clear", {"channel": art}),
    ):
        handle = await court.scene.server.slash(court.mo, dm, name, options)
        assert ONLY_IN_SERVERS in await whispered(handle), name
    handle = await court.scene.server.slash(court.mo, dm, "modlog channel", {"channel": art})
    assert "can't use what you chose" in await whispered(handle)
    assert await court.record() == before


class TestCompletion:
    async def test_what_a_server_filters_is_offered_to_its_moderators_alone(self, court: Court) -> None:
        await court.decide(AddFilter(kind=FilterKind.WORD, text=SECRET))
        for text in ("", "1", SECRET):
            assert SECRET in await offered(court, court.mo, "filter remove", "number", text)
            assert await offered(court, court.scene.ada, "filter remove", "number", text) == "[]"
            brought = await offered(
                court, court.mo, "filter remove", "number", text, context=Context.ELSEWHERE
            )
            assert brought == "[]"

    async def test_nothing_that_completes_tells_a_member_what_moderators_decided(self, court: Court) -> None:
        await court.forbid_everything()
        fields = completing(court.scene.server.commands.listed(None))
        assert ("limits set", "limit") in fields
        for name, field in fields:
            for text in ("", SECRET[:2], "9"):
                choices = await offered(court, court.scene.ada, name, field, text)
                assert SECRET not in choices
                assert "spam" not in choices

    async def test_presets_are_offered_to_whose_they_are(self, court: Court) -> None:
        library, ada, mo = court.scene.client.library, court.scene.ada, court.mo
        await library.save_preset(ada.id, preset(ada, "fineliner"))
        await court.decide(
            SharePreset(name="club", text="a poster", aspect=None, resolution=None, count=None)
        )
        for name, field in (("imagine", "preset"), ("preset use", "name")):
            assert "fineliner" in await offered(court, ada, name, field, "")
            assert "fineliner" not in await offered(court, mo, name, field, "")
            assert "club" in await offered(court, mo, name, field, "")
            assert await offered(court, mo, name, field, "", context=Context.ELSEWHERE) == "[]"

    async def test_a_store_that_hangs_keeps_nobody_waiting(
        self, court: Court, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def hang(*_: object) -> tuple[Preset, ...]:
            await asyncio.Event().wait()
            return ()

        monkeypatch.setattr(SqlLibraryStore, "presets", hang)
        monkeypatch.setattr("bot.ui.base.options.COMPLETION_TIMEOUT_S", 0.1)

        assert "isn't available right now" in await offered(court, court.scene.ada, "imagine", "preset", "")

    async def test_limits_and_values_are_offered_at_once(self, court: Court) -> None:
        assert "Pictures per day" in await offered(court, court.mo, "limits set", "limit", "per day")
        chosen = {"limit": Limit.RESOLUTION.value}
        assert "4K" in await offered(court, court.mo, "limits set", "value", "4", chosen)
        assert await offered(court, court.scene.ada, "limits set", "limit", "per day") == "[]"
        assert await offered(court, court.scene.ada, "limits set", "value", "4", chosen) == "[]"


def preset(owner: User, name: str) -> Preset:
    return Preset(
        name=name,
        text="ink",
        aspect=None,
        resolution=None,
        count=None,
        by=owner.id,
        at=datetime(2026, 11, 22, tzinfo=UTC),
        guild_id=None,
    )


async def offered(
    court: Court,
    user: User,
    name: str,
    field: str,
    text: str,
    options: dict[str, Any] | None = None,
    *,
    context: Context = Context.GUILD,
) -> str:
    """What is offered while they type, as JSON; in time."""
    server, art = court.scene.server, court.scene.art
    handle = await server.type_in(user, art, name, field, text, options, context=context)
    callback = await handle.acked()
    assert callback["type"] == Answer.CHOICES
    assert handle.ack_s < ANSWER_WITHIN_S
    return json.dumps(callback["data"]["choices"])


def completing(commands: list[JsonDict], path: str = "") -> list[tuple[str, str]]:
    """Every option that completes, with its command."""
    found: list[tuple[str, str]] = []
    for command in commands:
        name = f"{path} {command['name']}".strip()
        options: list[JsonDict] = command.get("options", [])
        found += [(name, each["name"]) for each in options if each.get("autocomplete")]
        found += completing([each for each in options if each["type"] in {1, 2}], name)
    return found
