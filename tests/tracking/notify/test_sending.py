"""What one attempt sends, and what is kept of whatever comes back."""

from __future__ import annotations

import re
import socket
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.tracking.notify.conftest import Answer, Receiver, post
from tests.tracking.notify.test_address_guard import Fixed, message, send, send_all
from tracking.notify import sending, signing
from tracking.notify.address_guard import Guard
from tracking.notify.endpoints import guard

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def test_a_message_is_signed_json(receiver: Receiver) -> None:
    told = replace(message(receiver.url), payload='{"shipment":"七"}', event_type="shipment.delivered")
    sent = post(told)
    [got] = receiver.received
    assert (sent.http_status, sent.response, sent.error) == (200, "ok", "")
    assert got.headers["content-type"] == "application/json; charset=utf-8"
    assert got.headers["user-agent"].startswith("Throughline")
    assert got.id == str(told.delivery_id)
    assert got.json["type"] == "shipment.delivered"
    assert got.json["data"] == {"shipment": "七"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", got.json["sent_at"])
    at = int(got.headers["webhook-timestamp"])
    assert abs(at - sent.started_at.timestamp()) <= 1
    assert got.headers["webhook-signature"] == signing.signature(told.secrets[0], got.id, at, got.body)


def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    receiver.answer = Answer(status=302, headers={"Location": f"{receiver.url}/elsewhere"})
    assert send(receiver.url, guard()).http_status == 302
    assert [got.path for got in receiver.received] == ["/hook"]


def test_four_kilobytes_of_the_answer_are_kept_and_no_zero_byte(receiver: Receiver) -> None:
    receiver.answer = Answer(status=500, body=b"\x00\xff" + b"x" * 10_000)
    sent = send(receiver.url, guard())
    assert sent.http_status == 500
    assert sent.response.startswith("\ufffdxxx")
    assert len(sent.response) == 4095


def test_an_answer_without_end_is_cut_off(receiver: Receiver) -> None:
    receiver.answer = Answer(body=b"x" * 1_000_000, headers={"Content-Length": "1000000000000"})
    sent = send(receiver.url, guard())
    assert (sent.http_status, len(sent.response)) == (200, 4096)


def test_a_compressed_answer_is_not_inflated(receiver: Receiver) -> None:
    receiver.answer = Answer(body=b"\x1f\x8bbomb", headers={"Content-Encoding": "gzip"})
    assert send(receiver.url, guard()).http_status == 200


def test_an_answer_that_is_not_http_or_none_at_all_is_named(receiver: Receiver) -> None:
    receiver.answer = Answer(drop=True)
    assert send(receiver.url, guard()).error == "the connection was closed before an answer"
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}/", guard()).error.startswith("no connection: ")
    assert send(receiver.url.replace("http:", "https:"), guard()).error.startswith("no TLS connection: ")


def test_an_attempt_ends_at_its_deadline(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "TIMEOUT_S", 0.2)
    receiver.answer = Answer(wait_s=0.6)
    sent = send(receiver.url, guard())
    assert (sent.http_status, sent.error) == (None, "no answer within 0.2 s")


def test_a_name_that_does_not_resolve_is_named() -> None:
    class Nowhere(Fixed):
        async def resolve(self, *_: object, **__: object):  # type: ignore[no-untyped-def, override]
            raise socket.gaierror(socket.EAI_NONAME, "unknown")

    assert send("https://shop.example.com/", Guard(), Nowhere()).error == "the host's name does not resolve"


def test_without_a_secret_nothing_is_sent(receiver: Receiver) -> None:
    assert "secret" in post(replace(message(receiver.url), secrets=[])).error
    assert receiver.received == []


def test_the_environments_proxies_are_ignored(receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert send(receiver.url, guard()).http_status == 200


def test_a_proxy_of_the_settings_is_asked_instead(receiver: Receiver) -> None:
    """The receiver plays the proxy: it is sent the whole address, and no name is looked up here."""
    proxy = receiver.url.removesuffix("/hook")
    sent = post(message("http://shop.example.com/hook"), Guard(is_http_allowed=True), proxy=proxy)
    assert sent.http_status == 200
    assert [got.path for got in receiver.received] == ["http://shop.example.com/hook"]


def test_many_are_on_their_way_at_once(receiver: Receiver) -> None:
    receiver.answer = Answer(wait_s=0.15)
    sent = send_all([receiver.url] * 12, guard())
    assert [each.http_status for each in sent] == [200] * 12
    assert receiver.most_at_once > 4


@pytest.mark.parametrize(
    ("text", "wait_s"),
    [
        ("120", 120.0), (" 7 ", 7.0), ("0", 0.0), ("", None), ("soon", None), ("-5", None), ("١٢", None),
        ("Tue, 24 Nov 2026 12:01:30 GMT", 90.0), ("Tue, 24 Nov 2020 12:00:00 GMT", 0.0), ("9" * 400, float("9" * 40)),
    ],
)  # fmt: skip
def test_retry_after_is_a_number_or_a_date(text: str, wait_s: float | None) -> None:
    assert sending.retry_after_s(text, NOW) == wait_s
