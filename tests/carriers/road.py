"""The road to every carrier: the real client and a server on the loopback that says what a test wants, in one loop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web

from carriers import registry
from carriers.base import Access, CarrierAdapter
from carriers.client import CarrierClient, Outcome
from carriers.events import TrackedNumber

NOW = datetime(2026, 7, 20, tzinfo=UTC)
CREDENTIAL, ANOTHER = "demo", "another"
# Every carrier's token is in it under some name.
TOKEN = json.dumps(dict.fromkeys(("access_token", "id_token", "token"), "t0ken") | {"expires_in": 36_000}).encode()
FIELDS = {"phone_last4": "0000", "postal_code": "10115"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the carrier answers: a whole body, or `send`, which writes one by itself."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    send: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What arrived at the carrier, as it came over the wire."""

    method: str
    target: str  # path and query, still quoted
    headers: dict[str, str]
    body: bytes


class Road:
    """Made once for many tests: a server, a client, and the loop in which both live."""

    def __init__(self) -> None:
        self.reply, self.token = Reply(), Reply(body=TOKEN)
        self.asked: list[Asked] = []
        self._loop = asyncio.new_event_loop()
        self._open = AsyncExitStack()
        self._run(self._start())

    def track(
        self,
        carrier: str | CarrierAdapter,
        reply: Reply,
        number: str = "AB123456785CD",
        *,
        fields: Mapping[str, str] = FIELDS,
        credential: str = CREDENTIAL,
    ) -> Outcome:
        """What a client makes of `reply` to every request but those for a token; `asked` holds the requests."""
        adapter = registry.adapter(carrier) if isinstance(carrier, str) else carrier
        self.reply, self.asked = reply, []
        asked = TrackedNumber(number=number, fields=fields)
        outcomes: list[Outcome] = self._run(self._client.track(adapter, self._access(adapter, credential), [asked]))
        return outcomes[0]

    def login(self, slug: str, token: Reply) -> Outcome:
        """What a client without a token makes of `token`."""
        self.token = token
        try:
            return self.track(slug, Reply(), credential=ANOTHER)
        finally:
            self.token = Reply(body=TOKEN)

    def close(self) -> None:
        """Ends the server, the client and the loop."""
        self._run(self._open.aclose())
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self._loop.run_until_complete(work)

    def _access(self, adapter: CarrierAdapter, credential: str) -> Access:
        credentials = dict.fromkeys(adapter.credentials, credential)
        return Access(credentials=credentials, now=NOW, base_url=f"{self._url}/{adapter.slug}")

    async def _start(self) -> None:
        runner = web.ServerRunner(web.Server(self._answer))
        await runner.setup()
        self._open.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        self._client = await self._open.enter_async_context(CarrierClient.connect())

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        _, slug, path = request.path.split("/", 2)
        if f"/{path}" in _token_paths(slug):
            return web.Response(status=self.token.status, body=self.token.body)
        self.asked.append(
            Asked(method=request.method, target=request.raw_path, headers=dict(request.headers), body=body)
        )
        reply = self.reply
        if reply.send is not None:
            return await reply.send(request)
        return web.Response(status=reply.status, body=reply.body, headers=reply.headers)


def _token_paths(slug: str) -> list[str]:
    """Where an account asks for a token; some addresses bear a part of the credentials."""
    adapter = registry.adapter(slug)
    if adapter.auth is None:
        return []
    keys = (dict.fromkeys(adapter.credentials, word) for word in (CREDENTIAL, ANOTHER))
    return [adapter.auth.token_request(each).path for each in keys]


@contextmanager
def road() -> Iterator[Road]:
    """A road, closed afterwards."""
    made = Road()
    try:
        yield made
    finally:
        made.close()
