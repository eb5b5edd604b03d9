"""Stories, adapters and rules, each written apart: what the adapters read, the rules fold to the story's own end."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import pytest

from carriers import registry
from carriers.events import TrackingEvent
from carriers.sandbox.expected import expected
from carriers.sandbox.stories import STORIES
from carriers.sandbox.world import Journey
from tracking.rules.facts import Channel, EventFact, LegFact
from tracking.rules.reuse import of_this_parcel
from tracking.rules.timeline import Timeline, fold

from .conftest import Asker


def fact(leg: LegFact, place: int, event: TrackingEvent) -> EventFact:
    return EventFact(
        identity=f"{leg.position}/{place}", leg_id=leg.id, carrier=leg.carrier, channel=Channel.POLL,
        code=event.code, reason=event.reason, occurred_at=event.time.instant, local_time=event.time.local,
        offset_min=event.time.offset_min, time_source=event.time.source, precision=event.time.precision,
        sequence=event.sequence, is_correction=event.is_correction, raw_code=event.raw_code, raw_text=event.raw_text,
        city=event.place.city if event.place else None, country=event.place.country if event.place else None,
    )  # fmt: skip


def folded(journey: Journey, asker: Asker) -> Timeline:
    legs, facts = [], []
    for position, leg in enumerate(journey.legs):
        legs.append(LegFact(id=UUID(int=position), position=position, carrier=leg.carrier, number=leg.number))
        body = asker.track(leg.asked, leg.number, phone=leg.phone_last4).body
        (result,) = registry.adapter(leg.asked).read(body)
        facts += [fact(legs[-1], place, event) for place, event in enumerate(result.events)]
    first = journey.legs[0]
    mine = of_this_parcel(facts, journey.start_at)
    return fold(mine, legs, origin=first.origin.country, destination=first.destination.country)


@pytest.mark.parametrize("name", sorted(STORIES))
def test_the_rules_come_to_the_story_s_end(name, asker, begin):
    journey = begin(name)
    truth, timeline = expected(journey), folded(journey, asker)
    delivered_at = truth["delivered_at"] and datetime.fromisoformat(truth["delivered_at"])
    assert (timeline.status.value, timeline.delivered_at) == (truth["final_status"], delivered_at)
    assert timeline.unknown_codes == len([row for row in truth["timeline"] if row["code"] == "unknown"])
    held = {(entry.code.value, entry.reason) for entry in timeline.entries if entry.reason is not None}
    assert {(hold["code"], hold["reason"]) for hold in truth["holds"] if hold["reason"]} <= held


@pytest.mark.parametrize("name", ["hangzhou_hamburg", "s10_london", "delivered_then_returned"])
def test_what_two_carriers_tell_is_one_event(name, asker, begin):
    journey = begin(name)
    timeline = folded(journey, asker)
    told = sum(len(leg.scans) for leg in journey.legs)
    assert len(timeline.entries) < told
    assert sum(len(entry.facts) for entry in timeline.entries) == told
