"""Registering, listing, reading, changing, deleting."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from carriers.vocabulary import EventCode
from tests.tracking.api.conftest import S10, UPS, Program, fields, problem
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.rules.facts import Channel
from tracking.rules.shipment_number import group
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.opening import LegSpec
from tracking.shipments.services import record_told_event, register_shipment, save_account

pytestmark = pytest.mark.django_db


def _tell(shipment: Shipment, code: EventCode, **more: Any) -> None:
    leg = Leg.objects.get(shipment=shipment)
    record_told_event(
        shipment, leg=leg, code=code, occurred_at=clock.now() - timedelta(hours=1), channel=Channel.OPS, **more
    )


class TestRegistering:
    def test_a_destination_is_all_it_takes(self, lantern: Program) -> None:
        response = lantern.post("/shipments", {"destination_country": "de"})
        assert response.status_code == 201
        body = response.json()
        assert body["destination_country"] == "DE"
        assert body["legs"] == []
        assert body["status"] == "pending"
        assert len(body["number"]) == 17
        assert body["display_number"] == group(body["number"])
        assert response["Location"] == f"/api/v1/shipments/{body['number']}"
        assert lantern.get(f"/shipments/{body['number']}").json() == body

    def test_everything_told_comes_back(self, lantern: Program) -> None:
        told = {
            "order_number": "L-77", "title": "Front lamp", "origin_country": "CN", "destination_country": "DE",
            "destination_city": "Berlin", "promised_on": "2026-12-24",
        }  # fmt: skip
        body = lantern.post("/shipments", told).json()
        assert {name: body[name] for name in told} == told
        assert body["tracking_url"].endswith(f"/t/{body['display_number']}")

    def test_a_named_carrier_is_taken_with_its_number_cleaned(self, lantern: Program) -> None:
        legs = [{"carrier": "UPS", "number": "1z 12345e02 0527 1688", "role": "last_mile"}]
        (leg,) = lantern.post("/shipments", {"destination_country": "US", "legs": legs}).json()["legs"]
        assert (leg["carrier"], leg["number"], leg["role"]) == ("ups", UPS, "last_mile")
        assert leg["candidates"] == []
        assert leg["evidence"] == "registered"

    def test_an_ambiguous_number_is_taken_with_its_candidates_and_the_best_one_tried(self, lantern: Program) -> None:
        response = lantern.post("/shipments", {"destination_country": "DE", "legs": [{"number": S10}]})
        assert response.status_code == 201
        (leg,) = response.json()["legs"]
        assert len(leg["candidates"]) > 1
        assert {candidate["carrier"] for candidate in leg["candidates"]} >= {"china_post", "deutsche_post"}
        assert leg["carrier"] in {candidate["carrier"] for candidate in leg["candidates"]}
        for candidate in leg["candidates"]:
            assert 0 < candidate["confidence"] <= 1
            assert candidate["reason"]

    def test_a_carrier_we_do_not_know_is_kept_by_its_name(self, lantern: Program) -> None:
        legs = [{"carrier_name": "Kuaidi Truck 8", "number": "KT8812"}]
        (leg,) = lantern.post("/shipments", {"destination_country": "DE", "legs": legs}).json()["legs"]
        assert (leg["carrier"], leg["carrier_name"], leg["is_polled"], leg["why_not"]) == (
            None, "Kuaidi Truck 8", False, "carrier_unknown",
        )  # fmt: skip

    def test_a_leg_says_why_its_carrier_is_not_asked(self, lantern: Program, merchant: Merchant) -> None:
        legs = [{"carrier": "ups", "number": UPS}, {"carrier": "china_post", "number": S10}]
        ups, post = lantern.post("/shipments", {"destination_country": "US", "legs": legs}).json()["legs"]
        assert (ups["is_polled"], ups["why_not"]) == (False, "no_account")
        assert (post["is_polled"], post["why_not"]) == (False, "no_adapter")
        save_account(merchant, "ups", credentials={"client_id": "a", "client_secret": "b"})
        ups = lantern.post("/shipments", {"destination_country": "US", "legs": legs[:1]}).json()["legs"][0]
        assert (ups["is_polled"], ups["why_not"]) == (True, None)
        assert ups["next_check_at"] is not None

    def test_a_leg_says_whether_its_carrier_pushes_it(self, lantern: Program, merchant: Merchant) -> None:
        save_account(merchant, "ups", credentials={"client_id": "a", "client_secret": "b"})
        legs = [{"carrier": "ups", "number": UPS}]
        said = lantern.post("/shipments", {"destination_country": "US", "legs": legs}).json()
        assert said["legs"][0]["is_pushed"] is False  # it is asked to, and has not answered
        with scopes_disabled():
            Leg.objects.update(subscription=Leg.Subscription.ACTIVE)
        assert lantern.get(f"/shipments/{said['number']}").json()["legs"][0]["is_pushed"] is True

    @pytest.mark.parametrize(
        ("body", "field", "words"),
        [
            ({}, "destination_country", "is missing"),
            ({"destination_country": "Germany"}, "destination_country", "DE"),
            ({"destination_country": "XX"}, "destination_country", "no country"),
            ({"destination_country": "DE", "promised_on": "tomorrow"}, "promised_on", "2026-05-01"),
            ({"destination_country": "DE", "order_number": "x" * 81}, "order_number", "Shorten"),
            ({"destination_country": "DE", "ordernumber": "1"}, "ordernumber", "`order_number`"),
            ({"destination_country": "DE", "legs": "RB123"}, "legs", "list"),
            ({"destination_country": "DE", "legs": [{"number": "a"}] * 13}, "legs", "12"),
            ({"destination_country": "DE", "legs": [{}]}, "legs.0.number", "is missing"),
            ({"destination_country": "DE", "legs": [{"number": "ab"}]}, "legs.0.number", "characters"),
            ({"destination_country": "DE", "legs": [{"number": "no number at all"}]}, "legs.0.number", "digit"),
            ({"destination_country": "DE", "legs": [{"number": "12345;DROP"}]}, "legs.0.number", "cannot be part"),
            ({"destination_country": "DE", "legs": [{"number": UPS, "carrier": "upps"}]}, "legs.0.carrier", "ups"),
            ({"destination_country": "DE", "legs": [{"number": UPS, "role": "middle"}]}, "legs.0.role", "last_mile"),
            ({"destination_country": "DE", "legs": [{"number": UPS, "carier": "ups"}]}, "legs.0.carier", "`carrier`"),
            (
                {"destination_country": "CN", "legs": [{"number": "SF1398204417756", "carrier": "sf_express"}]},
                "legs.0.fields.phone_last4", "phone",
            ),
            (
                {"destination_country": "CN", "legs": [
                    {"number": "SF1398204417756", "carrier": "sf_express", "fields": {"phone_last4": "12"}}]},
                "legs.0.fields.phone_last4", "12",
            ),
            (
                {"destination_country": "US", "legs": [{"number": UPS, "carrier": "ups", "fields": {"colour": "x"}}]},
                "legs.0.fields.colour", "no such field",
            ),
            (
                {"destination_country": "US", "legs": [{"number": UPS, "carrier": "ups"}] * 2},
                "legs.1.number", "already",
            ),
        ],
    )  # fmt: skip
    def test_what_cannot_be_taken_is_named_with_its_cure(
        self, lantern: Program, body: dict[str, Any], field: str, words: str
    ) -> None:
        told = fields(lantern.post("/shipments", body))
        assert field in told, told
        assert words.lower() in told[field].lower()
        with scopes_disabled():
            assert not Shipment.objects.exists()

    def test_several_faults_are_told_at_once(self, lantern: Program) -> None:
        body = {"destination_country": "Mars", "legs": [{"number": ""}, {"role": "x"}], "colour": "red"}
        told = fields(lantern.post("/shipments", body))
        assert set(told) == {"destination_country", "legs.0.number", "legs.1.number", "legs.1.role", "colour"}


class TestReading:
    def test_the_timeline_is_whole(self, lantern: Program, merchant: Merchant, shipment: Shipment) -> None:
        with scope(merchant=merchant):
            leg = Leg.objects.get()
        told = {
            "code": "import_customs.documents_required", "occurred_at": "2026-11-20T09:30:00+01:00", "leg": str(leg.id),
            "place": "Leipzig", "country": "DE", "text": "Rechnung fehlt", "reason": "customs.invoice_missing",
        }  # fmt: skip
        body = lantern.post(f"/shipments/{shipment.number}/events", told).json()
        (event,) = body["events"]
        assert event["code"] == "import_customs.documents_required"
        assert event["status"] == body["status"] == "exception"
        assert event["phase"] == body["phase"] == "import_customs"
        assert event["reason"]["action_by"] == "merchant"
        assert event["occurred_at"] == "2026-11-20T08:30:00Z"
        assert event["local_time"] == "2026-11-20T09:30:00"
        assert event["utc_offset"] == "+01:00"
        assert event["time_source"] == "carrier_offset"
        assert event["place"]["city"] == "Leipzig"
        (source,) = event["sources"]
        assert source["raw_text"] == "Rechnung fehlt"
        assert source["leg"] == str(leg.id)
        assert source["channel"] == "merchant"
        assert body["attention"] == ["action_needed"]
        assert body["reason"]["code"] == "customs.invoice_missing"
        assert body["holder"]["kind"] == "customs"
        assert body["silence"]["usual_hours"] == 120

    def test_a_number_may_be_grouped_and_in_small_letters(self, lantern: Program, shipment: Shipment) -> None:
        for text in (shipment.number, group(shipment.number), shipment.number.lower(), group(shipment.number).lower()):
            assert lantern.get(f"/shipments/{text}").json()["number"] == shipment.number

    def test_a_mistyped_number_is_told_apart_from_an_unknown_one(self, lantern: Program) -> None:
        wrong = problem(lantern.get("/shipments/K7QM-2V9D-XR4T-81PB-D"), 404, "not_found")["message"]
        assert "none of our numbers" in wrong
        assert "symbols" in problem(lantern.get("/shipments/123"), 404, "not_found")["message"]

    def test_reading_one_takes_five_queries(
        self, lantern: Program, shipment: Shipment, django_assert_num_queries: Any
    ) -> None:
        lantern.get(f"/shipments/{shipment.number}")  # notes the use of the key
        # the key; the shipment; its legs; its events
        with django_assert_num_queries(4):
            lantern.get(f"/shipments/{shipment.number}")


class TestListing:
    @pytest.fixture
    def many(self, merchant: Merchant) -> list[Shipment]:
        return [
            register_shipment(
                merchant, destination_country="DE" if index % 2 else "BR", order_number=f"L-{index}",
                legs=[LegSpec(number=f"1Z12345E02052716{index:02}", carrier="ups")] if index % 2 else [],
            )
            for index in range(7)
        ]  # fmt: skip

    @pytest.mark.usefixtures("many")
    def test_the_newest_come_first_a_page_at_a_time(self, lantern: Program) -> None:
        seen, cursor = [], ""
        while True:
            page = lantern.get(f"/shipments?limit=3&cursor={cursor}").json()
            seen += [row["order_number"] for row in page["results"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert seen == [f"L-{index}" for index in range(6, -1, -1)]

    @pytest.mark.usefixtures("many")
    def test_a_row_that_arrives_meanwhile_shifts_nothing(self, lantern: Program, merchant: Merchant) -> None:
        first = lantern.get("/shipments?limit=3").json()
        register_shipment(merchant, destination_country="DE", order_number="new")
        second = lantern.get(f"/shipments?limit=3&cursor={first['next_cursor']}").json()
        assert [row["order_number"] for row in second["results"]] == ["L-3", "L-2", "L-1"]

    @pytest.mark.usefixtures("many")
    def test_a_list_takes_as_many_queries_for_seven_as_for_one(self, lantern: Program) -> None:
        lantern.get("/shipments")  # notes the use of the key
        counts = []
        for limit in (1, 7):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert len(lantern.get(f"/shipments?limit={limit}").json()["results"]) == limit
            counts.append(len(queries))
        # the key; the shipments; their legs
        assert counts == [3, 3]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("destination_country=br", ["L-6", "L-4", "L-2", "L-0"]),
            ("order_number=L-3", ["L-3"]),
            ("carrier=ups", ["L-5", "L-3", "L-1"]),
            ("carrier=ups,dhl_unified&destination_country=DE", ["L-5", "L-3", "L-1"]),
            ("carrier=dhl_unified", []),
            ("number=1Z%2012345E0205271605", ["L-5"]),
            ("q=L-6", ["L-6"]),
            ("q=1Z12345E0205271603", ["L-3"]),
            ("status=delivered", ["L-2"]),
            ("status=delivered,returning", ["L-2", "L-1"]),
            ("status=delivered&status=returning", ["L-2", "L-1"]),
            ("phase=return", ["L-1"]),
            ("attention=returning,held", ["L-1"]),
            ("attention=any", ["L-1"]),
            ("archived=true", ["L-4"]),
            ("created_since=2030-01-01T00:00:00%2B00:00", []),
            ("status=delivered&destination_country=DE", []),
        ],
    )
    @pytest.mark.usefixtures("many")
    def test_filters(self, lantern: Program, merchant: Merchant, query: str, expected: list[str]) -> None:
        with scope(merchant=merchant):
            Shipment.objects.filter(order_number="L-2").update(status="delivered", phase="last_mile")
            Shipment.objects.filter(order_number="L-1").update(
                status="returning", phase="return", attention=["returning"]
            )
            if "archived" in query:
                Shipment.objects.filter(order_number="L-4").update(archived_at=clock.now())
        response = lantern.get(f"/shipments?{query}")
        assert response.status_code == 200, response.content
        assert [row["order_number"] for row in response.json()["results"]] == expected

    def test_our_number_finds_it_too(self, lantern: Program, many: list[Shipment]) -> None:
        for name in ("number", "q"):
            found = lantern.get(f"/shipments?{name}={group(many[2].number)}").json()["results"]
            assert [row["order_number"] for row in found] == ["L-2"]

    def test_what_changed_since_is_found(self, lantern: Program, merchant: Merchant, many: list[Shipment]) -> None:
        with scope(merchant=merchant):
            long_ago = datetime(2026, 1, 1, tzinfo=UTC)
            Shipment.objects.update(created_at=long_ago, updated_at=long_ago)
            _tell(many[1], EventCode.FIRST_MILE_PICKED_UP)
        since = (clock.now() - timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = lantern.get(f"/shipments?updated_since={since}").json()["results"]
        assert [row["order_number"] for row in found] == ["L-1"]
        assert lantern.get(f"/shipments?created_since={since}").json()["results"] == []

    @pytest.mark.parametrize(
        ("query", "field", "words"),
        [
            ("status=lost", "status.0", "delivered"),
            ("phase=moon", "phase.0", "linehaul"),
            ("attention=bored", "attention.0", "silent"),
            ("carrier=upps", "carrier", "ups"),
            ("limit=0", "limit", "1"),
            ("limit=201", "limit", "200"),
            ("limit=many", "limit", "integer"),
            ("cursor=!!", "cursor", "next_cursor"),
            ("cursor=abc", "cursor", "next_cursor"),
            ("created_since=2026-01-01", "created_since", "offset"),
            ("statuss=delivered", "statuss", "`status`"),
            ("archived=perhaps", "archived", "boolean"),
        ],
    )
    def test_a_filter_that_means_nothing_is_refused(self, lantern: Program, query: str, field: str, words: str) -> None:
        told = fields(lantern.get(f"/shipments?{query}"))
        assert words in told[field]


class TestChanging:
    def test_what_is_sent_changes_and_the_rest_stays(self, lantern: Program, shipment: Shipment) -> None:
        response = lantern.patch(f"/shipments/{shipment.number}", {"title": "Rear lamp", "promised_on": "2026-11-01"})
        body = response.json()
        assert (body["title"], body["order_number"], body["promised_on"]) == ("Rear lamp", "L-1001", "2026-11-01")
        assert "late" in body["attention"]
        assert body["version"] > shipment.version
        body = lantern.patch(f"/shipments/{shipment.number}", {"promised_on": None}).json()
        assert body["promised_on"] is None
        assert "late" not in body["attention"]

    @pytest.mark.parametrize(
        ("body", "field"),
        [({}, ""), ({"status": "delivered"}, "status"), ({"destination_country": ""}, "destination_country"), ([], "")],
    )
    def test_what_cannot_be_changed_is_named(self, lantern: Program, shipment: Shipment, body: Any, field: str) -> None:
        assert field in fields(lantern.patch(f"/shipments/{shipment.number}", body))

    def test_a_deleted_shipment_is_gone_until_it_is_restored(self, lantern: Program, shipment: Shipment) -> None:
        address = f"/shipments/{shipment.number}"
        response = lantern.delete(address)
        assert (response.status_code, response.content) == (204, b"")
        assert lantern.delete(address).status_code == 204
        assert "/restore" in problem(lantern.get(address), 404, "not_found")["message"]
        problem(lantern.patch(address, {"title": "x"}), 404, "not_found")
        assert lantern.get("/shipments").json()["results"] == []
        assert lantern.post(f"{address}/restore").status_code == 200
        assert lantern.get(address).json()["archived_at"] is None
        assert len(lantern.get("/shipments").json()["results"]) == 1

    def test_a_refresh_makes_the_legs_due_that_can_be_asked(
        self, lantern: Program, merchant: Merchant, shipment: Shipment
    ) -> None:
        response = lantern.post(f"/shipments/{shipment.number}/refresh")
        assert (response.status_code, response.json()) == (202, {"legs_due": 0, "expected_at": None, "waits": []})
        save_account(merchant, "ups", credentials={"client_id": "a", "client_secret": "b"})
        lantern.post(f"/shipments/{shipment.number}/legs", {"carrier": "ups", "number": UPS})
        asked = lantern.post(f"/shipments/{shipment.number}/refresh").json()
        assert (asked["legs_due"], asked["waits"]) == (1, [])
        assert asked["expected_at"] > shipment.created_at.isoformat()

    def test_a_refresh_says_who_is_not_asked_now(
        self, lantern: Program, merchant: Merchant, shipment: Shipment
    ) -> None:
        account = save_account(merchant, "ups", credentials={"client_id": "a", "client_secret": "b"})
        lantern.post(f"/shipments/{shipment.number}/legs", {"carrier": "ups", "number": UPS})
        with scopes_disabled():
            type(account).objects.update(rests_until=timezone.now() + timedelta(minutes=20))
        asked = lantern.post(f"/shipments/{shipment.number}/refresh").json()
        assert asked["legs_due"] == 0
        assert [(wait["carrier"], wait["why"]) for wait in asked["waits"]] == [("ups", "account_rests")]
