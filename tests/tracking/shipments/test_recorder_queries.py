"""What the recorder asks of PostgreSQL: as many statements for a batch as for one parcel, each answered by an index."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from carriers.vocabulary import EventCode
from tests.tracking.shipments.telling import event, told
from tracking import clock
from tracking.rules.facts import Channel
from tracking.shipments import services
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.recording.door import Told, record_results


def statements(shipments: list[Shipment]) -> list[str]:
    """Those of one batch: each parcel tells something new, and then nothing new."""
    legs = list(Leg.objects.filter(shipment__in=shipments))
    news = [told(leg, event(EventCode.FIRST_MILE_PICKED_UP, 20), event(EventCode.LINEHAUL_DEPARTED, 5)) for leg in legs]
    same = [Told(leg_id=leg.id, channel=Channel.POLL, received_at=clock.now(), result=None) for leg in legs]
    with CaptureQueriesContext(
        connection,
    ) as asked:
        record_results(news)
        record_results(same)
    return [query["sql"] for query in asked if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def parcels(account: CarrierAccount, first: int, count: int) -> list[Shipment]:
    return [
        services.register_shipment(
            account.merchant,
            destination_country="DE",
            legs=[services.LegSpec(number=f"YT26306000000{number:05}", carrier="yunexpress")],
        )
        for number in range(first, first + count)
    ]


def test_a_batch_takes_as_many_statements_as_one_parcel(yunexpress: CarrierAccount) -> None:
    one, many = parcels(yunexpress, 1, 1), parcels(yunexpress, 2, 7)
    statements(one)  # loads what is loaded once
    assert len(statements(parcels(yunexpress, 20, 1))) == len(statements(many))


def test_every_statement_can_be_answered_by_an_index(yunexpress: CarrierAccount) -> None:
    asked = [sql for sql in statements(parcels(yunexpress, 1, 3)) if sql.startswith(("SELECT", "UPDATE", "\nUPDATE"))]
    assert len(asked) >= 8
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            cursor.execute("EXPLAIN " + sql)
            plan = "\n".join(row[0] for row in cursor.fetchall())
            assert "Seq Scan" not in plan, plan
