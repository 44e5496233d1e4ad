"""Containers of the image, read-only and without capabilities, on the machine's own loopback."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from tools.image import NAME, engine

POINTING: Final = Path(__file__).parent / "sitecustomize.py"
# As compose.yaml has it. The limits are below those of a machine that may raise none; the engine's timer for health
# checks needs systemd, so the proof asks by itself.
AS_OPERATED: Final = (
    *(
        "--pull=never",
        "--read-only",
        "--tmpfs=/tmp",
        "--cap-drop=all",
        "--security-opt=no-new-privileges",
        "--network=host",
    ),
    *("--ulimit=nofile=1024:1024", "--ulimit=nproc=1024:1024", "--no-healthcheck"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a command ended, and what it printed."""

    status: int
    output: str


async def command(*words: str) -> Ended:
    """Run a command of the engine's; what it prints on either stream is its output."""
    process = await asyncio.create_subprocess_exec(
        *engine(), *words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output, _ = await process.communicate()
    return Ended(status=process.returncode or 0, output=output.decode())


async def run_once(*words: str, entrypoint: str | None = None, options: Sequence[str] = ()) -> Ended:
    """Run `words` in a container of its own until it ends, by the image's entry point unless another is given."""
    chosen = [f"--entrypoint={entrypoint}"] if entrypoint else []
    return await command("run", "--rm", *AS_OPERATED, *chosen, *options, NAME, *words)


class Container:
    """A running container. `environ` are its settings beside those of the image, `words` its command."""

    def __init__(
        self,
        environ: Mapping[str, str],
        rest_base: str,
        gateway_url: str,
        *,
        words: Sequence[str] = (),
        options: Sequence[str] = (),
    ) -> None:
        self.name = f"easel-proof-{uuid4().hex[:8]}"
        pointed = {"PYTHONPATH": "/proof", "PROOF_REST_BASE": rest_base, "PROOF_GATEWAY_URL": gateway_url}
        self._words = words
        self._options = [
            *options,
            *(f"--env={name}={value}" for name, value in {**environ, **pointed}.items()),
        ]

    async def start(self) -> None:
        mount = f"--volume={POINTING}:/proof/sitecustomize.py:ro"
        options = [f"--name={self.name}", mount, *AS_OPERATED, *self._options]
        began = await command("run", "--detach", *options, NAME, *self._words)
        if began.status:
            raise RuntimeError(began.output)

    async def ask(self, code: str) -> Any:
        """Return what Python code in it prints as JSON."""
        answer = await self.exec("python", "-S", "-c", f"import json, os; print(json.dumps({code}))")
        return json.loads(answer.output)

    async def exec(self, *words: str) -> Ended:
        return await command("exec", self.name, *words)

    async def stop(self, grace_s: int) -> int:
        """Send the image's stop signal, after `grace_s` SIGKILL, and return the exit status."""
        await command("stop", f"--time={grace_s}", self.name)
        return int((await command("wait", self.name)).output.strip())

    async def log(self) -> str:
        return (await command("logs", self.name)).output

    async def remove(self) -> None:
        await command("rm", "--force", "--volumes", self.name)
