"""USPS Tracking API v3: OAuth, one number a call. Its `eventTimestamp` is local time, though it may end in "Z"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import quote

from carriers import times
from carriers.answers import text_of
from carriers.auth import OAuth2ClientCredentials
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "invalid_client": Refused, "unauthorized_client": Refused, "access_denied": Refused, "401": Refused, "403": Refused,
    "404": NotFound, "429": TryLater, "500": TryLater, "503": TryLater,
}  # fmt: skip
_NOT_KNOWN = re.compile(r"not (available|found)|no record|does not exist", re.IGNORECASE)


class Usps(CarrierAdapter):
    slug = "usps"
    credentials = ("client_id", "client_secret")
    auth = OAuth2ClientCredentials(path="/oauth2/v3/token", encoding="json")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:  # noqa: ARG002
        (asked,) = numbers
        path = f"/tracking/v3/tracking/{quote(asked.number, safe='')}"
        headers = {"Accept": "application/json"}
        return CarrierRequest(method="GET", path=path, query={"expand": "DETAIL"}, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "error" in answer:
            raise _error(answer)
        due = answer.get("deliveryDateExpectation") or {}
        return [
            TrackingResult(
                number=text_of(answer["trackingNumber"]),
                events=oldest_first(self._event(row) for row in answer["trackingEvents"]),
                estimated_delivery=times.estimated_delivery(
                    due.get("predictedDeliveryDate") or due.get("expectedDeliveryDate")
                ),
                origin_country=_country(answer, "origin"),
                destination_country=_country(answer, "destination"),
                service=unescape(re.sub(r"<SUP>.*?</SUP>", "", text_of(answer.get("mailClass") or ""))),
            )
        ]

    def _event(self, row: Mapping[str, Any]) -> TrackingEvent:
        offset_min = times.parse_offset(row["GMTOffset"]) if row.get("GMTOffset") else None
        place = [text_of(row[key]) for key in ("eventCity", "eventState") if row.get(key)]
        # USPS names a country only abroad.
        country = row.get("eventCountry") or ("US" if place else None)
        details = {key: text_of(row[key]) for key in ("actionCode", "reasonCode") if row.get(key)}
        return self.event(
            raw_time=text_of(row.get("eventTimestamp")).strip() or text_of(row.get("GMTTimestamp")),
            local=_local(row, offset_min), offset_min=offset_min,
            place=", ".join(place), country=country,
            raw_code=text_of(row.get("eventCode") or ""), raw_text=unescape(text_of(row.get("eventType") or "")),
            details=details,
        )  # fmt: skip


def _country(answer: Mapping[str, Any], end: str) -> str | None:
    return answer.get(f"{end}CountryCode") or ("US" if answer.get(f"{end}ZIP") else None)


def _local(row: Mapping[str, Any], offset_min: int | None) -> datetime | None:
    told = text_of(row.get("eventTimestamp") or "")
    if "-" in told:
        return times.parse_iso(told).replace(tzinfo=None)
    if offset_min is None or not row.get("GMTTimestamp"):
        return None  # some answers of 2023 give the time of day alone
    return times.parse_iso(row["GMTTimestamp"]).replace(tzinfo=None) + timedelta(minutes=offset_min)


def _error(answer: Mapping[str, Any]) -> CarrierError:
    error = (
        answer["error"]
        if isinstance(answer["error"], dict)
        else {"code": answer["error"], "message": answer.get("error_description")}
    )
    rows = [error, *(error.get("errors") or ())]
    words = " ".join(text_of(row[key]) for row in rows for key in ("message", "detail") if row.get(key))
    kinds = [
        _ERRORS[text_of(row[key])] for row in rows for key in ("code", "status") if text_of(row.get(key)) in _ERRORS
    ]
    kind = NotFound if _NOT_KNOWN.search(words) else kinds[0] if kinds else BadAnswer
    return kind(f"{error.get('code')}: {words}"[:300])
