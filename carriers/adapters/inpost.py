"""InPost Group tracking: OAuth, ten numbers a call, an offset on every event; pushes of the group and of ShipX."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from carriers import places, times
from carriers.answers import text_of
from carriers.auth import OAuth2ClientCredentials
from carriers.base import Access, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage, oldest_first
from carriers.errors import BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[int, type[CarrierError]] = {401: Refused, 403: Refused, 404: NotFound, 429: TryLater}


class InPost(CarrierAdapter, PushAdapter):
    slug = "inpost"
    credentials = ("client_id", "client_secret")
    auth = OAuth2ClientCredentials(path="/oauth2/token", scope="openid api:tracking:read")
    signed_by = ("x-inpost-signature", "x-api-key")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:  # noqa: ARG002
        asked = "&".join(f"trackingNumbers={quote(each.number, safe='')}" for each in numbers)
        headers = {"Accept": "application/json", "x-inpost-event-version": "V1"}
        return CarrierRequest(method="GET", path=f"/tracking/v1/parcels?{asked}", headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if isinstance(answer.get("status"), int) and "parcels" not in answer:  # a problem of RFC 7807
            kind = _ERRORS.get(answer["status"], TryLater if answer["status"] >= 500 else BadAnswer)
            raise kind(f"{answer['status']}: {answer.get('detail') or answer.get('title')}")
        return [self._parcel(parcel["trackingNumber"], parcel.get("events") or ()) for parcel in answer["parcels"]]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        rows = decoded.get("parcels") or ()
        return {text_of(parcel["trackingNumber"]): {"parcels": [parcel]} for parcel in reversed(rows)}

    def verify(self, message: PushMessage) -> None:
        told, secret = message.headers, message.secret.encode()
        stamped = told.get("x-inpost-timestamp", "").encode() + b"." + message.body
        signature = told.get("x-inpost-signature", "").encode()
        signed = [base64.b64encode(hmac.digest(secret, what, hashlib.sha256)) for what in (stamped, message.body)]
        is_signed = any(hmac.compare_digest(signature, each) for each in signed)
        is_key = hmac.compare_digest(told.get("x-api-key", "").encode(), secret)
        if not secret or not (is_signed or is_key):
            raise BadPush("neither `x-inpost-signature` nor `x-api-key` fits our secret")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        if "payload" not in answer:
            return [self._parcel(answer["trackingNumber"], [answer])]
        if answer["event"] != "shipment_status_changed":  # ShipX also tells of labels and offers
            return []
        row = {"eventCode": answer["payload"]["status"], "timestamp": answer["event_ts"].replace(" +", "+")}
        return [self._parcel(answer["payload"]["tracking_number"], [row])]

    def push_id(self, decoded: Any) -> str | None:
        return text_of(decoded["eventId"]) if isinstance(decoded, dict) and decoded.get("eventId") else None

    def _parcel(self, number: Any, rows: Sequence[Mapping[str, Any]]) -> TrackingResult:
        return TrackingResult(number=text_of(number), events=oldest_first(self._event(row) for row in rows))

    def _event(self, row: Mapping[str, Any]) -> TrackingEvent:
        where, text = row.get("location") or {}, text_of(row.get("description") or "")
        told = {
            "point": where.get("name") if where.get("type") != "ADDRESS" else None,
            "point_type": where.get("type"),
            "return_number": (row.get("returnToSender") or {}).get("trackingNumber"),
        }
        time = row.get("timestamp") or row["datetime"]
        return self.event(
            raw_time=time,
            local=times.parse_iso(time),
            place=where.get("city") or row.get("locationName") or "",
            country=places.country_code(where.get("country") or ""),
            raw_code=text_of(row.get("eventCode") or row["status"]),
            raw_text=text,
            native_id=text_of(row["eventId"]) if row.get("eventId") else None,
            details={name: text_of(value) for name, value in told.items() if value},
        )
