"""Each public name of the product means one thing, so that a search for it finds that thing."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
# What several modules define on purpose, because each of them plays the same part.
OF_ALL_FORMATS: Final = {"MAGIC", "bare", "check", "is_signed", "read", "with_xmp", "xmp"}
OF_ALL_ORDERS: Final = {"build_body", "check"}
OF_ALL_COGS: Final = {"Interaction", "setup"}
OF_A_PORT_AND_ITS_OPERATION: Final = {"begin_probe", "end_probe", "shrink"}
OF_ALL_PROGRAMS: Final = {"log", "main"}
SHARED: Final = OF_ALL_FORMATS | OF_ALL_ORDERS | OF_ALL_COGS | OF_A_PORT_AND_ITS_OPERATION | OF_ALL_PROGRAMS


def public_names(module: Path) -> Iterator[str]:
    for node in ast.parse(module.read_text()).body:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.Assign(targets=targets):
                yield from (target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case _:
                pass


def test_no_public_name_is_defined_in_two_modules() -> None:
    places: defaultdict[str, list[str]] = defaultdict(list)
    modules = [path for folder in ("bot", "cogs") for path in (ROOT / folder).rglob("*.py")]
    for path in modules:
        if path.parent.name == "versions":  # migrations, whose names the tool for them gives
            continue
        for name in set(public_names(path)):
            if len(name) > 1 and not name.startswith("_") and name not in SHARED:
                places[name].append(str(path.relative_to(ROOT)))
    assert len(places) > 2_000
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
