"""Asendia Sync: user and password for a token, one number a call; the answer is the list of events alone."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from carriers import times
from carriers.answers import text_of
from carriers.auth import Token, TokenRequest
from carriers.base import Access, Answer, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[int, type[CarrierError]] = {401: Refused, 403: Refused, 404: NotFound, 429: TryLater}


@dataclass(frozen=True, slots=True)
class _Login:
    """A user's JWT; Asendia says that it lives a day."""

    def token_request(self, credentials: Mapping[str, str]) -> TokenRequest:
        body = {name: credentials[name] for name in ("username", "password")}
        headers = {"Content-Type": "application/json"}
        return TokenRequest(path="/api/authenticate", headers=headers, body=json.dumps(body).encode())

    def read_token(self, decoded: Any) -> Token:
        return Token(value=str(decoded["id_token"]), lives_s=23 * 3600.0)

    def headers(self, token: Token) -> dict[str, str]:
        return {"Authorization": f"Bearer {token.value}"}


class Asendia(CarrierAdapter):
    slug = "asendia"
    credentials = ("username", "password", "customer_id")
    auth = _Login()

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        customer, number = quote(access.credentials["customer_id"], safe=""), quote(asked.number, safe="")
        path = f"/api/customers/{customer}/tracking/{number}"
        return CarrierRequest(method="GET", path=path, headers={"Accept": "application/json"})

    def calls(
        self, numbers: Sequence[TrackedNumber], access: Access
    ) -> Generator[CarrierRequest, Answer, list[tuple[TrackingResult, bytes]]]:
        (asked,) = numbers
        [(result, body)] = yield from super().calls(numbers, access)
        return [(replace(result, number=asked.number), body)]  # the list of events bears no number

    def parse(self, answer: Any) -> list[TrackingResult]:
        if isinstance(answer, dict) and "trackingEvents" not in answer:
            status, told = int(answer["status"]), answer.get("detail") or answer["title"]
            raise _ERRORS.get(status, TryLater if status >= 500 else BadAnswer)(f"{status}: {told}")
        # Its document showed an object around the list before.
        rows = answer["trackingEvents"] if isinstance(answer, dict) else answer
        number = text_of(answer.get("trackingNumber") or "") if isinstance(answer, dict) else ""
        events = oldest_first(self._event(row) for row in rows)
        if not events:
            raise NotFound("no events yet")
        return [TrackingResult(number=number, events=events)]

    def _event(self, row: Any) -> TrackingEvent:
        return self.event(
            raw_time=row["time"],
            local=times.parse_iso(row["time"]),
            place=row.get("locationName") or "",
            country=row.get("locationCountry"),
            raw_code=row["code"],
            raw_text=row.get("carrierEventDescription") or "",
            native_id=text_of(row["id"]) if row.get("id") is not None else None,
        )
