"""USPS v3: local times that look like UTC, an hourly quota, and customs that are told by wording alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from carriers import registry
from carriers.base import Access, Answer
from carriers.errors import CarrierError, NotFound, Refused, TryLater
from carriers.events import TimeSource, TrackedNumber, TrackingResult
from carriers.facts import Limit, Per
from carriers.vocabulary import EventCode

PAYLOADS = Path(__file__).parents[2] / "payloads" / "usps"
ACCESS = Access(credentials={"client_id": "id", "client_secret": "s"}, now=datetime(2026, 1, 17, tzinfo=UTC))
usps = registry.adapter("usps")


def read(situation: str) -> TrackingResult:
    [result] = usps.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def test_the_number_is_asked_for_in_the_path_with_its_details() -> None:
    request = usps.request([TrackedNumber(number="9400111199005551234565")], ACCESS)
    assert (request.method, request.path) == ("GET", "/tracking/v3/tracking/9400111199005551234565")
    assert request.query == {"expand": "DETAIL"}


def test_the_token_is_asked_for_with_json() -> None:
    assert usps.auth is not None
    ask = usps.auth.token_request(ACCESS.credentials)
    assert ask.path == "/oauth2/v3/token"
    assert json.loads(ask.body) == {"grant_type": "client_credentials", "client_id": "id", "client_secret": "s"}


def test_the_quota_is_sixty_calls_an_hour() -> None:
    assert usps.facts.api is not None
    assert usps.facts.api.limits == (Limit(calls=60, per=Per.HOUR),)


def test_a_z_behind_the_local_time_is_not_utc() -> None:
    delivered = read("letter_from_shenzhen_to_los_angeles").events[-1]
    assert delivered.time.local == datetime(2026, 1, 16, 12, 41)  # noqa: DTZ001  local, as USPS prints it
    assert delivered.time.source is TimeSource.PLACE
    assert delivered.time.instant == datetime(2026, 1, 16, 20, 41, tzinfo=UTC)


def test_the_offset_that_usps_gives_beside_it_is_trusted() -> None:
    labelled = read("parcel_in_a_locker").events[0]
    assert (labelled.time.source, labelled.time.offset_min) == (TimeSource.CARRIER_OFFSET, -240)


def test_a_time_of_day_alone_is_completed_from_gmt_or_left_without_an_instant() -> None:
    _, _, without, completed, _ = read("parcel_in_a_locker").events
    assert completed.time.local == datetime(2026, 5, 5, 6, 16, 41)  # noqa: DTZ001
    assert (without.time.instant, without.time.raw) == (None, "03:00:00")


def test_customs_are_read_from_the_wording() -> None:
    codes = [event.code for event in read("letter_from_shenzhen_to_los_angeles").events]
    assert codes[:4] == [
        EventCode.FIRST_MILE_PICKED_UP,
        EventCode.ANY_IN_TRANSIT,
        EventCode.IMPORT_CUSTOMS_PRESENTED,
        EventCode.IMPORT_CUSTOMS_RELEASED,
    ]


def test_an_international_service_centre_is_in_the_united_states_and_a_foreign_scan_is_not() -> None:
    places = [event.place for event in read("letter_from_shenzhen_to_los_angeles").events]
    assert [place and place.country for place in places[:3]] == ["CN", "CN", "US"]


def test_a_label_is_no_pick_up() -> None:
    assert read("parcel_in_a_locker").events[0].code is EventCode.SELLER_LABEL_CREATED


def test_delivered_to_the_original_sender_is_a_return() -> None:
    assert usps.facts.meaning("01", "Delivered, To Original Sender").code is EventCode.RETURN_COMPLETED


def test_the_service_is_without_its_superscript() -> None:
    assert read("parcel_in_a_locker").service == "USPS Ground Advantage"


@pytest.mark.parametrize(
    ("situation", "error"),
    [("not_available_yet", NotFound), ("wrong_secret", Refused), ("quota_used_up", TryLater)],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)


def test_an_error_without_a_known_code_is_read_by_the_http_status() -> None:
    body = b'{"apiVersion": "v3", "error": {"code": "X1", "message": "Hm", "errors": []}}'
    with pytest.raises(TryLater):
        usps.read_each(Answer(status=503, headers={}, body=body), [TrackedNumber(number="9400111199005551234565")])
