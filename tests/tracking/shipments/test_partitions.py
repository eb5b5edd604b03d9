"""Events and raw answers lie in months of their shipments' creation: an insert always finds its place, months stand
ready ahead of time, and an old one leaves while others read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from importlib import import_module
from uuid import UUID

import psycopg2
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django_scopes import scopes_disabled

from tracking.accounts.models import Merchant
from tracking.shipments import partitions
from tracking.shipments.models import Event, RawAnswer, Shipment

EVENTS = "shipments_event"
NOW = datetime.now(UTC)
THIS_MONTH = NOW.date().replace(day=1)


def id_in(month: date, number: int = 1) -> UUID:
    """A shipment's id of that month."""
    return UUID(int=partitions.bound(month).int + (7 << 76) + (2 << 62) + number)


def names(table: str = EVENTS) -> list[str]:
    return [part.name.removeprefix(f"{table}_") for part in partitions.partitions(table)]


def event(merchant: Merchant, month: date, identity: str = "a") -> Event:
    """One event of a shipment that was made in this month."""
    shipment = Shipment(id=id_in(month), merchant=merchant, destination_country="DE")
    with scopes_disabled():
        if not Shipment.objects.filter(id=shipment.id).exists():
            shipment.save(force_insert=True)
        return Event.objects.create(
            merchant=merchant, shipment=shipment, leg_id=shipment.id, identity=identity, carrier="dhl", channel="poll",
            code="unknown", time_source="none", precision="minute", received_at=NOW,
        )  # fmt: skip


def lies_in(row: Event | RawAnswer) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT tableoid::regclass::text FROM {row._meta.db_table} WHERE id = %s",  # noqa: S608
            [row.id],
        )
        return str(cursor.fetchone()[0]).removeprefix(f"{row._meta.db_table}_")


@pytest.fixture
def lasting(transactional_db: None) -> Iterator[None]:
    """What the test does to the tables is undone: they are those of a fresh database again."""
    yield
    with connection.cursor() as cursor:
        for table in partitions.TABLES:
            for part in partitions.partitions(table):
                cursor.execute(f"DROP TABLE {part.name}")
            for name, bounds in (("before", "MINVALUE) TO (%s"), ("future", "%s) TO (MAXVALUE")):
                statement = f"CREATE TABLE {table}_{name} PARTITION OF {table} FOR VALUES FROM ({bounds})"
                cursor.execute(statement, [str(partitions.bound(THIS_MONTH))])
        for name in partitions.detached():
            cursor.execute(f"DROP TABLE {name}")
    partitions.ensure(NOW)


@pytest.fixture
def merchant(db: None) -> Merchant:
    return Merchant.objects.create(name="Halden", slug="halden")


def test_a_fresh_database_has_three_months_ready(db: None) -> None:
    months = [f"{partitions.after(THIS_MONTH, ahead):%Y_%m}" for ahead in range(partitions.AHEAD + 1)]
    assert names() == names("shipments_rawanswer") == ["before", *months, "future"]
    assert partitions.problems(NOW) == []
    assert partitions.ensure(NOW) == []


def test_an_event_lies_in_the_month_of_its_shipment_and_any_id_finds_a_place(merchant: Merchant) -> None:
    assert lies_in(event(merchant, THIS_MONTH)) == f"{THIS_MONTH:%Y_%m}"
    assert lies_in(event(merchant, date(2001, 1, 1))) == "before"
    assert lies_in(event(merchant, date(2999, 1, 1))) == "future"


def test_an_identity_is_unique_in_its_shipment_as_before(merchant: Merchant) -> None:
    event(merchant, THIS_MONTH)
    with pytest.raises(IntegrityError, match="identity"), transaction.atomic():
        event(merchant, THIS_MONTH)


def test_keys_and_indexes_have_the_names_that_the_models_give_them(db: None) -> None:
    with connection.cursor() as cursor:
        for model in (Event, RawAnswer):
            found = connection.introspection.get_constraints(cursor, model._meta.db_table)
            wanted = {index.name for index in model._meta.indexes} | {key.name for key in model._meta.constraints}
            assert wanted <= found.keys()


