"""GEODIS: a hash over key, time and body; an address that is wanted; an error's wording."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import BadAnswer, NotFound, Refused
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "geodis"
NOW = datetime(2026, 3, 13, 8, 0, tzinfo=UTC)
ACCESS = Access(credentials={"login": "shop", "api_key": "k"}, now=NOW)
geodis = registry.adapter("geodis")


def read(situation: str) -> TrackingResult:
    [result] = geodis.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def test_the_header_proves_key_time_and_body() -> None:
    request = geodis.request([TrackedNumber(number='1G"é')], ACCESS)
    body = '{"noSuivi":"1G\\"é"}'
    assert (request.body or b"").decode() == body
    stamp = "1773388800000"
    proof = hashlib.sha256(f"k;shop;{stamp};fr;api/zoomclient/recherche-envoi;{body}".encode()).hexdigest()
    assert request.headers["X-GEODIS-Service"] == f"shop;{stamp};fr;{proof}"
    assert request.path == "/services/api/zoomclient/recherche-envoi"


def test_an_address_that_is_wanted_holds_the_parcel_and_the_return_follows() -> None:
    *_, held, back = read("address_wanted_then_sent_back").events
    assert (held.code, held.reason) == (E.LAST_MILE_HELD_DELIVERY_OFFICE, Reason.CONSIGNEE_WRONG_ADDRESS)
    assert back.code is E.RETURN_STARTED


def test_a_centre_s_country_stands_behind_its_name() -> None:
    first = read("delivered_in_tours").events[0]
    assert first.time.instant == datetime(2026, 3, 3, 14, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("situation", "error"), [("not_found", NotFound), ("wrong_key", Refused), ("not_one_of_its_errors", BadAnswer)]
)
def test_an_error_is_read_by_its_wording(situation: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(situation)


@pytest.mark.parametrize(
    ("code", "text", "what", "why"),
    [
        ("REN/XXX", "Destinataire absent", E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT),
        ("REN/XXX", "Refus du destinataire", E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CONSIGNEE_REFUSED),
        ("REN/XXX", "Entreprise fermée", E.LAST_MILE_ATTEMPT_FAILED_CLOSED, Reason.CONSIGNEE_CLOSED),
        ("REN/DEM", "", E.LAST_MILE_ATTEMPT_FAILED_MOVED, Reason.CONSIGNEE_MOVED),
        ("REN/AVA", "", E.LAST_MILE_ATTEMPT_FAILED_REFUSED, Reason.CARRIER_DAMAGED),
        ("XXX/XXX", "Mise à disposition en agence", E.LAST_MILE_AVAILABLE_FOR_PICKUP, None),
        ("XXX/XXX", "Retour à l'expéditeur", E.RETURN_STARTED, None),
        ("XXX/XXX", "Préparation de la livraison", E.UNKNOWN, None),
    ],
)
def test_codes_and_wordings(code: str, text: str, what: E, why: Reason | None) -> None:
    meaning = geodis.facts.meaning(code, text)
    assert (meaning.code, meaning.reason) == (what, why)
