"""Amazon Shipping v2 by the Selling Partner API: a refresh token for an access token, one number a call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from carriers import times
from carriers.answers import text_of
from carriers.auth import Token, TokenRequest
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import EstimatedDelivery, Place, TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "Unauthorized": AccountRefused, "AccessDenied": AccountRefused, "InvalidRequest": Refused, "InvalidInput": Refused,
    "NotFound": NotFound, "InvalidTrackingId": NotFound, "TooManyRequests": TryLater, "QuotaExceeded": TryLater,
    "InternalError": TryLater, "InternalFailure": TryLater, "ServiceUnavailable": TryLater,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _LoginWithAmazon:
    """RFC 6749, 6, at Amazon's own issuer."""

    def token_request(self, credentials: Mapping[str, str]) -> TokenRequest:
        form = {"grant_type": "refresh_token"}
        form |= {name: credentials[name] for name in ("refresh_token", "client_id", "client_secret")}
        return TokenRequest(
            issuer="https://api.amazon.com", path="/auth/o2/token", body=urlencode(form).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"},
        )  # fmt: skip

    def read_token(self, decoded: Any) -> Token:
        return Token(value=str(decoded["access_token"]), lives_s=float(decoded["expires_in"]))

    def headers(self, token: Token) -> dict[str, str]:
        return {"x-amz-access-token": token.value}


class AmazonShipping(CarrierAdapter):
    slug = "amazon_shipping"
    credentials = ("client_id", "client_secret", "refresh_token", "carrier_id", "business_id")
    auth = _LoginWithAmazon()

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        return CarrierRequest(
            method="GET", path="/shipping/v2/tracking",
            query={"trackingId": asked.number, "carrierId": access.credentials["carrier_id"]},
            headers={
                "Accept": "application/json", "x-amzn-shipping-business-id": access.credentials["business_id"],
                "User-Agent": "throughline/1.0 (Language=Python)",
            },
        )  # fmt: skip

    def parse(self, answer: Any) -> list[TrackingResult]:
        if answer.get("errors"):
            error = answer["errors"][0]
            code, told = text_of(error["code"]), error.get("details") or error.get("message")
            raise _ERRORS.get(code, BadAnswer)(f"{code}: {told}")
        shipment = answer.get("payload", answer)
        number, rows = text_of(shipment["trackingId"]), shipment["eventHistory"]
        if not rows:
            return [TrackingResult(number=number, failure=NotFound("no events yet"))]
        in_order = sorted(rows, key=lambda row: text_of(row["eventTime"]))  # all are UTC, in one form
        details = _latest_details(shipment.get("summary") or {}, in_order[-1])
        events = [self._event(row, ()) for row in in_order[:-1]] + [self._event(in_order[-1], details)]
        due = _day_there(shipment.get("promisedDeliveryDate"), events[-1].place)
        return [TrackingResult(number=number, events=oldest_first(events), estimated_delivery=due)]

    def _event(self, row: Mapping[str, Any], details: Sequence[str]) -> TrackingEvent:
        where = row.get("location") or {}
        is_return = row.get("shipmentType") == "RETURNS"
        code = f"RETURNS/{text_of(row['eventCode'])}" if is_return else text_of(row["eventCode"])
        # A detail is finer than the code, but gone with the next event: it says what is meant, and is no part of the
        # raw code, by which the same event is known again. On the way back every code has a meaning of its own.
        finer = None if is_return else next((key for key in details if key in self.facts.codes), None)
        meaning = self.facts.meaning(finer or code)
        return self.event(
            raw_time=row["eventTime"],
            local=times.parse_iso(row["eventTime"]),
            place=", ".join(text_of(where[key]) for key in ("city", "stateOrRegion", "postalCode") if where.get(key)),
            country=where.get("countryCode"),
            raw_code=code,
            code=meaning.code,
            reason=meaning.reason,
            details={"detail_codes": ", ".join(details)} if details else {},
        )


def _day_there(promised: str | None, where: Place | None) -> EstimatedDelivery | None:
    """The day of an instant of UTC where the parcel is: an evening in America is the next day in UTC."""
    if not promised:
        return None
    moment = times.parse_iso(promised)
    if where is not None and where.zone is not None and moment.tzinfo is not None:
        moment = moment.astimezone(ZoneInfo(where.zone))
    return EstimatedDelivery(earliest=moment.date(), latest=moment.date(), raw=promised)


def _latest_details(summary: Mapping[str, Any], newest: Mapping[str, Any]) -> list[str]:
    """Amazon's detail codes, which are of the summary's status: none where the newest event is another."""
    side = "returns" if newest.get("shipmentType") == "RETURNS" else "forward"
    codes = (summary.get("trackingDetailCodes") or {}).get(side) or []
    if isinstance(codes, str):
        raise BadAnswer(f"detail codes that are no list: {codes[:40]}")
    return [text_of(code) for code in codes] if summary.get("status") == newest["eventCode"] else []
