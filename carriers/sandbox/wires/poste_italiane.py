"""Poste Italiane: `POST /postalandlogistics/parcel/tracking`, a bare token and POSTE_clientID; Italian local times."""

from __future__ import annotations

from typing import Any

from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "poste_italiane"
NUMBERS = {"poste_italiane": s10("CP", "IT")}
TOKEN_S = 3_599
# A wording after "|" is the phase. Only a few status codes are public; the others are left empty.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("", "La spedizione è in attesa di affidamento|PRESA IN CARICO"),
    E.FIRST_MILE_PICKED_UP: Word("", "La spedizione è stata presa in carico|PRESA IN CARICO"),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("", "La spedizione è arrivata in Italia|IN TRANSITO"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("", "La spedizione è in dogana|IN TRANSITO"),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        "", "In attesa di sdoganamento: fattura commerciale non presente|IN TRANSITO"
    ),
    (E.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID): Word(
        "", "In attesa del pagamento degli oneri doganali|IN TRANSITO"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("", "La spedizione è stata sdoganata|IN TRANSITO"),
    E.LAST_MILE_ARRIVED_HUB: Word(
        "PCP", "La spedizione è in transito presso il Centro Operativo Postale|IN TRANSITO", E.ANY_IN_TRANSIT
    ),
    E.LAST_MILE_DEPARTED_HUB: Word("PCP", "La spedizione è in transito|IN TRANSITO", E.ANY_IN_TRANSIT),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("", "La spedizione è in consegna|IN CONSEGNA"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "", "La consegna non è andata a buon fine: destinatario assente|IN CONSEGNA"
    ),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word(
        "", "La spedizione è stata rifiutata dal destinatario|IN CONSEGNA"
    ),
    (E.LAST_MILE_HELD_DELIVERY_OFFICE, Reason.OTHER_UNKNOWN): Word("003", "La spedizione è in giacenza|IN CONSEGNA"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word(
        "", "La spedizione è disponibile per il ritiro presso l'ufficio postale|IN CONSEGNA"
    ),
    E.LAST_MILE_DELIVERED: Word("", "La spedizione è stata consegnata|CONSEGNATA"),
    E.RETURN_STARTED: Word("RRR", "La spedizione è in restituzione|IN TRANSITO"),
    E.RETURN_COMPLETED: Word("", "La spedizione è stata restituita al mittente|CONSEGNATA"),
}


def _row(told: Told) -> dict[str, Any]:
    word, city = word_of(WORDS, told), told.city
    text, _, phase = word.text.partition("|")
    return {
        "data": f"{city.local(told.at):%Y-%m-%d %H:%M:%S}", "officeDescription": f"{city.name} ({city.region})",
        "officeId": "UP", "StatusDescription": text, "synthesisStatusDescription": f"{text} {city.name}",
        "phase": phase, "status": word.code,
    }  # fmt: skip


def _answered(leg: ParcelLeg, version: int) -> bytes:
    shipment = {
        "waybillNumber": leg.number, "product": "POSTEDELIVERY INTERNATIONAL STANDARD", "NotificationFlag": "N",
        "returnFlag": "N", "tracking": [_row(told) for told in reversed(leg.known(version))],
    }  # fmt: skip
    return dump({"return": {"outcome": "OK", "code": 0, "result": "OK", "messages": [], "shipment": [shipment]}})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path == "/user/sessions":
        return _token(request, desk)
    if request.path != "/postalandlogistics/parcel/tracking" or request.method != "POST":
        return answer_json(404, {"httpCode": "404", "httpMessage": "Not Found"})
    is_known = is_sandbox(request.headers.get("poste_clientid", ""))
    if not is_known or not desk.tokens.holds(SLUG, request.headers.get("authorization", "")):
        return failure("wrong_credentials")
    try:
        (asked,) = request.json()["arg0"]["shipmentsData"]
        number = str(asked["waybillNumber"])
    except (KeyError, TypeError, ValueError):
        messages = [{"messages": ["shipmentsData non valido"]}]
        return answer_json(200, {"return": {"outcome": "KO", "code": 12, "messages": messages}})
    if (body := desk.piece(SLUG, number, _answered)) is not None:
        return Answer(200, body)
    nothing: dict[str, Any] = {"code": 207, "messages": ["tracking senza risultati"]}
    return answer_json(200, {"return": {"outcome": "OK", "code": 0, "messages": [nothing], "shipment": []}})


def _token(request: Request, desk: Desk) -> Answer:
    form = request.form()
    is_known = is_sandbox(form.get("clientId", ""), form.get("secretId", ""))
    if request.method != "POST" or form.get("grantType") != "client_credentials" or not is_known:
        return failure("wrong_credentials")
    token, lives = desk.tokens.issue(SLUG, TOKEN_S)
    return answer_json(200, {"token_type": "Bearer", "expires_in": lives, "access_token": token})


def failure(kind: str) -> Answer:
    status, text = {"wrong_credentials": (401, "Unauthorized"), "rate_limit": (429, "Too Many Requests")}.get(
        kind, (503, "Service Unavailable")
    )
    return answer_json(status, {"httpCode": str(status), "httpMessage": text})
