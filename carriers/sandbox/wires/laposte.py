"""La Poste, suivi v2: `GET /suivi/v2/idships/{a,b}?lang=` (10 at most), key in `X-Okapi-Key`; French, with offsets."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E

SLUG = "laposte"
NUMBERS = {"laposte": s10("CB", "FR")}
BATCH = 10
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("DR1", "Votre colis va bientôt nous être confié, il est préparé par son expéditeur."),
    E.FIRST_MILE_PICKED_UP: Word("PC2", "Votre colis a été pris en charge dans son pays d'expédition."),
    E.LINEHAUL_DEPARTED: Word("ET2", "Votre colis a quitté son pays d'expédition.", E.ANY_IN_TRANSIT),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("ET3", "Votre colis est arrivé dans le pays de destination."),
    E.IMPORT_CUSTOMS_PRESENTED: Word("DO1", "Votre colis est entré en douane."),
    E.IMPORT_CUSTOMS_HELD: Word("DO3", "Votre colis est retenu par la douane."),
    E.IMPORT_CUSTOMS_RELEASED: Word("DO2", "Votre colis est sorti de douane."),
    E.LAST_MILE_ARRIVED_HUB: Word(
        "ET1", "Votre colis est en cours de traitement sur nos plateformes.", E.ANY_IN_TRANSIT
    ),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("MD2", "Votre colis est en cours de distribution."),
    E.LAST_MILE_ATTEMPT_FAILED_OTHER: Word("ND1", "Votre colis n'a pas pu être distribué."),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("AG1", "Votre colis vous attend au guichet."),
    E.LAST_MILE_DELIVERED: Word("DI1", "Votre colis est livré."),
    E.RETURN_STARTED: Word("RE1", "Votre colis est retourné à son expéditeur."),
    E.RETURN_COMPLETED: Word("DI2", "Votre colis a été rendu à son expéditeur."),
}
_STEPS = (("DR1",), ("PC1", "PC2", "ET1", "ET2"), ("ET3", "DO1", "DO2", "DO3"), ("MD2", "ND1", "AG1"), ("DI1", "DI2"))


def _event(place: int, told: Told) -> dict[str, Any]:
    word = word_of(WORDS, told)
    # Its own clock prints the time, wherever the scan was.
    return {"order": place, "label": word.text, "date": CITIES["paris"].local(told.at).isoformat(), "code": word.code}


def _shipment(leg: ParcelLeg, version: int) -> bytes:
    known = leg.known(version)
    events = [_event(100 - len(known) + place, told) for place, told in enumerate(known, start=1)]
    events.reverse()
    codes = {event["code"] for event in events}
    step = max(index for index, names in enumerate(_STEPS) if codes.intersection(names) or index == 0)
    timeline = [
        {"id": index + 1, "shortLabel": "", "longLabel": "", "country": "", "status": index <= step, "type": 1}
        for index in range(len(_STEPS))
    ]
    shipment: dict[str, Any] = {
        "idShip": leg.number, "holder": 4, "product": "colissimo", "isFinal": events[0]["code"] in ("DI1", "DI2"),
        "entryDate": events[-1]["date"], "timeline": timeline, "event": events,
        "contextData": {
            "deliveryChoice": {"deliveryChoice": 0},
            "originCountry": leg.origin.country, "arrivalCountry": leg.destination.country,
        },
        "url": f"https://www.laposte.fr/outils/suivre-vos-envois?code={leg.number}",
    }  # fmt: skip
    if events[0]["code"] == "DI1":
        shipment["deliveryDate"] = events[0]["date"]
    elif leg.eta is not None:
        shipment["estimDate"] = leg.destination.local(leg.eta).replace(hour=0, minute=0, second=0).isoformat()
    return dump({"lang": "fr_FR", "scope": "open", "returnCode": 200, "shipment": shipment})


def _not_found(number: str) -> dict[str, Any]:
    return {
        "lang": "fr_FR", "scope": "open", "returnCode": 404, "idShip": number,
        "returnMessage": "Aucun envoi ne correspond à ce numéro pour le moment",
    }  # fmt: skip


def handle(request: Request, desk: Desk) -> Answer:
    prefix = "/suivi/v2/idships/"
    if not request.path.startswith(prefix):
        return answer_json(404, {"code": "RESOURCE_NOT_FOUND", "message": "Resource not found (RESOURCE_NOT_FOUND)."})
    if not is_sandbox(request.headers.get("x-okapi-key", "")):
        return failure("wrong_credentials")
    numbers = [number for number in request.path[len(prefix) :].replace("%2C", ",").split(",") if number]
    if not numbers or len(numbers) > BATCH:
        message = "Numéro invalide" if not numbers else f"{BATCH} numéros au plus"
        return answer_json(400, {"lang": "fr_FR", "scope": "open", "returnCode": 400, "returnMessage": message})
    pieces = [desk.piece(SLUG, number, _shipment) for number in numbers]
    if len(numbers) == 1:
        return answer_json(404, _not_found(numbers[0])) if pieces[0] is None else Answer(200, pieces[0])
    bodies = [
        dump(_not_found(number)) if piece is None else piece for number, piece in zip(numbers, pieces, strict=True)
    ]
    return Answer(207 if None in pieces else 200, b"[" + b",".join(bodies) + b"]")


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return answer_json(401, {"code": "UNAUTHORIZED", "message": "Wrong or missing API key (UNAUTHORIZED)."})
    if kind == "rate_limit":
        return answer_json(
            429, {"code": "TOO_MANY_REQUESTS", "message": "Rate limited, max quota reached (TOO_MANY_REQUESTS)."}
        )
    return answer_json(
        503, {"code": "SERVICE_UNAVAILABLE", "message": "The service is currently unavailable (SERVICE_UNAVAILABLE)."}
    )
