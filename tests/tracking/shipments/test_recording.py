"""The one door: what is kept, what follows, and what a failure may not touch."""

from __future__ import annotations

import zlib
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from carriers.errors import BadAnswer, NotFound, Refused, TryLater
from carriers.events import NextLeg
from carriers.vocabulary import EventCode
from tests.tracking.shipments.telling import event, told
from tracking import clock
from tracking.rules.facts import Channel, Evidence
from tracking.shipments.models import CarrierAccount, Event, Leg, RawAnswer, Shipment, StatusChange
from tracking.shipments.recording.door import Told, record_result, record_results, refold_shipments
from tracking.shipments.recording.reading import journey

pytestmark = pytest.mark.django_db


def leg_of(shipment: Shipment, position: int = 1) -> Leg:
    return Leg.objects.standing().get(shipment=shipment, position=position)


def test_an_answer_becomes_events_a_status_a_change_and_a_raw_answer(parcel: Shipment) -> None:
    leg = leg_of(parcel)
    done = record_result(told(leg, event(EventCode.FIRST_MILE_PICKED_UP, 20), event(EventCode.LINEHAUL_DEPARTED, 5)))
    parcel.refresh_from_db()
    assert (done.events, parcel.status, parcel.phase, parcel.event_code) == (
        2,
        "in_transit",
        "linehaul",
        "linehaul.departed",
    )
    assert (parcel.holder, parcel.holder_leg) == ("carrier", leg.id)
    change = StatusChange.objects.get(shipment=parcel)
    assert (change.old_status, change.status, change.sequence) == ("pending", "in_transit", parcel.version)
    raw = RawAnswer.objects.get(shipment=parcel)
    assert zlib.decompress(bytes(raw.body)) == b'{"an": "answer"}'
    assert set(Event.objects.values_list("raw_answer", flat=True)) == {raw.id}


def test_the_same_answer_twice_changes_nothing(parcel: Shipment) -> None:
    answer = told(leg_of(parcel), event(EventCode.FIRST_MILE_PICKED_UP, 20))
    record_result(answer)
    parcel.refresh_from_db()
    version = parcel.version
    assert record_result(answer).events == 0
    parcel.refresh_from_db()
    assert (parcel.version, Event.objects.count(), StatusChange.objects.count()) == (version, 1, 1)


def test_two_scans_that_look_alike_are_both_kept_and_stay_two_when_told_again(parcel: Shipment) -> None:
    scan = event(EventCode.FIRST_MILE_ARRIVED_HUB, 20)
    answer = told(leg_of(parcel), scan, scan)
    record_result(answer)
    record_result(answer)
    assert Event.objects.count() == 2


def test_free_text_is_no_part_of_an_events_identity(parcel: Shipment) -> None:
    scan = event(EventCode.FIRST_MILE_ARRIVED_HUB, 20, raw_text="Arrived at hub")
    other = event(EventCode.FIRST_MILE_ARRIVED_HUB, 20, raw_text="Has arrived at the hub.", city="Shenzhen")
    record_result(told(leg_of(parcel), scan))
    assert record_result(told(leg_of(parcel), other)).events == 0


def test_rows_that_vanish_from_a_later_answer_stay_known(parcel: Shipment) -> None:
    leg = leg_of(parcel)
    record_result(told(leg, event(EventCode.FIRST_MILE_PICKED_UP, 20), event(EventCode.LINEHAUL_DEPARTED, 10)))
    record_result(told(leg, event(EventCode.LINEHAUL_ARRIVED, 2)))
    assert len(journey(parcel).timeline.entries) == 3


