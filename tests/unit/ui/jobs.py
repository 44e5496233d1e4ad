"""Jobs in every state, as hypothesis strategies: what a store might hand to a card."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache

from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from bot.domain.failures import Failure, FailureCode, FailureKind
from bot.domain.fairness import QueuePosition
from bot.domain.followups import ENLARGE
from bot.domain.jobs import (
    MAX_COUNT,
    MAX_PICTURES,
    MAX_PROMPT,
    ImageRequest,
    Job,
    JobKind,
    JobState,
    Origin,
    Parent,
    Render,
    RenderStage,
    ReplyScope,
    ReplyTarget,
    RewriteFault,
    Rewriting,
)
from bot.domain.pictures import MAX_REFERENCES, PictureProblem, failure_codes
from bot.domain.policy.rules import Limit
from bot.domain.prompts import MIN_SCENES, album_text, scene_prompts
from bot.domain.references import FIRST_FRAME, LAST_FRAME, Reference
from bot.domain.sizes import Aspect, Resolution, Size
from bot.domain.video import MAX_VIDEO_PROMPT, VideoQuality, VideoSettings
from bot.seedream.catalogue import DEFAULT_MODEL_ID
from bot.seedream.video import VIDEO_MODELS
from bot.ui.cards.facts import CardImage

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REQUESTER = 123456789012345678
OTHER = 999999999999999999

# The codes that Easel stores with each kind; those of `DENIED` apart.
CODES: dict[FailureKind, list[FailureCode]] = {
    FailureKind.CHECK: [
        *(failure_codes(problem).reference for problem in PictureProblem),
        *(code for code in FailureCode if code.is_rejected),
    ],
    FailureKind.REFUSED: [
        FailureCode.REFUSED_PROMPT,
        FailureCode.REFUSED_REFERENCE,
        FailureCode.REFUSED_REAL_PERSON,
        FailureCode.REFUSED_RESULT,
        FailureCode.REFUSED_UNKNOWN,
    ],
    FailureKind.CREDIT: [FailureCode.OUT_OF_CREDIT],
    FailureKind.BUSY: [FailureCode.SLOW_DOWN],
    FailureKind.FAULT: [
        FailureCode.BAD_KEY,
        FailureCode.BAD_REQUEST,
        FailureCode.MODEL_GONE,
        FailureCode.REFERENCE_UNREACHABLE,
        FailureCode.PROVIDER_DOWN,
        FailureCode.PROVIDER_FAULT,
        FailureCode.MAY_OBJECT,
        FailureCode.ANSWERS_UNUSABLE,
        FailureCode.ANSWER_LOST,
        FailureCode.OUTCOME_UNKNOWN,
        FailureCode.GAVE_UP,
        FailureCode.VIDEO_FAILED,
        FailureCode.VIDEO_LATE,
        *(failure_codes(problem).result for problem in PictureProblem),
    ],
}
MARKDOWN = (
    f"# big\n> **bold** <@{OTHER}> @everyone <@&{OTHER}> [a](https://evil.example) ||x|| `y` \n- z\n1. q\n"
)
# What a job ends with that the rules of its server no longer allow.
DENIED = [
    Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_PAUSED),
    Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_PAUSED, subject=MARKDOWN),
    Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_BLOCKED),
    Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_CHANNEL),
    Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_FILTER),
    Failure(kind=FailureKind.CHECK, code=FailureCode.DENIED_LIMIT, subject=Limit.MAY_EDIT),
    Failure(kind=FailureKind.BUSY, code=FailureCode.DENIED_LIMIT, subject=Limit.IMAGES_PER_DAY),
    Failure(kind=FailureKind.CREDIT, code=FailureCode.DENIED_LIMIT, subject=Limit.SERVER_USD_PER_MONTH),
]
FAILURES = [
    *(
        Failure(kind=kind, code=code, subject="image14" if kind is FailureKind.CHECK else None)
        for kind, codes in CODES.items()
        for code in codes
    ),
    *DENIED,
]


def _repeated(some: str, length: int) -> str:
    """A long text of few characters: drawing each of them takes a hundred times as long."""
    return (some * length)[:length]


prompts = st.one_of(
    st.text(min_size=1, max_size=300).filter(str.strip),
    st.sampled_from(
        ["a fox", "*" * MAX_PROMPT, "\n".join("#" * (MAX_PROMPT // 2)), (MARKDOWN * 60)[:MAX_PROMPT]]
    ),
    st.builds(
        _repeated,
        st.text(st.sampled_from("\\*_~`|<>[]@:/#-1.\n a🦊"), min_size=1, max_size=40).filter(str.strip),
        st.integers(MAX_PROMPT // 2, MAX_PROMPT),
    ),
)
failures = st.sampled_from(FAILURES)
sizes = st.sampled_from([Size(2048, 2048), Size(4096, 1440)])


def reference_named(name: str) -> Reference:
    return Reference(
        name=name, url="https://x", filename="x.png", bytes=1, content_type=None, width=None, height=None
    )


parents = st.none() | st.builds(
    Parent,
    job_id=st.just("0a1b2c3d4e"),
    origin=st.sampled_from(Origin),
    index=st.none() | st.integers(0, MAX_PICTURES - 1),
)
rewritings = st.none() | st.one_of(
    st.builds(Rewriting, request_id=st.just("id")),
    st.builds(Rewriting, request_id=st.just("id"), text=prompts),
    st.builds(Rewriting, request_id=st.just("id"), fault=st.sampled_from(RewriteFault)),
)


@st.composite
def albums(draw: st.DrawFn, request: ImageRequest) -> ImageRequest:
    """A wish with words of their own for its pictures: those of variables, or of a series."""
    each = tuple(draw(st.lists(prompts, min_size=MIN_SCENES, max_size=MAX_PICTURES)))
    if draw(st.booleans()):
        return replace(request, prompts=each, count=len(each))
    scenes = tuple(" ".join(prompt.split()) for prompt in each)
    shared = draw(st.just("") | prompts)
    asked = tuple(prompt[:MAX_PROMPT] for prompt in scene_prompts(shared, scenes))
    return replace(
        request, prompt=album_text(shared, scenes), prompts=asked, is_series=True, count=len(scenes)
    )


@st.composite
def wishes(draw: st.DrawFn) -> ImageRequest:
    request = draw(wishes_of_one_prompt())
    return draw(st.just(request) | albums(request) | video_wishes())


@st.composite
def video_wishes(draw: st.DrawFn) -> ImageRequest:
    request = draw(wishes_of_one_prompt())
    frames = draw(st.sampled_from([(), (FIRST_FRAME,), (FIRST_FRAME, LAST_FRAME)]))
    return replace(
        request,
        kind=JobKind.ANIMATE,
        prompt=request.prompt[:MAX_VIDEO_PROMPT],
        model=next(iter(VIDEO_MODELS)),
        aspect=None,
        resolution=Resolution.TWO_K,
        count=1,
        references=tuple(map(reference_named, frames)),
        seed=None,
        enhance=False,
        video=VideoSettings(
            seconds=draw(st.sampled_from([6, 10])), quality=draw(st.sampled_from(VideoQuality))
        ),
    )


@st.composite
def wishes_of_one_prompt(draw: st.DrawFn) -> ImageRequest:
    number = draw(st.sampled_from([0, 1, MAX_REFERENCES]))
    names = ["image", *(f"image{index}" for index in range(2, number + 1))][:number]
    return ImageRequest(
        kind=draw(st.sampled_from([JobKind.IMAGINE, JobKind.EDIT])),
        prompt=draw(prompts | prompts.map(lambda prompt: f"{ENLARGE} {prompt}"[:MAX_PROMPT])),
        model=DEFAULT_MODEL_ID,
        aspect=draw(st.none() | st.sampled_from(Aspect)),
        resolution=draw(st.sampled_from(Resolution)),
        count=draw(st.integers(1, MAX_COUNT)),
        references=tuple(reference_named(name) for name in names),
        seed=draw(st.none() | st.integers(0, 2**31 - 1)),
        private=draw(st.booleans()),
        spoiler=draw(st.booleans()),
        enhance=draw(st.booleans()),
    )


@st.composite
def renders(draw: st.DrawFn, index: int) -> Render:
    stage = draw(st.sampled_from(RenderStage))
    return Render(
        index=index,
        stage=stage,
        size=draw(sizes) if stage is RenderStage.PACKAGED else None,
        fitted=draw(st.booleans()),
        extension="jpg" if stage is RenderStage.PACKAGED else None,
        packed_key=f"job/out-{index}" if stage is RenderStage.PACKAGED else None,
        revised_prompt=draw(st.none() | prompts)
        if stage in {RenderStage.RENDERED, RenderStage.PACKAGED}
        else None,
        failure=draw(failures) if stage is RenderStage.FAILED else None,
    )


@st.composite
def any_jobs(draw: st.DrawFn, state: JobState | None = None) -> Job:
    request = draw(wishes())
    where: JobState = draw(st.sampled_from(JobState)) if state is None else state
    is_failure = where in {JobState.FAILED, JobState.REFUSED}
    started = draw(st.none() | st.just(NOW))
    return Job(
        id="7f3k2m9q1z",
        state=where,
        attempt=1,
        request=request,
        user_id=REQUESTER,
        reply_target=ReplyTarget(
            scope=draw(st.sampled_from(ReplyScope)), channel_id=20, guild_id=30, upload_limit_bytes=1000
        ),
        application_id=40,
        token="token",
        token_until=NOW + timedelta(minutes=14),
        created_at=NOW,
        started_at=started,
        finished_at=draw(st.none() | st.just(NOW + timedelta(seconds=draw(st.integers(0, 90_000))))),
        expires_at=NOW + timedelta(hours=23),
        renders=tuple(draw(renders(index)) for index in range(request.count)),
        size=draw(st.none() | sizes),
        failure=draw(failures if is_failure else st.none() | failures),
        cost_micro_usd=draw(st.integers(0, 10_000_000)),
        animated=tuple(reference.name for reference in request.references) if draw(st.booleans()) else (),
        parent=draw(parents),
        rewriting=draw(rewritings) if request.video is None else None,
        kept_back=draw(st.booleans()) if request.video is not None else False,
    )


CORPUS = 5  # drawn of each state, and the same again with every picture painted
CORPUS_DONE = 15  # most views are of results
SEED = 31  # brings series, albums and 14 references into it, which a test of the cards asks for


@cache
def corpus(state: JobState) -> tuple[Job, ...]:
    """The same few extreme jobs in each run: to draw them takes longer than what is asked of them."""
    found: list[Job] = []

    @seed(SEED + list(JobState).index(state))
    @settings(
        max_examples=CORPUS_DONE if state is JobState.DONE else CORPUS, database=None, phases=[Phase.generate]
    )
    @given(any_jobs(state))
    def collect(job: Job) -> None:
        found.append(job)

    collect()
    return (*found, *map(_all_painted, found))


def _all_painted(job: Job) -> Job:
    words = [None, MARKDOWN, "*" * MAX_PROMPT]
    return replace(
        job,
        renders=tuple(
            Render(
                index=one.index,
                stage=RenderStage.PACKAGED,
                size=Size(4096 - one.index, 1440),
                fitted=bool(one.index % 2),
                extension="jpg",
                packed_key=f"job/out-{one.index}",
                revised_prompt=words[one.index % len(words)],
            )
            for one in job.renders
        ),
    )


def jobs(*states: JobState) -> st.SearchStrategy[Job]:
    """Jobs of the corpus, in any of `states`, or in any there is; drawn for the first test that runs, not before."""
    return st.deferred(
        lambda: st.sampled_from([job for state in states or JobState for job in corpus(state)])
    )


def with_a_picture(job: Job) -> Job:
    if job.pictures:
        return job
    done = Render(index=0, stage=RenderStage.PACKAGED, size=Size(2048, 2048), extension="jpg")
    return replace(job, renders=(done, *job.renders[1:]))


results = st.deferred(lambda: jobs(JobState.DONE).map(with_a_picture))


def card_images_of(job: Job) -> tuple[CardImage, ...]:
    return tuple(
        CardImage(render=render, filename=f"{'x' * 40}-{job.id}-{render.index + 1}.jpg")
        for render in job.pictures
    )


standings = st.none() | st.builds(
    QueuePosition, position=st.integers(1, 10**6), ready_at=st.just(NOW + timedelta(hours=3))
)
