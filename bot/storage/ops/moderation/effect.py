"""What one change did.

Before and after are plain JSON; `{}` says that nothing stood there. Times are ISO texts, values of limits encoded.

    change                         facts
    -----------------------------  --------------------------------------------------
    SetLimit, ClearLimits          each limit that became another: its value
    GiveImages                     grant_id, images, expires_at, reason
    ResetMember                    at
    BlockMember, UnblockMember     until, reason
    AddFilter, RemoveFilter        number, kind, text
    SetChannel                     is_open
    SetModLog                      channel_id
    PauseServer, ResumeServer      at, by, text
    RemoveResult                   removed_by
    SharePreset, DropServerPreset  name, text, aspect, resolution, count
    SetEnhance                     is_on
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from bot.domain.moderation import Facts, Nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    before: Facts = field(default_factory=dict[str, Any])
    after: Facts = field(default_factory=dict[str, Any])


EffectOrNothing = Effect | Nothing
