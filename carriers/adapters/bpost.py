"""bpost tracked mail: XML, Basic authentication (account number and passphrase), one item a call."""

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
from carriers.errors import BadAnswer, NotFound, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_NOT_KNOWN = re.compile(r"not found|unknown|does not exist|no (item|tracking)", re.IGNORECASE)


class Bpost(CarrierAdapter):
    slug = "bpost"
    credentials = ("account_id", "passphrase")
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        login = basic(access.credentials["account_id"], access.credentials["passphrase"])
        path = f"/services/trackedmail/item/{quote(asked.number, safe='')}/trackingInfo"
        return CarrierRequest(method="GET", path=path, headers={"Authorization": login, "Accept": "application/xml"})

    def parse(self, answer: Any) -> list[TrackingResult]:
        if answer.tag == "systemException":
            raise TryLater(child_text(answer, "message"))
        if answer.tag == "businessException":
            detail = f"{child_text(answer, 'code')}: {child_text(answer, 'message')}"
            raise (NotFound if _NOT_KNOWN.search(detail) else BadAnswer)(detail)
        if answer.tag != "itemTracking":
            raise BadAnswer(f"a {answer.tag}, not an itemTracking")
        start, end = (
            child_text(answer, f"deliveryTimeWindow/plannedDeliveryDateWindow{edge}") for edge in ("Start", "End")
        )
        return [
            TrackingResult(
                number=child_text(answer, "itemCode"),
                events=oldest_first(self._event(row) for row in answer.iter("stateInfo")),
                estimated_delivery=times.estimated_delivery(start, end),
                origin_country=child_text(answer, "sender/address/countryCode") or None,
                destination_country=child_text(answer, "addressee/address/countryCode") or None,
                service=child_text(answer, "itemDetail/productCode"),
            )
        ]

    def _event(self, row: Element) -> TrackingEvent:
        moment = child_text(row, "time")
        return self.event(
            raw_time=moment,
            local=times.parse_iso(moment),
            place=child_text(row, "location"),
            raw_code=child_text(row, "stateCode"),
            raw_text=child_text(row, "stateDescription"),
        )
