"""One flight's event is told to every shipment that flies with it."""

from __future__ import annotations

import os
import signal
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from django.db import connection
from django_scopes import scope, scopes_disabled

from carriers.vocabulary import EventCode
from tests.tracking.inbound.conftest import AWB, DEP, DLV, RCF, fsu, lamp, send
from tracking.accounts.models import Merchant
from tracking.inbound import files, telling, units, waiting
from tracking.inbound.models import InboundFile, InboundItem, TransportUnit
from tracking.rules.facts import Channel, LegRole
from tracking.shipments import services
from tracking.shipments.models import Event, Leg, RawAnswer, Shipment
from tracking.shipments.opening import LegSpec

DEPARTED_AT = datetime(2026, 7, 9, 17, 12, tzinfo=UTC)


def fill(flight: TransportUnit, count: int) -> list[Shipment]:
    shipments = [lamp(flight.merchant, f"HL-{number}") for number in range(count)]
    units.add_members(flight, [shipment.number for shipment in shipments])
    units.catch_up()
    return shipments


def codes(shipment: Shipment) -> list[str]:
    return list(Event.objects.filter(shipment=shipment).order_by("occurred_at", "id").values_list("code", flat=True))


def test_a_departure_is_told_to_two_hundred_shipments_and_kept_once(halden: Merchant, flight: TransportUnit) -> None:
    shipments = fill(flight, 200)

    file = send(halden, fsu(DEP))

    assert file.state == InboundFile.State.DONE
    events = Event.objects.all()
    assert events.count() == 200
    assert {event.shipment_id for event in events} == {shipment.id for shipment in shipments}
    assert {(event.code, event.occurred_at) for event in events} == {("linehaul.departed", DEPARTED_AT)}
    assert {event.details["message"] for event in events} == {str(file.id)}
    assert {leg.role for leg in Leg.objects.filter(number=AWB)} == {LegRole.LINEHAUL}
    assert RawAnswer.objects.count() == 0
    assert set(Shipment.objects.values_list("status", "phase")) == {("in_transit", "linehaul")}


def test_the_same_file_twice_adds_nothing(halden: Merchant, flight: TransportUnit) -> None:
    fill(flight, 3)

    first = send(halden, fsu(DEP))
    second = send(halden, fsu(DEP))

    assert first == second
    assert (Event.objects.count(), InboundItem.objects.count()) == (3, 2)


def test_the_same_message_in_another_file_adds_nothing(halden: Merchant, flight: TransportUnit) -> None:
    fill(flight, 3)

    send(halden, fsu(DEP))
    other = send(halden, fsu("RCS/09JUL1410/HKG/T24", DEP))

    assert other.state == InboundFile.State.DONE
    assert Event.objects.filter(code="linehaul.departed").count() == 3
    assert Event.objects.count() == 6


def test_two_parts_that_flew_together_are_both_told_as_notes(halden: Merchant, flight: TransportUnit) -> None:
    (shipment,) = fill(flight, 1)

    send(halden, fsu("DEP/CX289/10JUL/HKGFRA/P8/A0112", "DEP/CX289/10JUL/HKGFRA/P16/A0112"))

    assert codes(shipment) == ["any.note", "any.note"]
    shipment.refresh_from_db()
    assert shipment.status == "pending"


def test_delivery_of_the_air_waybill_is_not_delivery_to_the_buyer(halden: Merchant, flight: TransportUnit) -> None:
    (shipment,) = fill(flight, 1)

    send(halden, fsu(DEP, RCF, DLV))

    shipment.refresh_from_db()
    assert shipment.status == "in_transit"
    assert codes(shipment) == ["linehaul.departed", "linehaul.arrived", "any.in_transit"]


def test_an_arrival_on_the_way_is_one_in_a_transit_country(halden: Merchant, flight: TransportUnit) -> None:
    to_poland = lamp(halden, "HL-PL", destination_country="PL")
    to_germany = lamp(halden, "HL-DE")
    units.add_members(flight, ["HL-PL", "HL-DE"])

    send(halden, fsu(RCF, "CCD/10JUL1330/FRA/T24"))

    assert codes(to_poland) == ["transit_country.arrived", "transit_country.customs_released"]
    assert codes(to_germany) == ["linehaul.arrived", "import_customs.released"]


def test_the_line_haul_stands_before_the_last_mile(halden: Merchant, flight: TransportUnit) -> None:
    shipment = lamp(
        halden,
        "HL-9",
        legs=[
            LegSpec(number="YT2630600000000001", carrier="yunexpress", role=LegRole.FIRST_MILE),
            LegSpec(number="00340434161094042557", carrier="dpd", role=LegRole.LAST_MILE),
        ],
    )
    units.add_members(flight, ["HL-9"])

    send(halden, fsu(DEP))

    legs = Leg.objects.of_shipments([shipment.id])
    assert [leg.role for leg in legs] == ["first_mile", "linehaul", "last_mile"]


