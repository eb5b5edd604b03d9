"""A carrier that answers by a script, on loopback, and the client that asks it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from carriers import registry
from carriers.base import Access
from carriers.client import CarrierClient, Outcome
from carriers.events import TrackedNumber

PAYLOADS = Path(__file__).parent.parent / "payloads"
NOW = datetime(2026, 6, 14, 8, 0, tzinfo=UTC)
CREDENTIALS = {
    "dhl_unified": {"api_key": "demo"},
    "yanwen": {"merchant_number": "100000"},
    "poczta_polska": {"username": "u", "password": "p"},
    "laposte": {"okapi_key": "demo"},
    "sf_express": {"partner_id": "TL", "checkword": "w"},
    "yunexpress": {"customer_code": "C", "api_secret": "s"},
    "ups": {"client_id": "i", "client_secret": "s"},
    "canadapost": {"username": "u", "password": "p", "api_key": "k", "api_secret": "s"},
}
DELIVERED = json.dumps(
    {"shipments": [{"id": "8995348891", "events": [{"timestamp": "2026-06-12T09:00:00Z", "statusCode": "delivered"}]}]}
).encode()


@dataclass(slots=True)
class Carrier:
    """Answers with `script`, one entry a request, the last one for ever; remembers what it was asked."""

    script: list[Any]
    asked: list[tuple[str, str, Mapping[str, str], bytes]] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.method, request.path_qs, dict(request.headers), await request.read()))
        step = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if callable(step):
            return await step(request)
        status, body, headers = step if isinstance(step, tuple) else (200, step, {})
        return web.Response(status=status, body=body, headers=headers)

    @property
    def paths(self) -> list[str]:
        return [path.partition("?")[0] for _, path, _, _ in self.asked]


@asynccontextmanager
async def carrier(*script: Any) -> AsyncIterator[Carrier]:
    double = Carrier(list(script))
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", double.answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    double.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield double
    finally:
        await runner.cleanup()


def access(slug: str, url: str, **credentials: str) -> Access:
    return Access(credentials=CREDENTIALS[slug] | credentials, now=NOW, base_url=url)


def numbers(*texts: str, **fields: str) -> list[TrackedNumber]:
    return [TrackedNumber(number=text, fields=fields) for text in texts]


def tracked(slug: str, *script: Any, asked: tuple[str, ...] = ("8995348891",), **fields: str) -> list[Outcome]:
    async def ask() -> list[Outcome]:
        async with carrier(*script) as double, CarrierClient.connect() as client:
            return await client.track(registry.adapter(slug), access(slug, double.url), numbers(*asked, **fields))

    return asyncio.run(ask())


def failure(outcome: Outcome) -> str | None:
    assert outcome.result is not None
    return outcome.result.failure and outcome.result.failure.kind


def run(test: Callable[[], Awaitable[None]]) -> None:
    asyncio.run(test())  # type: ignore[arg-type]
