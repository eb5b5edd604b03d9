"""YunExpress, old OMS API: the track, then (only near the destination) the name of the last-mile carrier."""

from __future__ import annotations

import base64
import json
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from carriers import times
from carriers.base import Access, Answer, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult
from carriers.vocabulary import Phase

_ERRORS: dict[str, type[CarrierError]] = {
    "401": Refused, "1002": Refused, "1003": Refused, "1004": NotFound, "1006": NotFound, "9999": TryLater,
    "10000": TryLater,
}  # fmt: skip


class YunExpress(CarrierAdapter):
    slug = "yunexpress"
    credentials = ("customer_code", "api_secret")

    def request(self, numbers: Sequence[TrackedNumber], access: Access, *, is_named: bool = False) -> CarrierRequest:
        pair = f"{access.credentials['customer_code']}&{access.credentials['api_secret']}"
        headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode(), "Accept": "application/json",
                   "Accept-Language": "en-us"}  # fmt: skip
        number = numbers[0].number
        if not is_named:
            query = {"OrderNumber": number}
            return CarrierRequest(method="GET", path="/api/Tracking/GetTrackInfo", query=query, headers=headers)
        headers["Content-Type"] = "application/json"
        body, path = json.dumps([number]).encode(), "/api/Waybill/GetCarrier"
        return CarrierRequest(method="POST", path=path, headers=headers, body=body, is_optional=True)

    def calls(
        self, numbers: Sequence[TrackedNumber], access: Access
    ) -> Generator[CarrierRequest, Answer, list[tuple[TrackingResult, bytes]]]:
        answer = yield self.request(numbers, access)
        [(result, body)] = self.read_each(answer, numbers)
        leg = result.next_leg
        is_near = any(event.phase in (Phase.IMPORT_CUSTOMS, Phase.LAST_MILE) for event in result.events)
        if leg is not None and not leg.carrier_name and is_near:
            named = yield self.request(numbers, access, is_named=True)
            rows = self.decode(named.body).get("Items") if named.status == 200 else None
            name = next((row.get("CarrierEName") or row.get("CarrierCName") for row in rows or []), None)
            result = replace(result, next_leg=replace(leg, carrier_name=name or ""))
        return [(result, body)]

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "Code" not in answer and "authorization" in answer["Message"].lower():
            raise Refused(answer["Message"])
        if (code := str(answer["Code"])) != "0000":
            raise _ERRORS.get(code, BadAnswer)(f"{code} {answer.get('Message')}")
        if (item := answer["Item"]) is None:
            raise NotFound("the answer has no Item")
        waybill, last_mile = item["WaybillNumber"], item.get("TrackingNumber")
        name = item.get("ProviderName") or ""
        handed = NextLeg(number=last_mile or "", carrier=None, carrier_name=name, evidence="TrackingNumber")
        return [TrackingResult(
            number=waybill, events=oldest_first(map(self._event, item["OrderTrackingDetails"] or [])),
            next_leg=handed if last_mile not in (None, "", waybill) else None,
            destination_country=item.get("CountryCode") or None,
        )]  # fmt: skip

    def _event(self, row: dict[str, Any]) -> TrackingEvent:
        node, status = row.get("TrackNodeCode") or "", str(row.get("TrackingStatus") or "")
        zone, is_known = row.get("ProcessTimezone"), node in self.facts.codes
        return self.event(
            raw_time=row["ProcessDate"], local=times.parse_iso(row["ProcessDate"]),
            offset_min=times.parse_offset(str(zone)) if zone else None,
            place=row.get("ProcessLocation") or "", country=row.get("ProcessCountry") or None,
            raw_code=node if is_known or not status else status, raw_text=row["ProcessContent"] or "",
            details={} if is_known or not node else {"node": node},
        )  # fmt: skip
