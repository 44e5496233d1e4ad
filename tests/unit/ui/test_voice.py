"""The words of every text that a person reads, against docs/voice.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
CALL = re.compile(r"\b(?:_|n_)\s*\(")


def texts() -> Iterator[tuple[str, str]]:
    """Each text that goes through `_` or `n_`, with where it stands."""
    for path in sorted([*ROOT.glob("bot/**/*.py"), *ROOT.glob("cogs/*.py")]):
        code = path.read_text()
        if CALL.search(code) is None:  # parsing all takes half a second
            continue
        for node in ast.walk(ast.parse(code)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "n_"}:
                for one in node.args:
                    if isinstance(one, ast.Constant) and isinstance(one.value, str):
                        yield f"{path.relative_to(ROOT)}:{one.lineno}", one.value


def banned() -> list[str]:
    """The phrases in the block at the end of docs/voice.md."""
    block = (ROOT / "docs" / "voice.md").read_text().split("```")[1]
    return [line for line in block.splitlines() if line]


def test_no_text_says_what_the_page_about_the_voice_rules_out() -> None:
    rule = re.compile(rf"\b(?:{'|'.join(map(re.escape, banned()))})\b", re.IGNORECASE)

    every = list(texts())
    found = [f"{where}: {text}" for where, text in every if rule.search(text)]

    assert len(banned()) > 10
    assert len(every) > 500
    assert found == []
