"""Packeta API v5, packetTracking: XML with the password inside, one packet a call; local times, branches by number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from carriers import times
from carriers.answers import child_text
from carriers.base import Access, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_FAULTS: dict[str, type[CarrierError]] = {
    "PacketIdFault": NotFound,
    "IncorrectApiPasswordFault": Refused,
    "ExternalGatewayFault": TryLater,
}


class Packeta(CarrierAdapter):
    slug = "packeta"
    credentials = ("api_password",)
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        body = (
            f"<packetTracking><apiPassword>{escape(access.credentials['api_password'])}</apiPassword>"
            f"<packetId>{escape(asked.number.removeprefix('Z'))}</packetId></packetTracking>"
        )
        return CarrierRequest(
            method="POST",
            path="/api/rest",
            headers={"Content-Type": "text/xml; charset=utf-8"},
            body=body.encode(),
        )

    def parse(self, answer: Any) -> list[TrackingResult]:
        status, fault = child_text(answer, "status"), child_text(answer, "fault")
        if status == "fault":
            raise _FAULTS.get(fault, BadAnswer)(f"{fault}: {child_text(answer, 'string')}")
        records = answer.findall("result/record")
        if status != "ok":
            raise BadAnswer(f"a {answer.tag} of status {status or 'none'}")
        if not records:
            raise NotFound("no records yet")
        events = oldest_first(self._event(record) for record in records)
        # The answer does not repeat the number that was asked for.
        return [TrackingResult(number="", events=events, next_leg=_next_leg(records))]

    def _event(self, record: Element) -> TrackingEvent:
        branch = child_text(record, "branchId")
        return self.event(
            raw_time=child_text(record, "dateTime"),
            local=times.parse_iso(child_text(record, "dateTime")),
            raw_code=child_text(record, "statusCode"),
            raw_text=child_text(record, "codeText"),
            details={"branch": branch} if branch.strip("0") else {},
        )


def _next_leg(records: list[Element]) -> NextLeg | None:
    numbers = [number for record in records if (number := child_text(record, "externalTrackingCode"))]
    return NextLeg(number=numbers[-1], carrier=None, evidence="externalTrackingCode") if numbers else None
