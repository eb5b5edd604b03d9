"""Ninja Van: many numbers a call, an address a country; and signed webhooks, one event each, in the same words."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from carriers import times
from carriers.answers import text_of
from carriers.auth import OAuth2ClientCredentials, Token, TokenRequest
from carriers.base import Access, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage, oldest_first
from carriers.errors import BadAnswer, BadPush, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_NOT_ALLOWED = re.compile("unauthori[sz]ed|forbidden|access token|not allowed", re.IGNORECASE)
_BUSY = re.compile("too many|rate limit|internal|unavailable", re.IGNORECASE)
# Older webhooks tell the hub in the comments: "SG-Singapore-Ninja Van Sorting Facility".
_HUB = re.compile(r"([A-Z]{2})-\S")


class _CountryLogin:
    """OAuth 2 client credentials, at an address that bears the account's country."""

    _flow = OAuth2ClientCredentials(path="/2.0/oauth/access_token", encoding="json")

    def token_request(self, credentials: Mapping[str, str]) -> TokenRequest:
        ask = self._flow.token_request(credentials)
        return TokenRequest(path=f"/{credentials['country'].lower()}{ask.path}", headers=ask.headers, body=ask.body)

    def read_token(self, decoded: Any) -> Token:
        return self._flow.read_token(decoded)

    def headers(self, token: Token) -> dict[str, str]:
        return self._flow.headers(token)


class NinjaVan(CarrierAdapter, PushAdapter):
    slug = "ninja_van"
    credentials = ("client_id", "client_secret", "country")
    auth = _CountryLogin()
    push_credential = "client_secret"
    signed_by = ("x-ninjavan-hmac-sha256",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        # The parameter is written once for each number, which a mapping cannot say.
        asked = urlencode([("tracking_number", number.number) for number in numbers])
        path = f"/{access.credentials['country'].lower()}/1.0/orders/tracking-events?{asked}"
        return CarrierRequest(method="GET", path=path, headers={"Accept": "application/json"})

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "error" in answer:
            told = answer["error"]
            words = " ".join(text_of(told[key]) for key in ("title", "message") if told.get(key))
            raise (Refused if _NOT_ALLOWED.search(words) else TryLater if _BUSY.search(words) else BadAnswer)(words)
        return [self._parcel(parcel) for parcel in answer["data"]]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        parcels = decoded.get("data") if isinstance(decoded, dict) else None
        return {text_of(parcel["tracking_number"]): {"data": [parcel]} for parcel in parcels or ()}

    def verify(self, message: PushMessage) -> None:
        digest = hmac.new(message.secret.encode(), message.body, hashlib.sha256).digest()
        told = message.headers.get("x-ninjavan-hmac-sha256", "")
        if not message.secret or not hmac.compare_digest(told.encode(), base64.b64encode(digest)):
            raise BadPush("the header X-Ninjavan-Hmac-Sha256 does not fit the body")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        return [TrackingResult(number=text_of(answer["tracking_id"]), events=(self._event(answer),))]

    def _parcel(self, parcel: Mapping[str, Any]) -> TrackingResult:
        number, rows = text_of(parcel["tracking_number"]), parcel["events"]
        if not rows:
            return TrackingResult(number=number, failure=NotFound("no events yet"))
        return TrackingResult(number=number, events=oldest_first(self._event(row) for row in rows))

    def push_id(self, decoded: Any) -> str | None:
        return text_of(decoded["id"]) if isinstance(decoded, dict) and decoded.get("id") else None

    def _event(self, row: Mapping[str, Any]) -> TrackingEvent:
        status, words = text_of(row["status"]), text_of(row.get("event") or row["status"])
        is_return = bool(row.get("is_parcel_on_rts_leg"))  # the same words, on the way back to the sender
        keys = [f"RTS/{words}", f"RTS/{status}", words, status] if is_return else [words, status]
        told = {name: value for name, value in row.items() if isinstance(value, dict)}
        hub = next((value for name, value in told.items() if name.endswith("_hub_information")), {})
        abroad = told.get("international_transit_information") or {}
        comment = text_of(row.get("comments") or "") if _HUB.match(text_of(row.get("comments") or "")) else ""
        why = [text_of(value[key]) for value in told.values() for key in ("failure_reason", "remark") if value.get(key)]
        flight = text_of((abroad.get("linehaul_information") or {}).get("vessel_no") or "")
        return self.event(
            raw_time=row["timestamp"],
            local=times.parse_iso(row["timestamp"]),
            place=", ".join(text_of(hub[key]) for key in ("hub", "city") if hub.get(key)) or comment,
            country=hub.get("country") or comment[:2] or None,
            raw_code=next((key for key in keys if key in self.facts.codes), keys[0]),
            raw_text=words if is_return else ". ".join([words, *why]),
            details={"flight_number": flight} if flight else {},
        )
