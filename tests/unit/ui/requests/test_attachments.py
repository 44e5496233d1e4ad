"""The pictures of a message, wherever they stand in it."""

from __future__ import annotations

from typing import Any

from bot.domain.references import Posted
from bot.ui.base.attachments import MAX_FOUND, is_hidden, pictures_in
from tests.tables import each_case
from tests.unit.ui.requests.messages import CDN, CHANNEL, MESSAGE, attachment, forwarded, media, message

ELSEWHERE = "https://example.com/fox.png"
PROXIED = "https://images-ext-1.discordapp.net/external/x/https/example.com/fox.png"


def names(**said: Any) -> list[str]:
    return [picture.filename for picture in pictures_in(message(**said))]


def test_an_attached_picture_is_found_with_all_that_discord_says_of_it() -> None:
    (found,) = pictures_in(message(attachments=[attachment(1)]))

    assert found.url == f"{CDN}/1/photo-1.png?ex=1&is=2&hm=3"
    assert (found.filename, found.bytes, found.content_type) == ("photo-1.png", 1000, "image/png")
    assert (found.width, found.height) == (640, 480)
    assert found.posted == Posted(channel_id=CHANNEL, message_id=MESSAGE, attachment_id=1)


def test_several_are_found_in_their_order() -> None:
    assert names(attachments=[attachment(number) for number in (3, 1, 2)]) == [
        "photo-3.png",
        "photo-1.png",
        "photo-2.png",
    ]


@each_case("content_type", ["video/mp4", "text/plain; charset=utf-8", "application/pdf"])
def test_what_is_no_picture_is_left_out(content_type: str) -> None:
    assert names(attachments=[attachment(1, "a.png", content_type=content_type)]) == []


def test_without_a_type_the_name_decides() -> None:
    files = [attachment(n, name, content_type=None) for n, name in enumerate(["a.JPG", "b.mp4", "c.webp"], 1)]
    assert names(attachments=files) == ["a.JPG", "c.webp"]


def test_a_forwarded_message_has_the_pictures_of_the_one_it_shows() -> None:
    found = pictures_in(forwarded(attachments=[attachment(1), attachment(2)]))
    assert [picture.posted and picture.posted.attachment_id for picture in found] == [1, 2]


def test_pictures_in_components_are_found_from_top_to_bottom() -> None:
    history = {
        "type": 12,
        "items": [{"media": media(f"{CDN}/{n}/g{n}.webp", attachment_id=n)} for n in (1, 2)],
    }
    thumbnail = {"type": 11, "media": media(f"{CDN}/3/t.webp", attachment_id=3)}
    section = {"type": 9, "components": [{"type": 10, "content": "hi"}], "accessory": thumbnail}
    file = {"type": 13, "file": media(f"{CDN}/4/f.webp", attachment_id=4), "name": "f.webp", "size": 9}
    container = {"type": 17, "components": [section, history]}

    assert names(components=[container, file]) == ["t.webp", "g1.webp", "g2.webp", "f.webp"]


def test_a_picture_that_is_attached_and_shown_by_a_component_is_found_once() -> None:
    shown = {"type": 12, "items": [{"media": media(f"{CDN}/1/photo-1.png?ex=9&is=9&hm=9", attachment_id=1)}]}
    (found,) = pictures_in(message(attachments=[attachment(1)], components=[shown]))
    assert found.bytes == 1000


SHOWN = {"media": media(f"{CDN}/1/photo-1.png", attachment_id=1)}
HIDDEN = {**SHOWN, "spoiler": True}


@each_case(
    ("said", "is_hidden"),
    [
        ({"attachments": [attachment(1)]}, False),
        ({"attachments": [attachment(1, "SPOILER_a.png")]}, True),
        ({"attachments": [attachment(1, flags=1 << 3)]}, True),
        ({"attachments": [attachment(1, flags=1 << 5)]}, False),  # an animation
        ({"components": [{"type": 12, "items": [SHOWN]}]}, False),
        ({"components": [{"type": 12, "items": [HIDDEN]}]}, True),
        (
            {"components": [{"type": 17, "spoiler": True, "components": [{"type": 12, "items": [SHOWN]}]}]},
            True,
        ),
        ({"attachments": [attachment(1)], "components": [{"type": 12, "items": [HIDDEN]}]}, True),
        (
            {
                "content": f"||{CDN}/1/a.png||",
                "embeds": [{"url": f"{CDN}/1/a.png", "thumbnail": SHOWN["media"]}],
            },
            True,
        ),
        (
            {
                "content": f"||a|| {CDN}/1/a.png ||b||",
                "embeds": [{"url": f"{CDN}/1/a.png", "thumbnail": SHOWN["media"]}],
            },
            False,
        ),
    ],
)
def test_a_picture_is_hidden_by_its_name_its_flags_or_what_shows_it(
    said: dict[str, Any], is_hidden: bool
) -> None:
    for one in (message(**said), forwarded(**said)):
        assert [picture.is_spoiler for picture in pictures_in(one)] == [is_hidden]


def test_pictures_that_lie_elsewhere_are_not_found() -> None:
    history = {"type": 12, "items": [{"media": media(ELSEWHERE, proxy_url=PROXIED)}]}
    embed = {"type": "image", "thumbnail": {"url": ELSEWHERE, "proxy_url": PROXIED, "width": 9, "height": 9}}
    assert names(components=[history], embeds=[embed]) == []


@each_case(
    "url",
    [
        "https://cdn.discordapp.com.evil.example/attachments/20/1/fox.png",
        "https://evil.example/https://cdn.discordapp.com/attachments/20/1/fox.png",
        "https://[cdn.discordapp.com/fox.png",
        "file:///etc/fox.png",
    ],
)
def test_an_address_that_looks_like_discords_is_not_taken_for_one(url: str) -> None:
    assert names(embeds=[{"type": "rich", "image": {"url": url, "proxy_url": url}}]) == []


def test_pictures_in_the_embeds_of_other_bots_and_of_links_to_attachments_are_found() -> None:
    embeds = [
        {"type": "rich", "image": {"url": f"{CDN}/1/dream.png?ex=1", "width": 1024, "height": 1024}},
        {"type": "image", "thumbnail": {"url": f"{CDN}/2/a%20fox.png", "width": 0, "height": 0}},
        {"type": "video", "thumbnail": {"url": f"{CDN}/3/film.mp4", "width": 9, "height": 9}},
    ]
    found = pictures_in(message(embeds=embeds))
    assert [(one.filename, one.width) for one in found] == [("dream.png", 1024), ("a fox.png", None)]


def test_no_more_are_found_than_one_can_choose_from() -> None:
    history = {
        "type": 12,
        "items": [{"media": media(f"{CDN}/{n}/{n}.webp", attachment_id=n)} for n in range(10)],
    }
    more = [
        {
            "type": 12,
            "items": [{"media": media(f"{CDN}/{n}/{n}.webp", attachment_id=n)} for n in range(at, at + 10)],
        }
        for at in (10, 20)
    ]
    assert len(names(components=[history, *more])) == MAX_FOUND == 25


def test_a_message_of_which_nothing_is_shown_is_hidden() -> None:
    assert is_hidden(message())
    assert not is_hidden(message(content="hello"))
    assert not is_hidden(message(attachments=[attachment(1, content_type="video/mp4")]))
    assert not is_hidden(forwarded(content="hello"))
