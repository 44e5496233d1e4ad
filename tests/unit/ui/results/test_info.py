"""Info and the panel, for every result there is."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import Job, JobState, RewriteFault, Rewriting
from bot.seedream.catalogue import DEFAULT_MODEL_ID, SEEDREAM_MODELS
from bot.ui.results.info import COMMAND_FILE, COMMAND_ROOM, info_card
from bot.ui.results.panel import Panel, panel_view
from tests.discord_limits import MAX_FILES, check_view
from tests.unit.ui.cards.test_card import a_job, labels_of, mentioned, picture, text_of
from tests.unit.ui.jobs import NOW, REQUESTER, jobs, results, with_a_picture

REQUEST = "easel.7f3k2m9q1z.0.0123456789ab"


@given(job=results, can_enhance=st.booleans(), data=st.data())
def test_every_info_is_one_discord_takes(job: Job, can_enhance: bool, data: st.DataObject) -> None:
    index = data.draw(st.sampled_from([one.index for one in job.pictures]))
    parent = data.draw(
        st.none() | st.just(replace(job, card_id=9, request=replace(job.request, private=False)))
    )
    view, files = info_card(job, index, parent=parent, can_enhance=can_enhance)
    check_view(view)
    assert len(files) <= MAX_FILES
    assert mentioned(view) <= {str(REQUESTER)}
    shown = {part.filename for part in files}
    assert text_of(view).count("```") == (0 if COMMAND_FILE in shown else 2)


def test_info_tells_what_it_cost_and_how_it_was_asked_for() -> None:
    job = a_job(cost_micro_usd=168_000, renders=(picture(0, request_id=REQUEST),))
    text = text_of(info_card(job, 0)[0])
    assert "**Cost** $0.168" in text
    assert f"**Request** `{REQUEST}`" in text
    assert f"**Seed** `{job.seeds[0]}`" in text
    assert f"**Job** `{job.id}`" in text


def test_info_has_both_versions_of_a_rewritten_prompt_and_why_there_is_none() -> None:
    job = a_job(wish_prompt="a fox")
    told = replace(job, rewriting=Rewriting(request_id="words", text="a red fox at dawn"))
    text = text_of(info_card(told, 0)[0])
    assert "**Prompt**\n> a fox" in text
    assert "**Rewritten**\n> a red fox at dawn" in text
    assert "**Rewriting** `words`" in text
    assert "prompt:a red fox at dawn " in text
    failed = replace(job, rewriting=Rewriting(request_id="words", fault=RewriteFault.BUSY))
    assert "was too busy, so Easel used yours" in text_of(info_card(failed, 0)[0])


def test_info_names_a_model_that_is_not_the_usual_one() -> None:
    usual, other = SEEDREAM_MODELS[DEFAULT_MODEL_ID], SEEDREAM_MODELS["bytedance/seedream-5-0-lite-preview"]
    job = a_job()
    alone, beside, after = (
        text_of(info_card(job, 0, models=models)[0]) for models in ((usual,), (usual, other), (other, usual))
    )

    assert "Seedream 4.5" not in alone
    assert "model:Seedream 4.5\n" in beside
    assert "· Seedream 4.5 · `bytedance/seedream-4-5`" not in beside
    assert "· Seedream 4.5 · `bytedance/seedream-4-5`" in after


def test_a_long_command_comes_as_a_file() -> None:
    for words, is_file in (("x" * (COMMAND_ROOM // 2), False), ("x" * COMMAND_ROOM, True)):
        _view, files = info_card(a_job(wish_prompt=words), 0)
        assert (COMMAND_FILE in [one.filename for one in files]) is is_file


@given(
    job=results,
    small=st.none() | st.just(b"x"),
    may=st.lists(st.booleans(), min_size=6, max_size=6),
    note=st.sampled_from(["", "**Shared.**"]),
    data=st.data(),
)
def test_every_panel_is_one_discord_takes(
    job: Job, small: bytes | None, may: list[bool], note: str, data: st.DataObject
) -> None:
    index = data.draw(st.sampled_from([one.index for one in job.pictures]))
    own, favourite, compare, family, share, delete = may
    panel = Panel(
        job=job,
        index=index,
        at=NOW,
        is_own=own,
        small=small,
        is_favourite=favourite,
        can_compare=compare,
        has_family=family,
        can_share=share,
        can_delete=delete,
    )
    view = panel_view(panel, note=note)
    check_view(view)
    assert ("Report" in labels_of(view)) is not own
    assert ("Share" in labels_of(view)) is share
    assert ("Delete" in labels_of(view)) is delete


@given(job=jobs(JobState.CANCELLED).map(with_a_picture))
def test_what_was_painted_before_it_was_cancelled_has_its_info(job: Job) -> None:
    check_view(info_card(job, job.pictures[0].index)[0])
