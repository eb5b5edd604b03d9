"""Aramex Tracking API v1, JSON: the login stands in the body, numbers are an array; its times are wall clocks."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {"ERR01": AccountRefused, "ERR75": AccountRefused}
_TIME = re.compile(r"/Date\((-?\d{1,15})(?:([+-])(\d\d)(\d\d))?\)/")
_CLIENT = {
    "UserName": "username", "Password": "password", "AccountNumber": "account_number", "AccountPin": "account_pin",
    "AccountEntity": "account_entity", "AccountCountryCode": "account_country_code",
}  # fmt: skip


class Aramex(CarrierAdapter):
    slug = "aramex"
    credentials = tuple(_CLIENT.values())

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        client = {theirs: access.credentials[ours] for theirs, ours in _CLIENT.items()}
        body = {
            "ClientInfo": client | {"Version": "v1.0", "Source": 24},
            "GetLastTrackingUpdateOnly": False,
            "Shipments": [asked.number for asked in numbers],
            "Transaction": {f"Reference{place}": "" for place in range(1, 6)},
        }
        return CarrierRequest(
            method="POST", path="/ShippingAPI.V2/Tracking/Service_1_0.svc/json/TrackShipments",
            headers={"Content-Type": "application/json", "Accept": "application/json"}, body=json.dumps(body).encode(),
        )  # fmt: skip

    def parse(self, answer: Any) -> list[TrackingResult]:
        if answer["HasErrors"]:
            told = (answer["Notifications"] or [{"Code": "", "Message": "an error without a notification"}])[0]
            raise _ERRORS.get(told["Code"], BadAnswer)(f"{told['Code']}: {told['Message']}")
        unknown = [text_of(number) for number in answer["NonExistingWaybills"] or ()]
        return [self._result(row) for row in answer["TrackingResults"] or ()] + [
            TrackingResult(number=number, failure=NotFound("among the NonExistingWaybills")) for number in unknown
        ]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        if decoded["HasErrors"]:
            return {}
        empty = {"HasErrors": False, "Notifications": [], "TrackingResults": [], "NonExistingWaybills": []}
        pieces = {text_of(row["Key"]): empty | {"TrackingResults": [row]} for row in decoded["TrackingResults"] or ()}
        unknown = [text_of(number) for number in decoded["NonExistingWaybills"] or ()]
        return pieces | {number: empty | {"NonExistingWaybills": [number]} for number in unknown}

    def _result(self, row: Any) -> TrackingResult:
        updates = row["Value"] or ()
        if not updates:
            return TrackingResult(number=text_of(row["Key"]), failure=NotFound("no updates yet"))
        return TrackingResult(
            number=text_of(row["Key"]), events=oldest_first(self._event(update) for update in updates)
        )

    def _event(self, update: Any) -> TrackingEvent:
        problem = text_of(update.get("ProblemCode") or "")
        return self.event(
            raw_time=update["UpdateDateTime"],
            local=_wall_clock(update["UpdateDateTime"]),
            place=update.get("UpdateLocation") or "",
            raw_code=update["UpdateCode"],
            raw_text=(update.get("UpdateDescription") or "").strip(),
            details={"problem_code": problem} if problem else {},
        )


def _wall_clock(text: str) -> datetime:
    """The clock that Aramex recorded, naive: milliseconds of UTC plus the offset of the *server* that wrote them."""
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError(f"{text[:40]!r} is no /Date(…)/")
    ahead = timedelta(hours=int(match[3] or 0), minutes=int(match[4] or 0))
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(match[1]))
    return (instant + (-ahead if match[2] == "-" else ahead)).replace(tzinfo=None)
