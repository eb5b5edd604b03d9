"""UPS: the call, the token, codes and wording, and Track Alert."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.adapters.ups import Ups
from carriers.base import Access, Answer, Callback, PushMessage
from carriers.errors import BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimePrecision, TimeSource, TrackedNumber, TrackingResult
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "ups"
ACCESS = Access(credentials={"client_id": "id", "client_secret": "s"}, now=datetime(2026, 5, 15, 9, tzinfo=UTC))
ASKED = TrackedNumber(number="1Z7TL4530419026173")
ups = Ups(registry.sheet("ups"))


def read(situation: str) -> TrackingResult:
    [result] = ups.read((PAYLOADS / f"{situation}.json").read_bytes())
    return result


def activity(**status: str) -> dict[str, Any]:
    row = {"date": "20260514", "time": "101500", "gmtOffset": "-05:00", "status": status}
    return {"trackResponse": {"shipment": [{"package": [{"trackingNumber": "1Z", "activity": [row]}]}]}}


def code_of(**status: str) -> EventCode:
    [result] = ups.read(json.dumps(activity(**status)).encode())
    return result.events[0].code


def test_the_number_is_asked_for_in_the_path_with_the_two_headers_that_ups_wants() -> None:
    request = ups.request([ASKED], ACCESS)
    assert (request.method, request.path) == ("GET", "/api/track/v1/details/1Z7TL4530419026173")
    assert request.query == {"locale": "en_US"}
    assert request.headers["transactionSrc"] == "throughline"
    assert len(request.headers["transId"]) == 32


def test_two_calls_have_two_transaction_ids() -> None:
    later = Access(credentials=ACCESS.credentials, now=datetime(2026, 5, 15, 10, tzinfo=UTC))
    assert ups.request([ASKED], ACCESS).headers["transId"] != ups.request([ASKED], later).headers["transId"]


def test_the_token_is_asked_for_with_basic_authentication() -> None:
    assert ups.auth is not None
    ask = ups.auth.token_request(ACCESS.credentials)
    assert ask.path == "/security/v1/oauth/token"
    assert ask.headers["Authorization"] == "Basic " + base64.b64encode(b"id:s").decode()
    assert ask.body == b"grant_type=client_credentials"


def test_events_run_from_the_oldest_and_keep_the_offset_of_their_place() -> None:
    events = read("cologne_to_austin_through_customs").events
    assert [event.sequence for event in events] == list(range(12))
    assert (events[0].code, events[-1].code) == (EventCode.SELLER_LABEL_CREATED, EventCode.LAST_MILE_DELIVERED)
    assert (events[0].time.offset_min, events[-1].time.offset_min) == (120, -300)


def test_a_missing_invoice_is_told_by_the_wording_of_an_exception() -> None:
    held = read("cologne_to_austin_through_customs").events[6]
    assert (held.code, held.reason) == (EventCode.IMPORT_CUSTOMS_DOCUMENTS_REQUIRED, Reason.CUSTOMS_INVOICE_MISSING)


def test_an_exception_of_unknown_wording_stays_unknown() -> None:
    assert code_of(type="X", code="Z9", description="A wording of next year") is EventCode.UNKNOWN


def test_type_d_alone_is_no_delivery() -> None:
    assert (
        code_of(type="D", code="Z9", description="Loaded on Delivery Vehicle") is EventCode.LAST_MILE_OUT_FOR_DELIVERY
    )
    assert code_of(type="D", code="Z9", description="A wording of next year") is EventCode.UNKNOWN


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ({"type": "M", "code": "Z9"}, EventCode.SELLER_LABEL_CREATED),
        ({"type": "MV", "code": "Z9"}, EventCode.SELLER_CANCELLED),
        ({"type": "P", "code": "Z9"}, EventCode.FIRST_MILE_PICKED_UP),
        ({"type": "I", "code": "Z9"}, EventCode.UNKNOWN),
        ({"type": "I", "code": "Z9", "statusCode": "012"}, EventCode.IMPORT_CUSTOMS_PRESENTED),
        ({"type": "D", "code": "9E", "statusCode": "011"}, EventCode.LAST_MILE_DELIVERED),
        ({"type": "X", "code": "OT", "statusCode": "013"}, EventCode.LAST_MILE_OUT_FOR_DELIVERY),
    ],
)
def test_the_two_letters_come_first_then_the_three_digits_then_the_type(
    status: dict[str, str], code: EventCode
) -> None:
    assert code_of(**status) is code


def test_without_gmt_the_place_gives_the_offset_and_without_a_time_the_event_is_a_days() -> None:
    announced, tendered, transferred = read("mail_innovations_goes_on_with_the_post").events
    assert transferred.time.source is TimeSource.PLACE
    assert tendered.time.precision is TimePrecision.DAY
    assert announced.time.source is TimeSource.UNKNOWN
    assert announced.time.instant is None


def test_a_number_of_the_post_is_the_next_leg() -> None:
    leg = read("mail_innovations_goes_on_with_the_post").next_leg
    assert leg is not None
    assert (leg.carrier, leg.number) == ("usps", "92748909901425000180048129")


def test_a_rescheduled_delivery_replaces_the_first_estimate_and_none_outlives_the_delivery() -> None:
    estimate = read("mail_innovations_goes_on_with_the_post").estimated_delivery
    assert estimate is not None
    assert estimate.latest.isoformat() == "2026-03-11"
    assert read("cologne_to_austin_through_customs").estimated_delivery is None


@pytest.mark.parametrize(
    ("situation", "error"),
    [("unknown_number", NotFound), ("wrong_credentials", Refused), ("too_many_calls", TryLater)],
)
def test_an_error_is_named_for_what_to_do(situation: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        read(situation)


def test_an_error_code_that_is_not_known_is_read_by_the_http_status() -> None:
    answer = Answer(status=404, headers={}, body=(PAYLOADS / "out_of_the_ordinary_error.json").read_bytes())
    with pytest.raises(NotFound):
        ups.read_each(answer, [ASKED])


def push(credential: str | None, ours: str = "our-secret") -> PushMessage:
    body = (PAYLOADS / "delivered.push.json").read_bytes()
    return PushMessage(headers={} if credential is None else {"credential": credential}, body=body, secret=ours)


def test_a_push_with_our_credential_is_accepted() -> None:
    ups.verify(push("our-secret"))


@pytest.mark.parametrize("told", [None, "", "our-secreT", "our-secret ", "é"])
def test_a_push_with_another_credential_is_refused(told: str | None) -> None:
    with pytest.raises(BadPush):
        ups.verify(push(told))


def test_an_account_without_a_push_secret_accepts_nothing() -> None:
    with pytest.raises(BadPush):
        ups.verify(push("", ours=""))


def test_a_pushed_event_gets_its_offset_from_the_two_clocks() -> None:
    [result] = ups.read_push((PAYLOADS / "delivered.push.json").read_bytes())
    [event] = result.events
    assert (event.code, event.time.offset_min) == (EventCode.LAST_MILE_DELIVERED, -420)
    assert event.time.instant == datetime(2026, 7, 18, 23, 30, 5, tzinfo=UTC)


def test_delivered_to_an_access_point_is_not_delivered() -> None:
    [result] = ups.read_push((PAYLOADS / "at_the_access_point.push.json").read_bytes())
    assert result.events[0].code is EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP


def test_a_push_of_another_shape_is_refused() -> None:
    with pytest.raises(BadPush):
        ups.read_push(b'{"trackingNumber": "1Z7TL4530419026173"}')


def test_who_received_it_is_kept_nowhere() -> None:
    for situation in ("cologne_to_austin_through_customs", "delivered.push"):
        body = (PAYLOADS / f"{situation}.json").read_bytes()
        results = ups.read_push(body) if situation.endswith("push") else ups.read(body)
        assert "LINDQUIST" not in repr(results)
        assert "OKAFOR" not in repr(results)


CALLBACK = Callback(url="https://example.org/hooks/ups/k", secret="our-secret")


def test_a_1z_number_is_subscribed_to_track_alert_for_two_weeks() -> None:
    request = ups.subscription(ASKED, ACCESS, CALLBACK)
    assert request is not None
    assert (request.method, request.path) == ("POST", "/api/track/v1/subscription/standard/package")
    assert request.headers["transId"]
    told = json.loads(request.body or b"")
    assert told["trackingNumberList"] == ["1Z7TL4530419026173"]
    assert (told["destination"]["url"], told["destination"]["credential"]) == (CALLBACK.url, CALLBACK.secret)
    assert ups.subscription_lasts == timedelta(days=14)


def test_track_alert_is_not_asked_for_other_numbers() -> None:
    assert ups.subscription(TrackedNumber(number="92748901234567890123"), ACCESS, CALLBACK) is None


def subscribed(answer: Any) -> None:
    ups.read_subscription(answer)


def test_a_number_that_track_alert_takes_is_subscribed() -> None:
    subscribed({"timestamp": "2026-06-01T10:00:00Z", "validTrackingNumbers": [ASKED.number]})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        ({"validTrackingNumbers": [], "invalidTrackingNumbers": ["1Z7TL4530419026173"]}, Refused),
        ({"response": {"errors": [{"code": "250002", "message": "Invalid Authentication Information."}]}}, Refused),
        ({"response": {"errors": [{"code": "10429", "message": "Too Many Requests"}]}}, TryLater),
        ({"response": {"errors": [{"code": "7", "message": "?"}]}}, BadAnswer),
    ],
)
def test_a_refused_subscription_says_why(answer: Any, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        subscribed(answer)
