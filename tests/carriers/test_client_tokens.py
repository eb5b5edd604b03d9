"""Tokens, and where a carrier is asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from aiohttp import web

from carriers import registry
from carriers.auth import TokenRequest
from carriers.base import Access
from carriers.client import CarrierClient, base_url, token_url
from carriers.errors import Refused
from tests.carriers.carrier_double import (
    NOW,
    access,
    carrier,
    failure,
    numbers,
    run,
    tracked,
)

# Tokens.

TOKEN = b'{"access_token": "t1", "expires_in": "14399"}'
NOTHING_YET = (404, b'{"response": {"errors": [{"code": "TW0001", "message": "-"}]}}', {})


def test_a_token_is_fetched_once_and_borne_by_every_call() -> None:
    async def by_path(request: web.Request) -> web.Response:
        if "oauth" in request.path:
            return web.Response(body=TOKEN)
        assert request.headers["Authorization"] == "Bearer t1"
        return web.Response(status=404, body=NOTHING_YET[1])

    async def test() -> None:
        async with carrier(by_path) as double, CarrierClient.connect() as client:
            adapter, account = registry.adapter("ups"), access("ups", double.url)
            asks = [client.track(adapter, account, numbers(f"1Z{number:016}")) for number in range(5)]
            told = await asyncio.gather(*asks)
            assert [failure(outcome) for [outcome] in told] == ["not_found"] * 5
            assert len([path for path in double.paths if "oauth" in path]) == 1

    run(test)


@pytest.mark.parametrize(
    ("issuer", "base", "url"),
    [
        ("", "https://onlinetools.ups.com", "https://onlinetools.ups.com/token"),
        ("https://id.ups.com", "https://onlinetools.ups.com", "https://id.ups.com/token"),
        ("https://id.ups.com", "https://eu.ups.com", "https://id.ups.com/token"),
        ("https://id.ups.com", "http://127.0.0.1:8000/ups", "http://127.0.0.1:8000/ups/token"),
        ("https://id.ups.com", "https://proxy.example/ups", "https://proxy.example/ups/token"),
    ],
)
def test_a_token_is_asked_for_at_its_issuer_unless_the_address_is_another_domains(
    issuer: str, base: str, url: str
) -> None:
    ask = TokenRequest(path="/token", headers={}, body=b"", issuer=issuer)
    assert token_url(registry.adapter("ups"), ask, base) == url


def test_a_token_that_the_carrier_ended_early_is_renewed_once() -> None:
    async def test() -> None:
        denied = (401, b'{"response": {"errors": [{"code": "250002", "message": "-"}]}}', {})
        async with carrier(TOKEN, denied, TOKEN.replace(b"t1", b"t2"), NOTHING_YET) as double:
            async with CarrierClient.connect() as client:
                asked = numbers("1Z0000000000000000")
                [outcome] = await client.track(registry.adapter("ups"), access("ups", double.url), asked)
            assert failure(outcome) == "not_found"
            bearers = [headers["Authorization"] for _, path, headers, _ in double.asked if "oauth" not in path]
            assert bearers == ["Bearer t1", "Bearer t2"]

    run(test)


def test_a_token_that_is_never_good_enough_is_refused() -> None:
    denied = (401, b'{"response": {"errors": [{"code": "250002", "message": "-"}]}}', {})
    [outcome] = tracked("ups", TOKEN, denied, TOKEN, denied, asked=("1Z0000000000000000",))
    assert failure(outcome) == "refused"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [((401, b"", {}), "refused"), ((400, b"", {}), "refused"), ((503, b"", {}), "try_later"),
     ((429, b"", {}), "try_later"), (b"{}", "bad_answer"), (b"[]", "bad_answer"), (b"<html/>", "bad_answer"),
     (b'{"access_token": "t", "expires_in": "soon"}', "bad_answer")],
)  # fmt: skip
def test_what_goes_wrong_with_a_token_is_named(answer: Any, kind: str) -> None:
    [outcome] = tracked("ups", answer, asked=("1Z0000000000000000",))
    assert failure(outcome) == kind


# Where a carrier is asked.


def test_the_address_of_the_account_comes_first_then_the_environment_s_then_the_sheet_s(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    adapter = registry.adapter("dhl_unified")
    bare = Access(credentials={}, now=NOW)
    monkeypatch.delenv("CARRIER_DHL_UNIFIED_URL", raising=False)
    monkeypatch.delenv("CARRIER_URLS", raising=False)
    assert base_url(adapter, bare) == "https://api-eu.dhl.com"
    monkeypatch.setenv("CARRIER_URLS", "http://localhost:9000/{slug}/")
    assert base_url(adapter, bare) == "http://localhost:9000/dhl_unified"
    monkeypatch.setenv("CARRIER_DHL_UNIFIED_URL", "http://localhost:9001")
    assert base_url(adapter, bare) == "http://localhost:9001"
    assert base_url(adapter, access("dhl_unified", "http://localhost:9002/")) == "http://localhost:9002"


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://x", "//x", "x", "javascript:1", "http:///path"])
def test_an_address_that_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        base_url(registry.adapter("dhl_unified"), access("dhl_unified", url))


def test_a_refusal_tells_no_password_of_the_address() -> None:
    with pytest.raises(Refused) as raised:
        base_url(registry.adapter("dhl_unified"), access("dhl_unified", "ftp://user:hunter2@x"))
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("slug", registry.ADAPTERS)
def test_every_carrier_s_own_address_is_usable(slug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARRIER_URLS", raising=False)
    monkeypatch.delenv(f"CARRIER_{slug.upper()}_URL", raising=False)
    assert base_url(registry.adapter(slug), Access(credentials={}, now=NOW)).startswith("http")
