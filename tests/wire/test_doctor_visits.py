"""Visits of the doctor: beside a running Easel, before a first start, offline, where everything hangs; and invites."""

from __future__ import annotations

import asyncio
import json
import shutil

import pytest

from bot.__main__ import main
from bot.client import invite_link
from bot.doctor.checkup import CHECK_S, Checkup, read_settings
from bot.doctor.diagnosis import Diagnosis, Severity, report, status_of
from tests.contract.seedream_api import hanging, listening
from tests.signing import papers
from tests.wire.app import Scene
from tests.wire.state import INVITED
from tests.wire.ward import BILLING, LIMIT, MODELS, PUBLISHED, TOKEN, Ward


def unwell(lines: list[Diagnosis]) -> list[Diagnosis]:
    return [line for line in lines if line.severity is not Severity.GOOD]


async def test_where_all_is_well_every_line_says_so(ward: Ward) -> None:
    lines = await ward.examine()

    assert unwell(lines) == []
    assert status_of(lines) == 0
    told = {line.part for line in lines}
    assert told == {
        *(
            "settings",
            "folder",
            "disk",
            "database",
            "migrations",
            "signing",
            "health",
            "token",
            "application",
            "intents",
        ),
        *("servers", "commands", "shards", "key", "balance", "key limit", "model", "clock"),
    }


async def test_a_certificate_that_is_well_is_told_with_its_name_and_end(ward: Ward) -> None:
    ward.environ.update(papers(ward.folder.parent / "papers").environ)

    (line,) = [line for line in await ward.examine(is_offline=True) if line.part == "signing"]

    assert line.severity is Severity.GOOD
    assert line.cause.startswith("as “The Ink Club”, until 20")


async def test_before_the_first_start_only_the_commands_are_missing(ward: Ward) -> None:
    shutil.rmtree(ward.folder)
    ward.commands().clear()

    (line,) = unwell(await ward.examine())

    assert (line.severity, line.part) == (Severity.WARNING, "commands")
    assert not ward.folder.exists()


async def test_a_private_application_needs_no_pages_for_members(ward: Ward) -> None:
    ward.server.world.application |= {
        "bot_public": False,
        "privacy_policy_url": None,
        "terms_of_service_url": None,
    }

    assert unwell(await ward.examine()) == []


async def test_offline_nobody_is_asked(ward: Ward) -> None:
    lines = await ward.examine(is_offline=True)

    assert unwell(lines) == []
    assert ward.server.requests == []
    assert {line.part for line in lines} >= {
        "settings",
        "folder",
        "disk",
        "database",
        "migrations",
        "health",
        "key",
    }


@pytest.mark.parametrize("is_offline", [True, False])
async def test_shards_on_sqlite_are_told_before_discord_accepts_the_token(
    ward: Ward, is_offline: bool
) -> None:
    ward.environ["EASEL_SHARDS"] = "0-3/8"
    ward.server.fail("GET", "/users/@me", status=401, times=None)

    lines = await ward.examine(is_offline=is_offline)

    (line,) = [line for line in lines if line.part == "shards"]
    assert (line.severity, line.cause) == (Severity.BAD, "EASEL_SHARDS needs PostgreSQL")
    assert status_of(lines) == 2


