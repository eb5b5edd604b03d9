"""A reading as JSON values, for the recorded messages' expectations."""

from __future__ import annotations

from typing import Any

from carriers.messages import Estimate, MessageEvent, Problem, Reading
from carriers.serialise import event_to_json, place_to_json


def reading_to_json(reading: Reading) -> dict[str, Any]:
    return {
        "events": [_event(told) for told in reading.events],
        "estimates": [_estimate(told) for told in reading.estimates],
        "problems": [_problem(told) for told in reading.problems],
    }


def _event(told: MessageEvent) -> dict[str, Any]:
    return {
        "where": told.where,
        "references": [str(reference) for reference in told.references],
        "wholes": [str(reference) for reference in told.wholes],
        "is_part": told.is_part,
        "carrier_name": told.carrier_name,
        "native_id": told.event.native_id,
        **event_to_json(told.event),
    }


def _estimate(told: Estimate) -> dict[str, Any]:
    return {
        "where": told.where,
        "references": [str(reference) for reference in told.references],
        "what": told.what,
        "at": told.time.instant and told.time.instant.isoformat(),
        "local": told.time.local and told.time.local.isoformat(),
        "place": told.place and place_to_json(told.place),
    }


def _problem(told: Problem) -> dict[str, str]:
    return {"where": told.where, "column": told.column, "detail": told.detail, "cure": told.cure}
