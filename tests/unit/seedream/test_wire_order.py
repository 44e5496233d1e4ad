from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from bot.domain.jobs import MAX_SEED
from bot.domain.provider import FixRequestError, InputPicture, RenderOrder
from bot.domain.sizes import Resolution, Size
from bot.seedream.wire.order import MAX_SENT_REFERENCE_BYTES, build_body, check
from tests.tables import each_case
from tests.unit.seedream.material import PROMPT, an_order, drawn, reference


def sent(order: RenderOrder) -> dict[str, Any]:
    return json.loads(build_body(order))


def test_a_plain_order_sends_exactly_these_fields() -> None:
    assert sent(an_order(size=Size(2560, 1440))) == {
        "model": "bytedance/seedream-4-5",
        "prompt": PROMPT,
        "image_size": {"width": 2560, "height": 1440},
        "watermark": False,
        "response_format": "b64_json",
    }


@each_case(("resolution", "name"), [(Resolution.TWO_K, "2K"), (Resolution.FOUR_K, "4K")])
def test_where_the_model_chooses_the_shape_the_resolution_is_sent_by_name(
    resolution: Resolution, name: str
) -> None:
    assert sent(an_order(size=resolution))["image_size"] == name


def test_seed_and_watermark_are_sent_as_ordered() -> None:
    body = sent(an_order(seed=0, watermark=True))

    assert body["seed"] == 0
    assert body["watermark"] is True


T2I, EDIT, PRO = (
    "bytedance/seedream-v4-text-to-image",
    "bytedance/seedream-v4-edit",
    "bytedance/seedream-5-0-pro",
)


def test_a_model_that_takes_pixels_alone_is_asked_for_one_picture_and_no_more() -> None:
    assert sent(an_order(model=T2I, size=Size(2560, 1440), watermark=True)) == {
        "model": T2I,
        "prompt": PROMPT,
        "image_size": {"width": 2560, "height": 1440},
        "num_images": 1,
    }
    assert sent(an_order(model=EDIT, references=(reference(),)))["image_urls"]


@each_case(("seed", "told"), [(0, MAX_SEED), (1, 1), (7, 7)])
def test_seed_zero_is_another_where_the_schema_has_none(seed: int, told: int) -> None:
    assert sent(an_order(model=T2I, seed=seed))["seed"] == told


def test_references_are_sent_in_order_as_data_uris() -> None:
    jpeg, png = drawn("JPEG"), drawn("PNG")

    body = sent(an_order(references=(reference(jpeg), reference(png, mime="image/png"))))

    assert body["image_urls"] == [
        "data:image/jpeg;base64," + base64.b64encode(jpeg).decode(),
        "data:image/png;base64," + base64.b64encode(png).decode(),
    ]


def test_a_prompt_arrives_letter_by_letter() -> None:
    prompt = 'a "fox"\n\\ 狐 \u202e \U0001f98a'

    assert sent(an_order(prompt=prompt))["prompt"] == prompt


@each_case(
    "order",
    [
        an_order(),
        an_order(model="seedream-4-5-251128"),
        an_order(size=Resolution.TWO_K),
        an_order(size=Resolution.FOUR_K),
        an_order(references=(reference(),) * 14),
        an_order(request_id="a" * 128),
        an_order(model=PRO, size=Resolution.TWO_K),
        an_order(model=T2I, size=Size(1024, 4096), prompt="x" * 4000),
        an_order(model=EDIT, references=(reference(),) * 10),
        an_order(prompt="x" * 4001),  # no schema says how much this model takes
    ],
)
def test_an_order_within_the_limits_passes(order: RenderOrder) -> None:
    check(order)


@each_case(
    ("order", "words"),
    [
        (an_order(model="seedream-9"), "catalogue"),
        (an_order(size=Size(1440, 1440)), "1440 × 1440"),
        (an_order(size=Size(0, 2048)), "0 × 2048"),
        (an_order(references=(reference(),) * 15), "15 references"),
        (an_order(model=PRO, size=Resolution.FOUR_K), "takes no size 4K"),
        (an_order(model=PRO, size=Size(4096, 4096)), "4096 × 4096"),
        (an_order(model=T2I, size=Resolution.TWO_K), "takes no size 2K"),
        (an_order(model=T2I, prompt="x" * 4001), "4001 characters"),
        (an_order(model=T2I, references=(reference(),)), "takes 0 to 0"),
        (an_order(model=EDIT), "0 references"),
        (an_order(model=EDIT, references=(reference(),) * 11), "takes 1 to 10"),
        (an_order(references=(reference(mime="image/gif"),)), "neither JPEG"),
        (an_order(references=(reference(mime="IMAGE/JPEG"),)), "neither JPEG"),
        (an_order(references=(reference(b""),)), "0 bytes"),
        (an_order(references=(reference(bytes(MAX_SENT_REFERENCE_BYTES + 1)),)), "10485761 bytes"),
        (an_order(request_id=""), "request id"),
        (an_order(request_id="a" * 129), "request id"),
        (an_order(request_id="job 1"), "request id"),
        (an_order(request_id="job\n"), "request id"),
        (an_order(request_id="jöb"), "request id"),
        (an_order(prompt=" \n"), "empty"),
        (an_order(prompt="half \ud800"), "surrogate"),
    ],
)
def test_an_order_the_api_would_turn_down_is_never_sent(order: RenderOrder, words: str) -> None:
    with pytest.raises(FixRequestError, match=words):
        check(order)


def test_a_refused_order_does_not_repeat_the_prompt() -> None:
    with pytest.raises(FixRequestError) as caught:
        check(an_order(size=Size(1, 1)))

    assert "fox" not in caught.value.detail


def test_large_references_are_not_altered() -> None:
    data = bytes(range(256)) * 4_000

    body = sent(an_order(references=(InputPicture(data=data, mime="image/webp", size=Size(9, 9)),)))

    assert base64.b64decode(body["image_urls"][0].removeprefix("data:image/webp;base64,")) == data
