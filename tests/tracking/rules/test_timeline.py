"""The rules that the evidence demands (vocabulary.md of the plan), each as a test."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from carriers.events import TimePrecision
from carriers.vocabulary import EventCode, Phase, Reason, Status
from tests.tracking.rules.facts_of import LAST_MILE, LEGS, LINEHAUL, at, journey, told, undated
from tracking.rules.facts import Channel, EventFact
from tracking.rules.milestones import Milestone
from tracking.rules.reuse import of_this_parcel
from tracking.rules.timeline import Holder, Timeline, fold


def folded(events: list[EventFact]) -> Timeline:
    return fold(events, LEGS, origin="CN", destination="DE")


def codes(timeline: Timeline) -> list[str]:
    return [entry.code.value for entry in timeline.entries]


def test_a_journey_ends_delivered_with_all_its_milestones_in_order() -> None:
    timeline = folded(journey())
    assert timeline.status is Status.DELIVERED
    assert timeline.delivered_at == at(125)
    assert [name for name, _ in timeline.milestones] == [
        Milestone.ANNOUNCED,
        Milestone.PICKED_UP,
        Milestone.LEFT_ORIGIN,
        Milestone.ARRIVED_DESTINATION,
        Milestone.CUSTOMS_CLEARED,
        Milestone.WITH_DELIVERY_CARRIER,
        Milestone.OUT_FOR_DELIVERY,
        Milestone.DELIVERED,
    ]
    assert timeline.holder == Holder.BUYER


def test_nothing_told_is_pending_and_with_the_seller() -> None:
    timeline = folded([])
    assert (timeline.status, timeline.phase, timeline.holder, timeline.entries) == (
        Status.PENDING,
        None,
        Holder.SELLER,
        (),
    )


def test_a_label_is_not_a_pick_up() -> None:
    timeline = folded(journey()[:1])
    assert timeline.status is Status.INFO_RECEIVED
    assert timeline.holder == Holder.SELLER
    assert Milestone.PICKED_UP not in dict(timeline.milestones)


def test_a_second_carriers_label_takes_nothing_back() -> None:
    events = [*journey()[:5], told(EventCode.SELLER_LABEL_CREATED, 58, leg=LAST_MILE)]
    timeline = folded(events)
    assert timeline.status is Status.IN_TRANSIT
    assert timeline.phase is Phase.LINEHAUL


def test_delivered_is_not_left_by_a_late_or_equal_time_scan() -> None:
    for hours in (100, 125, 126):
        timeline = folded([*journey(), told(EventCode.LAST_MILE_ARRIVED_HUB, hours, leg=LAST_MILE, sequence=99)])
        assert timeline.status is Status.DELIVERED, hours
        assert timeline.delivered_at == at(125)


def test_delivered_is_left_by_a_later_return_and_not_by_an_earlier_one() -> None:
    later = folded([*journey(), told(EventCode.RETURN_STARTED, 200, leg=LAST_MILE)])
    earlier = folded([*journey(), told(EventCode.RETURN_STARTED, 124, leg=LAST_MILE)])
    assert later.status is Status.RETURNING
    assert later.phase is Phase.RETURN
    assert later.delivered_at is None
    assert earlier.status is Status.DELIVERED


def test_an_equal_time_return_does_not_undo_a_delivery() -> None:
    timeline = folded([*journey(), told(EventCode.RETURN_STARTED, 125, leg=LAST_MILE)])
    assert timeline.status is Status.DELIVERED


def test_delivered_is_left_by_the_carriers_own_correction() -> None:
    correction = told(EventCode.ANY_NOTE, 130, leg=LAST_MILE, is_correction=True)
    timeline = folded([*journey(), correction])
    assert timeline.status is Status.IN_TRANSIT
    assert timeline.delivered_at is None
    assert Milestone.DELIVERED not in dict(timeline.milestones)
    again = folded([*journey(), correction, told(EventCode.LAST_MILE_DELIVERED, 150, leg=LAST_MILE)])
    assert again.delivered_at == at(150)


def test_scans_of_the_way_back_do_not_move_the_parcel_forward_again() -> None:
    events = [
        *journey()[:10],
        told(EventCode.RETURN_STARTED, 130, leg=LAST_MILE),
        told(EventCode.LAST_MILE_ARRIVED_HUB, 140, leg=LAST_MILE, country="DE"),
        told(EventCode.LINEHAUL_DEPARTED, 160, country="DE"),
    ]
    assert folded(events).status is Status.RETURNING
    home = told(EventCode.LAST_MILE_DELIVERED, 300, country="CN")
    assert folded([*events, home]).status is Status.RETURNED
    here = told(EventCode.LAST_MILE_DELIVERED, 300, leg=LAST_MILE, country="DE")
    assert folded([*events, here]).status is Status.DELIVERED


def test_signed_at_the_pick_up_station_is_not_delivered() -> None:
    timeline = folded([*journey()[:10], told(EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP, 124, leg=LAST_MILE)])
    assert timeline.status is Status.AVAILABLE_FOR_PICKUP


def test_returned_from_import_customs_is_released() -> None:
    assert EventCode.IMPORT_CUSTOMS_RELEASED.status is Status.IN_TRANSIT
    assert not EventCode.IMPORT_CUSTOMS_RELEASED.is_return


def test_unknown_wording_stays_visible_and_leaves_the_status() -> None:
    strange = told(EventCode.UNKNOWN, 70, raw_code="ZZ9", raw_text="Parcel contemplates the sea")
    timeline = folded([*journey()[:6], strange])
    assert timeline.status is Status.IN_TRANSIT
    assert timeline.phase is Phase.IMPORT_CUSTOMS
    assert timeline.entries[-1].lead.raw_text == "Parcel contemplates the sea"
    assert timeline.unknown_codes == 1


def test_a_hold_keeps_its_reason_until_it_moves_again() -> None:
    held = told(EventCode.IMPORT_CUSTOMS_HELD, 62, reason=Reason.CUSTOMS_INVOICE_MISSING)
    still = told(EventCode.IMPORT_CUSTOMS_HELD, 70)
    timeline = folded([*journey()[:6], held, still])
    assert (timeline.status, timeline.reason) == (Status.EXCEPTION, Reason.CUSTOMS_INVOICE_MISSING)
    assert timeline.holder == Holder.CUSTOMS
    moving = folded([*journey()[:6], held, still, told(EventCode.IMPORT_CUSTOMS_RELEASED, 80)])
    assert (moving.status, moving.reason) == (Status.IN_TRANSIT, None)


def test_the_next_carrier_has_it_once_it_was_handed_over() -> None:
    timeline = folded(journey()[:8])
    assert (timeline.holder, timeline.holder_leg) == (Holder.CARRIER, LAST_MILE.id)


def test_a_sorting_centre_belongs_to_the_stretch_of_its_country() -> None:
    events = [
        told(EventCode.LAST_MILE_ARRIVED_HUB, 1, country="CN"),
        told(EventCode.LAST_MILE_ARRIVED_HUB, 20, country="AE"),
        told(EventCode.FIRST_MILE_ARRIVED_HUB, 40, country="DE"),
        told(EventCode.LAST_MILE_ARRIVED_HUB, 50),
    ]
    assert codes(folded(events)) == [
        "first_mile.arrived_hub",
        "transit_country.arrived",
        "last_mile.arrived_hub",
        "last_mile.arrived_hub",
    ]


def test_picked_up_in_the_buyers_country_is_where_the_last_mile_took_over() -> None:
    events = [*journey()[:7], told(EventCode.FIRST_MILE_PICKED_UP, 95, leg=LAST_MILE, country="DE", offset_min=60)]
    timeline = folded(events)
    assert timeline.entries[-1].code is EventCode.LAST_MILE_HANDED_OVER
    assert timeline.phase is Phase.LAST_MILE


def test_a_scan_that_only_says_on_its_way_still_says_where() -> None:
    def phase(*events: EventFact) -> Phase | None:
        return folded([told(EventCode.FIRST_MILE_PICKED_UP, 0, country="CN"), *events]).phase

    on_its_way = EventCode.ANY_IN_TRANSIT
    assert phase(told(on_its_way, 5, country="CN")) is Phase.FIRST_MILE
    assert phase(told(on_its_way, 5)) is Phase.FIRST_MILE
    assert phase(told(on_its_way, 5, country="AE")) is Phase.LINEHAUL
    assert phase(told(on_its_way, 5, country="DE", leg=LAST_MILE)) is Phase.LAST_MILE
    held = told(EventCode.IMPORT_CUSTOMS_PRESENTED, 4, country="DE")
    assert phase(held, told(on_its_way, 5, country="DE")) is Phase.IMPORT_CUSTOMS
    assert phase(told(EventCode.ANY_LOST, 5, country="DE")) is Phase.FIRST_MILE


def test_the_same_event_told_by_two_carriers_is_one_with_two_sources() -> None:
    events = [*journey()[:8], told(EventCode.LAST_MILE_HANDED_OVER, 96.1, leg=LAST_MILE, country="DE", offset_min=60)]
    timeline = folded(events)
    assert codes(timeline).count("last_mile.handed_over") == 1
    assert {fact.carrier for fact in timeline.entries[-1].facts} == {"yunexpress", "dhl_unified"}


def test_a_scan_of_no_known_meaning_polled_and_pushed_is_one_too() -> None:
    for code in (EventCode.ANY_IN_TRANSIT, EventCode.ANY_NOTE, EventCode.UNKNOWN):
        polled = told(code, 100, leg=LAST_MILE)
        pushed = told(code, 100, leg=LAST_MILE, channel=Channel.PUSH)
        assert len(folded([polled, pushed]).entries) == 1
        # What the carrier told twice it meant twice, and what another tells or what another second brings is another.
        twice = told(code, 100, leg=LAST_MILE)
        assert len(folded([polled, replace(twice, identity="again"), pushed]).entries) == 2
        assert len(folded([polled, told(code, 100, leg=LINEHAUL, channel=Channel.PUSH)]).entries) == 2
        assert len(folded([polled, told(code, 100.01, leg=LAST_MILE, channel=Channel.PUSH)]).entries) == 2


def test_the_same_event_polled_and_pushed_is_one() -> None:
    pushed = told(EventCode.LAST_MILE_DELIVERED_SIGNED, 125, leg=LAST_MILE, country="DE", channel=Channel.PUSH)
    timeline = folded([*journey(), pushed])
    assert len(timeline.entries) == len(journey())
    assert timeline.entries[-1].code is EventCode.LAST_MILE_DELIVERED_SIGNED


def test_two_scans_of_one_carrier_stay_two_and_other_countries_stay_apart() -> None:
    twice = [told(EventCode.LAST_MILE_ARRIVED_HUB, 100, leg=LAST_MILE, country="DE", sequence=n) for n in (1, 2)]
    assert len(folded(twice).entries) == 2
    abroad = [
        told(EventCode.IMPORT_CUSTOMS_PRESENTED, 60, country="BE"),
        told(EventCode.IMPORT_CUSTOMS_PRESENTED, 60, leg=LAST_MILE, country="DE"),
    ]
    assert len(folded(abroad).entries) == 2


def test_a_time_without_a_zone_is_ordered_by_its_neighbours_and_gets_no_instant() -> None:
    events = [
        told(EventCode.FIRST_MILE_PICKED_UP, 10, sequence=0),
        undated(told(EventCode.FIRST_MILE_ARRIVED_HUB, 12, sequence=1)),
        told(EventCode.FIRST_MILE_DEPARTED_HUB, 14, sequence=2),
    ]
    timeline = folded(events)
    assert [entry.lead.sequence for entry in timeline.entries] == [0, 1, 2]
    assert timeline.entries[1].at == at(12)
    assert timeline.entries[1].lead.occurred_at is None
    assert timeline.last_event_at == at(14)


def test_order_across_the_date_line_is_by_instant_not_by_wall_clock() -> None:
    auckland = told(EventCode.LINEHAUL_DEPARTED, 10, offset_min=780)
    honolulu = told(EventCode.LINEHAUL_ARRIVED, 18, offset_min=-600)
    assert auckland.local_time is not None
    assert honolulu.local_time is not None
    assert honolulu.local_time < auckland.local_time
    assert codes(folded([honolulu, auckland])) == ["linehaul.departed", "linehaul.arrived"]


def test_a_reused_number_does_not_bring_its_old_parcel_along() -> None:
    old = [
        replace(event, identity="old" + event.identity, occurred_at=event.occurred_at - timedelta(days=240))
        for event in journey()
        if event.occurred_at
    ]
    events = of_this_parcel([*old, *journey()[:3]], at(0))
    timeline = folded(events)
    assert timeline.status is Status.IN_TRANSIT
    assert len(timeline.entries) == 3


def test_a_cancelled_label_that_moves_after_all_is_moving() -> None:
    cancelled = [told(EventCode.SELLER_LABEL_CREATED, 0), told(EventCode.SELLER_CANCELLED, 5)]
    assert folded(cancelled).status is Status.CANCELLED
    assert folded([*cancelled, told(EventCode.FIRST_MILE_PICKED_UP, 8)]).status is Status.IN_TRANSIT


_CODES = st.sampled_from(list(EventCode))


@st.composite
def _events(draw: st.DrawFn) -> list[EventFact]:
    events = []
    for index in range(draw(st.integers(1, 14))):
        leg = draw(st.sampled_from(LEGS))
        event = told(
            draw(_CODES),
            draw(st.integers(0, 60)) / 4,
            leg=leg,
            sequence=draw(st.integers(0, 5)),
            country=draw(st.sampled_from([None, "CN", "BE", "DE"])),
            channel=draw(st.sampled_from([Channel.POLL, Channel.PUSH])),
            is_correction=draw(st.booleans()) and draw(st.booleans()),
            precision=draw(st.sampled_from([TimePrecision.SECOND, TimePrecision.DAY])),
        )
        event = replace(event, identity=f"{index}")
        events.append(undated(event) if draw(st.integers(0, 5)) == 0 else event)
    return events


@settings(max_examples=400, deadline=None)
@given(_events(), st.randoms(use_true_random=False))
def test_any_order_of_arrival_with_duplicates_gives_the_same_timeline(
    events: list[EventFact], shuffler: random.Random
) -> None:
    shuffled = events + shuffler.choices(events, k=3)
    shuffler.shuffle(shuffled)
    assert folded(shuffled) == folded(events)


@settings(max_examples=200, deadline=None)
@given(_events())
def test_no_event_is_lost_and_the_entries_are_in_order(events: list[EventFact]) -> None:
    timeline = folded(events)
    assert sorted(fact.identity for entry in timeline.entries for fact in entry.facts) == sorted(
        event.identity for event in events
    )
    instants = [entry.at for entry in timeline.entries]
    assert instants == sorted(instants)


def test_leg_facts_are_what_the_tests_think() -> None:
    assert LINEHAUL.position < LAST_MILE.position
