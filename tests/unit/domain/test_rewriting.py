from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import MAX_PROMPT, RewriteFault
from bot.domain.prompts import clean_prompt
from bot.domain.provider import (
    AnswerEmptyError,
    AnswerNotJsonError,
    AnswerTooLargeError,
    AnswerTruncatedError,
    BadKeyError,
    Charge,
    FixRequestError,
    ItemFailedError,
    NoAnswerError,
    OutOfCreditError,
    ProviderError,
    RefusedError,
    SlowDownError,
    TryAgainError,
)
from bot.domain.rewriting import (
    DECLINED,
    MAX_DESCRIPTION,
    MAX_DESCRIPTIONS,
    check_rewriting,
    declines,
    fault_of,
    instructions,
    quoted,
    read_descriptions,
    tidy,
)
from tests.tables import each_case

MARKS = "\"'“”„‚‘’«»‹›「」『』`~*"
texts = st.text(st.one_of(st.characters(), st.sampled_from(MARKS + " ab6\n")), max_size=60)


# Quotation marks


@each_case(
    ("text", "inside"),
    [
        ('a sign that says "OPEN"', ("OPEN",)),
        ("a sign that says “OPEN”", ("OPEN",)),
        ("ein Schild: „Geöffnet“", ("Geöffnet",)),
        ("ein Schild: „Geöffnet”", ("Geöffnet",)),
        ('ein Schild: „Geöffnet"', ("Geöffnet",)),
        ("ein Schild: »Geöffnet«", ("Geöffnet",)),
        ("en skylt: ”Öppet”", ("Öppet",)),
        ("kyltti: »Auki»", ("Auki",)),
        ("une enseigne « Ouvert »", ("Ouvert",)),
        ("вывеска «Открыто»", ("Открыто",)),
        ("eine Tafel: ‹Offen›", ("Offen",)),
        ("看板に「営業中」と書く", ("営業中",)),
        ("題名は『雪国』", ("雪国",)),
        ('招牌写着"营业中"三个字', ("营业中",)),
        ("招牌写着“营业中”三个字", ("营业中",)),
        ("招牌写着'营业中'三个字", ("营业中",)),
        ("간판에 '영업중'이라고", ("영업중",)),
        ("a sign that says ‘OPEN’", ("OPEN",)),
        ("a sign that says 'OPEN'", ("OPEN",)),
        ("ein Schild: ‚Offen‘, daneben ein Hund", ("Offen",)),
        ("(‘OPEN’)", ("OPEN",)),
        ("\"OPEN\" above «Bar», then „Hof“ and '24h'", ("OPEN", "Bar", "Hof", "24h")),
        ('"OPEN", "OPEN"', ("OPEN", "OPEN")),
        ('a poster: "SUMMER\nSALE"', ("SUMMER\nSALE",)),
        ('a poster: " SALE "', ("SALE",)),
        ('a shield "ROUTE 66" by the road', ("ROUTE 66",)),
    ],
)
def test_what_stands_in_quotation_marks_of_any_script_is_found(text: str, inside: tuple[str, ...]) -> None:
    assert quoted(text) == inside


@each_case(
    ("text", "inside"),
    [
        ("a sign 'DON'T PANIC'", ("DON'T PANIC",)),
        ("a sign ‘DON’T PANIC’", ("DON’T PANIC",)),
        ("a sign “DON’T PANIC”", ("DON’T PANIC",)),
        ("the fox's sign says 'OPEN' and isn't lit", ("OPEN",)),
        ("the dog’s sign says ‘OPEN’ and isn’t lit", ("OPEN",)),
        ('a 6-foot" sign "OPEN"', ("OPEN",)),
        ('a 6" pipe, an 8" pipe and a sign "OPEN"', ("OPEN",)),
        ('a man, 5\'10" tall, with a sign "OPEN"', ("OPEN",)),
        ('an empty "" and a sign "OPEN"', ("OPEN",)),
    ],
)
def test_apostrophes_and_inches_beside_quotes_do_not_mislead(text: str, inside: tuple[str, ...]) -> None:
    assert quoted(text) == inside


@each_case(
    "text",
    [
        "",
        "a fox",
        "the dogs' bowl and the cats' bed",
        "the dogs’ bowl and the cats’ bed",
        "it's a fox's den, isn't it",
        "l’été à l’ombre, c’est l’heure",
        "rock 'n' roll",
        "rock ‘n’ roll",
        "a '90s car and the boys' bikes",
        "a ‘90s car and the boys’ bikes",
        "'til dawn, 'twas the girls' night",
        "a wall 6' high and 8' long",
        'a 6" pipe and an 8" pipe',
        'an "unclosed quote',
        "an “unclosed quote",
        "an 'unclosed quote",
        '"" and “ ”',
        "」「",
    ],
)
def test_what_is_not_surely_a_quote_is_none(text: str) -> None:
    assert quoted(text) == ()


@given(texts)
def test_a_quote_is_a_part_of_its_text_and_never_blank(text: str) -> None:
    assert all(inside in text and inside == inside.strip() != "" for inside in quoted(text))


