"""Royal Mail: the customs reasons behind its one sentence, and the post abroad under the same number."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access
from carriers.errors import CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import ActionBy, EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "royalmail"
ACCESS = Access(credentials={"client_id": "id", "client_secret": "s"}, now=datetime(2026, 3, 13, tzinfo=UTC))
royalmail = registry.adapter("royalmail")


def read(situation: str) -> TrackingResult:
    [result] = royalmail.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def test_the_item_is_asked_for_with_the_id_the_secret_and_the_accepted_terms() -> None:
    request = royalmail.request([TrackedNumber(number="CX304815168GB")], ACCESS)
    assert (request.method, request.path) == ("GET", "/mailpieces/v2/CX304815168GB/events")
    assert request.headers == {
        "Accept": "application/json",
        "X-Accept-RMG-Terms": "yes",
        "X-IBM-Client-Id": "id",
        "X-IBM-Client-Secret": "s",
    }


def test_a_number_cannot_leave_its_place_in_the_path() -> None:
    assert royalmail.request([TrackedNumber(number="A/../B?c")], ACCESS).path == "/mailpieces/v2/A%2F..%2FB%3Fc/events"


@pytest.mark.parametrize(
    ("code", "reason", "action_by"),
    [
        ("EVJAP", Reason.CUSTOMS_AWAITING_PRESENTATION, ActionBy.BROKER),
        ("EVJCC", Reason.CUSTOMS_CANNOT_CONTACT, ActionBy.BUYER),
        ("EVJCD", Reason.CUSTOMS_DECLARATION_MISSING, ActionBy.MERCHANT),
        ("EVJML", Reason.CUSTOMS_IMPORT_LICENCE_MISSING, ActionBy.BUYER),
        ("EVJPA", Reason.CUSTOMS_PROHIBITED, ActionBy.MERCHANT),
        ("EVJDP", Reason.CUSTOMS_DUTIES_UNPAID, ActionBy.BUYER),
    ],
)
def test_a_hold_says_why_and_who_acts_though_the_public_text_is_one_sentence(
    code: str, reason: Reason, action_by: ActionBy
) -> None:
    meaning = royalmail.facts.meaning(code, "This item is still being assessed by customs")
    assert meaning.reason is reason
    assert reason.action_by is action_by


def test_another_post_is_the_next_leg_under_the_same_number() -> None:
    leg = read("parcel_to_berlin_held_by_customs").next_leg
    assert leg is not None
    assert (leg.number, leg.carrier_name, leg.carrier) == ("CX304815168GB", "Deutsche Post DHL", None)


def test_royal_mail_itself_is_no_next_leg() -> None:
    assert read("left_with_a_neighbour").next_leg is None


def test_a_scan_abroad_is_not_put_into_britain() -> None:
    held = read("parcel_to_berlin_held_by_customs").events[-1]
    assert held.place is not None
    assert held.place.country == "DE"
    assert held.time.offset_min == 60


def test_a_summary_alone_gives_its_last_event() -> None:
    [event] = read("summary_without_events").events
    assert event.code is EventCode.LAST_MILE_DELIVERED_SIGNED


def test_ready_at_the_collection_point_is_not_delivered() -> None:
    assert royalmail.facts.meaning("EVKLC").code is EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP


def test_the_recipient_who_signed_is_kept_nowhere() -> None:
    assert "Okafor" not in repr(read("left_with_a_neighbour"))


@pytest.mark.parametrize(
    ("situation", "error"),
    [("unknown_number", NotFound), ("no_permission", Refused), ("too_many_calls", TryLater)],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)
