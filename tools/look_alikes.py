"""Write the table of characters that look like a Latin letter, from Unicode's list of confusable characters.

    python -m tools.look_alikes confusables.txt > bot/domain/content/look_alikes.py

The list is https://www.unicode.org/Public/security/latest/confusables.txt (UTS #39).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from string import ascii_letters
from textwrap import wrap

_HEAD = '''"""Unicode's characters that look like one Latin letter, from confusables.txt, version {version} (UTS #39).

Written by `tools/look_alikes.py`, not by hand. Copyright © Unicode, Inc.; the licence is in LICENSE-UNICODE.
"""

from __future__ import annotations

from typing import Final

# Letter, as Unicode writes it → code points. "l" stands for everything that is one upright stroke, as I is.
LOOK_ALIKES: Final = {{
{rows}
}}
'''


def table(text: str) -> dict[str, list[str]]:
    """Return the code points, in hexadecimal, for each letter that confusables.txt names as their only look."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        fields = [field.strip() for field in line.partition("#")[0].split(";")]
        if len(fields) == 3 and " " not in fields[1] and (letter := chr(int(fields[1], 16))) in ascii_letters:
            found[letter].append(fields[0].lower())
    return {letter: sorted(found[letter], key=lambda code: int(code, 16)) for letter in sorted(found)}


def module(text: str) -> str:
    """Return the source of the module that holds the table."""
    version = next(line.split()[-1] for line in text.splitlines() if line.startswith("# Version:"))
    rows: list[str] = []
    for letter, codes in table(text).items():
        lines = wrap(" ".join(codes), 100)
        written = f'"{lines[0]}"' if len(lines) == 1 else _joined(lines)
        rows.append(f'    "{letter}": {written},')
    return _HEAD.format(version=version, rows="\n".join(rows))


def _joined(lines: list[str]) -> str:
    quoted = [f'        "{line} "' for line in lines[:-1]] + [f'        "{lines[-1]}"']
    return "(\n" + "\n".join(quoted) + "\n    )"


if __name__ == "__main__":
    sys.stdout.write(module(Path(sys.argv[1]).read_text(encoding="utf-8-sig")))
