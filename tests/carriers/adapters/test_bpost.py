"""bpost: XML with namespaces, words before codes, and a delivery that is the sender's."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.errors import BadAnswer, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingResult

PAYLOADS = Path(__file__).parents[2] / "payloads" / "bpost"
ACCESS = Access(credentials={"account_id": "481516", "passphrase": "pass"}, now=datetime(2026, 6, 5, tzinfo=UTC))
ASKED = TrackedNumber(number="323200481516234200481516")
bpost = registry.adapter("bpost")


def read(situation: str) -> TrackingResult:
    [result] = bpost.read((PAYLOADS / f"{situation}.xml").read_bytes())
    return result


def test_an_item_is_asked_for_with_account_and_passphrase() -> None:
    request = bpost.request([ASKED], ACCESS)
    path = "/services/trackedmail/item/323200481516234200481516/trackingInfo"
    assert (request.method, request.path) == ("GET", path)
    assert request.headers["Authorization"] == "Basic " + base64.b64encode(b"481516:pass").decode()


def test_what_goes_back_to_the_sender_is_not_delivered() -> None:
    assert [event.code for event in read("back_to_the_sender_is_no_delivery").events[-2:]] == [
        "return.started", "return.completed",
    ]  # fmt: skip


def test_words_say_what_a_code_of_a_group_does_not() -> None:
    codes = [event.code for event in read("customs_then_a_pickup_point").events]
    assert codes[1:4] == ["import_customs.presented", "import_customs.payment_required", "import_customs.released"]
    assert bpost.facts.meaning("I18").code == "any.delayed"


def test_a_window_is_the_estimate_while_it_waits() -> None:
    due = read("customs_then_a_pickup_point").estimated_delivery
    assert due is not None
    assert due.earliest.isoformat() == "2026-03-31"


def test_the_addressee_is_kept_nowhere() -> None:
    assert "SOMEBODY" not in repr(read("customs_then_a_pickup_point"))


@pytest.mark.parametrize(
    ("situation", "error"),
    [("unknown_item", NotFound), ("system_error", TryLater), ("order_is_not_this_api", BadAnswer)],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)


def test_a_page_instead_of_xml_is_what_its_http_status_says() -> None:
    answer = Answer(status=401, headers={}, body=b"<html><body>Error report</body>")
    with pytest.raises(Refused):
        bpost.read_each(answer, [ASKED])
