"""What is read out of a message that mentions Easel."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.prompts import clean_prompt
from bot.ui.mentions.parse import MentionProblem, asks_for_help, instruction_of, names_us
from bot.ui.mentions.text import (
    broken_refusal,
    closed_refusal,
    help_text,
    picture_refusal,
    private_refusal,
    variables_refusal,
)
from tests.tables import each_case

ME = 123456789012345678
MENTION = f"<@{ME}>"
MAX_CONTENT = 2000  # Discord: of a message without components


class TestMention:
    @each_case("content", [MENTION, f"<@!{ME}> a fox", f"a fox, please {MENTION}!"])
    def test_a_typed_mention_names_us(self, content: str) -> None:
        assert names_us(content, ME)

    @each_case("content", ["", "a fox", "@everyone", f"<@&{ME}>", f"<@{ME}1>", f"<#{ME}>", f"@{ME}", "<@1>"])
    def test_roles_others_and_everyone_do_not(self, content: str) -> None:
        assert not names_us(content, ME)


class TestInstruction:
    @each_case(
        ("content", "text"),
        [
            (f"{MENTION} a red fox", "a red fox"),
            (f"{MENTION}, a red fox", "a red fox"),
            (f"{MENTION}: a red fox", "a red fox"),
            (f"{MENTION}{MENTION}a red fox", "a red fox"),
            (f"  <@!{ME}>\n\na red fox", "a red fox"),
            (f"a red fox {MENTION}", "a red fox"),
            (f"hey {MENTION}, paint a fox", "hey, paint a fox"),
            (f"one line\n{MENTION} another", "one line\nanother"),
            (MENTION, ""),
            (f"{MENTION} \u200b\u2066", ""),
            ("", ""),
            (f"{MENTION} <@1> and <@&2> in <#3>", "<@1> and <@&2> in <#3>"),
            (f"{MENTION} -5 °C, outside", "-5 °C, outside"),
            (f"{MENTION} ثعلب أحمر في الثلج", "ثعلب أحمر في الثلج"),
            (f"{MENTION} \u202egnp.exe\u202c", "gnp.exe"),
            (f"{MENTION} 👩🏽‍🚀🚀", "👩🏽‍🚀🚀"),
        ],
    )
    def test_the_words_are_left_without_the_mention(self, content: str, text: str) -> None:
        assert instruction_of(content, ME) == text

    @given(st.text())
    def test_whatever_is_typed_becomes_a_clean_prompt_without_the_mention(self, words: str) -> None:
        text = instruction_of(f"{MENTION} {words} {MENTION}", ME)
        assert text == clean_prompt(text)
        assert MENTION not in text


class TestHelp:
    @each_case(
        "text", ["", "?", "!!", "…", "help", "Help!", "  help ?", "—", "\u0301", "\u3164", "\u2800", "** **"]
    )
    def test_nothing_to_paint_asks_for_help(self, text: str) -> None:
        assert asks_for_help(text)

    @each_case("text", ["a", "7", "🦊", "🫩", "狐", "helping hands", "$", "<:fox:1>", "1️⃣"])
    def test_a_word_a_number_or_an_emoji_can_be_painted(self, text: str) -> None:
        assert not asks_for_help(text)

    @given(st.text())
    def test_any_text_is_one_or_the_other(self, text: str) -> None:
        assert asks_for_help(text) in {True, False}


class TestWords:
    REFUSALS = (
        *map(picture_refusal, MentionProblem),
        variables_refusal(),
        private_refusal(),
        closed_refusal(1),
        broken_refusal("c0ffee"),
    )

    def test_every_refusal_fits_into_a_message_and_says_that_nothing_was_counted(self) -> None:
        for refusal in self.REFUSALS:
            assert len(refusal.text) < MAX_CONTENT
            assert "othing was counted" in refusal.text

    def test_no_text_leaves_a_placeholder_open(self) -> None:
        texts = [text for refusal in self.REFUSALS for text in (refusal.text, refusal.hint or "")]
        assert not any("{" in text.replace("{red,blue", "") for text in [*texts, help_text(ME)])

    def test_what_everybody_sees_gives_no_reasons(self) -> None:
        hints = {picture_refusal(trouble).hint for trouble in MentionProblem}
        assert hints == {private_refusal().hint} == {variables_refusal().hint}

    def test_help_shows_how_to_mention(self) -> None:
        assert f"<@{ME}> a red fox" in help_text(ME)
