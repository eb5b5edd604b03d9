"""How much a key may ask; and that nobody passes while Redis is away."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import override_settings
from django_scopes import scopes_disabled
from rest_framework.settings import api_settings

from tests.tracking.api.conftest import Program, problem
from tracking.api.throttling import parse_rate, take
from tracking.shipments import live
from tracking.shipments.models import Shipment

pytestmark = pytest.mark.django_db


@pytest.fixture
def three_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", {"key": "3/min", "anonymous": "2/min"})


@pytest.fixture
def _redis_away() -> Iterator[None]:
    live.redis_client.cache_clear()
    with override_settings(REDIS_URL="redis://127.0.0.1:1/0"):
        yield
        live.redis_client.cache_clear()


def test_every_answer_says_what_is_left(lantern: Program) -> None:
    first, second = lantern.get("/shipments"), lantern.get("/shipments")
    assert first["RateLimit-Limit"] == "600"
    assert int(second["RateLimit-Remaining"]) < int(first["RateLimit-Remaining"]) <= 599
    assert 0 <= int(second["RateLimit-Reset"]) <= 60
    assert "RateLimit-Remaining" in lantern.get("/shipments/123")


@pytest.mark.usefixtures("three_a_minute")
def test_too_many_are_told_how_long_to_wait(lantern: Program) -> None:
    for _ in range(3):
        assert lantern.get("/shipments").status_code == 200
    response = lantern.get("/shipments")
    error = problem(response, 429, "rate_limited")
    assert 1 <= int(response["Retry-After"]) <= 20
    assert response["Retry-After"] in error["message"]
    assert (response["RateLimit-Limit"], response["RateLimit-Remaining"]) == ("3", "0")


@pytest.mark.usefixtures("three_a_minute")
def test_one_key_does_not_use_up_another_s_share(lantern: Program, moss: Program, reader: Program) -> None:
    for _ in range(4):
        lantern.get("/shipments")
    assert lantern.get("/shipments").status_code == 429
    assert moss.get("/shipments").status_code == 200
    assert reader.get("/shipments").status_code == 200


@pytest.mark.usefixtures("three_a_minute")
def test_whoever_guesses_keys_is_counted_by_address(nobody: Program, lantern: Program) -> None:
    for guess in range(2):
        assert nobody.get("/shipments", authorization=f"Bearer tl_{guess}").status_code == 401
    problem(nobody.get("/shipments", authorization="Bearer tl_2"), 429, "rate_limited")
    problem(nobody.get("/shipments"), 429, "rate_limited")
    problem(nobody.get("/schema"), 429, "rate_limited")
    assert lantern.get("/shipments").status_code == 200


@pytest.mark.usefixtures("three_a_minute")
def test_addresses_of_one_ipv6_network_are_one(nobody: Program) -> None:
    def ask(address: str) -> int:
        return int(nobody._client.get("/api/v1/shipments", REMOTE_ADDR=address).status_code)

    assert [ask("2001:db8::1"), ask("2001:db8::2"), ask("2001:db8::3")] == [401, 401, 429]
    assert ask("2001:db8:1::1") == 401


@pytest.mark.usefixtures("_redis_away")
def test_without_redis_nobody_reads_and_nobody_writes(lantern: Program, nobody: Program) -> None:
    for call in (
        lambda: lantern.get("/shipments"),
        lambda: lantern.post("/shipments", {"destination_country": "DE"}),
        lambda: nobody.get("/shipments"),
        lambda: nobody.get("/schema"),
    ):
        response = call()
        error = problem(response, 429, "rate_limited")
        assert response["Retry-After"] == "5"
        assert "away" in error["message"]
    with scopes_disabled():
        assert not Shipment.objects.exists()


def test_a_bucket_refills_evenly() -> None:
    began = time.monotonic()
    taken: list[Any] = [take("rate:test", 20, 1) for _ in range(21)]
    emptied = time.monotonic()
    assert [allowance.is_allowed for allowance in taken].count(True) <= 21 + 20 * (emptied - began)
    time.sleep(0.3)
    refilled = 20 * (time.monotonic() - emptied)
    again = [take("rate:test", 20, 1).is_allowed for _ in range(40)]
    # Twenty a second for the time that really went by, on however busy a machine.
    assert refilled - 2 <= again.count(True) <= 20 * (time.monotonic() - began) + 1 or all(again)


def test_rates_are_read_as_written() -> None:
    assert [parse_rate(rate) for rate in ("600/min", "5/s", "1000/hour")] == [(600, 60), (5, 1), (1000, 3600)]
