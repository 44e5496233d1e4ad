from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import product
from time import perf_counter

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.jobs import MAX_PROMPT
from bot.domain.prompts import MAX_PROMPTS, MAX_VARIABLE_DEPTH, Expansion, expand, tidied, unescaped
from tests.tables import each_case

Part = str | tuple["Row", ...]  # a text, or the alternatives of a variable
Row = Sequence[Part]


def prompts_of(prompt: str) -> list[str]:
    expansion = expand(prompt)
    assert expansion is not None
    assert expansion.total == len(expansion.prompts)
    return list(expansion.prompts)


def test_each_alternative_makes_a_prompt() -> None:
    assert expand("a {red,blue} fox") == Expansion(prompts=("a red fox", "a blue fox"), total=2)


def test_the_first_variable_varies_slowest() -> None:
    assert prompts_of("{red,blue} {fox,owl}") == ["red fox", "red owl", "blue fox", "blue owl"]


def test_alternatives_may_hold_variables() -> None:
    assert prompts_of("{a {red,grey} fox,an owl}") == ["a red fox", "a grey fox", "an owl"]


@each_case("prompt", ["{ red , blue } fox", "{red,blue}  fox", "{\n red,\n blue\n} fox"])
def test_the_spacing_around_alternatives_does_not_matter(prompt: str) -> None:
    assert prompts_of(prompt) == ["red fox", "blue fox"]


@each_case("prompt", ["{red，blue} fox", "{red، blue} fox"])
def test_a_comma_of_another_keyboard_is_a_comma(prompt: str) -> None:
    assert prompts_of(prompt) == ["red fox", "blue fox"]


@each_case(
    ("prompt", "without"),
    [
        ("a {,very} big fox", "a big fox"),
        ("{,very} big fox", "big fox"),
        ("big fox {,sleeping}", "big fox"),
        ("a fox {,red}, in snow", "a fox, in snow"),
        ("a fox, {,red}, in snow", "a fox, in snow"),
        ("a fox, {,red}", "a fox"),
        ("{,red}, a fox", "a fox"),
        ("a fox {,sleeping}.", "a fox."),
        ("a fox\n{,red} in snow", "a fox\nin snow"),
    ],
)
def test_an_empty_alternative_leaves_no_gap(prompt: str, without: str) -> None:
    assert prompts_of(prompt)[0] == without


@each_case("prompt", ["{red,red} fox", "{red, red ,} {fox,}", "{,very} {,very} big"])
def test_no_prompt_is_there_twice(prompt: str) -> None:
    prompts = prompts_of(prompt)

    assert len(set(prompts)) == len(prompts)


def test_a_prompt_without_words_is_none() -> None:
    assert prompts_of("{,red fox}") == ["red fox"]
    assert expand("{,}") is None


@each_case(
    "prompt",
    [
        "",
        "a red fox, in snow",
        "a {} fox",
        "a {red} fox",
        "{prompt}, ink",
        "red, blue} fox",
        "{red, blue fox",
        "}red, blue{ fox",
        "smile :-{ and snow, please",
        r"\{red,blue} fox",
        r"\{red,blue\} fox",
        r"{red\, blue} fox",
    ],
)
def test_other_braces_are_text(prompt: str) -> None:
    assert expand(prompt) is None


@each_case(
    ("prompt", "first"),
    [
        ("{one} {red,blue}", "{one} red"),
        ("{ a, {red,blue} fox", "{ a, red fox"),
        ("{red,blue} fox}", "red fox}"),
        ("{a {red,blue} fox}", "{a red fox}"),
        (r"{a\, b,c}", "a, b"),
        (r"\{a,b\} {red,blue}", "{a,b} red"),
        (r"{\{a\},b}", "{a}"),
        (r"back\slash {red,blue}", r"back\slash red"),
    ],
)
def test_text_beside_variables_stays_as_it_reads(prompt: str, first: str) -> None:
    prompts = prompts_of(prompt)

    assert prompts[0] == first
    assert len(prompts) == 2


def test_a_prompt_without_variables_loses_its_escapes_by_name() -> None:
    assert unescaped(r"\{red\, blue\} ¯\_(ツ)_/¯") == r"{red, blue} ¯\_(ツ)_/¯"


@each_case(
    "prompt",
    [
        '{"subject": "fox", "style": "ink"}',
        '{\n  "subject": {"animal": "fox", "colors": ["red", "white"]},\n  "style": "ink"\n}',
        '{ "style" : "{ink, oil}", "n": 1 }',
        "{“subject”: “fox”, “style”: “ink”}",
        "{'subject': 'fox', 'style': 'ink'}",
        '[{"a": 1, "b": 2}, {"a": 3, "b": 4}]',
        '{"mood": "sad :-{", "style": "ink"}',
        '{subject: "fox", style: "ink"}',
        "{subject: a fox, red and small, style: ink}",
        "{主体：红狐，风格：水墨}",
        'Draw this: {"subject": "fox", "style": "ink"} please',
        '{fox, {"subject": "owl", "style": "ink"}}',
    ],
)
def test_pasted_data_is_text(prompt: str) -> None:
    assert expand(prompt) is None


