"""The doors for programs: events in a list, files with a dry run, units."""

from __future__ import annotations

from typing import Any

import pytest
from django_scopes import scope

from tests.tracking.api.conftest import Program, _full_buckets, issue
from tests.tracking.inbound.conftest import AWB, DEP, fsu, lamp
from tracking.accounts.models import Merchant, Scope
from tracking.inbound import files, units
from tracking.inbound.models import InboundFile, InboundItem
from tracking.shipments.models import Event

__all__ = ["_full_buckets"]

EVENT = {"number": "HL-1", "occurred_at": "2026-07-10T10:00:00+02:00", "code": "any.delayed"}

NO_LISTS = [{}, {"events": []}, {"events": [EVENT] * 501}, {"events": {}}, {"events": [EVENT], "carrier": 5}, [EVENT]]
NO_UNITS = [("container", "CSQU3054384"), ("air_waybill", "160-44556607"), ("boat", "x"), ("bag", " ")]


@pytest.fixture
def program(halden: Merchant) -> Program:
    return Program(issue(halden, Scope.READ, Scope.WRITE))


@pytest.fixture
def reader(halden: Merchant) -> Program:
    return Program(issue(halden, Scope.READ))


def send_file(program: Program, body: bytes, query: str = "format=fsu", **headers: str) -> Any:
    return program.send("POST", f"/inbound/files?{query}", body, content_type="text/plain", **headers)


class TestEvents:
    def test_good_ones_are_told_and_bad_ones_named(self, halden: Merchant, program: Program) -> None:
        lamp(halden, "HL-1")
        rows = [EVENT, EVENT | {"code": "gone"}, EVENT | {"number": "HL-404"}, EVENT | {"occurred_at": "soon"}, 7]

        answer = program.post("/inbound/events", {"events": rows})
        files.read_files()

        assert answer.status_code == 202
        body = answer.json()
        assert (body["accepted"], body["refused"]) == (2, 3)
        assert [row["is_accepted"] for row in body["results"]] == [True, False, True, False, False]
        assert [row["shipments"] for row in body["results"]] == [1, 0, 0, 0, 0]
        assert body["results"][0]["matched_by"] == "any HL-1"
        assert body["results"][1]["problem"]["column"] == "code"
        assert Event.objects.get().code == "any.delayed"

    @pytest.mark.parametrize(
        "body",
        [{}, {"events": []}, {"events": [EVENT] * 501}, {"events": {}}, {"events": [EVENT], "carrier": 5}, [EVENT]],
    )
    def test_what_is_no_list_of_events_is_refused(self, program: Program, body: object) -> None:
        assert program.post("/inbound/events", body).status_code == 400
        assert InboundFile.objects.count() == 0

    def test_the_same_key_gives_the_same_answer(self, halden: Merchant, program: Program) -> None:
        lamp(halden, "HL-1")
        first = program.post("/inbound/events", {"events": [EVENT]}, idempotency_key="k1")
        again = program.post("/inbound/events", {"events": [EVENT]}, idempotency_key="k1")

        assert first.content == again.content
        assert again["Idempotent-Replayed"] == "true"

    def test_a_reader_may_not_tell(self, reader: Program) -> None:
        assert reader.post("/inbound/events", {"events": [EVENT]}).status_code == 403
        assert send_file(reader, fsu(DEP)).status_code == 403


