"""J&T Express China: thirty waybills a call, or pushed; signed over the content; a scan's Chinese name is its code."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage, oldest_first
from carriers.errors import AccountRefused, BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "145003010": AccountRefused, "145003012": AccountRefused, "145003030": AccountRefused, "145003051": AccountRefused,
    "145003052": AccountRefused, "145003053": AccountRefused, "145003050": Refused, "145003040": TryLater,
    "145005000": TryLater, "999001030": NotFound,
}  # fmt: skip


def digest(content: str, private_key: str) -> str:
    """Base64 of the MD5 over the content and the private key."""
    return base64.b64encode(hashlib.md5((content + private_key).encode(), usedforsecurity=False).digest()).decode()


class JtExpressChina(CarrierAdapter, PushAdapter):
    slug = "jt_express_cn"
    credentials = ("api_account", "private_key")
    push_credential = "private_key"
    signed_by = ("digest",)
    push_field = "bizContent"
    acknowledgement = b'{"code": "1", "msg": "success", "data": "SUCCESS"}'

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        content = json.dumps({"billCodes": ",".join(asked.number for asked in numbers)})
        headers = {
            "Content-Type": "application/x-www-form-urlencoded", "apiAccount": access.credentials["api_account"],
            "digest": digest(content, access.credentials["private_key"]),
            "timestamp": str(int(access.now.timestamp() * 1000)),
        }  # fmt: skip
        body = urlencode({"bizContent": content}).encode()
        path = "/webopenplatformapi/api/logistics/trace"
        return CarrierRequest(method="POST", path=path, headers=headers, body=body)

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:
        rows = decoded["data"] if text_of(decoded["code"]) == "1" else None
        return {row["billCode"]: {"code": "1", "data": [row]} for row in rows or () if row["billCode"] in numbers}

    def parse(self, answer: Any) -> list[TrackingResult]:
        if (code := text_of(answer["code"])) != "1":
            raise _ERRORS.get(code, BadAnswer)(f"{code}: {answer.get('msg')}")
        return [self._waybill(row) for row in answer["data"] or ()]

    def verify(self, message: PushMessage) -> None:
        form = dict(parse_qsl(message.body.decode("utf-8", "replace")))
        expected, told = digest(form.get("bizContent", ""), message.secret), message.headers.get("digest", "")
        if not message.secret or not hmac.compare_digest(told.encode(), expected.encode()):
            raise BadPush("the header `digest` does not fit `bizContent`")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        return [self._waybill(answer)]

    def _waybill(self, row: Mapping[str, Any]) -> TrackingResult:
        scans = row["details"] or ()
        failure = None if scans else NotFound("details is empty")
        return TrackingResult(number=row["billCode"], events=oldest_first(map(self._event, scans)), failure=failure)

    def _event(self, scan: Mapping[str, Any]) -> TrackingEvent:
        # The name goes before the number: other countries' J&T count the same scans differently.
        return self.event(
            raw_time=scan["scanTime"],
            local=times.parse_iso(scan["scanTime"]),
            place=" ".join(scan[key] for key in ("scanNetworkProvince", "scanNetworkCity") if scan.get(key)),
            country="CN",
            raw_code=text_of(scan.get("scanType") or scan.get("scanTypeCode") or ""),
            raw_text=scan.get("desc") or "",
        )
