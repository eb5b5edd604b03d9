"""What the client makes of failures: the carrier's own errors, the road's, and what an account or a number lacks."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import aiohttp
import pytest
from aiohttp import web

from carriers import registry
from carriers.base import Access
from carriers.client import CarrierClient
from carriers.errors import MissingField, TryLater
from tests.carriers.carrier_double import (
    DELIVERED,
    NOW,
    access,
    carrier,
    failure,
    numbers,
    run,
    tracked,
)

# The carrier's own errors, and the road's.


def test_the_carrier_s_own_error_is_named_and_its_words_are_kept() -> None:
    body = b'{"title": "No result", "status": 404}'
    [outcome] = tracked("dhl_unified", (404, body, {}))
    assert (failure(outcome), outcome.body, outcome.http_status) == ("not_found", body, 404)
    assert outcome.digest == b""


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "bad_answer"), (401, "refused"), (403, "refused"), (404, "not_found"), (408, "try_later"),
     (429, "try_later"), (500, "try_later"), (502, "try_later"), (503, "try_later")],
)  # fmt: skip
def test_a_status_speaks_where_the_body_says_nothing_that_is_documented(status: int, kind: str) -> None:
    [outcome] = tracked("dhl_unified", (status, b"<html>Sorry</html>", {"Content-Type": "text/html"}))
    assert failure(outcome) == kind
    assert outcome.http_status == status


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"<faultstring>Authentication failed</faultstring>", "refused"),
        (b"<faultstring>Out of memory</faultstring>", "try_later"),
    ],
    ids=["a wrong password", "trouble of its own"],
)
def test_a_soap_fault_is_read_though_it_comes_under_500(body: bytes, kind: str) -> None:
    soap = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
    fault = (500, soap + body + b"</s:Fault></s:Body></s:Envelope>", {"Content-Type": "text/xml"})
    [outcome] = tracked("poczta_polska", fault, asked=("RR123456785PL",))
    assert failure(outcome) == kind


def test_a_page_under_500_is_tried_later_by_carriers_of_xml_too() -> None:
    [outcome] = tracked("poczta_polska", (500, b"<html>Sorry</html>", {}), asked=("RR123456785PL",))
    assert failure(outcome) == "try_later"


@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ("120", 120, 120),
        ("0", 1, 1),
        ("99999999", 86_400, 86_400),
        ("in ten minutes", 500, 600),
        ("soon", None, None),
    ],
)
def test_retry_after_is_believed_within_reason(header: str, least: float | None, most: float | None) -> None:
    if header == "in ten minutes":  # counted from now, not from when the tests were collected
        header = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    [outcome] = tracked("dhl_unified", (429, b"", {"Retry-After": header}))
    assert outcome.result is not None
    error = outcome.result.failure
    assert isinstance(error, TryLater)
    if least is None or most is None:
        assert error.after_s is None
    else:
        assert error.after_s is not None
        assert least <= error.after_s <= most


def test_a_redirect_is_not_followed() -> None:
    async def test() -> None:
        async with carrier(DELIVERED) as elsewhere, carrier((302, b"", {"Location": f"{elsewhere.url}/x"})) as double:
            async with CarrierClient.connect() as client:
                asked = numbers("8995348891")
                [outcome] = await client.track(
                    registry.adapter("dhl_unified"), access("dhl_unified", double.url), asked
                )
            assert failure(outcome) == "bad_answer"
            assert elsewhere.asked == []

    run(test)


def test_a_carrier_that_does_not_answer_in_time_is_tried_later() -> None:
    async def sleep(_: web.Request) -> web.Response:
        await asyncio.sleep(1)
        return web.Response(body=DELIVERED)

    async def test() -> None:
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.2))
        async with carrier(sleep) as double, session:
            client, asked = CarrierClient(session), numbers("8995348891")
            [outcome] = await client.track(registry.adapter("dhl_unified"), access("dhl_unified", double.url), asked)
            assert failure(outcome) == "try_later"

    run(test)


@pytest.mark.parametrize("sent", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{", b"not HTTP at all\r\n\r\n"])
def test_an_answer_that_breaks_off_is_tried_later(sent: bytes) -> None:
    async def break_off(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        await writer.drain()
        writer.close()

    async def test() -> None:
        server = await asyncio.start_server(break_off, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        url = f"http://{host}:{port}"
        async with server, CarrierClient.connect() as client:
            asked = numbers("8995348891")
            [outcome] = await client.track(registry.adapter("dhl_unified"), access("dhl_unified", url), asked)
            assert failure(outcome) == "try_later"
            assert outcome.body == sent.partition(b"\r\n\r\n")[2][:1].strip()  # what came of it is kept

    run(test)


@pytest.mark.parametrize(
    ("url", "kind"),
    [("http://127.0.0.1:1", "try_later"), ("http://no-such-host.invalid", "try_later"), ("ftp://127.0.0.1", "refused"),
     ("not an address", "refused"), ("http://", "refused")],
)  # fmt: skip
def test_an_address_that_leads_nowhere_is_named(url: str, kind: str) -> None:
    async def test() -> None:
        async with CarrierClient.connect() as client:
            asked = numbers("8995348891")
            [outcome] = await client.track(registry.adapter("dhl_unified"), access("dhl_unified", url), asked)
            assert failure(outcome) == kind

    run(test)


def test_a_credential_that_no_header_can_hold_is_refused() -> None:
    async def test() -> None:
        async with carrier(DELIVERED) as double, CarrierClient.connect() as client:
            bad = access("dhl_unified", double.url, api_key="a\r\nX-Other: b")
            [outcome] = await client.track(registry.adapter("dhl_unified"), bad, numbers("8995348891"))
            assert failure(outcome) == "refused"
            assert double.asked == []

    run(test)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    [outcome] = tracked("dhl_unified", DELIVERED)
    assert failure(outcome) is None


# What an account or a number lacks is told before anybody is asked.


def test_a_missing_credential_is_refused_without_a_call() -> None:
    async def test() -> None:
        async with carrier(DELIVERED) as double, CarrierClient.connect() as client:
            bare = Access(credentials={}, now=NOW, base_url=double.url)
            [outcome] = await client.track(registry.adapter("dhl_unified"), bare, numbers("8995348891"))
            assert failure(outcome) == "refused"
            assert outcome.result is not None
            assert "api_key" in str(outcome.result.failure)
            assert double.asked == []

    run(test)


def test_a_missing_field_is_named_without_a_call() -> None:
    async def test() -> None:
        async with carrier(b"{}") as double, CarrierClient.connect() as client:
            asked = numbers("SF1398204417756")
            [outcome] = await client.track(registry.adapter("sf_express"), access("sf_express", double.url), asked)
            assert outcome.result is not None
            error = outcome.result.failure
            assert isinstance(error, MissingField)
            assert error.field == "phone_last4"
            assert double.asked == []

    run(test)
