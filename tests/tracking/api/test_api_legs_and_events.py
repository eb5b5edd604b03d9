"""Correcting the chain, telling events that no carrier reports, and the answers behind it all."""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django_scopes import scope, scopes_disabled

from tests.tracking.api.conftest import S10, UPS, Program, fields, problem
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.shipments.models import Leg, RawAnswer, Shipment

pytestmark = pytest.mark.django_db

PICKED_UP = {"code": "first_mile.picked_up", "occurred_at": "2026-11-20T09:30:00+08:00"}


def _leg(program: Program, shipment: Shipment) -> dict[str, Any]:
    (leg,) = program.get(f"/shipments/{shipment.number}").json()["legs"]
    return dict(leg)


class TestAddingALeg:
    def test_it_joins_the_end_of_the_chain(self, lantern: Program, shipment: Shipment) -> None:
        response = lantern.post(f"/shipments/{shipment.number}/legs", {"carrier": "ups", "number": UPS})
        assert response.status_code == 201
        leg = response.json()
        assert (leg["carrier"], leg["role"], leg["evidence"]) == ("ups", "last_mile", "merchant")
        legs = lantern.get(f"/shipments/{shipment.number}").json()["legs"]
        assert [row["carrier"] for row in legs] == ["china_post", "ups"]
        assert legs[1] == leg

    def test_a_leg_is_added_once(self, lantern: Program, shipment: Shipment) -> None:
        told = fields(lantern.post(f"/shipments/{shipment.number}/legs", {"carrier": "china_post", "number": S10}))
        assert "already" in told["number"]

    def test_what_the_carrier_needs_is_asked_for(self, lantern: Program, shipment: Shipment) -> None:
        body = {"carrier": "sf_express", "number": "SF1398204417756"}
        assert set(fields(lantern.post(f"/shipments/{shipment.number}/legs", body))) == {"fields.phone_last4"}
        body["fields"] = {"phone_last4": "1234"}  # type: ignore[assignment]
        leg = lantern.post(f"/shipments/{shipment.number}/legs", body).json()
        assert leg["fields"] == {"phone_last4": "1234"}


