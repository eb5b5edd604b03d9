"""GLS Track And Trace V1: OAuth, ten numbers a call, an offset on every event; what is unknown is told per number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from carriers import times
from carriers.answers import text_of
from carriers.auth import OAuth2ClientCredentials
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

# Of a number: "E_404_01"; of the gateway before the service: "policies.ratelimit.QuotaViolation".
_ERRORS: dict[str, type[CarrierError]] = {
    "E_400_01": NotFound, "E_404_01": NotFound, "E_500_01": TryLater, "policies.ratelimit.QuotaViolation": TryLater,
}  # fmt: skip


class Gls(CarrierAdapter):
    slug = "gls"
    credentials = ("client_id", "client_secret")
    auth = OAuth2ClientCredentials(path="/oauth2/v2/token", client_auth="basic")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:  # noqa: ARG002
        asked = ",".join(quote(each.number, safe="") for each in numbers)
        return CarrierRequest(
            method="GET",
            path=f"/track-and-trace-v1/tracking/simple/trackids/{asked}",
            query={"showEvents": "true"},
            headers={"Accept": "application/json", "Accept-Language": "EN"},
        )

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "fault" in answer:
            code, text = text_of(answer["fault"]["detail"]["errorcode"]), answer["fault"].get("faultstring")
            is_login = code.startswith(("steps.jwt.", "oauth.", "keymanagement."))
            raise _ERRORS.get(code, Refused if is_login else BadAnswer)(f"{code}: {text}")
        return [self._parcel(parcel) for parcel in answer["parcels"]]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        rows = decoded.get("parcels") or ()
        return {text_of(parcel["requested"]): {"parcels": [parcel]} for parcel in reversed(rows)}

    def _parcel(self, parcel: Mapping[str, Any]) -> TrackingResult:
        number = text_of(parcel["requested"])
        if parcel.get("errorCode"):
            code = text_of(parcel["errorCode"])
            failure = _ERRORS.get(code, BadAnswer)(f"{code}: {parcel.get('errorMessage')}")
            return TrackingResult(number=number, failure=failure)
        # Without events (an archived parcel), its present status is the one thing told.
        status = {"code": parcel["status"], "eventDateTime": parcel["statusDateTime"]}
        return TrackingResult(
            number=number, events=oldest_first(self._event(row) for row in parcel.get("events") or [status])
        )

    def _event(self, row: Mapping[str, Any]) -> TrackingEvent:
        return self.event(
            raw_time=row["eventDateTime"],
            local=times.parse_iso(row["eventDateTime"]),
            place=row.get("city") or "",
            country=row.get("country") or None,
            raw_code=row["code"],
            raw_text=row.get("description") or "",
        )
