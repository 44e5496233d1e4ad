"""HTTP under the REST routes: reading requests, faults, the request log and answers."""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.wire.cdn import Upload
from tests.wire.errors import ApiError, unauthorized
from tests.wire.faults import Fault, Faults
from tests.wire.posting import Form
from tests.wire.state import JsonDict, World

API = "/api/v10"
FILE_FIELD = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request, read: parts of the path, query, JSON and files."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    files: Mapping[int, Upload]

    def id(self, name: str) -> int:
        return int(self.path[name])

    def form(self, *, max_file_bytes: int) -> Form:
        return Form(body=self.body or {}, files=self.files, max_file_bytes=max_file_bytes)


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; a body of None is 204."""

    body: JsonDict | list[JsonDict] | None = None
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route. Those of interactions carry their token in the path and need no bot token."""

    method: str
    path: str
    perform: Callable[[Call], Reply]
    needs_bot_token: bool = True


@dataclass(slots=True, kw_only=True)
class LoggedRequest:
    """One line of the request log. `status` is None until answered, and for a line that was cut."""

    method: str
    path: str
    at: float = field(default_factory=time.monotonic)
    status: int | None = None


class Rest:
    """Serves endpoints over HTTP."""

    def __init__(self, world: World, faults: Faults, *, token: str) -> None:
        self.requests: list[LoggedRequest] = []
        self._world = world
        self._faults = faults
        self._token = token

    def route(self, endpoint: Endpoint) -> web.RouteDef:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._serve(endpoint, request)

        return web.route(endpoint.method, API + endpoint.path, handle)

    async def serve_file(self, request: web.Request) -> web.StreamResponse:
        """The CDN: a signed path answers with the bytes, anything else with 404."""
        log, fault = await self._arrive(request)
        attachment = self._world.cdn.fetch(
            request.rel_url.raw_path,
            expires_hex=request.query.get("ex", "0"),
            proof=request.query.get("hm", ""),
        )
        if attachment is None:
            response = web.Response(status=404, text="This content is no longer available.")
        else:
            response = web.Response(body=attachment.data, content_type=attachment.content_type)
        return self._leave(request, log, fault, response)

    async def _serve(self, endpoint: Endpoint, request: web.Request) -> web.StreamResponse:
        body, files = await read_request(request)
        log, fault = await self._arrive(request)
        if fault is not None and fault.before and (fault.cuts_line or fault.status is not None):
            return self._leave(request, log, fault, web.Response())
        call = Call(path=request.match_info, query=request.query, body=body, files=files)
        headers = _limit_headers(endpoint) if endpoint.needs_bot_token else {}
        try:
            if endpoint.needs_bot_token and request.headers.get("Authorization") != f"Bot {self._token}":
                raise unauthorized()
            reply = endpoint.perform(call)
        except ApiError as refusal:
            reply = Reply(refusal.body, refusal.status)
        return self._leave(request, log, fault, _json(reply.status, reply.body, headers))

    async def _arrive(self, request: web.Request) -> tuple[LoggedRequest, Fault | None]:
        path = request.path.removeprefix(API)
        log = LoggedRequest(method=request.method, path=path)
        self.requests.append(log)
        fault = self._faults.take(
            request.method, path, has_files=request.content_type.startswith("multipart/")
        )
        self._world.changes.notify()
        if fault is not None and fault.gate is not None:
            await fault.gate.wait()
        return log, fault

    def _leave(
        self, request: web.Request, log: LoggedRequest, fault: Fault | None, response: web.Response
    ) -> web.StreamResponse:
        if fault is not None and fault.cuts_line:
            if request.transport is not None:
                request.transport.abort()
            self._world.changes.notify()
            return response
        if fault is not None and fault.status is not None:
            response = _faulty(fault)
        if fault is None or fault.has_via:
            response.headers["Via"] = "1.1 google"
        log.status = response.status
        self._world.changes.notify()
        return response


def _faulty(fault: Fault) -> web.Response:
    if fault.raw is None:
        return _json(fault.status or 500, fault.body, fault.headers)
    return web.Response(status=fault.status or 500, body=fault.raw, headers=fault.headers)


def _json(status: int, body: JsonDict | list[JsonDict] | None, headers: Mapping[str, str]) -> web.Response:
    """discord.py reads JSON only under this very content type, without a charset."""
    if body is None:
        return web.Response(status=204, headers=headers)
    named = {"Content-Type": "application/json", **headers}
    return web.Response(status=status, body=json.dumps(body).encode(), headers=named)


def _limit_headers(endpoint: Endpoint) -> dict[str, str]:
    """A bucket that is never empty: without these, discord.py sends one request after the other."""
    bucket = hashlib.sha256(f"{endpoint.method} {endpoint.path}".encode()).hexdigest()[:32]
    return {
        "X-RateLimit-Bucket": bucket,
        "X-RateLimit-Limit": "1000",
        "X-RateLimit-Remaining": "999",
        "X-RateLimit-Reset-After": "1.0",
    }


async def read_request(request: web.Request) -> tuple[Any, dict[int, Upload]]:
    """JSON and files of a request, whether plain or multipart."""
    if not request.content_type.startswith("multipart/"):
        data = await request.read()
        return (json.loads(data) if data else None), {}
    body: Any = None
    files: dict[int, Upload] = {}
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            continue
        data = bytes(await part.read())
        numbered = FILE_FIELD.fullmatch(part.name or "")
        if numbered is not None:
            files[int(numbered[1])] = Upload(filename=part.filename or "unknown", data=data)
        elif part.name == "payload_json":
            body = json.loads(data)
    return body, files