def test_a_partners_number_opens_the_next_leg_by_itself_with_its_evidence(parcel: Shipment) -> None:
    told_next = NextLeg(number="00340434161094027331", carrier="dhl_unified", evidence="TrackingNumber")
    record_result(told(leg_of(parcel), event(EventCode.LAST_MILE_HANDED_OVER, 5), next_leg=told_next))
    opened = leg_of(parcel, 2)
    assert (opened.carrier, opened.number, opened.role) == ("dhl_unified", told_next.number, "last_mile")
    assert (opened.evidence, opened.told_by, opened.evidence_detail) == (
        Evidence.PARTNER_NUMBER, "yunexpress", "TrackingNumber",
    )  # fmt: skip
    assert opened.account_id is None  # no account with DHL yet: nobody asks
    parcel.refresh_from_db()
    assert parcel.holder_leg == opened.id
    record_result(told(leg_of(parcel), event(EventCode.LAST_MILE_HANDED_OVER, 5), next_leg=told_next))
    assert Leg.objects.filter(shipment=parcel).count() == 2


def test_a_partners_number_without_a_name_is_detected(parcel: Shipment) -> None:
    told_next = NextLeg(number="9400111899223197428497", carrier=None, evidence="TrackingNumber")
    Shipment.objects.filter(pk=parcel.pk).update(destination_country="US")
    record_result(told(leg_of(parcel), event(EventCode.LAST_MILE_HANDED_OVER, 5), next_leg=told_next))
    opened = leg_of(parcel, 2)
    assert opened.carrier == "usps"
    assert opened.candidates


@pytest.mark.parametrize(
    ("name", "carrier", "shown"),
    [
        ("La Poste", "laposte", ""),  # by its name, whatever the number looks like
        ("POSTE ITALIANE", "poste_italiane", ""),  # nobody to ask, and no format fits: the name is all there is
        ("Nobody Ltd", "", "Nobody Ltd"),
    ],
)
def test_a_partners_number_is_the_carriers_that_the_answer_names(
    parcel: Shipment, name: str, carrier: str, shown: str
) -> None:
    told_next = NextLeg(number="QQ7X7X7X7X7X7X7Q", carrier=None, carrier_name=name, evidence="TrackingNumber")
    record_result(told(leg_of(parcel), event(EventCode.LAST_MILE_HANDED_OVER, 5), next_leg=told_next))
    opened = leg_of(parcel, 2)
    assert (opened.carrier, opened.carrier_name) == (carrier, shown)


def test_a_failed_call_is_no_silence_of_the_parcel(parcel: Shipment) -> None:
    leg = leg_of(parcel)
    record_result(told(leg, event(EventCode.FIRST_MILE_PICKED_UP, 20)))
    parcel.refresh_from_db()
    version = parcel.version
    record_result(told(leg, failure=TryLater("HTTP 503"), body=b""))
    parcel.refresh_from_db()
    leg.refresh_from_db()
    assert (parcel.status, parcel.version, parcel.attention) == ("in_transit", version, [])
    assert (leg.last_failure_kind, leg.fail_count) == ("try_later", 1)
    for _ in range(2):
        record_result(told(leg, failure=TryLater("HTTP 503"), body=b""))
    parcel.refresh_from_db()
    assert parcel.attention == ["carrier_trouble"]
    record_result(told(leg, event(EventCode.FIRST_MILE_PICKED_UP, 20)))
    parcel.refresh_from_db()
    assert parcel.attention == []


def test_how_long_a_carrier_asks_us_to_wait_is_how_long_we_wait(parcel: Shipment) -> None:
    leg = leg_of(parcel)
    before = clock.now()
    record_result(told(leg, failure=TryLater("HTTP 429", after_s=1234), body=b""))
    leg.refresh_from_db()
    assert leg.next_poll_at is not None
    assert timedelta(seconds=1230) < leg.next_poll_at - before < timedelta(seconds=1240)


def test_an_answer_that_cannot_be_read_is_kept_with_its_failure_once(parcel: Shipment) -> None:
    leg = leg_of(parcel)
    for _ in range(3):
        record_result(told(leg, failure=BadAnswer("not JSON"), body=b"<html>"))
    raw = RawAnswer.objects.get(shipment=parcel)
    assert (raw.failure, zlib.decompress(bytes(raw.body))) == ("bad_answer: not JSON", b"<html>")


