"""The tray as it is drawn: within Discord's limits whatever its files are called."""

from __future__ import annotations

from typing import Any

from discord import ui
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.pictures import PictureProblem
from bot.domain.ports.library import MAX_TRAY, TrayPicture
from bot.domain.sizes import Size
from bot.services.library import TrayAddition, TrayOutcome
from bot.ui.base.components import view_of
from bot.ui.base.discord_limits import MAX_MESSAGE_TEXT
from bot.ui.base.theme import AMBER, TEAL
from bot.ui.library.tray import (
    Tray,
    TrayAction,
    TrayPayload,
    additions_box,
    clear_question,
    name_text,
    parse_tray_payload,
    tray_box,
)
from tests.discord_limits import MAX_COMPONENTS, parts
from tests.tables import each_case
from tests.unit.ui.cards.test_card import labels_of, mentioned, text_of
from tests.unit.ui.jobs import MARKDOWN, NOW, REQUESTER

MAX_OPTION = 100  # Discord
MAX_CUSTOM_ID = 100  # Discord
LARGEST_ID = 2**64 - 1
filenames = st.one_of(
    st.text(max_size=260),
    st.sampled_from(
        [MARKDOWN, "*" * 260, "_" * 260, "@everyone.png", "\u202egnp.exe", "a\nb.png", "שלום.png"]
    ),
)
fates = st.builds(
    TrayAddition, filename=filenames, outcome=st.sampled_from([TrayOutcome.ADDED, TrayOutcome.FULL])
) | st.builds(
    TrayAddition,
    filename=filenames,
    outcome=st.just(TrayOutcome.BAD),
    problem=st.sampled_from(PictureProblem),
)


def picture(number: int, filename: str = "fox.png") -> TrayPicture:
    return TrayPicture(name=f"{number:012x}", filename=filename, size=Size(2048, 1365), bytes=9, added_at=NOW)


def tray_of(*filenames: str, chosen: int | None = None) -> Tray:
    """`chosen` counts from 1."""
    pictures = tuple(picture(number, name) for number, name in enumerate(filenames, start=1))
    name = pictures[chosen - 1].name if chosen is not None else None
    return Tray(user_id=REQUESTER, pictures=pictures, chosen=name)


def controls(view: ui.LayoutView) -> list[dict[str, Any]]:
    return [part for part in parts(view) if "custom_id" in part]


def options(view: ui.LayoutView) -> list[dict[str, Any]]:
    return [option for part in parts(view) for option in part.get("options", [])]


def disabled(view: ui.LayoutView) -> list[str]:
    return [part["label"] for part in controls(view) if part.get("disabled")]


@given(names=st.lists(filenames, max_size=MAX_TRAY), told=st.lists(fates, min_size=1, max_size=25))
def test_a_tray_is_one_discord_takes_whatever_its_files_are_called(
    names: list[str], told: list[TrayAddition]
) -> None:
    tray = tray_of(*names, chosen=len(names) or None)
    view = view_of(additions_box(tuple(told), on_tray=len(names)), tray_box(tray))

    assert len(list(parts(view))) <= MAX_COMPONENTS
    assert view.content_length() <= MAX_MESSAGE_TEXT
    assert all(1 <= len(option["label"]) <= MAX_OPTION for option in options(view))
    assert all(len(control["custom_id"]) <= MAX_CUSTOM_ID for control in controls(view))
    assert mentioned(view) == set()


def test_pictures_are_listed_with_their_numbers_and_sizes() -> None:
    text = text_of(view_of(tray_box(tray_of("fox.png", "cat.jpg"))))

    assert "### Your references" in text
    assert "2 of 14" in text
    assert "-# **1** · \u2068fox.png\u2069 · 2048 × 1365\n-# **2** · \u2068cat.jpg\u2069" in text


def test_an_empty_tray_says_how_it_is_filled_and_offers_nothing() -> None:
    view = view_of(tray_box(tray_of()))
    assert "Add to references" in text_of(view)
    assert "`/tray add`" in text_of(view)
    assert controls(view) == []


@each_case(("chosen", "useless"), [(1, ["To front", "Move up"]), (2, []), (3, ["Move down"])])
def test_a_chosen_picture_can_be_moved_as_far_as_there_is_room(chosen: int, useless: list[str]) -> None:
    view = view_of(tray_box(tray_of("a", "b", "c", chosen=chosen)))
    assert labels_of(view)[-7:-3] == ["To front", "Move up", "Move down", "Remove"]
    assert disabled(view) == useless
    assert [option["label"] for option in options(view) if option.get("default")] == [
        f"{chosen} · {'abc'[chosen - 1]}"
    ]


