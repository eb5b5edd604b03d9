"""GLS: ten numbers a call, failures told per number, a shop that is no delivery."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.errors import NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "gls"
ACCESS = Access(credentials={"client_id": "id", "client_secret": "s"}, now=datetime(2026, 3, 13, tzinfo=UTC))
gls = registry.adapter("gls")


def read(situation: str) -> list[TrackingResult]:
    return gls.read((PAYLOADS / f"{situation}.json").read_bytes())


def test_the_numbers_stand_in_the_path_and_the_answer_is_asked_for_in_english() -> None:
    request = gls.request([TrackedNumber(number="48151623420"), TrackedNumber(number="A/../B")], ACCESS)
    assert request.path == "/track-and-trace-v1/tracking/simple/trackids/48151623420,A%2F..%2FB"
    assert request.headers["Accept-Language"] == "EN"


def test_a_parcel_in_a_shop_waits_and_is_not_delivered() -> None:
    [result] = read("parcel_shop")
    codes = [event.code for event in result.events]
    assert EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP in codes
    assert EventCode.LAST_MILE_DELIVERED not in codes


def test_an_unknown_number_fails_alone() -> None:
    [result] = read("unknown_parcel")
    assert isinstance(result.failure, NotFound)


def test_a_batch_is_split_into_what_each_number_was_told() -> None:
    body = (PAYLOADS / "batch.json").read_bytes()
    numbers = [str(parcel["requested"]) for parcel in json.loads(body)["parcels"]]
    asked = [TrackedNumber(number=number) for number in [*numbers, "48151600000"]]
    read_each = gls.read_each(Answer(status=200, headers={}, body=body), asked)
    assert [result.number for result, _ in read_each] == [*numbers, "48151600000"]
    for (result, piece), whole in zip(read_each, gls.read(body), strict=False):
        assert result.events == whole.events
        assert len(json.loads(piece)["parcels"]) == 1
    assert isinstance(read_each[-1][0].failure, NotFound)


@pytest.mark.parametrize(("situation", "error"), [("token_expired", Refused), ("quota", TryLater)])
def test_the_gateway_speaks_before_the_service(situation: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        read(situation)


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        (
            "The parcel could not be delivered as the consignee was absent.",
            EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT,
            Reason.CONSIGNEE_ABSENT,
        ),
        ("Empfänger nicht angetroffen", EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT),
        ("Ontvanger niet thuis", EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT, Reason.CONSIGNEE_ABSENT),
        (
            "The parcel could not be delivered as the reception was refused.",
            EventCode.LAST_MILE_ATTEMPT_FAILED_REFUSED,
            Reason.CONSIGNEE_REFUSED,
        ),
        ("The parcel was returned to the shipper.", EventCode.RETURN_COMPLETED, None),
        ("The parcel will be returned to the shipper.", EventCode.RETURN_STARTED, None),
        ("Zurück an Versender zugestellt", EventCode.RETURN_COMPLETED, None),
        ("The parcel was delivered to the neighbour.", EventCode.LAST_MILE_DELIVERED_NEIGHBOUR, None),
        ("Ligt klaar in de GLS ParcelShop", EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP, None),
    ],
)
def test_an_unlisted_code_is_read_by_its_wording(text: str, code: EventCode, reason: Reason | None) -> None:
    meaning = gls.facts.meaning("NOTDEL.X99", text)
    assert (meaning.code, meaning.reason) == (code, reason)
