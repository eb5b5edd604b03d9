"""Canada Post Get Tracking Details: XML, Basic authentication, one PIN a call; its times bear a zone's name ("EST")."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element

from carriers import times
from carriers.answers import child_text
from carriers.auth import basic
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimePrecision, TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {"004": NotFound, "E002": Refused, "AA": Refused, "Server": TryLater}
# Minutes east of UTC of "EST", "EDT", ...; "CSTNO" is a place that knows no summer time (Saskatchewan).
_STANDARD = {"N": -210, "A": -240, "E": -300, "C": -360, "M": -420, "P": -480}
_ZONES = {f"{letter}ST": offset for letter, offset in _STANDARD.items()}
_ZONES |= {f"{letter}DT": offset + 60 for letter, offset in _STANDARD.items()}
_PROVINCES = {"AB", "BC", "MB", "NB", "NL", "NS", "NT", "NU", "ON", "PE", "QC", "SK", "YT"}
_POSTAL_CODE = re.compile(r"[A-Z][0-9][A-Z] ?[0-9][A-Z][0-9]")


class CanadaPost(CarrierAdapter):
    slug = "canadapost"
    credentials = ("username", "password")
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        headers = {
            "Accept": "application/vnd.cpc.track-v2+xml", "Accept-language": "en-CA",
            "Authorization": basic(access.credentials["username"], access.credentials["password"]),
        }  # fmt: skip
        path = f"/vis/track/pin/{quote(asked.number, safe='')}/detail"
        return CarrierRequest(method="GET", path=path, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        detail = next((found for found in answer.iter("tracking-detail") if child_text(found, "pin")), None)
        if detail is None:
            message = next(answer.iter("message"), None)
            if message is None:
                raise BadAnswer(f"a {answer.tag} without a tracking-detail and its pin")
            code = child_text(message, "code")
            kind = _ERRORS.get(code) or _ERRORS.get(code[:2]) or BadAnswer
            raise kind(f"{code}: {child_text(message, 'description')}")
        events = oldest_first(self._event(row) for row in detail.iter("occurrence"))
        due = child_text(detail, "changed-expected-date") or child_text(detail, "expected-delivery-date")
        is_domestic = bool(_POSTAL_CODE.fullmatch(child_text(detail, "destination-postal-id")))
        return [
            TrackingResult(
                number=child_text(detail, "pin"),
                events=events,
                estimated_delivery=times.estimated_delivery(due),
                destination_country="CA" if is_domestic else None,
                service=child_text(detail, "service-name"),
            )
        ]

    def _event(self, row: Element) -> TrackingEvent:
        day, clock, label = (child_text(row, f"event-{name}") for name in ("date", "time", "time-zone"))
        site, province = child_text(row, "event-site"), child_text(row, "event-province")
        return self.event(
            raw_time=f"{day} {clock} {label}".strip(),
            local=times.parse_iso(f"{day}T{clock}" if clock else day),
            offset_min=_ZONES.get(label.removesuffix("NO")) if clock else None,
            precision=TimePrecision.SECOND if clock else TimePrecision.DAY,
            place=", ".join(part for part in (site, province) if part),
            country="CA" if province in _PROVINCES else None,
            raw_code=child_text(row, "event-identifier"),
            raw_text=child_text(row, "event-description"),
        )