def test_a_refusal_stops_the_leg_and_not_found_keeps_asking(parcel: Shipment) -> None:
    leg = leg_of(parcel)
    record_result(told(leg, failure=NotFound("no such number"), body=b""))
    leg.refresh_from_db()
    assert leg.next_poll_at is not None
    record_result(told(leg, failure=Refused("no permission"), body=b""))
    leg.refresh_from_db()
    assert leg.next_poll_at is None


def test_a_worker_whose_lease_ran_out_writes_nothing(parcel: Shipment) -> None:
    leg = leg_of(parcel)
    Leg.objects.filter(pk=leg.pk).update(poll_token=uuid4())
    done = record_result(told(leg, event(EventCode.FIRST_MILE_PICKED_UP, 20), token=uuid4()))
    assert (done.fenced, Event.objects.count()) == (1, 0)


def test_an_unchanged_answer_moves_only_the_freshness_and_the_next_call(parcel: Shipment) -> None:
    leg = leg_of(parcel)
    token = uuid4()
    Leg.objects.filter(pk=leg.pk).update(poll_token=token, lease_until=clock.now())
    same = Told(leg_id=leg.id, channel=Channel.POLL, received_at=clock.now(), result=None, poll_token=token)
    assert record_results([same]).unchanged == 1
    leg.refresh_from_db()
    assert (leg.poll_token, leg.lease_until, leg.last_checked_at) == (None, None, same.received_at)
    assert leg.next_poll_at is not None
    assert leg.next_poll_at > clock.now()


def test_one_parcels_trouble_is_never_anothers(parcel: Shipment, yunexpress: CarrierAccount) -> None:
    from tracking.shipments import services

    other = services.register_shipment(
        parcel.merchant,
        destination_country="DE",
        legs=[services.LegSpec(number="YT2630600000000002", carrier="yunexpress")],
    )
    bad = told(leg_of(other), event(EventCode.FIRST_MILE_PICKED_UP, 20, raw_text="a\x00b"))
    done = record_results([bad, told(leg_of(parcel), event(EventCode.FIRST_MILE_PICKED_UP, 20))])
    parcel.refresh_from_db()
    other.refresh_from_db()
    assert (done.events, parcel.status, other.status) == (1, "in_transit", "pending")
    assert leg_of(other).last_failure_kind == "internal"
    assert RawAnswer.objects.get(shipment=other).failure.startswith("internal")


def test_a_silence_that_runs_out_is_seen_without_any_event(parcel: Shipment) -> None:
    record_result(told(leg_of(parcel), event(EventCode.FIRST_MILE_PICKED_UP, 71)))
    parcel.refresh_from_db()
    assert parcel.attention == []
    assert parcel.attention_due_at is not None
    Event.objects.update(occurred_at=clock.now() - timedelta(hours=80))
    refold_shipments([parcel.id])
    parcel.refresh_from_db()
    assert parcel.attention == ["silent"]


def test_events_are_unique_in_the_database_itself(parcel: Shipment) -> None:
    record_result(told(leg_of(parcel), event(EventCode.FIRST_MILE_PICKED_UP, 20)))
    row = Event.objects.get()
    row.id = uuid4()
    with pytest.raises(IntegrityError), transaction.atomic():
        row.save(force_insert=True)


def test_a_batch_takes_a_fixed_number_of_queries(
    parcel: Shipment, yunexpress: CarrierAccount, django_assert_max_num_queries: object
) -> None:
    from tracking.shipments import services

    parcels = [parcel] + [
        services.register_shipment(
            parcel.merchant,
            destination_country="DE",
            legs=[services.LegSpec(number=f"YT26306000000001{n:02}", carrier="yunexpress")],
        )
        for n in range(20)
    ]
    answers = [told(leg_of(each), event(EventCode.FIRST_MILE_PICKED_UP, 20)) for each in parcels]
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        record_results(answers)
