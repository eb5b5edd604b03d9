"""The ASGI application: a request's first path segment names the carrier; /sandbox is the control API."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from carriers.sandbox.control import Control
from carriers.sandbox.faults import Fault
from carriers.sandbox.http import Answer, Request, answer_json
from carriers.sandbox.parcels import CarrierDown
from carriers.sandbox.pusher import Pusher
from carriers.sandbox.tokens import Tokens
from carriers.sandbox.wire import Desk
from carriers.sandbox.wires import WIRES
from carriers.sandbox.world import World

_REMEMBERED = 100_000  # requests of each carrier, for whoever asks how fast they came

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class HungUp(ConnectionError):
    """The connection is broken on purpose, after half an answer."""


class Sandbox:
    """Every carrier's wire format over one world."""

    def __init__(self, world: World, state: Path | None = None, token_lifetime_s: float | None = None) -> None:
        self.world = world
        self.control = Control(world, state)
        self.tokens = Tokens(token_lifetime_s)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await _reply(await self._answer(await _read(scope, receive)), send)

    async def _live(self, receive: Receive, send: Send) -> None:
        telling: asyncio.Task[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup" and self.world.pushes:
                telling = asyncio.create_task(Pusher(self.world, self.control.save).run())
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                break
        if telling is not None:
            telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await telling

    async def _answer(self, request: Request) -> Answer:
        _, slug, *rest = request.path.split("/", 2)
        request.path = "/" + (rest[0] if rest else "")
        if slug == "sandbox":
            return await self.control.handle(request)
        if slug not in WIRES:
            return answer_json(404, {"error": f"no carrier {slug!r}; there are {', '.join(WIRES)} and /sandbox"})
        return self.answer(slug, request)

    def answer(self, slug: str, request: Request) -> Answer:
        """A carrier's answer, or the fault's that is switched on for it."""
        wire = WIRES[slug]
        now = self.world.clock.now()
        self.world.asked_at.setdefault(slug, deque(maxlen=_REMEMBERED)).append(time.time())
        fault = self._fault(slug, request, now)
        if fault is not None and fault.kind not in ("slow", "hang_up"):
            return fault.answer(wire)
        try:
            answer = wire.handle(request, Desk(self.world, now, self.tokens))
        except CarrierDown:
            answer = wire.failure("down")
        return answer if fault is None else fault.spoil(answer)

    def _fault(self, slug: str, request: Request, now: float) -> Fault | None:
        for fault in self.control.faults:
            if fault.carrier == slug and fault.strikes(request, now):
                return fault
        return None


def create_app(world: World, state: Path | None = None, token_lifetime_s: float | None = None) -> Sandbox:
    """The ASGI application over a world."""
    return Sandbox(world, state, token_lifetime_s)


async def _read(scope: Scope, receive: Receive) -> Request:
    body = b""
    if scope["method"] != "GET":
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
    path = scope["path"]
    return Request(
        method=scope["method"],
        path=unquote(path) if "%" in path else path,
        query_text=scope["query_string"].decode("latin-1"),
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        body=body,
    )


async def _reply(answer: Answer, send: Send) -> None:
    if answer.after_s:
        await asyncio.sleep(answer.after_s)
    headers = [(b"content-type", answer.content_type.encode()), (b"content-length", str(len(answer.body)).encode())]
    headers += [(name.lower().encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    if answer.cut_off:
        await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
        raise HungUp("as the fault asks")
    await send({"type": "http.response.body", "body": answer.body})
