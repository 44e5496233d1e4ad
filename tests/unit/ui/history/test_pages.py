"""Galleries and results looked at again, as Discord takes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.followups import ENLARGE
from bot.domain.jobs import Job, Origin, Parent
from bot.domain.ports.outside import CardPicture
from bot.ui.base.components import row_of, view_of
from bot.ui.cards.text import small_name
from bot.ui.history.entries import ResultEntry
from bot.ui.history.job import job_view
from bot.ui.history.lists import STARRED, UNSTAR
from bot.ui.history.pages import (
    GALLERY_FILE,
    PER_PAGE,
    ResultsPage,
    numbered_options,
    page_box,
    page_buttons,
)
from bot.ui.history.tree import MAX_CHILDREN, Kin
from tests.discord_limits import MAX_FILES, check_view
from tests.tables import each_case
from tests.unit.ui.cards.test_card import a_job, mentioned, text_of
from tests.unit.ui.jobs import NOW, REQUESTER, results

LATER = NOW + timedelta(days=7)


@st.composite
def leaves(draw: st.DrawFn) -> ResultsPage:
    """Of one job, as often as it takes to fill the page."""
    job, alone = draw(results), draw(st.booleans())
    entries = tuple(
        ResultEntry(
            job=replace(job, id=f"{number}f3k2m9q1z", card_id=draw(st.none() | st.just(9))),
            index=job.pictures[-1].index,
            small=None if job.request.spoiler else draw(st.none() | st.just(b"x")),
            at=LATER,
            is_alone=alone,
        )
        for number in range(draw(st.integers(0, PER_PAGE)))
    )
    rows = (row_of(UNSTAR.select("1", numbered_options(entries))),) if entries else ()
    return ResultsPage(
        title="Your pictures",
        facts=("12 results", "x" * 200),
        entries=entries,
        buttons=page_buttons(lambda page, name: STARRED.button(str(page), name), 1, 3 * PER_PAGE),
        rows=rows,
    )


@given(leaf=leaves(), viewer_id=st.sampled_from([REQUESTER, 1]))
def test_every_page_of_a_gallery_is_one_discord_takes(leaf: ResultsPage, viewer_id: int) -> None:
    view = view_of(page_box(leaf, numbered_options(leaf.entries), viewer_id=viewer_id))
    found = check_view(view)
    pictures = [one["media"]["url"] for part in found if part["type"] == 12 for one in part["items"]]
    assert pictures == [f"attachment://{GALLERY_FILE}"] * leaf.has_sheet
    assert mentioned(view) <= ({str(REQUESTER)} if viewer_id != REQUESTER else set())


def test_a_small_picture_is_not_taken_for_the_result_itself() -> None:
    job = a_job()
    stem = small_name(job, 0).rpartition(".")[0]
    assert not stem.endswith(f"-{job.id}-1")


@each_case(("seconds", "said"), [(5, "still saving"), (500, "is gone")])
def test_a_picture_that_was_just_delivered_is_not_given_up(seconds: int, said: str) -> None:
    job = a_job(finished_at=NOW)
    entry = ResultEntry(job=job, index=0, small=None, at=NOW + timedelta(seconds=seconds))
    leaf = ResultsPage(title="Your pictures", facts=(), entries=(entry,))
    assert said in text_of(view_of(page_box(leaf, (), viewer_id=REQUESTER)))
    view, _files = job_view(job, [], Kin(parent=None, children=()), at=entry.at)
    assert said in text_of(view)


@given(job=results, children=st.integers(0, MAX_CHILDREN), is_small=st.booleans(), data=st.data())
def test_every_result_shown_again_is_one_discord_takes(
    job: Job, children: int, is_small: bool, data: st.DataObject
) -> None:
    shown = data.draw(st.integers(0, len(job.pictures)))
    pictures = [
        CardPicture(
            index=one.index,
            filename=small_name(job, one.index) if is_small else f"{one.index}.jpg",
            data=b"x",
        )
        for one in job.pictures[:shown]
    ]
    kin = Kin(
        parent=data.draw(st.none() | st.just(replace(job, id="0000000000"))),
        children=tuple(replace(job, id=f"11111111{number:02}") for number in range(children)),
    )
    view, files = job_view(replace(job, card_id=9), pictures, kin, at=LATER)
    check_view(view)
    assert len(files) <= MAX_FILES
    assert mentioned(view) <= {str(REQUESTER)}
    is_there = shown == len(job.pictures)
    assert "picture is gone" not in text_of(view) or not is_there


@each_case("is_alone", [False, True])
def test_a_row_shows_no_instruction_of_ours(is_alone: bool) -> None:
    parent = Parent(job_id="0a1b2c3d4e", origin=Origin.ENLARGE, index=0)
    job = a_job(wish_prompt=f"{ENLARGE} a red fox", parent=parent)

    assert ResultEntry(job=job, index=0, small=None, at=NOW, is_alone=is_alone).words == "a red fox"
