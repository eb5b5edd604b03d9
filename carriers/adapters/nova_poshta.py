"""Nova Poshta API 2.0: a hundred numbers in a POST, the key in the body; it tells where each is now, not the way."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound, TryLater
from carriers.events import EstimatedDelivery, NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_NUMBER_UNKNOWN = "3"
# Errors bear unpublished codes; the English text tells.
_ERRORS: tuple[tuple[re.Pattern[str], type[CarrierError]], ...] = (
    (re.compile("document ?number", re.IGNORECASE), NotFound),
    (re.compile("api ?key", re.IGNORECASE), AccountRefused),
    (re.compile("many requests|try again|unavailable", re.IGNORECASE), TryLater),
)
# Where it is under a code: with the sender's office, or the recipient's; between them, nowhere that is told.
_AT_SENDER = {"1", "4", "12", "41"}
_AT_RECIPIENT = {"6", "7", "8", "9", "10", "11", "14", "101", "102", "103", "105", "106", "107", "108", "111", "112"}


class NovaPoshta(CarrierAdapter):
    slug = "nova_poshta"
    credentials = ("api_key",)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        asked = [{"DocumentNumber": each.number, "Phone": each.fields.get("phone", "")} for each in numbers]
        body = {
            "apiKey": access.credentials["api_key"], "modelName": "TrackingDocument",
            "calledMethod": "getStatusDocuments", "methodProperties": {"Documents": asked},
        }  # fmt: skip
        headers = {"Content-Type": "application/json"}
        return CarrierRequest(method="POST", path="/v2.0/json/", headers=headers, body=json.dumps(body).encode())

    def parse(self, answer: Any) -> list[TrackingResult]:
        if not answer["success"]:
            told = "; ".join(text_of(error) for error in answer["errors"])
            raise next((kind for pattern, kind in _ERRORS if pattern.search(told)), BadAnswer)(told)
        return [self._result(item) for item in answer["data"]]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:
        items = decoded["data"] if decoded["success"] else []
        return {item["Number"]: {**decoded, "data": [item]} for item in items if item["Number"] in numbers}

    def _result(self, item: Any) -> TrackingResult:
        number, code = item["Number"], text_of(item["StatusCode"])
        if code == _NUMBER_UNKNOWN:
            return TrackingResult(number=number, failure=NotFound(item.get("Status") or ""))
        due, said = _local(item.get("ScheduledDeliveryDate")), item.get("ScheduledDeliveryDate") or ""
        follower = item.get("LastCreatedOnTheBasisNumber") or ""
        is_redirected = item.get("LastCreatedOnTheBasisDocumentType") == "Redirecting" and follower
        return TrackingResult(
            number=number,
            events=(self._event(item, code),),
            next_leg=NextLeg(number=follower, carrier=self.slug, evidence="LastCreatedOnTheBasisNumber")
            if is_redirected
            else None,
            estimated_delivery=EstimatedDelivery(earliest=due.date(), latest=due.date(), raw=said) if due else None,
        )

    def _event(self, item: Any, code: str) -> TrackingEvent:
        key = "CitySender" if code in _AT_SENDER else "CityRecipient" if code in _AT_RECIPIENT else ""
        place, when = item.get(key) or "", item.get("TrackingUpdateDate") or item.get("DateScan") or ""
        why = item.get("UndeliveryReasonsSubtypeDescription") or item.get("UndeliveryReasons") or ""
        text = ". ".join(part for part in (item["Status"], why) if part)
        return self.event(raw_time=when, local=_local(when), place=place, raw_code=code, raw_text=text)


def _local(text: str | None) -> datetime | None:
    """Naive: "2022-03-08 15:16:53", "07-03-2022 12:00:00", "15:16 08.03.2022"; None for "" and the year 0000."""
    if not text or text.startswith("0000"):
        return None
    pattern = "%H:%M %d.%m.%Y" if "." in text else "%Y-%m-%d %H:%M:%S" if text[4] == "-" else "%d-%m-%Y %H:%M:%S"
    return datetime.strptime(text, pattern)  # noqa: DTZ007  the sheet's zone decides
