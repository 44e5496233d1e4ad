"""/help: one card that Discord takes, whose commands can be clicked."""

from __future__ import annotations

import re

from bot.ui.help import help_card, mention
from tests.tables import each_case
from tests.unit.ui.limits.material import assert_discord_takes, text_of

LONGEST_ID = 2**63 - 1
BOT = f"<@{LONGEST_ID}>"


def drawn(
    *,
    ids: bool = True,
    can_enhance: bool = True,
    can_describe: bool = True,
    can_animate: bool = True,
    moderates: bool = True,
) -> str:
    def command(name: str) -> str:
        return mention(name, {name.split()[0]: LONGEST_ID} if ids else {})

    view = help_card(
        command,
        bot=BOT,
        can_enhance=can_enhance,
        can_describe=can_describe,
        can_animate=can_animate,
        moderates=moderates,
    )
    assert_discord_takes(view)
    return text_of(view)


def test_a_command_is_mentioned_with_its_id_and_a_subcommand_with_that_of_its_command() -> None:
    ids = {"imagine": 1, "preset": 2}

    assert mention("imagine", ids) == "</imagine:1>"
    assert mention("preset use", ids) == "</preset use:2>"


def test_a_command_whose_id_is_not_known_is_written_out() -> None:
    assert mention("preset use", {"imagine": 1}) == "`/preset use`"


@each_case("ids", [True, False])
def test_what_to_type_first_comes_first(ids: bool) -> None:
    first = drawn(ids=ids).split("\n")[1]

    assert "/imagine" in first


def test_only_moderators_read_about_moderating() -> None:
    for command in ("setup", "limits panel"):
        assert command in drawn()
        assert command not in drawn(moderates=False)


def test_rewriting_is_told_only_where_there_is_any() -> None:
    assert "`enhance`" in drawn()
    assert "`enhance`" not in drawn(can_enhance=False)
    assert "describe" not in drawn(can_describe=False)
    assert "animate" in drawn()
    assert "animate" not in drawn(can_animate=False)


def test_it_says_how_to_change_a_picture_that_is_there() -> None:
    text = drawn()

    assert f"mention {BOT}" in text
    assert "*Apps* → *Edit image*" in text


def test_every_command_is_a_mention_where_the_ids_are_known() -> None:
    assert re.findall(r"`/[a-z]", drawn()) == []
