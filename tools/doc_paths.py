"""Check that the documents name only files, folders and tests that exist: `python -m tools.doc_paths`.

A renamed file makes a page wrong unnoticed. Checked are relative links, paths in backticks that begin
with a folder of the project, `path::test` names, and the trees in blocks marked ```tree.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENTS = ("*.md", "docs/*.md")
_FOLDERS = ("benchmarks", "bot", "cogs", "tests", "docs", "tools", "requirements", "deploy", ".ci")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)")
_CODE = re.compile(r"`([^`\s]+)`")
_BRACES = re.compile(r"\{([^{}]*)\}")


def problems(root: Path) -> list[str]:
    """Return a line for each path or test named in a document below `root` that does not exist."""
    documents = [path for pattern in DOCUMENTS for path in sorted(root.glob(pattern))]
    return [
        f"{path.relative_to(root)}: {name} does not exist"
        for path in documents
        for name in dict.fromkeys(_names(path, root))
        if not _exists(root, name)
    ]


def _names(path: Path, root: Path) -> Iterator[str]:
    text = path.read_text(encoding="utf-8")
    for mark, block in _FENCE.findall(text):
        if mark == "tree":
            yield from _tree(block)
    prose = _FENCE.sub("", text)
    for target in _LINK.findall(prose):
        yield (path.parent / target).resolve().relative_to(root.resolve()).as_posix()
    for code in _CODE.findall(prose):
        if code.split("/")[0] in _FOLDERS and "…" not in code and "<" not in code:
            yield from _expanded(code)


def _tree(block: str) -> Iterator[str]:
    """Yield the paths of a tree: two spaces a level, folders end in a slash, the description follows two spaces."""
    above: list[str] = []
    for line in filter(str.strip, block.split("\n")):
        level = (len(line) - len(line.lstrip())) // 2
        names = re.split(r"\s{2,}", line.strip(), maxsplit=1)[0].split()
        for name in names:
            yield from _expanded("".join([*above[:level], name]))
        if names[0].endswith("/"):
            above[level:] = [names[0]]


def _expanded(name: str) -> Iterator[str]:
    """Yield `a/b.py` and `a/c.py` for `a/{b,c}.py`."""
    if (braces := _BRACES.search(name)) is None:
        yield name
        return
    for choice in braces[1].split(","):
        yield from _expanded(name[: braces.start()] + choice.strip() + name[braces.end() :])


def _exists(root: Path, name: str) -> bool:
    path, _, member = name.partition("::")
    if "*" in path:
        return any(root.glob(path))
    if not (root / path).exists():
        return False
    return not member or re.search(rf"def {re.escape(member)}\b", (root / path).read_text()) is not None


def main() -> int:
    found = problems(ROOT)
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
