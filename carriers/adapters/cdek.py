"""CDEK API 2.0, an order by its number: a token, one number a call; its statuses with offsets, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.auth import OAuth2ClientCredentials
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

# By what the code holds: "v2_entity_not_found_im_number". An order of another account is none that we could find.
_ERRORS: dict[str, type[CarrierError]] = {
    "v2_entity_not_found": NotFound,
    "v2_order_not_found": NotFound,
    "v2_entity_forbidden": NotFound,
    "v2_order_forbidden": NotFound,
    "v2_invalid_format": NotFound,
    "v2_internal_error": TryLater,
}


class Cdek(CarrierAdapter):
    slug = "cdek"
    credentials = ("client_id", "client_secret")
    auth = OAuth2ClientCredentials(path="/v2/oauth/token")

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:  # noqa: ARG002  a token
        (asked,) = numbers
        return CarrierRequest(method="GET", path="/v2/orders", query={"cdek_number": asked.number})

    def parse(self, answer: Any) -> list[TrackingResult]:
        order = answer.get("entity")
        if not order or "statuses" not in order:
            codes = ", ".join(_codes(answer))
            raise next((error for code, error in _ERRORS.items() if code in codes), BadAnswer)(codes or "no entity")
        if not order["statuses"]:
            raise NotFound("no statuses yet")
        return [
            TrackingResult(
                number=text_of(order["cdek_number"]),
                events=oldest_first(self._event(told) for told in order["statuses"]),
                origin_country=_country(order, "from_location"),
                destination_country=_country(order, "to_location"),
            )
        ]

    def _event(self, told: Any) -> TrackingEvent:
        return self.event(
            raw_time=told["date_time"],
            local=times.parse_iso(told["date_time"]),
            place=told.get("city") or "",
            raw_code=text_of(told["code"]),
            raw_text=told.get("name") or "",
        )


def _codes(answer: Any) -> Iterator[str]:
    for request in answer.get("requests") or []:
        yield from (text_of(error["code"]) for error in request.get("errors") or [])


def _country(order: Any, end: str) -> str | None:
    return (order.get(end) or {}).get("country_code")
