"""17TRACK API v2.2, an aggregator: a number is registered once, then polled (40 a call) or pushed to us as it moves."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Generator, Mapping, Sequence
from typing import Any

from carriers import times
from carriers.answers import text_of
from carriers.base import Access, Answer, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage
from carriers.errors import AccountRefused, BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import EstimatedDelivery, NextLeg, TimePrecision, TrackedNumber, TrackingEvent, TrackingResult


class _NotRegistered(NotFound):
    """17TRACK does not follow the number yet."""


_ERRORS: dict[int, type[CarrierError]] = {
    -18010001: AccountRefused, -18010002: AccountRefused, -18010003: TryLater, -18010004: AccountRefused,
    -18010005: AccountRefused, -18010012: Refused, -18019901: NotFound, -18019902: _NotRegistered,
    -18019903: Refused, -18019907: TryLater, -18019908: Refused, -18019909: NotFound,
}  # fmt: skip


class Track17(CarrierAdapter, PushAdapter):
    slug = "track17"
    credentials = ("api_key",)
    push_credential = "api_key"
    signed_by = ("sign",)

    def request(
        self, numbers: Sequence[TrackedNumber], access: Access, *, name: str = "gettrackinfo"
    ) -> CarrierRequest:
        rows = [{"number": asked.number} | self._key(asked) for asked in numbers]
        headers = {"17token": access.credentials["api_key"], "Content-Type": "application/json"}
        return CarrierRequest(
            method="POST", path=f"/track/v2.2/{name}", headers=headers, body=json.dumps(rows).encode()
        )

    def calls(
        self, numbers: Sequence[TrackedNumber], access: Access
    ) -> Generator[CarrierRequest, Answer, list[tuple[TrackingResult, bytes]]]:
        read = self.read_each((yield self.request(numbers, access)), numbers)
        failures = [result.failure for result, _ in read]
        new = [asked for asked, failure in zip(numbers, failures, strict=True) if isinstance(failure, _NotRegistered)]
        if not new:
            return read
        told = iter(self.read_each((yield self.request(new, access, name="register")), new))
        return [next(told) if isinstance(result.failure, _NotRegistered) else (result, body) for result, body in read]

    def split(self, decoded: Any, numbers: Sequence[str]) -> dict[str, Any]:  # noqa: ARG002
        told = {} if decoded["code"] else {key: decoded["data"].get(key) or [] for key in ("accepted", "rejected")}
        return {row["number"]: {"code": 0, "data": {key: [row]}} for key, rows in told.items() for row in rows}

    def parse(self, answer: Any) -> list[TrackingResult]:
        if answer["code"]:
            raise _error((answer["data"].get("errors") or [answer])[0])
        refused = answer["data"].get("rejected") or ()
        failures = [TrackingResult(number=text_of(row["number"]), failure=_error(row["error"])) for row in refused]
        return [self._shipment(row) for row in answer["data"].get("accepted") or ()] + failures

    def verify(self, message: PushMessage) -> None:
        expected = hashlib.sha256(message.body + b"/" + message.secret.encode()).hexdigest()
        if not message.secret or not hmac.compare_digest(message.headers.get("sign", "").encode(), expected.encode()):
            raise BadPush("the header `sign` does not fit the body")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        if answer["event"] == "TRACKING_STOPPED":  # 17TRACK no longer asks: it says nothing of the parcel
            return []
        if answer["event"] != "TRACKING_UPDATED":
            raise BadAnswer(f"an event that is not documented: {str(answer['event'])[:40]}")
        return [self._shipment(answer["data"])]

    def _shipment(self, row: Mapping[str, Any]) -> TrackingResult:
        if "track" in row:
            raise BadAnswer("an answer of version 1, which is not spoken")
        number, info = text_of(row["number"]), row.get("track_info") or {"tracking": {}}
        providers = info["tracking"].get("providers") or ()
        scans = [(told["provider"], scan) for told in providers for scan in reversed(told.get("events") or ())]
        if not scans:
            return TrackingResult(number=number, failure=NotFound("17TRACK has no news of the number yet"))
        if all(scan.get("time_utc") for _, scan in scans):
            scans.sort(key=lambda pair: text_of(pair[1]["time_utc"]))  # the lists of several carriers become one
        more, ends = info.get("misc_info") or {}, info.get("shipping_info") or {}
        theirs, name = text_of(more.get("local_number") or ""), text_of(more.get("local_provider") or "")
        slug = self._slug(more.get("local_key"))
        local = NextLeg(number=theirs, carrier=slug, carrier_name=name, evidence="misc_info.local_number")
        events = tuple(self._event(told, scan, sequence) for sequence, (told, scan) in enumerate(scans))
        due = (info.get("time_metrics") or {}).get("estimated_delivery_date") or {}
        return TrackingResult(
            number=number,
            events=events,
            next_leg=local if theirs and theirs != number else None,
            estimated_delivery=None if any(event.code.is_delivery for event in events) else _estimate(due),
            origin_country=(ends.get("shipper_address") or {}).get("country"),
            destination_country=(ends.get("recipient_address") or {}).get("country"),
            service=text_of(more.get("service_type") or ""),
        )

    def _event(self, provider: Mapping[str, Any], scan: Mapping[str, Any], sequence: int) -> TrackingEvent:
        told, teller = scan.get("time_raw"), self._slug(provider.get("key"))
        raw: dict[str, Any] = told if isinstance(told, dict) else {}
        iso, address = text_of(scan.get("time_iso") or ""), scan.get("address") or {}
        local = times.parse_iso(iso) if iso else None
        # Where the carrier gave no zone, the offset in time_iso is 17TRACK's guess: the place decides.
        if local is not None and raw and not raw.get("timezone"):
            local = local.replace(tzinfo=None)
        return self.event(
            raw_time=" ".join(text_of(raw[key]) for key in ("date", "time", "timezone") if raw.get(key)) or iso,
            local=local,
            precision=TimePrecision.DAY if raw and not raw.get("time") else TimePrecision.SECOND,
            place=text_of(scan.get("location") or address.get("city") or ""), country=address.get("country"),
            raw_code=text_of(scan.get("sub_status") or scan.get("stage") or ""),
            raw_text=text_of(scan.get("description") or ""), language=None, sequence=sequence,
            details={"provider": teller or text_of(provider.get("name") or provider.get("key") or "")},
        )  # fmt: skip

    def _keys(self) -> Mapping[str, str]:
        return self.facts.api.carrier_keys if self.facts.api else {}

    def _key(self, asked: TrackedNumber) -> dict[str, int]:
        """17TRACK's key of the number's carrier, where it is known: else it guesses by the number's shape."""
        key = asked.fields.get("carrier") or self._keys().get(asked.carrier)
        return {"carrier": int(key)} if key else {}

    def _slug(self, key: Any) -> str | None:
        return next((slug for slug, known in self._keys().items() if known == text_of(key)), None)


def _estimate(due: Mapping[str, Any]) -> EstimatedDelivery | None:
    days = [times.parse_iso(due[key]).date() for key in ("from", "to") if due.get(key)]
    return EstimatedDelivery(earliest=min(days), latest=max(days), raw=json.dumps(due)) if days else None


def _error(row: Mapping[str, Any]) -> CarrierError:
    return _ERRORS.get(int(row["code"]), BadAnswer)(f"{row['code']}: {row.get('message') or ''}")
