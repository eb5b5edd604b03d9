"""A program registers an endpoint, sees what was sent to it, and has it sent again."""

from __future__ import annotations

import base64
from datetime import timedelta
from ipaddress import ip_network
from typing import Any
from urllib.parse import quote

import jsonschema
import pytest
from django.utils import timezone
from django_scopes import scopes_disabled

from tests.tracking.api.conftest import Program, fields, issue, problem
from tests.tracking.notify.conftest import WAY, Answer, Receiver, news, parcel, receiver, send_due
from tracking.accounts.models import Merchant, Scope
from tracking.notify.endpoints import MOST_ENDPOINTS
from tracking.notify.models import Delivery, WebhookEndpoint
from tracking.shipments.models import IdempotencyKey

pytestmark = pytest.mark.django_db

__all__ = ["receiver"]

URL = "https://shop.example.com/hook"


@pytest.fixture(autouse=True)
def _like_production(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = ()


@pytest.fixture
def hook(lantern: Program, settings: Any, receiver: Receiver) -> str:
    """The id of an endpoint at the receiver."""
    settings.WEBHOOK_ALLOWED_NETWORKS = (ip_network("127.0.0.0/8"),)
    return str(lantern.post("/webhooks", {"url": receiver.url}).json()["id"])


def test_an_endpoints_life(lantern: Program) -> None:
    created = lantern.post("/webhooks", {"url": URL, "event_types": ["shipment.delivered"]})
    assert created.status_code == 201
    told = created.json()
    secret = told.pop("secret")
    assert len(base64.b64decode(secret.removeprefix("whsec_"), validate=True)) == 32
    assert created["Location"] == f"/api/v1/webhooks/{told['id']}"
    assert (told["state"], told["event_types"], told["is_ordered"]) == ("active", ["shipment.delivered"], False)
    address = f"/webhooks/{told['id']}"
    assert lantern.get(address).json() == told
    assert lantern.get("/webhooks").json() == {"results": [told]}
    changed = lantern.patch(address, {"is_ordered": True, "event_types": []}).json()
    assert (changed["url"], changed["event_types"], changed["is_ordered"]) == (URL, [], True)
    assert lantern.delete(address).status_code == 204
    problem(lantern.get(address), 404, "not_found")
    assert lantern.get("/webhooks").json() == {"results": []}
    assert lantern.post("/webhooks", {"url": URL}).status_code == 201


def test_a_secret_is_shown_once_and_kept_sealed(lantern: Program) -> None:
    told = lantern.post("/webhooks", {"url": URL}, Idempotency_Key="k1").json()
    rotated = lantern.post(f"/webhooks/{told['id']}/rotate-secret").json()
    assert rotated["secret"] != told["secret"]
    with scopes_disabled():
        sealed = bytes(WebhookEndpoint.objects.get().sealed_secrets)
        assert not IdempotencyKey.objects.exists()  # an answer that is kept would hold it
    for secret in (told["secret"], rotated["secret"]):
        assert secret.encode() not in sealed
        assert secret not in lantern.get("/webhooks").content.decode()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://shop.example.com/hook", "is not https"),
        ("https://10.1.2.3/hook", "10.1.2.3 is not a public address"),
        ("https://[::ffff:127.0.0.1]/", "is not a public address"),
        ("https://2130706433/", "127.0.0.1 is not a public address"),
        ("https://localhost/hook", "this machine"),
        ("https://shop.example.com:8080/hook", "port 8080 is not allowed; these are: 443, 8443"),
        ("https://user:pw@shop.example.com/", "user name"),
        ("shop.example.com", "does not begin with https://"),
        ("", "is empty"),
    ],
)
def test_a_url_that_cannot_be_taken_is_told_why_and_the_cure(lantern: Program, url: str, words: str) -> None:
    assert words in fields(lantern.post("/webhooks", {"url": url}))["url"]
    created = lantern.post("/webhooks", {"url": URL}).json()
    assert words in fields(lantern.patch(f"/webhooks/{created['id']}", {"url": url}))["url"]