class TestCorrectingALeg:
    def test_another_candidate_takes_its_place_under_a_new_id(self, lantern: Program) -> None:
        body = {"destination_country": "DE", "legs": [{"number": S10}]}
        number = lantern.post("/shipments", body).json()["number"]
        (old,) = lantern.get(f"/shipments/{number}").json()["legs"]
        other = next(item["carrier"] for item in old["candidates"] if item["carrier"] != old["carrier"])
        new = lantern.patch(f"/shipments/{number}/legs/{old['id']}", {"carrier": other}).json()
        assert (new["carrier"], new["number"], new["role"]) == (other, S10, old["role"])
        assert new["id"] != old["id"]
        assert lantern.get(f"/shipments/{number}").json()["legs"] == [new]
        problem(lantern.patch(f"/shipments/{number}/legs/{old['id']}", {"carrier": other}), 404, "not_found")

    def test_events_of_the_wrong_leg_count_no_more(self, lantern: Program, shipment: Shipment) -> None:
        leg = _leg(lantern, shipment)
        lantern.post(f"/shipments/{shipment.number}/events", PICKED_UP | {"leg": leg["id"]})
        assert lantern.get(f"/shipments/{shipment.number}").json()["status"] == "in_transit"
        lantern.patch(f"/shipments/{shipment.number}/legs/{leg['id']}", {"number": "RB972281865CN"})
        body = lantern.get(f"/shipments/{shipment.number}").json()
        assert (body["status"], body["events"]) == ("pending", [])

    def test_a_new_number_keeps_the_carrier_that_was_named(self, lantern: Program, shipment: Shipment) -> None:
        leg = _leg(lantern, shipment)
        new = lantern.patch(f"/shipments/{shipment.number}/legs/{leg['id']}", {"number": UPS}).json()
        assert (new["carrier"], new["number"]) == ("china_post", UPS)

    def test_a_new_number_is_detected_anew_where_the_old_one_was(self, lantern: Program) -> None:
        body = {"destination_country": "US", "legs": [{"number": S10}]}
        shipment = lantern.post("/shipments", body).json()
        address = f"/shipments/{shipment['number']}/legs/{shipment['legs'][0]['id']}"
        assert lantern.patch(address, {"number": UPS}).json()["carrier"] == "ups"

    def test_a_role_alone_changes_nothing_else(self, lantern: Program, shipment: Shipment) -> None:
        leg = _leg(lantern, shipment)
        new = lantern.patch(f"/shipments/{shipment.number}/legs/{leg['id']}", {"role": "linehaul"}).json()
        assert (new["role"], new["carrier"], new["number"]) == ("linehaul", leg["carrier"], leg["number"])

    @pytest.mark.parametrize(
        ("body", "field"), [({}, ""), ({"number": "x"}, "number"), ({"carrier": "upps"}, "carrier"), ({"id": 1}, "id")]
    )
    def test_what_cannot_be_is_named(
        self, lantern: Program, shipment: Shipment, body: dict[str, Any], field: str
    ) -> None:
        leg = _leg(lantern, shipment)
        assert field in fields(lantern.patch(f"/shipments/{shipment.number}/legs/{leg['id']}", body))
        assert _leg(lantern, shipment) == leg

    def test_a_leg_can_be_taken_away(self, lantern: Program, shipment: Shipment) -> None:
        address = f"/shipments/{shipment.number}/legs/{_leg(lantern, shipment)['id']}"
        assert lantern.delete(address).status_code == 204
        assert lantern.get(f"/shipments/{shipment.number}").json()["legs"] == []
        problem(lantern.delete(address), 404, "not_found")

    def test_a_leg_of_another_shipment_is_not_there(self, lantern: Program, shipment: Shipment) -> None:
        other = lantern.post("/shipments", {"destination_country": "DE"}).json()["number"]
        leg = _leg(lantern, shipment)
        problem(lantern.patch(f"/shipments/{other}/legs/{leg['id']}", {"number": UPS}), 404, "not_found")
        problem(lantern.delete(f"/shipments/{other}/legs/{leg['id']}"), 404, "not_found")
        assert _leg(lantern, shipment) == leg


