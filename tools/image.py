"""Build the image of the Dockerfile, and tell what it weighs: `python -m tools.image [--debian-base]`.

Docker or Podman builds it, whichever answers. Where no registry of images can be reached, `--debian-base` has
Podman build it on Debian's own packages: mmdebstrap makes them into a stand-in for the base, once, from the mirror
that apt uses, as root. This file runs before anything is installed, on the standard library alone.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
NAME: Final = "localhost/easel:proof"
BASE: Final = "docker.io/library/python:3.13-slim"
SUITE: Final = "trixie"  # Debian's release with the Python of the base
PACKAGES: Final = "apt,passwd,python3,python3-venv,ca-certificates"
PATH: Final = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CERTIFICATES: Final = "/etc/ssl/certs"


@cache
def engine() -> tuple[str, ...]:
    """Return the words with which a command of Docker's or Podman's begins; `SystemExit` if there is neither."""
    if shutil.which("docker") and subprocess.run(["docker", "info"], capture_output=True).returncode == 0:
        return ("docker",)
    if shutil.which("podman"):
        # runc also runs where cgroups are of both versions at once, which crun refuses.
        return ("podman", "--runtime=runc") if shutil.which("runc") else ("podman",)
    raise SystemExit("Docker or Podman is needed here")


def told(*command: str) -> str:
    """Return what a command prints. Raises `CalledProcessError`, with its complaint on standard error."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def inspected(name: str = NAME) -> dict[str, Any]:
    """Return what the engine tells of an image."""
    return json.loads(told(*engine(), "image", "inspect", name))[0]


def health_check() -> list[str]:
    """Return the words of the image's health check."""
    image = inspected()
    # Podman tells of it beside the configuration, Docker within.
    kind, *words = (image.get("Healthcheck") or image["Config"]["Healthcheck"])["Test"]
    if kind != "CMD":
        raise SystemExit(f"the health check is no plain command: {kind}")
    return words


def build(*, on_debian: bool) -> None:
    """Build the image as `NAME`; with `on_debian`, make its base of Debian's packages if it is not there."""
    run, options = engine(), [f"--build-arg=REVISION={_revision()}", f"--build-arg=CREATED={_now()}"]
    if run[0] == "docker":
        _do(*run, "build", *options, f"--tag={NAME}", str(ROOT))
        return
    if on_debian and subprocess.run([*run, "image", "exists", BASE]).returncode:
        _make_base(run)
    # OCI's own format has no health check. `chroot` needs no network and no limits of the build's own.
    options += ["--format=docker", "--isolation=chroot", "--network=host", f"--tag={NAME}"]
    options += ["--pull=never"] if on_debian else []
    with tempfile.TemporaryDirectory() as folder:
        _do(*run, "build", *options, *_pip_mounts(Path(folder)), str(ROOT))


def _make_base(run: Sequence[str]) -> None:
    sources = told(
        "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Label: Debian"
    )
    options = ["--quiet", "--variant=essential", f"--include={PACKAGES}", "--dpkgopt=force-unsafe-io"]
    options += ['--aptopt=Acquire::Languages "none"', "--dpkgopt=path-exclude=/usr/share/man/*"]
    options += [
        "--dpkgopt=path-exclude=/usr/share/locale/*",
        '--customize-hook=ln -s python3 "$1/usr/bin/python"',
    ]
    with tempfile.TemporaryDirectory() as folder:
        tree = f"{folder}/base.tar"
        _do("mmdebstrap", *options, SUITE, tree, sources.split()[0])
        _do(*run, "import", "--quiet", f"--change=ENV PATH={PATH}", tree, BASE)


def _pip_mounts(folder: Path) -> list[str]:
    """Let the build's pip trust whom this machine trusts, and ask the index that it asks."""
    mounts = [f"--volume={CERTIFICATES}:{CERTIFICATES}:ro"] if Path(CERTIFICATES).is_dir() else []
    command = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    asked = subprocess.run(command, capture_output=True, text=True)
    index = os.environ.get("PIP_INDEX_URL") or asked.stdout.strip()
    if index:
        (folder / "pip.conf").write_text(f"[global]\nindex-url = {index}\n")
        mounts.append(f"--volume={folder}/pip.conf:/etc/pip.conf:ro")
    return mounts


def _do(*command: str) -> None:
    subprocess.run(command, check=True)


def _revision() -> str:
    return subprocess.run(
        ["git", "-C", ROOT, "rev-parse", "HEAD"], capture_output=True, text=True
    ).stdout.strip()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def main() -> int:
    """Build, and print one line about the result."""
    parser = argparse.ArgumentParser(prog="python -m tools.image", description="Build the image.")
    parser.add_argument(
        "--debian-base", action="store_true", help="no registry of images: use Debian's packages"
    )
    build(on_debian=parser.parse_args().debian_base)
    image = inspected()
    sys.stdout.write(f"{NAME}: {image['Size'] / 1e6:.0f} MB, {image['Config']['Labels']}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
