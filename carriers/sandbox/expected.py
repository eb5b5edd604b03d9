"""The truth of a parcel, for tests: what must be known of it when everything has been told."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.clock import iso
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import word_of
from carriers.sandbox.wires import PRINTS_S, WIRES
from carriers.sandbox.world import Journey, fields_of
from carriers.vocabulary import EventCode, Status


def told_code(carrier: str, told: Told) -> tuple[EventCode, str | None]:
    """Our event code and reason that the carrier's own words for a scan amount to."""
    word = word_of(WIRES[carrier].WORDS, told)
    why = told.scan.why if word.tells_why else None
    return word.means or told.scan.what, None if why is None else why.value


def expected(journey: Journey) -> dict[str, Any]:
    """Final status, delivery, timeline and legs of a journey. Instants ISO 8601, UTC, as finely as the carrier tells.

    `delivered_at` is the delivery that stands; `was_delivered_at` one that a return followed, too.

    `timeline` is in the order of time, then of phase; `happened` is the truth, `code` what the carrier's words say.
    """
    story = journey.story
    rows = sorted(
        (row for index, leg in enumerate(journey.legs) for row in _rows(index, leg)),
        key=lambda row: (row["at"], row.pop("_rank")),
    )
    return {
        "final_status": story.ends.value,
        "delivered_at": _delivered_at(journey) if story.ends is Status.DELIVERED else None,
        "was_delivered_at": _delivered_at(journey),
        "timeline": rows,
        "legs": [
            {"carrier": leg.carrier, "number": leg.number, "role": leg.role, "told_by": leg.told_by,
             "codes": [code.value for code, _ in (told_code(leg.asked, told) for told in leg.scans)]}
            for leg in journey.legs
        ],
        "carriers": [leg.carrier for leg in journey.legs],
        "holds": [
            {"code": row["happened"], "reason": row["reason"]}
            for row in rows
            if EventCode(row["happened"]).status in (Status.EXCEPTION, Status.ATTEMPT_FAILED)
        ],
        "needs": fields_of(journey.legs[0]),
        "ends_at": iso(max(told.told_at for leg in journey.legs for told in leg.scans)),
    }  # fmt: skip


def _rows(index: int, leg: ParcelLeg) -> list[dict[str, Any]]:
    rows = []
    for told in leg.scans:
        code, reason = told_code(leg.asked, told)
        phase = told.scan.what.phase
        rows.append({
            "at": iso(_printed(leg.asked, told.at)), "told_at": iso(told.told_at),
            "leg": index, "carrier": leg.carrier, "city": told.city.name, "country": told.city.country,
            "code": code.value, "happened": told.scan.what.value, "reason": reason,
            "is_correction": told.scan.is_correction, "is_earlier_journey": told.scan.is_earlier,
            "_rank": phase.rank if phase is not None else -1,
        })  # fmt: skip
    return rows


def _printed(carrier: str, at: float) -> float:
    """The instant as finely as the carrier prints it."""
    return at - at % PRINTS_S.get(carrier, 1)


def _delivered_at(journey: Journey) -> str | None:
    hour = journey.story.delivered_h
    if hour is None:
        return None
    return next(
        iso(_printed(leg.asked, told.at))
        for leg in journey.legs
        for told in leg.scans
        if told.scan.at_h == hour and told.scan.what.is_delivery
    )


def journey_dict(journey: Journey) -> dict[str, Any]:
    """A journey as the control API shows it. Later legs' numbers are for tests: a platform has to learn them."""
    first = journey.legs[0]
    return {
        "id": journey.id,
        "story": journey.story.name,
        "title": journey.story.title,
        "seed": journey.seed,
        "start_at": iso(journey.start_at.timestamp()),
        "origin_country": first.origin.country,
        "destination_country": first.destination.country,
        "destination_city": first.destination.name,
        "destination_postal_code": first.destination.postal,
        "first_leg": {"carrier": first.carrier, "number": first.number, "fields": fields_of(first)},
        "registered_legs": [
            {"carrier": leg.carrier, "number": leg.number, "fields": fields_of(leg)}
            for leg in journey.legs
            if leg.told_by in ("start", "merchant")
        ],
        "legs": [
            {
                "carrier": leg.carrier,
                "asked": leg.asked,
                "number": leg.number,
                "role": leg.role,
                "told_by": leg.told_by,
                "fields": fields_of(leg),
            }
            for leg in journey.legs
        ],
        "expected": expected(journey),
    }
