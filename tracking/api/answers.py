"""Rows as the API shows them: plain JSON values. `serializers.answers` describes the shapes; a test compares them."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from carriers import registry
from carriers.errors import Refused
from carriers.facts import FactSheet
from carriers.serialise import instant, offset
from carriers.vocabulary import Reason, Status
from tracking.rules.facts import EventFact
from tracking.rules.milestones import Milestone
from tracking.rules.shipment_number import group
from tracking.rules.timeline import Entry
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import CarrierAccount, Leg, RawAnswer, Shipment
from tracking.shipments.opening import why_not_polled
from tracking.shipments.polling import outages
from tracking.shipments.recording.reading import Journey, known_code
from tracking.shipments.scheduling.refreshing import Refresh

Json = dict[str, Any]


def shipment_summary(shipment: Shipment, legs: Sequence[Leg], site: str) -> Json:
    """A shipment as lists show it, from its own columns. `site` is our public address, without a slash at its end."""
    code = known_code(shipment.event_code) if shipment.event_code else None
    return {
        "number": shipment.number,
        "display_number": group(shipment.number),
        "order_number": shipment.order_number,
        "title": shipment.title,
        "origin_country": shipment.origin_country or None,
        "destination_country": shipment.destination_country,
        "destination_city": shipment.destination_city,
        "promised_on": _day(shipment.promised_on),
        "status": shipment.status,
        "status_label": Status(shipment.status).label,
        "phase": shipment.phase or None,
        "event_code": code and code.value,
        "reason": _reason(Reason(shipment.reason) if shipment.reason else None),
        "attention": list(shipment.attention),
        "last_event_at": _moment(shipment.last_event_at),
        "last_event_label": known_code(shipment.last_event_code).label if shipment.last_event_code else None,
        "last_event_place": shipment.last_event_place,
        "delivered_at": _moment(shipment.delivered_at),
        "estimated_delivery": _estimate(shipment),
        "holder": _holder(shipment, legs),
        "milestones": [
            {"name": name, "reached_at": _moment(datetime.fromisoformat(shipment.milestones[name]))}
            for name in _in_order(shipment.milestones)
        ],
        "legs": [leg_summary(leg) for leg in legs],
        "tracking_url": f"{site}/t/{group(shipment.number)}",
        "version": shipment.version,
        "created_at": _moment(shipment.created_at),
        "archived_at": _moment(shipment.archived_at),
    }


def shipment_detail(journey: Journey, site: str) -> Json:
    """A shipment whole."""
    quiet = journey.silence
    return shipment_summary(journey.shipment, journey.legs, site) | {
        "legs": [leg_detail(leg) for leg in journey.legs],
        "events": [_event(entry, journey) for entry in journey.timeline.entries],
        "silence": quiet
        and {
            "since": _moment(quiet.since),
            "hours": round(quiet.hours, 1),
            "usual_hours": quiet.norm_h,
            "is_unusual": quiet.is_unusual,
        },
    }


def leg_summary(leg: Leg) -> Json:
    """A leg in a list of shipments."""
    return {
        "id": str(leg.id),
        "carrier": leg.carrier or None,
        "carrier_name": carrier_name(leg.carrier, leg.carrier_name),
        "number": leg.number,
        "role": leg.role,
        "state": leg.state,
    }


def leg_detail(leg: Leg) -> Json:
    """A leg with how fresh it is, why it belongs to the shipment, and whose its number may be."""
    why_not = _why_not(leg)
    return leg_summary(leg) | {
        "fields": leg.fields,
        "candidates": leg.candidates,
        "evidence": leg.evidence,
        "evidence_detail": leg.evidence_detail,
        "told_by": leg.told_by or None,
        "opened_at": _moment(leg.opened_at),
        "closed_at": _moment(leg.closed_at),
        "is_polled": why_not is None,
        "asked_through": leg.account.carrier if leg.account is not None else None,
        "is_pushed": leg.subscription == Leg.Subscription.ACTIVE,
        "why_not": why_not,
        "next_check_at": _moment(leg.next_poll_at),
        "last_checked_at": _moment(leg.last_checked_at),
        "last_changed_at": _moment(leg.last_changed_at),
        "last_failure": {
            "kind": leg.last_failure_kind,
            "detail": leg.last_failure_detail,
            "at": _moment(leg.last_failure_at),
        }
        if leg.last_failure_kind
        else None,
        "carrier_outage": outage(leg.account),
    }


def outage(account: CarrierAccount | None) -> Json | None:
    """The time in which a carrier fails the account through which it is asked; None while it does not."""
    if account is None or account.outage_since is None:
        return None
    return {
        "since": _moment(account.outage_since),
        "kind": account.last_failure_kind,
        "asked_again_at": _moment(outages.asked_again_at(account)),
    }


def refresh_outcome(told: Refresh) -> Json:
    """Who is asked now, and who is not."""
    return {
        "legs_due": told.legs_due,
        "expected_at": _moment(told.expected_at),
        "waits": [
            {"leg": str(wait.leg.id), "carrier": wait.carrier, "why": wait.why.value, "until": _moment(wait.until)}
            for wait in told.waits
        ],
    }


def raw_answer_summary(row: RawAnswer) -> Json:
    """What a carrier sent, without the body."""
    return {
        "id": str(row.id),
        "leg": str(row.leg_id),
        "carrier": row.carrier or None,
        "channel": row.channel,
        "received_at": _moment(row.received_at),
        "http_status": row.http_status or None,
        "failure": row.failure or None,
        "size": row.size,
    }


def raw_answer_detail(row: RawAnswer) -> Json:
    """What a carrier sent, as text. Bytes that are not UTF-8 stand as \\x.. escapes, and `is_exact` is false."""
    body = zlib.decompress(bytes(row.body))
    text = body.decode("utf-8", errors="backslashreplace")
    return raw_answer_summary(row) | {"body": text, "is_exact": text.encode() == body}


def carrier(sheet: FactSheet, account: CarrierAccount | None) -> Json:
    """A carrier, what it needs beside a number, and whether it fails the merchant's account with it."""
    return {
        "slug": sheet.slug,
        "name": sheet.name,
        "kind": str(sheet.kind),
        "countries": list(sheet.countries),
        "is_polled": registry.has_adapter(sheet.slug),
        "is_pushing": sheet.api is not None and sheet.api.has_push,
        "evidence": sheet.evidence.value,
        "fields": [
            {
                "name": fact.name,
                "label": fact.label,
                "pattern": fact.pattern.pattern,
                "is_required": fact.is_required,
            }
            for fact in sheet.fields
        ],
        "website": sheet.website or None,
        "outage": outage(account),
    }


