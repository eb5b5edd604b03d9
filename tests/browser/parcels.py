"""Parcels for a browser's stack, made inside its environment:

python -m tests.browser.parcels register <story>      prints the number
python -m tests.browser.parcels tell <number> <event code>
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import django

django.setup()

from django_scopes import scope, scopes_disabled  # noqa: E402

from carriers.events import EventTime, Place, TimeSource, TrackingEvent, TrackingResult  # noqa: E402
from carriers.vocabulary import EventCode as Code  # noqa: E402
from carriers.vocabulary import Reason  # noqa: E402
from tests.tracking.portal.buyer import journeys  # noqa: E402
from tests.tracking.portal.buyer.journeys import BOTH, TO_EUROPE, TO_GERMANY, YUNEXPRESS, Scan, scan  # noqa: E402
from tracking import clock  # noqa: E402
from tracking.accounts.models import Merchant  # noqa: E402
from tracking.rules.facts import Channel, Evidence  # noqa: E402
from tracking.shipments import services  # noqa: E402
from tracking.shipments.models import Leg, Shipment  # noqa: E402
from tracking.shipments.recording.door import Told, record_result  # noqa: E402
from tracking.shipments.services import LegSpec  # noqa: E402

_ODD = scan(0, Code.UNKNOWN, "2026-11-21T09:47", 480, "Shanghai", "CN", raw_text="待配载", raw_code="ZX")
STORIES: dict[str, tuple[Scan, ...]] = {
    "pending": (),
    "transit": TO_GERMANY,
    "duty": (
        *TO_EUROPE,
        scan(0, Code.IMPORT_CUSTOMS_PAYMENT_REQUIRED, "2026-11-23T09:47", reason=Reason.CUSTOMS_DUTIES_UNPAID),
    ),
    "unknown": (*TO_EUROPE[:3], _ODD),
    "delivered": (
        *TO_GERMANY,
        journeys.OUT,
        scan(1, Code.LAST_MILE_DELIVERED_NEIGHBOUR, "2026-11-25T12:11", 60, "Berlin", "DE"),
    ),
}


def register(story: str) -> str:
    """A parcel as far as the story goes, its last scan an hour ago."""
    merchant, _ = Merchant.objects.get_or_create(
        slug="halden",
        defaults={"name": "Halden", "support_url": "https://halden.example/help", "brand_color": "#7A1FA2"},
    )
    told = STORIES[story]
    carriers = BOTH if any(one.leg for one in told) else (YUNEXPRESS,)
    with scope(merchant=merchant):
        today = clock.now().date()
        shipment = services.register_shipment(
            merchant,
            order_number="HL-20418",
            origin_country="CN",
            destination_country="DE",
            destination_city="Berlin",
            promised_on=today + timedelta(days=2),
            legs=[LegSpec(number=carriers[0][1], carrier=carriers[0][0], role=carriers[0][2])],
        )
        legs = [shipment.legs.get()]
        for carrier, number, role in carriers[1:]:
            spec = LegSpec(number=number, carrier=carrier, role=role)
            legs.append(services.add_leg(shipment, spec, evidence=Evidence.MERCHANT))
        shift = timedelta(0)
        if told:
            last = datetime.fromisoformat(str(told[-1].local)) - timedelta(minutes=told[-1].offset_min or 0)
            shift = clock.now().replace(tzinfo=None, microsecond=0) - timedelta(hours=1) - last
        for position, leg in enumerate(legs):
            _record(leg, [_event(one, shift) for one in told if one.leg == position])
        return str(shipment.number)


def tell(number: str, code: str) -> None:
    """The last carrier reports one event more, now."""
    with scopes_disabled():
        leg = Shipment.objects.get(number=number).legs.order_by("-position")[0]
        local = (clock.now() + timedelta(hours=1)).replace(tzinfo=None, microsecond=0)
        _record(leg, [_event(scan(0, Code(code), local.isoformat(), 60, "Berlin", "DE"), timedelta(0))])


def _record(leg: Leg, events: list[TrackingEvent]) -> None:
    if events:
        result = TrackingResult(number=leg.number, events=tuple(events))
        record_result(
            Told(
                leg_id=leg.id,
                channel=Channel.POLL,
                received_at=clock.now(),
                result=result,
                body=b"{}",
                http_status=200,
                digest=repr(events).encode()[-16:],
                poll_token=None,
            )
        )


def _event(told: Scan, shift: timedelta) -> TrackingEvent:
    local = datetime.fromisoformat(str(told.local)) + shift
    instant = (local - timedelta(minutes=told.offset_min or 0)).replace(tzinfo=UTC)
    time = EventTime(
        raw=local.isoformat(),
        local=local,
        offset_min=told.offset_min,
        instant=instant,
        source=TimeSource.CARRIER_OFFSET,
    )
    place = Place(text=told.city, country=told.country or None, city=told.city or None)
    return TrackingEvent(code=told.code, time=time, place=place, **{"raw_code": told.code.value, **told.more})


if __name__ == "__main__":
    if sys.argv[1] == "register":
        sys.stdout.write(register(sys.argv[2]) + "\n")
    else:
        tell(sys.argv[2], sys.argv[3])
