"""Royal Mail Tracking API v2: an id and a secret in headers, one item a call: its events and a summary of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from carriers import places, times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "E1142": NotFound, "E2001": NotFound, "E0004": Refused, "E0016": Refused,
    "401": Refused, "403": Refused, "404": NotFound, "429": TryLater, "500": TryLater, "503": TryLater,
}  # fmt: skip


class RoyalMail(CarrierAdapter):
    slug = "royalmail"
    credentials = ("client_id", "client_secret")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        headers = {
            "Accept": "application/json", "X-Accept-RMG-Terms": "yes",
            "X-IBM-Client-Id": access.credentials["client_id"],
            "X-IBM-Client-Secret": access.credentials["client_secret"],
        }  # fmt: skip
        path = f"/mailpieces/v2/{quote(asked.number, safe='')}/events"
        return CarrierRequest(method="GET", path=path, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if not answer.get("mailPieces"):
            problem = (answer.get("errors") or [{}])[0]
            codes = [text_of(code) for code in (problem.get("errorCode"), answer.get("httpCode")) if code]
            kind = next((_ERRORS[code] for code in codes if code in _ERRORS), BadAnswer)
            raise kind(f"{' '.join(codes)}: {problem.get('errorDescription') or answer.get('httpMessage')}")
        pieces = answer["mailPieces"]
        return [self._piece(piece) for piece in (pieces if isinstance(pieces, list) else [pieces])]

    def _piece(self, piece: Mapping[str, Any]) -> TrackingResult:
        summary, due = piece.get("summary") or {}, piece.get("estimatedDelivery") or {}
        number = text_of(summary.get("oneDBarcode") or piece["mailPieceId"])
        if error := piece.get("error"):
            kind = _ERRORS.get(text_of(error["errorCode"]), BadAnswer)
            return TrackingResult(number=number, failure=kind(f"{error['errorCode']}: {error.get('errorDescription')}"))
        is_domestic = summary.get("productCategory") == "NON-INTERNATIONAL"
        post = text_of((summary.get("internationalPostalProvider") or {}).get("title") or "")
        abroad = NextLeg(number=number, carrier=None, carrier_name=post, evidence="internationalPostalProvider")
        events = oldest_first(self._event(row, "GB" if is_domestic else None) for row in _rows(piece, summary))
        return TrackingResult(
            number=number,
            events=events,
            next_leg=abroad if post and "royal mail" not in post.lower() else None,
            estimated_delivery=times.estimated_delivery(due.get("date")),
            origin_country=places.country_code(summary.get("originCountryCode") or ""),
            destination_country=places.country_code(summary.get("destinationCountryCode") or ""),
            service=text_of(summary.get("productName") or ""),
        )

    def _event(self, row: Mapping[str, Any], country: str | None) -> TrackingEvent:
        return self.event(
            raw_time=text_of(row["eventDateTime"]),
            local=times.parse_iso(row["eventDateTime"]),
            place=text_of(row.get("locationName") or ""),
            country=country,
            raw_code=text_of(row.get("eventCode") or ""),
            raw_text=text_of(row.get("eventName") or ""),
        )


def _rows(piece: Mapping[str, Any], summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The item's events; where the answer gives a summary alone, its last event."""
    if "events" in piece or not summary.get("lastEventDateTime"):
        return piece.get("events") or []
    keys = {"eventCode": "Code", "eventName": "Name", "eventDateTime": "DateTime", "locationName": "LocationName"}
    return [{ours: summary.get(f"lastEvent{theirs}") for ours, theirs in keys.items()}]
