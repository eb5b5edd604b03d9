"""What the runs of tests/tracking/shipments/orders.py found in the rules, a small test each."""

from __future__ import annotations

from dataclasses import replace

from carriers.vocabulary import EventCode
from tests.tracking.rules.facts_of import LEGS, LINEHAUL, told, undated
from tracking.rules.facts import Channel, EventFact
from tracking.rules.timeline import fold


def order(*events: EventFact) -> list[str]:
    """The identities of the reports that lead, from the oldest."""
    return ["/".join(sorted(fact.identity for fact in entry.facts)) for entry in fold(events, LEGS).entries]


def pushed(event: EventFact, sequence: int = 0) -> EventFact:
    return replace(event, identity="p" + event.identity, channel=Channel.PUSH, sequence=sequence)


def test_a_push_of_the_last_of_three_scans_of_one_minute_leaves_it_the_last() -> None:
    arrived, departed = EventCode.LAST_MILE_ARRIVED_HUB, EventCode.LAST_MILE_DEPARTED_HUB
    listed = [
        replace(told(code, 10, sequence=place), identity=identity)
        for place, (code, identity) in enumerate([(arrived, "a"), (departed, "b"), (arrived, "c")])
    ]
    assert order(*listed, pushed(listed[0]), pushed(listed[2], 1)) == ["a/pa", "b", "c/pc"]


def test_a_push_without_a_zone_stands_where_the_list_has_it() -> None:
    early = replace(told(EventCode.FIRST_MILE_PICKED_UP, 0, sequence=0), identity="a")
    late = replace(told(EventCode.LAST_MILE_OUT_FOR_DELIVERY, 90, sequence=8, offset_min=-300), identity="b")
    bare = replace(undated(told(EventCode.LAST_MILE_DELIVERED, 91, sequence=9, offset_min=-300)), identity="c")
    assert order(early, late, bare, pushed(bare)) == ["a", "b", "c/pc"]


def test_a_push_without_any_time_is_told_again_too() -> None:
    listed = [
        replace(told(EventCode.FIRST_MILE_PICKED_UP, hours, sequence=hours), identity=f"{hours}") for hours in (0, 9)
    ]
    timeless = replace(undated(told(EventCode.ANY_NOTE, 9, sequence=10, leg=LINEHAUL)), identity="c", local_time=None)
    assert order(*listed, timeless, pushed(timeless)) == ["0", "c/pc", "9"]


def test_a_pushed_correction_is_the_listed_correction_and_not_what_it_corrects() -> None:
    delivered = replace(told(EventCode.LAST_MILE_DELIVERED, 10, sequence=0), identity="a")
    correction = replace(delivered, identity="b", sequence=1, is_correction=True)
    assert order(delivered, correction, pushed(correction)) == ["a", "b/pb"]
