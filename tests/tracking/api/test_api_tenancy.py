"""Another merchant's key finds nothing of Lantern's, at any address, by any method; and changes nothing."""

from __future__ import annotations

import zlib
from typing import Any

import pytest
from django.core import serializers
from django.urls import URLPattern
from django_scopes import scopes_disabled

from tests.tracking.api.conftest import S10, UPS, Program
from tracking import clock
from tracking.api import urls
from tracking.api.endpoint import Endpoint
from tracking.inbound.models import InboundFile, TransportUnit, UnitMember
from tracking.mapping.models import Replay
from tracking.notify.models import Delivery, WebhookEndpoint
from tracking.phrasebook.models import PhrasebookRow
from tracking.shipments.models import Event, Leg, RawAnswer, Shipment

pytestmark = pytest.mark.django_db

WATCHED = (Shipment, Leg, Event, RawAnswer, PhrasebookRow, Replay, InboundFile, TransportUnit, UnitMember,
           WebhookEndpoint, Delivery)  # fmt: skip
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")
# A body that each address would take from Lantern itself; no address may be missing.
BODIES: dict[str, Any] = {
    "shipment": {"title": "mine now"},
    "restore": None,
    "refresh": None,
    "legs": {"carrier": "ups", "number": UPS},
    "leg": {"number": UPS},
    "events": {"status": "delivered", "occurred_at": "2026-11-20T09:30:00Z"},
    "raw-answers": None,
    "raw-answer": None,
    "mapping-row": None,
    "mapping-replay": None,
    "mapping-replay-cancel": None,
    "inbound-file": None,
    "inbound-items": None,
    "unit": None,
    "unit-members": {"shipments": ["L-1001"]},
    "unit-member": None,
    "webhook": {"description": "mine now"},
    "webhook-secret": None,
    "webhook-test": None,
    "webhook-disable": None,
    "webhook-enable": None,
    "webhook-replay": {"since": "2026-01-01T00:00:00Z", "is_dry": False},
    "webhook-deliveries": None,
    "webhook-delivery": None,
    "webhook-delivery-replay": None,
}
# Addresses without a number or an id in them: nothing of another merchant's can be named there.
OPEN = {
    "shipments", "carriers", "detect", "schema", "docs", "nowhere", "push-door", "mapping-unknown",
    "mapping-understood", "mapping-rows", "mapping-patch", "mapping-replays", "inbound-events", "inbound-files",
    "units", "webhooks",
}  # fmt: skip


def _routes() -> dict[str, URLPattern]:
    return {str(pattern.name): pattern for pattern in urls.urlpatterns}


@pytest.fixture
def ids(lantern: Program, shipment: Shipment) -> dict[str, str]:
    """The number and the ids of Lantern's shipment, which has everything that can be named."""
    lantern.post(f"/shipments/{shipment.number}/events", BODIES["events"] | {"status": "in_transit"})
    with scopes_disabled():
        leg = Leg.objects.get(shipment=shipment, carrier="china_post")
        row = RawAnswer.objects.create(
            merchant_id=shipment.merchant_id, shipment=shipment, leg_id=leg.id, carrier="china_post", channel="poll",
            received_at=clock.now(), body=zlib.compress(b"canary"), size=6,
        )  # fmt: skip
    phrase = lantern.post("/mapping/rows", {"carrier": "ups", "raw_code": "canary", "event_code": "any.note"}).json()
    replay = lantern.post("/mapping/replays", {"shipment": shipment.number}).json()
    told = {"events": [{"number": "L-1001", "occurred_at": "2026-11-20T09:30:00Z", "code": "any.note"}]}
    file = lantern.post("/inbound/events", told).json()["file"]
    unit = lantern.post("/inbound/units", {"kind": "truck", "reference": "canary"}).json()["id"]
    hook = lantern.post("/webhooks", {"url": "https://lantern.example/hook", "description": "canary"}).json()["id"]
    delivery = lantern.post(f"/webhooks/{hook}/test").json()["id"]
    members = lantern.post(f"/inbound/units/{unit}/members", {"shipments": ["L-1001"]}).json()["unit"]["members"]
    return {
        "file_id": file, "unit_id": unit, "member_id": members[0]["id"],
        "number": shipment.number, "leg_id": str(leg.id), "answer_id": str(row.id), "row_id": phrase["id"],
        "replay_id": replay["id"], "endpoint_id": hook, "delivery_id": delivery,
    }  # fmt: skip