def test_without_a_choice_nothing_can_be_moved() -> None:
    assert labels_of(view_of(tray_box(tray_of("a", "b"))))[-3:] == ["Edit with these", "Blend", "Clear"]


def test_a_choice_that_is_gone_counts_as_none() -> None:
    tray = Tray(user_id=REQUESTER, pictures=(picture(1),), chosen="f" * 12)
    assert "Remove" not in labels_of(view_of(tray_box(tray)))


def test_the_largest_ids_fit_into_a_control() -> None:
    payload = TrayPayload(action=TrayAction.CHOOSE, user_id=LARGEST_ID, name="f" * 12)
    assert parse_tray_payload(str(payload)) == payload
    assert len(f"easel:tray:{payload}") <= MAX_CUSTOM_ID


def test_what_nobody_can_do_is_read_as_nothing() -> None:
    assert parse_tray_payload(f"steal:{REQUESTER}") is None


def test_clearing_asks_first_and_says_how_many() -> None:
    view = view_of(clear_question(tray_of("a", "b", "c")))
    assert "Remove all 3 pictures from your tray?" in text_of(view)
    assert labels_of(view) == ["Yes, clear it", "Keep them"]


@each_case(
    ("filename", "shown"),
    [
        ("**fox** @everyone.png", "\u2068\\*\\*fox\\*\\* \\@everyone.png\u2069"),
        ("\u202egnp.exe", "\u2068gnp.exe\u2069"),
        ("a\n# b.png", "\u2068a # b.png\u2069"),
        ("\u200b \u202e", "picture"),
        ("x" * 60, f"\u2068{'x' * 39}…\u2069"),
    ],
)
def test_a_name_is_shown_as_it_reads_and_leaves_its_line_alone(filename: str, shown: str) -> None:
    assert name_text(filename) == shown


def fate(
    outcome: TrayOutcome, filename: str = "fox.png", problem: PictureProblem | None = None
) -> TrayAddition:
    return TrayAddition(filename=filename, outcome=outcome, problem=problem)


def told(*fates: TrayAddition, on_tray: int) -> str:
    return text_of(view_of(additions_box(fates, on_tray=on_tray)))


def test_what_was_added_is_told_by_its_new_numbers() -> None:
    added = fate(TrayOutcome.ADDED)
    assert told(added, on_tray=3) == "### Added as image 3"
    assert told(added, added, on_tray=3) == "### Added as images 2 and 3"
    assert told(added, added, added, on_tray=14) == "### Added as images 12 to 14"


def test_what_did_not_fit_is_counted() -> None:
    text = told(fate(TrayOutcome.ADDED), fate(TrayOutcome.FULL), fate(TrayOutcome.FULL), on_tray=14)
    assert text.startswith("### Added as image 14\n2 pictures didn't fit: the tray holds 14.")
    assert told(fate(TrayOutcome.FULL), on_tray=14).startswith("### Nothing was added\n1 picture didn't fit:")


def test_what_cannot_be_used_is_told_by_name_with_the_reason() -> None:
    text = told(fate(TrayOutcome.BAD, "*notes*.png", PictureProblem.UNREADABLE), on_tray=0)
    assert "### Nothing was added" in text
    assert (
        "- **\u2068\\*notes\\*.png\u2069** · The picture is damaged and can't be opened. Save it again"
        in text
    )


def test_of_many_that_cannot_be_used_some_are_counted() -> None:
    text = told(*[fate(TrayOutcome.BAD, problem=PictureProblem.TOO_SMALL)] * 9, on_tray=0)
    assert text.count("too small") == 5
    assert "and 4 more that can't be used" in text


def test_the_colour_tells_whether_everything_was_added() -> None:
    def colour(*all_fates: TrayAddition) -> Any:
        return additions_box(all_fates, on_tray=1).accent_colour

    assert colour(fate(TrayOutcome.ADDED)) == TEAL
    assert colour(fate(TrayOutcome.ADDED), fate(TrayOutcome.FULL)) == AMBER
    assert colour(fate(TrayOutcome.BAD, problem=PictureProblem.GONE)) == AMBER