class TestTellingAnEvent:
    def test_a_forwarder_without_an_api_has_a_leg_of_its_own(self, lantern: Program, shipment: Shipment) -> None:
        told = PICKED_UP | {"carrier_name": "Pearl Forwarding", "place": "Shenzhen", "country": "CN"}
        response = lantern.post(f"/shipments/{shipment.number}/events", told)
        assert response.status_code == 201
        lantern.post(
            f"/shipments/{shipment.number}/events",
            told | {"code": "linehaul.departed", "occurred_at": "2026-11-21T03:00:00+08:00"},
        )
        body = lantern.get(f"/shipments/{shipment.number}").json()
        assert [leg["carrier_name"] for leg in body["legs"]][1] == "Pearl Forwarding"
        assert [leg["evidence"] for leg in body["legs"]] == ["registered", "merchant", "same_s10"]
        assert [event["code"] for event in body["events"]] == ["first_mile.picked_up", "linehaul.departed"]
        assert body["events"][0]["sources"][0]["carrier_name"] == "Pearl Forwarding"
        assert [stage["name"] for stage in body["milestones"]] == ["picked_up", "left_origin"]
        assert body["milestones"][0]["reached_at"] == "2026-11-20T01:30:00Z"
        assert body["status"] == "in_transit"

    def test_telling_it_twice_changes_nothing(self, lantern: Program, shipment: Shipment) -> None:
        first = lantern.post(f"/shipments/{shipment.number}/events", PICKED_UP).json()
        second = lantern.post(f"/shipments/{shipment.number}/events", PICKED_UP)
        assert second.status_code == 201
        assert second.json()["events"] == first["events"]
        assert second.json()["version"] == first["version"]

    @pytest.mark.parametrize(
        ("status", "code"),
        [("in_transit", "any.in_transit"), ("delivered", "last_mile.delivered"), ("returning", "return.started")],
    )
    def test_a_status_alone_will_do(self, lantern: Program, shipment: Shipment, status: str, code: str) -> None:
        told = {"status": status, "occurred_at": "2026-11-20T09:30:00Z"}
        body = lantern.post(f"/shipments/{shipment.number}/events", told).json()
        assert body["status"] == status
        assert body["events"][0]["code"] == code

    @pytest.mark.parametrize(
        ("change", "field", "words"),
        [
            ({"occurred_at": "2026-11-20T09:30:00"}, "occurred_at", "no UTC offset"),
            ({"occurred_at": "yesterday"}, "occurred_at", "2026-05-01T14:30:00+08:00"),
            ({"occurred_at": 1763600000}, "occurred_at", "no date and time"),
            ({"occurred_at": "0001-01-01T00:00:00+14:00"}, "occurred_at", "out of range"),
            ({"occurred_at": "9999-12-31T23:59:59-14:00"}, "occurred_at", "out of range"),
            ({"occurred_at": None}, "occurred_at", "may not be null"),
            ({"code": "delivered"}, "code", "last_mile.delivered"),
            ({"code": "unknown"}, "code", "known values"),
            ({"status": "delivered"}, "code", "either `code` or `status`"),
            ({"code": None}, "code", "may not be null"),
            ({"reason": "rain"}, "reason", "reason"),
            ({"reason": "nature.wether"}, "reason", "nature.weather"),
            ({"leg": "1"}, "leg", "UUID"),
            ({"leg": str(uuid4())}, "leg", "no leg"),
            ({"country": "Germany"}, "country", "DE"),
            ({"text": "x" * 2001}, "text", "Shorten"),
            ({"txt": "x"}, "txt", "`text`"),
        ],
    )
    def test_what_cannot_be_taken_is_named(
        self, lantern: Program, shipment: Shipment, change: dict[str, Any], field: str, words: str
    ) -> None:
        told = fields(lantern.post(f"/shipments/{shipment.number}/events", PICKED_UP | change))
        assert field in told, told
        if field != "reason" or "." in words:
            assert words in told[field]
        assert lantern.get(f"/shipments/{shipment.number}").json()["events"] == []

    def test_the_future_has_not_happened(self, lantern: Program, shipment: Shipment) -> None:
        moment = (clock.now() + timedelta(days=3)).isoformat()
        told = fields(lantern.post(f"/shipments/{shipment.number}/events", PICKED_UP | {"occurred_at": moment}))
        assert "future" in told["occurred_at"]

    def test_code_or_status_is_needed(self, lantern: Program, shipment: Shipment) -> None:
        told = fields(lantern.post(f"/shipments/{shipment.number}/events", {"occurred_at": "2026-11-20T09:30:00Z"}))
        assert "either `code` or `status`" in told["code"]

    def test_a_leg_and_a_name_are_one_too_many(self, lantern: Program, shipment: Shipment) -> None:
        told = PICKED_UP | {"leg": _leg(lantern, shipment)["id"], "carrier_name": "Pearl"}
        assert set(fields(lantern.post(f"/shipments/{shipment.number}/events", told))) == {"carrier_name"}


