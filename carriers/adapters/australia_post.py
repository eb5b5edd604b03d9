"""Australia Post Shipping and Tracking: ten ids a call, Basic and an account number; wordings, no codes; offsets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.auth import basic
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "ESB-10001": NotFound, "ESB-10002": NotFound, "51104": NotFound, "ESB-20010": TryLater, "ESB-20050": TryLater,
    "API_001": Refused, "API_002": TryLater,
}  # fmt: skip
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


class AustraliaPost(CarrierAdapter):
    slug = "australia_post"
    credentials = ("api_key", "password", "account_number")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        headers = {
            "Authorization": basic(access.credentials["api_key"], access.credentials["password"]),
            "Account-Number": access.credentials["account_number"],
            "Accept": "application/json",
        }
        query = {"tracking_ids": ",".join(asked.number for asked in numbers)}
        return CarrierRequest(method="GET", path="/shipping/v1/track", query=query, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "tracking_results" not in answer:
            raise _error(answer["errors"][0])
        return [self._result(item) for item in answer["tracking_results"]]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:
        items = decoded.get("tracking_results") or []
        return {item["tracking_id"]: {"tracking_results": [item]} for item in items if item["tracking_id"] in numbers}

    def _result(self, item: Any) -> TrackingResult:
        number = item["tracking_id"]
        if item.get("errors"):
            return TrackingResult(number=number, failure=_error(item["errors"][0]))
        told = [oldest_first(map(self._event, rows)) for rows in _rows(item)]
        events = [event for part in told for event in part]
        if len(told) > 1:  # a consignment's own events and each article's: one way, in the order of time
            events.sort(key=lambda event: event.time.instant or _LONG_AGO)
        products = [part["product_type"] for part in item.get("trackable_items") or [] if part.get("product_type")]
        return TrackingResult(
            number=number,
            events=tuple(replace(event, sequence=place) for place, event in enumerate(events)),
            service=products[0] if products else "",
        )

    def _event(self, row: Any) -> TrackingEvent:
        when = row.get("date") or ""
        return self.event(
            raw_time=when,
            local=times.parse_iso(when) if when else None,
            place=row.get("location") or "",
            raw_text=row["description"],
        )


def _rows(item: Any) -> Iterator[Any]:
    """Each list of events: the consignment's (StarTrack), every article's, and those of articles within."""
    for part in (item.get("consignment") or {}, *(item.get("trackable_items") or [])):
        if part.get("events"):
            yield part["events"]
        yield from (inner["events"] for inner in part.get("items") or [] if inner.get("events"))


def _error(said: Any) -> CarrierError:
    code = text_of(said.get("error_code") or said["code"])
    return _ERRORS.get(code, BadAnswer)(f"{code}: {said.get('message') or said.get('name') or ''}")
