"""The carriers' push door: kept before "yes", verified before kept, never lost, never kept twice."""

from __future__ import annotations

import base64
import hashlib
import json
import time
import zlib
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import pytest
from celery import Celery
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from django_scopes import scopes_disabled

from tests.tracking.api.conftest import UPS, problem
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.api import hooks
from tracking.jobs.waking import wake
from tracking.shipments import pushes
from tracking.shipments.models import CarrierAccount, Event, InboundPush, Leg, Shipment
from tracking.shipments.opening import LegSpec
from tracking.shipments.services import register_shipment, save_account

pytestmark = pytest.mark.django_db

SECRET = "our word to UPS"
ALERT = {
    "trackingNumber": UPS,
    "localActivityDate": "20261120", "localActivityTime": "093000",
    "gmtActivityDate": "20261120", "gmtActivityTime": "143000",
    "activityLocation": {"city": "Louisville", "stateProvince": "KY", "country": "US"},
    "activityStatus": {"type": "D", "code": "FS", "description": "DELIVERED"},
}  # fmt: skip


@pytest.fixture
def ups(merchant: Merchant) -> CarrierAccount:
    credentials = {"client_id": "a", "client_secret": "b", "push_secret": SECRET}
    return save_account(merchant, "ups", credentials=credentials)


@pytest.fixture
def track17(merchant: Merchant) -> CarrierAccount:
    return save_account(merchant, "track17", credentials={"api_key": "K17"})