words = st.text(st.characters(exclude_characters="{}"), max_size=8)
values = st.recursive(
    st.none() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@given(thing=st.dictionaries(words, values, min_size=1), indent=st.sampled_from([None, 2]))
def test_no_json_object_is_a_variable(thing: dict[str, object], indent: int | None) -> None:
    assert expand(json.dumps(thing, indent=indent, ensure_ascii=False)) is None


@each_case(
    ("prompt", "first"),
    [
        ('a sign that says {"Open","Closed"}', 'a sign that says "Open"'),
        ('a sign that says "{Open,Closed}"', 'a sign that says "Open"'),
        ('a sign: "Open", {red,blue}', 'a sign: "Open", red'),
        ("{style: ink, watercolor} of a fox", "style: ink of a fox"),
        ("a clock at {10:30,11:45}", "a clock at 10:30"),
        ('{"subject": "fox", "style": "ink"} in {red,blue}', '{"subject": "fox", "style": "ink"} in red'),
    ],
)
def test_quotes_and_colons_alone_are_no_data(prompt: str, first: str) -> None:
    prompts = prompts_of(prompt)

    assert prompts[0] == first
    assert len(prompts) == 2


def test_an_album_is_filled_to_the_last_picture() -> None:
    assert len(prompts_of("{1,2} {3,4} {5,6}")) == MAX_PROMPTS


def test_of_too_many_the_first_are_given_and_all_are_counted() -> None:
    expansion = expand("{1,2} {a,b} {c,d,e}")

    assert expansion is not None
    assert expansion.total == 12
    assert expansion.prompts[:4] == ("1 a c", "1 a d", "1 a e", "1 b c")
    assert len(expansion.prompts) == MAX_PROMPTS


def test_many_combinations_of_few_prompts_are_few() -> None:
    assert len(prompts_of("{,very} {,very} {,very} {,very} big")) == 5


def test_variables_inside_each_other_end_somewhere() -> None:
    deepest = "{a," * MAX_VARIABLE_DEPTH + "b" + "}" * MAX_VARIABLE_DEPTH

    assert prompts_of(deepest) == ["a", "b"]
    assert expand(f"{{a,{deepest}}}") is None


@each_case(
    "unit",
    [
        "{a,b}",
        "{,v} ",
        "{a,a}",
        "{a,{b,{c,{d,{e,f}}}}}",
        "{",
        "{,",
        "}",
        "{a,",
        '{":',
        "{k: a,",
        ", ",
        " \n",
        " .",
        "{x}",
    ],
)
@each_case(("before", "after"), [("", ""), ("{a,b}" * 7, ""), ("{", ",}"), ("", "}" * 1999)])
def test_a_hostile_prompt_costs_next_to_nothing(unit: str, before: str, after: str) -> None:
    room = MAX_PROMPT - len(before) - len(after)
    prompt = before + unit * (room // len(unit)) + after

    started = perf_counter()
    expansion = expand(prompt)

    assert perf_counter() - started < 0.5  # some milliseconds, on a machine that has nothing else to do
    assert expansion is None or sum(map(len, expansion.prompts)) <= MAX_PROMPTS * MAX_PROMPT


def test_what_nobody_could_build_is_still_counted() -> None:
    expansion = expand("{a,b}" * (MAX_PROMPT // 5))

    assert expansion is not None
    assert expansion.total == 2 ** (MAX_PROMPT // 5)


@given(st.text("{},\\ab\"': \n", max_size=60))
def test_any_text_expands_to_few_clean_and_different_prompts_no_longer_than_itself(prompt: str) -> None:
    expansion = expand(prompt)

    if expansion is not None:
        prompts = expansion.prompts
        assert 1 <= len(set(prompts)) == len(prompts) <= min(expansion.total, MAX_PROMPTS)
        assert all(prompt == tidied(prompt) for prompt in prompts)
        assert all(0 < len(each) <= len(prompt) for each in prompts)


texts = st.sampled_from(["red", "fox ", " in snow", "{", "}", ",", " ", ""])
rows: st.SearchStrategy[Row] = st.recursive(
    st.lists(texts, max_size=2),
    lambda inner: st.lists(st.one_of(texts, st.lists(inner, min_size=2, max_size=3).map(tuple)), max_size=3),
    max_leaves=8,
)


def written(row: Row) -> str:
    return "".join(
        "".join(f"\\{char}" if char in "{}," else char for char in part)
        if isinstance(part, str)
        else "{" + ",".join(map(written, part)) + "}"
        for part in row
    )


def read(row: Row) -> list[str]:
    """Every combination, built one by one."""
    choices = [
        [part] if isinstance(part, str) else [text.strip() for option in part for text in read(option)]
        for part in row
    ]
    return ["".join(choice) for choice in product(*choices)]


@given(rows)
def test_prompts_are_all_the_combinations_in_their_order(row: Row) -> None:
    combinations = read(row)
    expected = [text for text in dict.fromkeys(map(tidied, combinations)) if text]

    expansion = expand(written(row))

    if not expected or all(isinstance(part, str) for part in row):
        assert expansion is None
    else:
        assert expansion is not None
        assert list(expansion.prompts) == expected[:MAX_PROMPTS]
        assert len(expected) <= expansion.total <= len(combinations)
        assert expansion.total == len(expected) or expansion.total > 32
