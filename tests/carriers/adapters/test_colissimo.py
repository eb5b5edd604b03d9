"""Colissimo: a contract in the body, six letters of code, customs' reasons, a partner abroad."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import AccountRefused, BadAnswer, CarrierError, NotFound, TryLater
from carriers.events import TrackedNumber, TrackingResult

PAYLOADS = Path(__file__).parents[2] / "payloads" / "colissimo"
ACCESS = Access(
    credentials={"contract_number": "481516", "password": "pass"}, now=datetime(2026, 6, 5, tzinfo=UTC)
)  # fmt: skip
colissimo = registry.adapter("colissimo")


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def read(name: str) -> TrackingResult:
    [result] = colissimo.read(json.dumps(payload(name)).encode())
    return result


def test_contract_and_parcel_stand_in_the_body() -> None:
    request = colissimo.request([TrackedNumber(number="6A48213057719")], ACCESS)
    assert (request.method, request.path) == ("POST", "/tracking-timeline-ws/rest/tracking/timelineCompany")
    assert json.loads(request.body or b"") == {
        "login": "481516", "password": "pass", "parcelNumber": "6A48213057719", "lang": "fr_FR",
    }  # fmt: skip


def test_a_partner_abroad_is_the_next_leg() -> None:
    leg = read("abroad_with_a_partner_and_held_by_customs").next_leg
    assert leg is not None
    assert (leg.number, registry.slug_of(leg.carrier_name)) == ("777481516230", "fedex")


def test_the_parcels_own_number_is_no_next_leg() -> None:
    answer = payload("abroad_with_a_partner_and_held_by_customs")
    answer["parcel"]["infoInter"]["partnerReference"] = answer["parcel"]["parcelNumber"]
    [result] = colissimo.read(json.dumps(answer).encode())
    assert result.next_leg is None


def test_customs_says_what_it_waits_for_and_who_must_bring_it() -> None:
    events = read("abroad_with_a_partner_and_held_by_customs").events
    assert [(event.reason, event.reason.action_by) for event in events if event.reason] == [
        ("customs.recipient_id_required", "buyer"), ("customs.invoice_missing", "merchant"),
    ]  # fmt: skip


def test_handed_in_at_a_post_office_is_the_posting_and_no_delivery() -> None:
    posted = read("absent_then_left_with_the_caretaker").events[1]
    assert (posted.raw_code, posted.code) == ("DEPGUI", "first_mile.picked_up")


def test_the_round_is_prepared_before_it_begins() -> None:
    assert colissimo.facts.meaning("MLVCFM").code == "last_mile.out_for_delivery"
    preparing = colissimo.facts.meaning("MLVCFM", "Votre colis est en préparation pour la livraison.")
    assert preparing.code == "last_mile.arrived_delivery_office"


def test_an_answer_reads_the_same_whichever_way_it_runs() -> None:
    answer = payload("absent_then_left_with_the_caretaker")
    answer["parcel"]["event"].reverse()
    [result] = colissimo.read(json.dumps(answer).encode())
    assert result == read("absent_then_left_with_the_caretaker")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("unknown_parcel", NotFound),
        ("wrong_password", AccountRefused),
        ("system_error", TryLater),
        ("unknown_error", BadAnswer),
    ],
)
def test_an_error_is_named_for_what_to_do(name: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(name)


def test_la_poste_reaches_colissimo_and_chronopost() -> None:
    api = registry.sheet("laposte").api
    assert api is not None
    assert set(api.reaches) == {"colissimo", "chronopost"}
