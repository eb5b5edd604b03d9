"""A program maps what no table knows, replays, and reads how well carriers are understood."""

from __future__ import annotations

from typing import Any

import jsonschema
import pytest
from django_scopes import scope

from tests.tracking.api.conftest import Program, fields, problem
from tests.tracking.mapping.yanwen_words import ODD, PICKED_UP, parcel, tell
from tracking.accounts.models import Merchant
from tracking.mapping import replays, understood
from tracking.shipments.models import Shipment

pytestmark = pytest.mark.django_db


@pytest.fixture
def bike(merchant: Merchant) -> Shipment:
    """Lantern's parcel with Yanwen, told of in words that no table knows."""
    with scope(merchant=merchant):
        shipment = parcel(merchant, "L-2001")
        tell(shipment, PICKED_UP, ODD)
    return shipment


def test_from_an_unknown_wording_to_a_status(lantern: Program, merchant: Merchant, bike: Shipment) -> None:
    queue = lantern.get("/mapping/unknown?carrier=yanwen").json()
    (group,) = queue["results"]
    assert (group["count"], group["row"], group["examples"][0]["shipment"]) == (1, None, bike.number)
    told = {
        "carrier": "Yanwen".lower(),
        "raw_code": "ZZ77",
        "text": group["wording"],
        "event_code": "import_customs.held",
    }
    row = lantern.post("/mapping/rows", told).json()
    assert (row["version"], row["author"].startswith("test (tl_"), row["reason"]) == (1, True, None)
    assert lantern.get("/mapping/unknown").json()["results"][0]["row"] == row
    started = lantern.post("/mapping/replays", {"carrier": "yanwen", "is_dry": False})
    assert started.status_code == 201
    replay = started.json()
    assert (replay["state"], replay["is_dry"], started["Location"]) == (
        "waiting", False, f"/api/v1/mapping/replays/{replay['id']}",
    )  # fmt: skip
    replays.run(replay["id"])
    done = lantern.get(f"/mapping/replays/{replay['id']}").json()
    assert (done["state"], done["events_changed"], done["statuses_changed"]) == ("done", 1, 1)
    assert lantern.get(f"/shipments/{bike.number}").json()["status"] == "exception"
    (rate,) = lantern.get("/mapping/understood").json()["results"]
    assert (rate["carrier"], rate["events"], rate["recent_rate"]) == ("yanwen", 2, 1.0)


def test_a_replay_is_dry_unless_told_otherwise_and_can_be_cancelled(lantern: Program, bike: Shipment) -> None:
    replay = lantern.post("/mapping/replays", {"shipment": bike.number}).json()
    assert (replay["is_dry"], replay["shipment"], replay["carrier"]) == (True, bike.number, None)
    refused = lantern.post("/mapping/replays", {"carrier": "yanwen"})
    assert "another replay is under way" in problem(refused, 400, "invalid_request")["message"]
    assert lantern.post(f"/mapping/replays/{replay['id']}/cancel").json()["state"] == "cancelled"
    assert lantern.post("/mapping/replays", {"carrier": "yanwen"}).status_code == 201
    assert len(lantern.get("/mapping/replays").json()["results"]) == 2


def test_a_row_is_superseded_and_ended_and_kept(lantern: Program) -> None:
    told = {"carrier": "yanwen", "pattern": "feeder.*gate", "event_code": "linehaul.departed"}
    first = lantern.post("/mapping/rows", told).json()
    second = lantern.post("/mapping/rows", told | {"event_code": "any.note"}).json()
    assert (second["version"], second["replaces"]) == (2, first["id"])
    assert lantern.delete(f"/mapping/rows/{second['id']}").status_code == 204
    assert lantern.get("/mapping/rows").json()["results"] == []
    ended = lantern.get("/mapping/rows?include_ended=true&carrier=yanwen").json()["results"]
    assert [row["id"] for row in ended] == [second["id"], first["id"]]
    assert all(row["ended_at"] for row in ended)


def test_the_patch_holds_the_rows(lantern: Program, moss: Program) -> None:
    lantern.post("/mapping/rows", {"carrier": "yanwen", "raw_code": "SC20", "event_code": "any.note"})
    patch = lantern.get("/mapping/patch?carrier=yanwen").json()
    assert 'SC20 = "any.note"' in patch["toml"]
    assert patch["diff"].startswith("--- a/carriers/adapters/yanwen.toml")
    assert moss.get("/mapping/patch?carrier=yanwen").json() == {"carrier": "yanwen", "rows": 0, "toml": "", "diff": ""}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, {"carrier": "is missing", "event_code": "is missing"}),
        ({"carrier": "yanwen", "event_code": "any.note"}, {"text": "is missing"}),
        ({"carrier": "yanwn", "event_code": "any.note", "raw_code": "X"}, {"carrier": "yanwen"}),
        ({"carrier": "yanwen", "event_code": "unknown", "raw_code": "X"}, {"event_code": "not one of the known"}),
        ({"carrier": "yanwen", "event_code": "any.note", "pattern": "(a+)+"}, {"pattern": "a gap is"}),
    ],
)
def test_a_row_that_cannot_be_taken_says_why(lantern: Program, body: Any, told: dict[str, str]) -> None:
    found = fields(lantern.post("/mapping/rows", body))
    assert set(found) == set(told)
    for field, words in told.items():
        assert words in found[field]


def test_another_merchant_sees_nothing_of_it(lantern: Program, moss: Program, bike: Shipment) -> None:
    lantern.post("/mapping/rows", {"carrier": "yanwen", "raw_code": "ZZ77", "event_code": "any.note"})
    lantern.post("/mapping/replays", {"carrier": "yanwen"})
    understood.count()
    for address in ("unknown", "understood", "rows?include_ended=true", "replays"):
        assert moss.get(f"/mapping/{address}").json()["results"] == []
    assert moss.post("/mapping/replays", {"shipment": bike.number}).status_code == 404


def test_every_answer_is_what_the_document_says(lantern: Program, nobody: Program, bike: Shipment) -> None:
    document = nobody.get("/schema").json()
    row = lantern.post("/mapping/rows", {"carrier": "yanwen", "raw_code": "ZZ77", "event_code": "any.note"}).json()
    replay = lantern.post("/mapping/replays", {"carrier": "yanwen"}).json()
    replays.run(replay["id"])
    understood.count()
    for operation, path in (
        ("list_unknown_wordings", "/mapping/unknown"),
        ("list_understood_rates", "/mapping/understood"),
        ("list_phrasebook_rows", "/mapping/rows"),
        ("read_phrasebook_row", f"/mapping/rows/{row['id']}"),
        ("read_phrasebook_patch", "/mapping/patch?carrier=yanwen"),
        ("list_replays", "/mapping/replays"),
        ("read_replay", f"/mapping/replays/{replay['id']}"),
    ):
        response = lantern.get(path)
        described = next(
            method for methods in document["paths"].values() for method in methods.values()
            if method["operationId"] == operation
        )  # fmt: skip
        schema = described["responses"][str(response.status_code)]["content"]["application/json"]["schema"]
        jsonschema.validate(response.json(), {**schema, "components": document["components"]})
