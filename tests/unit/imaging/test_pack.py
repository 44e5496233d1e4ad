"""A result leaves as it came, with the mark; only what is over the limit is made smaller."""

from __future__ import annotations

import pytest
from PIL import Image

import bot.imaging.pack as fitting
from bot.domain.pictures import Mark, PackedPicture, PictureError, PictureProblem
from bot.domain.sizes import Size
from bot.formats.header import read_result
from bot.imaging.pack import pack, pack_cost_bytes
from tests.unit.imaging import samples
from tests.unit.imaging.test_provenance import COMPOSITE, CREATOR, MARKED, SOURCE_TYPE, properties, with_xmp

TEN_MIB = 10 * 1024 * 1024


def packed(data: bytes, *, max_bytes: int = TEN_MIB, mark: Mark = Mark.GENERATED) -> PackedPicture:
    return pack(data, read_result(data), mark=mark, max_bytes=max_bytes)


@pytest.mark.parametrize(
    ("data", "mime", "extension"),
    [
        (samples.jpeg(90, 60), "image/jpeg", "jpg"),
        (samples.png(90, 60), "image/png", "png"),
        (samples.webp(90, 60), "image/webp", "webp"),
    ],
)
def test_a_picture_that_fits_passes_through(data: bytes, mime: str, extension: str) -> None:
    result = packed(data)
    assert (result.mime, result.extension, result.size) == (mime, extension, Size(90, 60))
    assert not result.fitted
    assert samples.pixels(result.data) == samples.pixels(data)
    assert len(data) < len(result.data) < len(data) + 1000


def test_the_mark_counts_towards_the_limit() -> None:
    data = samples.encoded(samples.noise(300, 300), "JPEG", quality=95)
    exact = len(packed(data).data)
    assert not packed(data, max_bytes=exact).fitted
    fitted = packed(data, max_bytes=exact - 1)
    assert fitted.fitted
    assert len(fitted.data) < exact


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("max_bytes", [21_000, 60_000, 200_000])
def test_a_picture_over_the_limit_is_made_to_fit_and_marked(file_format: str, max_bytes: int) -> None:
    data = samples.encoded(samples.noise(900, 700), file_format, quality=100)
    assert len(data) > max_bytes
    result = packed(data, max_bytes=max_bytes, mark=Mark.COMPOSITE)
    assert result.fitted
    assert len(result.data) <= max_bytes
    assert len(result.data) > max_bytes / 3  # and no smaller than needed
    image = samples.opened(result.data)
    assert (image.format, Size(*image.size), result.extension) == ("JPEG", result.size, "jpg")
    assert properties(result.data) == [(SOURCE_TYPE, COMPOSITE), (CREATOR, "Easel")]


def test_quality_goes_before_size() -> None:
    data = samples.encoded(samples.noise(600, 600), "PNG")
    assert packed(data, max_bytes=len(data) // 2).size == Size(600, 600)


@pytest.mark.parametrize("file_format", ["PNG", "WEBP"])
def test_transparency_survives_fitting(file_format: str) -> None:
    source = samples.noise(500, 400)
    source.putalpha(
        Image.linear_gradient("L").transform((500, 400), Image.Transform.EXTENT, (0, 0, 256, 256))
    )
    data = samples.encoded(source, file_format, lossless=True)
    result = packed(data, max_bytes=50_000)
    assert (result.mime, result.fitted) == ("image/webp", True)
    assert len(result.data) <= 50_000
    lowest, highest = samples.opened(result.data).getchannel("A").getextrema()
    assert (lowest, highest) < (10, 256)
    assert properties(result.data)[0][0] == SOURCE_TYPE


def test_a_fitted_copy_carries_the_mark_the_picture_came_with() -> None:
    small = with_xmp("jpeg", MARKED)
    data = small + b"\0" * 100_000  # over the limit by what follows its end
    result = packed(data, max_bytes=30_000, mark=Mark.GENERATED)
    assert properties(result.data)[0] == (SOURCE_TYPE, COMPOSITE)


def test_fitting_takes_few_encodes(monkeypatch: pytest.MonkeyPatch) -> None:
    encodes: list[int] = []
    original = fitting.encode

    def counted(image: Image.Image, quality: int) -> bytes:
        encodes.append(quality)
        return original(image, quality)

    monkeypatch.setattr(fitting, "encode", counted)
    for max_bytes in (20_000, 100_000, 400_000, 900_000):
        encodes.clear()
        fitting.fit(samples.noise(1000, 800), max_bytes)
        assert len(encodes) <= 8, (max_bytes, encodes)


def test_a_very_long_result_can_be_fitted_as_webp() -> None:
    long = samples.noise(18_000, 20)
    long.putalpha(128)
    result = packed(samples.encoded(long, "PNG"), max_bytes=25_000)
    assert result.size.width <= 16_383


def test_a_copy_reserves_more_memory_than_a_pass_through() -> None:
    data = samples.png(400, 300)
    header = read_result(data)
    assert pack_cost_bytes(data, header, 1000) > 2 * pack_cost_bytes(data, header, TEN_MIB) > 400 * 300 * 8


def test_an_absurd_limit_is_refused() -> None:
    data = samples.encoded(samples.noise(300, 300), "JPEG")
    with pytest.raises(PictureError) as caught:
        packed(data, max_bytes=19_999)
    assert caught.value.problem is PictureProblem.TOO_MANY_BYTES


def test_a_tiny_limit_is_no_problem_for_a_tiny_picture() -> None:
    assert not packed(samples.jpeg(16, 16), max_bytes=5000).fitted


def test_a_result_as_gif_is_no_result() -> None:
    with pytest.raises(PictureError) as caught:
        packed(samples.animation("GIF"))
    assert caught.value.problem is PictureProblem.UNKNOWN_FORMAT


def test_a_result_of_any_shape_is_packed() -> None:
    """Limits on sides and ratios are for references; what was paid for is delivered."""
    assert packed(samples.png(400, 8)).size == Size(400, 8)
