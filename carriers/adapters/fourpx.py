"""4PX open platform: the track of one number, then (once it is on its way abroad) the last-mile number of its order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from carriers import bounds, times
from carriers.answers import encode, text_of
from carriers.base import Access, Answer, CarrierAdapter, CarrierRequest, oldest_first
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult
from carriers.vocabulary import Phase

TRACK, ORDER = ("tr.order.tracking.get", "1.0.0", "deliveryOrderNo"), ("ds.xms.order.get", "1.1.0", "request_no")
_ABROAD = (Phase.LINEHAUL, Phase.TRANSIT_COUNTRY, Phase.IMPORT_CUSTOMS, Phase.LAST_MILE)
# The platform's error codes are not public: the message alone tells, in Chinese or English.
_MESSAGES: tuple[tuple[type[CarrierError], tuple[str, ...]], ...] = (
    (AccountRefused, ("sign", "签名", "app_key", "appkey", "token", "权限", "permission", "授权")),
    (TryLater, ("频", "limit", "busy", "繁忙", "timeout", "超时", "系统", "system")),
    (NotFound, ("不存在", "not exist", "not found", "no data", "无数据", "查无")),
    (Refused, ("不能为空", "required", "参数", "parameter")),
)


def sign(query: Mapping[str, str], body: str, secret: str) -> str:
    """MD5 (hex) over each parameter's name and value in alphabetical order, the body and the secret."""
    text = "".join(name + query[name] for name in sorted(query)) + body + secret
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class FourPx(CarrierAdapter):
    slug = "fourpx"
    credentials = ("app_key", "app_secret")

    def request(
        self, numbers: Sequence[TrackedNumber], access: Access, *, method: tuple[str, str, str] = TRACK
    ) -> CarrierRequest:
        name, version, field = method
        keys, body = access.credentials, json.dumps({field: numbers[0].number})
        query = {"app_key": keys["app_key"], "format": "json", "method": name, "v": version,
                 "timestamp": str(int(access.now.timestamp() * 1000))}  # fmt: skip
        query |= {"sign": sign(query, body, keys["app_secret"]), "language": "cn"}
        query |= {"access_token": keys["access_token"]} if keys.get("access_token") else {}
        headers = {"Content-Type": "application/json", "Accept": "*/*"}
        return CarrierRequest(
            method="POST", path="/router/api/service", query=query, headers=headers, body=body.encode(),
            is_optional=method is ORDER,
        )  # fmt: skip

    def calls(
        self, numbers: Sequence[TrackedNumber], access: Access
    ) -> Generator[CarrierRequest, Answer, list[tuple[TrackingResult, bytes]]]:
        track = yield self.request(numbers, access)
        read = self.read_each(track, numbers)
        if not any(event.phase in _ABROAD for event in read[0][0].events):
            return read
        order = yield self.request(numbers, access, method=ORDER)
        if order.status != 200:
            return read
        # Kept together, so that a replay finds the last mile too; `order` is volatile to the sheet.
        try:
            both = encode({**self.decode(track.body), "order": self.decode(order.body)})
            return self.read_each(replace(track, body=both), numbers)
        except BadAnswer:  # the order's, which must not lose the track
            return read

    def parse(self, answer: Any) -> list[TrackingResult]:
        if text_of(answer["result"]) != "1":
            told = json.dumps([answer.get("errors"), answer.get("msg")], ensure_ascii=False)
            kinds = (kind for kind, words in _MESSAGES if any(word in told.lower() for word in words))
            raise next(kinds, BadAnswer)(told)
        data = _decoded(answer["data"])
        rows = data.get("trackingList") if data else None
        if not rows:
            raise NotFound("trackingList is empty")
        number = data["deliveryOrderNo"]
        lands = [row["destinationCountry"] for row in rows if row.get("destinationCountry")]
        return [TrackingResult(
            number=number,
            events=oldest_first(map(self._event, rows)),
            next_leg=_last_mile(answer.get("order") or {}, number),
            destination_country=lands[0] if lands else None,
        )]  # fmt: skip

    def _event(self, row: Mapping[str, Any]) -> TrackingEvent:
        zone = row.get("timeZone")
        return self.event(
            raw_time=f"{row['occurDatetime']} {zone or ''}".strip(),
            local=times.parse_iso(row["occurDatetime"]),
            offset_min=times.parse_offset(zone) if zone else None,
            place=row.get("occurLocation") or "",
            country=row.get("country") or None,
            raw_code=row["businessLinkCode"],
            raw_text=row.get("trackingContent") or "",
        )


def _last_mile(answer: Mapping[str, Any], number: str) -> NextLeg | None:
    orders = _decoded(answer.get("data")) or [{}]
    order = (orders[0] if isinstance(orders, list) else orders).get("consignment_info") or {}
    theirs, name = order.get("logistics_channel_no"), order.get("logistics_channel_name") or ""
    if not theirs or theirs in (number, order.get("4px_tracking_no")):
        return None
    return NextLeg(number=theirs, carrier=None, carrier_name=name, evidence="logistics_channel_no")


def _decoded(data: Any) -> Any:
    """Some of the platform's interfaces put JSON into a text."""
    return bounds.decode_json(data.encode()) if data and isinstance(data, str) else data
