"""A carrier without a door of its own, or without an account, is asked through another's API."""

from __future__ import annotations

import pytest
from django_scopes import scope

from carriers import registry
from carriers.events import EventTime, TimeSource, TrackingEvent, TrackingResult
from carriers.vocabulary import EventCode
from tracking import clock
from tracking.rules.facts import Channel
from tracking.shipments import services
from tracking.shipments.errors import Invalid
from tracking.shipments.models import Event, RawAnswer
from tracking.shipments.opening import LegSpec, why_not_polled
from tracking.shipments.recording.door import Told, record_result

NUMBER = "LX473124829CN"

pytestmark = pytest.mark.django_db


def account(merchant, carrier):
    names = registry.adapter(carrier).credentials
    return services.save_account(merchant, carrier, credentials=dict.fromkeys(names, "sandbox"))


def leg_of(merchant, carrier="china_post", number=NUMBER, **more):
    spec = LegSpec(number=number, carrier=carrier, **more)
    shipment = services.register_shipment(merchant, destination_country="DE", legs=[spec])
    with scope(merchant=merchant):
        return shipment.legs.get()


def test_a_recognised_carrier_is_asked_through_an_aggregator(halden):
    through = account(halden, "track17")
    leg = leg_of(halden)
    assert leg.account_id == through.id
    assert leg.next_poll_at is not None
    assert why_not_polled(leg) is None


def test_an_account_of_its_own_comes_first(halden):
    account(halden, "track17")
    own = account(halden, "yanwen")
    assert leg_of(halden, "yanwen", "UH016839495YP").account_id == own.id


def test_legs_that_wait_are_asked_once_there_is_an_aggregator(halden):
    leg = leg_of(halden)
    assert why_not_polled(leg) == "no_adapter"
    through = account(halden, "track17")
    leg.refresh_from_db()
    assert (leg.account_id, leg.next_poll_at is not None) == (through.id, True)


def test_a_carrier_s_own_account_takes_its_legs_over(halden):
    account(halden, "track17")
    leg = leg_of(halden, "yanwen", "UH016839495YP")
    own = account(halden, "yanwen")
    leg.refresh_from_db()
    assert leg.account_id == own.id


def test_an_aggregator_added_later_takes_no_leg_from_the_carrier_itself(halden):
    own = account(halden, "yanwen")
    leg = leg_of(halden, "yanwen", "UH016839495YP")
    account(halden, "track17")
    leg.refresh_from_db()
    assert leg.account_id == own.id


def test_a_company_known_by_name_only_is_never_asked_for(halden):
    account(halden, "track17")
    leg = leg_of(halden, carrier=None, number="FORWARDER77120", carrier_name="Nanhai Couriers")
    assert leg.account_id is None


def test_what_the_aggregator_wants_to_know_is_taken_and_checked(halden):
    assert leg_of(halden, fields={"carrier": "3011"}).fields == {"carrier": "3011"}
    with pytest.raises(Invalid, match="is not 17TRACK's carrier code"):
        leg_of(halden, fields={"carrier": "x"})


def test_an_event_says_who_told_it_and_whose_tables_read_it(halden):
    account(halden, "track17")
    leg = leg_of(halden)
    time = EventTime(raw="2026-06-01", local=None, offset_min=None, instant=clock.now(), source=TimeSource.UNKNOWN)
    scans = [
        TrackingEvent(code=EventCode.UNKNOWN, time=time, raw_code=code, details={"provider": provider})
        for code, provider in (("A", "Deutsche Post"), ("B", "Nobody's Couriers"))
    ]
    result = TrackingResult(number=NUMBER, events=tuple(scans))
    record_result(
        Told(
            leg_id=leg.id, channel=Channel.POLL, received_at=clock.now(), result=result, body=b"{}", read_by="track17",
            poll_token=leg.poll_token,
        )
    )  # fmt: skip
    told = dict(Event.objects.filter(leg_id=leg.id).values_list("raw_code", "carrier"))
    assert told == {"A": "deutsche_post", "B": "china_post"}
    assert set(Event.objects.values_list("read_by", flat=True)) == {"track17"}
    assert RawAnswer.objects.get(leg_id=leg.id).carrier == "track17"
