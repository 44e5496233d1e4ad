"""`GET /healthz`, `/readyz` and `/metrics`: health, readiness and figures of a process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from bot.errors import SetupError

PATH: Final = "/healthz"
READY_PATH: Final = "/readyz"
_METRICS_PATH: Final = "/metrics"
METRICS_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"  # of Prometheus
ASK_TIMEOUT_S: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The health of one part; `note` is for people."""

    is_well: bool
    note: str


HealthCheck = Callable[[], Awaitable[Finding]]


@asynccontextmanager
async def serve_health(
    bind: str,
    checks: Mapping[str, HealthCheck],
    *,
    ready: Mapping[str, HealthCheck] | None = None,
    metrics: Callable[[], Awaitable[bytes]] | None = None,
) -> AsyncGenerator[str | None]:
    """Serve on `bind`, a `host:port`; yield the URL of /healthz, or None if `bind` is empty and nothing is served.

    /healthz answers from `checks`, /readyz from `ready`: the status is 200 if every part is well, else 503; the body
    lists each part. /metrics answers with the text of `metrics`. Raises `SetupError` if it cannot listen there.
    """
    if not bind:
        yield None
        return

    app = web.Application()
    app.router.add_get(PATH, _answering(checks))
    if ready is not None:
        app.router.add_get(READY_PATH, _answering(ready))
    if metrics is not None:
        app.router.add_get(_METRICS_PATH, _telling(metrics))
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    host, _, port = bind.rpartition(":")
    try:
        site = web.TCPSite(runner, host.strip("[]"), int(port))
        try:
            await site.start()
        except OSError as error:
            raise SetupError(f"EASEL_HEALTH_BIND: cannot listen on {bind} ({error.strerror})") from error
        bound_host, bound_port = runner.addresses[0][:2]
        yield f"http://{bound_host}:{bound_port}{PATH}"
    finally:
        await runner.cleanup()


def _answering(checks: Mapping[str, HealthCheck]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        findings = {name: await check() for name, check in checks.items()}
        parts = {
            name: {"status": _status(finding.is_well), "note": finding.note}
            for name, finding in findings.items()
        }
        is_well = all(finding.is_well for finding in findings.values())
        body = {"status": _status(is_well), "parts": parts}
        return web.json_response(body, status=200 if is_well else 503)

    return answer


def _telling(metrics: Callable[[], Awaitable[bytes]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=await metrics(), headers={"Content-Type": METRICS_TYPE})

    return answer


def _status(is_well: bool) -> str:
    return "ok" if is_well else "failing"


def health_url(bind: str) -> str:
    """Return the address at which a running Easel that listens on `bind` answers on this machine."""
    host, _, port = bind.rpartition(":")
    host = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]", "": "127.0.0.1"}.get(host, host)  # noqa: S104  # asks, binds nothing
    return f"http://{host}:{port}{PATH}"


async def ask_health(bind: str) -> tuple[bool, str]:
    """Ask a running Easel, as a container's health check does; return whether all is well, and the answer's body."""
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=ASK_TIMEOUT_S)) as session,
            session.get(health_url(bind)) as response,
        ):
            return response.status == 200, await response.text()
    except (ClientError, OSError, TimeoutError) as error:
        return False, f"no answer at {bind}: is Easel running? ({type(error).__name__})"