@pytest.fixture(autouse=True)
def waken(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The wake-ups that would have gone to the broker."""
    sent: list[Any] = []
    monkeypatch.setattr(hooks, "wake_reader", sent.append)
    return sent


def push(carrier: str, token: str, body: Any, method: str = "POST", **headers: str) -> Any:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    client = Client(raise_request_exception=False, enforce_csrf_checks=True)
    return client.generic(method, f"/hooks/{carrier}/{token}", data, content_type="application/json", headers=names)


def _in_pieces(account: CarrierAccount, body: bytes, *, is_terminated: bool = True) -> Any:
    """As a server hands on `Transfer-Encoding: chunked`: without a length."""
    return Client().generic(
        "POST", f"/hooks/ups/{account.push_token}", headers={"credential": SECRET, "transfer-encoding": "chunked"},
        **{"wsgi.input": BytesIO(body), "wsgi.input_terminated": is_terminated},
    )  # fmt: skip


def kept() -> list[InboundPush]:
    with scopes_disabled():
        return list(InboundPush.objects.order_by("id"))


class TestAKeptMessage:
    def test_it_is_kept_as_it_came_and_the_reader_is_woken(self, ups: CarrierAccount, waken: list[Any]) -> None:
        response = push("ups", ups.push_token, ALERT, credential=SECRET)
        assert (response.status_code, response.json()) == (200, {"received": True})
        (row,) = kept()
        assert json.loads(zlib.decompress(bytes(row.body))) == ALERT
        assert (row.account_id, row.merchant_id, row.read_at) == (ups.pk, ups.merchant_id, None)
        assert len(waken) == 1

    def test_a_repeated_one_is_kept_once_and_welcomed(self, ups: CarrierAccount) -> None:
        for _ in range(3):
            assert push("ups", ups.push_token, ALERT, credential=SECRET).status_code == 200
        assert len(kept()) == 1

    def test_it_moves_the_parcel(self, ups: CarrierAccount, merchant: Merchant) -> None:
        shipment = register_shipment(merchant, legs=[LegSpec(number=UPS, carrier="ups")], destination_country="US")
        push("ups", ups.push_token, ALERT, credential=SECRET)
        pushes.read_pushes()
        with scopes_disabled():
            assert Shipment.objects.get(pk=shipment.pk).status == "delivered"
        assert kept()[0].read_at is not None

    @pytest.mark.parametrize("body", [b"not JSON", b"", b"\xff\xfe", b"[" * 5000, b'{"trackingNumber": null}', b"[]"])
    def test_what_nobody_can_read_is_kept_all_the_same_and_flagged_later(
        self, ups: CarrierAccount, body: bytes
    ) -> None:
        assert push("ups", ups.push_token, body, credential=SECRET).status_code == 200
        pushes.read_pushes()
        (row,) = kept()
        assert zlib.decompress(bytes(row.body)) == body
        assert row.failure.startswith("bad_push")

    def test_the_signature_of_17track_is_over_the_bytes(self, track17: CarrierAccount) -> None:
        body = b'{"event": "TRACKING_STOPPED", "data": {"number": "RB123456785CN"}}'
        sign = hashlib.sha256(body + b"/K17").hexdigest()
        for name in ("track17", "17track"):
            assert push(name, track17.push_token, body, sign=sign).status_code == 200
        assert len(kept()) == 1
        problem(push("track17", track17.push_token, body + b" ", sign=sign), 401, "bad_signature")

    def test_the_broker_may_be_away(self, ups: CarrierAccount, monkeypatch: pytest.MonkeyPatch) -> None:
        nowhere = Celery(set_as_current=False)
        nowhere.config_from_object("django.conf:settings", namespace="CELERY")
        nowhere.conf.broker_url = "redis://127.0.0.1:1/0"
        monkeypatch.setattr(hooks, "wake_reader", wake)
        monkeypatch.setattr(hooks, "read_pushes", nowhere.task(pushes.read_pushes, name="shipments.read_pushes"))
        began = time.monotonic()
        assert push("ups", ups.push_token, ALERT, credential=SECRET).status_code == 200
        assert time.monotonic() - began < 3  # DHL waits five seconds for an answer
        assert len(kept()) == 1


class TestARefusedMessage:
    @pytest.mark.parametrize("headers", [{"credential": "guess"}, {"credential": ""}, {"credential": "ümlaut"}])
    def test_a_wrong_signature(self, ups: CarrierAccount, waken: list[Any], headers: dict[str, str]) -> None:
        error = problem(push("ups", ups.push_token, ALERT, **headers), 401, "bad_signature")
        assert "credential" in error["message"]
        assert SECRET not in json.dumps(error)
        assert (kept(), waken) == ([], [])

    def test_an_account_without_a_secret_trusts_nobody(self, merchant: Merchant) -> None:
        account = save_account(merchant, "ups", credentials={"client_id": "a", "client_secret": "b"})
        for credential in ("", "anything"):  # an empty one is a signature too, and a wrong one
            error = problem(push("ups", account.push_token, ALERT, credential=credential), 401, "bad_signature")
            assert "no push secret" in error["message"]
        assert kept() == []

    def test_an_address_that_is_none(self, ups: CarrierAccount, track17: CarrierAccount) -> None:
        for carrier, token in (
            ("ups", "x" * 32), ("ups", "short"), ("ups", ups.push_token[:-1]), ("ups", track17.push_token),
            ("track17", ups.push_token), ("yanwen", ups.push_token), ("china_post", ups.push_token),
            ("nonesuch", ups.push_token), ("ups", ups.push_token.swapcase()), ("ups", "'; DROP TABLE"),
        ):  # fmt: skip
            problem(push(carrier, token, ALERT, credential=SECRET), 404, "not_found")
        assert kept() == []

    def test_another_method(self, ups: CarrierAccount) -> None:
        for method in ("GET", "PUT", "DELETE"):
            response = push("ups", ups.push_token, ALERT, method=method, credential=SECRET)
            problem(response, 405, "method_not_allowed")
            assert response["Allow"] == "POST"

    @pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "identity, gzip"])
    def test_a_compressed_body(self, ups: CarrierAccount, encoding: str) -> None:
        response = push("ups", ups.push_token, ALERT, credential=SECRET, content_encoding=encoding)
        problem(response, 415, "unsupported_media_type")
        assert kept() == []

    def test_more_than_a_megabyte(self, ups: CarrierAccount) -> None:
        problem(push("ups", ups.push_token, b" " * 1_000_001, credential=SECRET), 413, "body_too_large")
        assert kept() == []
        assert push("ups", ups.push_token, b" " * 1_000_000, credential=SECRET).status_code == 200

    def test_a_body_cut_short(self, ups: CarrierAccount) -> None:
        client = Client()
        response = client.post(
            f"/hooks/ups/{ups.push_token}", b"{}", content_type="application/json", headers={"credential": SECRET},
            CONTENT_LENGTH="1000", **{"wsgi.input": BytesIO(b"{}")},
        )  # fmt: skip
        problem(response, 400, "invalid_request")
        assert kept() == []

    def test_a_body_in_pieces_is_read_whole(self, ups: CarrierAccount) -> None:
        assert _in_pieces(ups, json.dumps(ALERT).encode()).status_code == 200
        (row,) = kept()
        assert json.loads(zlib.decompress(bytes(row.body))) == ALERT
        problem(_in_pieces(ups, b" " * 1_000_001), 413, "body_too_large")
        problem(_in_pieces(ups, b"{}", is_terminated=False), 400, "invalid_request")
        assert len(kept()) == 1

    def test_a_database_that_is_away_is_no_yes(
        self, ups: CarrierAccount, waken: list[Any], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def away(*_: object) -> None:
            raise OperationalError("gone")

        monkeypatch.setattr(hooks, "_keep", away)
        response = push("ups", ups.push_token, ALERT, credential=SECRET)
        problem(response, 503, "unavailable")
        assert response["Retry-After"] == "5"
        assert waken == []

    def test_credentials_that_do_not_open_are_our_failure(self, ups: CarrierAccount, settings: Any) -> None:
        settings.CREDENTIAL_KEYS = {"other": b"0" * 32}
        problem(push("ups", ups.push_token, ALERT, credential=SECRET), 500, "internal_error")
        assert kept() == []


@pytest.mark.usefixtures("hinted")
class TestAnUnsignedMessage:
    """Nothing of it is believed; the carrier is asked about the number that it names."""

    @pytest.fixture
    def hinted(self, ups: CarrierAccount) -> None:
        """A leg of the account's, asked an hour ago, and again in three."""
        register_shipment(ups.merchant, legs=[LegSpec(number=UPS, carrier="ups")], destination_country="US")
        self.set(last_checked_at=clock.now() - timedelta(hours=1), next_poll_at=clock.now() + timedelta(hours=3))

    def leg(self) -> Leg:
        with scopes_disabled():
            return Leg.objects.get()

    def set(self, **values: Any) -> None:
        with scopes_disabled():
            Leg.objects.update(**values)

    def is_due(self) -> bool:
        leg = self.leg()
        return leg.next_poll_at is not None and leg.next_poll_at <= clock.now()

    def test_it_is_told_yes_and_makes_the_leg_due(self, ups: CarrierAccount, waken: list[Any]) -> None:
        response = push("ups", ups.push_token, ALERT)
        assert (response.status_code, response.json()) == (202, {"received": True})
        assert self.is_due()
        assert (kept(), waken) == ([], [])
        with scopes_disabled():
            assert not Event.objects.exists()
            assert Shipment.objects.get().status == "pending"
        assert self.leg().subscription != Leg.Subscription.ACTIVE

    def test_it_makes_nothing_due_twice_within_a_quarter_of_an_hour(self, ups: CarrierAccount) -> None:
        push("ups", ups.push_token, ALERT)
        polled = clock.now()
        self.set(last_checked_at=polled, next_poll_at=polled + timedelta(hours=4))
        for _ in range(3):
            assert push("ups", ups.push_token, ALERT).status_code == 202
        assert not self.is_due()
        self.set(last_checked_at=clock.now() - timedelta(minutes=16))
        push("ups", ups.push_token, ALERT)
        assert self.is_due()

    def test_a_leg_that_is_being_asked_is_left_alone(self, ups: CarrierAccount) -> None:
        self.set(lease_until=timezone.now() + timedelta(minutes=1))
        push("ups", ups.push_token, ALERT)
        assert not self.is_due()

    def test_it_touches_no_leg_of_another_account(self, other_merchant: Merchant) -> None:
        theirs = save_account(other_merchant, "ups", credentials={"client_id": "c", "client_secret": "d"})
        assert push("ups", theirs.push_token, ALERT).status_code == 202
        assert not self.is_due()

    @pytest.mark.parametrize(
        "body", [b"", b"not JSON", b"[]", b"{}", b"\xff", json.dumps(ALERT | {"x": "\0"}).encode()]
    )
    def test_what_nobody_can_read_is_welcomed_and_forgotten(self, ups: CarrierAccount, body: bytes) -> None:
        assert push("ups", ups.push_token, body).status_code == 202
        assert kept() == []


def test_sf_express_never_signs(merchant: Merchant) -> None:
    account = save_account(merchant, "sf_express", credentials={"partner_id": "a", "checkword": "b"})
    route = {"mailno": "SF1398204417756", "acceptTime": "2026-06-03 11:40:00", "opCode": "54", "remark": ""}
    spec = LegSpec(number="SF1398204417756", carrier="sf_express", fields={"phone_last4": "0417"})
    register_shipment(merchant, legs=[spec], destination_country="CN")
    with scopes_disabled():
        Leg.objects.update(next_poll_at=clock.now() + timedelta(hours=3))
        response = push("sf_express", account.push_token, {"Body": {"WaybillRoute": [route]}}, sign="anything")
        assert (response.status_code, response.json()["return_code"]) == (202, "0000")
        assert Leg.objects.filter(next_poll_at__lte=clock.now()).exists()


class TestAFormThatIsSigned:
    """Kuaidi100's."""

    @pytest.fixture
    def account(self, merchant: Merchant) -> CarrierAccount:
        return save_account(merchant, "kuaidi100", credentials={"customer": "c", "key": "k", "push_secret": "salt"})

    def form(self, salt: str) -> bytes:
        row = {"ftime": "2026-06-01 10:00:00", "context": "已签收", "statusCode": "3"}
        param = json.dumps({"status": "polling", "lastResult": {"nu": "YT1", "com": "yuantong", "data": [row]}})
        sign = hashlib.md5((param + salt).encode(), usedforsecurity=False).hexdigest().upper()
        return urlencode({"sign": sign, "param": param}).encode()

    def test_it_is_kept_and_answered_in_the_carrier_s_words(self, account: CarrierAccount) -> None:
        response = push("kuaidi100", account.push_token, self.form("salt"))
        assert (response.status_code, response.json()["returnCode"]) == (200, "200")
        pushes.read_pushes()
        assert kept()[0].failure == "no open shipment has this number"

    def test_a_forged_one_is_refused_and_changes_nothing(self, account: CarrierAccount, waken: list[Any]) -> None:
        problem(push("kuaidi100", account.push_token, self.form("guess")), 401, "bad_signature")
        assert (kept(), waken) == ([], [])


class TestAnEncipheredMessage:
    """YunExpress's: opened before it is kept, and the trial of an address hears its word again."""

    KEY = "an encrypt key"

    @pytest.fixture
    def account(self, merchant: Merchant) -> CarrierAccount:
        credentials = {"customer_code": "c", "api_secret": "s", "push_secret": self.KEY}
        return save_account(merchant, "yunexpress", credentials=credentials)

    def send(self, account: CarrierAccount, clear: bytes, key: str = KEY) -> Any:
        missing = 16 - len(clear) % 16
        cipher = Cipher(AES(hashlib.sha256(self.KEY.encode()).digest()), CBC(bytes(16))).encryptor()
        secret = bytes(16) + cipher.update(clear + bytes([missing]) * missing) + cipher.finalize()
        body = json.dumps({"encrypt": base64.b64encode(secret).decode()}).encode()
        stamp = "1780471512000"
        signature = hashlib.sha256((stamp + key).encode() + body).hexdigest()
        names = {"x_openapi_request_timestamp": stamp, "x_openapi_signature": signature}
        return push("yunexpress", account.push_token, body, **names)

    def test_it_is_kept_in_clear(self, account: CarrierAccount) -> None:
        clear = b'{"data": {"waybill_number": "YT2630900704811734", "track_events": []}}'
        response = self.send(account, clear)
        assert (response.status_code, response.json()) == (200, {"success": True})
        assert zlib.decompress(bytes(kept()[0].body)) == clear

    def test_the_trial_of_an_address_hears_its_word_again(self, account: CarrierAccount) -> None:
        response = self.send(account, b'{"ack": "hello"}')
        assert (response.status_code, response.json()) == (200, {"ack": "hello"})

    def test_a_forged_one_is_refused(self, account: CarrierAccount) -> None:
        problem(self.send(account, b'{"ack": "hello"}', key="guess"), 401, "bad_signature")
        assert kept() == []


def test_two_merchants_have_doors_of_their_own(ups: CarrierAccount, other_merchant: Merchant) -> None:
    theirs = save_account(
        other_merchant, "ups", credentials={"client_id": "c", "client_secret": "d", "push_secret": "x"}
    )
    problem(push("ups", theirs.push_token, ALERT, credential=SECRET), 401, "bad_signature")
    assert push("ups", theirs.push_token, ALERT, credential="x").status_code == 200
    assert push("ups", ups.push_token, ALERT, credential=SECRET).status_code == 200
    assert {row.merchant_id for row in kept()} == {ups.merchant_id, other_merchant.pk}
