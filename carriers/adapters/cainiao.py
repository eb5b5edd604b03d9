"""Cainiao LINK, cross-border (`cnge.track.get`): a track with action codes, polled or pushed, signed over the content.

The keyless service behind global.cainiao.com, which answers in another shape, is not asked and not read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage, oldest_first
from carriers.errors import AccountRefused, BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

# What the gateway says of itself; the service's own codes are not public.
_ERRORS: dict[str, type[CarrierError]] = {
    "S01": Refused, "S02": AccountRefused, "S03": AccountRefused, "S04": AccountRefused, "S05": Refused,
    "S06": TryLater, "S07": TryLater, "S08": TryLater, "S09": TryLater, "S10": AccountRefused, "S11": AccountRefused,
    "S12": Refused, "S13": TryLater,
}  # fmt: skip
_UNKNOWN_NUMBER = re.compile("不存在|未找到|无轨迹|not (exist|found)", re.IGNORECASE)
_HEAD = re.compile(r"^[\[【]([^\]】]{2,40})[\]】]")


def digest(content: str, secret: str) -> str:
    """Base64 of the MD5 over the content and the secret."""
    return base64.b64encode(hashlib.md5((content + secret).encode(), usedforsecurity=False).digest()).decode()


class Cainiao(CarrierAdapter, PushAdapter):
    slug = "cainiao"
    credentials = ("logistic_provider_id", "app_secret")
    push_credential = "app_secret"
    signed_by = ("data_digest",)
    push_field = "logistics_interface"
    acknowledgement = b'{"success": true, "errorCode": "", "errorMsg": ""}'

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        number = numbers[0].number
        content = json.dumps({"orderCode" if number.startswith("LP") else "mailNo": number, "locale": "zh_CN"})
        form = {
            "msg_type": "cnge.track.get", "to_code": "TRACK",
            "logistic_provider_id": access.credentials["logistic_provider_id"],
            "logistics_interface": content, "data_digest": digest(content, access.credentials["app_secret"]),
        }  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return CarrierRequest(method="POST", path="/gateway/link.do", headers=headers, body=urlencode(form).encode())

    def parse(self, answer: Any) -> list[TrackingResult]:
        for told in (answer, answer.get("data") or {}):
            if text_of(told["success"]).lower() != "true":
                code, message = text_of(told.get("errorCode") or ""), text_of(told.get("errorMsg") or "")
                kind = NotFound if _UNKNOWN_NUMBER.search(message) else _ERRORS.get(code, BadAnswer)
                raise kind(f"{code} {message}".strip())
        return [self._track(answer["data"])]

    def verify(self, message: PushMessage) -> None:
        form = dict(parse_qsl(message.body.decode("utf-8", "replace")))
        expected = digest(form.get("logistics_interface", ""), message.secret)
        if not message.secret or not hmac.compare_digest(form.get("data_digest", "").encode(), expected.encode()):
            raise BadPush("`data_digest` does not fit `logistics_interface`")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        if "traceDetailList" in answer:
            return [self._track(answer)]
        # LPC_PACK_PUB, of parcels within China, tells the latest state alone, on China's clock.
        event = self.event(
            raw_time=answer["logisticsGmtModified"], local=times.parse_iso(answer["logisticsGmtModified"]),
            place=answer.get("city") or "", country="CN",
            raw_code=answer["logisticsStatus"], raw_text=answer.get("lastLogisticDetail") or "",
        )  # fmt: skip
        return [TrackingResult(number=answer["mailNo"], events=(event,))]

    def _track(self, data: Mapping[str, Any]) -> TrackingResult:
        number = data.get("orderCode") or data["mailNo"]
        rows = data["traceDetailList"] or ()
        return TrackingResult(
            number=number,
            events=oldest_first(map(self._event, rows)),
            next_leg=_last_mile(data, {number, data.get("mailNo")}),
            origin_country=data.get("originCountry") or None,
            destination_country=data.get("destCountry") or None,
            failure=None if rows else NotFound("traceDetailList is empty"),
        )

    def _event(self, row: Mapping[str, Any]) -> TrackingEvent:
        zone, text = row.get("timeZone"), row.get("desc") or row.get("standerdDesc") or ""
        head = _HEAD.match(text)
        return self.event(
            raw_time=f"{row['time']} {zone or ''}".strip(),
            local=times.parse_iso(row["time"]),
            offset_min=times.parse_offset(zone) if zone else None,
            place=head[1] if head else "",
            raw_code=row["actionCode"].upper(),
            raw_text=text,
        )


def _last_mile(data: Mapping[str, Any], own: set[Any]) -> NextLeg | None:
    """`realMailNo` is free text around the number ("PostNL 3S..."); `copyRealMailNo` is the number alone."""
    words = text_of(data.get("realMailNo") or "").split()
    number = data.get("copyRealMailNo") or (words[-1] if words else "")
    name = (data.get("destCpInfo") or {}).get("cpName") or ""
    if not number or number in own:
        return None
    return NextLeg(number=number, carrier=None, carrier_name=name, evidence="realMailNo")
