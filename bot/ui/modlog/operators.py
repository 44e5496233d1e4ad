"""Who is told what only an operator can mend."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Sequence

import discord

Operators = Callable[[], Awaitable[Sequence[int]]]


def operators_of(client: discord.Client, named: Collection[int] = ()) -> Operators:
    """Those `named` by their user ids; else the owner of the application, or of its team, asked for once."""
    known = sorted(named)

    async def find() -> Sequence[int]:
        if not known:
            known.append(_owner_of(await client.application_info()))
        return known

    return find


def _owner_of(application: discord.AppInfo) -> int:
    team = application.team
    if team is not None and team.owner_id is not None:
        return team.owner_id
    return application.owner.id
