"""The document: valid, complete, and true of every answer."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from io import StringIO
from typing import Any

import jsonschema
import pytest
from django.core.management import call_command
from django.test import Client
from django_scopes import scopes_disabled

from tests.tracking.api.conftest import S10, UPS, Program
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.api import urls
from tracking.shipments.models import Leg, RawAnswer, Shipment
from tracking.shipments.services import save_account

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(nobody: Program) -> dict[str, Any]:
    return dict(nobody.get("/schema").json())


def test_it_is_valid_and_made_without_a_warning() -> None:
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=StringIO())


def test_every_endpoint_is_in_it(document: dict[str, Any]) -> None:
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}
    served = set()
    for pattern in urls.urlpatterns:
        view = getattr(pattern.callback, "view_class", None)
        for method in getattr(view, "actions", {}):
            path = "/" + re.sub(r"<(\w+:)?(\w+)>", r"{\2}", str(pattern.pattern))
            served.add((path, method.lower()))
    assert described == served


def _properties(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            yield f"{name}.{field}", described
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                if parameter["in"] != "path":
                    yield f"{method} {path} {parameter['name']}", parameter


def test_every_field_is_described(document: dict[str, Any]) -> None:
    assert [name for name, described in _properties(document) if not described.get("description")] == []


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"]
            assert operation["description"]
            assert {"401", "403", "429"} <= set(operation["responses"])


def _check(document: dict[str, Any], operation_id: str, response: Any) -> None:
    operation = next(
        operation
        for methods in document["paths"].values()
        for operation in methods.values()
        if operation["operationId"] == operation_id
    )
    described = operation["responses"][str(response.status_code)]
    schema = described["content"]["application/json"]["schema"]
    # What the document does not know must not be sent: close every object.
    closed = json.loads(json.dumps(document["components"]))
    for component in closed["schemas"].values():
        if component.get("type") == "object" and "properties" in component:
            component["additionalProperties"] = False
    jsonschema.Draft202012Validator(
        schema | {"components": closed}, format_checker=jsonschema.FormatChecker()
    ).validate(response.json())


def test_every_answer_is_as_described(
    document: dict[str, Any], lantern: Program, nobody: Program, merchant: Merchant
) -> None:
    save_account(merchant, "ups", credentials={"client_id": "a", "client_secret": "b"})
    body = {
        "destination_country": "DE", "destination_city": "Berlin", "promised_on": "2026-01-01",
        "legs": [{"number": S10}, {"carrier": "ups", "number": UPS}],
    }  # fmt: skip
    created = lantern.post("/shipments", body)
    _check(document, "register_shipment", created)
    number = created.json()["number"]
    address = f"/shipments/{number}"
    with scopes_disabled():
        leg = Leg.objects.filter(carrier="ups").get()
        Leg.objects.filter(pk=leg.pk).update(
            last_failure_kind="try_later", last_failure_detail="HTTP 503", last_failure_at=clock.now(),
            last_checked_at=clock.now(), estimated_earliest="2026-12-01", estimated_latest="2026-12-03",
        )  # fmt: skip
        RawAnswer.objects.create(
            merchant=merchant, shipment_id=leg.shipment_id, leg_id=leg.id, carrier="ups", channel="poll",
            received_at=clock.now(), body=zlib.compress(b"{}"), size=2,
        )  # fmt: skip
    event = {
        "code": "import_customs.documents_required", "occurred_at": "2026-11-20T09:30:00+01:00", "place": "Leipzig",
        "country": "DE", "reason": "customs.invoice_missing", "carrier_name": "Broker",
    }  # fmt: skip
    _check(document, "tell_event", lantern.post(f"{address}/events", event))
    told = lantern.get(address)
    _check(document, "read_shipment", told)
    assert told.json()["estimated_delivery"]
    assert told.json()["reason"]
    assert told.json()["milestones"] == []
    _check(document, "list_shipments", lantern.get("/shipments"))
    _check(document, "change_shipment", lantern.patch(address, {"title": "Lamp"}))
    _check(document, "refresh_shipment", lantern.post(f"{address}/refresh"))
    added = lantern.post(f"{address}/legs", {"carrier": "sf_express", "number": "SF1398204417756", "fields": {"phone_last4": "1234"}})  # fmt: skip  # noqa: E501
    _check(document, "add_leg", added)
    _check(document, "correct_leg", lantern.patch(f"{address}/legs/{added.json()['id']}", {"role": "linehaul"}))
    _check(document, "list_raw_answers", lantern.get(f"{address}/raw-answers"))
    answer = lantern.get(f"{address}/raw-answers").json()["results"][0]["id"]
    _check(document, "read_raw_answer", lantern.get(f"{address}/raw-answers/{answer}"))
    _check(document, "list_carriers", lantern.get("/carriers"))
    _check(document, "detect_carrier", lantern.post("/detect", {"number": S10}))
    lantern.delete(address)
    _check(document, "restore_shipment", lantern.post(f"{address}/restore"))
    _check(document, "read_shipment", nobody.get(address))
    _check(document, "read_shipment", lantern.get("/shipments/1"))
    _check(document, "register_shipment", lantern.post("/shipments", {}))


def test_delivered_is_as_described_too(document: dict[str, Any], lantern: Program, shipment: Shipment) -> None:
    told = {"status": "delivered", "occurred_at": "2026-11-20T09:30:00+01:00"}
    response = lantern.post(f"/shipments/{shipment.number}/events", told)
    _check(document, "tell_event", response)
    assert response.json()["silence"] is None
    assert response.json()["delivered_at"] == "2026-11-20T08:30:00Z"
    assert response.json()["holder"] == {"kind": "buyer", "leg": None}


class TestThePage:
    def test_it_needs_no_other_site(self) -> None:
        response = Client().get("/api/v1/docs")
        html = response.content.decode()
        addresses = re.findall(r'(?:src|href)="([^"]+)"', html)
        assert addresses
        assert all(address.startswith("/") and not address.startswith("//") for address in addresses)
        assert re.findall(r"<script(?![^>]*src=)", html) == []
        policy = response["Content-Security-Policy"]
        assert "script-src 'self'" in policy
        assert "script-src 'self' 'unsafe" not in policy
        assert "http" not in policy

    def test_its_script_names_the_document(self) -> None:
        response = Client().get("/api/v1/docs?script=")
        assert "/api/v1/schema" in response.content.decode()
        assert "javascript" in response["Content-Type"]

    def test_its_files_are_our_own(self) -> None:
        from django.contrib.staticfiles import finders

        html = Client().get("/api/v1/docs").content.decode()
        for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', html):
            assert finders.find(address.removeprefix("/static/")), address

    def test_the_policy_is_relaxed_there_alone(self, nobody: Program) -> None:
        assert "unsafe" not in nobody.get("/schema").headers.get("Content-Security-Policy", "")
