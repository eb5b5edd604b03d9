"""Two merchants, their keys, and programs that call the API with them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django_scopes import scope

from tracking.accounts.models import ApiKey, Merchant, Scope
from tracking.shipments.live import redis_client
from tracking.shipments.models import Shipment
from tracking.shipments.opening import LegSpec
from tracking.shipments.services import register_shipment

S10 = "RB123456785CN"  # registered letter of China Post
UPS = "1Z12345E0205271688"  # from UPS's own documentation


class Program:
    """A merchant's program: sends JSON, and hands back (status, body)."""

    def __init__(self, key: str | None) -> None:
        self._client = Client(raise_request_exception=False)
        self._headers = {"authorization": f"Bearer {key}"} if key else {}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """The whole response; `path` below /api/v1."""
        data = body if isinstance(body, str | bytes) else json.dumps(body) if body is not None else ""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        content_type = names.pop("content-type", "application/json")
        return self._client.generic(
            method, f"/api/v1{path}", data, content_type=content_type, headers={**self._headers, **names}
        )

    def get(self, path: str, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def patch(self, path: str, body: Any) -> Any:
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.send("DELETE", path)


@pytest.fixture(autouse=True)
def _full_buckets() -> None:
    """Every test starts with all that a key may ask."""
    client = redis_client()
    for name in client.scan_iter("rate:*"):
        client.delete(name)


@pytest.fixture
def merchant(db: None) -> Merchant:
    return Merchant.objects.create(name="Lantern Bikes", slug="lantern")


@pytest.fixture
def other_merchant(db: None) -> Merchant:
    return Merchant.objects.create(name="Moss & Fern", slug="moss")


def issue(merchant: Merchant, *scopes: str) -> str:
    with scope(merchant=merchant):
        return ApiKey.issue(merchant, "test", list(scopes))[1]


@pytest.fixture
def lantern(merchant: Merchant) -> Program:
    """Lantern's program, which may do all that a program may."""
    return Program(issue(merchant, *Scope))


@pytest.fixture
def reader(merchant: Merchant) -> Program:
    """Lantern's program that may only read."""
    return Program(issue(merchant, Scope.READ))


@pytest.fixture
def moss(other_merchant: Merchant) -> Program:
    """Another merchant's program, which may do as much with its own."""
    return Program(issue(other_merchant, *Scope))


@pytest.fixture
def nobody(db: None) -> Program:
    """A program without a key."""
    return Program(None)


@pytest.fixture
def shipment(merchant: Merchant) -> Shipment:
    """Lantern's parcel from Shenzhen to Berlin, with China Post."""
    spec = LegSpec(number=S10, carrier="china_post")
    return register_shipment(
        merchant, legs=[spec], destination_country="DE", destination_city="Berlin", order_number="L-1001"
    )


def problem(response: Any, status: int, error_type: str) -> dict[str, Any]:
    """The error of a refusal, which must have the one shape."""
    assert response.status_code == status, (response.status_code, response.content[:500])
    assert response["Content-Type"] == "application/json"
    body = response.json()
    assert set(body) == {"error"}
    error: dict[str, Any] = body["error"]
    assert set(error) == {"type", "message", "fields", "request_id"}
    assert error["type"] == error_type
    assert error["message"]
    assert error["request_id"] == response["X-Request-Id"] != ""
    for field in error["fields"]:
        assert set(field) == {"field", "problem", "cure"}
        assert field["cure"], field
    return error


def fields(response: Any) -> dict[str, str]:
    """What an invalid request is told, by field."""
    told = problem(response, 400, "invalid_request")["fields"]
    return {item["field"]: f"{item['problem']} {item['cure']}" for item in told}
