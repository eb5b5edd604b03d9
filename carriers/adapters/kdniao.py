"""KDNiao, an aggregator: one number a call, under its own code of the carrier, signed over the content; it pushes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, Callback, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage, oldest_first
from carriers.errors import AccountRefused, BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

# KDNiao says why in words alone.
_REASONS: tuple[tuple[type[CarrierError], str], ...] = (
    (NotFound, "无轨迹|暂无|查无|没有.{0,4}轨迹"),
    (AccountRefused, "套餐|余额|权限|未开通|未购买|商户|签名|DataSign|EBusinessID|AppKey|欠费"),
    (TryLater, "频|繁忙|超时|稍后|系统"),
    (Refused, "编码|单号|手机|参数|不支持|CustomerName"),
)
_HEAD = re.compile("^【([^】]{2,30})】")
# Networks within China alone, and SF, which prints China's time abroad too: without a zone of their own, China's clock.
_CHINESE = frozenset(("DBL", "HHTT", "HTKY", "JD", "JTSD", "SF", "STO", "YD", "YTO", "YZPY", "ZTO"))


def digest(content: str, api_key: str) -> str:
    """Base64 of the hexadecimal MD5 over the content and the key."""
    return base64.b64encode(
        hashlib.md5((content + api_key).encode(), usedforsecurity=False).hexdigest().encode()
    ).decode()


class KdNiao(CarrierAdapter, PushAdapter):
    slug = "kdniao"
    credentials = ("e_business_id", "api_key")
    push_credential = "api_key"
    signed_by = ("DataSign",)
    push_field = "RequestData"
    acknowledgement = b'{"Success": true, "Reason": ""}'
    tells_address = False

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        # 8002 finds the carrier by the number; KDNiao can do so for some dozen Chinese ones.
        kind = access.credentials.get("request_type") or ("8001" if self._shipper(asked) else "8002")
        return self._call("/Ebusiness/EbusinessOrderHandle.aspx", kind, asked, access)

    def _call(self, path: str, kind: str, asked: TrackedNumber, access: Access) -> CarrierRequest:
        keys = access.credentials
        content = json.dumps({
            "OrderCode": "", "ShipperCode": self._shipper(asked), "LogisticCode": asked.number,
            "CustomerName": asked.fields.get("phone_last4", ""),
        })  # fmt: skip
        form = {
            "RequestData": content, "EBusinessID": keys["e_business_id"], "DataType": "2", "RequestType": kind,
            "DataSign": digest(content, keys["api_key"]),
        }  # fmt: skip
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=utf-8"}
        return CarrierRequest(method="POST", path=path, headers=headers, body=urlencode(form).encode())

    def parse(self, answer: Any) -> list[TrackingResult]:
        if not answer["Success"]:
            raise _failure(text_of(answer.get("Reason") or ""))
        return [self._waybill(answer)]

    def subscription(self, asked: TrackedNumber, access: Access, callback: Callback) -> CarrierRequest | None:  # noqa: ARG002
        # A subscription is charged for, and goes to the address in the account: the merchant says that both are so.
        kind = access.credentials.get("subscription_type")
        return self._call("/api/dist", kind, asked, access) if kind and self._shipper(asked) else None

    def read_subscription(self, answer: Any) -> None:
        if not answer["Success"]:
            raise _failure(text_of(answer.get("Reason") or ""))

    def verify(self, message: PushMessage) -> None:
        form = dict(parse_qsl(message.body.decode("utf-8", "replace")))
        expected = digest(form.get("RequestData", ""), message.secret)
        if not message.secret or not hmac.compare_digest(form.get("DataSign", "").encode(), expected.encode()):
            raise BadPush("`DataSign` does not fit `RequestData`")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        # A row without success says that KDNiao found nothing, and nothing of the parcel.
        return [self._waybill(row) for row in answer["Data"] if row["Success"] and row.get("Traces")]

    def split_push(self, decoded: Any) -> dict[str, Any]:
        return {row["LogisticCode"]: {"Data": [row]} for row in decoded["Data"] if row.get("LogisticCode")}

    def _waybill(self, row: Mapping[str, Any]) -> TrackingResult:
        traces = row.get("Traces") or ()
        if not traces:
            return TrackingResult(number=row["LogisticCode"], failure=NotFound("Traces is empty"))
        events = oldest_first(self._event(row, trace) for trace in traces)
        state = text_of(row.get("StateEx") or row.get("State") or "")
        if not events[-1].raw_code:  # without codes of their own, the state of the whole is that of the newest row
            meaning = self.facts.meaning(state, events[-1].raw_text)
            events = (*events[:-1], replace(events[-1], raw_code=state, code=meaning.code, reason=meaning.reason))
        return TrackingResult(number=row["LogisticCode"], events=events)

    def _event(self, row: Mapping[str, Any], trace: Mapping[str, Any]) -> TrackingEvent:
        shipper, zone = text_of(row.get("ShipperCode") or ""), trace.get("Timezone")
        head = _HEAD.match(trace["AcceptStation"])
        return self.event(
            raw_time=f"{trace['AcceptTime']} {zone or ''}".strip(), local=times.parse_iso(trace["AcceptTime"]),
            offset_min=times.parse_offset(zone) if zone else None,
            place=trace.get("Location") or (head[1] if head else ""), country="CN" if shipper in _CHINESE else None,
            raw_code=text_of(trace.get("Action") or ""), raw_text=trace["AcceptStation"],
            details={"provider": self._carrier(shipper) or shipper},
        )  # fmt: skip

    def _keys(self) -> Mapping[str, str]:
        return self.facts.api.carrier_keys if self.facts.api else {}

    def _shipper(self, asked: TrackedNumber) -> str:
        return asked.fields.get("carrier") or self._keys().get(asked.carrier, "")

    def _carrier(self, shipper: str) -> str | None:
        return next((slug for slug, key in self._keys().items() if key == shipper), None)


def _failure(reason: str) -> CarrierError:
    kinds = (kind for kind, words in _REASONS if re.search(words, reason, re.IGNORECASE))
    return next(kinds, BadAnswer)(reason)