def _event(entry: Entry, journey: Journey) -> Json:
    lead = entry.lead
    return {
        "code": entry.code.value,
        "label": entry.code.label,
        "status": entry.status.value,
        "phase": entry.phase and entry.phase.value,
        "reason": _reason(entry.reason),
        "occurred_at": _moment(lead.occurred_at),
        "local_time": lead.local_time and lead.local_time.isoformat(),
        "utc_offset": None if lead.offset_min is None else offset(lead.offset_min),
        "time_source": lead.time_source.value,
        "time_precision": lead.precision.value,
        "place": {"text": lead.place, "city": lead.city, "country": lead.country, "zone": lead.zone}
        if lead.place or lead.country
        else None,
        "sources": [_source(fact, journey) for fact in entry.facts],
    }


def _source(fact: EventFact, journey: Journey) -> Json:
    leg = journey.leg(fact.leg_id)
    return {
        "carrier": fact.carrier or None,
        "carrier_name": journey.carrier_name(leg) if leg else carrier_name(fact.carrier),
        "channel": fact.channel.value,
        "leg": str(fact.leg_id),
        "raw_code": fact.raw_code,
        "raw_text": fact.raw_text,
        "language": fact.language,
    }


def _why_not(leg: Leg) -> str | None:
    """Why nobody asks the carrier: the leg's or the account's fault, or because there is nothing left to ask."""
    if (reason := why_not_polled(leg)) is not None:
        return reason
    if leg.next_poll_at is not None or leg.lease_until is not None:
        return None
    return "refused" if leg.last_failure_kind == Refused.kind else "ended"


def _reason(reason: Reason | None) -> Json | None:
    if reason is None:
        return None
    return {
        "code": reason.value,
        "label": reason.label,
        "action_by": reason.action_by.value,
        "is_action_required": reason.is_action_required,
    }


def _estimate(shipment: Shipment) -> Json | None:
    if shipment.estimated_earliest is None:
        return None
    return {
        "earliest": _day(shipment.estimated_earliest),
        "latest": _day(shipment.estimated_latest or shipment.estimated_earliest),
        "by": shipment.estimated_by or None,
    }


def _holder(shipment: Shipment, legs: Sequence[Leg]) -> Json | None:
    if not shipment.holder:
        return None
    standing = any(leg.id == shipment.holder_leg for leg in legs)
    return {"kind": shipment.holder, "leg": str(shipment.holder_leg) if standing else None}


def _in_order(milestones: dict[str, str]) -> list[str]:
    order = {milestone.value: rank for rank, milestone in enumerate(Milestone)}
    return sorted(milestones, key=lambda name: (milestones[name], order.get(name, len(order))))


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else instant(moment.astimezone(UTC))


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