class TestRawAnswers:
    def _keep(self, shipment: Shipment, body: bytes, failure: str = "") -> str:
        with scopes_disabled():
            leg = Leg.objects.get(shipment=shipment)
            row = RawAnswer.objects.create(
                merchant_id=shipment.merchant_id, shipment=shipment, leg_id=leg.id, carrier=leg.carrier, channel="poll",
                received_at=clock.now(), http_status=200, failure=failure, body=zlib.compress(body), size=len(body),
            )  # fmt: skip
        return str(row.id)

    def test_a_list_then_the_words_themselves(self, reader: Program, shipment: Shipment) -> None:
        words = '{"状态": "已签收"}'.encode()
        first = self._keep(shipment, words)
        second = self._keep(shipment, b"<html>", "bad_answer: the answer is not JSON")
        page = reader.get(f"/shipments/{shipment.number}/raw-answers").json()
        assert [row["id"] for row in page["results"]] == [second, first]
        assert page["results"][0]["failure"] == "bad_answer: the answer is not JSON"
        assert "body" not in page["results"][0]
        detail = reader.get(f"/shipments/{shipment.number}/raw-answers/{first}").json()
        assert detail["body"].encode() == words
        assert detail["is_exact"] is True
        assert detail["size"] == len(words)

    def test_bytes_that_are_no_text_are_escaped_and_said_to_be(self, reader: Program, shipment: Shipment) -> None:
        answer = self._keep(shipment, b"caf\xe9")
        detail = reader.get(f"/shipments/{shipment.number}/raw-answers/{answer}").json()
        assert (detail["body"], detail["is_exact"]) == ("caf\\xe9", False)

    def test_pages(self, reader: Program, shipment: Shipment) -> None:
        ids = [self._keep(shipment, b"{}") for _ in range(3)]
        first = reader.get(f"/shipments/{shipment.number}/raw-answers?limit=2").json()
        second = reader.get(f"/shipments/{shipment.number}/raw-answers?limit=2&cursor={first['next_cursor']}").json()
        assert [row["id"] for row in (*first["results"], *second["results"])] == ids[::-1]
        assert second["next_cursor"] is None

    def test_an_answer_of_another_shipment_is_not_there(
        self, reader: Program, lantern: Program, shipment: Shipment
    ) -> None:
        answer = self._keep(shipment, b"{}")
        other = lantern.post("/shipments", {"destination_country": "DE"}).json()["number"]
        problem(reader.get(f"/shipments/{other}/raw-answers/{answer}"), 404, "not_found")


class TestCarriers:
    def test_each_says_what_it_needs(self, reader: Program) -> None:
        carriers = {row["slug"]: row for row in reader.get("/carriers").json()["results"]}
        assert carriers["sf_express"]["is_polled"] is True
        (phone,) = [field for field in carriers["sf_express"]["fields"] if field["name"] == "phone_last4"]
        assert phone["is_required"] is True
        assert carriers["china_post"]["is_polled"] is False
        assert carriers["ups"]["is_pushing"] is True

    def test_detection_ranks_with_reasons(self, reader: Program) -> None:
        body = reader.post("/detect", {"number": f" {S10[:5]} {S10[5:]}", "destination_country": "DE"}).json()
        assert body["number"] == S10
        ranking = [item["confidence"] for item in body["candidates"]]
        assert ranking == sorted(ranking, reverse=True)
        assert body["candidates"][0]["carrier"] == "china_post"
        assert body["candidates"][0]["carrier_name"].startswith("China Post")

    def test_own_carriers_rank_higher(self, reader: Program, merchant: Merchant) -> None:
        from tracking.shipments.services import save_account

        def confidence() -> float:
            candidates = reader.post("/detect", {"number": UPS}).json()["candidates"]
            return next(float(item["confidence"]) for item in candidates if item["carrier"] == "ups")

        before = confidence()
        with scope(merchant=merchant):
            save_account(merchant, "ups", credentials={"client_id": "a", "client_secret": "b"})
        assert confidence() > before

    @pytest.mark.parametrize("number", ["", "ab", "hello world", "x" * 41, "12345\u200bé"])
    def test_what_is_no_number_is_said_to_be_none(self, reader: Program, number: str) -> None:
        assert set(fields(reader.post("/detect", {"number": number}))) == {"number"}
