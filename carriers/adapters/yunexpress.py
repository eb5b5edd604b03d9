"""YunExpress, old OMS API: the track, then (only near the destination) the name of the last-mile carrier.

The new open platform pushes: signed and enciphered with the encrypt key of its event settings.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from carriers import bounds, times
from carriers.answers import documented, text_of
from carriers.base import (
    Access,
    Answer,
    CarrierAdapter,
    CarrierRequest,
    PushAdapter,
    PushMessage,
    oldest_first,
)
from carriers.errors import BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TrackedNumber, TrackingEvent, TrackingResult
from carriers.vocabulary import Phase

_ERRORS: dict[str, type[CarrierError]] = {
    "401": Refused, "1002": Refused, "1003": Refused, "1004": NotFound, "1006": NotFound, "9999": TryLater,
    "10000": TryLater,
}  # fmt: skip


class YunExpress(CarrierAdapter, PushAdapter):
    slug = "yunexpress"
    credentials = ("customer_code", "api_secret")
    signed_by = ("x-openapi-signature",)
    acknowledgement = b'{"success": true}'

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
            try:
                name = documented(_carrier_name, self.decode(named.body)) if named.status == 200 else ""
            except BadAnswer:  # the name's, which must not lose the track
                name = ""
            result = replace(result, next_leg=replace(leg, carrier_name=name))
        return [(result, body)]

    def parse(self, answer: Any) -> list[TrackingResult]:
        if "Code" not in answer and "authorization" in answer["Message"].lower():
            raise Refused(answer["Message"])
        if (code := text_of(answer["Code"])) != "0000":
            raise _ERRORS.get(code, BadAnswer)(f"{code} {answer.get('Message')}")
        if (item := answer["Item"]) is None:
            raise NotFound("the answer has no Item")
        return [self._track(item)]

    def _track(self, item: dict[str, Any]) -> TrackingResult:
        waybill, last_mile = item["WaybillNumber"], item.get("TrackingNumber")
        name = item.get("ProviderName") or ""
        handed = NextLeg(number=last_mile or "", carrier=None, carrier_name=name, evidence="TrackingNumber")
        return TrackingResult(
            number=waybill, events=oldest_first(map(self._event, item["OrderTrackingDetails"] or [])),
            next_leg=handed if last_mile not in (None, "", waybill) else None,
            destination_country=item.get("CountryCode") or None,
        )  # fmt: skip

    def _event(self, row: dict[str, Any]) -> TrackingEvent:
        node, status = row.get("TrackNodeCode") or "", text_of(row.get("TrackingStatus") or "")
        zone, is_known = row.get("ProcessTimezone"), node in self.facts.codes
        return self.event(
            raw_time=row["ProcessDate"], local=times.parse_iso(row["ProcessDate"]),
            offset_min=times.parse_offset(text_of(zone)) if zone else None,
            place=row.get("ProcessLocation") or "", country=row.get("ProcessCountry") or None,
            raw_code=node if is_known or not status else status, raw_text=row["ProcessContent"] or "",
            details={} if is_known or not node else {"node": node},
        )  # fmt: skip

    def verify(self, message: PushMessage) -> None:
        stamp, told = (message.headers.get(f"x-openapi-{name}", "") for name in ("request-timestamp", "signature"))
        expected = hashlib.sha256((stamp + message.secret).encode() + message.body).hexdigest()
        if not message.secret or not hmac.compare_digest(told.lower().encode(), expected.encode()):
            raise BadPush("the header X-Openapi-Signature does not fit the time, our encrypt key and the body")

    def opened(self, message: PushMessage) -> bytes:
        try:
            told = bounds.decode_json(message.body)
            return _deciphered(told["encrypt"], message.secret) if "encrypt" in told else message.body
        except (BadAnswer, KeyError, TypeError, ValueError):
            return message.body  # kept as it came: whoever reads it says what is wrong

    def acknowledge(self, body: bytes) -> bytes:
        """YunExpress tries an address with a word that it wants to hear again."""
        try:
            told = bounds.decode_json(body)
            return json.dumps({"ack": told["ack"]}).encode() if told["ack"] else self.acknowledgement
        except (BadAnswer, KeyError, TypeError):
            return self.acknowledgement

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        if "ack" in answer:
            return []
        told = answer.get("body") or answer
        return [self._pushed(told["data"])] if "data" in told else [self._track(_as_answered(told))]

    def _pushed(self, data: dict[str, Any]) -> TrackingResult:
        waybill, last_mile = data["waybill_number"], data.get("tracking_number")
        name = data.get("last_mile_name") or ""
        handed = NextLeg(number=last_mile or "", carrier=None, carrier_name=name, evidence="tracking_number")
        return TrackingResult(
            number=waybill,
            events=oldest_first(self._scan(row) for row in data["track_events"] or []),
            next_leg=handed if last_mile not in (None, "", waybill) else None,
            origin_country=data.get("origin_code") or None,
            destination_country=data.get("destination_code") or None,
        )

    def _scan(self, row: dict[str, Any]) -> TrackingEvent:
        local, utc = times.parse_iso(row["process_time"]).replace(tzinfo=None), row.get("process_utc_time")
        ahead = local - times.parse_iso(utc).replace(tzinfo=None) if utc else None
        return self.event(
            raw_time=row["process_time"], local=local,
            offset_min=None if ahead is None else round(ahead.total_seconds() / 60),
            place=row.get("process_city") or row.get("process_location") or "",
            country=row.get("process_country") or None,
            raw_code=row.get("track_node_code") or "", raw_text=row.get("track_node_description") or "",
        )  # fmt: skip


def _carrier_name(answer: Any) -> str:
    rows = answer.get("Items") or []
    return next((text_of(row.get("CarrierEName") or row.get("CarrierCName")) for row in rows), "")


def _deciphered(text: str, key: str) -> bytes:
    """AES-256 in CBC, Base64, its first 16 bytes the initial vector; the key is the SHA-256 of the encrypt key.

    YunExpress does not always pad as PKCS#7 does: trailing bytes up to 16 are padding, and no text ends with one.
    """
    data = base64.b64decode(text, validate=True)
    cipher = Cipher(AES(hashlib.sha256(key.encode()).digest()), CBC(data[:16])).decryptor()
    return (cipher.update(data[16:]) + cipher.finalize()).rstrip(bytes(range(17)))


def _as_answered(pushed: dict[str, Any]) -> dict[str, Any]:
    """A push in the words of the old API, whose names begin small."""
    rows = [{name[:1].upper() + name[1:]: value for name, value in row.items()}
            for row in pushed["orderTrackingDetails"] or []]  # fmt: skip
    return {
        "WaybillNumber": pushed.get("wayBillNumber") or pushed["trackingNumber"],
        "TrackingNumber": pushed.get("trackingNumber2"), "ProviderName": pushed.get("lastMileCarrierName"),
        "CountryCode": pushed.get("countryCode"), "OrderTrackingDetails": rows,
    }  # fmt: skip
