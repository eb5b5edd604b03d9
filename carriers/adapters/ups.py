"""UPS Tracking API v1: OAuth, one number a call; and Track Alert, which posts each event of a subscribed 1Z number."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from carriers import times
from carriers.answers import text_of
from carriers.auth import OAuth2ClientCredentials
from carriers.base import Access, Callback, CarrierAdapter, CarrierRequest, PushAdapter, PushMessage
from carriers.errors import BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import NextLeg, TimePrecision, TrackedNumber, TrackingEvent, TrackingResult

_ERRORS: dict[str, type[CarrierError]] = {
    "TW0001": NotFound, "TV1002": NotFound, "151018": NotFound, "151062": NotFound, "10429": TryLater,
    "250002": Refused, "250003": Refused, "250004": Refused, "10400": Refused, "10401": Refused, "10403": Refused,
}  # fmt: skip


class Ups(CarrierAdapter, PushAdapter):
    slug = "ups"
    credentials = ("client_id", "client_secret")
    auth = OAuth2ClientCredentials(path="/security/v1/oauth/token", client_auth="basic")
    signed_by = ("credential",)
    subscription_lasts = timedelta(days=14)

    def request(self, numbers: Sequence[TrackedNumber], access: Access) -> CarrierRequest:
        (asked,) = numbers
        path = f"/api/track/v1/details/{quote(asked.number, safe='')}"
        return CarrierRequest(method="GET", path=path, query={"locale": "en_US"}, headers=_headers(asked, access))

    def parse(self, answer: Any) -> list[TrackingResult]:
        shipments = [] if "response" in answer else answer["trackResponse"]["shipment"]
        packages = [package for shipment in shipments for package in shipment.get("package") or ()]
        problems = answer["response"]["errors"] if "response" in answer else shipments[0].get("warnings") or ()
        if problems and not packages:
            code = text_of(problems[0]["code"])
            raise _ERRORS.get(code, BadAnswer)(f"{code}: {problems[0].get('message')}")
        return [self._package(package) for package in packages]

    def subscription(self, asked: TrackedNumber, access: Access, callback: Callback) -> CarrierRequest | None:
        if not asked.number.startswith("1Z"):  # Track Alert takes no others
            return None
        told = {
            "locale": "en_US", "countryCode": "US", "trackingNumberList": [asked.number],
            "destination": {"url": callback.url, "credentialType": "Bearer", "credential": callback.secret},
        }  # fmt: skip
        headers = _headers(asked, access) | {"Content-Type": "application/json"}
        path = "/api/track/v1/subscription/standard/package"
        return CarrierRequest(method="POST", path=path, headers=headers, body=json.dumps(told).encode())

    def read_subscription(self, answer: Any) -> None:
        if "response" in answer:
            problem = answer["response"]["errors"][0]
            raise _ERRORS.get(text_of(problem["code"]), BadAnswer)(f"{problem['code']}: {problem.get('message')}")
        if refused := answer.get("invalidTrackingNumbers"):
            raise Refused(f"Track Alert does not take {refused[0]}")
        _ = answer["validTrackingNumbers"]

    def verify(self, message: PushMessage) -> None:
        told = message.headers.get("credential", "")
        if not message.secret or not hmac.compare_digest(told.encode(), message.secret.encode()):
            raise BadPush("the header `credential` is not the one of our subscription")

    def parse_push(self, answer: Any) -> list[TrackingResult]:
        activity = {"location": {"address": answer.get("activityLocation")}, "status": answer["activityStatus"]}
        for ours, theirs in (("date", "localActivityDate"), ("time", "localActivityTime"),
                             ("gmtDate", "gmtActivityDate"), ("gmtTime", "gmtActivityTime")):  # fmt: skip
            activity[ours] = answer.get(theirs)
        kind = "DEL" if answer.get("actualDeliveryDate") else "SDD"
        due = {"type": kind, "date": answer.get("scheduledDeliveryDate")}
        package = {"trackingNumber": answer["trackingNumber"], "activity": [activity], "deliveryDate": [due]}
        return [self._package(package)]

    def _package(self, package: Mapping[str, Any]) -> TrackingResult:
        activities = (package.get("activity") or [])[::-1]  # UPS lists the newest first
        dates = {text_of(row["type"]): text_of(row["date"] or "") for row in package.get("deliveryDate") or ()}
        due = "" if "DEL" in dates else dates.get("RDD") or dates.get("SDD") or ""
        where = {row["type"]: row.get("address") or {} for row in package.get("packageAddress") or ()}
        others = {row.get("type"): text_of(row["number"]) for row in package.get("alternateTrackingNumber") or ()}
        usps = others.get("USPS_PIC")
        return TrackingResult(
            number=text_of(package["trackingNumber"]),
            events=tuple(self._event(activity, sequence) for sequence, activity in enumerate(activities)),
            next_leg=NextLeg(number=usps, carrier="usps", evidence="alternateTrackingNumber") if usps else None,
            estimated_delivery=times.estimated_delivery(due),
            origin_country=where.get("ORIGIN", {}).get("countryCode"),
            destination_country=where.get("DESTINATION", {}).get("countryCode"),
            service=text_of((package.get("service") or {}).get("description") or ""),
        )

    def _event(self, activity: Mapping[str, Any], sequence: int) -> TrackingEvent:
        day, clock, status = (
            text_of(activity["date"]),
            text_of(activity.get("time") or ""),
            activity.get("status") or {},
        )
        address = (activity.get("location") or {}).get("address") or {}
        kind, code, local = status.get("type") or "", status.get("code") or "", _moment(day, clock)
        simple = text_of(status.get("statusCode") or status.get("descriptionCode") or "")
        # The two-letter code is the finest; the three digits and the type only stand in where the sheet lists them.
        keys = (f"{kind}/{code}", text_of(code), f"#{simple:0>3}", text_of(kind))
        return self.event(
            raw_time=f"{day} {clock}".strip(), local=local, offset_min=_offset(activity, local) if clock else None,
            precision=TimePrecision.SECOND if clock else TimePrecision.DAY,
            place=", ".join(text_of(address[key]) for key in ("city", "stateProvince") if address.get(key)),
            country=address.get("countryCode") or address.get("country"),
            raw_code=next((key for key in keys if key in self.facts.codes), keys[0]),
            raw_text=text_of(status.get("description") or "").strip(), sequence=sequence, details={"activity": keys[0]},
        )  # fmt: skip


def _headers(asked: TrackedNumber, access: Access) -> dict[str, str]:
    return {"transId": uuid5(NAMESPACE_URL, f"{asked.number} {access.now}").hex, "transactionSrc": "throughline"}


def _moment(day: str, clock: str) -> datetime:
    return times.parse_iso(f"{day}T{clock.replace(':', ''):0>6}")


def _offset(activity: Mapping[str, Any], local: datetime) -> int | None:
    if activity.get("gmtOffset"):
        return times.parse_offset(text_of(activity["gmtOffset"]))
    there = (activity.get("gmtDate"), activity.get("gmtTime"))
    return round((local - _moment(text_of(there[0]), text_of(there[1]))) / timedelta(minutes=1)) if all(there) else None
