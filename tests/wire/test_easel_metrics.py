"""What /metrics and /readyz tell of Easel at work."""

from __future__ import annotations

import json

import pytest

from bot.client import COMMAND_IDS_KEY, COMMANDS_KEY
from bot.metrics import catalogue
from bot.metrics import scrape as scraping
from bot.metrics.catalogue import METRICS, Kind
from bot.sandbox.faults import Fault
from tests.scraping import Scraped, ask, free_address, parsed, sample, scrape
from tests.wire.app import Scene

SUFFIXES = {Kind.COUNTER: ("_total",), Kind.GAUGE: ("",), Kind.HISTOGRAM: ("_bucket", "_sum", "_count")}


@pytest.fixture
async def bind(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of Easel at work."""
    monkeypatch.setattr(scraping, "FRESH_S", 0.0)
    monkeypatch.setattr(scraping, "CACHE_FRESH_S", 0.0)
    address = free_address()
    scene.change_settings(easel_health_bind=address)
    await scene.start()
    return address


async def test_a_picture_is_counted_on_its_whole_way(scene: Scene, bind: str) -> None:
    await scene.done(await scene.imagine())
    await scene.kept.until(lambda: scrape(bind), lambda seen: seen[sample("easel_cached_pictures")] > 0)

    scene.clock.advance(1)  # the hour ends before now

    seen = await scrape(bind)

    assert seen[sample("easel_jobs_ended_total", state="done")] == 1
    assert seen[sample("easel_job_wait_seconds_count")] == 1
    assert seen[sample("easel_job_duration_seconds_count", kind="picture")] == 1
    assert seen[sample("easel_provider_calls_total", kind="picture", outcome="ok")] == 1
    assert seen[sample("easel_provider_call_seconds_count", kind="picture")] == 1
    assert seen[sample("easel_discord_calls_total", area="interactions", outcome="ok")] == 1
    assert seen[sample("easel_discord_calls_total", area="webhooks", outcome="ok")] >= 1
    assert seen[sample("easel_database_seconds_count")] > 10
    assert seen[sample("easel_cached_bytes")] > 0
    assert seen[sample("easel_leases_lost_total")] == 0
    spend = await scene.spend()
    known = spend.micro_usd - spend.uncertain_micro_usd
    assert seen[sample("easel_spent_last_hour_usd", certainty="known")] == pytest.approx(known / 1_000_000)


async def test_jobs_are_counted_where_they_stand(scene: Scene, bind: str) -> None:
    scene.change_settings(easel_worker_concurrency=1)
    await scene.stop()
    await scene.start()
    scene.provider.hold()
    await scene.accepted(await scene.imagine())
    await scene.provider.wait_arrived(1)
    await scene.accepted(await scene.imagine(user=scene.ben, count=2))
    await scene.pass_time(90)

    seen = await scrape(bind)

    assert seen[sample("easel_jobs", state="rendering")] == 1
    assert seen[sample("easel_jobs", state="queued")] == 1
    assert seen[sample("easel_jobs", state="done")] == 0
    assert seen[sample("easel_queued_pictures")] == 2
    assert seen[sample("easel_oldest_waiting_seconds")] == 90
    assert seen[sample("easel_circuit_state")] == 0


async def test_no_member_server_or_prompt_is_in_the_metrics(scene: Scene, bind: str) -> None:
    job = await scene.done(await scene.imagine("a purple walrus"))
    scene.provider.fail(Fault.BAD_REQUEST)
    await scene.done(await scene.imagine("another walrus", user=scene.ben))

    _status, text = await ask(bind, "/metrics")

    for secret in ("walrus", job.id, scene.server.token, "offline", "Studio"):
        assert secret not in text
    for thing in (scene.ada, scene.ben, scene.guild, scene.art):
        assert str(thing.id) not in text
    assert unexpected(parsed(text)) == []


def unexpected(seen: Scraped) -> list[str]:
    """Return the samples that are not in the list of metrics, or have a label's value that is not."""
    known = {
        metric.name.removesuffix("_total") + end: metric
        for metric in METRICS
        for end in SUFFIXES[metric.kind]
    }
    found: list[str] = []
    for name, labels in seen:
        if name.startswith(("process_", "up")):
            continue
        metric = known.get(name)
        values = {label: value for label, value in labels if label != "le"}
        is_listed = metric is not None and all(
            value in metric.labels.get(label, ()) for label, value in values.items()
        )
        if not is_listed or set(values) != set(metric.labels if metric else ()):
            found.append(f"{name}{labels}")
    return found


async def test_every_metric_of_the_list_is_there(bind: str) -> None:
    names = {name for name, _labels in await scrape(bind)}

    wanted = {metric.name.removesuffix("_total") + end for metric in METRICS for end in SUFFIXES[metric.kind]}
    assert wanted - names == set()
    assert len(METRICS) == len({metric.name for metric in METRICS})


@pytest.mark.parametrize(("knows_earlier", "status"), [(True, 200), (False, 503)])
async def test_easel_is_ready_without_new_commands_where_discord_knows_earlier_ones(
    scene: Scene, bind: str, monkeypatch: pytest.MonkeyPatch, knows_earlier: bool, status: int
) -> None:
    monkeypatch.setattr("bot.client.REGISTER_PATIENCE_S", 0.1)
    await scene.app.base.key_values.write_value(COMMANDS_KEY, "of an older version")
    if not knows_earlier:
        await scene.app.base.key_values.write_value(COMMAND_IDS_KEY, "{}")
    await scene.stop()
    scene.server.hold("PUT", "/applications/*/commands")

    await scene.start()

    def is_told(answer: tuple[int, str]) -> bool:
        return "not connected" not in answer[1] and "asks for no jobs" not in answer[1]

    found, text = await scene.kept.until(lambda: ask(bind, "/readyz"), is_told)
    part = json.loads(text)["parts"]["commands"]
    assert (found, part["status"] == "ok") == (status, knows_earlier), text
    assert part["note"] != "registered"


async def test_easel_is_ready_until_it_is_asked_to_stop(scene: Scene, bind: str) -> None:
    ready = await scene.kept.until(lambda: ask(bind, "/readyz"), lambda answer: answer[0] == 200)
    assert set(json.loads(ready[1])["parts"]) == set(catalogue.READY_PARTS)
    scene.provider.hold()
    await scene.accepted(await scene.imagine())
    await scene.provider.wait_arrived(1)

    scene.ask_to_stop()

    status, text = await scene.kept.until(lambda: ask(bind, "/readyz"), lambda answer: answer[0] != 200)
    assert status == 503
    assert json.loads(text)["parts"]["worker"] == {"status": "failing", "note": "stopping"}
    assert (await ask(bind, "/healthz"))[0] == 200
