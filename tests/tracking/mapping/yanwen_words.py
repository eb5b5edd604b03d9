"""Yanwen's answers in its own wire format, read by its own adapter, as a poll would record them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from carriers import registry
from carriers.answers import only
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.rules.facts import Channel
from tracking.shipments import services
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.recording.door import Told, record_result
from tracking.shipments.services import LegSpec

NUMBERS = ("UH972281866YP", "UA620116415YP", "UM056734064YP")
Scan = tuple[str, str, float]  # code, text, hours ago

PICKED_UP: Scan = ("PU10", "Parcel collected", 60.0)
ODD: Scan = ("ZZ77", "Handed over to feeder 12 at gate B4", 20.0)


def parcel(merchant: Merchant, order: str, number: str = NUMBERS[0]) -> Shipment:
    """From Shenzhen to Berlin with Yanwen; nothing told yet."""
    return services.register_shipment(
        merchant,
        order_number=order,
        origin_country="CN",
        destination_country="DE",
        destination_city="Berlin",
        legs=[LegSpec(number=number, carrier="yanwen")],
    )


def leg_of(shipment: Shipment) -> Leg:
    leg: Leg = shipment.legs.order_by("position").first()
    return leg


def body(number: str, *scans: Scan) -> bytes:
    """The answer to one number, with the newest checkpoint first."""
    now = clock.now().replace(microsecond=0, tzinfo=None)
    return json.dumps(
        {
            "code": 0,
            "message": "success",
            "result": [
                {
                    "tracking_number": number,
                    "waybill_number": number,
                    "exchange_number": None,
                    "checkpoints": [
                        {
                            "time_stamp": _stamp(now, hours),
                            "time_zone": "+00:00",
                            "tracking_status": code,
                            "message": text,
                            "location": "Shenzhen",
                        }
                        for code, text, hours in sorted(scans, key=lambda scan: scan[2])
                    ],
                    "tracking_status": scans[-1][0] if scans else "",
                    "origin_country": "CN",
                    "destination_country": "DE",
                }
            ],
        }
    ).encode()


def _stamp(now: datetime, hours: float) -> str:
    # To the hour, so that an answer told twice within a test has the same stamps.
    return (now.replace(minute=0, second=0) - timedelta(hours=hours)).isoformat()


def tell(shipment: Shipment, *scans: Scan) -> bytes:
    """Records an answer with these scans; what was sent."""
    leg = leg_of(shipment)
    told = body(leg.number, *scans)
    tell_body(leg, told)
    return told


def tell_body(leg: Leg, told: bytes) -> None:
    result = only(registry.adapter("yanwen").read(told), leg.number)
    recorded = record_result(
        Told(
            leg_id=leg.id, read_by="yanwen", channel=Channel.POLL, received_at=clock.now(), result=result, body=told,
            http_status=200, digest=told[-16:],
        )
    )  # fmt: skip
    assert not recorded.broken
