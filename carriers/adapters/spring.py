"""Spring GDS (PostNL's XBS): one address, a command and the key in the body; names the carrier's own number."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import AccountRefused, BadAnswer, NotFound
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_KEY = re.compile(r"api ?key|authori|access denied", re.IGNORECASE)
_NOT_FOUND = re.compile(r"not found|does ?n.t exist|does not exist|unknown (tracking|shipment)", re.IGNORECASE)


class Spring(CarrierAdapter):
    slug = "spring"
    credentials = ("api_key",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        order = {
            "Apikey": access.credentials["api_key"],
            "Command": "TrackShipment",
            "Shipment": {"TrackingNumber": asked.number},
        }
        headers = {"Content-Type": "text/json"}
        return CarrierRequest(method="POST", path="/", headers=headers, body=json.dumps(order).encode())

    def parse(self, answer: Any) -> list[TrackingResult]:
        shipment = answer.get("Shipment")
        # 1: done with errors, 10: not done.
        if not shipment or answer["ErrorLevel"] not in (0, 1):
            told = text_of(answer.get("Error") or f"ErrorLevel {answer['ErrorLevel']} without a Shipment")
            raise (AccountRefused if _KEY.search(told) else NotFound if _NOT_FOUND.search(told) else BadAnswer)(told)
        events = oldest_first(self._event(row) for row in shipment.get("Events") or ())
        return [
            TrackingResult(
                number=shipment["TrackingNumber"],
                events=events,
                next_leg=_next_leg(shipment) if events else None,
                destination_country=(shipment.get("ConsigneeAddress") or {}).get("Country") or None,
                service=shipment.get("Service") or "",
                failure=None if events else NotFound("no events yet"),
            )
        ]

    def _event(self, row: Any) -> TrackingEvent:
        place = (text_of(row.get(name) or "").strip() for name in ("City", "State", "Zip"))
        carriers = {"carrier_code": row.get("CarrierCode"), "carrier_text": row.get("CarrierDescription")}
        return self.event(
            raw_time=row["DateTime"],
            local=times.parse_iso(row["DateTime"]),
            place=", ".join(part for part in place if part),
            country=row.get("Country") or None,
            raw_code=text_of(row["Code"]),
            raw_text=(row.get("Description") or "").strip(),
            details={name: text_of(value) for name, value in carriers.items() if value},
        )


def _next_leg(shipment: Any) -> NextLeg | None:
    """Often the carrier's number is Spring's too: nothing to follow then."""
    theirs = text_of(shipment.get("CarrierTrackingNumber") or "").strip()
    name = text_of(shipment.get("Carrier") or "").strip()
    if not theirs or not name or theirs == shipment["TrackingNumber"]:
        return None
    return NextLeg(number=theirs, carrier=None, carrier_name=name, evidence="CarrierTrackingNumber")
