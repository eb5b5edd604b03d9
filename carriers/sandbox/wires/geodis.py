"""GEODIS: `POST /services/api/zoomclient/recherche-envoi`; SHA-256 of key, time and body in a header."""

from __future__ import annotations

import hashlib
from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "geodis"
NUMBERS = {"geodis": lambda rng: "1G" + digits(rng, 10)}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("COM/CFM", "Expédition annoncée"),
    E.FIRST_MILE_PICKED_UP: Word("ECH/CFM", "Enlèvement effectué"),
    E.FIRST_MILE_DEPARTED_HUB: Word("EXP/CFM", "Expédition conforme", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_HUB: Word("AAR/CFM", "Prise en Charge ou Arrivage Conforme", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("AAR/CFM", "Prise en Charge ou Arrivage Conforme", E.ANY_IN_TRANSIT),
    (E.LAST_MILE_HELD_DELIVERY_OFFICE, Reason.CONSIGNEE_WRONG_ADDRESS): Word("RST/CAD", "Complément d'Adresse"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("MLV/CFM", "Mise en livraison"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("REN/ABS", "Destinataire absent"),
    E.LAST_MILE_DELIVERED: Word("LIV/CFM", "Livraison conforme"),
    E.RETURN_STARTED: Word("SOL/REO", "Retour d'office"),
    E.RETURN_COMPLETED: Word("SOL/RET", "Retour effectué"),
}
_PATH = "/services/api/zoomclient/recherche-envoi"
_KEY = "sandbox"


def _row(told: Told) -> dict[str, Any]:
    word, local = word_of(WORDS, told), told.city.local(told.at)
    return {
        "dateSuivi": f"{local:%Y-%m-%d}", "dateSuiviFrs": f"{local:%d/%m/%Y}",
        "heureSuivi": f"{local:%H:%M:%S}", "heureSuiviFrs": f"{local:%H:%M}",
        "libelleCentre": f"{told.city.name} ({told.city.country})",
        "libelleSuivi": word.text, "libelleCourtSuivi": word.text, "codeSituationJustification": word.code,
    }  # fmt: skip


def _party(country: str) -> dict[str, Any]:
    return {"nom": "-", "pays": {"code": country}}


def _sent(leg: ParcelLeg, version: int) -> bytes:
    due = None if leg.eta is None else leg.destination.local(leg.eta).date().isoformat()
    return dump({
        "ok": True, "codeErreur": None, "texteErreur": None,
        "contenu": {
            "noSuivi": leg.number, "prestationCommerciale": {"codeProduit": "MES", "libelle": "Messagerie"},
            "expediteur": _party(leg.origin.country), "destinataire": _party(leg.destination.country),
            "dateLivraisonPrevue": due, "listSuivis": [_row(told) for told in reversed(leg.known(version))],
        },
    })  # fmt: skip


def _error(status: int, code: str, text: str) -> Answer:
    return answer_json(status, {"ok": False, "codeErreur": code, "texteErreur": text, "contenu": None})


def _is_proved(request: Request) -> bool:
    parts = request.headers.get("x-geodis-service", "").split(";")
    if len(parts) != 4 or not is_sandbox(parts[0]):
        return False
    login, stamp, language, proof = parts
    told = ";".join((_KEY, login, stamp, language, _PATH.removeprefix("/services/"))).encode() + b";" + request.body
    return proof == hashlib.sha256(told).hexdigest()


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != _PATH or request.method != "POST":
        return _error(404, "404", "Service introuvable")
    if not _is_proved(request):
        return failure("wrong_credentials")
    asked = request.json()
    number = str(asked.get("noSuivi") or "") if isinstance(asked, dict) else ""
    body = desk.piece(SLUG, number, _sent)
    return _error(200, "ZOOM_001", "Aucun envoi trouvé pour ces critères") if body is None else Answer(200, body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _error(401, "SEC_001", "Erreur d'authentification")
    if kind == "rate_limit":
        return _error(429, "429", "Trop d'appels")
    return _error(503, "503", "Service indisponible")
