"""PostNL shipping status v2: a key in a header, one barcode a call; times are Dutch wall clocks, no text is `{}`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import quote

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {"401": Refused, "403": Refused, "429": TryLater, "500": TryLater}
_RECIPIENT, _SENDER = "01", "02"


class PostNL(CarrierAdapter):
    slug = "postnl"
    credentials = ("apikey",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        return CarrierRequest(
            method="GET",
            path=f"/shipment/v2/status/barcode/{quote(asked.number, safe='')}",
            query={"detail": "true", "language": "EN"},
            headers={"apikey": access.credentials["apikey"], "Accept": "application/json"},
        )

    def parse(self, answer: Any) -> list[TrackingResult]:
        if fault := answer.get("fault"):
            raise _fault(fault)
        if "http_status_code" in answer:
            code = str(int(answer["http_status_code"]))
            raise _ERRORS.get(code, BadAnswer)(f"{code}: {answer.get('message')}")
        told = answer["CompleteStatus"] if "CompleteStatus" in answer else answer["CurrentStatus"]
        shipments = _rows((told or {}).get("Shipment"))
        if not shipments:
            raise NotFound("; ".join(text_of(each.get("Message")) for each in _rows(answer.get("Warnings"))))
        return [self._shipment(shipment) for shipment in shipments]

    def _shipment(self, shipment: Any) -> TrackingResult:
        # Events are finer than statuses; without `detail` there is the current status alone.
        newest_first = _rows(shipment.get("Event")) or _rows(shipment.get("OldStatus")) or _rows(shipment["Status"])
        rows = newest_first[::-1]
        due = shipment.get("Expectation") or {}
        countries = {
            _text(each.get("AddressType")): _text(each.get("CountryCode")) for each in _rows(shipment.get("Address"))
        }
        return TrackingResult(
            number=shipment["Barcode"],
            events=oldest_first(self._event(row) for row in sorted(rows, key=_moment)),
            estimated_delivery=times.estimated_delivery(_text(due.get("ETAFrom")), _text(due.get("ETATo")))
            or times.estimated_delivery(_text(shipment.get("DeliveryDate"))),
            origin_country=countries.get(_SENDER) or None,
            destination_country=countries.get(_RECIPIENT) or None,
            service=_text(shipment.get("ProductDescription")),
        )

    def _event(self, row: Any) -> TrackingEvent:
        return self.event(
            raw_time=row["TimeStamp"],
            local=_moment(row),
            raw_code=_text(row.get("Code")) or _text(row.get("StatusCode")),
            raw_text=_text(row.get("Description")) or _text(row.get("StatusDescription")),
        )


def _moment(row: Any) -> datetime:
    return datetime.strptime(row["TimeStamp"].partition(".")[0], "%d-%m-%Y %H:%M:%S")  # noqa: DTZ007  a wall clock


def _fault(fault: Any) -> CarrierError:
    """What the gateway says of the key ("oauth.v2.InvalidApiKey"), of the quota or of its own trouble."""
    code = text_of((fault.get("detail") or {}).get("errorcode") or "")
    kind = Refused if "apikey" in code.lower() else TryLater
    return kind(f"{code}: {fault.get('faultstring')}")


def _rows(value: Any) -> list[Any]:
    """A list; the carrier writes one row without its list, and none as `{}`."""
    return value if isinstance(value, list) else [value] if value else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
