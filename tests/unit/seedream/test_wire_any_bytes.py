"""Whatever a server sends, in whatever state it is: a result or a `ProviderError`, nothing else."""

from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from bot.domain.provider import ProviderError
from bot.seedream.wire.answer import decipher
from bot.seedream.wire.request_log import read_page
from tests.unit.seedream.material import PROMPT, a_reply, drawn, recorded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "data",
                    "error",
                    "code",
                    "message",
                    "meta",
                    "usage",
                    "credits_used",
                    "b64_json",
                    "url",
                    "requestId",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode())
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "x-aimlapi-credits-used", "x-aimlapi-usd-spent", "x-inference-id"]),
    st.text(max_size=30) | st.floats().map(str),
)
STATUSES = st.integers(min_value=100, max_value=599) | st.sampled_from([200, 400, 403, 429, 500, 999, 0, -1])


def is_result_or_provider_error(body: bytes, status: int, headers: dict[str, str]) -> bool:
    try:
        result = decipher(a_reply(body, status=status, headers=headers), prompt=PROMPT)
    except ProviderError as error:
        return len(error.detail) <= 300
    return 200 <= status < 300 and bool(result.content)


@given(body=BODIES, status=STATUSES, headers=HEADERS)
@example(body=b"[" * 100_000, status=200, headers={})
@example(body=b'{"data":' * 100_000, status=200, headers={})
@example(body=b'{"error":' * 100_000, status=400, headers={})
@example(body=b'{"data":[{"error":' + b"[" * 100_000, status=200, headers={})
@example(body=b'{"data":1e999}', status=200, headers={})
@example(body=b'{"data":[{"url":"\xff"}]}', status=200, headers={})
@example(body=b'{"data":[7,{"\xff":7}]}', status=200, headers={})
@example(body=b'{"data":[7,{"url":"\\ud800"}]}', status=200, headers={})
@example(body=b'{"message":1e999}', status=400, headers={})
@example(body=b'{"data":[{"error":"\xff"}],"error":"late"}', status=200, headers={})
@example(body=b'{"message":[[[[[["deep"]]]]]]}', status=400, headers={})
@example(body=b"", status=429, headers={"retry-after": "Mon, 01 Jan 0000 00:00:00 GMT"})
def test_arbitrary_answers_never_raise_anything_but_provider_errors(
    body: bytes, status: int, headers: dict[str, str]
) -> None:
    assert is_result_or_provider_error(body, status, headers)


@given(data=st.data())
def test_a_damaged_good_answer_never_raises_anything_but_provider_errors(data: st.DataObject) -> None:
    body = bytearray(recorded("answer_today.json", picture=drawn(width=8, height=8)))
    for _ in range(data.draw(st.integers(1, 4))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))

    assert is_result_or_provider_error(bytes(body), 200, {})


@given(body=BODIES)
@example(body=b'{"data":' * 100_000)
@example(body=b'{"data":[{"status":"\xff"}]}')
def test_an_arbitrary_request_log_says_nothing_and_does_not_raise(body: bytes) -> None:
    assert read_page(body, "easel-1").charge is None
