"""Make the passwords of compose.yaml's profile `scale`, each once: `python passwords.py DATABASE GRAFANA`, two folders.

Each folder is a volume that only the services with this password mount, so every account in those may read it.
"""

from __future__ import annotations

import secrets
import sys
from pathlib import Path


def password(folder: Path) -> str:
    """Return the password kept in the folder, which is made if there is none. It is safe within a URL."""
    kept = folder / "password"
    if not kept.exists():
        _write(kept, secrets.token_urlsafe(32))
    return kept.read_text()


def _write(path: Path, text: str) -> None:
    """Write the file as a whole or not at all."""
    draft = path.with_suffix(".new")
    # One of a start that was cut off is closed already: a root without capabilities cannot write to it.
    draft.unlink(missing_ok=True)
    draft.write_text(text)
    draft.chmod(0o444)
    draft.replace(path)


def main(database: Path, grafana: Path) -> None:
    """Make what is missing; Easel's address of the database holds the database's password."""
    _write(database / "url", f"postgresql://easel:{password(database)}@database/easel")
    password(grafana)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
