"""Posten Norge and Bring, Tracking v2: one number a call, three headers; a consignment's packages, markup in texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from carriers import times
from carriers.answers import text_of, without_markup
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "404": NotFound, "401": Refused, "403": Refused, "429": TryLater, "500": TryLater, "503": TryLater,
}  # fmt: skip


class PostenNorge(CarrierAdapter):
    slug = "posten_norge"
    credentials = ("api_uid", "api_key", "client_url")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        headers = {
            "X-MyBring-API-Uid": access.credentials["api_uid"], "X-MyBring-API-Key": access.credentials["api_key"],
            "X-Bring-Client-URL": access.credentials["client_url"], "Accept": "application/json",
        }  # fmt: skip
        query = {"q": asked.number, "lang": "en"}
        return CarrierRequest(method="GET", path="/api/v2/tracking.json", query=query, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        return [result for consignment in answer["consignmentSet"] for result in self._packages(consignment)]

    def _packages(self, consignment: Any) -> list[TrackingResult]:
        if (error := consignment.get("error")) is not None:
            code = text_of(error["code"])
            raise _ERRORS.get(code, BadAnswer)(f"{code}: {error.get('message') or ''}")
        return [
            TrackingResult(
                number=package["packageNumber"],
                events=oldest_first(self._event(row) for row in package["eventSet"]),
                service=package.get("productName") or "",
            )
            for package in consignment["packageSet"]
        ]

    def _event(self, row: Any) -> TrackingEvent:
        return self.event(
            raw_time=row["dateIso"],
            local=times.parse_iso(row["dateIso"]),
            place=row.get("city") or "",
            country=row.get("countryCode") or None,
            raw_code=row["status"],
            raw_text=without_markup(row.get("description") or ""),
            details={"unit_type": row["unitType"]} if row.get("unitType") else {},
        )
