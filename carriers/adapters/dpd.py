"""DPD Cloud Service getParcelLifeCycle: SOAP, one parcel a call; stages with local times, not all of them reached."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from carriers.answers import child_text
from carriers.base import Access, Answer, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimePrecision, TrackedNumber, TrackingEvent, TrackingResult

_NAMESPACE = "https://cloud.dpd.com/"
_ENVELOPE = (
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>'
    f'<getParcelLifeCycle xmlns="{_NAMESPACE}"><getParcelLifeCycleRequest><Version>100</Version>'
    "<Language>de_DE</Language><PartnerCredentials><Name>{}</Name><Token>{}</Token></PartnerCredentials>"
    "<UserCredentials><cloudUserID>{}</cloudUserID><Token>{}</Token></UserCredentials><ParcelNo>{}</ParcelNo>"
    "</getParcelLifeCycleRequest></getParcelLifeCycle></soap:Body></soap:Envelope>"
)
_ERRORS: dict[str, type[CarrierError]] = {
    "CLOUD_API_PARTNERCREDENTIALS": Refused, "CLOUD_API_USERCREDENTIALS": Refused, "CLOUD_API_NOLOGIN": Refused,
    "CLOUD_API_NOUSERACCESS": Refused, "CLOUD_API_USERCALLLIMIT": TryLater, "DELICOM_ERR_AUTHENTICATION": Refused,
    "ERR_DELICOM_TOKEN_EXPIRED": Refused, "ERR_DELICOM_TOKEN_INCORRECT": Refused,
}  # fmt: skip
_NO_PARCEL = re.compile(r"(?i)parcel ?(no|number)|paketnummer|nicht gefunden|not found|keine daten|no data")
# German, Cloud's English, and the English of Belgium, the Netherlands and Switzerland; a day alone comes as well.
_CLOCKS = {
    "%d.%m.%Y, %H:%M": TimePrecision.MINUTE, "%d.%m.%Y %H:%M": TimePrecision.MINUTE,
    "%d/%m/%Y, %H:%M": TimePrecision.MINUTE, "%m/%d/%Y %I:%M:%S %p": TimePrecision.SECOND,
    "%d.%m.%Y": TimePrecision.DAY, "%d/%m/%Y": TimePrecision.DAY,
}  # fmt: skip
_MESSAGES = ("ErrorMsgLong", "ErrorMsgShort", "errorMessage")
_CYCLES = ("ParcelLifeCycleData", "trackingresult", "trackingResult")
_WORDS = ("description", "errorItems")
_PLACE = re.compile(r"(.*?)\s*\(([A-Z]{2})\)")


class Dpd(CarrierAdapter):
    slug = "dpd"
    credentials = ("partner_name", "partner_token", "cloud_user_id", "cloud_user_token")
    answer_format = "xml"

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        # A barcode is postal code, parcel, service, country and check sign.
        parcel = asked.number[7:21] if len(asked.number) == 28 else asked.number
        told = [*(access.credentials[name] for name in self.credentials), parcel]
        headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{_NAMESPACE}getParcelLifeCycle"'}
        body = _ENVELOPE.format(*map(escape, told)).encode()
        return CarrierRequest(method="POST", path="/services/v1/DPDCloudService.asmx", headers=headers, body=body)

    def calls(
        self, numbers: Sequence[TrackedNumber], access: Access
    ) -> Generator[CarrierRequest, Answer, list[tuple[TrackingResult, bytes]]]:
        """A printed number as it is, and where DPD does not find it, once more without its check sign."""
        (asked,) = numbers
        answer = yield self.request(numbers, access)
        try:
            return self.read_each(answer, numbers)
        except NotFound:
            if len(asked.number) != 15:
                raise
        answer = yield self.request([replace(asked, number=asked.number[:14])], access)
        return self.read_each(answer, numbers)

    def parse(self, answer: Any) -> list[TrackingResult]:
        for each in answer.iter():
            if code := child_text(each, "ErrorCode") or child_text(each, "errorCode"):
                text = next(filter(None, (child_text(each, name) for name in _MESSAGES)), "")
                kind = _ERRORS.get(code) or (NotFound if _NO_PARCEL.search(f"{code} {text}") else BadAnswer)
                raise TryLater(f"{code}: {text}", after_s=600) if kind is TryLater else kind(f"{code}: {text}")
        cycle = next((each for name in _CYCLES for each in answer.iter(name)), None)
        if cycle is None:
            raise BadAnswer(child_text(answer, ".//faultstring") or f"a {answer.tag} without a parcel's life cycle")
        reached = [each for each in cycle.iter("statusInfo") if child_text(each, "statusHasBeenReached") != "false"]
        if not reached:
            raise NotFound("no stage was reached yet")
        # The answer does not repeat the number.
        return [TrackingResult(number="", events=oldest_first(map(self._event, reached)))]

    def _event(self, stage: Element) -> TrackingEvent:
        raw = child_text(stage, "date/content")
        local, precision = _clock(raw)
        where = _PLACE.fullmatch(child_text(stage, "location/content"))
        return self.event(
            raw_time=raw,
            local=local,
            precision=precision,
            place=where[1] if where else child_text(stage, "location/content"),
            country=where[2] if where else None,
            raw_code=child_text(stage, "status"),
            raw_text=" ".join(filter(None, (_all(stage, name) for name in _WORDS)))
            or child_text(stage, "label/content"),
        )


def _clock(text: str) -> tuple[datetime | None, TimePrecision]:
    for each, precision in _CLOCKS.items():
        try:
            return datetime.strptime(text, each), precision  # noqa: DTZ007  the place decides the zone
        except ValueError:
            continue
    return None, TimePrecision.MINUTE


def _all(stage: Element, tag: str) -> str:
    """The sentences of a description in their order, without the flags of their print beside them."""
    told = [text.text or "" for each in stage.findall(tag) for text in each.iter("content")]
    return " ".join(" ".join(told).split())