class TestFiles:
    def test_a_dry_run_says_what_would_happen_and_keeps_nothing(self, halden: Merchant, program: Program) -> None:
        unit, _ = units.create_unit(halden, "air_waybill", AWB)
        lamp(halden, "HL-1")
        units.add_members(unit, ["HL-1"])

        answer = send_file(program, fsu(DEP, "what is this"), "format=fsu&dry_run=true")

        assert answer.status_code == 200
        body = answer.json()
        assert (body["events"], body["matched"], body["unmatched"]) == (1, 2, 0)
        assert [row["shipments"] for row in body["rows"]] == [1, 1]
        assert body["problems"][0]["where"] == "line 4"
        assert InboundFile.objects.count() == Event.objects.count() == 0

    def test_a_file_is_told_and_says_what_became_of_it(self, halden: Merchant, program: Program) -> None:
        lamp(halden, "HL-1")
        body = "number,occurred_at,code\nHL-1,2026-07-10T10:00:00Z,any.note\nHL-2,2026-07-10T10:00:00Z,any.note\nx,,\n"

        sent = send_file(program, body.encode(), "format=csv&name=night.csv")
        files.read_files()
        address = sent["Location"].removeprefix("/api/v1")
        told = program.get(address).json()
        waiting = program.get(f"{address}/items?state=unmatched").json()["results"]

        assert sent.status_code == 202
        assert (told["state"], told["matched"], told["unmatched"], told["problem_count"]) == ("done", 1, 1, 1)
        assert told["problems"][0]["where"] == "row 4"
        assert [item["references"] for item in waiting] == [["any HL-2"]]
        assert program.get("/inbound/files").json()["results"][0]["name"] == "night.csv"

    @pytest.mark.parametrize("query", ["", "format=xml", "format=fsu&dry_run=perhaps", "format=fsu&carriers=x"])
    def test_a_wrong_query_names_the_parameter(self, program: Program, query: str) -> None:
        answer = send_file(program, fsu(DEP), query)

        assert answer.status_code == 400
        assert answer.json()["error"]["fields"][0]["field"]

    def test_an_empty_file_is_refused(self, program: Program) -> None:
        assert send_file(program, b" \n").status_code == 400

    def test_a_file_that_is_too_large_is_refused(self, program: Program) -> None:
        assert send_file(program, b"x" * 2_000_001).status_code == 413

    def test_rubbish_is_kept_and_explained(self, program: Program) -> None:
        sent = send_file(program, bytes(range(1, 256)) * 10)
        files.read_files()

        assert sent.status_code == 202
        assert InboundItem.objects.count() == 0
        assert InboundFile.objects.get().problem_count == 1


class TestUnits:
    def test_a_unit_is_made_filled_and_emptied(self, halden: Merchant, program: Program) -> None:
        shipment = lamp(halden, "HL-1")

        made = program.post("/inbound/units", {"kind": "air_waybill", "reference": "160 4455 6606"})
        address = made["Location"].removeprefix("/api/v1")
        filled = program.post(f"{address}/members", {"shipments": [shipment.number, "HL-404"]}).json()
        (member,) = filled["unit"]["members"]
        emptied = program.delete(f"{address}/members/{member['id']}")

        assert made.json()["reference"] == AWB
        assert (filled["added"], [problem["number"] for problem in filled["problems"]]) == (1, ["HL-404"])
        assert member["shipment"] == shipment.number
        assert emptied.status_code == 204
        assert program.get(address).json()["members"] == []

    def test_the_same_reference_is_the_same_unit(self, program: Program) -> None:
        one = program.post("/inbound/units", {"kind": "container", "reference": "CSQU3054383"}).json()
        other = program.post("/inbound/units", {"kind": "container", "reference": "csqu 305438-3"}).json()

        assert one["id"] == other["id"]
        assert len(program.get("/inbound/units?reference=CSQU-3054383").json()["results"]) == 1

    @pytest.mark.parametrize(
        ("kind", "reference"),
        [("container", "CSQU3054384"), ("air_waybill", "160-44556607"), ("boat", "x"), ("bag", " ")],
    )
    def test_a_wrong_unit_is_refused_with_a_cure(self, program: Program, kind: str, reference: str) -> None:
        answer = program.post("/inbound/units", {"kind": kind, "reference": reference})

        assert answer.status_code == 400
        assert answer.json()["error"]["fields"][0]["cure"]

    def test_another_merchants_units_and_numbers_do_not_exist(self, moss: Merchant, program: Program) -> None:
        with scope(merchant=moss):
            theirs, _ = units.create_unit(moss, "air_waybill", AWB)
            fern = lamp(moss, "FERN-1")
        mine = program.post("/inbound/units", {"kind": "air_waybill", "reference": AWB}).json()

        assert mine["id"] != str(theirs.pk)
        assert program.get(f"/inbound/units/{theirs.pk}").status_code == 404
        answer = program.post(f"/inbound/units/{mine['id']}/members", {"shipments": [fern.number, "FERN-1"]})
        assert answer.json()["added"] == 0
