"""One deadline for a whole call: its token, every request, every attempt."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from carriers import registry
from carriers.client import CarrierClient
from tests.carriers.carrier_double import access, carrier, failure, numbers

TOKEN = b'{"access_token": "t", "expires_in": 3600}'


async def never(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(60)
    raise AssertionError("nobody waits so long")


def asked_within(deadline_s: float, slug: str, *script: Any) -> tuple[str | None, str, int]:
    """(kind of the failure, its detail, requests that the carrier saw)."""

    async def ask() -> tuple[str | None, str, int]:
        async with carrier(*script) as double, CarrierClient.connect() as client:
            told = await client.track(
                registry.adapter(slug), access(slug, double.url), numbers("1Z12345E0205271688"), deadline_s=deadline_s
            )
            assert told[0].result is not None
            assert told[0].result.failure is not None
            return failure(told[0]), told[0].result.failure.detail, len(double.asked)

    return asyncio.run(ask())


def test_a_carrier_that_never_answers_is_left_at_the_deadline() -> None:
    assert asked_within(0.2, "dhl_unified", never) == ("try_later", "no answer within 0 s", 1)


def test_the_time_that_a_token_takes_counts_too() -> None:
    assert asked_within(0.2, "ups", never)[0::2] == ("try_later", 1)
    assert asked_within(0.5, "ups", TOKEN, never)[0::2] == ("try_later", 2)
