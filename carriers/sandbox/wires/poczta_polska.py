"""Poczta Polska, Śledzenie: `POST /Sledzenie/services/Sledzenie`, SOAP 1.1 with WS-Security; local minutes."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, unescape

from carriers.sandbox.http import Answer, Request, is_sandbox
from carriers.sandbox.numbers import s10
from carriers.sandbox.parcels import ParcelLeg, Told
from carriers.sandbox.wire import Desk, Word, Words, word_of
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

SLUG = "poczta_polska"
NUMBERS = {"poczta_polska": s10("RR", "PL")}
PRINTS_S = 60
# A wording after "|" is the reason.
WORDS: Words = {
    E.SELLER_LABEL_CREATED: Word("P_REJ", "Rejestracja przesyłki"),
    E.FIRST_MILE_PICKED_UP: Word("P_NAD", "Nadanie"),
    E.LINEHAUL_DEPARTED_EXPORT_OFFICE: Word("P_WYOC", "Wysłanie przesyłki z kraju nadania"),
    E.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Word("P_WEPL", "Przyjęcie przesyłki w Polsce"),
    E.IMPORT_CUSTOMS_PRESENTED: Word("P_PCP", "Przyjęcie na cle - przywóz"),
    (E.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING): Word(
        "P_ZPUCPP", "Zatrzymanie przez urząd celny (poczta przychodząca)|Brak faktury"
    ),
    E.IMPORT_CUSTOMS_RELEASED: Word("P_WPUCPP", "Zwolnienie przez urząd celny (poczta przychodząca)"),
    E.LAST_MILE_ARRIVED_HUB: Word("P_PZL", "Przyjęcie z ładunkiem", E.ANY_IN_TRANSIT),
    E.LAST_MILE_DEPARTED_HUB: Word("P_WZL", "Wysłanie z ładunkiem", E.ANY_IN_TRANSIT),
    E.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Word("P_RUD", "Rejestracja w urzędzie doręczenia"),
    E.LAST_MILE_OUT_FOR_DELIVERY: Word("P_WD", "Wydanie doręczycielowi"),
    (E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT): Word("P_A", "Awizo"),
    (E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED): Word(
        "P_ND", "Nieudane doręczenie|Adresat odmówił przyjęcia"
    ),
    E.LAST_MILE_AVAILABLE_FOR_PICKUP: Word(
        "P_DKAO", "Dodanie do księgi awizacyjnej - oczekiwanie na odbiór w Urzędzie"
    ),
    E.LAST_MILE_DELIVERED: Word("P_D", "Doręczenie"),
    E.LAST_MILE_DELIVERED_COLLECTED: Word("P_OWU", "Odebranie w urzędzie"),
    E.RETURN_STARTED: Word("P_ZDUN", "Zwrot do urzędu nadania"),
    E.RETURN_COMPLETED: Word("E", "Przesyłka zwrócona do nadawcy"),
}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
)
_TAIL = "</soapenv:Body></soapenv:Envelope>"
_WRAP = (
    '<ns:sprawdzPrzesylkePlResponse xmlns:ns="http://sledzenie.pocztapolska.pl"'
    ' xmlns:ax21="http://sledzenie.pocztapolska.pl/xsd" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "<ns:return>{}</ns:return></ns:sprawdzPrzesylkePlResponse>"
)


def _tags(**texts: str) -> str:
    return "".join(f"<ax21:{tag}>{text}</ax21:{tag}>" for tag, text in texts.items())


def _event(told: Told) -> str:
    word, city = word_of(WORDS, told), told.city
    text, _, why = word.text.partition("|")
    is_home = city.country == "PL"
    detail = _tags(daneSzczegolowe=_tags(miejscowosc=escape(city.name))) if is_home else ""
    unit = detail + _tags(nazwa=escape(f"UP {city.name}" if is_home else city.country_name))
    cause = _tags(przyczyna=_tags(kod="1", nazwa=escape(why))) if why else '<ax21:przyczyna xsi:nil="true"/>'
    when = f"{city.local(told.at):%Y-%m-%d %H:%M}"
    row = _tags(czas=when, jednostka=unit, kod=word.code, konczace="false", nazwa=escape(text)) + cause
    return _tags(zdarzenie=row)


def _shipment(leg: ParcelLeg, version: int) -> bytes:
    rows = "".join(_event(told) for told in leg.known(version))
    data = _tags(
        kodKrajuNadania=leg.origin.country, kodKrajuPrzezn=leg.destination.country, numer=leg.number,
        rodzPrzes="Przesyłka listowa polecona", zakonczonoObsluge="false", zdarzenia=rows,
    )  # fmt: skip
    return _returned(_tags(danePrzesylki=data, numer=leg.number, status="0"))


def _returned(inner: str) -> bytes:
    return (_HEAD + _WRAP.format(inner) + _TAIL).encode()


def _xml(status: int, body: bytes) -> Answer:
    return Answer(status, body, "text/xml; charset=utf-8")


def _fault(status: int, code: str, text: str) -> Answer:
    fault = f"<soapenv:Fault><faultcode>{code}</faultcode><faultstring>{text}</faultstring></soapenv:Fault>"
    return _xml(status, (_HEAD + fault + _TAIL).encode())


def _between(text: str, tag: str) -> str:
    found = re.search(rf"<(?:\w+:)?{tag}(?: [^>]*)?>([^<]*)<", text)
    return unescape(found[1]) if found else ""


def handle(request: Request, desk: Desk) -> Answer:
    if request.path != "/Sledzenie/services/Sledzenie" or request.method != "POST":
        return _fault(404, "soapenv:Client", "Not found")
    text = request.body.decode("utf-8", "replace")
    if not is_sandbox(_between(text, "Username"), _between(text, "Password")):
        return failure("wrong_credentials")
    number = _between(text, "numer")
    if (body := desk.piece(SLUG, number, _shipment)) is not None:
        return _xml(200, body)
    return _xml(200, _returned('<ax21:danePrzesylki xsi:nil="true"/>' + _tags(numer=escape(number), status="-2")))


def failure(kind: str) -> Answer:
    if kind == "wrong_credentials":
        text = "The security token could not be authenticated or authorized"
        return _fault(401, "wsse:FailedAuthentication", text)
    return _fault(429 if kind == "rate_limit" else 503, "soapenv:Server", "Service unavailable")
