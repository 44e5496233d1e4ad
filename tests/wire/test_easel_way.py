"""The way of a command, from the first answer to the picture, as Discord and the provider see it."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image

from tests.wire import payloads
from tests.wire.app import Scene
from tests.wire.cards import buttons_of, gallery_of, pictures_of, text_of, title_of, versions_of
from tests.wire.components import MAX_TEXT
from tests.wire.interactions import Answer
from tests.wire.listening import hear_bodies, hear_orders
from tests.wire.state import JsonDict, MessageFlag

NOBODY: JsonDict = {"parse": []}
GPS = 0x8825  # the EXIF block that says where a picture was taken
MAKER = 0x010F


def photo(width: int, height: int) -> bytes:
    """A JPEG as a telephone makes it: with its maker and a place in it."""
    exif = Image.Exif()
    exif[MAKER] = "Telephone of Ada"
    exif.get_ifd(GPS)[1] = "N"
    stream = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(stream, "JPEG", exif=exif)
    return stream.getvalue()


class TestImagine:
    async def test_the_first_answer_is_the_card_itself_with_its_place_and_a_way_out(
        self, easel: Scene
    ) -> None:
        easel.provider.hold()
        callback = await (await easel.imagine()).acked()
        assert (callback["type"], callback["data"]["flags"]) == (Answer.MESSAGE, MessageFlag.COMPONENTS_V2)
        handle = await easel.imagine()
        await handle.acked()
        assert handle.message is not None
        first = versions_of(handle.message)[0]
        assert title_of(first) == "In the queue"
        assert re.search(r"(you're next|#\d in the queue) · expected <t:\d+:R>", text_of(first))
        assert list(buttons_of(first)) == ["Cancel"]

    async def test_the_card_goes_from_the_line_to_painting_to_the_very_bytes_that_were_uploaded(
        self, easel: Scene
    ) -> None:
        handle = await easel.imagine("a red fox in snow")
        job = await easel.done(handle)
        [message] = easel.messages()
        assert message is handle.message
        queued, painting, result = versions_of(message)
        assert [title_of(queued), title_of(painting), title_of(result)] == ["In the queue", "Painting…", ""]
        assert [list(buttons_of(each)) for each in (queued, painting)] == [["Cancel"], ["Cancel"]]
        assert "Cancel" not in buttons_of(result)
        [attachment], [item] = message.attachments, gallery_of(message)
        assert item["media"]["url"] == f"attachment://{attachment.filename}"
        assert attachment.filename.startswith(f"a-red-fox-in-snow-{job.id}")
        assert (attachment.description, item["description"]) == ("a red fox in snow", "a red fox in snow")
        with Image.open(io.BytesIO(attachment.data)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (2048, 2048))
        assert b"trainedAlgorithmicMedia" in attachment.data
        assert "soft natural light" in text_of(message)  # what the model really used
        [call] = easel.provider.calls
        assert call.client_request_id == job.renders[0].request_id

    async def test_a_quick_job_notifies_nobody_and_no_request_could(
        self, easel: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bodies = hear_bodies(monkeypatch)
        await easel.done(await easel.imagine("<@1> @everyone a fox", count=2))
        shown = [body for body in bodies if "components" in body]
        assert len(shown) >= 3
        assert all(body["allowed_mentions"] == NOBODY for body in shown)
        assert easel.server.pings == []
        assert len(easel.messages()) == 1

    async def test_a_job_of_over_thirty_seconds_notifies_its_requester_alone_by_a_reply_with_a_nonce(
        self, easel: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bodies = hear_bodies(monkeypatch)
        easel.provider.hold()
        handle = await easel.imagine("@everyone a fox")
        await easel.provider.wait_arrived(1)
        easel.clock.advance(31)
        easel.provider.release()
        job = await easel.done(handle)
        card, call = easel.messages()
        assert text_of(call) == f"<@{easel.ada.id}> your picture is ready."
        assert (call.reference_id, call.nonce) == (card.id, f"easel-{job.id}-call")
        [sent] = [body for body in bodies if "nonce" in body]
        assert sent["enforce_nonce"] is True
        assert sent["allowed_mentions"] == {"parse": [], "users": [easel.ada.id]}
        [ping] = easel.server.pings
        assert (ping.message_id, ping.user_ids) == (call.id, (easel.ada.id,))
        assert (ping.role_ids, ping.everyone) == ((), False)
        assert job.pinged_at is not None

    async def test_several_pictures_appear_as_they_arrive(self, scene: Scene) -> None:
        scene.change_settings(easel_worker_concurrency=1)
        await scene.start()
        scene.provider.hold()
        handle = await scene.imagine(count=4)
        for number in range(1, 5):
            await scene.provider.wait_arrived(number)
            scene.provider.release()
            scene.provider.hold()  # lets through the one that waits, and no other
            await scene.server.wait_for(lambda n=number: len(scene.messages()[0].attachments) == n)
        await scene.done(handle)
        [message] = scene.messages()
        painting = [each for each in versions_of(message) if title_of(each) == "Painting…"]
        assert [len(pictures_of(each)) for each in painting] == [0, 1, 2, 3]
        assert ["of 4 ready" in text_of(each) for each in painting] == [True] * 4
        assert len(pictures_of(message)) == len(message.attachments) == 4
        assert len({each.filename for each in message.attachments}) == 4

    async def test_a_private_job_is_seen_by_its_requester_alone(self, easel: Scene) -> None:
        handle = await easel.imagine(private=True)
        await easel.done(handle)
        assert handle.message is not None
        assert handle.message.ephemeral
        assert len(handle.message.attachments) == 1
        assert easel.messages() == []


class TestEdit:
    async def test_attachments_are_downloaded_cleaned_and_sent_and_the_shape_follows_the_first(
        self, easel: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        orders = hear_orders(monkeypatch)
        files = {"image": photo(1200, 800), "image2": photo(500, 500)}
        handle = await easel.edit("put a hat on it", files)
        job = await easel.done(handle)
        downloads = easel.server.asked("GET", "/ephemeral-attachments/*")
        assert [each.status for each in downloads] == [200, 200]
        [order] = orders
        assert [picture.size for picture in map(opened, order.references)] == [(1200, 800), (500, 500)]
        assert all(dict(opened(each).getexif()) == {} for each in order.references)
        assert not any(b"Telephone" in each for each in order.references)
        assert order.size.ratio == pytest.approx(1.5, rel=0.02)
        assert handle.message is not None
        titles = [title_of(each) for each in versions_of(handle.message)]
        assert titles == ["In the queue", "Editing…", ""]
        assert b"compositeWithTrainedAlgorithmicMedia" in handle.message.attachments[0].data
        assert job.size == order.size

    async def test_an_attachment_that_is_gone_fails_the_job_by_its_name_and_costs_nothing(
        self, easel: Scene
    ) -> None:
        easel.server.fail("GET", "/ephemeral-attachments/*/image2.jpg", status=404)
        handle = await easel.edit("put a hat on it", {"image": photo(640, 640), "image2": photo(64, 64)})
        await easel.done(handle)
        assert handle.message is not None
        text = text_of(handle.message)
        assert title_of(handle.message) == "Easel couldn't use this"
        assert "`image2` is no longer on Discord. Attach it again in a new command." in text
        assert "nothing was counted" in text
        assert buttons_of(handle.message) == {}
        assert easel.provider.calls == []
        assert (await easel.spend()).calls == 0
        assert await easel.images_counted(easel.ada) == 0

    async def test_a_file_that_only_says_it_is_a_picture_fails_by_its_name(self, easel: Scene) -> None:
        handle = await easel.edit("put a hat on it", {"image": b"\xff\xd8\xff no picture"})
        await easel.done(handle)
        assert handle.message is not None
        assert title_of(handle.message) == "Easel couldn't use this"
        assert "`image`" in text_of(handle.message)
        assert easel.provider.arrived == 0


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


class TestHostileWords:
    ATTACK = (
        "@everyone @here <@{ada}> <@&{role}> <#{channel}> [free](https://evil.example) https://evil.example\n"
        "# Heading\n-# small <t:0:R> </imagine:1> ||x|| `code` :smile: <:a:1>"
    )

    async def test_mentions_and_links_in_prompts_are_inert_on_every_card_and_ping_nobody(
        self, scene: Scene
    ) -> None:
        role = scene.server.add_role(scene.guild, "everybody")
        await scene.start()
        scene.provider.hold()
        prompt = self.ATTACK.format(ada=scene.ada.id, role=role, channel=scene.art.id)
        handle = await scene.imagine(prompt, user=scene.ben)
        await scene.provider.wait_arrived(1)
        scene.clock.advance(31)
        scene.provider.release()
        await scene.done(handle)
        card, call = scene.messages()
        assert re.search("The model (added|used)", text_of(card))
        for version in versions_of(card):
            harmless(text_of(version).replace(f"<@{scene.ben.id}>", ""))
        [ping] = scene.server.pings
        assert (ping.message_id, ping.user_ids) == (call.id, (scene.ben.id,))
        assert (ping.role_ids, ping.everyone) == ((), False)


def harmless(text: str) -> None:
    """Everything that Discord would act on has a backslash before it."""
    text = re.sub(r"<t:\d{10}:R>", "", text)  # ours
    assert not re.search(r"(?<!\\)[<@\[`|]", text)
    assert not re.search(r"https?://", text)
    assert not re.search(r"^> (#|-#)", text, re.MULTILINE)


class TestLimits:
    async def test_a_picture_over_the_places_limit_is_made_smaller_and_the_card_says_so(
        self, easel: Scene, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        limit = 30_000
        monkeypatch.setattr(payloads, "UPLOAD_BYTES_BY_TIER", (limit,) * 4)
        handle = await easel.imagine()
        await easel.done(handle)
        assert handle.message is not None
        [attachment] = handle.message.attachments
        assert attachment.size <= limit
        assert opened(attachment.data).format == "JPEG"
        assert "compressed to fit Discord's file limit here" in text_of(handle.message)

    @pytest.mark.parametrize("letter", ["x", "*"], ids=["plain", "all of it escaped"])
    async def test_a_prompt_of_four_thousand_characters_fits_on_the_card_and_lies_beside_the_result(
        self, easel: Scene, letter: str
    ) -> None:
        prompt = ("fox " + letter * 396) * 10
        handle = await easel.imagine(prompt)
        await easel.done(handle)
        assert handle.message is not None
        assert all(len(text_of(each)) <= MAX_TEXT for each in versions_of(handle.message))
        picture, file = handle.message.attachments
        assert picture.filename.endswith(".jpg")
        assert file.filename == "prompt.txt"
        assert prompt.strip() in file.data.decode()
        assert easel.provider.calls[0].prompt == prompt.strip()
