"""Lists may be read from a replica; what is written, locked or read within a transaction never is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django_scopes import scope, scopes_disabled

from tracking.accounts.models import Merchant
from tracking.api.pagination import page_of
from tracking.portal.console import counts, filters
from tracking.replica import PRIMARY, REPLICA, lagging_reads
from tracking.shipments.models import Shipment

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def merchant() -> Merchant:
    merchant = Merchant.objects.create(name="Halden", slug="halden")
    with scopes_disabled():
        Shipment.objects.create(merchant=merchant, destination_country="DE")
    return merchant


@pytest.fixture
def replica() -> Iterator[Callable[[Callable[[], object]], int]]:
    """The same database under a second name; counts the queries that reach it."""
    connections.databases[REPLICA] = connections.databases[PRIMARY] | {"NAME": connection.settings_dict["NAME"]}
    connections[REPLICA].connect()

    def queries(work: Callable[[], object]) -> int:
        with CaptureQueriesContext(connections[REPLICA]) as there:
            work()
        return len(there)

    yield queries
    connections[REPLICA].close()
    del connections[REPLICA], connections.databases[REPLICA]


def test_lists_and_their_figures_are_read_from_the_replica(
    merchant: Merchant, replica: Callable[[Callable[[], object]], int]
) -> None:
    with scope(merchant=merchant):
        rows = Shipment.objects.live()
        assert replica(lambda: page_of(rows.with_legs(), cursor="", limit=5)) == 2
        assert replica(lambda: filters.page(filters.read_listing({}))) == 2
        assert replica(counts.count_shipments) == 1
        assert replica(lambda: list(rows)) == 0


def test_what_came_from_the_replica_is_written_to_the_primary(
    merchant: Merchant, replica: Callable[[Callable[[], object]], int]
) -> None:
    with scopes_disabled():
        with lagging_reads():
            [shipment] = Shipment.objects.all()
        assert shipment._state.db == REPLICA
        shipment.title = "Lamp"
        assert replica(shipment.save) == 0
        assert replica(shipment.refresh_from_db) == 0
        assert shipment.title == "Lamp"


def test_within_a_transaction_the_primary_is_read(
    merchant: Merchant, replica: Callable[[Callable[[], object]], int]
) -> None:
    with scopes_disabled(), transaction.atomic(), lagging_reads():
        assert replica(lambda: list(Shipment.objects.all())) == 0


def test_without_a_replica_nothing_changes(merchant: Merchant) -> None:
    assert REPLICA not in connections
    with scopes_disabled(), lagging_reads():
        assert [shipment._state.db for shipment in Shipment.objects.all()] == [PRIMARY]
