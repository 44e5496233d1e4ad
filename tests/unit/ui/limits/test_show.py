"""What is set, as pages."""

from __future__ import annotations

from bot.domain.policy.decision import Pause
from bot.domain.policy.rules import LIMIT_TYPES, Limit, Scope
from bot.domain.ports.moderation import ServerSettings
from bot.ui.base.components import box_of, view_of
from bot.ui.limits.panel import PanelPage, role_box, server_box
from bot.ui.limits.show import scope_card, server_card
from tests.unit.ui.limits.material import NOW, VIDEO_MODEL, assert_discord_takes, rule, text_of

NOTHING = ServerSettings(
    pause=None,
    modlog_channel_id=None,
    rules=(),
    member_rules=0,
    blocks=0,
    filters=0,
    open_channels=(),
    closed_channels=(),
)
NO_CEILING = rule(Scope.OPERATOR, {})


def test_a_server_without_rules_says_how_to_make_the_first() -> None:
    text = text_of(server_card(NOTHING, ceiling=NO_CEILING, models={}, video=None))
    assert "No limits yet. Set the first with `/limits set`" in text
    assert "**State** open" in text
    assert "**Mod-log** not set up" in text


def test_a_server_shows_its_default_who_has_rules_and_the_rest() -> None:
    settings = ServerSettings(
        pause=Pause(at=NOW, by=5, text="back @soon"),
        modlog_channel_id=8,
        rules=(
            rule(
                Scope.SERVER, {Limit.IMAGES_PER_DAY: 20, Limit.MAY_EDIT: False, Limit.USD_PER_DAY: 5_000_000}
            ),
            rule(Scope.ROLE, {Limit.IMAGES_PER_DAY: 50}, 3),
            rule(Scope.CHANNEL, {Limit.MAY_EDIT: False}, 4),
        ),
        member_rules=2,
        blocks=1,
        filters=7,
        open_channels=(10,),
        closed_channels=(11,),
    )
    view = server_card(
        settings, ceiling=rule(Scope.OPERATOR, {Limit.JOBS_AT_ONCE: 3}), models={}, video=VIDEO_MODEL
    )
    assert_discord_takes(view)
    text = text_of(view)
    for line in (
        "**Pictures**\nPictures per day: **20**",
        "**What and how**\nMay use /edit: **no**",
        "**Money**\nMember budget per day: **$5.00**",
        "-# The operator's ceiling: Jobs at once 3",
        "**Roles with limits** <@&3>",
        "**Channels with limits** <#4>",
        "**Members** 2 members with their own rules",
        "-# back \\@soon",
        "**Mod-log** <#8>",
        "**Filters** 7 · **Blocked** 1",
    ):
        assert line in text


def test_hundreds_of_rules_and_channels_fit_into_a_card() -> None:
    settings = ServerSettings(
        pause=Pause(at=NOW, by=2**63, text="*" * 300),
        modlog_channel_id=2**63,
        rules=(
            rule(Scope.SERVER, {limit: LIMIT_TYPES[limit].freest for limit in Limit}),
            *(rule(Scope.ROLE, {Limit.MAY_EDIT: True}, 2**63 + n) for n in range(250)),
            *(rule(Scope.CHANNEL, {Limit.MAY_EDIT: True}, 2**63 + n) for n in range(500)),
        ),
        member_rules=10_000,
        blocks=500,
        filters=250,
        open_channels=tuple(range(2**63, 2**63 + 500)),
        closed_channels=tuple(range(2**63, 2**63 + 500)),
    )
    everything = rule(Scope.OPERATOR, settings.rules[0].says)
    assert_discord_takes(server_card(settings, ceiling=everything, models={}, video=VIDEO_MODEL))
    above = box_of(0, "n" * 900)  # what was just changed, or is asked
    assert_discord_takes(view_of(above, server_box(settings, everything, {}, VIDEO_MODEL)))
    role = rule(Scope.ROLE, settings.rules[0].says, 2**63)
    assert_discord_takes(view_of(above, role_box(role, PanelPage(2**63), everything, {})))


def test_a_scope_without_a_rule_says_what_holds_instead() -> None:
    assert "No rules yet, so the server's default applies." in text_of(
        scope_card(rule(Scope.ROLE, {}, 3), ceiling=NO_CEILING, models={})
    )
    assert "`/limits explain`" in text_of(
        scope_card(rule(Scope.MEMBER, {}, 9), ceiling=NO_CEILING, models={})
    )
    assert "so the usual limits apply" in text_of(
        scope_card(rule(Scope.CHANNEL, {}, 9), ceiling=NO_CEILING, models={})
    )


def test_a_scope_shows_its_rule_and_whom_it_reaches() -> None:
    text = text_of(scope_card(rule(Scope.ROLE, {Limit.IMAGES_PER_DAY: 20}, 3), ceiling=NO_CEILING, models={}))
    assert "### Limits of role <@&3>" in text
    assert "Pictures per day: **20**" in text
    assert "the most generous one applies" in text