def test_a_shipment_added_late_receives_what_happened_before(halden: Merchant, flight: TransportUnit) -> None:
    send(halden, fsu(DEP, RCF))
    late = lamp(halden, "HL-LATE")

    units.add_members(flight, ["HL-LATE"])
    assert units.owed()
    units.catch_up()

    assert codes(late) == ["linehaul.departed", "linehaul.arrived"]
    assert not units.owed()


def test_a_bag_in_the_air_waybill_hands_its_events_on(halden: Merchant, flight: TransportUnit) -> None:
    bag, _ = units.create_unit(halden, "bag", "BAG-0007")
    early = lamp(halden, "HL-EARLY")
    units.add_members(bag, ["HL-EARLY"])
    _, problems = units.add_members(flight, ["BAG-0007"])
    send(halden, fsu(DEP))
    late = lamp(halden, "HL-LATE")
    units.add_members(bag, ["HL-LATE"])
    units.catch_up()

    assert problems == []
    assert codes(early) == codes(late) == ["linehaul.departed"]


def test_units_are_nested_one_level_deep(halden: Merchant, flight: TransportUnit) -> None:
    bag, _ = units.create_unit(halden, "bag", "BAG-1")
    units.create_unit(halden, "bag", "BAG-2")
    units.add_members(flight, ["BAG-1"])

    added, problems = units.add_members(bag, ["BAG-2"])

    assert added == []
    assert "one level deep" in problems[0]["detail"]


def test_who_was_taken_out_hears_no_more(halden: Merchant, flight: TransportUnit) -> None:
    (stays, goes) = fill(flight, 2)
    send(halden, fsu(DEP))
    member = flight.members.get(shipment=goes)

    units.remove_member(flight, member.pk)
    send(halden, fsu(RCF))

    assert codes(stays) == ["linehaul.departed", "linehaul.arrived"]
    assert codes(goes) == ["linehaul.departed"]


def test_who_was_never_in_forgets_the_flight(halden: Merchant, flight: TransportUnit) -> None:
    (shipment,) = fill(flight, 1)
    send(halden, fsu(DEP))

    units.remove_member(flight, flight.members.get().pk, was_never_in=True)

    shipment.refresh_from_db()
    assert (shipment.status, shipment.phase) == ("pending", "")


def test_an_arrival_estimate_is_the_units_not_the_buyers(halden: Merchant, flight: TransportUnit) -> None:
    (shipment,) = fill(flight, 1)

    send(halden, fsu(DEP))

    flight.refresh_from_db()
    shipment.refresh_from_db()
    assert flight.estimated_arrival_at == datetime(2026, 7, 10, 4, 40, tzinfo=UTC)
    assert shipment.estimated_latest is None


def test_a_worker_killed_in_the_middle_loses_nothing(halden: Merchant, flight: TransportUnit) -> None:
    fill(flight, 120)
    files.receive(halden, "fsu", fsu(DEP, RCF))
    recorded = []
    real = telling.record_results

    def dies_at_the_third_batch(told: list[object]) -> object:
        recorded.append(len(told))
        if len(recorded) == 3:
            raise KeyboardInterrupt  # as a SIGKILL would: nothing after it runs
        return real(told)  # type: ignore[arg-type]

    with patch.object(telling, "record_results", dies_at_the_third_batch), pytest.raises(KeyboardInterrupt):
        files.read_files()

    assert Event.objects.count() == 200  # two batches of fifty, two events each
    assert not files.has_waiting(), "the dead worker's lease still holds"
    InboundFile.objects.update(lease_until=datetime(2026, 7, 20, 11, tzinfo=UTC))

    files.read_files()

    assert Event.objects.count() == 240
    assert InboundFile.objects.get().state == InboundFile.State.DONE


@pytest.mark.django_db(transaction=True)
def test_a_process_killed_in_the_middle_loses_nothing() -> None:
    """A real SIGKILL, in a process of its own that shares the database."""
    merchant = Merchant.objects.create(name="Halden", slug="halden")
    with scope(merchant=merchant):
        flight, _ = units.create_unit(merchant, "air_waybill", AWB)
        shipments = [lamp(merchant, f"HL-{number}") for number in range(110)]
        units.add_members(flight, [shipment.number for shipment in shipments])
        units.catch_up()
        files.receive(merchant, "fsu", fsu(DEP))
    connection.close()
    child = os.fork()
    if child == 0:
        real, told = telling.record_results, []

        def dies(batch: list[object]) -> object:
            told.append(batch)
            if len(told) == 2:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(batch)  # type: ignore[arg-type]

        telling.record_results = dies  # type: ignore[assignment]
        files.read_files()
        os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status)

    with scopes_disabled():
        assert Event.objects.count() == 50
        InboundFile.objects.update(lease_until=None)
        files.read_files()
        assert Event.objects.count() == 110