def _everything() -> str:
    with scopes_disabled():
        return "".join(serializers.serialize("json", model.objects.order_by("pk")) for model in WATCHED)


def test_every_address_is_classified() -> None:
    assert set(_routes()) == set(BODIES) | OPEN
    for name, pattern in _routes().items():
        assert bool(pattern.pattern.converters) == (name in BODIES) or name in ("nowhere", "push-door"), name


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", BODIES)
def test_another_merchant_finds_nothing_and_changes_nothing(
    moss: Program, lantern: Program, ids: dict[str, str], name: str, method: str
) -> None:
    pattern = _routes()[name]
    view: type[Endpoint] = pattern.callback.view_class  # type: ignore[union-attr]
    path = "/" + str(pattern.pattern)
    for part, converter in pattern.pattern.converters.items():
        kind = "uuid" if type(converter).__name__ == "UUIDConverter" else "str"
        path = path.replace(f"<{kind}:{part}>", ids[part])
    path = path.removeprefix("/api/v1")
    before = _everything()
    response = moss.send(method, path, BODIES[name] if method in ("POST", "PATCH", "PUT") else None)
    expected = 404 if method in view.actions else 405
    assert response.status_code == expected, (method, path, response.content)
    for secret in (ids["leg_id"], ids["answer_id"], "canary", "L-1001", S10):
        if secret not in path:
            assert secret not in response.content.decode()
    assert _everything() == before
    if method in view.actions:  # its owner's same request works
        own = lantern.send(method, path, BODIES[name] if method in ("POST", "PATCH", "PUT") else None)
        assert own.status_code < 300, (method, path, own.content)


def test_lists_and_filters_show_nothing_of_another_merchant(moss: Program, ids: dict[str, str]) -> None:
    for query in (
        "", f"?number={ids['number']}", f"?q={ids['number']}", f"?q={S10}", f"?number={S10}", "?q=L-1",
        "?carrier=china_post",
        "?order_number=L-1001", "?status=in_transit", "?attention=any", "?archived=true",
    ):  # fmt: skip
        response = moss.get(f"/shipments{query}")
        assert response.json() == {"results": [], "next_cursor": None}, query


def test_a_leg_of_another_merchant_cannot_be_named_in_a_body(moss: Program, ids: dict[str, str]) -> None:
    number = moss.post("/shipments", {"destination_country": "DE"}).json()["number"]
    response = moss.post(f"/shipments/{number}/events", BODIES["events"] | {"leg": ids["leg_id"]})
    assert response.status_code == 400
    assert moss.send("PATCH", f"/shipments/{number}/legs/{ids['leg_id']}", {"number": UPS}).status_code == 404
    assert moss.get(f"/shipments/{number}/raw-answers/{ids['answer_id']}").status_code == 404


@pytest.mark.parametrize("name", [*BODIES, "shipments", "carriers", "detect"])
def test_without_a_key_nothing_is_told(nobody: Program, ids: dict[str, str], name: str) -> None:
    pattern = _routes()[name]
    path = "/" + str(pattern.pattern)
    for part in pattern.pattern.converters:
        path = path.replace(f"<str:{part}>", ids[part]).replace(f"<uuid:{part}>", ids[part])
    for method in pattern.callback.view_class.actions:  # type: ignore[union-attr]
        assert nobody.send(method, path.removeprefix("/api/v1"), {}).status_code == 401


def test_a_reading_key_changes_nothing_anywhere(reader: Program, ids: dict[str, str]) -> None:
    before = _everything()
    for name, body in BODIES.items():
        pattern = _routes()[name]
        path = "/" + str(pattern.pattern)
        for part in pattern.pattern.converters:
            path = path.replace(f"<str:{part}>", ids[part]).replace(f"<uuid:{part}>", ids[part])
        for method in set(pattern.callback.view_class.actions) - {"GET"}:  # type: ignore[union-attr]
            assert reader.send(method, path.removeprefix("/api/v1"), body).status_code == 403
    assert _everything() == before
