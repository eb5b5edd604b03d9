"""Hermes Germany: a password grant, absences counted by code, the partner abroad."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.errors import NotFound, Refused
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "hermes_de"
SECRETS = {"client_id": "id", "client_secret": "s", "username": "u&v", "password": "p"}
ACCESS = Access(credentials=SECRETS, now=datetime(2026, 3, 13, tzinfo=UTC))
hermes = registry.adapter("hermes_de")


def read(situation: str) -> list[TrackingResult]:
    return hermes.read((PAYLOADS / f"{situation}.json").read_bytes())


def test_several_numbers_stand_in_the_query_each_under_the_same_name() -> None:
    request = hermes.request([TrackedNumber(number="H1000481516234200481"), TrackedNumber(number="A&b")], ACCESS)
    assert request.path == "/services/hsi/shipmentinfo?shipmentID=H1000481516234200481&shipmentID=A%26b"


def test_a_token_is_asked_for_with_user_and_password() -> None:
    assert hermes.auth is not None
    form = parse_qs(hermes.auth.token_request(SECRETS).body.decode())
    assert form == {"grant_type": ["password"]} | {name: [value] for name, value in SECRETS.items()}


def test_the_partner_abroad_is_the_next_leg_and_an_unknown_number_fails_alone() -> None:
    known, unknown = read("on_to_a_partner_abroad_and_one_unknown")
    assert known.next_leg is not None
    assert known.next_leg.number == "48151623420048151623"
    assert isinstance(unknown.failure, NotFound)


def test_without_a_hand_over_the_number_abroad_is_no_next_leg() -> None:
    body = (PAYLOADS / "on_to_a_partner_abroad_and_one_unknown.json").read_text().replace('"1810"', '"1510"')
    assert hermes.read(body.encode())[0].next_leg is None


def test_a_token_that_no_longer_holds_is_refused() -> None:
    with pytest.raises(Refused):
        read("token_is_not_valid")


@pytest.mark.parametrize(
    ("code", "text", "what", "why"),
    [
        ("3731", "", E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT),
        ("3734", "", E.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT),
        ("3720", "", E.LAST_MILE_ATTEMPT_FAILED_ADDRESS, Reason.CONSIGNEE_WRONG_ADDRESS),
        ("3784", "", E.LAST_MILE_ATTEMPT_FAILED_SECURITY, Reason.CONSIGNEE_VERIFICATION_FAILED),
        ("3410", "", E.LAST_MILE_AVAILABLE_FOR_PICKUP, None),
        ("3530", "", E.LAST_MILE_DELIVERED_COLLECTED, None),
        ("3500", "Die Sendung wurde bei einem Nachbarn abgegeben.", E.LAST_MILE_DELIVERED_NEIGHBOUR, None),
        ("6081", "Rücksendung an den Auftraggeber: Annahme verweigert.", E.RETURN_STARTED, None),
        ("7500", "", E.RETURN_COMPLETED, None),
        ("9999", "Etwas ganz anderes", E.UNKNOWN, None),
    ],
)
def test_codes_and_wordings(code: str, text: str, what: E, why: Reason | None) -> None:
    meaning = hermes.facts.meaning(code, text)
    assert (meaning.code, meaning.reason) == (what, why)


def test_a_batch_is_split_by_number_and_what_is_left_out_is_not_found() -> None:
    numbers = ["H1000481516234200481", "H1000481516234200482", "H1000481516234200483"]
    body = (PAYLOADS / "on_to_a_partner_abroad_and_one_unknown.json").read_bytes()
    asked = [TrackedNumber(number=number) for number in numbers]
    told = hermes.read_each(Answer(status=200, headers={}, body=body), asked)
    assert [result.number for result, _ in told] == numbers
    assert [type(result.failure) for result, _ in told] == [type(None), NotFound, NotFound]