def test_a_file_that_fails_again_and_again_stands_aside(halden: Merchant, flight: TransportUnit) -> None:
    fill(flight, 1)
    files.receive(halden, "fsu", fsu(DEP))
    lapsed = datetime(2026, 7, 20, 11, tzinfo=UTC)

    with patch.object(files, "tell_items", side_effect=telling.NotRecorded("x")):
        for _ in range(files.MOST_ATTEMPTS + 1):
            files.read_files()
            InboundFile.objects.update(lease_until=lapsed)

    file = InboundFile.objects.get()
    assert (file.state, file.failure) == (InboundFile.State.FAILED, "internal: NotRecorded")
    assert send(halden, fsu(RCF)).state == InboundFile.State.DONE


def test_another_merchants_shipments_hear_nothing(halden: Merchant, moss: Merchant, flight: TransportUnit) -> None:
    with scope(merchant=moss):
        theirs, _ = units.create_unit(moss, "air_waybill", AWB)
        lamp(moss, "HL-0", legs=[LegSpec(number="16044556606", carrier_name="Cargo Line")])
        units.add_members(theirs, ["HL-0"])
        units.catch_up()
    (mine,) = fill(flight, 1)

    send(halden, fsu(DEP))

    assert codes(mine) == ["linehaul.departed"]
    with scope(merchant=moss):
        assert Event.objects.count() == 0
        _, problems = units.add_members(theirs, [mine.number])
    assert problems


def test_a_deleted_shipment_is_not_told(halden: Merchant, flight: TransportUnit) -> None:
    (shipment,) = fill(flight, 1)
    services.archive_shipment(shipment)

    send(halden, fsu(DEP))

    assert Event.objects.count() == 0


def test_a_shipment_whose_legs_are_full_is_left_out_and_the_others_are_told(
    halden: Merchant, flight: TransportUnit
) -> None:
    (full, roomy) = fill(flight, 2)
    for number in range(services.MAX_LEGS):
        services.record_told_event(
            full, leg=None, code=EventCode.ANY_NOTE, occurred_at=DEPARTED_AT,
            channel=Channel.MERCHANT, carrier_name=f"Company {number}",
        )  # fmt: skip

    send(halden, fsu(DEP))

    assert codes(roomy) == ["linehaul.departed"]
    assert InboundItem.objects.order_by("position").first().shipments == 1  # type: ignore[union-attr]


def test_nothing_waits_that_nobody_sent(halden: Merchant) -> None:
    assert not files.has_waiting()
    assert not units.owed()
    assert waiting.retry_new() == 0


def test_a_unit_made_after_its_air_waybill_was_a_leg_knows_what_happened(halden: Merchant) -> None:
    lamp(halden, "HL-LEG", legs=[LegSpec(number=AWB, carrier_name="Cargo Line", role=LegRole.LINEHAUL)])
    send(halden, fsu(DEP))
    late = lamp(halden, "HL-LATE")

    unit, _ = units.create_unit(halden, "air_waybill", AWB)
    units.add_members(unit, ["HL-LATE"])
    units.catch_up()

    assert codes(late) == ["linehaul.departed"]


def test_one_unit_that_cannot_be_told_keeps_nobody_waiting(halden: Merchant, flight: TransportUnit) -> None:
    other, _ = units.create_unit(halden, "air_waybill", "160-33900215")
    lamp(halden, "HL-1")
    lucky = lamp(halden, "HL-2")
    send(halden, fsu(DEP))
    send(halden, fsu(DEP, awb="160-33900215"))
    units.add_members(flight, ["HL-1"])
    units.add_members(other, ["HL-2"])
    real = telling.record_results

    def fails_for_the_first(told: list[telling.Told]) -> object:
        if told[0].result is not None and told[0].result.number == AWB:
            raise telling.NotRecorded("x")
        return real(told)

    with patch.object(telling, "record_results", fails_for_the_first):
        assert units.catch_up() == 1

    assert codes(lucky) == ["linehaul.departed"]
    assert units.owed()


def test_a_large_unit_keeps_its_lease_while_it_is_told(halden: Merchant, flight: TransportUnit) -> None:
    fill(flight, 60)
    files.receive(halden, "fsu", fsu(DEP))
    beats = []

    with patch.object(files, "_beat", beats.append):
        files.read_files()

    assert len(beats) == 2
