"""Journeys of one parcel, built without a database: a lamp from Shenzhen to Berlin, as far as each story goes.

`scan(leg, code, "2026-11-16T18:22", 480, "Shenzhen", "CN")` is what a carrier told; `journey(*scans)` folds them as the
platform does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from carriers.events import TimeSource
from carriers.vocabulary import EventCode as Code
from tracking.accounts.models import Merchant
from tracking.rules.attention import silence
from tracking.rules.facts import Channel, EventFact, LegRole
from tracking.rules.timeline import fold
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.recording.reading import Journey, leg_fact

NOW = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)
YUNEXPRESS = ("yunexpress", "YT2632001234567890", LegRole.LINEHAUL)
DHL = ("dhl_unified", "00340434161094027331", LegRole.LAST_MILE)


@dataclass(frozen=True)
class Scan:
    leg: int
    code: Code
    local: str | None
    offset_min: int | None = 60
    city: str = ""
    country: str = ""
    more: dict[str, Any] = field(default_factory=dict)


def scan(  # noqa: PLR0917
    leg: int, code: Code, local: str | None, offset_min: int | None = 60, city: str = "", country: str = "", **more: Any
) -> Scan:
    return Scan(leg, code, local, offset_min, city, country, more)


ANNOUNCED = scan(
    0,
    Code.SELLER_LABEL_CREATED,
    "2026-11-14T10:00",
    480,
    "Shenzhen",
    "CN",
    raw_code="10",
    raw_text="货物电子信息已经收到",
)
PICKED_UP = scan(
    0,
    Code.FIRST_MILE_PICKED_UP,
    "2026-11-16T18:22",
    480,
    "Shenzhen",
    "CN",
    raw_code="20",
    raw_text="【深圳市】已揽收，揽收电话13800138000",
)
SORTED = scan(0, Code.FIRST_MILE_DEPARTED_HUB, "2026-11-17T03:10", 480, "Shenzhen", "CN", raw_code="22")
EXPORTED = scan(0, Code.EXPORT_CUSTOMS_RELEASED, "2026-11-17T21:04", 480, "Shenzhen", "CN", raw_code="31")
FLOWN = scan(0, Code.LINEHAUL_DEPARTED, "2026-11-18T01:35", 480, "Hong Kong", "HK", raw_code="40")
LANDED = scan(0, Code.LINEHAUL_ARRIVED, "2026-11-20T06:10", 60, "Liège", "BE", raw_code="41")
IN_CUSTOMS = scan(0, Code.IMPORT_CUSTOMS_PRESENTED, "2026-11-20T14:20", 60, "Liège", "BE", raw_code="50")
CLEARED = scan(
    0,
    Code.IMPORT_CUSTOMS_RELEASED,
    "2026-11-22T16:42",
    60,
    "Liège",
    "BE",
    raw_code="51",
    raw_text="【列日】进口清关完成",
)
CLEARED_SAYS_DHL = scan(1, Code.IMPORT_CUSTOMS_RELEASED, "2026-11-22T16:45", 60, "Liège", "BE", raw_code="CC")
HANDED_OVER = scan(
    1,
    Code.LAST_MILE_HANDED_OVER,
    "2026-11-23T08:12",
    60,
    "Cologne",
    "DE",
    raw_code="AA",
    raw_text="Von DHL übernommen.",
    language="de",
)
AT_HUB = scan(1, Code.LAST_MILE_ARRIVED_HUB, "2026-11-23T11:30", 60, "Cologne", "DE", raw_code="EE")
OUT = scan(1, Code.LAST_MILE_OUT_FOR_DELIVERY, "2026-11-25T07:30", 60, "Berlin", "DE")

TO_EUROPE = (ANNOUNCED, PICKED_UP, SORTED, EXPORTED, FLOWN, LANDED, IN_CUSTOMS)
TO_GERMANY = (*TO_EUROPE, CLEARED, CLEARED_SAYS_DHL, HANDED_OVER, AT_HUB)
BOTH = (YUNEXPRESS, DHL)


def merchant() -> Merchant:
    return Merchant(name="Halden", slug="halden", support_url="https://halden.example/help")


def journey(
    *scans: Scan,
    legs: tuple[tuple[str, str, LegRole], ...] = (YUNEXPRESS,),
    now: datetime = NOW,
    estimated: tuple[date, date] | None = None,
    promised: date | None = None,
    origin: str = "CN",
    destination: tuple[str, str, str] = ("Berlin", "DE", "Europe/Berlin"),
) -> Journey:
    """What the pages read, from scans alone. Every leg was checked three minutes ago."""
    city, country, zone = destination
    shipment = Shipment(
        merchant=merchant(),
        number="K7QM2V9DXR4T81PBC",
        order_number="HL-20418",
        origin_country=origin,
        destination_country=country,
        destination_city=city,
        destination_zone=zone,
        promised_on=promised,
        created_at=now - timedelta(days=12),
        version=7,
    )
    if estimated is not None:
        shipment.estimated_earliest, shipment.estimated_latest = estimated
        shipment.estimated_by = legs[-1][0]
    rows = tuple(
        Leg(
            merchant=shipment.merchant,
            shipment=shipment,
            position=position,
            carrier=carrier,
            number=number,
            role=role.value,
            last_checked_at=now - timedelta(minutes=3),
            next_poll_at=now,
        )
        for position, (carrier, number, role) in enumerate(legs)
    )
    facts = [_fact(told, rows[told.leg], sequence) for sequence, told in enumerate(scans)]
    timeline = fold(facts, [leg_fact(leg) for leg in rows], origin=origin or None, destination=country)
    shipment.status = timeline.status.value
    quiet = silence(timeline, shipment.created_at, now)
    return Journey(shipment=shipment, legs=rows, timeline=timeline, silence=quiet, now=now)


def _fact(told: Scan, leg: Leg, sequence: int) -> EventFact:
    local = datetime.fromisoformat(told.local) if told.local else None
    instant = None
    if local is not None and told.offset_min is not None:
        instant = (local - timedelta(minutes=told.offset_min)).replace(tzinfo=UTC)
    source = TimeSource.UNKNOWN if instant is None else TimeSource.PLACE
    fields: dict[str, Any] = {"place": told.city, "time_source": source} | told.more
    return EventFact(
        identity=f"{leg.carrier}-{sequence}",
        leg_id=leg.id,
        carrier=leg.carrier,
        channel=Channel.POLL,
        code=told.code,
        local_time=local,
        offset_min=told.offset_min,
        occurred_at=instant,
        sequence=sequence,
        city=told.city or None,
        country=told.country or None,
        **fields,
    )
