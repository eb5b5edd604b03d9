"""DHL Unified: five coarse codes, five languages of wording, and other divisions' shipments in the answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from carriers import registry
from carriers.base import Access, Answer, PushAdapter, PushMessage
from carriers.errors import BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TimeSource, TrackedNumber
from carriers.vocabulary import EventCode, Reason

PAYLOADS = Path(__file__).parents[2] / "payloads" / "dhl_unified"
ACCESS = Access(credentials={"api_key": "demo-key"}, now=datetime(2026, 6, 12, tzinfo=UTC))
dhl = registry.adapter("dhl_unified")


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def shipment(number: Any, *events: dict[str, Any], origin: str = "DE", destination: str = "US") -> dict[str, Any]:
    ends = {"origin": origin, "destination": destination}
    return {"id": number, "events": list(events)} | {
        end: {"address": {"countryCode": country}} for end, country in ends.items()
    }


def test_the_request_bears_the_key_in_a_header() -> None:
    request = dhl.request([TrackedNumber(number="8995348891")], ACCESS)
    assert (request.method, request.path) == ("GET", "/track/shipments")
    assert request.query == {"trackingNumber": "8995348891", "language": "en"}
    assert request.headers["DHL-API-Key"] == "demo-key"


def test_what_narrows_the_answer_down_is_sent_where_it_is_known() -> None:
    fields = {"postal_code": "10115", "service": "parcel-de"}
    request = dhl.request([TrackedNumber(number="00340434244856286434", fields=fields)], ACCESS)
    assert request.query["recipientPostalCode"] == "10115"
    assert request.query["service"] == "parcel-de"


@pytest.mark.parametrize(
    ("code", "text", "expected"),
    [
        ("pre-transit", "Label printed", EventCode.SELLER_LABEL_CREATED),
        ("pre-transit", "Posted by the sender at the PACKSTATION", EventCode.FIRST_MILE_PICKED_UP),
        ("transit", "Something new", EventCode.ANY_IN_TRANSIT),
        ("transit", "Ready for pick-up", EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP),
        ("transit", "Sendung wurde in das Zustellfahrzeug geladen", EventCode.LAST_MILE_OUT_FOR_DELIVERY),
        ("transit", "Die Verladung ins Zustellfahrzeug wird vorbereitet", EventCode.ANY_IN_TRANSIT),
        ("transit", "Votre colis est en cours de livraison", EventCode.LAST_MILE_OUT_FOR_DELIVERY),
        ("transit", "El envío está en reparto", EventCode.LAST_MILE_OUT_FOR_DELIVERY),
        ("transit", "Je pakket is onderweg naar de ontvanger", EventCode.LAST_MILE_OUT_FOR_DELIVERY),
        ("transit", "Cleared customs", EventCode.IMPORT_CUSTOMS_RELEASED),
        ("transit", "Verzollung abgeschlossen", EventCode.IMPORT_CUSTOMS_RELEASED),
        ("transit", "Clearance processing", EventCode.IMPORT_CUSTOMS_PRESENTED),
        ("failure", "Held by customs", EventCode.IMPORT_CUSTOMS_HELD),
        ("failure", "Something new", EventCode.ANY_DELAYED),
        ("failure", "The recipient was not present", EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT),
        ("failure", "Die Annahme wurde verweigert", EventCode.LAST_MILE_ATTEMPT_FAILED_REFUSED),
        ("failure", "The address is incomplete", EventCode.LAST_MILE_ATTEMPT_FAILED_ADDRESS),
        ("failure", "The parcel was misrouted and could not be delivered", EventCode.ANY_DELAYED),
        ("failure", "The parcel could not be delivered", EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER),
        ("failure", "The recipient has not picked up the parcel", EventCode.LAST_MILE_PICKUP_MISSED),
        ("failure", "The parcel is being returned", EventCode.RETURN_STARTED),
        ("delivered", "Delivered to the sender", EventCode.RETURN_COMPLETED),
        ("delivered", "Delivered", EventCode.LAST_MILE_DELIVERED),
        ("delivered", "Beim Nachbarn zugestellt", EventCode.LAST_MILE_DELIVERED_NEIGHBOUR),
        ("delivered", "Delivered - Signed", EventCode.LAST_MILE_DELIVERED_SIGNED),
        ("unknown", "Something new", EventCode.UNKNOWN),
        ("", "Something new", EventCode.UNKNOWN),
    ],
)
def test_the_wording_is_finer_than_the_code(code: str, text: str, expected: EventCode) -> None:
    assert dhl.facts.meaning(code, text).code is expected


def test_a_failure_without_more_words_says_so() -> None:
    assert dhl.facts.meaning("failure", "").reason is Reason.OTHER_UNKNOWN


def test_the_shipment_of_the_number_is_chosen_among_divisions() -> None:
    asked = [TrackedNumber(number="37135279462")]
    answer = Answer(status=200, headers={}, body=json.dumps(payload("two_divisions_one_number")).encode())
    [(result, _)] = dhl.read_each(answer, asked)
    assert (result.number, result.service) == ("37135279462", "ecommerce")


def test_of_several_strange_shipments_none_is_taken() -> None:
    answer = Answer(status=200, headers={}, body=json.dumps(payload("two_divisions_one_number")).encode())
    with pytest.raises(BadAnswer):
        dhl.read_each(answer, [TrackedNumber(number="8995348891")])


def test_an_id_may_be_a_number() -> None:
    [result] = dhl.parse({"shipments": [shipment(8995348891, {"timestamp": "2026-05-04T09:00:00Z"})]})
    assert result.number == "8995348891"


def test_a_scan_without_a_place_is_in_the_country_of_a_domestic_parcel_only() -> None:
    scan = {"timestamp": "2026-06-11T08:07:00", "statusCode": "transit", "description": "On its way"}
    [domestic] = dhl.parse({"shipments": [shipment("1", scan, destination="DE")]})
    [crossing] = dhl.parse({"shipments": [shipment("1", scan)]})
    assert domestic.events[0].time.source is TimeSource.COUNTRY
    assert crossing.events[0].time.source is TimeSource.UNKNOWN
    assert crossing.events[0].time.instant is None


def test_a_shipment_without_events_still_has_its_status() -> None:
    status = {"timestamp": "2026-06-11T08:07:00Z", "statusCode": "delivered", "status": "Delivered"}
    [result] = dhl.parse({"shipments": [{"id": "1", "status": status}]})
    assert [event.code for event in result.events] == [EventCode.LAST_MILE_DELIVERED]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, Refused),
        (403, Refused),
        (404, NotFound),
        (429, TryLater),
        (503, TryLater),
        (418, BadAnswer),
    ],
)
def test_each_problem_has_its_name(status: int, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        dhl.read(json.dumps({"title": "…", "status": status}).encode())


@pytest.mark.parametrize(
    ("carrier", "number", "service"),
    [
        ("dhl_express", "8995348891", "express"),
        ("dhl_parcel_de", "00340434244856286434", "parcel-de"),
        ("deutsche_post", "A0010B2C3D0000001234", "post-de"),
        ("deutsche_post", "RT482915606DE", None),
        ("dhl_ecommerce", "GM605112299301877452", None),
        ("", "8995348891", None),
    ],
)
def test_a_division_s_number_is_asked_for_at_the_division(carrier: str, number: str, service: str | None) -> None:
    request = dhl.request([TrackedNumber(number=number, carrier=carrier)], ACCESS)
    assert request.query.get("service") == service


def test_what_the_merchant_says_goes_before_the_division() -> None:
    asked = TrackedNumber(number="8995348891", carrier="dhl_express", fields={"service": "freight"})
    assert dhl.request([asked], ACCESS).query["service"] == "freight"


@pytest.mark.parametrize(
    ("status", "text", "code", "reason"),
    [
        ("HP", "Shipment on hold", EventCode.IMPORT_CUSTOMS_PAYMENT_REQUIRED, Reason.CUSTOMS_DUTIES_UNPAID),
        ("UD", "Clearance delay", EventCode.IMPORT_CUSTOMS_HELD, Reason.OTHER_REGULATORY),
        ("DF", "Departed", EventCode.ANY_IN_TRANSIT, None),
        ("OK", "Delivered - Signed for", EventCode.LAST_MILE_DELIVERED_SIGNED, None),
        ("ZZ", "Clearance delay", EventCode.IMPORT_CUSTOMS_HELD, None),
    ],
)
def test_an_express_checkpoint_is_finer_than_the_code(
    status: str, text: str, code: EventCode, reason: Reason | None
) -> None:
    scan = {"timestamp": "2026-06-11T08:07:00Z", "statusCode": "transit", "status": status, "description": text}
    [result] = dhl.parse({"shipments": [shipment("1", scan)]})
    assert (result.events[0].code, result.events[0].reason) == (code, reason)


def test_a_push_bears_the_token_of_our_subscription() -> None:
    assert isinstance(dhl, PushAdapter)
    body = (PAYLOADS / "customs_hold.push.json").read_bytes()
    dhl.verify(PushMessage(headers={"x-push-token": "ours"}, body=body, secret="ours"))
    for told, secret in (("theirs", "ours"), ("", "ours"), ("", "")):
        with pytest.raises(BadPush):
            dhl.verify(PushMessage(headers={"x-push-token": told}, body=body, secret=secret))


def test_a_callback_about_the_subscription_tells_of_no_parcel() -> None:
    assert isinstance(dhl, PushAdapter)
    assert dhl.read_push((PAYLOADS / "subscription_to_confirm.push.json").read_bytes()) == []
