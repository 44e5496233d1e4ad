"""Decoding on its own: what holds whatever is done with the pixels afterwards."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.domain.pictures import PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.formats.header import read
from bot.imaging.pixels import develop, verify
from tests.unit.imaging import samples


@pytest.mark.parametrize("use", [develop, verify])
@pytest.mark.parametrize("data", [samples.jpeg(), samples.png(), samples.webp(), samples.animation("GIF")])
def test_a_decoder_that_sees_another_size_than_we_did_is_not_let_on(data: bytes, use: object) -> None:
    header = replace(read(data), size=Size(20, 20))
    with pytest.raises(PictureError) as caught:
        develop(data, header) if use is develop else verify(data, header)
    assert caught.value.problem is PictureProblem.UNREADABLE


@pytest.mark.parametrize(
    "data",
    [
        samples.jpeg(comment=b"hello", icc_profile=samples.srgb_profile()),
        samples.png(icc_profile=samples.srgb_profile(), dpi=(300, 300)),
        samples.webp(icc_profile=samples.srgb_profile()),
        samples.animation("GIF"),
    ],
)
def test_a_developed_picture_carries_nothing_an_encoder_could_write(data: bytes) -> None:
    assert develop(data, read(data)).info == {}


def test_transparency_is_kept_only_on_request() -> None:
    data = samples.png(mode="RGBA", icc_profile=samples.swapped_profile())
    assert develop(data, read(data), keep_alpha=True).mode == "RGBA"
    assert develop(data, read(data)).mode == "RGB"