def test_other_mistakes_are_named(lantern: Program) -> None:
    told = fields(lantern.post("/webhooks", {"url": URL, "event_types": ["shipment.deliverd"], "ordered": True}))
    assert "Did you mean shipment.delivered" in told["event_types.0"]
    assert "Did you mean `is_ordered`" in told["ordered"]
    created = lantern.post("/webhooks", {"url": URL}).json()
    assert "has an endpoint already" in fields(lantern.post("/webhooks", {"url": URL}))["url"]
    assert fields(lantern.patch(f"/webhooks/{created['id']}", {}))
    assert "since" in fields(lantern.post(f"/webhooks/{created['id']}/replay", {}))
    assert "state" in next(iter(fields(lantern.get(f"/webhooks/{created['id']}/deliveries?state=lost"))))


def test_there_is_an_end_to_endpoints(lantern: Program) -> None:
    for number in range(MOST_ENDPOINTS):
        assert lantern.post("/webhooks", {"url": f"{URL}/{number}"}).status_code == 201
    assert "Delete one" in fields(lantern.post("/webhooks", {"url": URL}))["url"]


def test_deliveries_are_listed_a_page_at_a_time_and_by_state(
    lantern: Program, merchant: Merchant, receiver: Receiver, hook: str
) -> None:
    receiver.answer = lambda got: Answer(status=500 if got.json["data"]["sequence"] == 3 else 200)
    parcel_ = parcel(merchant)
    news(parcel_, *WAY)
    send_due()
    address = f"/webhooks/{hook}/deliveries"
    page = lantern.get(f"{address}?limit=3").json()
    rest = lantern.get(f"{address}?limit=3&cursor={page['next_cursor']}").json()
    rows = page["results"] + rest["results"]
    assert rest["next_cursor"] is None
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert sorted(row["sequence"] for row in rows) == [1, 2, 3, 4]
    assert {row["shipment"] for row in rows} == {parcel_.number}
    [waiting] = lantern.get(f"{address}?state=pending,failed").json()["results"]
    assert (waiting["sequence"], waiting["http_status"], waiting["attempts"]) == (3, 500, 1)
    assert waiting["next_attempt_at"] is not None
    soon = quote((timezone.now() + timedelta(minutes=1)).isoformat())
    assert lantern.get(f"{address}?since={soon}").json()["results"] == []


def test_a_delivery_tells_what_was_sent_and_what_came_back(
    lantern: Program, merchant: Merchant, receiver: Receiver, hook: str
) -> None:
    receiver.answer = Answer(status=500, body=b"no room")
    news(parcel(merchant), WAY[0])
    send_due()
    [row] = lantern.get(f"/webhooks/{hook}/deliveries").json()["results"]
    told = lantern.get(f"/webhooks/{hook}/deliveries/{row['id']}").json()
    assert told["payload"] == receiver.received[0].json["data"]
    [attempt] = told["tried"]
    assert (attempt["number"], attempt["http_status"], attempt["response"], attempt["error"]) == (1, 500, "no room", "")
    assert "whsec" not in str(told)


def test_a_test_message_is_sent_once(lantern: Program, receiver: Receiver, hook: str) -> None:
    receiver.answer = Answer(status=500)
    answer = lantern.post(f"/webhooks/{hook}/test")
    assert answer.status_code == 202
    send_due()
    told = lantern.get(answer["Location"].removeprefix("/api/v1")).json()
    assert (told["event_type"], told["state"], told["shipment"]) == ("endpoint.test", "failed", None)
    assert receiver.received[0].json["type"] == "endpoint.test"


def test_disabling_enabling_and_replaying_what_was_missed(
    lantern: Program, merchant: Merchant, receiver: Receiver, hook: str
) -> None:
    since = (timezone.now() - timedelta(minutes=1)).isoformat()
    assert lantern.post(f"/webhooks/{hook}/disable").json()["disabled_why"] == "merchant"
    news(parcel(merchant), *WAY)
    assert "is disabled" in problem(lantern.post(f"/webhooks/{hook}/test"), 400, "invalid_request")["message"]
    refused = lantern.post(f"/webhooks/{hook}/replay", {"since": since, "is_dry": False})
    assert "is disabled" in problem(refused, 400, "invalid_request")["message"]
    assert lantern.post(f"/webhooks/{hook}/enable").json()["state"] == "probing"
    send_due()
    told = lantern.get(f"/webhooks/{hook}").json()
    assert (told["state"], told["disabled_why"]) == ("active", None)
    assert lantern.post(f"/webhooks/{hook}/replay", {"since": since}).json() == {"is_dry": True, "count": 4}
    body = {"since": since, "is_dry": False}
    done = lantern.post(f"/webhooks/{hook}/replay", body, Idempotency_Key="again")
    assert done.json() == {"is_dry": False, "count": 4}
    again = lantern.post(f"/webhooks/{hook}/replay", body, Idempotency_Key="again")
    assert (again.json(), again["Idempotent-Replayed"]) == (done.json(), "true")
    send_due()
    assert sorted(got.json["data"].get("sequence", 0) for got in receiver.received) == [0, 1, 2, 3, 4]


