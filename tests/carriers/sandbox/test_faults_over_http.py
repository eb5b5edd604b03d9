"""What the client makes of a broken carrier: every fault is a named error, and the next question works."""

from __future__ import annotations

import asyncio

import pytest

from carriers import registry
from carriers.client import CarrierClient, Outcome
from carriers.events import TrackedNumber
from carriers.sandbox.wires import WIRES

from .askers import ASKERS
from .conftest import Server, access_to

NAMED = {
    "down": "try_later", "rate_limit": "try_later", "hang_up": "try_later", "wrong_credentials": "refused",
    "garbage": "bad_answer", "huge": "bad_answer", "deep": "bad_answer", "nul": "bad_answer", "bad_utf8": "bad_answer",
    "dtd": "bad_answer",
}  # fmt: skip

FIELDS = {"phone_last4": "0000", "postal_code": "10115"}


def ask(server: Server, carrier: str, number: str, fields: dict[str, str]) -> Outcome:
    async def once() -> Outcome:
        async with CarrierClient.connect() as client:
            asked = TrackedNumber(number=number, fields=fields)
            (outcome,) = await client.track(registry.adapter(carrier), access_to(server, carrier), [asked])
            return outcome

    return asyncio.run(once())


@pytest.mark.parametrize("carrier", sorted(WIRES))
def test_every_fault_has_its_name_and_passes(carrier, server):
    story, place = ASKERS[carrier].STORY
    journey = server.ask("/sandbox/journeys", {"story": story, "start_at": "2026-03-02T01:00:00+00:00"})
    number, fields = journey["legs"][place]["number"], journey["legs"][place]["fields"]
    for kind, name in NAMED.items():
        # For this number, so that the token of an OAuth carrier is granted.
        server.ask("/sandbox/faults", {"carrier": carrier, "kind": kind, "number": number})
        failure = ask(server, carrier, number, fields).result.failure
        server.ask("/sandbox/faults", method="DELETE")
        assert failure is not None, f"{kind} for {number} did not strike: the request does not name that number"
        assert (kind, failure.kind) == (kind, name), failure.detail
        if kind == "rate_limit":
            assert failure.after_s == 5
    assert ask(server, carrier, number, fields).result.failure is None


@pytest.mark.parametrize("carrier", sorted(WIRES))
def test_an_unknown_number_is_not_found(carrier, server):
    failure = ask(server, carrier, getattr(ASKERS[carrier], "UNKNOWN", "999999999999"), FIELDS).result.failure
    assert failure.kind == "not_found", (failure, failure.detail)


@pytest.mark.parametrize("carrier", sorted(WIRES))
def test_wrong_credentials_are_refused(carrier, server):
    adapter = registry.adapter(carrier)
    if not adapter.credentials:
        pytest.skip("asked without an account")
    access = access_to(server, carrier)
    wrong = type(access)(
        credentials=dict.fromkeys(adapter.credentials, "wrong"), now=access.now, base_url=access.base_url
    )

    async def once() -> Outcome:
        async with CarrierClient.connect() as client:
            (outcome,) = await client.track(adapter, wrong, [TrackedNumber(number="1", fields=FIELDS)])
            return outcome

    assert asyncio.run(once()).result.failure.kind == "refused"
