"""SEKO's OmniParcel: a key in a header, an array of numbers; its own codes beside those of the delivery carrier."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import AccountRefused, BadAnswer, NotFound
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_KEY = re.compile(r"access.?key|authori|not allowed", re.IGNORECASE)


class Seko(CarrierAdapter):
    slug = "seko"
    credentials = ("access_key",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        headers = {"Content-Type": "application/json; charset=utf-8", "access_key": access.credentials["access_key"]}
        body = json.dumps([asked.number for asked in numbers]).encode()
        return CarrierRequest(method="POST", path="/labels/statusv2", headers=headers, body=body)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if isinstance(answer, dict):
            told = "; ".join(text_of(error["Message"]) for error in answer["Errors"])
            raise (AccountRefused if _KEY.search(told) else BadAnswer)(told)
        if not answer:
            raise NotFound("none of the numbers is known")
        return [self._consignment(row) for row in answer]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        return {text_of(row["ConsignmentNo"]): [row] for row in decoded} if isinstance(decoded, list) else {}

    def _consignment(self, row: Any) -> TrackingResult:
        number, rows = text_of(row["ConsignmentNo"]), row["Events"] or ()
        if not rows:
            return TrackingResult(number=number, failure=NotFound("no events yet"))
        return TrackingResult(number=number, events=oldest_first(self._event(event) for event in rows))

    def _event(self, row: Any) -> TrackingEvent:
        # "LONDON,EGHAM,GB": the country last.
        place = [part.strip() for part in (row.get("Location") or "").split(",") if part.strip()]
        country = place[-1] if place and re.fullmatch("[A-Z]{2}", place[-1]) else None
        theirs = text_of(row.get("Code") or "")
        return self.event(
            raw_time=row["EventDT"],
            local=times.parse_iso(row["EventDT"]),
            place=", ".join(place),
            country=country,
            raw_code=row["OmniCode"],
            raw_text=(row.get("Description") or "").strip(),
            details={"carrier_code": theirs} if theirs else {},
        )
