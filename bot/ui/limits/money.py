"""Dollars as people write and read them, exact to the millionth."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from bot.domain.rendering import MICRO_USD

DECIMALS: Final = 6
CENT: Final = MICRO_USD // 100
_MARKS: Final = re.compile(r"us\$|usd|dollars?|\$", re.ASCII)
_DOTS: Final = re.compile(r"(?P<whole>\d{1,12}|\d{1,3}(?:[, ']\d{3})+)?(?:\.(?P<part>\d{0,6}))?", re.ASCII)
_COMMAS: Final = re.compile(r"(?P<whole>\d{1,12}|\d{1,3}(?:[. ']\d{3})+)?,(?P<part>\d{0,6})", re.ASCII)
_SEPARATORS: Final = re.compile(r"[,. ']")


def usd(micro_usd: int) -> str:
    """`$5.00`, `$0.042`, `$1,234.50`: cents, and of smaller parts what there is."""
    whole, rest = divmod(abs(micro_usd), MICRO_USD)
    part = f"{rest:0{DECIMALS}}".rstrip("0").ljust(2, "0")
    return f"{'-' if micro_usd < 0 else ''}${whole:,}.{part}"


def about_usd(micro_usd: int) -> str:
    """Whole cents from a dollar on: nobody plans by less."""
    return usd(round(micro_usd / CENT) * CENT if micro_usd >= MICRO_USD else micro_usd)


def parse_usd(text: str) -> int | None:
    """Micro USD of `$5`, `5 usd`, `0.50`, `5,50`, `1,234.50`; None where `text`, in small letters, is none.

    A comma before three digits parts thousands, unless only a 0 stands before it.
    """
    bare = _MARKS.sub("", text, count=1).strip()
    found = _DOTS.fullmatch(bare)
    if found is None or bare.startswith("0,"):
        found = _COMMAS.fullmatch(bare)
    if found is None or not (found["whole"] or found["part"]):
        return None
    whole = _SEPARATORS.sub("", found["whole"] or "0")
    return int(Decimal(f"{whole}.{found['part'] or '0'}") * MICRO_USD)
