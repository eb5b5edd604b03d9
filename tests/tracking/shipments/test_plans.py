"""The queries that run all the time read the few rows they want, from a partial index or one month, among thousands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from benchmarks.big_table_rows import copy_rows
from tests.tracking.shipments.test_partitions import THIS_MONTH, event, id_in
from tracking import clock
from tracking.api.pagination import page_of
from tracking.mapping.unknown import unknown
from tracking.shipments import pushes
from tracking.shipments.models import CarrierAccount, InboundPush, Leg, Shipment
from tracking.shipments.polling import subscriptions
from tracking.shipments.polling.claims import claim_due
from tracking.shipments.recording.reading import event_facts

MANY = 2_000


@pytest.fixture
def crowd(parcel: Shipment, yunexpress: CarrierAccount) -> Shipment:
    """Thousands of parcels of one merchant of which nothing is wanted, beside the one of which everything is."""
    now = clock.now()
    InboundPush.objects.create(merchant=parcel.merchant, account=yunexpress, message_id="m", body=b"")
    row = event(parcel.merchant, THIS_MONTH)
    new_id = "gen_random_uuid()"
    with connection.cursor() as cursor:
        for table, changed in {
            "shipments_shipment": {"id": new_id, "number": "'N' || n", "attention_due_at": "NULL"},
            "shipments_leg": {"id": new_id, "number": "'L' || n", "next_poll_at": "NULL", "subscribe_at": "NULL"},
            "shipments_inboundpush": {"id": new_id, "message_id": "'M' || n", "read_at": "now()"},
            "shipments_event": {"id": new_id, "identity": "'I' || n", "code": "'any.note'"},
        }.items():
            copy_rows(cursor, table, changed, {"from": 1, "until": MANY})
        cursor.execute("ANALYZE")
    with scopes_disabled():
        Leg.objects.filter(shipment=parcel).update(next_poll_at=now - timedelta(hours=1), subscribe_at=timezone.now())
        Shipment.objects.filter(id=parcel.id).update(attention_due_at=now)
    assert row.shipment_id == id_in(THIS_MONTH)
    return parcel


@contextmanager
def plans() -> Iterator[list[str]]:
    """The plan of every statement that runs inside."""
    told: list[str] = []

    def explain(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
        if sql.lstrip().startswith(("SELECT", "WITH", "--")):
            context["cursor"].cursor.execute(f"EXPLAIN {sql}", params)
            told.append("\n".join(line for (line,) in context["cursor"].cursor.fetchall()))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(explain):
        yield told


def due_attention() -> None:
    with scopes_disabled():
        list(Shipment.objects.live().attention_due(clock.now()).values_list("id", flat=True)[:500])


# What is looked for all the time: the index that holds nothing but it, and the table that must not be read whole.
QUEUES: dict[str, tuple[Callable[[], object], str, str]] = {
    "due legs": (lambda: claim_due(100), "leg_due", "shipments_leg"),
    "unread pushes": (pushes.unread_pushes, "push_unread", "shipments_inboundpush"),
    "legs to subscribe": (lambda: subscriptions.claim(100), "leg_to_subscribe", "shipments_leg"),
    "attention that is due": (due_attention, "shipment_attention_due", "shipments_shipment"),
}


def test_a_queue_is_read_from_its_partial_index(crowd: Shipment) -> None:
    for what, (work, index, table) in QUEUES.items():
        with plans() as told:
            work()
        assert any(index in plan for plan in told), what
        assert not any(f"Seq Scan on {table}" in plan for plan in told), what


def test_events_are_read_from_their_months_and_lists_in_the_order_of_their_index(crowd: Shipment) -> None:
    """A shipment's events from its own month alone; unknown words from each month's partial index."""
    with plans() as told, scopes_disabled():
        event_facts([crowd.pk])
    assert told[0].count("shipments_event_") == told[0].count(f"shipments_event_{THIS_MONTH:%Y_%m}") > 0
    with plans() as told:
        unknown(crowd.merchant)
    assert f"shipments_event_{THIS_MONTH:%Y_%m}_merchant_id_read_by_raw_code_idx" in told[0]
    # A page of a list is read in the order of its index, however deep it lies.
    with scope(merchant=crowd.merchant):
        page = page_of(Shipment.objects.live(), cursor="", limit=20)
        with plans() as told:
            page_of(Shipment.objects.live(), cursor=page.next_cursor or "", limit=20)
    assert "shipment_by_merchant" in told[0]
    assert "Sort" not in told[0]
