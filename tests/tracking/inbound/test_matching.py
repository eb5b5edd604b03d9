"""Whose number a message names: a unit's, a leg's, a shipment's, an order's; and what happens where it is nobody's."""

from __future__ import annotations

from datetime import timedelta

import time_machine

from tests.tracking.inbound.conftest import AWB, DEP, NOW, fsu, lamp, send
from tracking.accounts.models import Merchant
from tracking.inbound import units, waiting
from tracking.inbound.models import InboundItem
from tracking.rules.facts import LegRole
from tracking.shipments.models import Event, Leg
from tracking.shipments.opening import LegSpec

ROWS = "number,occurred_at,code,text,place,country,carrier\n"
ROW = "{},2026-07-10T10:00:00+02:00,{},Told so,Frankfurt,DE,{}\n"


def csv(*rows: tuple[str, str, str]) -> bytes:
    return (ROWS + "".join(ROW.format(*row) for row in rows)).encode()


def events() -> list[tuple[str, str]]:
    rows = Event.objects.order_by("id").values_list("shipment__order_number", "code")
    return [(order, code) for order, code in rows]


def test_a_row_finds_our_number_the_order_and_the_legs_number(halden: Merchant) -> None:
    by_our_number = lamp(halden, "HL-1")
    lamp(halden, "HL 2")
    lamp(halden, "HL-3", legs=[LegSpec(number="PX998877", carrier_name="Parcel Line")])

    send(
        halden,
        csv(
            (by_our_number.number, "any.note", "A Broker"),
            ("HL 2", "any.delayed", "A Broker"),
            ("px-998877", "last_mile.delivered", ""),
        ),
        "csv",
    )

    assert sorted(events()) == [("HL 2", "any.delayed"), ("HL-1", "any.note"), ("HL-3", "last_mile.delivered")]
    assert Leg.objects.filter(carrier_name="A Broker").count() == 2
    assert Leg.objects.filter(shipment__order_number="HL-3").count() == 1


def test_bad_rows_do_not_stop_the_good_ones(halden: Merchant) -> None:
    lamp(halden, "HL-1")
    body = csv(("HL-1", "any.note", ""), ("HL-1", "gone", ""), ("HL-404", "any.note", ""), ("HL-1", "any.delayed", ""))

    file = send(halden, body, "csv")

    assert sorted(events()) == [("HL-1", "any.delayed"), ("HL-1", "any.note")]
    assert (file.events, file.problem_count) == (3, 1)
    (problem,) = file.problems
    assert (problem["where"], problem["column"]) == ("row 3", "code")
    states = list(InboundItem.objects.order_by("position").values_list("state", flat=True))
    assert states == ["matched", "unmatched", "matched"]


def test_a_partner_is_described_by_its_fact_sheet_alone(halden: Merchant) -> None:
    """Yanwen's own codes, in a CSV: no API is asked."""
    lamp(halden, "HL-1", legs=[LegSpec(number="UH972281866YP", carrier="yanwen")])

    send(halden, csv(("UH972281866YP", "LM40", ""), ("UH972281866YP", "XX99", "")), "csv", carrier="yanwen")

    assert sorted(events()) == [("HL-1", "last_mile.delivered"), ("HL-1", "unknown")]
    assert set(Event.objects.values_list("read_by", flat=True)) == {"yanwen"}, "the mapping queue knows whose words"
    assert Leg.objects.count() == 1


def test_what_nobody_has_is_told_when_a_shipment_with_its_number_appears(halden: Merchant) -> None:
    send(halden, csv(("HL-77", "any.delayed", "")), "csv")
    assert InboundItem.objects.get().state == "unmatched"

    lamp(halden, "HL-77")
    matched = waiting.retry_new()

    assert matched == 1
    assert events() == [("HL-77", "any.delayed")]


def test_what_nobody_has_is_told_when_a_unit_with_its_number_is_made(halden: Merchant) -> None:
    send(halden, fsu(DEP))
    lamp(halden, "HL-1")

    unit, _ = units.create_unit(halden, "air_waybill", AWB)
    units.add_members(unit, ["HL-1"])
    units.catch_up()

    assert events() == [("HL-1", "linehaul.departed")]


def test_after_thirty_days_it_is_forgotten(halden: Merchant) -> None:
    send(halden, csv(("HL-77", "any.delayed", "")), "csv")

    with time_machine.travel(NOW + timedelta(days=31)):
        assert waiting.forget_old() == 1
        lamp(halden, "HL-77")
        assert waiting.retry_new() == 0

    assert InboundItem.objects.get().state == "expired"


def test_the_hourly_look_finds_what_the_quick_one_missed(halden: Merchant) -> None:
    send(halden, csv(("HL-77", "any.delayed", "")), "csv")
    lamp(halden, "HL-77")

    with time_machine.travel(NOW + timedelta(hours=2)):
        assert waiting.retry_new() == 0
        assert waiting.retry_all() == 1


def test_an_air_waybill_that_is_a_leg_needs_no_unit(halden: Merchant) -> None:
    legs = [LegSpec(number="160-44556606", carrier_name="Cargo Line", role=LegRole.LINEHAUL)]
    lamp(halden, "HL-1", legs=legs)

    send(halden, fsu(DEP))

    assert events() == [("HL-1", "linehaul.departed")]
    assert Leg.objects.count() == 1


def test_a_parcel_found_by_its_consignment_alone_is_a_note(halden: Merchant) -> None:
    lamp(halden, "CONS-1")
    body = (
        b"UNH+1+IFTSTA:D:01B:UN'CNI+1+CONS-1'STS+1+21'DTM+334:202607101200:203'LOC+7+DEFRA'"
        b"GID+1+1'GIN+BJ+340123450000001230'UNT+8+1'"
    )

    send(halden, body, "iftsta")

    assert events() == [("CONS-1", "any.note")]


def test_a_day_at_the_door_reaches_the_shipment(halden: Merchant) -> None:
    shipment = lamp(halden, "HL-1", legs=[LegSpec(number="PRO771204", carrier_name="Quick Haul")])
    isa = "ISA*00*          *00*          *02*A              *ZZ*B              *260716*1830*U*00401*000000123*0*P*>~"
    body = f"{isa}ST*214*1~B10*PRO771204*S1*QHAU~LX*1~AT7*AG*NS***20260723*1018*ET~SE*5*1~"

    send(halden, body.encode(), "x12_214")

    shipment.refresh_from_db()
    assert str(shipment.estimated_latest) == "2026-07-23"
    assert Event.objects.count() == 0
