from __future__ import annotations

import pytest

from bot.domain.provider import ResultFetchError
from bot.errors import SetupError
from bot.seedream.fetching import DEFAULT_RESULT_HOSTS, ResultOrigins
from tests.tables import each_case

TOS = "https://ark-content-generation-v2-ap-southeast-1.tos-ap-southeast-1.volces.com"


@each_case(
    "address",
    [
        "https://cdn.aimlapi.com/generations/a.png",
        "https://CDN.aimlapi.com/generations/a.png",
        "https://cdn.aimlapi.com/whale/inference_output%2Fvideo%2Fa.mp4?Expires=1&Signature=a%2Fb%3D",
        "https://v3b.fal.media/files/b/a.jpeg",
        TOS + "/seedream-4-5/0217.jpeg?X-Tos-Signature=ab%2Fcd&X-Tos-Expires=86400",
    ],
)
def test_the_hosts_of_recorded_answers_are_allowed_and_the_address_stays_as_it_is(address: str) -> None:
    assert str(ResultOrigins(DEFAULT_RESULT_HOSTS).check(address)) == address


def test_the_default_port_may_be_written_out() -> None:
    assert ResultOrigins(DEFAULT_RESULT_HOSTS).check("https://cdn.aimlapi.com:443/a.png").path == "/a.png"


@each_case(
    "address",
    [
        "http://cdn.aimlapi.com/a.png",
        "https://cdn.aimlapi.com:8443/a.png",
        "https://cdn.aimlapi.com.evil.example/a.png",
        "https://evil.example/cdn.aimlapi.com",
        "https://cdn.aimlapi.com@evil.example/a.png",
        "https://login:word@cdn.aimlapi.com/a.png",
        "https://cdn.aimlapi.com\\@evil.example/a.png",
        "https://evil.example#@cdn.aimlapi.com",
        "https://fal.media/a.png",
        "https://a.b.fal.media/a.png",
        "https://evilfal.media/a.png",
        "https://bucket.tos-ap-southeast-1.volces.com/a.png",
        "https://ark-content-generation-x.evil.volces.com/a.png",
        "https://127.0.0.1/a.png",
        "https://[::1]/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "//cdn.aimlapi.com/a.png",
        "/a.png",
        "https:///a.png",
        "https://",
        "https://cdn.aimlapi.com:99999/a.png",
        "https://cdn.aimlapi.com/a.png\r\nX-Evil: 1",
        "https://cdn.aimlapi.com/ä.png",
        "https://cdn.aimlapi.com/" + "a" * 4096,
        "",
    ],
)
def test_no_other_address_is_fetched(address: str) -> None:
    with pytest.raises(ResultFetchError):
        ResultOrigins(DEFAULT_RESULT_HOSTS).check(address)


def test_an_origin_is_allowed_with_its_scheme_and_port_and_nothing_else() -> None:
    places = ResultOrigins(frozenset(), frozenset({"http://127.0.0.1:8080", "https://cdn.example.com:8443"}))

    assert str(places.check("http://127.0.0.1:8080/a.png")) == "http://127.0.0.1:8080/a.png"
    assert str(places.check("https://cdn.example.com:8443/a.png")) == "https://cdn.example.com:8443/a.png"
    for address in ("http://127.0.0.1:8081/a", "https://127.0.0.1:8080/a", "https://cdn.example.com/a"):
        with pytest.raises(ResultFetchError):
            places.check(address)


@each_case("origin", ["http://cdn.example.com", "http://10.0.0.1", "ftp://127.0.0.1", "cdn", ""])
def test_plain_http_is_for_loopback_only(origin: str) -> None:
    with pytest.raises(SetupError):
        ResultOrigins(frozenset(), frozenset({origin}))


def test_a_refused_address_leaves_its_signature_out_of_the_detail() -> None:
    with pytest.raises(ResultFetchError) as caught:
        ResultOrigins(DEFAULT_RESULT_HOSTS).check("https://evil.example/a.png?X-Tos-Signature=abcdef")

    assert caught.value.detail == "results are not fetched from evil.example"
