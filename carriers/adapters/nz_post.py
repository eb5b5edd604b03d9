"""NZ Post ParcelTrack 3.0: one reference a call, a client id beside the token; markup in its descriptions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from carriers import times
from carriers.answers import text_of, without_markup
from carriers.auth import OAuth2ClientCredentials
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, NotFound
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

# Before the border the clock is not New Zealand's, and which it is is not told.
_ABROAD = re.compile(r"airline|international departure|(in|from) (the )?(origin|country of origin)", re.IGNORECASE)


class NzPost(CarrierAdapter):
    slug = "nz_post"
    credentials = ("client_id", "client_secret")
    auth = OAuth2ClientCredentials(path="/as/token.oauth2", issuer="https://oauth.nzpost.co.nz")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        headers = {"client_id": access.credentials["client_id"], "Accept": "application/json"}
        path = f"/parceltrack/3.0/parcels/{quote(asked.number, safe='')}"
        return CarrierRequest(method="GET", path=path, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        """The results of the API, or these alone: the site's tracking answers with them, under shorter names."""
        if not answer.get("success", True):
            raise BadAnswer(without_markup(str(answer["errors"])))
        results = answer.get("results", answer)
        number, rows = results["tracking_reference"], results["tracking_events"]
        if not rows:
            return [TrackingResult(number=number, failure=NotFound("no events yet"))]
        events = oldest_first(self._event(row) for row in rows)
        return [TrackingResult(number=number, events=events, service=results.get("service") or "")]

    def _event(self, row: Any) -> TrackingEvent:
        when = row.get("event_datetime") or row["date_time"]
        local = times.parse_iso(when)
        status = without_markup(row.get("status_description") or row.get("status") or "")
        said = without_markup(row.get("event_description") or row.get("description") or "")
        code = row.get("event_edifact_code") or row.get("edifact_code")
        return self.event(
            raw_time=when,
            local=local,
            place=row.get("depot_name") or "",
            country="NZ" if local.tzinfo is None and not _ABROAD.search(status) else None,
            raw_code=text_of(code),
            raw_text=". ".join(part for part in dict.fromkeys((status, said)) if part),
            native_id=row.get("seqref") or None,
        )