async def test_where_everything_hangs_every_line_comes_in_time(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 2 * CHECK_S < 15  # no check waits for more than one other
    monkeypatch.setattr(
        "bot.doctor.checkup.CHECK_S", 1.0
    )  # for what needs no network, also on a busy machine
    ward.server.hold("GET", "*")
    ward.answers = dict.fromkeys((BILLING, LIMIT, MODELS), hanging)
    silent = await ward.stack.enter_async_context(listening(hanging))
    ward.environ["EASEL_HEALTH_BIND"] = silent.removeprefix("http://")
    ward.environ["DATABASE_URL"] = silent.replace("http", "postgresql") + "/easel"
    checkup = Checkup(settings=read_settings(ward.environ)[0])

    async with asyncio.timeout(30):  # a busy machine imports for seconds
        lines = await checkup.examine()

    assert checkup.is_stuck
    assert [line.part for line in unwell(lines)] == [
        *("database", "token", "key", "model", "clock", "clock", "health")
    ]
    # A driver that is loaded already hears at once that nothing there speaks its language.
    hung = [line for line in unwell(lines) if line.part != "database"]
    assert all("no answer within" in line.cause for line in hung)
    assert all(line.remedy for line in unwell(lines))


async def test_an_easel_that_runs_is_well_and_notices_nothing(scene: Scene) -> None:
    await scene.start()
    scene.server.world.application |= PUBLISHED
    database = scene.settings.data_dir / "easel.db"
    before = sorted(database.parent.iterdir())
    settings = scene.settings.model_copy(update={"easel_health_bind": ""})

    lines = await Checkup(settings=settings).examine()
    handle = await scene.imagine()

    assert {line.part for line in unwell(lines)} <= {"folder"}  # pytest's own, which others may read
    await handle.acked()
    assert len(scene.server.gateway.live_sessions) == 1
    assert sorted(database.parent.iterdir()) == before


async def test_all_servers_are_looked_at_but_only_some_get_a_line(ward: Ward) -> None:
    for number in range(210):
        guild = ward.server.add_guild(f"Server {number} \x1b[31m\u202e")
        guild.bot_permissions = 8 if number < 180 else 0  # an administrator may everything

    lines = [line for line in await ward.examine() if line.part == "servers"]

    assert len(unwell(lines)) == 11
    assert lines[10].cause == "20 more deny some"
    assert lines[11].cause == "all permissions in 181 of 211"
    assert "\x1b" not in report(lines)
    assert "\u202e" not in report(lines)


async def test_the_commands_are_printed_for_a_person_and_end_with_their_status(
    ward: Ward, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in ward.environ.items():
        ward.patch.setenv(name, value)

    statuses = [await asyncio.to_thread(main, ["doctor"])]
    ward.commands().clear()
    statuses.append(await asyncio.to_thread(main, ["doctor"]))
    ward.patch.delenv("AIMLAPI_API_KEY")
    statuses.append(await asyncio.to_thread(main, ["doctor", "--offline"]))

    told = capsys.readouterr()
    assert statuses == [0, 1, 2]
    assert told.err == ""
    assert "\n! commands    Discord knows none yet\n              → Start Easel" in told.out
    assert told.out.endswith("\n8 ✓  0 !  1 ✗\n")


async def test_a_picture_that_vanishes_while_the_disk_is_looked_at_is_no_matter(ward: Ward) -> None:
    (ward.folder / "kept").mkdir()
    (ward.folder / "kept" / "gone").symlink_to("nowhere")

    assert unwell(await ward.examine(is_offline=True)) == []


async def test_an_empty_environment_is_examined_too(ward: Ward) -> None:
    ward.environ = {"AIMLAPI_BASE_URL": ward.environ["AIMLAPI_BASE_URL"], "EASEL_HEALTH_BIND": ""}

    lines = await ward.examine()

    assert {line.part for line in unwell(lines)} == {"token", "key"}
    assert {line.part for line in lines} >= {"folder", "disk", "database", "model", "clock"}


@pytest.mark.parametrize("is_there", [True, False])
async def test_the_invite_link_is_that_of_the_log_also_without_discord(
    ward: Ward, capsys: pytest.CaptureFixture[str], is_there: bool
) -> None:
    ward.patch.setenv("DISCORD_TOKEN", TOKEN)
    if not is_there:
        ward.server.fail("GET", "/applications/@me", status=503, times=None)

    assert await asyncio.to_thread(main, ["invite"]) == 0

    told = capsys.readouterr()
    application_id = ward.server.world.bot.id if is_there else 123456789012345678
    assert told.out == f"{invite_link(application_id)}\n"
    assert f"permissions={INVITED}" in told.out
    assert told.err == (
        "" if is_there else "easel: Discord answers HTTP 503: the id is the one in the token\n"
    )


async def test_a_token_that_tells_no_id_makes_no_link(ward: Ward, capsys: pytest.CaptureFixture[str]) -> None:
    ward.patch.setenv("DISCORD_TOKEN", "nonsense")

    assert await asyncio.to_thread(main, ["invite"]) == 2

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == "easel: Discord does not accept DISCORD_TOKEN, and no id is in the token\n"


@pytest.mark.postgres
@pytest.mark.parametrize(("recommended", "severity"), [(2, Severity.GOOD), (3, Severity.WARNING)])
async def test_fewer_shards_than_discord_recommends_are_told(
    ward: Ward, postgres_url: str, recommended: int, severity: Severity
) -> None:
    ward.environ |= {"DATABASE_URL": postgres_url, "EASEL_SHARDS": "0/2"}
    ward.server.gateway.shard_count = recommended

    [line] = [line for line in await ward.examine() if line.part == "shards"]

    assert line.severity is severity
    assert ("a total of 2, Discord recommends 3" in line.cause) is (severity is Severity.WARNING)
    assert line.remedy.startswith("Stop all gateways, raise it in each") is (severity is Severity.WARNING)


@pytest.mark.parametrize(
    ("seconds", "told"), [(20, "1 min"), (1_740, "29 min"), (3_599, "1 h"), (5_400, "2 h"), (86_400, "24 h")]
)
async def test_the_time_until_discord_allows_more_connections_is_told_in_minutes_below_an_hour(
    ward: Ward, seconds: int, told: str
) -> None:
    limit = {"total": 1000, "remaining": 3, "reset_after": seconds * 1000, "max_concurrency": 1}
    body = json.dumps({"url": "wss://gateway", "shards": 1, "session_start_limit": limit}).encode()
    ward.server.fail(
        "GET", "/gateway/bot", status=200, body=body, headers={"Content-Type": "application/json"}, times=None
    )

    (line,) = unwell(await ward.examine())

    assert line.cause == f"3 of 1000 connections left for {told}"
