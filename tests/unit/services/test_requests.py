"""From what somebody asked for to a whole request: who decides, in which order, and what would become of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import ImageRequest, JobKind, Origin, Parent
from bot.domain.policy.decision import Denied
from bot.domain.policy.rules import Limit, Rule, Scope
from bot.domain.ports.library import Defaults
from bot.domain.presets import Preset
from bot.domain.references import Reference
from bot.domain.sizes import Aspect, Resolution
from bot.seedream.catalogue import DEFAULT_MODEL_ID, SEEDREAM_MODELS
from bot.seedream.video import VIDEO_MODELS
from bot.services.checks import InvalidRequest
from bot.services.library import Library
from bot.services.moderation import Moderation
from bot.services.requests import (
    CommandOptions,
    Offer,
    RequestDefaults,
    Requests,
    TooManyPictures,
    named_pictures,
    request_of,
    series_request,
    variables_album,
)
from bot.services.submissions import Submission
from bot.storage.stores import SqlLibraryStore, SqlModerationStore
from tests.tables import each_case
from tests.unit.services.workshop import ANNA, GUILD, Workshop
from tests.unit.ui.jobs import NOW, REQUESTER, reference_named

LITE, PRO = "bytedance/seedream-5-0-lite-preview", "bytedance/seedream-5-0-pro"
T2I = "bytedance/seedream-v4-text-to-image"
EVERYTHING = Defaults(aspect=Aspect.WIDE_16_9, resolution=Resolution.FOUR_K, private=True, spoiler=True)


def said(kind: JobKind = JobKind.IMAGINE, prompt: str = "a fox", **more: Any) -> CommandOptions:
    return CommandOptions(kind=kind, prompt=prompt, **more)


def preset(text: str = "ink drawing of {prompt}", **more: Any) -> Preset:
    nothing = {"aspect": None, "resolution": None, "count": None}
    return Preset(name="ink", text=text, by=REQUESTER, at=NOW, guild_id=None, **(nothing | more))


def request(what: CommandOptions, **request_defaults: Any) -> Any:
    return request_of(what, RequestDefaults(**request_defaults), model=DEFAULT_MODEL_ID)


def test_where_nobody_says_anything_a_new_picture_is_one_square_in_2k_for_everybody() -> None:
    plain = request(said())

    assert (plain.aspect, plain.resolution, plain.count) == (Aspect.SQUARE, Resolution.TWO_K, 1)
    assert (plain.private, plain.spoiler, plain.enhance) == (False, False, False)
    assert plain.model == DEFAULT_MODEL_ID


def test_where_nobody_says_anything_an_edit_keeps_the_shape_of_its_first_picture() -> None:
    assert request(said(JobKind.EDIT)).aspect is None


@each_case("kind", JobKind)
def test_defaults_come_before_easels_own(kind: JobKind) -> None:
    mine = request(said(kind), defaults=EVERYTHING)

    assert (mine.aspect, mine.resolution) == (Aspect.WIDE_16_9, Resolution.FOUR_K)
    assert (mine.private, mine.spoiler) == (True, True)


def test_an_option_comes_before_defaults_also_when_it_says_no() -> None:
    options: dict[str, Any] = {
        "aspect": Aspect.SQUARE,
        "resolution": Resolution.TWO_K,
        "private": False,
        "spoiler": False,
    }

    mine = request(said(**options), defaults=EVERYTHING)

    assert {name: getattr(mine, name) for name in options} == options


def test_an_edit_can_keep_the_shape_of_its_first_picture_whatever_the_defaults_say() -> None:
    assert request(said(JobKind.EDIT, is_like_first=True), defaults=EVERYTHING).aspect is None


def test_a_preset_comes_between_the_command_and_the_defaults() -> None:
    ink = preset(aspect=Aspect.TALL_9_16, resolution=Resolution.TWO_K, count=3)

    from_preset = request(said(preset="ink"), preset=ink, defaults=EVERYTHING)
    from_command = request(said(preset="ink", count=2, aspect=Aspect.SQUARE), preset=ink, defaults=EVERYTHING)

    assert (from_preset.aspect, from_preset.resolution) == (Aspect.TALL_9_16, Resolution.TWO_K)
    assert (from_preset.count, from_preset.private) == (3, True)
    assert (from_command.aspect, from_command.count) == (Aspect.SQUARE, 2)


def test_the_words_go_where_the_preset_wants_them() -> None:
    assert request(said(), preset=preset()).prompt == "ink drawing of a fox"
    assert request(said(), preset=preset("soft light")).prompt == "a fox, soft light"
    assert request(said(prompt=""), preset=preset("a heron at dawn")).prompt == "a heron at dawn"


def test_references_and_seed_are_passed_on() -> None:
    references = (reference_named("image"),)

    whole = request(said(JobKind.EDIT, references=references, seed=7))

    assert (whole.references, whole.seed) == (references, 7)


@each_case(
    ("enhance", "enhances", "expected"),
    [(None, True, True), (None, False, False), (False, True, False), (True, False, True)],
)
def test_the_server_has_prompts_rewritten_unless_somebody_says_otherwise(
    enhance: bool | None, enhances: bool, expected: bool
) -> None:
    assert request(said(enhance=enhance), enhances=enhances).enhance is expected


def test_prompts_with_variables_are_not_rewritten_by_default() -> None:
    assert not request(said(prompt="a {red,blue} fox"), enhances=True).enhance
    assert not request(said(), preset=preset("{prompt} in {ink,oil}"), enhances=True).enhance
    assert request(said(prompt="a {red,blue} fox", enhance=True), enhances=True).enhance


TRAY = (reference_named("image"), reference_named("image2"))
GIVEN = (reference_named("image4"), reference_named("image5"))


@dataclass
class ATray:
    """A shelf with nothing else on it."""

    pictures: tuple[Reference, ...]

    async def tray_references(self, user_id: int) -> tuple[Reference, ...]:
        assert user_id == REQUESTER
        return self.pictures


def with_tray(pictures: tuple[Reference, ...]) -> Requests:
    """Requests of a person with these images on their tray."""
    nothing: Any = None
    return Requests(
        library=cast(Library, ATray(pictures)),
        submissions=nothing,
        moderation=nothing,
        model=DEFAULT_MODEL_ID,
    )


@pytest.mark.parametrize(
    ("collected", "attached", "tray", "names"),
    [
        (TRAY, (), None, ["image", "image2"]),
        (TRAY, (), True, ["image", "image2"]),
        (TRAY, (), False, []),
        (TRAY, GIVEN, None, ["image4", "image5"]),
        (TRAY, GIVEN, False, ["image4", "image5"]),
        (TRAY, GIVEN, True, ["image", "image2", "image3", "image4"]),
        ((), GIVEN, True, ["image4", "image5"]),
        ((), (), None, []),
        ((), (), True, []),
    ],
)
async def test_the_tray_comes_first_where_it_is_wanted_or_nothing_is_attached(
    collected: tuple[Reference, ...], attached: tuple[Reference, ...], tray: bool | None, names: list[str]
) -> None:
    found = await with_tray(collected).edit_references(REQUESTER, attached, tray=tray)
    assert [reference.name for reference in found] == names


def test_an_album_has_one_prompt_for_each_picture_and_keeps_the_braces() -> None:
    made = variables_album(request(said(prompt="{red,blue} fox", count=2)))

    assert isinstance(made, ImageRequest)
    assert made.prompts == ("red fox", "red fox", "blue fox", "blue fox")
    assert (made.count, made.prompt) == (4, "{red,blue} fox")


def test_without_variables_there_is_no_album() -> None:
    assert variables_album(request(said())) is None


def test_an_album_of_too_many_pictures_is_told_with_its_figures() -> None:
    too_many = variables_album(request(said(prompt="{a,b,c} {d,e,f}", count=2)))

    assert too_many == TooManyPictures(prompts=9, count=2)


def test_a_series_has_a_prompt_for_each_scene_and_is_never_rewritten() -> None:
    whole = request(said(prompt="a fox", enhance=True))

    series = series_request(whole, ("wakes up", "falls asleep"))

    assert (series.count, series.is_series, series.enhance) == (2, True, False)
    assert len(series.prompts) == 2
    assert all("a fox" in prompt for prompt in series.prompts)


class TestOffers:
    """A request with variables is asked about first, and only where a yes would be accepted."""

    PARENT = Parent(job_id="7f3k2m9q1z", origin=Origin.VARY)

    def requests(self, shop: Workshop, **ceiling: int) -> Requests:
        nothing: Any = None
        says: Any = {Limit(name): value for name, value in ceiling.items()}
        moderation = Moderation(
            store=SqlModerationStore(shop.store),
            jobs=shop.look,
            wake_ups=shop.wake_ups,
            clock=shop.clock,
            ceiling=Rule(scope=Scope.OPERATOR, says=says),
            models=SEEDREAM_MODELS,
            videos=VIDEO_MODELS,
            model=DEFAULT_MODEL_ID,
        )
        library = Library(
            store=SqlLibraryStore(shop.store),
            cached_blobs=shop.cached_blobs,
            pictures=nothing,
            imaging=nothing,
            clock=shop.clock,
        )
        return Requests(
            library=library, submissions=shop.submissions, moderation=moderation, model=DEFAULT_MODEL_ID
        )

    def ask(self, prompt: str = "a {red,blue} fox") -> Submission:
        album = variables_album(request(said(prompt=prompt)))
        assert isinstance(album, ImageRequest)
        return Submission(
            request=album,
            user_id=ANNA,
            reply_target=GUILD,
            interaction_id=1,
            application_id=2,
            token="token",
            parent=self.PARENT,
        )

    async def test_an_offer_keeps_the_request_and_tells_the_price_of_all_images(self, shop: Workshop) -> None:
        requests, ask = self.requests(shop), self.ask()

        offer = await requests.offer(ask)

        assert isinstance(offer, Offer)
        assert offer.price_micro_usd == 2 * shop.submissions.price_of(ask.request)
        assert offer.parent == self.PARENT
        assert await requests.library.take_draft(offer.draft_id, ANNA) == ask.request

    @pytest.mark.parametrize(
        ("model", "what", "today"),
        [
            (LITE, {}, LITE),
            ("seedream-9", {}, DEFAULT_MODEL_ID),
            (PRO, {"resolution": Resolution.FOUR_K}, DEFAULT_MODEL_ID),
            (T2I, {"references": (reference_named("image"),)}, DEFAULT_MODEL_ID),
        ],
    )
    async def test_a_request_keeps_its_model_while_that_is_on_offer_and_can_do_it(
        self, shop: Workshop, model: str, what: dict[str, Any], today: str
    ) -> None:
        asked = request(said(model=model, **what))

        assert self.requests(shop).as_of_today(asked).model == today

    async def test_where_nobody_chose_and_the_usual_model_cannot_another_one_does(
        self, shop: Workshop
    ) -> None:
        requests = replace(self.requests(shop), model=T2I)
        edit = said(JobKind.EDIT, references=(reference_named("image"),))

        built = [
            await requests.build(what, user_id=ANNA, guild_id=None)
            for what in (said(), edit, replace(edit, model=T2I))
        ]

        assert [one and one.model for one in built] == [T2I, DEFAULT_MODEL_ID, T2I]

    async def test_what_would_be_denied_is_not_offered(self, shop: Workshop) -> None:
        denied = await self.requests(shop, images_per_day=1).offer(self.ask())

        assert isinstance(denied, Denied)

    async def test_what_a_check_refuses_is_not_offered(self, shop: Workshop) -> None:
        invalid = await self.requests(shop).offer(self.ask("{a,b} " + "x" * 4000))

        assert isinstance(invalid, InvalidRequest)

    async def test_after_a_refused_yes_the_request_is_put_aside_again(self, shop: Workshop) -> None:
        requests, ask = self.requests(shop, images_per_day=1), self.ask()

        offer = await requests.renew_offer(ask)

        assert await requests.library.take_draft(offer.draft_id, ANNA) == ask.request


class TestNamedPictures:
    @each_case(
        ("text", "named"),
        [
            ("make it blue", ()),
            ("put image 2 on the table", (2,)),
            ("Image2 in the style of IMAGE 1", (1, 2)),
            ("images 1, 2 and 4", (1, 2, 4)),
            ("pictures 3&4", (3, 4)),
            ("photo #3, please", (3,)),
            ("picture no. 2", (2,)),
            ("blend pic 2 with 3", (2, 3)),
            ("the second one, at night", (2,)),
            ("the 3rd picture, at night", (3,)),
            ("take the last photo", (4,)),
            ("the first picture", (1,)),
            ("image 5", ()),
            ("image 0", ()),
            ("image 2024", ()),
            ("image 1000000002", ()),
            ("image " + "9" * 5000, ()),
            ("the " + "9" * 5000 + "th one", ()),
            ("2 foxes and 3 birds", ()),
            ("an imagery 2", ()),
            ("a second fox", ()),
        ],
    )
    def test_the_words_name_pictures_by_their_places(self, text: str, named: tuple[int, ...]) -> None:
        assert named_pictures(text, 4) == named

    def test_of_a_single_picture_only_the_first_can_be_named(self) -> None:
        assert named_pictures("image 2 like image 1", 1) == (1,)

    @given(st.text(st.sampled_from("image photo12, &#and\n0")), st.integers(1, 8))
    def test_only_pictures_that_are_there_are_named(self, text: str, most: int) -> None:
        assert all(1 <= number <= most for number in named_pictures(text, most))
