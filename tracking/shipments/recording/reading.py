"""Reading a shipment whole: its rows, and the timeline that follows from them. The API, the pages and the recorder
read the same way."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django_scopes import scopes_disabled

from carriers import registry
from carriers.events import TimePrecision, TimeSource, TrackingEvent
from carriers.vocabulary import EventCode, Reason
from tracking import clock
from tracking.rules.attention import Silence, silence
from tracking.rules.facts import Channel, EventFact, LegFact, LegRole
from tracking.rules.reuse import of_this_parcel
from tracking.rules.shipment_number import clean
from tracking.rules.timeline import Timeline, fold
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import Event, Leg, Shipment

_EVENT_COLUMNS = (
    "shipment_id", "identity", "leg_id", "carrier", "channel", "code", "reason", "occurred_at", "local_time",
    "offset_min", "time_source", "precision", "sequence", "place", "city", "country", "zone", "raw_code", "raw_text",
    "language", "is_correction",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One shipment, read whole at `now`. `legs` are those that count, in order."""

    shipment: Shipment
    legs: tuple[Leg, ...]
    timeline: Timeline
    silence: Silence | None
    now: datetime

    def leg(self, leg_id: UUID | None) -> Leg | None:
        """The leg of this id among those that count."""
        return next((leg for leg in self.legs if leg.id == leg_id), None)

    def handed_by(self, leg: Leg) -> Leg | None:
        """The leg that this one took over from: the one whose answer told of it, else the one before."""
        before = [other for other in self.legs if other.position < leg.position]
        told = [other for other in before if leg.told_by and other.carrier == leg.told_by]
        chosen = told or before
        return chosen[-1] if chosen else None

    def carrier_name(self, leg: Leg) -> str:
        """The carrier's own name."""
        return carrier_name(leg.carrier, leg.carrier_name)


def shipment_by_number(number: str) -> Shipment:
    """The live shipment of our number, whoever's it is: for the public page alone. Raises Shipment.DoesNotExist.

    Its merchant's brand, its recipient and its customs record are read with it.
    """
    beside = ("merchant__brand", "recipient", "customs")
    with scopes_disabled():
        return Shipment.objects.live().select_related(*beside).get(number=clean(number))


def journey(shipment: Shipment, now: datetime | None = None) -> Journey:
    """The shipment with its legs and its timeline; two queries."""
    moment = now or clock.now()
    with scopes_disabled():
        legs = tuple(Leg.objects.of_shipments([shipment.pk]).select_related("account"))
        facts = event_facts([shipment.pk])[shipment.pk]
    timeline = timeline_of(shipment, legs, facts)
    return Journey(
        shipment=shipment,
        legs=legs,
        timeline=timeline,
        silence=silence(timeline, shipment.created_at, moment, deaf_since(timeline, legs, failing_since(legs))),
        now=moment,
    )


def failing_since(legs: Iterable[Leg]) -> dict[UUID, datetime]:
    """The accounts of these legs (read with them) that their carriers fail as a whole, and since when."""
    accounts = [leg.account for leg in legs if leg.account is not None]
    return {account.pk: account.failing_since for account in accounts if account.failing_since is not None}


def deaf_since(timeline: Timeline, legs: Iterable[Leg], failing: Mapping[UUID, datetime]) -> datetime | None:
    """Since when nothing can be heard of the parcel: the carrier that has it fails the account. Where nobody is known
    to have it, any of its carriers."""
    legs = list(legs)
    asked = [leg for leg in legs if leg.id == timeline.holder_leg] or legs
    return min((failing[leg.account_id] for leg in asked if leg.account_id and leg.account_id in failing), default=None)


def timeline_of(shipment: Shipment, legs: Iterable[Leg], facts: Iterable[EventFact]) -> Timeline:
    """The fold of the events that count."""
    standing = [leg for leg in legs if leg.state != Leg.State.REPLACED]
    return fold(
        that_count(shipment, standing, facts),
        [leg_fact(leg) for leg in standing],
        origin=shipment.origin_country or None,
        destination=shipment.destination_country or None,
    )