def test_one_delivery_is_replayed_under_its_id(
    lantern: Program, merchant: Merchant, receiver: Receiver, hook: str
) -> None:
    news(parcel(merchant), WAY[0])
    send_due()
    [row] = lantern.get(f"/webhooks/{hook}/deliveries").json()["results"]
    answer = lantern.post(f"/webhooks/{hook}/deliveries/{row['id']}/replay")
    assert (answer.status_code, answer.json()["state"]) == (202, "pending")
    send_due()
    assert receiver.ids() == [row["id"], row["id"]]


def test_a_key_needs_the_scope_of_webhooks(merchant: Merchant) -> None:
    shipments_only = Program(issue(merchant, Scope.READ, Scope.WRITE))
    for answer in (shipments_only.get("/webhooks"), shipments_only.post("/webhooks", {"url": URL})):
        assert "`webhooks:manage`" in problem(answer, 403, "scope_missing")["message"]
    webhooks_only = Program(issue(merchant, Scope.WEBHOOKS))
    assert webhooks_only.post("/webhooks", {"url": URL}).status_code == 201
    problem(webhooks_only.get("/shipments"), 403, "scope_missing")


def test_another_merchants_deliveries_are_not_found_under_ones_own_endpoint(
    lantern: Program, moss: Program, merchant: Merchant, hook: str
) -> None:
    news(parcel(merchant), WAY[0])
    theirs = moss.post("/webhooks", {"url": URL}).json()["id"]
    with scopes_disabled():
        delivery = Delivery.objects.get()
    problem(moss.get(f"/webhooks/{theirs}/deliveries/{delivery.id}"), 404, "not_found")
    problem(moss.post(f"/webhooks/{theirs}/deliveries/{delivery.id}/replay"), 404, "not_found")
    assert moss.get(f"/webhooks/{theirs}/deliveries").json()["results"] == []


def test_every_answer_is_as_described(
    nobody: Program, lantern: Program, merchant: Merchant, receiver: Receiver, hook: str
) -> None:
    document = nobody.get("/schema").json()
    operations = {each["operationId"]: each for path in document["paths"].values() for each in path.values()}
    for component in document["components"]["schemas"].values():
        if component.get("type") == "object" and "properties" in component:
            component["additionalProperties"] = False

    def check(operation_id: str, answer: Any) -> Any:
        described = operations[operation_id]["responses"][str(answer.status_code)]
        schema = described["content"]["application/json"]["schema"] | {"components": document["components"]}
        checker = jsonschema.FormatChecker()
        jsonschema.Draft202012Validator(schema, format_checker=checker).validate(answer.json())
        return answer.json()

    receiver.answer = Answer(status=500)
    news(parcel(merchant), WAY[0])
    send_due()
    address = f"/webhooks/{hook}"
    [row] = check("list_deliveries", lantern.get(f"{address}/deliveries"))["results"]
    check("read_delivery", lantern.get(f"{address}/deliveries/{row['id']}"))
    check("replay_delivery", lantern.post(f"{address}/deliveries/{row['id']}/replay"))
    check("test_webhook", lantern.post(f"{address}/test"))
    check("read_webhook", lantern.get(address))
    check("list_webhooks", lantern.get("/webhooks"))
    check("change_webhook", lantern.patch(address, {"description": "x"}))
    check("rotate_webhook_secret", lantern.post(f"{address}/rotate-secret"))
    check("disable_webhook", lantern.post(f"{address}/disable"))
    check("enable_webhook", lantern.post(f"{address}/enable"))
    check("replay_failed_deliveries", lantern.post(f"{address}/replay", {"since": "2026-01-01T00:00:00Z"}))
    check("create_webhook", lantern.post("/webhooks", {"url": f"{receiver.url}/2"}))
    check("create_webhook", lantern.post("/webhooks", {}))