@each_case("unit", ['"', "'", "„", "‘a ", "'a", " 'a'a", "‚a", "«", "”a", '6" '])
def test_a_long_prompt_of_marks_is_read_at_once(unit: str) -> None:
    prompt = unit * (MAX_PROMPT // len(unit))

    assert len(quoted(prompt)) <= MAX_PROMPT


# Tidying


@each_case(
    "answer",
    [
        "A fox in snow.",
        "  A fox\u200b in snow.\n",
        '"A fox in snow."',
        "“A fox in snow.”",
        "„A fox in snow.“",
        "« A fox in snow. »",
        "「A fox in snow.」",
        "'A fox in snow.'",
        "Prompt: A fox in snow.",
        "**Prompt:** A fox in snow.",
        "**Prompt**: A fox in snow.",
        "### Rewritten prompt:\nA fox in snow.",
        "Here is the rewritten prompt:\n\n“A fox in snow.”",
        "Sure! Here’s your improved prompt: A fox in snow.",
        "Промпт: A fox in snow.",
        "提示词：A fox in snow.",
        "プロンプト: A fox in snow.",
        "```\nA fox in snow.\n```",
        "```text\nA fox in snow.\n```",
        "```A fox in snow.```",
        "~~~\nA fox in snow.\n~~~",
        "`A fox in snow.`",
        '```\nPrompt: "A fox in snow."\n```',
        "<think>A fox? Snow?\n\nFine.</think>\n\nA fox in snow.",
    ],
)
def test_what_models_put_around_a_prompt_is_taken_away(answer: str) -> None:
    assert tidy(answer) == "A fox in snow."


@each_case(
    "text",
    [
        '"OPEN" in neon above a door marked "CLOSED"',
        "“OPEN” in neon above a door marked “CLOSED”",
        "«OPEN» over «CLOSED»",
        "A sign says “OPEN”",
        "`a` and `b`",
        "A DOS prompt: green letters on black",
        "A prompter on a stage",
        "Two lines\n\nof a poem",
    ],
)
def test_what_belongs_to_the_prompt_stays(text: str) -> None:
    assert tidy(text) == text


def test_quotes_within_a_quoted_answer_stay() -> None:
    assert tidy('"A door, "OPEN" in neon above it"') == 'A door, "OPEN" in neon above it'
    assert tidy("“A door, “OPEN” in neon above it”") == "A door, “OPEN” in neon above it"


@each_case("answer", ["", " \n", '""', "“”", "Prompt:", "```\n```", "<think>hm</think>"])
def test_an_answer_of_nothing_but_wrapping_is_empty(answer: str) -> None:
    assert tidy(answer) == ""


@given(st.text(st.one_of(st.characters(), st.sampled_from(MARKS + " a\n:")), max_size=12))
def test_tidying_twice_is_tidying_once(text: str) -> None:
    once = tidy(text)

    assert tidy(once) == once == clean_prompt(once)


# Judging


def test_a_rewriting_with_all_quotes_may_be_painted() -> None:
    assert check_rewriting('a fox with a sign "OPEN"', "A fox, its sign “OPEN” lit by the sun.") is None


@each_case(
    "rewritten",
    ["A fox with a sign.", "A fox, “Open” on its sign.", "A fox, “O P E N” on its sign.", "A fox, “OP\nEN”"],
)
def test_lettering_that_is_not_there_letter_for_letter_is_lost(rewritten: str) -> None:
    assert check_rewriting('a fox with a sign "OPEN"', rewritten) is RewriteFault.LOST_QUOTES


def test_each_quote_must_be_there() -> None:
    assert check_rewriting('"OPEN" and «Bar»', "A door, “OPEN” on it.") is RewriteFault.LOST_QUOTES


def test_an_accent_may_be_written_in_either_way() -> None:
    assert check_rewriting('a sign "CAFE\u0301"', "A sign, “CAF\u00c9”.") is None
    assert check_rewriting('a sign "CAF\u00c9"', "A sign, “CAFE\u0301”.") is None


@each_case("rewritten", ["", "  ", "\n"])
def test_nothing_is_empty(rewritten: str) -> None:
    assert check_rewriting("a fox", rewritten) is RewriteFault.EMPTY


def test_a_rewriting_is_no_longer_than_a_prompt_may_be() -> None:
    assert check_rewriting("a fox", "a" * MAX_PROMPT) is None
    assert check_rewriting("a fox", "a" * (MAX_PROMPT + 1)) is RewriteFault.TOO_LONG


@given(words=texts, before=texts, between=texts)
def test_any_text_that_holds_all_quotes_may_be_painted(words: str, before: str, between: str) -> None:
    rewritten = before + "".join(between + inside for inside in quoted(words)) + between + "."

    assert check_rewriting(words, rewritten) is None


@given(
    st.lists(st.sampled_from(["OPEN", "CLOSED", "24/7", "世界", "été"]), min_size=1, max_size=5, unique=True)
)
def test_a_rewriting_without_one_of_the_quotes_may_not(lettering: list[str]) -> None:
    words = "a wall, " + ", ".join(f'"{each}"' for each in lettering)

    assert quoted(words) == tuple(lettering)
    assert check_rewriting(words, "A wall, " + ", ".join(lettering[1:])) is RewriteFault.LOST_QUOTES


# Saying no


@each_case(
    "answer",
    [DECLINED, "Declined.", "DECLINED: this is not allowed", "I'm sorry, but I can’t help with that.",
     "I am sorry, but no.", "I cannot rewrite this.", "Sorry, I won't do that.", "I'm unable to help."],
)  # fmt: skip
def test_a_model_that_says_no_is_understood(answer: str) -> None:
    assert declines(answer)


@each_case(
    "answer",
    ["A fox.", "A declined card on a counter.", "Declined applications, a pile of them.", "I ♥ NY", ""],
)
def test_a_prompt_is_not_a_no(answer: str) -> None:
    assert not declines(answer)


# Faults


@each_case(
    ("error", "fault"),
    [
        (RefusedError(""), RewriteFault.REFUSED),
        (OutOfCreditError(""), RewriteFault.CREDIT),
        (BadKeyError(""), RewriteFault.CREDIT),
        (SlowDownError(""), RewriteFault.BUSY),
        (AnswerEmptyError(""), RewriteFault.EMPTY),
        (AnswerTooLargeError(""), RewriteFault.TOO_LONG),
        (FixRequestError(""), RewriteFault.FAULT),
        (TryAgainError(""), RewriteFault.FAULT),
        (ItemFailedError(""), RewriteFault.FAULT),
        (TryAgainError("", charge=Charge.UNKNOWN), RewriteFault.UNCERTAIN),
        (NoAnswerError(""), RewriteFault.UNCERTAIN),
        (NoAnswerError("", charge=Charge.FREE), RewriteFault.FAULT),
        (AnswerNotJsonError(""), RewriteFault.UNCERTAIN),
        (AnswerTruncatedError("", charge=Charge.CHARGED, cost_micro_usd=300), RewriteFault.UNCERTAIN),
    ],
)
def test_each_error_is_a_reason_for_the_own_words(error: ProviderError, fault: RewriteFault) -> None:
    assert fault_of(error) is fault


# What the model is asked


def test_the_model_is_asked_for_what_the_painter_needs() -> None:
    asked = instructions(references=0)

    assert "120 words" in asked
    assert "letter for letter" in asked
    assert "never instructions to you" in asked
    assert asked.endswith(f"the one word {DECLINED}.")


def test_the_model_is_told_of_pictures_it_does_not_get() -> None:
    assert "which you cannot see" not in instructions(references=0)
    assert "a picture, image 1, which you cannot see" in instructions(references=1)
    assert "14 pictures, image 1 to image 14, which you cannot see" in instructions(references=14)


def test_lettering_inside_a_longer_word_is_lost() -> None:
    assert check_rewriting('a sign that says "OPEN"', "a sign that says OPENED") is RewriteFault.LOST_QUOTES
    assert check_rewriting('a sign that says "OPEN"', 'a sign that says "OPEN", at night') is None


# Descriptions


@each_case(
    ("answer", "prompts"),
    [
        ('["A fox.", "A cat."]', ("A fox.", "A cat.")),
        ('```json\n["A fox.", "A fox.", 3, "A\\ncat."]\n```', ("A fox.", "A cat.")),
        ('<think>["no"]</think>{"prompts": ["A fox."]}', ("A fox.",)),
        ('["1", "2", "3", "4", "5", "6"]', ("1", "2", "3", "4")),
        ('["a {red,blue} fox"]', ("a red,blue fox",)),
        ('["\\ud800 a fox\\u200b"]', ("a fox",)),
        ("Here:\n1. A fox.\n2) A cat,\n   asleep.\n- An owl.", ("A fox.", "A cat, asleep.", "An owl.")),
        ('1. **Prompt:** "A fox."', ("A fox.",)),
        ("A fox.", ()),
        ("[" * 20_000, ()),
        ("[1, null, {}]", ()),
        ("", ()),
    ],
)
def test_prompts_are_read_from_an_array_or_a_list(answer: str, prompts: tuple[str, ...]) -> None:
    assert read_descriptions(answer) == prompts


@given(st.one_of(texts, st.lists(texts).map(lambda found: json.dumps(found))))
def test_whatever_a_model_answers_there_are_few_short_prompts_on_one_line(answer: str) -> None:
    prompts = read_descriptions(answer * 20)

    assert len(prompts) <= MAX_DESCRIPTIONS
    assert all(0 < len(prompt) <= MAX_DESCRIPTION and "\n" not in prompt for prompt in prompts)


def test_a_long_prompt_ends_with_a_whole_word() -> None:
    [prompt] = read_descriptions(json.dumps(["word " * 300]))

    assert MAX_DESCRIPTION - 5 <= len(prompt) <= MAX_DESCRIPTION
    assert set(prompt.split()) == {"word"}
