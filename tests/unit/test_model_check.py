"""Whether the model that the operator chose is on offer, asked at the start."""

from __future__ import annotations

import logging

import pytest

from bot.app.wiring import check_model
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
        await check_model(provider, "bytedance/seedream-4-5")

    assert caplog.text.endswith(told)
    assert bool(caplog.text) is bool(told)
