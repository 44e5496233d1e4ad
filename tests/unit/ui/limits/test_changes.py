"""Every change has a sentence, and every way it can go wrong an answer."""

from __future__ import annotations

from typing import get_args

from bot.domain.content.filters import FilterKind, FilterProblem
from bot.domain.moderation import (
    AddFilter,
    Applied,
    BlockMember,
    Change,
    ClearLimits,
    DropServerPreset,
    Facts,
    GiveImages,
    NoChange,
    PauseServer,
    RemoveFilter,
    RemoveResult,
    ResetMember,
    ResumeServer,
    SetChannel,
    SetEnhance,
    SetLimit,
    SetModLog,
    SharePreset,
    UnblockMember,
)
from bot.domain.policy.rules import Limit, Scope
from bot.domain.presets import PresetProblem
from bot.domain.sizes import Aspect
from bot.services.changes import ChangeProblem, InvalidChange
from bot.ui.limits.changes import invalid_change_text, no_change_text
from bot.ui.limits.text import before_after, change_quote, change_text, sentence, state_text
from tests.tables import each_case
from tests.unit.ui.limits.material import NOW

STAMP = f"<t:{int(NOW.timestamp())}:f>"
DAY = Limit.IMAGES_PER_DAY
INK = SharePreset(name="ink_1", text="@here ink", aspect=Aspect.SQUARE, resolution=None, count=2)
CHANGES: list[tuple[Change, str]] = [
    (
        SetLimit(scope=Scope.ROLE, subject_id=1, limit=DAY, value=20),
        "set **Pictures per day** to **20** for role <@&1>",
    ),
    (
        SetLimit(scope=Scope.SERVER, subject_id=None, limit=Limit.SERVER_USD_PER_DAY, value=5_000_000),
        "set **Server budget per day** to **$5.00**",
    ),
    (
        ClearLimits(scope=Scope.CHANNEL, subject_id=8, limit=Limit.RESOLUTION),
        "removed **Largest resolution** in <#8>",
    ),
    (ClearLimits(scope=Scope.MEMBER, subject_id=9, limit=None), "removed every limit for <@9>"),
    (
        GiveImages(user_id=9, images=1, expires_at=NOW, reason="why"),
        f"granted <@9> **1 picture**, valid until {STAMP}",
    ),
    (GiveImages(user_id=9, images=1000, expires_at=None, reason="why"), "granted <@9> **1,000 pictures**"),
    (ResetMember(user_id=9), "reset the usage of <@9>"),
    (BlockMember(user_id=9, until=NOW, reason="why"), f"blocked <@9> until {STAMP}"),
    (BlockMember(user_id=9, until=None, reason="why"), "blocked <@9> until it's lifted"),
    (UnblockMember(user_id=9), "unblocked <@9>"),
    (AddFilter(kind=FilterKind.WORD, text="*x*"), r"added the filter word “\*x\*”"),
    (AddFilter(kind=FilterKind.PATTERN, text="x"), "added the filter pattern “x”"),
    (RemoveFilter(number=3), "removed filter #3"),
    (SetChannel(channel_id=8, is_open=True), "allowed pictures in <#8>"),
    (SetChannel(channel_id=8, is_open=False), "denied pictures in <#8>"),
    (SetChannel(channel_id=8, is_open=None), "cleared the rule for <#8>"),
    (SetModLog(channel_id=8), "moved the mod-log to <#8>"),
    (SetModLog(channel_id=None), "turned the mod-log off"),
    (PauseServer(text="back soon"), "paused Easel"),
    (ResumeServer(), "resumed Easel"),
    (RemoveResult(job_id="abc"), "removed the result of job `abc`"),
    (INK, r"shared the preset **ink\_1** with this server"),
    (DropServerPreset(name="ink_1"), r"removed this server's preset **ink\_1**"),
    (SetEnhance(is_on=True), "turned prompt rewriting on by default"),
    (SetEnhance(is_on=False), "turned prompt rewriting off by default"),
]


@each_case(("change", "text"), CHANGES)
def test_a_change_reads_as_a_sentence(change: Change, text: str) -> None:
    assert change_text(change) == text
    assert sentence(change_text(change)).endswith(".")


STATES: list[tuple[Change, str]] = [
    (CHANGES[0][0], "Pictures per day: 20"),
    (CHANGES[2][0], "Largest resolution: not set"),
    (ClearLimits(scope=Scope.MEMBER, subject_id=9, limit=None), "No limits are set for <@9>"),
    (
        GiveImages(user_id=9, images=1, expires_at=NOW, reason="why"),
        f"<@9> has 1 picture extra until {STAMP}",
    ),
    (GiveImages(user_id=9, images=1000, expires_at=None, reason="why"), "<@9> has 1,000 pictures extra"),
    (ResetMember(user_id=9), "The usage of <@9> starts at 0"),
    (BlockMember(user_id=9, until=NOW, reason="why"), f"<@9> is blocked until {STAMP}"),
    (BlockMember(user_id=9, until=None, reason="why"), "<@9> is blocked until it's lifted"),
    (UnblockMember(user_id=9), "<@9> is no longer blocked"),
    (AddFilter(kind=FilterKind.WORD, text="*x*"), r"Prompts with “\*x\*” are blocked"),
    (AddFilter(kind=FilterKind.PATTERN, text="x"), "Prompts that match “x” are blocked"),
    (RemoveFilter(number=3), "Filter #3 is removed"),
    (SetChannel(channel_id=8, is_open=True), "<#8> is open for pictures"),
    (SetChannel(channel_id=8, is_open=False), "<#8> is closed for pictures"),
    (SetChannel(channel_id=8, is_open=None), "<#8> is neither opened nor closed"),
    (SetModLog(channel_id=8), "The mod-log is in <#8>"),
    (SetModLog(channel_id=None), "The mod-log is off"),
    (PauseServer(text="back soon"), "Easel is paused"),
    (ResumeServer(), "Easel is open again"),
    (RemoveResult(job_id="abc"), "The result of job `abc` is removed"),
    (INK, r"Everyone here can use the preset ink\_1"),
    (DropServerPreset(name="ink_1"), r"This server no longer has the preset ink\_1"),
    (SetEnhance(is_on=True), "Prompts of /imagine are expanded unless a member turns that off"),
    (SetEnhance(is_on=False), "Prompts of /imagine stay as written unless a member turns enhance on"),
]


