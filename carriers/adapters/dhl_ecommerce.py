"""DHL eCommerce Americas, Tracking v4: OAuth; wall clocks with a zone's label; the post delivers by its own number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from carriers import places, times
from carriers.answers import text_of
from carriers.auth import OAuth2ClientCredentials
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, Place, TimePrecision, TrackedNumber, TrackingEvent, TrackingResult
from carriers.vocabulary import Phase

_ERRORS: dict[str, type[CarrierError]] = {
    "400": Refused, "401": Refused, "403": Refused, "404": NotFound, "429": TryLater, "500": TryLater, "503": TryLater,
}  # fmt: skip
_STANDARD = {"A": -4, "E": -5, "C": -6, "M": -7, "P": -8, "AK": -9, "H": -10}
_ZONES: dict[str, tzinfo] = {f"{name}ST": timezone(timedelta(hours=hours)) for name, hours in _STANDARD.items()}
_ZONES |= {f"{name}DT": timezone(timedelta(hours=hours + 1)) for name, hours in _STANDARD.items()}
# "MT" is left to the place: Arizona prints it too, and keeps no summer time.
_ZONES |= {"ET": ZoneInfo("America/New_York"), "CT": ZoneInfo("America/Chicago"), "PT": ZoneInfo("America/Los_Angeles")}
_NORTH_AMERICA = (None, "US", "CA", "MX", "PR")
_POSTAL_NUMBER = re.compile(r"9[0-9]{21}", re.ASCII)


class DhlEcommerce(CarrierAdapter):
    slug = "dhl_ecommerce"
    credentials = ("client_id", "client_secret")
    auth = OAuth2ClientCredentials(path="/auth/v4/accesstoken")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:  # noqa: ARG002
        (asked,) = numbers
        query, headers = {"trackingId": asked.number}, {"Accept": "application/json"}
        return CarrierRequest(method="GET", path="/tracking/v4/package/open", query=query, headers=headers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "packages" not in answer:
            code = text_of(answer["type"]).rpartition("#")[2][:3]
            raise _ERRORS.get(code, BadAnswer)(f"{code} {answer.get('title') or ''}".strip())
        if not answer["packages"]:
            raise NotFound("no package of the account has this number")
        return [self._package(row) for row in answer["packages"]]

    def _package(self, row: Any) -> TrackingResult:
        package = row["package"]
        # Without a place "EN ROUTE" is no scan: it repeats the status, stamped with the time of the call.
        scans = [scan for scan in row.get("events") or () if scan.get("location") or _text(scan) != "EN ROUTE"]
        events = oldest_first(self._event(scan) for scan in scans)
        is_handed_over = any(event.code.phase is Phase.LAST_MILE for event in events)
        number, theirs = text_of(package["trackingId"]), text_of(package.get("deliveryConfirmationNumber") or "")
        usps = theirs if is_handed_over and theirs != number and _POSTAL_NUMBER.fullmatch(theirs) else ""
        return TrackingResult(
            number=number, events=events,
            next_leg=NextLeg(number=usps, carrier="usps", evidence="deliveryConfirmationNumber") if usps else None,
            estimated_delivery=times.estimated_delivery(package.get("expectedDelivery")),
            origin_country=_country((row.get("pickupDetail") or {}).get("pickupAddress")),
            destination_country=_country(row.get("recipient")), service=package.get("productName") or "",
        )  # fmt: skip

    def _event(self, scan: Any) -> TrackingEvent:
        day, clock, label = scan["date"], scan.get("time") or "", (scan.get("timeZone") or "").strip().upper()
        location = scan.get("location") or ""
        local = times.parse_iso(f"{day}T{clock}{label if label[:1] in '+-' else ''}" if clock else day)
        zone = _zone(label, places.resolve(location)) if clock and local.tzinfo is None else local.tzinfo
        return self.event(
            raw_time=f"{day} {clock} {label}".strip(), local=local.replace(tzinfo=zone), place=location,
            precision=TimePrecision.SECOND if clock else TimePrecision.DAY,
            raw_code=text_of(scan.get("primaryEventId") or ""), raw_text=_text(scan),
        )  # fmt: skip


def _text(scan: Any) -> str:
    parts = (scan.get("primaryEventDescription"), scan.get("secondaryEventDescription"))
    return " - ".join(part.strip() for part in parts if part)


def _zone(label: str, place: Place) -> tzinfo | None:
    """What an American label means in North America; elsewhere, as for "LT", the place decides."""
    return _ZONES.get(label) if place.country in _NORTH_AMERICA else None


def _country(address: Any) -> str | None:
    return (address or {}).get("country") or None
