"""GLS Track And Trace V1: `GET …/trackids/{a,b}`, ten at most; OAuth; newest first, the place's offset on each row."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "gls"
NUMBERS = {"gls": lambda rng: "4" + digits(rng, 10)}
BATCH = 10
TOKEN_S = 14_400
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word(
        "INTIAL.PREADVICE",
        "The parcel data was entered into the GLS IT system; the parcel was not yet handed over to GLS.",
    ),
    E.FIRST_MILE_PICKED_UP: Word("INTIAL.NORMAL", "The parcel was handed over to GLS."),
    E.LAST_MILE_ARRIVED_HUB: Word("INBOUD.NORMAL", "The parcel has reached the parcel center.", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("OUTBOD.NORMAL", "The parcel has left the parcel center.", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word(
        "INBOUD.NORMAL", "The parcel has reached the parcel center.", E.ANY_IN_TRANSIT
    ),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("OUTDEL.NORMAL", "The parcel is expected to be delivered during the day."),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "NOTDEL.ABSENT", "The parcel could not be delivered as the consignee was absent."
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word(
        "DELIVD.PARCELSHOP", "The parcel has been delivered at the ParcelShop (see ParcelShop information)."
    ),
    E.LAST_MILE_DELIVERED: Word("DELIVD.NORMAL", "The parcel has been delivered."),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("DELIVD.DEL_BY_PSAPP", "The parcel has been handed over in the ParcelShop."),
    E.RETURN_STARTED: Word("RETURN.NORMAL", "The parcel will be returned to the shipper."),
    E.RETURN_COMPLETED: Word("DELIVD.RETURN", "The parcel was returned to the shipper."),
}
_STATUS = {
    "INTIAL.PREADVICE": "PREADVICE", "OUTDEL.NORMAL": "INDELIVERY", "NOTDEL.ABSENT": "NOTDELIVERED",
    "DELIVD.PARCELSHOP": "DELIVEREDPS", "DELIVD.NORMAL": "DELIVERED", "DELIVD.DEL_BY_PSAPP": "DELIVERED",
    "DELIVD.RETURN": "FINAL",
}  # fmt: skip


def _time(told: Told) -> str:
    return told.city.local(told.at).strftime("%Y-%m-%dT%H:%M:%S%z")


def _event(told: Told) -> dict[str, Any]:
    word = word_of(WORDS, told)
    return {
        "code": word.code, "city": told.city.name, "postalCode": told.city.postal, "country": told.city.country,
        "description": word.text, "eventDateTime": _time(told),
    }  # fmt: skip


def _parcel(leg: ParcelLeg, version: int) -> bytes:
    events = [_event(told) for told in reversed(leg.known(version))]
    return dump({
        "requested": leg.number, "unitno": leg.number, "status": _STATUS.get(events[0]["code"], "INTRANSIT"),
        "statusDateTime": events[0]["eventDateTime"], "events": events,
    })  # fmt: skip


def _unknown(number: str) -> bytes:
    return dump({
        "requested": number, "errorCode": "E_404_01", "errorMessage": "No parcels found for the given identifier.",
    })  # fmt: skip


def _fault(status: int, code: str, text: str) -> Answer:
    return answer_json(status, {"fault": {"faultstring": text, "detail": {"errorcode": code}}})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/oauth2/v2/token":
        return _token(request, desk)
    prefix = "/track-and-trace-v1/tracking/simple/trackids/"
    if not request.path.startswith(prefix) or request.method != "GET":
        return _fault(404, "messaging.adaptors.http.flow.ApplicationNotFound", "Unable to identify proxy")
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    numbers = request.path[len(prefix) :].split(",")
    if len(numbers) > BATCH:
        return answer_json(400, {
            "type": "about:blank", "title": "Bad Request", "status": 400,
            "detail": f"No more than {BATCH} track ids are allowed.", "instance": request.path,
        })  # fmt: skip
    pieces = [desk.piece(SLUG, number, _parcel) or _unknown(number) for number in numbers]
    return Answer(200, b'{"parcels":[' + b",".join(pieces) + b"]}")


def _token(request: Request, desk: Desk) -> Answer:
    is_known = is_sandbox(*request.basic())
    if request.method != "POST" or request.form().get("grant_type") != "client_credentials" or not is_known:
        return answer_json(401, {"ErrorCode": "invalid_client", "Error": "ClientId is Invalid"})
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {"access_token": token, "token_type": "Bearer", "expires_in": str(lives)})


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _fault(401, "steps.jwt.TokenExpired", "The Token has expired: policy(Verify-JWT)")
    if kind == "rate_limit":
        return _fault(429, "policies.ratelimit.QuotaViolation", "Rate limit quota violation. Quota limit exceeded.")
    return _fault(503, "messaging.adaptors.http.flow.ServiceUnavailable", "The Service is temporarily unavailable")
