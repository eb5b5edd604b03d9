"""One shape for everything that goes wrong, whoever notices it first."""

from __future__ import annotations

import json
from io import BytesIO
from typing import Any

import pytest
from django.db import OperationalError
from django.test import override_settings

from tests.tracking.api.conftest import Program, problem
from tracking.api import answers
from tracking.api.errors import ErrorType
from tracking.shipments.models import Shipment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"{", "not JSON"),
        (b'{"destination_country": NaN}', "NaN"),
        (b'{"title": "\xff"}', "not UTF-8"),
        (b'{"title": "a\\u0000b"}', "NUL"),
        (b'{"title": "\\ud800"}', "surrogate"),
        (b'{"legs":' * 40 + b"1" + b"}" * 40, "deeper than 32"),
        (b"[" * 100_000, "deeper than 32"),
    ],
)
def test_json_that_cannot_be_read_is_told_where(lantern: Program, body: bytes, words: str) -> None:
    error = problem(lantern.post("/shipments", body), 400, "malformed_json")
    assert words in error["message"]


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"1"])
def test_a_body_that_is_no_object_is_told_so(lantern: Program, body: bytes) -> None:
    problem(lantern.post("/shipments", body), 400, "invalid_request")


def test_an_address_that_is_none(lantern: Program, nobody: Program) -> None:
    for program in (lantern, nobody):
        problem(program.get("/shipmentz"), 404, "not_found")
        problem(program.post("/", {}), 404, "not_found")
    assert "Leave out the slash" in problem(lantern.get("/shipments/"), 404, "not_found")["message"]


def test_a_leg_id_that_is_none(lantern: Program, shipment: Shipment) -> None:
    problem(lantern.delete(f"/shipments/{shipment.number}/legs/1"), 404, "not_found")


def test_a_method_that_does_nothing_here(lantern: Program, shipment: Shipment) -> None:
    response = lantern.send("PUT", f"/shipments/{shipment.number}", {})
    error = problem(response, 405, "method_not_allowed")
    assert response["Allow"] == "GET, PATCH, DELETE"
    assert "GET, PATCH, DELETE" in error["message"]
    problem(lantern.send("OPTIONS", "/shipments"), 405, "method_not_allowed")
    problem(lantern.get("/detect"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data; boundary=x"]
)
def test_a_body_that_is_not_json(lantern: Program, content_type: str) -> None:
    response = lantern.post("/shipments", b"destination_country=DE", content_type=content_type)
    problem(response, 415, "unsupported_media_type")


def test_an_answer_that_is_not_json_cannot_be_had(lantern: Program) -> None:
    problem(lantern.get("/shipments", accept="application/xml"), 406, "not_acceptable")


@override_settings(DATA_UPLOAD_MAX_MEMORY_SIZE=1000)
def test_a_body_that_is_too_large(lantern: Program) -> None:
    for headers in ({}, {"idempotency_key": "1"}):
        response = lantern.post("/shipments", b" " * 1001, **headers)
        problem(response, 413, "body_too_large")


def test_a_body_in_pieces_is_read_whole(lantern: Program) -> None:
    def send(body: bytes) -> Any:
        return lantern._client.generic(
            "POST", "/api/v1/shipments", content_type="application/json",
            headers={**lantern._headers, "transfer-encoding": "chunked"},
            **{"wsgi.input": BytesIO(body), "wsgi.input_terminated": True, "CONTENT_TYPE": "application/json"},
        )  # fmt: skip

    assert send(b'{"destination_country": "DE", "title": "in pieces"}').json()["title"] == "in pieces"
    problem(send(b" " * 3_000_000), 413, "body_too_large")


def test_what_breaks_on_our_side_tells_nothing_of_it(
    lantern: Program, shipment: Shipment, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the moon is down")

    monkeypatch.setattr(answers, "shipment_detail", broken)
    response = lantern.get(f"/shipments/{shipment.number}")
    error = problem(response, 500, "internal_error")
    assert "moon" not in json.dumps(error)
    assert "moon" in caplog.text


def test_a_database_that_is_away_is_a_503(
    lantern: Program, shipment: Shipment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(answers, "shipment_detail", away)
    response = lantern.get(f"/shipments/{shipment.number}")
    problem(response, 503, "unavailable")
    assert response["Retry-After"] == "5"


def test_the_document_lists_every_type() -> None:
    from pathlib import Path

    page = (Path(__file__).parents[3] / "docs" / "api.md").read_text()
    for error_type in ErrorType:
        assert f"`{error_type.value}`" in page
