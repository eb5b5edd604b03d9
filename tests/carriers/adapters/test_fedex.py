"""FedEx: thirty numbers a call, a number that was given out twice, customs both ways, and the post at the end."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.errors import CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "fedex"
ACCESS = Access(credentials={"client_id": "id", "client_secret": "s"}, now=datetime(2026, 6, 11, tzinfo=UTC))
fedex = registry.adapter("fedex")


def read(situation: str) -> list[TrackingResult]:
    return fedex.read((PAYLOADS / f"{situation}.json").read_bytes())


def read_batch(situation: str, *numbers: str, status: int = 200) -> list[tuple[TrackingResult, bytes]]:
    answer = Answer(status=status, headers={}, body=(PAYLOADS / f"{situation}.json").read_bytes())
    return fedex.read_each(answer, [TrackedNumber(number=number) for number in numbers])


def test_numbers_go_into_the_body_with_all_their_scans_asked_for() -> None:
    request = fedex.request([TrackedNumber(number="618033957482"), TrackedNumber(number="772453850904")], ACCESS)
    assert (request.method, request.path) == ("POST", "/track/v1/trackingnumbers")
    assert request.headers == {"Content-Type": "application/json", "X-locale": "en_US"}
    assert json.loads(request.body or b"") == {
        "includeDetailedScans": True,
        "trackingInfo": [
            {"trackingNumberInfo": {"trackingNumber": "618033957482"}},
            {"trackingNumberInfo": {"trackingNumber": "772453850904"}},
        ],
    }
    assert fedex.facts.api is not None
    assert fedex.facts.api.batch == 30


def test_the_token_is_asked_for_with_a_form() -> None:
    assert fedex.auth is not None
    ask = fedex.auth.token_request(ACCESS.credentials)
    assert ask.path == "/oauth/token"
    assert ask.body == b"grant_type=client_credentials&client_id=id&client_secret=s"


def test_each_number_of_a_batch_has_its_own_result_and_raw_answer() -> None:
    read_back = read_batch("two_numbers_one_unknown", "071044815162346", "561149302817643", "618033957482")
    [(known, raw), (unknown, _), (left_out, nothing)] = read_back
    assert known.events[0].reason is Reason.CONSIGNEE_ABSENT
    assert fedex.read(raw) == [known]
    assert isinstance(unknown.failure, NotFound)
    assert isinstance(left_out.failure, NotFound)
    assert nothing == b""


def test_an_error_for_the_whole_batch_is_raised() -> None:
    with pytest.raises(Refused):
        read_batch("not_authorised", "071044815162346", "561149302817643", status=401)


@pytest.mark.parametrize(("situation", "error"), [("not_authorised", Refused), ("not_now", TryLater)])
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)


def test_customs_are_told_apart_by_their_side() -> None:
    [result] = read("shenzhen_to_leipzig_delayed_in_clearance")
    customs = [(event.code, event.reason) for event in result.events if event.raw_code in ("CC", "CD", "CP")]
    assert customs == [
        (EventCode.EXPORT_CUSTOMS_RELEASED, None),
        (EventCode.IMPORT_CUSTOMS_PRESENTED, None),
        (EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING),
        (EventCode.IMPORT_CUSTOMS_RELEASED, None),
    ]


def test_an_exceptions_code_and_words_are_kept() -> None:
    [result] = read("shenzhen_to_leipzig_delayed_in_clearance")
    delay = next(event for event in result.events if event.raw_code == "CD")
    assert delay.details["exception"] == "67"
    assert delay.raw_text.startswith("Clearance delay - Import: Commercial Invoice missing")


def test_a_number_given_out_again_is_the_newest_parcels() -> None:
    newest, former = read("number_given_out_again")
    assert [event.code for event in newest.events] == [EventCode.FIRST_MILE_PICKED_UP, EventCode.UNKNOWN]
    assert former.events[0].code is EventCode.LAST_MILE_DELIVERED
    assert newest.events[0].details["parcel"] != former.events[0].details["parcel"]


def test_two_lists_of_the_same_days_are_one_parcels() -> None:
    answer = json.loads((PAYLOADS / "number_given_out_again.json").read_text(encoding="utf-8"))
    former = answer["output"]["completeTrackResults"][0]["trackResults"][0]
    former["scanEvents"][0]["date"] = "2026-10-02T08:00:00-04:00"
    [result] = fedex.read(json.dumps(answer).encode())
    assert [event.raw_code for event in result.events] == ["PU", "DL", "ZZ"]
    assert [event.sequence for event in result.events] == [0, 1, 2]


def test_the_post_carries_on_under_the_number_that_fedex_tells() -> None:
    [result] = read("economy_parcel_goes_on_with_the_post")
    assert result.next_leg is not None
    assert (result.next_leg.carrier, result.next_leg.number) == ("usps", "9261299999100481516238")


def test_the_estimate_is_the_window_and_none_outlives_the_delivery() -> None:
    [result] = read("economy_parcel_goes_on_with_the_post")
    assert result.estimated_delivery is not None
    assert result.estimated_delivery.earliest.isoformat() == "2026-02-21"
    assert result.estimated_delivery.latest.isoformat() == "2026-02-22"
    [delivered] = read("shenzhen_to_leipzig_delayed_in_clearance")
    assert delivered.estimated_delivery is None