@each_case(("change", "text"), STATES)
def test_what_is_true_after_a_change_has_a_heading(change: Change, text: str) -> None:
    assert state_text(change) == text


@each_case("texts", [CHANGES, STATES])
def test_every_kind_of_change_is_among_these(texts: list[tuple[Change, str]]) -> None:
    assert {type(change) for change, _ in texts} == set(get_args(Change))


@each_case(
    ("change", "before", "after", "text"),
    [
        (CHANGES[0][0], {DAY.value: 10}, {DAY.value: 20}, "**Pictures per day:** 10 → **20**"),
        (CHANGES[0][0], {}, {DAY.value: None}, "**Pictures per day:** not set → **no limit**"),
        (CHANGES[2][0], {"resolution": "2K"}, {}, "**Largest resolution:** up to 2K → **not set**"),
        (
            CHANGES[3][0],
            {"may_edit": False, "images_per_day": 5},
            {},
            "**Pictures per day:** 5 → **not set**\n**May use /edit:** no → **not set**",
        ),
        (
            UnblockMember(user_id=9),
            {"until": NOW.isoformat(), "reason": "@here"},
            {},
            f"Before: blocked until {STAMP}.\n> \\@here",
        ),
        (UnblockMember(user_id=9), {"until": None}, {}, "Before: blocked until it's lifted."),
        (BlockMember(user_id=9, until=None, reason="why"), {}, {"reason": "why"}, None),
        (RemoveFilter(number=3), {"kind": "word", "text": "*x*"}, {}, r"It was the word “\*x\*”."),
        (RemoveFilter(number=3), {"kind": "pattern", "text": "x"}, {}, "It was the pattern “x”."),
        (SetModLog(channel_id=8), {"channel_id": 5}, {"channel_id": 8}, "Before: in <#5>."),
        (SetModLog(channel_id=8), {}, {"channel_id": 8}, None),
        (SetChannel(channel_id=8, is_open=None), {"is_open": False}, {}, "Before: closed."),
        (SetChannel(channel_id=8, is_open=False), {"is_open": True}, {"is_open": False}, "Before: open."),
        (INK, {}, {"text": "@here ink"}, None),
        (INK, {"text": "*old*"}, {"text": "@here ink"}, "It replaced this one:\n> \\*old\\*"),
        (DropServerPreset(name="ink_1"), {"text": "*old*"}, {}, "It read:\n> \\*old\\*"),
        (SetEnhance(is_on=True), {"is_on": False}, {"is_on": True}, None),
    ],
)
def test_what_stood_there_before_and_after(
    change: Change, before: Facts, after: Facts, text: str | None
) -> None:
    assert before_after(Applied(change=change, before=before, after=after, audit_id=1)) == text


def test_what_a_moderator_wrote_is_quoted_harmlessly() -> None:
    assert change_quote(BlockMember(user_id=9, until=None, reason="@here")) == r"> \@here"
    assert change_quote(INK) == r"> \@here ink"
    assert change_quote(PauseServer(text=" ")) is None
    assert change_quote(ResumeServer()) is None


@each_case("why", NoChange)
def test_every_reason_why_nothing_changed_has_words(why: NoChange) -> None:
    assert no_change_text(why).endswith(".")


@each_case(
    ("change", "text"),
    [
        (ResumeServer(), "Easel isn't paused."),
        (UnblockMember(user_id=9), "<@9> isn't blocked."),
        (RemoveFilter(number=99), "No filter has the number 99. `/filter list` shows the numbers."),
        (SetChannel(channel_id=8, is_open=None), "<#8> is neither allowed nor denied."),
        (SetModLog(channel_id=None), "The mod-log isn't set up."),
        (DropServerPreset(name="ink"), "This server has no preset “ink”. `/preset list` shows them."),
        (CHANGES[3][0], "No limits are set there."),
    ],
)
def test_what_is_not_there_to_be_taken_back_is_named(change: Change, text: str) -> None:
    assert no_change_text(NoChange.NOT_SET, change) == text
    assert no_change_text(NoChange.SAME, change) == no_change_text(NoChange.SAME)


@each_case("problem", ChangeProblem)
def test_every_problem_of_a_change_has_words(problem: ChangeProblem) -> None:
    invalid = InvalidChange(
        problem=problem,
        most=1000,
        filter_problem=FilterProblem.EMPTY,
        preset_problem=PresetProblem.NO_NAME,
    )
    assert invalid_change_text(invalid)


@each_case("problem", FilterProblem)
def test_every_problem_of_a_filter_has_words(problem: FilterProblem) -> None:
    assert invalid_change_text(InvalidChange(problem=ChangeProblem.FILTER, filter_problem=problem)).endswith(
        "."
    )


@each_case("problem", PresetProblem)
def test_every_problem_of_a_preset_has_words(problem: PresetProblem) -> None:
    assert invalid_change_text(InvalidChange(problem=ChangeProblem.PRESET, preset_problem=problem)).endswith(
        "."
    )
