"""The floor: the same bytes moved by aiohttp and base64 alone, without discord.py and without any care.

`python -m benchmarks.floor REST GATEWAY PROVIDER TOKEN`
"""

from __future__ import annotations

import asyncio
import base64
import sys
from typing import Any, Final

import aiohttp

JsonDict = dict[str, Any]
THINKING: Final = {"type": 5}
IMAGINE: Final = {
    "name": "imagine",
    "description": "-",
    "options": [{"name": "prompt", "description": "-", "type": 3, "required": True}],
}


class Floor:
    """One connection to the gateway, one session for all else. It sends no heartbeats: no bout lasts so long."""

    def __init__(self, session: aiohttp.ClientSession, rest: str, provider: str, token: str) -> None:
        self._session = session
        self._rest = rest
        self._provider = provider
        self._token = token
        self._answering: set[asyncio.Task[None]] = set()

    async def run(self, gateway: str) -> None:
        """Register the command, then answer every use of it until the gateway closes."""
        headers = {"Authorization": f"Bot {self._token}"}
        async with self._session.get(f"{self._rest}/users/@me", headers=headers) as response:
            self._application = (await response.json())["id"]
        commands = f"{self._rest}/applications/{self._application}/commands"
        await self._send("PUT", commands, json=[IMAGINE], headers=headers)
        async with self._session.ws_connect(gateway, max_msg_size=0) as socket:
            await socket.send_json({"op": 2, "d": {"token": self._token, "intents": 1}})
            async for received in socket:
                event = received.json()
                if event.get("t") == "INTERACTION_CREATE":
                    task = asyncio.create_task(self._answer(event["d"]), name="floor-answer")
                    self._answering.add(task)
                    task.add_done_callback(self._answering.discard)

    async def _answer(self, interaction: JsonDict) -> None:
        token = interaction["token"]
        await self._send(
            "POST", f"{self._rest}/interactions/{interaction['id']}/{token}/callback", json=THINKING
        )
        order = {"prompt": interaction["data"]["options"][0]["value"]}
        async with self._session.post(f"{self._provider}/v1/images/generations", json=order) as response:
            item = (await response.json())["data"][0]
        form = aiohttp.FormData()
        form.add_field("payload_json", "{}")
        form.add_field("files[0]", base64.b64decode(item["b64_json"]), filename="picture.jpg")
        await self._send("POST", f"{self._rest}/webhooks/{self._application}/{token}", data=form)

    async def _send(self, method: str, url: str, **what: Any) -> None:
        async with self._session.request(method, url, raise_for_status=True, **what) as response:
            await response.read()


async def main(rest: str, gateway: str, provider: str, token: str) -> None:
    """Be the floor until Discord goes."""
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:
        await Floor(session, rest, provider, token).run(gateway)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
