"""Hermes Germany HSI: `GET /services/hsi/shipmentinfo?shipmentID=…`, Bearer; German wording, an offset on every row."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "hermes_de"
NUMBERS = {"hermes_de": lambda rng: "H1000" + digits(rng, 15)}
TOKEN_S = 3600
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("0000", "Die Sendung wurde Hermes elektronisch angekündigt."),
    E.FIRST_MILE_PICKED_UP: Word("1910", "Die Sendung wurde beim Auftraggeber abgeholt."),
    E.LAST_MILE_ARRIVED_HUB: Word("1510", "Die Sendung wurde im Logistikzentrum sortiert.", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("2000", "Die Sendung ist in der Niederlassung eingetroffen."),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("3000", "Die Sendung befindet sich auf Zustelltour."),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "3731", "Der Empfänger wurde nicht angetroffen."
    ),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word(
        "3710", "Die Annahme der Sendung wurde verweigert."
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("3410", "Die Sendung liegt im PaketShop zur Abholung bereit."),
    E.LAST_MILE_PICKUP_MISSED: Word("4035", "Die Sendung wurde im PaketShop nicht abgeholt."),
    E.LAST_MILE_DELIVERED: Word("3520", "Die Sendung wurde zugestellt."),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("3530", "Die Sendung wurde vom Empfänger im PaketShop abgeholt."),
    E.LAST_MILE_DELIVERED_NEIGHBOUR: Word("3510", "Die Sendung wurde bei einem Nachbarn abgegeben."),
    E.RETURN_STARTED: Word("6080", "Rücksendung an den Auftraggeber."),
    E.RETURN_COMPLETED: Word("7500", "Die Retoure ist beim Auftraggeber eingetroffen."),
}
_ALPHA_3 = {"DE": "DEU", "BE": "BEL", "CN": "CHN"}


def _scan(told: Told) -> dict[str, Any]:
    word, city = word_of(WORDS, told), told.city
    return {
        "timestamp": city.local(told.at).isoformat(), "code": word.code, "description": word.text,
        "scanningUnit": {
            "name": f"HUB {city.name}", "city": city.name, "countryCode": _ALPHA_3.get(city.country, city.country),
        },
    }  # fmt: skip


def _shipment(leg: ParcelLeg, version: int) -> bytes:
    to = leg.destination
    forecast = None
    if leg.eta is not None:
        forecast = {"fixed": False, "date": to.local(leg.eta).date().isoformat(), "timeSlot": None}
    return dump({
        "shipmentID": leg.number, "partNumber": 1, "clientReference": None, "internationalShipmentID": None,
        "trackingLink": f"https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#{leg.number}",
        "result": {"code": "i001", "message": "Success"},
        "receiverAddress": {
            "city": to.name, "zipCode": to.postal, "countryCode": _ALPHA_3.get(to.country, to.country),
        },
        "deliveryForecast": forecast,
        "status": [_scan(told) for told in leg.known(version)],
    })  # fmt: skip


def _unknown(number: str) -> bytes:
    message = "There is no information for the entered value."
    return dump({"shipmentID": number, "result": {"code": "e001", "message": message}})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/authorization-facade/oauth2/access_token":
        return _token(request, desk)
    if request.path != "/services/hsi/shipmentinfo" or request.method != "GET":
        return answer_json(404, {"listOfResultCodes": [{"code": "e404", "message": "Not Found"}]})
    if not desk.tokens.holds(SLUG, request.bearer()):
        return failure("wrong_credentials")
    asked = [number for name, number in parse_qsl(request.query_text) if name == "shipmentID"]
    pieces = [desk.piece(SLUG, number, _shipment) or _unknown(number) for number in asked]
    return Answer(200, b'{"shipmentinfo":[' + b",".join(pieces) + b"]}")


def _token(request: Request, desk: Desk) -> Answer:
    form = request.form()
    secrets = [form.get(name, "sandbox") for name in ("username", "password")]
    if not is_sandbox(form.get("client_id", ""), form.get("client_secret", ""), *secrets):
        return answer_json(401, {"error": "invalid_client", "error_description": "Client authentication failed"})
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {"access_token": token, "token_type": "Bearer", "expires_in": str(lives)})


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return answer_json(401, {"error": "invalid_token", "error_description": "The access token is not valid"})
    if kind == "rate_limit":
        return answer_json(429, {"listOfResultCodes": [{"code": "e429", "message": "Too many requests"}]})
    return answer_json(503, {"listOfResultCodes": [{"code": "e503", "message": "Service unavailable"}]})
