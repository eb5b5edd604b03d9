"""The document is true of the inbound doors' answers; and nothing that is sent is a 500 or stays unread."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.settings import api_settings

from carriers.messages import Format
from tests.tracking.api.conftest import Program, _full_buckets, issue
from tests.tracking.api.test_api_schema import _check
from tests.tracking.inbound.conftest import AWB, DEP, fsu, lamp
from tracking.accounts.models import Merchant, Scope
from tracking.inbound import files, units
from tracking.inbound.models import InboundFile

__all__ = ["_full_buckets"]

FEW = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)
ROWS = st.fixed_dictionaries(
    {"number": st.one_of(st.text(max_size=20), VALUES), "occurred_at": st.one_of(st.just("2026-07-10T10:00Z"), VALUES)},
    optional={
        name: st.one_of(st.text(max_size=20), VALUES)
        for name in ("kind", "code", "text", "place", "country", "carrier", "zone", "reason", "id")
    },
)


@pytest.fixture
def program(halden: Merchant) -> Program:
    return Program(issue(halden, Scope.READ, Scope.WRITE))


@pytest.fixture
def document(program: Program) -> dict[str, Any]:
    return dict(program.get("/schema").json())


def test_every_answer_is_as_described(document: dict[str, Any], halden: Merchant, program: Program) -> None:
    lamp(halden, "HL-1")
    event = {"number": "HL-1", "occurred_at": "2026-07-10T10:00:00Z", "code": "any.note"}
    made = program.post("/inbound/units", {"kind": "air_waybill", "reference": AWB, "carrier": "Cargo Line"})
    _check(document, "create_unit", made)
    unit = made["Location"].removeprefix("/api/v1")
    program.post("/inbound/units", {"kind": "bag", "reference": "BAG-1"})
    _check(document, "add_unit_members", program.post(f"{unit}/members", {"shipments": ["HL-1", "BAG-1", "HL-404"]}))
    units.catch_up()

    def send(query: str) -> Any:
        body = fsu(DEP, "what is this")
        return program.send("POST", f"/inbound/files?format=fsu{query}", body, content_type="text/plain")

    _check(document, "send_inbound_file", send("&dry_run=true"))
    sent = send("")
    _check(document, "send_inbound_file", sent)
    _check(document, "tell_inbound_events", program.post("/inbound/events", {"events": [event, {}]}))
    files.read_files()
    file = sent["Location"].removeprefix("/api/v1")
    _check(document, "read_inbound_file", program.get(file))
    _check(document, "list_inbound_items", program.get(f"{file}/items"))
    _check(document, "list_inbound_files", program.get("/inbound/files"))
    _check(document, "list_units", program.get("/inbound/units"))
    _check(document, "read_unit", program.get(unit))
    _check(document, "read_unit", program.get(f"/inbound/units/{halden.pk}"))
    _check(document, "create_unit", program.post("/inbound/units", {}))


@pytest.fixture
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_settings, "DEFAULT_THROTTLE_RATES", {"key": "1000000/s", "anonymous": "1000000/s"})


@pytest.mark.usefixtures("_no_limit")
@FEW
@given(body=st.one_of(VALUES, st.fixed_dictionaries({"events": st.lists(ROWS, min_size=1, max_size=3)})))
def test_no_body_is_a_500_and_none_stays_unread(program: Program, body: Any) -> None:
    assert program.post("/inbound/events", body).status_code in (202, 400)
    files.read_files()
    assert not InboundFile.objects.exclude(state="done").exists()


@pytest.mark.usefixtures("_no_limit")
@pytest.mark.parametrize("message_format", Format)
@FEW
@given(body=st.one_of(st.binary(min_size=1, max_size=200), st.text(min_size=1, max_size=200)))
def test_no_file_is_a_500_and_none_stays_unread(program: Program, message_format: Format, body: bytes | str) -> None:
    data = body.encode("utf-8", "replace") if isinstance(body, str) else body
    query = f"/inbound/files?format={message_format}"
    assert program.send("POST", query, data, content_type="text/plain").status_code in (202, 400)
    files.read_files()
    assert not InboundFile.objects.exclude(state="done").exists()
