"""The demo's companies without an API: a courier, an airline and a broker. The merchant passes on their word.

They make a parcel's way whole: five companies under one number, of which two answer when they are asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django_scopes import scopes_disabled

from carriers import places
from carriers.events import EventTime, TimeSource, TrackingEvent, TrackingResult
from carriers.vocabulary import EventCode
from tracking import clock
from tracking.rules.facts import Channel, LegRole
from tracking.shipments.models import Leg
from tracking.shipments.opening import LegSpec
from tracking.shipments.recording.door import Told, record_results

LINE_HAULS = frozenset({"yunexpress", "yanwen"})
COURIER = "Nanshan City Courier"
AIRLINE = "Pearl River Air Cargo"


@dataclass(frozen=True, slots=True)
class Lane:
    """Where the flight calls on its way, and who clears the parcel at its end."""

    hub: str
    hub_country: str
    broker: str


LANES = {
    "DE": Lane("Istanbul", "TR", "Elbe Customs Brokers"),
    "US": Lane("Incheon", "KR", "Pacific Gateway Brokers"),
    "BR": Lane("Doha", "QA", "Despacho Paulista"),
}


@dataclass(frozen=True, slots=True)
class Word:
    """One event that a partner tells."""

    number: str
    code: EventCode
    at: datetime
    city: str
    country: str
    text: str


def with_partners(journey: dict[str, Any], legs: Sequence[LegSpec]) -> list[LegSpec]:
    """The merchant's legs with its partners' between them, where the lane is one of the demo's."""
    lane = _lane(journey)
    if lane is None:
        return list(legs)
    courier, airline, broker = _numbers(journey)
    return [
        LegSpec(number=courier, carrier_name=COURIER, role=LegRole.FIRST_MILE),
        *legs,
        LegSpec(number=airline, carrier_name=AIRLINE, role=LegRole.LINEHAUL),
        LegSpec(number=broker, carrier_name=lane.broker, role=LegRole.LINEHAUL),
    ]


def tell(journeys: Iterable[dict[str, Any]]) -> int:
    """Records what the partners have told by now; how many events were new. Telling again changes nothing."""
    now = clock.now()
    words = [word for journey in journeys for word in _words(journey) if word.at <= now]
    with scopes_disabled():
        legs = Leg.objects.standing().filter(carrier="", number__in={word.number for word in words})
        by_number = {leg.number: leg for leg in legs}
    told = [
        Told(
            leg_id=by_number[word.number].id,
            channel=Channel.MERCHANT,
            received_at=now,
            result=TrackingResult(number=word.number, events=(_event(word),)),
        )
        for word in words
        if word.number in by_number
    ]
    return record_results(told).events


def _lane(journey: dict[str, Any]) -> Lane | None:
    return LANES.get(journey["destination_country"]) if journey["first_leg"]["carrier"] in LINE_HAULS else None


def _numbers(journey: dict[str, Any]) -> tuple[str, str, str]:
    serial = f"{journey['id']:07d}"
    return f"NC{serial}", f"160{serial}{int(serial) % 7}", f"BR{serial}"


def _words(journey: dict[str, Any]) -> list[Word]:
    """What the partners tell of a journey, from its truth: nothing of a stretch that it does not travel."""
    lane = _lane(journey)
    if lane is None:
        return []
    courier, airline, broker = _numbers(journey)
    scans = {row["happened"]: row for row in reversed(journey["expected"]["timeline"]) if not row["is_earlier_journey"]}
    picked_up, departed, arrived, presented = (
        scans.get(code.value)
        for code in (
            EventCode.FIRST_MILE_PICKED_UP,
            EventCode.LINEHAUL_DEPARTED,
            EventCode.LINEHAUL_ARRIVED,
            EventCode.IMPORT_CUSTOMS_PRESENTED,
        )
    )
    words = []
    if picked_up:
        words.append(
            Word(courier, EventCode.SELLER_DISPATCHED_FROM_WAREHOUSE, _at(picked_up) - timedelta(hours=4),
                 picked_up["city"], picked_up["country"], "已从商家仓库取件")
        )  # fmt: skip
    if departed and arrived:
        flight = _at(arrived) - _at(departed)
        for code, share, text in (
            (EventCode.TRANSIT_COUNTRY_ARRIVED, 0.45, f"Landed in {lane.hub}"),
            (EventCode.TRANSIT_COUNTRY_DEPARTED, 0.6, f"Departed from {lane.hub}"),
        ):
            words.append(Word(airline, code, _at(departed) + flight * share, lane.hub, lane.hub_country, text))
    if presented:
        words.append(
            Word(broker, EventCode.IMPORT_CUSTOMS_DECLARED, _at(presented) - timedelta(hours=2),
                 presented["city"], presented["country"], "Entry filed with customs")
        )  # fmt: skip
    return words


def _at(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["at"])


def _event(word: Word) -> TrackingEvent:
    place = places.resolve(word.city, word.country)
    instant = word.at.astimezone(UTC).replace(microsecond=0)
    local = instant.astimezone(ZoneInfo(place.zone)) if place.zone else instant
    offset = local.utcoffset() or timedelta(0)
    return TrackingEvent(
        code=word.code,
        time=EventTime(
            raw=local.isoformat(),
            local=local.replace(tzinfo=None),
            offset_min=round(offset / timedelta(minutes=1)),
            instant=instant,
            source=TimeSource.CARRIER_OFFSET,
        ),
        place=place,
        raw_code=word.code.value,
        raw_text=word.text,
        language="zh" if word.country == "CN" else "en",
    )
