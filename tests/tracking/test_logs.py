"""Log lines: under which ids they are found, and what they never say."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from django.db import IntegrityError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils.log import log_response

from tests.tracking.shipments.conftest import halden, parcel, yunexpress
from tracking import logs
from tracking.logs import JsonLines, RouteNotPath, without_secrets
from tracking.operations import requests
from tracking.shipments.models import Leg, Shipment

__all__ = ["halden", "parcel", "yunexpress"]


@pytest.fixture
def lines() -> Iterator[list[dict[str, object]]]:
    """Every line that production would write from now on, at its most talkative."""
    found: list[dict[str, object]] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(json.loads(self.format(record)))

    handler, root = Keeping(), logging.getLogger()
    handler.setFormatter(JsonLines())
    handler.addFilter(RouteNotPath())
    root.addHandler(handler)
    yield found
    root.removeHandler(handler)


@pytest.mark.parametrize(
    "text",
    [
        "no shipment 3BSCHRZWBRNF8M62B",
        "GET /api/v1/shipments/3BSC-HRZW-BRNF-8M62-B failed",
        "RR123456785CN is unknown",
        "mail to anna.lehmann@mail.example.com bounced",
        "call +49 (0)30 1234567 first",
        "/hooks/track17/q3_dJ-8sKdm2Pqzz",
        "duplicate key\nDETAIL:  Key (name)=(Anna Lehmann) already exists.\nCONTEXT:  parallel worker",
        "invalid input\nLINE 1: INSERT INTO t VALUES ('Anna Lehmann')\n   ^",
    ],
)
def test_what_tells_of_a_parcel_or_a_person_is_left_out(text: str) -> None:
    shown = without_secrets(text)
    for secret in ("3BSC", "8M62", "RR1234", "lehmann", "Lehmann", "1234567", "q3_dJ"):
        assert secret not in shown


@pytest.mark.parametrize(
    "text",
    [
        "shipment 01a20b4b-9c7f-77d7-9f48-4c8410a98228 is not what follows from it",
        "job reconcile: 12000 shipments: no difference",
        "2026-11-24T02:03:54 +00:00 took 1500 ms",
        "HTTP 503 of POST shipments.poll_account",
    ],
)
def test_ids_counts_and_times_stay(text: str) -> None:
    assert without_secrets(text) == text


def test_fields_hold_for_the_lines_within_and_for_no_others(lines: list[dict[str, object]]) -> None:
    logger = logging.getLogger("test")
    with logs.bound(task_id="t-1", account_id="a-1"):
        logger.warning("within", extra={"fields": {"ms": 3}})
    logger.warning("after")
    assert lines[0].items() >= {"message": "within", "task_id": "t-1", "account_id": "a-1", "ms": 3}.items()
    assert "task_id" not in lines[1]


@pytest.mark.django_db
def test_a_request_is_one_line_with_its_route_and_no_number(
    parcel: Shipment, client: Client, lines: list[dict[str, object]]
) -> None:
    answer = client.get(f"/t/{parcel.number}")
    client.get(f"/t/{parcel.number[:-1]}0")
    client.get("/nowhere/anna.lehmann@mail.example.com")
    asked = [line for line in lines if line["logger"] == "tracking.operations.requests"]
    assert [(line["method"], line["status"]) for line in asked[:1]] == [("GET", answer.status_code)]
    assert asked[0]["request_id"] == answer.headers[requests.HEADER]
    assert asked[-1]["route"] == "(no route)"
    text = json.dumps(lines)
    for secret in (parcel.number, parcel.number[:-1], Leg.objects.get().number, "lehmann"):
        assert secret not in text


@pytest.mark.django_db
def test_a_row_that_the_database_refuses_is_not_repeated(parcel: Shipment, lines: list[dict[str, object]]) -> None:
    name = " ".join(("Anna", "Lehmann"))  # not in a line of source, which a traceback shows
    try:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE shipments_shipment SET title = %s, number = NULL", [name])
    except IntegrityError:
        logging.getLogger("test").exception("shipment %s was not saved", parcel.id)
    assert "null value in column" in str(lines[0]["traceback"])
    assert "Lehmann" not in str(lines[0])
    assert parcel.number not in str(lines[0])


def test_a_page_that_breaks_is_told_by_its_route(lines: list[dict[str, object]]) -> None:
    request = RequestFactory().get("/healthz")
    request.path = "/t/3BSCHRZWBRNF8M62B"
    request.resolver_match = resolve("/healthz")
    log_response("%s: %s", "Internal Server Error", request.path, response=HttpResponse(status=500), request=request)
    assert lines[0]["message"] == "Internal Server Error: /healthz"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("proxies", "given", "is_taken"),
    [(1, "9f2c-4711-abcd", True), (0, "9f2c-4711-abcd", False), (1, "short", False), (1, "x" * 65, False),
     (1, "a line\nbreak", False)],
)  # fmt: skip
def test_only_a_proxy_of_ours_names_a_request(
    proxies: int, given: str, is_taken: bool, client: Client, settings
) -> None:  # type: ignore[no-untyped-def]
    settings.TRUSTED_PROXIES = proxies
    answer = client.get("/healthz", headers={requests.HEADER: given})
    assert (answer.headers[requests.HEADER] == given) is is_taken
