"""UPS: `GET /api/track/v1/details/{n}`, OAuth 2; local and GMT times. Track Alert: subscribed 1Z numbers are pushed."""

from __future__ import annotations

import re
from typing import Any

from carriers.sandbox.cities import GMT as _GMT
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import ups_1z
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "ups"
NUMBERS = {"ups": ups_1z}
TOKEN_S = 14_399
_SUBSCRIBED = re.compile(r"1Z[0-9A-Z]{16}\Z", re.ASCII)
_NUMBER = re.compile(r"[0-9A-Za-z]{7,34}\Z", re.ASCII)
# `code` is "type/code/statusCode".
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("M/MP/003", "Shipper created a label, UPS has not received the package yet. "),
    E.SELLER_CANCELLED: Word("M/VD/", "The shipper has voided the label.", E.SELLER_CANCELLED),
    E.FIRST_MILE_PICKED_UP: Word("P/PU/038", "Pickup Scan"),
    E.LINEHAUL_DEPARTED: Word("I/DP/005", "Departed from Facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("I/DP/005", "Departed from Facility", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_HUB: Word("I/AR/005", "Arrived at Facility", E.ANY_IN_TRANSIT),
    E.IMPORT_CUSTOMS_RELEASED: Word("X/SR/003", "Your package was released by the customs agency."),
    E.LAST_MILE_HANDED_OVER: Word("I/TP/005", "Package transferred to post office"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("I/OT/021", "Out For Delivery Today"),
    E.LAST_MILE_DELIVERED: Word("D/FS/011", "Delivered"),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word(
        "X/RF/016", "The receiver refused the delivery."
    ),
    (E.ANY_DELAYED_WEATHER, Reason.NATURE_WEATHER): Word("X/DJ/007", "Adverse weather conditions caused this delay."),
    E.RETURN_STARTED: Word("X/RS/035", "The package is being returned to the sender."),
    E.RETURN_COMPLETED: Word("D/FS/011", "The package was returned to the sender."),
}


def _errors(status: int, code: str, message: str) -> Answer:
    return answer_json(status, {"response": {"errors": [{"code": code, "message": message}]}})


def _parts(told: Told) -> tuple[str, str, str, str]:
    word = word_of(WORDS, told)
    kind, code, number = word.code.split("/") if "/" in word.code else ("I", word.code, "")
    return kind, code, number, word.text


def _address(told: Told) -> dict[str, str]:
    city = told.city
    return {
        "city": city.name.upper(), "stateProvince": city.region if city.country in ("US", "CA") else "",
        "postalCode": "", "country": city.country, "countryCode": city.country,
    }  # fmt: skip


def _activity(told: Told) -> dict[str, Any]:
    kind, code, number, text = _parts(told)
    local, gmt = told.city.local(told.at), _GMT.local(told.at)
    offset = local.strftime("%z")
    return {
        "location": {"address": _address(told), "slic": ""},
        "status": {"type": kind, "description": text, "code": code, "statusCode": number},
        "date": local.strftime("%Y%m%d"), "time": local.strftime("%H%M%S"),
        "gmtDate": gmt.strftime("%Y%m%d"), "gmtTime": gmt.strftime("%H:%M:%S"),
        "gmtOffset": f"{offset[:3]}:{offset[3:]}",
    }  # fmt: skip


def _package(leg: ParcelLeg, version: int) -> bytes:
    activities = [_activity(told) for told in reversed(leg.known(version))]
    package: dict[str, Any] = {
        "trackingNumber": leg.number,
        "currentStatus": activities[0]["status"],
        "activity": activities,
        "packageCount": 1,
    }
    following = leg.told_next(version)
    if following is not None:
        package["alternateTrackingNumber"] = [{"number": following.number, "type": "USPS_PIC"}]
    if activities[0]["status"]["type"] == "D":
        package["deliveryDate"] = [{"type": "DEL", "date": activities[0]["date"]}]
        package["deliveryTime"] = {"startTime": "", "endTime": activities[0]["time"], "type": "DEL"}
    elif leg.eta is not None:
        package["deliveryDate"] = [{"type": "SDD", "date": leg.destination.local(leg.eta).strftime("%Y%m%d")}]
    shipment = {"inquiryNumber": leg.number, "package": [package]}
    return dump({"trackResponse": {"shipment": [shipment]}})


def push(leg: ParcelLeg, version: int, secret: str) -> tuple[bytes, dict[str, str]]:
    """A Track Alert message of the newest scan."""
    told = leg.known(version)[-1]
    kind, code, number, text = _parts(told)
    local, gmt = told.city.local(told.at), _GMT.local(told.at)
    address = _address(told)
    body = dump({
        "trackingNumber": leg.number,
        "localActivityDate": local.strftime("%Y%m%d"), "localActivityTime": local.strftime("%H%M%S"),
        "activityLocation": {
            "city": address["city"], "stateProvince": address["stateProvince"],
            "postalCode": told.city.postal, "country": told.city.country,
        },
        "activityStatus": {"type": kind, "code": code, "description": text, "descriptionCode": number},
        "scheduledDeliveryDate": "",
        "gmtActivityDate": gmt.strftime("%Y%m%d"), "gmtActivityTime": gmt.strftime("%H%M%S"),
        "actualDeliveryDate": local.strftime("%Y%m%d") if kind == "D" else "",
        "actualDeliveryTime": local.strftime("%H%M%S") if kind == "D" else "",
    })  # fmt: skip
    return body, {"Content-Type": "application/json", "credential": secret}


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/security/v1/oauth/token":
        return _token(request, desk)
    if (request.method, request.path) == ("POST", "/api/track/v1/subscription/standard/package"):
        return _subscribe(request, desk)
    prefix = "/api/track/v1/details/"
    if not request.path.startswith(prefix) or request.method != "GET":
        return _errors(404, "404", "Resource not found")
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    if not request.headers.get("transid"):
        return _errors(400, "TV0001", "Missing transId")
    if not request.headers.get("transactionsrc"):
        return _errors(400, "TV0002", "Missing transactionSrc")
    number = request.path[len(prefix) :]
    if not _NUMBER.match(number):
        return _errors(400, "TV1002", "Invalid inquiry number")
    body = desk.piece(SLUG, number, _package)
    if body is None:
        warning = {"code": "TW0001", "message": "Tracking Information Not Found"}
        return answer_json(200, {"trackResponse": {"shipment": [{"inquiryNumber": number, "warnings": [warning]}]}})
    return Answer(200, body)


def _subscribe(request: Request, desk: Desk) -> Answer:
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    asked = request.json()
    try:
        numbers, where = [str(number) for number in asked["trackingNumberList"]], asked["destination"]
        url, credential = str(where["url"]), str(where["credential"])
    except (KeyError, TypeError):
        return _errors(400, "TS0001", "Invalid subscription request")
    valid = [number for number in numbers if _SUBSCRIBED.match(number)]
    if not all(desk.subscribe(SLUG, number, url, credential) for number in valid):
        return _errors(403, "10403", "The application has no access to Track Alert.")
    invalid = [number for number in numbers if number not in valid]
    return answer_json(200, {"validTrackingNumbers": valid, "invalidTrackingNumbers": invalid})


def _token(request: Request, desk: Desk) -> Answer:
    if request.method != "POST" or request.form().get("grant_type") != "client_credentials":
        return _errors(400, "10400", "Invalid/Missing Grant Type")
    if not is_sandbox(*request.basic()):
        return _errors(401, "10401", "ClientId is Invalid")
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {
        "token_type": "Bearer", "issued_at": str(int(desk.now * 1000)), "client_id": request.basic()[0],
        "access_token": token, "scope": "public", "expires_in": str(lives), "refresh_count": "0", "status": "approved",
    })  # fmt: skip


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _errors(401, "250002", "Invalid Authentication Information.")
    if kind == "rate_limit":
        return _errors(429, "10429", "Too Many Requests")
    return _errors(503, "10503", "Service Unavailable")