def test_a_month_later_one_more_month_is_made_ready(db: None) -> None:
    later = datetime(2031, 5, 17, tzinfo=UTC)
    before = names()
    partitions.ensure(later)
    assert names()[:-1] == [*before[:-1], *names()[len(before) - 1 : -1]]
    assert names()[-4:] == ["2031_06", "2031_07", "2031_08", "future"]
    assert partitions.problems(later) == []


def test_rows_that_came_while_no_job_ran_stay_where_they_are_and_the_months_go_on_behind_them(
    merchant: Merchant,
) -> None:
    later = datetime(2031, 5, 17, tzinfo=UTC)
    kept, stray = event(merchant, date(2031, 4, 1)), event(merchant, date(2050, 1, 1))
    assert any("no month stands ready" in told for told in partitions.problems(later))
    partitions.ensure(later)
    begin = partitions.after(THIS_MONTH, partitions.AHEAD + 1)
    assert names()[-5:] == [f"{begin:%Y_%m}_to_2031_05", "2031_06", "2031_07", "2031_08", "future"]
    assert lies_in(kept) == f"{begin:%Y_%m}_to_2031_05"
    assert lies_in(stray) == "future"
    assert partitions.problems(later) == []


def test_a_gap_is_told_and_filled(db: None) -> None:
    month = f"{EVENTS}_{partitions.after(THIS_MONTH):%Y_%m}"
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {EVENTS} DETACH PARTITION {month}")
        cursor.execute(f"DROP TABLE {month}")
    assert any("has no place for" in told for told in partitions.problems(NOW))
    assert partitions.ensure(NOW) == [f"{month} fills a gap"]
    assert partitions.problems(NOW) == []


def test_a_month_is_detached_while_somebody_reads_it_and_nobody_waits(lasting: None) -> None:
    """The reader's transaction holds the month; another one goes on writing meanwhile."""
    merchant = Merchant.objects.create(name="Halden", slug="halden")
    event(merchant, THIS_MONTH)
    [part] = [part for part in partitions.partitions(EVENTS) if part.first == THIS_MONTH]
    reader = psycopg2.connect(**connection.get_connection_params())
    reader.set_session(isolation_level="REPEATABLE READ")
    with closing(reader), reader.cursor() as reading, connection.cursor() as ours:
        reading.execute("SELECT count(*) FROM shipments_event")
        ours.execute("SET statement_timeout = '100ms'")
        # It waits for the reader, up to its own time limit: it is cut off, half done.
        with pytest.raises(OperationalError, match="statement timeout"):
            ours.execute(f"ALTER TABLE {EVENTS} DETACH PARTITION {part.name} CONCURRENTLY")
        ours.execute("RESET statement_timeout")
        event(merchant, partitions.after(THIS_MONTH))  # nobody else waits
        reading.execute("SELECT count(*) FROM shipments_event")  # and the reader still sees the month
        assert reading.fetchone() == (1,)
    assert partitions.problems(NOW) == [f"{part.name} is half detached: run `manage.py partitions ensure`"]
    partitions.ensure(NOW)
    assert partitions.detached() == [f"{part.name}_detached"]
    assert partitions.problems(NOW) == []
    assert lies_in(event(merchant, THIS_MONTH)) == "before"  # an insert finds a place all the same


def test_the_migration_takes_rows_along_each_into_its_month(merchant: Merchant) -> None:
    migration = import_module("tracking.shipments.migrations.0002_partitions")
    months = [partitions.after(THIS_MONTH, -2), THIS_MONTH, date(2001, 1, 1)]
    for month in months:
        event(merchant, month)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE filled (LIKE shipments_event INCLUDING ALL)")
        cursor.execute("ALTER TABLE filled ADD CONSTRAINT its_name UNIQUE (shipment_id, raw_time, id)")
        cursor.execute("INSERT INTO filled SELECT * FROM shipments_event")
        migration._rebuild(cursor, "filled")
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM filled GROUP BY 1 ORDER BY 1")
        counts = dict(cursor.fetchall())
        found = connection.introspection.get_constraints(cursor, "filled")
    assert counts == {f"filled_{months[0]:%Y_%m}": 1, f"filled_{THIS_MONTH:%Y_%m}": 1, "filled_before": 1}
    assert found["its_name"]["unique"]
    assert partitions.partitions("filled")[-1].first == partitions.after(THIS_MONTH)
