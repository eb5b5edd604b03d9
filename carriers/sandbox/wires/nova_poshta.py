"""Nova Poshta 2.0: `POST /v2.0/json/` getStatusDocuments (100 at most), key in the body; the present status alone."""

from __future__ import annotations

from random import Random
from typing import Any

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "nova_poshta"


def express_waybill(rng: Random) -> str:
    """Fourteen digits from 2045."""
    return "2045" + digits(rng, 10)


NUMBERS = {"nova_poshta": express_waybill}
BATCH = 100
# A wording after "|" is why it was not delivered.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("1", "Відправник самостійно створив цю накладну, але ще не надав до відправки"),
    E.FIRST_MILE_PICKED_UP: Word("4", "Відправлення у місті відправника"),
    E.LAST_MILE_ARRIVED_HUB: Word("6", "Відправлення у місті отримувача"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("101", "На шляху до одержувача"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "111", "Невдала спроба доставки|Відсутній одержувач"
    ),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word("103", "Відмова одержувача"),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word("8", "Прибув на відділення (завантажено в поштомат)"),
    E.LAST_MILE_DELIVERED: Word("9", "Відправлення отримано"),
    E.LAST_MILE_DELIVERED_COD: Word("11", "Відправлення отримано. Грошовий переказ видано одержувачу"),
}


def _document(leg: ParcelLeg, version: int) -> bytes:
    known = leg.known(version)
    word, clock = word_of(WORDS, known[-1]), CITIES["kyiv"]
    text, _, why = word.text.partition("|")
    now, created = clock.local(known[-1].at), clock.local(known[0].at)
    due = "" if leg.eta is None else f"{clock.local(leg.eta):%d-%m-%Y} 12:00:00"
    return dump({
        "Number": leg.number, "StatusCode": word.code, "Status": text, "DateCreated": f"{created:%d-%m-%Y %H:%M:%S}",
        "TrackingUpdateDate": f"{now:%Y-%m-%d %H:%M:%S}", "DateScan": f"{now:%H:%M %d.%m.%Y}",
        "ScheduledDeliveryDate": due, "CitySender": leg.origin.name, "CityRecipient": leg.destination.name,
        "UndeliveryReasonsSubtypeDescription": why, "LastCreatedOnTheBasisNumber": "",
        "LastCreatedOnTheBasisDocumentType": "", "RecipientFullName": "", "PhoneRecipient": "",
    })  # fmt: skip


def _said(data: list[Any], *errors: str) -> dict[str, Any]:
    empty: dict[str, Any] = {key: [] for key in ("warnings", "info", "messageCodes", "warningCodes", "infoCodes")}
    return {"success": not errors, "data": data, "errors": list(errors), "errorCodes": [], **empty}


def handle(request: Request, desk: Desk) -> Answer:
    asked: Any = request.json()
    if request.path != "/v2.0/json/" or request.method != "POST" or not isinstance(asked, dict):
        return answer_json(404, {"error": "Not Found"})
    if not is_sandbox(str(asked.get("apiKey", ""))):
        return failure("wrong_credentials")
    if (asked.get("modelName"), asked.get("calledMethod")) != ("TrackingDocument", "getStatusDocuments"):
        return answer_json(200, _said([], "Method is not found"))
    try:
        numbers = [str(row["DocumentNumber"]) for row in asked["methodProperties"]["Documents"]]
    except (KeyError, TypeError):
        numbers = []
    if not numbers or len(numbers) > BATCH:
        return answer_json(200, _said([], "Documents array is empty or too long"))
    pieces = [desk.piece(SLUG, number, _document) or _unknown(number) for number in numbers]
    return Answer(200, b'{"success":true,"data":[' + b",".join(pieces) + b'],"errors":[],"warnings":[]}')


def _unknown(number: str) -> bytes:
    return dump({"Number": number, "StatusCode": "3", "Status": "Номер не знайдено"})


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return answer_json(200, _said([], "API key expired"))
    if kind == "rate_limit":
        return answer_json(429, _said([], "To many requests"))
    return answer_json(503, _said([], "Service temporarily unavailable"))
