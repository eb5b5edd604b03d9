"""The head of a shipment's page, its facts, and how its status went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from carriers.vocabulary import Status
from tracking.portal import dates, wording
from tracking.portal.buyer import sentences
from tracking.portal.buyer.words import leg_name
from tracking.portal.console import queue, words
from tracking.portal.console.rows import Due, due, stage, stops
from tracking.rules.attention import Attention
from tracking.rules.shipment_number import group
from tracking.rules.timeline import Holder
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import Shipment, StatusChange
from tracking.shipments.recording.reading import Journey


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A reason to look at the shipment, and what to do."""

    name: str
    family: str
    icon: str
    text: str
    actor: str
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Everything above the timeline, and the facts beside it."""

    order: str
    grouped: str
    look: sentences.Look
    origin: str
    destination: str
    destination_words: str
    stops: tuple[str, ...]
    stage: str
    sentence: str
    due: Due
    due_words: str
    holder: str
    registered: str
    concerns: tuple[Concern, ...]
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One change of the status."""

    look: sentences.Look
    happened: str
    reason: str
    when: str
    at: str


def summary(journey: Journey) -> Summary:
    """Of the shipment as it stands at `journey.now`."""
    shipment = journey.shipment
    legs = list(journey.legs)
    case_rows = [_concern(shipment, legs, Attention(reason), journey.now) for reason in shipment.attention]
    country = dates.country_name(shipment.destination_country)
    return Summary(
        order=shipment.order_number or group(shipment.number),
        grouped=group(shipment.number),
        look=words.look_of(shipment),
        origin=shipment.origin_country or "–",
        destination=shipment.destination_country,
        destination_words=f"{shipment.destination_city}, {country}" if shipment.destination_city else country,
        stops=stops(shipment),
        stage=stage(shipment),
        sentence=_sentence(journey),
        due=due(shipment, journey.now),
        due_words=_due_words(shipment),
        holder=_holder(journey),
        registered=words.moment(shipment.created_at, shipment.merchant.zone),
        concerns=tuple(case_rows),
        facts=_facts(shipment),
    )


def _concern(shipment: Shipment, legs: Sequence[object], reason: Attention, now: datetime) -> Concern:
    shipment.ordered_legs = legs  # type: ignore[attr-defined]  # as `with_legs()` would have read them
    case, meaning = queue.case(shipment, reason, now), queue.MEANINGS[reason]
    name = _(words.REASONS[reason])
    return Concern(
        name=name if case.why == name else f"{name}: {case.why}",
        family=meaning.family,
        icon=meaning.icon,
        text=_(meaning.text),
        actor=case.actor,
        next_step=case.next_step,
    )


def _sentence(journey: Journey) -> str:
    timeline = journey.timeline
    if not timeline.entries:
        return wording.label(Status.PENDING)
    happened = wording.label(timeline.code) if timeline.code else wording.label(timeline.status)
    newest = timeline.entries[-1]
    city = next((entry.lead.city for entry in reversed(timeline.entries) if entry.code is timeline.code), None)
    place = city or newest.lead.city
    return _("{happened}, {place}").format(happened=happened, place=place) if place else happened


def _due_words(shipment: Shipment) -> str:
    """“Arrives Thu 26 – Fri 27 Nov (DHL says). Promised Wed 25 Nov.”"""
    parts = []
    if shipment.delivered_at is not None:
        on = dates.at(shipment.delivered_at, shipment.destination_zone).date()
        parts.append(_("Delivered {day}.").format(day=dates.day(on)))
    elif shipment.estimated_latest is not None and not Status(shipment.status).is_final:
        days = dates.days(shipment.estimated_earliest or shipment.estimated_latest, shipment.estimated_latest)
        parts.append(_("{carrier} says {days}.").format(carrier=carrier_name(shipment.estimated_by), days=days))
    if shipment.promised_on is not None:
        parts.append(_("Promised for {day}.").format(day=dates.day(shipment.promised_on)))
    return " ".join(parts)


def _holder(journey: Journey) -> str:
    timeline = journey.timeline
    leg = journey.leg(timeline.holder_leg)
    names = {
        Holder.SELLER: _("The sender"),
        Holder.BUYER: _("The buyer"),
        Holder.CUSTOMS: _("Customs"),
        Holder.CARRIER: leg_name(leg) if leg else _("A carrier"),
    }
    return names[timeline.holder]


def _facts(shipment: Shipment) -> tuple[tuple[str, str], ...]:
    country = dates.country_name(shipment.destination_country)
    to = f"{shipment.destination_city}, {country}" if shipment.destination_city else country
    told = (
        (_("What is in it"), shipment.title),
        (_("Sent from"), dates.country_name(shipment.origin_country)),
        (_("Goes to"), to),
        (_("Clock there"), shipment.destination_zone.replace("_", " ")),
        (_("Promised for"), dates.day(shipment.promised_on) if shipment.promised_on else ""),
    )
    return tuple((name, value) for name, value in told if value)


def changes(shipment: Shipment, now: datetime) -> list[Change]:
    """The newest first, twenty at most; one query."""
    rows = StatusChange.objects.filter(shipment=shipment).order_by("-sequence")[:20]
    return [
        Change(
            look=sentences.LOOKS[Status(row.status)],
            happened=words.event_label(row.event_code),
            reason=words.reason_label(row.reason),
            when=_("{age} ago").format(age=words.age(now - (row.occurred_at or row.recorded_at))),
            at=words.moment(row.occurred_at or row.recorded_at, shipment.merchant.zone),
        )
        for row in rows
    ]
