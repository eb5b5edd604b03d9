"""EasyPost trackers, an aggregator: one call makes a tracker or gives the one there is; and it posts its updates."""

from __future__ import annotations

import hashlib
import hmac
import json
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.auth import basic
from carriers.base import Access, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage, oldest_first
from carriers.errors import AccountRefused, BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

# By the first part of the code ("TRACKER.CREATE.ERROR") or the whole.
_ERRORS: dict[str, type[CarrierError]] = {
    "APIKEY": AccountRefused, "UNAUTHORIZED": AccountRefused, "FORBIDDEN": AccountRefused, "PAYMENT_REQUIRED": Refused,
    "RATE_LIMITED": TryLater, "TOO_MANY_REQUESTS": TryLater, "INTERNAL_SERVER_ERROR": TryLater,
    "SERVICE_UNAVAILABLE": TryLater, "NOT_FOUND": NotFound, "TRACKER.NOT_FOUND": NotFound,
    "TRACKER.CREATE.ERROR": Refused,
}  # fmt: skip


class EasyPost(CarrierAdapter, PushAdapter):
    slug = "easypost"
    credentials = ("api_key",)
    signed_by = ("x-hmac-signature",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        tracker = {"tracking_code": asked.number}
        key = self.facts.api.carrier_keys.get(asked.carrier) if self.facts.api else None
        if key:
            tracker["carrier"] = key
        return CarrierRequest(
            method="POST", path="/v2/trackers", body=json.dumps({"tracker": tracker}).encode(),
            headers={"Content-Type": "application/json", "Authorization": basic(access.credentials["api_key"], "")},
        )  # fmt: skip

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "error" in answer:
            code, told = text_of(answer["error"]["code"]), answer["error"].get("message")
            kind = _ERRORS.get(code) or _ERRORS.get(code.partition(".")[0]) or BadAnswer
            raise kind(f"{code}: {text_of(told)[:200]}")
        trackers = answer.get("trackers", [answer])
        return [self._tracker(tracker) for tracker in trackers]

    def verify(self, message: PushMessage) -> None:
        # EasyPost's clients normalise the secret (NFKD) before they key the digest with it.
        key = unicodedata.normalize("NFKD", message.secret).encode()
        expected = "hmac-sha256-hex=" + hmac.new(key, message.body, hashlib.sha256).hexdigest()
        told = message.headers.get("x-hmac-signature", "")
        if not message.secret or not hmac.compare_digest(told.encode(), expected.encode()):
            raise BadPush("the header X-Hmac-Signature does not fit the body")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        is_tracker = text_of(answer["description"]).startswith("tracker.")
        return [self._tracker(answer["result"])] if is_tracker else []

    def push_id(self, decoded: Any) -> str | None:
        return text_of(decoded["id"]) if isinstance(decoded, dict) and decoded.get("id") else None

    def _tracker(self, tracker: Mapping[str, Any]) -> TrackingResult:
        number, carrier = text_of(tracker["tracking_code"]), text_of(tracker["carrier"] or "")
        rows = tracker["tracking_details"]
        if not rows:
            return TrackingResult(number=number, failure=NotFound("EasyPost has no news of the number yet"))
        service = tracker.get("carrier_detail") or {}
        events = oldest_first(self._event(row, carrier) for row in rows)
        other = text_of(service.get("alternate_identifier") or "")
        is_handed_over = other not in ("", number) and any(event.code == "last_mile.handed_over" for event in events)
        return TrackingResult(
            number=number,
            events=events,
            next_leg=NextLeg(number=other, carrier=None, evidence="alternate_identifier") if is_handed_over else None,
            estimated_delivery=times.estimated_delivery(service.get("est_delivery_date_local"))
            or times.estimated_delivery(tracker.get("est_delivery_date")),
            service=text_of(service.get("service") or ""),
        )

    def _event(self, row: Mapping[str, Any], carrier: str) -> TrackingEvent:
        where, detail, status = row.get("tracking_location") or {}, row.get("status_detail"), text_of(row["status"])
        # The detail is finer than the status; a few say nothing by themselves.
        keys = (f"{status}/{detail}", status)
        provider = text_of(row.get("source") or carrier)
        code = text_of(row.get("carrier_code") or "")
        return self.event(
            raw_time=row["datetime"],
            local=times.parse_iso(row["datetime"]),
            place=", ".join(text_of(where[key]) for key in ("city", "state", "zip") if where.get(key)),
            country=where.get("country"),
            raw_code=next((key for key in keys if key in self.facts.codes), keys[0]),
            raw_text=text_of(row.get("message") or row.get("description") or ""),
            language=None,
            details={"provider": provider} | ({"carrier_code": code} if code else {}),
        )
