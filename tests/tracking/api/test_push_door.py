"""The carriers' push door: kept before "yes", verified before kept, never lost, never kept twice."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from io import BytesIO
from typing import Any

import pytest
from celery import Celery
from django.db import OperationalError
from django.test import Client
from django_scopes import scopes_disabled

from tests.tracking.api.conftest import UPS, problem
from tracking.accounts.models import Merchant
from tracking.api import hooks
from tracking.shipments import pushes
from tracking.shipments.models import CarrierAccount, InboundPush, Shipment
from tracking.shipments.opening import LegSpec
from tracking.shipments.services import register_shipment, save_account
from tracking.shipments.tasks import wake

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
    monkeypatch.setattr(hooks, "wake", sent.append)
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
        monkeypatch.setattr(hooks, "wake", wake)
        monkeypatch.setattr(hooks, "read_pushes", nowhere.task(pushes.read_pushes, name="shipments.read_pushes"))
        began = time.monotonic()
        assert push("ups", ups.push_token, ALERT, credential=SECRET).status_code == 200
        assert time.monotonic() - began < 3  # DHL waits five seconds for an answer
        assert len(kept()) == 1


class TestARefusedMessage:
    @pytest.mark.parametrize("headers", [{}, {"credential": "guess"}, {"credential": ""}, {"credential": "ümlaut"}])
    def test_a_wrong_signature(self, ups: CarrierAccount, waken: list[Any], headers: dict[str, str]) -> None:
        error = problem(push("ups", ups.push_token, ALERT, **headers), 401, "bad_signature")
        assert "credential" in error["message"]
        assert SECRET not in json.dumps(error)
        assert (kept(), waken) == ([], [])

    def test_an_account_without_a_secret_trusts_nobody(self, merchant: Merchant) -> None:
        account = save_account(merchant, "ups", credentials={"client_id": "a", "client_secret": "b"})
        for credential in ("", "anything"):
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


def test_two_merchants_have_doors_of_their_own(ups: CarrierAccount, other_merchant: Merchant) -> None:
    theirs = save_account(
        other_merchant, "ups", credentials={"client_id": "c", "client_secret": "d", "push_secret": "x"}
    )
    problem(push("ups", theirs.push_token, ALERT, credential=SECRET), 401, "bad_signature")
    assert push("ups", theirs.push_token, ALERT, credential="x").status_code == 200
    assert push("ups", ups.push_token, ALERT, credential=SECRET).status_code == 200
    assert {row.merchant_id for row in kept()} == {ups.merchant_id, other_merchant.pk}
