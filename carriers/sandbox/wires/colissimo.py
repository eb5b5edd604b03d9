"""Colissimo: `POST /tracking-timeline-ws/rest/tracking/timelineCompany`, contract in the body; French clock, words."""

from __future__ import annotations

from random import Random
from typing import Any

from carriers.sandbox.cities import CITIES
from carriers.sandbox.http import Answer, Request, answer_json, dump, is_sandbox
from carriers.sandbox.numbers import digits
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "colissimo"


def _barcode(rng: Random) -> str:
    return f"6A{digits(rng, 11)}"


NUMBERS = {"colissimo": _barcode}
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("PCHMQT", "Votre colis est prêt à être expédié."),
    E.FIRST_MILE_PICKED_UP: Word("PCHCFM", "Votre colis est pris en charge par La Poste."),
    E.LINEHAUL_DEPARTED_EXPORT_OFFICE: Word("EXPCFM", "Votre colis a quitté le pays d'origine."),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("CHGCFM", "Votre colis est arrivé en France."),
    E.IMPORT_CUSTOMS_HELD: Word("DOUDOU", "Votre colis est retenu en douane pour dédouanement."),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        "DOUFCM", "Facture manquante, votre colis est retenu en douane."
    ),
    E.IMPORT_CUSTOMS_DEPARTED_IMPORT_OFFICE: Word("DCHDDT", "Votre colis est sorti du bureau d'échange."),
    E.LAST_MILE_ARRIVED_HUB: Word("TRACFM", "Colis en transit dans un site postal.", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("AARCFM", "Votre colis est arrivé sur son site de distribution."),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("MLVCFM", "Votre colis est en cours de livraison."),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word(
        "RENNRV", "Votre colis n'a pas pu être livré car le destinataire était absent."
    ),
    E.LAST_MILE_DELIVERED: Word("LIVCFM", "Votre colis est livré."),
    E.LAST_MILE_DELIVERED_NEIGHBOUR: Word("LIVGAR", "Votre colis a été livré au gardien."),
}


def _event(told: Told) -> dict[str, Any]:
    word = word_of(WORDS, told)
    return {
        "date": CITIES["paris"].local(told.at).replace(tzinfo=None).isoformat(timespec="milliseconds"),
        "code": word.code, "labelLong": word.text, "siteCode": "480516", "siteName": told.city.name.upper(),
        "siteZipCode": told.city.postal if told.city.country == "FR" else "",
    }  # fmt: skip


def _parcel(leg: ParcelLeg, version: int) -> bytes:
    parcel: dict[str, Any] = {
        "parcelNumber": leg.number, "parcelNumberAVPI": "", "contractNumber": "481516",
        "consigneeInformation": {"name": "X", "address": {"countryCodeISO": leg.destination.country}},
        "removalPoint": None, "service": {"deliveryChoice": False}, "step": [],
        "event": [_event(told) for told in leg.known(version)],
    }  # fmt: skip
    following = leg.told_next(version)
    if following is not None:
        name = {"fedex": "Fedex"}.get(following.carrier, following.carrier)
        parcel["infoInter"] = {"partnerName": name, "partnerNetwork": "", "partnerReference": following.number}
    return dump({"lang": "fr_FR", "status": [{"code": "0", "message": "OK"}], "parcel": parcel})


def _status(code: str, message: str, http: int = 200) -> Answer:
    return answer_json(http, {"lang": "fr_FR", "status": [{"code": code, "message": message}], "parcel": None})


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/tracking-timeline-ws/rest/tracking/timelineCompany" or request.method != "POST":
        return Answer(404, b"", "text/html")
    asked = request.form()
    if not is_sandbox(asked.get("login", ""), asked.get("password", "")):
        return failure("wrong_credentials")
    body = desk.piece(SLUG, asked.get("parcelNumber", ""), _parcel)
    return _status("105", "Numéro de colis inconnu") if body is None else Answer(200, body)


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        return _status("201", "Identifiant / mot de passe invalide")
    return _status("1000", "Erreur système (erreur technique)", 429 if kind == "rate_limit" else 503)
