"""Hermes Germany ShipmentInfo: a token for user and password, several numbers a call, codes of four digits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

from carriers import places, times
from carriers.answers import text_of
from carriers.auth import OAuth2ClientCredentials, TokenRequest
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "e001": NotFound, "invalid_token": Refused, "invalid_client": Refused, "invalid_grant": Refused,
    "unauthorized": Refused, "unauthorized_client": Refused, "access_denied": Refused,
    "temporarily_unavailable": TryLater, "server_error": TryLater,
}  # fmt: skip
_ABROAD = {"1810", "1820"}  # handed to the partner of another country


class _PasswordGrant(OAuth2ClientCredentials):
    """RFC 6749, 4.3: the client's id and secret, and the merchant's user and password."""

    def token_request(self, credentials: Mapping[str, str]) -> TokenRequest:
        fields = {name: credentials[name] for name in ("username", "password", "client_id", "client_secret")}
        body = urlencode({"grant_type": "password", **fields}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return TokenRequest(path=self.path, headers=headers, body=body, issuer=self.issuer)


class HermesDe(CarrierAdapter):
    slug = "hermes_de"
    credentials = ("client_id", "client_secret", "username", "password")
    auth = _PasswordGrant(path="/authorization-facade/oauth2/access_token", issuer="https://authme.myhermes.de")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:  # noqa: ARG002
        asked = "&".join(f"shipmentID={quote(each.number, safe='')}" for each in numbers)
        headers = {"Accept": "application/json", "Accept-Language": "DE"}
        return CarrierRequest(method="GET", path=f"/services/hsi/shipmentinfo?{asked}", headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "shipmentinfo" not in answer:
            problem = (answer.get("listOfResultCodes") or [{}])[0]
            code = text_of(answer.get("error") or problem["code"])
            raise _ERRORS.get(code, BadAnswer)(f"{code}: {answer.get('error_description') or problem.get('message')}")
        return [self._shipment(row) for row in answer["shipmentinfo"]]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        rows = decoded.get("shipmentinfo") or ()
        return {text_of(row["shipmentID"]): {"shipmentinfo": [row]} for row in reversed(rows)}

    def _shipment(self, row: Mapping[str, Any]) -> TrackingResult:
        number, result, scans = text_of(row["shipmentID"]), row["result"], row.get("status") or ()
        code = text_of(result["code"])
        if code.startswith("e"):
            failure = _ERRORS.get(code, BadAnswer)(f"{code}: {result.get('message')}")
            return TrackingResult(number=number, failure=failure)
        theirs = text_of(row.get("internationalShipmentID") or "")
        is_abroad = theirs not in {"", number} and any(text_of(scan["code"]) in _ABROAD for scan in scans)
        abroad = NextLeg(number=theirs, carrier=None, evidence="internationalShipmentID") if is_abroad else None
        return TrackingResult(
            number=number,
            events=oldest_first(self._event(scan) for scan in scans),
            next_leg=abroad,
            estimated_delivery=times.estimated_delivery((row.get("deliveryForecast") or {}).get("date")),
            destination_country=places.country_code((row.get("receiverAddress") or {}).get("countryCode") or ""),
        )

    def _event(self, scan: Mapping[str, Any]) -> TrackingEvent:
        where = scan.get("scanningUnit") or {}
        return self.event(
            raw_time=scan["timestamp"],
            local=times.parse_iso(scan["timestamp"]),
            place=where.get("city") or "",
            country=places.country_code(where.get("countryCode") or ""),
            raw_code=text_of(scan["code"]),
            raw_text=scan.get("description") or "",
        )
