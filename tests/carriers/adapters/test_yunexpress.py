"""YunExpress asks twice only where the second call can tell something; its pushes are signed and enciphered."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from carriers import registry
from carriers.adapters.yunexpress import YunExpress
from carriers.base import Access, Answer, CarrierRequest, PushMessage
from carriers.errors import BadAnswer, BadPush, CarrierError, NotFound, Refused, TryLater
from carriers.events import TrackedNumber, TrackingResult

PAYLOADS = Path(__file__).parents[2] / "payloads" / "yunexpress"
ACCESS = Access(credentials={"customer_code": "C0042", "api_secret": "s3cr=t"}, now=datetime(2026, 6, 14, tzinfo=UTC))
NUMBER = [TrackedNumber(number="YT2630900704811734")]
yunexpress = YunExpress(registry.sheet("yunexpress"))


def journey(**item: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads((PAYLOADS / "shenzhen_to_berlin.json").read_text(encoding="utf-8"))
    answer["Item"] |= item
    return answer


def ask(first: dict[str, Any], *others: Answer) -> tuple[TrackingResult, list[CarrierRequest]]:
    """What comes of these answers, one after the other, and the requests they answered."""
    calls = yunexpress.calls(NUMBER, ACCESS)
    requests = [next(calls)]
    answers = [Answer(status=200, headers={}, body=json.dumps(first).encode()), *others]
    for answer in answers:
        try:
            requests.append(calls.send(answer))
        except StopIteration as stop:
            [(result, _)] = stop.value
            return result, requests
    raise AssertionError("asked more often than was answered")


def named(name: str) -> Answer:
    row = {"OrderCode": NUMBER[0].number, "OrderCodeType": "Y", "CarrierCode": "DHL", "CarrierEName": name}
    return Answer(status=200, headers={}, body=json.dumps({"Items": [row], "Code": "0000"}).encode())


def test_the_account_signs_with_its_code_and_secret_in_one() -> None:
    request = yunexpress.request(NUMBER, ACCESS)
    assert (request.method, request.path) == ("GET", "/api/Tracking/GetTrackInfo")
    assert request.query == {"OrderNumber": "YT2630900704811734"}
    scheme, pair = request.headers["Authorization"].split()
    assert (scheme, base64.b64decode(pair)) == ("Basic", b"C0042&s3cr=t")


def test_a_track_that_names_its_last_mile_carrier_is_one_call() -> None:
    result, requests = ask(journey())
    assert len(requests) == 1
    assert result.next_leg is not None
    assert (result.next_leg.number, result.next_leg.carrier_name) == ("00340434244856286434", "DHL Paket")


def test_the_last_mile_carrier_is_asked_for_once_the_parcel_is_near() -> None:
    result, requests = ask(journey(ProviderName=""), named("DHL Paket DE"))
    assert [request.path for request in requests] == ["/api/Tracking/GetTrackInfo", "/api/Waybill/GetCarrier"]
    assert (requests[1].method, json.loads(requests[1].body or b"")) == ("POST", ["YT2630900704811734"])
    assert requests[1].is_optional
    assert result.next_leg is not None
    assert result.next_leg.carrier_name == "DHL Paket DE"


def test_far_from_the_destination_nobody_is_asked_for_a_name() -> None:
    rows = [row for row in journey()["Item"]["OrderTrackingDetails"] if row["ProcessLocation"] == "Shenzhen"]
    result, requests = ask(journey(ProviderName="", OrderTrackingDetails=rows))
    assert len(requests) == 1
    assert result.next_leg is not None


@pytest.mark.parametrize("second", [Answer(status=0, headers={}, body=b""), named("")])
def test_a_second_call_that_tells_nothing_loses_nothing(second: Answer) -> None:
    result, _ = ask(journey(ProviderName=""), second)
    assert len(result.events) == 9
    assert result.next_leg is not None
    assert result.next_leg.carrier_name == ""


def test_a_parcel_that_keeps_its_number_has_no_next_leg() -> None:
    [result] = yunexpress.parse(journey(TrackingNumber="YT2630900704811734"))
    assert result.next_leg is None


def test_events_run_from_the_oldest_whichever_way_the_answer_runs() -> None:
    newest_first = journey()
    oldest_first = journey(OrderTrackingDetails=newest_first["Item"]["OrderTrackingDetails"][::-1])
    assert yunexpress.parse(newest_first) == yunexpress.parse(oldest_first)


def test_a_node_that_no_table_knows_leaves_the_word_to_the_status() -> None:
    [result] = yunexpress.parse(journey())
    assert (result.events[-1].raw_code, result.events[-1].details) == ("20", {"node": "OFD"})


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("1006", NotFound),
        ("401", Refused),
        ("1003", Refused),
        ("10000", TryLater),
        ("9999", TryLater),
        ("77", BadAnswer),
    ],
)
def test_each_error_code_has_its_name(code: str, error: type[CarrierError]) -> None:
    with pytest.raises(error):
        yunexpress.read(json.dumps({"Item": None, "Code": code, "Message": "…"}).encode())


def test_a_gateway_that_denies_authorization_is_refused() -> None:
    with pytest.raises(Refused):
        yunexpress.read(b'{"Message": "Authorization has been denied."}')


ENCRYPT_KEY, STAMP = "an encrypt key", "1780471512000"


def enciphered(clear: bytes, *, padding: bytes | None = None) -> bytes:
    """As the open platform sends it: {"encrypt": Base64 of 16 random bytes and AES-256-CBC}."""
    first, missing = bytes(range(16)), -len(clear) % 16 or 16
    padded = clear + (bytes([missing]) * missing if padding is None else padding * missing)
    cipher = Cipher(AES(hashlib.sha256(ENCRYPT_KEY.encode()).digest()), CBC(first)).encryptor()
    return json.dumps(
        {"encrypt": base64.b64encode(first + cipher.update(padded) + cipher.finalize()).decode()}
    ).encode()


def push(body: bytes, *, key: str = ENCRYPT_KEY, secret: str = ENCRYPT_KEY) -> PushMessage:
    signature = hashlib.sha256((STAMP + key).encode() + body).hexdigest()
    headers = {"x-openapi-request-timestamp": STAMP, "x-openapi-signature": signature}
    return PushMessage(headers=headers, body=body, secret=secret)


@pytest.mark.parametrize("padding", [None, b"\0"])
def test_an_enciphered_push_is_opened_after_its_signature_holds(padding: bytes | None) -> None:
    clear = (PAYLOADS / "handed_over.push.json").read_bytes().strip()
    message = push(enciphered(clear, padding=padding))
    yunexpress.verify(message)
    assert yunexpress.opened(message) == clear
    [result] = yunexpress.read_push(yunexpress.opened(message))
    assert (result.number, result.events[-1].code) == ("YT2630900704811734", "last_mile.handed_over")
    assert result.next_leg is not None
    assert (result.next_leg.number, result.next_leg.carrier_name) == ("00340434161094048151", "DHL")


def test_a_push_in_clear_is_left_as_it_is() -> None:
    message = push(b'{"data": {}}')
    assert yunexpress.opened(message) == message.body


@pytest.mark.parametrize(
    "message", [push(b"{}", key="another"), push(b"{}", secret=""), push(b"{}", key="", secret="")]
)
def test_a_push_with_a_wrong_signature_is_refused(message: PushMessage) -> None:
    with pytest.raises(BadPush):
        yunexpress.verify(message)


@pytest.mark.parametrize("body", [b'{"encrypt": "no base64!"}', b'{"encrypt": "QUJD"}', b'{"encrypt": 7}', b"[", b"[]"])
def test_what_cannot_be_opened_is_kept_as_it_came(body: bytes) -> None:
    assert yunexpress.opened(push(body)) == body
    with pytest.raises(BadPush):
        yunexpress.read_push(body)


def test_the_trial_of_an_address_hears_its_word_again() -> None:
    trial = (PAYLOADS / "trial_of_an_address.push.json").read_bytes()
    assert json.loads(yunexpress.acknowledge(trial)) == {"ack": "a-word-to-hear-again"}
    for other in (b'{"data": {}}', b"[]", b"no JSON", b'{"ack": ""}'):
        assert json.loads(yunexpress.acknowledge(other)) == {"success": True}