def that_count(shipment: Shipment, standing: Iterable[Leg], facts: Iterable[EventFact]) -> list[EventFact]:
    """The events of the standing legs, without those of an earlier parcel under the same number."""
    ids = {leg.id for leg in standing}
    return of_this_parcel((fact for fact in facts if fact.leg_id in ids), shipment.created_at)


def leg_fact(leg: Leg) -> LegFact:
    """A leg's row as the rules see it."""
    return LegFact(id=leg.id, position=leg.position, carrier=leg.carrier, number=leg.number, role=LegRole(leg.role))


def event_facts(shipment_ids: Iterable[UUID]) -> dict[UUID, list[EventFact]]:
    """Every stored event of these shipments, as the rules see them; one query."""
    ids = list(shipment_ids)
    found: dict[UUID, list[EventFact]] = {shipment_id: [] for shipment_id in ids}
    for row in Event.objects.of_shipments(ids).values_list(*_EVENT_COLUMNS):
        found[row[0]].append(_fact(row))
    return found


def _fact(row: tuple[Any, ...]) -> EventFact:
    (
        _, identity, leg_id, carrier, channel, code, reason, occurred_at, local_time, offset_min,
        time_source, precision, sequence, place, city, country, zone, raw_code, raw_text, language, is_correction,
    ) = row  # fmt: skip
    return EventFact(
        identity=identity,
        leg_id=leg_id,
        carrier=carrier,
        channel=Channel(channel),
        code=known_code(code),
        reason=Reason(reason) if reason else None,
        occurred_at=occurred_at,
        local_time=local_time.replace(tzinfo=None) if local_time else None,
        offset_min=offset_min,
        time_source=TimeSource(time_source),
        precision=TimePrecision(precision),
        sequence=sequence,
        place=place,
        city=city or None,
        country=country or None,
        zone=zone or None,
        raw_code=raw_code,
        raw_text=raw_text,
        language=language or None,
        is_correction=is_correction,
    )


def known_code(code: str) -> EventCode:
    """The event code; UNKNOWN for one that a later release wrote and this one does not know."""
    try:
        return EventCode(code)
    except ValueError:
        return EventCode.UNKNOWN


def event_row(
    event: TrackingEvent,
    *,
    leg: Leg,
    identity: str,
    channel: Channel,
    read_by: str,
    raw_answer: UUID | None,
    received_at: datetime,
) -> Event:
    """An unsaved row of what a carrier told. `read_by` is the slug of the adapter whose tables gave its code."""
    place, time = event.place, event.time
    return Event(
        merchant_id=leg.merchant_id,
        shipment_id=leg.shipment_id,
        leg_id=leg.id,
        identity=identity,
        carrier=_teller(event, leg),
        read_by=read_by,
        channel=channel.value,
        code=event.code.value,
        reason=event.reason.value if event.reason else "",
        raw_time=time.raw[:60],
        local_time=time.local.replace(tzinfo=UTC) if time.local else None,
        offset_min=time.offset_min,
        occurred_at=time.instant,
        time_source=time.source.value,
        precision=time.precision.value,
        sequence=event.sequence,
        place=(place.text if place else "")[:120],
        city=((place.city if place else None) or "")[:80],
        country=(place.country if place else None) or "",
        zone=(place.zone if place else None) or "",
        latitude=place.latitude if place else None,
        longitude=place.longitude if place else None,
        raw_code=event.raw_code[:60],
        raw_text=event.raw_text,
        language=(event.language or "")[:12],
        is_correction=event.is_correction,
        details=dict(event.details),
        raw_answer=raw_answer,
        received_at=received_at,
    )


def _teller(event: TrackingEvent, leg: Leg) -> str:
    """The slug of who says so: an aggregator's answer names the carrier that it has the event from."""
    provider = event.details.get("provider")
    return (registry.slug_of(provider) if provider else None) or leg.carrier


def fact_of_row(row: Event) -> EventFact:
    """A row that is about to be stored, as the rules see it."""
    return _fact(tuple(getattr(row, column) for column in _EVENT_COLUMNS))
