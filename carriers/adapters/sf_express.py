"""SF Express: a signed form, JSON inside JSON, and the last four digits of a phone number beside the number.

One number a call: a call bears one `checkPhoneNo`, and two parcels of one phone are the exception. Routes are pushed
unsigned, by parcels of one account together.
"""

from __future__ import annotations

import base64
import hashlib
import json
import uuid
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote_plus, urlencode

from carriers import bounds, times
from carriers.answers import text_of
from carriers.base import Access, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage, oldest_first
from carriers.errors import AccountRefused, BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "A1001": Refused, "A1002": TryLater, "A1003": AccountRefused, "A1004": AccountRefused, "A1005": TryLater,
    "A1006": AccountRefused, "A1007": TryLater, "A1008": Refused, "A1009": TryLater, "A1010": Refused,
    "A1099": TryLater, "S0001": Refused, "S0002": Refused, "S0003": TryLater,
}  # fmt: skip
_NOT_PERMITTED = "20028"


def digest(text: str, timestamp: str, checkword: str) -> str:
    """Base64 of the MD5 of the form-encoded text, timestamp (ms) and checkword."""
    signed = quote_plus(text + timestamp + checkword, safe="*")
    return base64.b64encode(hashlib.md5(signed.encode(), usedforsecurity=False).digest()).decode()


class SfExpress(CarrierAdapter, PushAdapter):
    slug = "sf_express"
    credentials = ("partner_id", "checkword")
    acknowledgement = b'{"return_code": "0000", "return_msg": ""}'

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        fields = {"language": "0", "trackingType": "1", "trackingNumber": [asked.number for asked in numbers]}
        fields |= {"methodType": "1", "checkPhoneNo": numbers[0].fields["phone_last4"]}
        text, timestamp = json.dumps(fields, separators=(",", ":")), str(int(access.now.timestamp() * 1000))
        form = {
            "partnerID": access.credentials["partner_id"],
            "requestID": str(uuid.uuid5(uuid.NAMESPACE_OID, timestamp + text)),
            "serviceCode": "EXP_RECE_SEARCH_ROUTES",
            "timestamp": timestamp,
            "msgDigest": digest(text, timestamp, access.credentials["checkword"]),
            "msgData": text,
        }
        headers = {"Content-Type": "application/x-www-form-urlencoded;charset=UTF-8"}
        return CarrierRequest(method="POST", path="/std/service", headers=headers, body=urlencode(form).encode())

    def parse(self, answer: Any) -> list[TrackingResult]:
        if (code := answer.get("apiResultCode", "A1000")) != "A1000":
            raise _ERRORS.get(code, BadAnswer)(f"{code} {answer.get('apiErrorMsg') or ''}".strip())
        said = _decoded(answer["apiResultData"]) if "apiResultData" in answer else answer
        if (code := said["errorCode"]) != "S0000":
            raise _ERRORS.get(code, BadAnswer)(f"{code} {said.get('errorMsg') or ''}".strip())
        return [self._result(response) for response in _decoded(said["msgData"])["routeResps"] or []]

    def is_signed(self, message: PushMessage) -> bool:  # noqa: ARG002
        return False

    def verify(self, message: PushMessage) -> None:  # noqa: ARG002
        raise BadPush("SF Express does not sign its pushes")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        return [self._result({"mailNo": number, "routes": routes}) for number, routes in _routes(answer).items()]

    def split_push(self, decoded: Any) -> dict[str, Any]:
        return {number: {"Body": {"WaybillRoute": routes}} for number, routes in _routes(decoded).items()}

    def _result(self, response: Any) -> TrackingResult:
        reason = f"{response.get('reasonCode') or ''} {response.get('reasonRemark') or ''}".strip()
        error = Refused if reason.startswith(_NOT_PERMITTED) else NotFound
        failure = None if response["routes"] else error(reason or "no routes")
        events = oldest_first(self._event(route) for route in response["routes"] or [])
        return TrackingResult(number=response["mailNo"], events=events, failure=failure)

    def _event(self, route: Any) -> TrackingEvent:
        return self.event(
            raw_time=route["acceptTime"],
            local=times.parse_iso(route["acceptTime"]),
            place=route.get("acceptAddress") or "",
            raw_code=text_of(route["opCode"]),
            raw_text=route.get("remark") or "",
        )


def _routes(pushed: Any) -> dict[str, list[Any]]:
    """A push's routes, by waybill."""
    routes: dict[str, list[Any]] = {}
    for route in pushed["Body"]["WaybillRoute"]:
        routes.setdefault(text_of(route["mailno"]), []).append(route)
    return routes


def _decoded(value: Any) -> Any:
    return bounds.decode_json(value.encode()) if isinstance(value, str) else value
