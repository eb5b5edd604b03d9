"""Kuaidi100, an aggregator: one number a call, asked under its own key of the carrier; it pushes what is subscribed."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, Callback, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage, oldest_first
from carriers.errors import AccountRefused, BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "400": Refused, "408": Refused, "500": NotFound, "501": TryLater, "502": TryLater, "503": AccountRefused,
    "504": TryLater, "601": AccountRefused,
}  # fmt: skip
_REFUSALS: dict[str, type[CarrierError]] = {
    "500": TryLater, "600": AccountRefused, "601": AccountRefused, "700": Refused, "701": Refused, "702": Refused,
}  # fmt: skip
# Networks within China alone: a row that names no place is on China's clock.
_CHINESE = frozenset((
    "debangwuliu", "danniao", "huitongkuaidi", "jd", "jtexpress", "shentong", "youzhengguonei", "yuantong", "yunda",
    "zhongtong",
))  # fmt: skip
_HEAD = re.compile("^【([^】]{2,30})】")


class Kuaidi100(CarrierAdapter, PushAdapter):
    slug = "kuaidi100"
    credentials = ("customer", "key")
    signed_by = ("sign",)
    push_field = "param"
    acknowledgement = '{"result": true, "returnCode": "200", "message": "成功"}'.encode()

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        fields = {"com": self._com(asked) or "auto", "num": asked.number, "resultv2": "4", "show": "0", "order": "desc"}
        if asked.fields.get("phone_last4"):
            fields["phone"] = asked.fields["phone_last4"]
        param, keys = json.dumps(fields), access.credentials
        form = {"customer": keys["customer"], "param": param, "sign": _md5(param + keys["key"] + keys["customer"])}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return CarrierRequest(method="POST", path="/poll/query.do", headers=headers, body=urlencode(form).encode())

    def parse(self, answer: Any) -> list[TrackingResult]:
        if text_of(answer.get("status")) != "200":
            code = text_of(answer.get("returnCode") or answer.get("status"))
            raise _ERRORS.get(code, BadAnswer)(f"{code}: {answer.get('message')}")
        return [self._result(answer, {})]

    def subscription(self, asked: TrackedNumber, access: Access, callback: Callback) -> CarrierRequest:
        com, phone = self._com(asked), asked.fields.get("phone_last4", "")
        more = {"callbackurl": callback.url, "salt": callback.secret, "resultv2": "4", "phone": phone}
        more |= {} if com else {"autoCom": "1"}
        told = {"company": com, "number": asked.number, "key": access.credentials["key"], "parameters": more}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"schema": "json", "param": json.dumps(told)}).encode()
        return CarrierRequest(method="POST", path="/poll", headers=headers, body=body)

    def read_subscription(self, answer: Any) -> None:
        if (code := text_of(answer["returnCode"])) not in ("200", "501"):  # 501: subscribed already
            raise _REFUSALS.get(code, BadAnswer)(f"{code}: {answer.get('message')}")

    def verify(self, message: PushMessage) -> None:
        form = dict(parse_qsl(message.body.decode("utf-8", "replace")))
        expected = _md5(form.get("param", "") + message.secret)
        if not message.secret or not hmac.compare_digest(form.get("sign", "").upper().encode(), expected.encode()):
            raise BadPush("`sign` does not fit `param` and our salt")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        if answer["status"] == "abort":  # Kuaidi100 gives the number up: it says nothing of the parcel
            return []
        return [self._result(answer["lastResult"], answer.get("destResult") or {})]

    def _result(self, here: Mapping[str, Any], there: Mapping[str, Any]) -> TrackingResult:
        """What the first carrier told, and with it what the destination's own told, where Kuaidi100 asks both."""
        rows = [(part["com"], row) for part in (there, here) if part for row in part.get("data") or ()]
        if not rows:
            return TrackingResult(number=here["nu"], failure=NotFound("no rows"))
        theirs = text_of(there.get("nu") or "")
        leg = NextLeg(number=theirs, carrier=self._carrier(there.get("com")), evidence="destResult")
        return TrackingResult(
            number=here["nu"],
            events=oldest_first(self._event(com, row) for com, row in rows),
            next_leg=leg if theirs not in ("", here["nu"]) else None,
        )

    def _event(self, com: str, row: Mapping[str, Any]) -> TrackingEvent:
        text, area = row.get("context") or "", text_of(row.get("areaCode") or "")
        head = _HEAD.match(text)
        place = row.get("location") or row.get("areaName") or (head[1] if head else "")
        return self.event(
            raw_time=row["ftime"], local=times.parse_iso(row["ftime"]),
            place=place, country=area[:2] or ("CN" if com in _CHINESE else None),
            raw_code=text_of(row.get("statusCode") or row.get("status") or ""), raw_text=text,
            details={"provider": self._carrier(com) or com},
        )  # fmt: skip

    def _keys(self) -> Mapping[str, str]:
        return self.facts.api.carrier_keys if self.facts.api else {}

    def _com(self, asked: TrackedNumber) -> str:
        return asked.fields.get("carrier") or self._keys().get(asked.carrier, "")

    def _carrier(self, com: Any) -> str | None:
        return next((slug for slug, key in self._keys().items() if key == com), None)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest().upper()
