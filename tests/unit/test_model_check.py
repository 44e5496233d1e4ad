"""What is asked about the model at the start: whether it is on offer, and how long it takes."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.app.base import open_base
from bot.app.run import ask_about_models, check_models
from bot.domain.sizes import Resolution
from bot.settings import Settings
from tests.fakes import FakeProvider


@pytest.mark.parametrize(
    ("offered", "told"),
    [
        (frozenset({"bytedance/seedream-5-0", "openai/gpt-5"}), "it offers bytedance/seedream-5-0\n"),
        (frozenset({"x"}), "it offers no model like it\n"),
        (frozenset({"bytedance/seedream-4-5"}), ""),
        (None, ""),
    ],
)
async def test_a_model_that_is_not_on_offer_is_told_at_the_start(
    caplog: pytest.LogCaptureFixture, offered: frozenset[str] | None, told: str
) -> None:
    provider = FakeProvider()
    provider.offered = offered

    with caplog.at_level(logging.WARNING):
        await check_models(provider, ["bytedance/seedream-4-5"])

    assert caplog.text.endswith(told)
    assert bool(caplog.text) is bool(told)


async def test_each_model_that_is_not_on_offer_is_told_after_one_question(
    caplog: pytest.LogCaptureFixture,
) -> None:
    provider = FakeProvider()
    provider.offered = frozenset({"bytedance/seedream-4-5"})

    with caplog.at_level(logging.WARNING):
        await check_models(provider, ["bytedance/seedream-4-5", "seedream-4-5-251128", "bytedance/gone"])

    assert [record.args[0] for record in caplog.records if isinstance(record.args, tuple)] == [
        "seedream-4-5-251128",
        "bytedance/gone",
    ]


async def test_a_told_time_is_kept_for_estimates_and_no_answer_leaves_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    provider, model = FakeProvider(), "bytedance/seedream-4-5"
    async with open_base(Settings(data_dir=tmp_path)) as base:
        found: list[float | None] = []
        for told in ({}, {model: 12.5}, {"another/model": 40.0}, {model: 9.0}):
            provider.pace = told
            with caplog.at_level(logging.INFO):
                await ask_about_models(provider, base, [model])
            found.append(await base.jobs.render_seconds(model, Resolution.TWO_K))
    assert found == [None, 12.5, 12.5, 9.0]
    assert "takes" not in caplog.text
