"""The sandbox and the adapters, written apart, tell the same of every story: over real HTTP, at the end of its time.

Where they differ in what a wording means, the difference stands in `DISPUTED` with who is right; a new one fails here.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from carriers import numbers, registry
from carriers.base import PushAdapter, PushMessage
from carriers.client import CarrierClient, Outcome
from carriers.errors import BadPush
from carriers.events import TrackedNumber, TrackingEvent
from carriers.sandbox import push
from carriers.sandbox.clock import Clock
from carriers.sandbox.stories import STORIES
from carriers.sandbox.world import World
from carriers.vocabulary import Status

from .conftest import Server, access_to

_LONG_AGO = "2026-03-02T01:00:00+00:00"
# (carrier, what happened, the adapter's code) -> who is right and why, while a difference is open. None is: the first
# run found some thirty, and the last was settled on 2026-11-23.
DISPUTED: dict[tuple[str, str, str], str] = {}


@pytest.fixture(scope="module")
def told(server: Server) -> dict[str, tuple[dict[str, Any], list[Outcome]]]:
    """Every story: the journey as the sandbox knows it, and what the adapters made of each leg's answer."""
    journeys = [server.ask("/sandbox/journeys", {"story": name, "start_at": _LONG_AGO}) for name in STORIES]

    async def ask_all() -> dict[str, tuple[dict[str, Any], list[Outcome]]]:
        async with CarrierClient.connect() as client:
            return {journey["story"]: (journey, await _ask(client, server, journey)) for journey in journeys}

    return asyncio.run(ask_all())


async def _ask(
    client: CarrierClient, server: Server, journey: dict[str, Any], known: dict[tuple[str, str], bytes] | None = None
) -> list[Outcome]:
    outcomes = []
    for leg in journey["legs"]:
        adapter = registry.adapter(leg["asked"])
        access = access_to(server, leg["asked"])
        asked = TrackedNumber(number=leg["number"], fields=leg["fields"], carrier=leg["carrier"])
        last = (known or {}).get((leg["asked"], leg["number"]), b"")
        outcomes += await client.track(adapter, access, [asked], {leg["number"]: last})
    return outcomes


EVERY = pytest.mark.parametrize("name", sorted(STORIES))


def rows_of(journey: dict[str, Any], leg: int) -> list[dict[str, Any]]:
    return [row for row in journey["expected"]["timeline"] if row["leg"] == leg]


def pair(rows: list[dict[str, Any]], events: list[TrackingEvent]) -> list[tuple[dict[str, Any], TrackingEvent | None]]:
    """Each scan of the story with the event of its minute, the one of the same code first."""
    left = list(events)
    pairs: list[tuple[dict[str, Any], TrackingEvent | None]] = []
    for row in rows:
        at = datetime.fromisoformat(row["at"])
        near = [e for e in left if e.time.instant is not None and abs((e.time.instant - at).total_seconds()) <= 60]
        found = next((event for event in near if event.code.value == row["code"]), near[0] if near else None)
        if found is not None:
            left.remove(found)
        pairs.append((row, found))
    return pairs


@EVERY
def test_every_scan_is_read_and_none_is_made_up(name, told):
    journey, outcomes = told[name]
    for leg, outcome in enumerate(outcomes):
        assert outcome.result is not None
        assert outcome.result.failure is None, (outcome.number, outcome.body[:300])
        assert len(outcome.result.events) == len(rows_of(journey, leg))


@EVERY
def test_every_scan_has_its_true_instant(name, told):
    journey, outcomes = told[name]
    for leg, outcome in enumerate(outcomes):
        missing = [
            (row["carrier"], row["city"], row["happened"], row["at"])
            for row, event in pair(rows_of(journey, leg), list(outcome.result.events))
            if event is None and (row["carrier"], "instant", row["city"]) not in DISPUTED
        ]
        assert not missing


@EVERY
def test_every_wording_means_the_same_to_both(name, told):
    journey, outcomes = told[name]
    differing = []
    for leg, outcome in enumerate(outcomes):
        for row, event in pair(rows_of(journey, leg), list(outcome.result.events)):
            if event is None or (row["carrier"], row["happened"], event.code.value) in DISPUTED:
                continue
            mine = (row["code"], row["reason"], row["is_correction"])
            theirs = (event.code.value, event.reason.value if event.reason else None, event.is_correction)
            if mine != theirs:
                differing.append((row["carrier"], event.raw_code, event.raw_text, mine, theirs))
    assert not differing


@EVERY
def test_the_next_leg_is_found_as_the_story_has_it(name, told):
    journey, outcomes = told[name]
    destination = journey["destination_country"]
    for place, outcome in enumerate(outcomes):
        following = journey["legs"][place + 1] if place + 1 < len(outcomes) else None
        if following is None or following["told_by"] != "answer":
            assert outcome.result.next_leg is None
            continue
        found = outcome.result.next_leg
        assert found is not None
        assert found.number == following["number"]
        # Where the answer names no carrier, its number must do so.
        carrier = found.carrier or numbers.detect(found.number, destination=destination).candidates[0].carrier
        assert carrier == following["carrier"]


@EVERY
def test_an_unchanged_answer_is_not_parsed_again(name, server, told):
    """The digests leave out what changes with every call, so a second poll of a silent parcel costs nothing."""
    journey, outcomes = told[name]
    known = {(leg["asked"], out.number): out.digest for leg, out in zip(journey["legs"], outcomes, strict=True)}

    async def again() -> list[bool]:
        async with CarrierClient.connect() as client:
            return [outcome.is_unchanged for outcome in await _ask(client, server, journey, known)]

    assert all(asyncio.run(again()))


def test_the_list_of_disputes_is_complete(told, record_property):
    """What has come to agree is no failure, only a row to strike out: it stands in the test's properties."""
    seen = set()
    for journey, outcomes in told.values():
        for leg, outcome in enumerate(outcomes):
            for row, event in pair(rows_of(journey, leg), list(outcome.result.events)):
                if event is None:
                    seen.add((row["carrier"], "instant", row["city"]))
                elif (row["code"], row["is_correction"]) != (event.code.value, event.is_correction):
                    seen.add((row["carrier"], row["happened"], event.code.value))
    record_property("agreed", ", ".join(" ".join(key) for key in sorted(set(DISPUTED) - seen)))
    assert seen <= set(DISPUTED)


@pytest.mark.parametrize(("kind", "story", "leg"), [("ups", "unknown_code", 0), ("track17", "shenzhen_berlin", 1)])
def test_a_push_holds_and_says_where_the_parcel_is(kind, story, leg):
    world = World(5, Clock(0.0, datetime(2026, 6, 1, tzinfo=UTC).timestamp(), 0.0))
    pushed = world.create(story, start_at=datetime.fromisoformat(_LONG_AGO)).legs[leg]
    body, headers = push.build(world, kind, pushed.number, "between us")
    lower = {name.lower(): value for name, value in headers.items()}
    adapter = registry.adapter(kind)
    assert isinstance(adapter, PushAdapter)
    adapter.verify(PushMessage(headers=lower, body=body, secret="between us"))
    with pytest.raises(BadPush):
        adapter.verify(PushMessage(headers=lower, body=body, secret="another"))
    (result,) = adapter.read_push(body)
    newest = max(result.events, key=lambda event: event.time.instant or datetime.min.replace(tzinfo=UTC))
    assert (result.number, newest.code.status) == (pushed.number, Status.DELIVERED)
    assert newest.time.instant == datetime.fromtimestamp(pushed.scans[-1].at, UTC)
