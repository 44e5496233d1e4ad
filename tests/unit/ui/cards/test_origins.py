"""Where a result comes from, and why it was not rewritten: there are words for everything."""

from __future__ import annotations

from bot.domain.jobs import Origin, Parent, RewriteFault, Rewriting
from bot.ui.cards.facts import origin_of
from bot.ui.cards.text import why_own_words
from tests.tables import each_case
from tests.unit.ui.cards.test_card import a_job


@each_case("index", [None, 1])
@each_case("origin", Origin)
def test_every_origin_names_its_parent(origin: Origin, index: int | None) -> None:
    assert "0a1b2c3d4e" in origin_of(Parent(job_id="0a1b2c3d4e", origin=origin, index=index))


def test_the_picture_it_was_made_of_is_named_where_one_was_chosen() -> None:
    text = origin_of(Parent(job_id="0a1b2c3d4e", origin=Origin.ENLARGE, index=2))

    assert text == "4K of picture 3 of 0a1b2c3d4e"


@each_case("fault", RewriteFault)
def test_every_fault_of_a_rewriting_has_words(fault: RewriteFault) -> None:
    job = a_job(rewriting=Rewriting(request_id="id", fault=fault))

    assert (why_own_words(job) or "").endswith(", so Easel used yours")


def test_nothing_is_said_where_nothing_failed() -> None:
    assert why_own_words(a_job(rewriting=Rewriting(request_id="id", text="a fox"))) is None
    assert why_own_words(a_job()) is None
