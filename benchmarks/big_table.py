"""Twenty million events in a year of months: the buyer's page, the recorder, the merchant's lists, and a month that is
taken out while somebody reads. Beside an empty database on the same server, in turns."""

from __future__ import annotations

import argparse
import random
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import psycopg2

from benchmarks import big_table_rows
from benchmarks.big_table_rows import Size
from benchmarks.processes import cpu_s
from benchmarks.record import JOURNEY, answers
from benchmarks.report import Figure, Report, add_options
from benchmarks.stage import Wrong, scores_of, stage
from tracking.demo.stack import Stack

if TYPE_CHECKING:
    from tracking.accounts.models import Merchant

MONTHS = 12
EMPTY = "empty"  # the other database


def main() -> None:
    """Builds, then measures."""
    parser = argparse.ArgumentParser(description=__doc__)
    add_options(parser)
    parser.add_argument("--count", type=int, default=20_000_000, help="how many events (default: %(default)s)")
    parser.add_argument("--folder", type=Path, help="built there and kept; built already, it is measured again")
    given = parser.parse_args()
    events = 2_400 if given.tiny else given.count
    turns, parcels, pages = (1, 10, 4) if given.tiny else (10, 200, 100)
    with stage(limit_s=1_800, log_level="ERROR", folder=given.folder) as stack:
        from django.conf import settings

        settings.ALLOWED_HOSTS.append("testserver")
        report = Report("big_table", scores_of(stack), given.json)
        began = time.monotonic()
        merchant = _build(stack, events, months=2 if given.tiny else MONTHS)
        report.add(
            "events stored", _one("SELECT count(*) FROM shipments_event"), "events",
            shipments=_one("SELECT count(*) FROM shipments_shipment"),
            GB=_one("SELECT sum(pg_total_relation_size(relid)) / 1e9 FROM pg_partition_tree('shipments_event')"),
            started_in_s=time.monotonic() - began,
        )  # fmt: skip
        _measure_recorder(report, turns, parcels)
        _measure_pages(report, turns, pages)
        _measure_lists(report, merchant, pages)
        _measure_detaching(report, 20 if given.tiny else 200)


def _build(stack: Stack, events: int, *, months: int) -> Merchant:
    """The merchant who has half of all shipments."""
    from benchmarks.parcels import register
    from tracking.accounts.models import Merchant
    from tracking.shipments.partitions import after
    from tracking.shipments.recording.door import record_results

    if (known := Merchant.objects.filter(slug="big-0").first()) is not None:
        return known
    _make_empty(stack)
    pattern = register("yanwen", ["PATTERN000001"])
    record_results(answers(pattern))
    this_month = datetime.now(UTC).date().replace(day=1)
    each = -(-events // (len(JOURNEY) * months))
    size = Size(months=tuple(after(this_month, back) for back in range(-months, 0)), shipments=each, events=events)
    url = stack.environment["DATABASE_URL"]
    big_table_rows.build(url, _superuser(url), pattern.legs[0].shipment_id, size)
    return Merchant.objects.get(slug="big-0")


def _superuser(url: str, database: str = "throughline") -> str:
    return url.replace("throughline_app@/throughline", f"postgres@/{database}", 1)


def _make_empty(stack: Stack) -> None:
    """A copy of the database as `migrate` left it."""
    from django.db import connection

    connection.close()
    with closing(psycopg2.connect(_superuser(stack.environment["DATABASE_URL"], "postgres"))) as server:
        server.autocommit = True
        with server.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE {EMPTY} OWNER throughline_app TEMPLATE throughline")


@contextmanager
def _on(database: str) -> Iterator[None]:
    """The program's own connection leads to another database of the server meanwhile."""
    from django.db import connection

    before = connection.settings_dict["NAME"]
    connection.close()
    connection.settings_dict["NAME"] = database
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


def _one(statement: str, parameters: Sequence[Any] = ()) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return float(cursor.fetchone()[0])


def _measure_pages(report: Report, turns: int, count: int) -> None:
    """Each parcel's page once, by the view itself, kept nowhere but in the servers' memory. In turns with those
    of the other database."""
    from django.test import Client

    from tracking.shipments.recording.reading import journey, shipment_by_number

    client = Client()

    def page(number: str) -> None:
        answer = client.get(f"/t/{number}")
        if answer.status_code != 200 or answer.content.count(b"Frankfurt") < 3:
            raise Wrong(f"the page of {number} answers {answer.status_code}, or without its events")

    few, many, reads = Times(), Times(), Times()
    pairs = []
    numbers = _numbers(turns * count)
    for turn in range(turns):
        mine = numbers[turn * count : (turn + 1) * count]
        with _on(EMPTY):
            others = _any_numbers(count)
            page(others[0])
            before = few.take(page, others)
        page(mine[0])
        pairs.append(many.take(page, mine) / before)
        reads.take(lambda number: journey(shipment_by_number(number)), mine)
    small = _tell(report, "the buyer's page, few rows in the tables", few)
    _tell(report, "the buyer's page, of any month", many, small, statistics.median(pairs))
    _tell(report, "of that: reading the shipment whole", reads)


def _any_numbers(count: int) -> list[str]:
    from django_scopes import scopes_disabled

    from tracking.shipments.models import Shipment

    with scopes_disabled():
        return list(Shipment.objects.exclude(last_event_at=None).values_list("number", flat=True)[:count])


def _numbers(count: int) -> list[str]:
    """Parcels of all months, which get numbers that a buyer can type."""
    from django_scopes import scopes_disabled

    from tracking.rules.shipment_number import generate
    from tracking.shipments.models import Shipment
    from tracking.shipments.partitions import bound, partitions

    chance, found = random.Random(7), []
    with scopes_disabled():
        low = next(bound(part.first).int for part in partitions("shipments_event") if part.first) >> 80
        high = Shipment.objects.order_by("-id").values_list("id", flat=True)[1].int >> 80
        while len(found) < count:
            at = UUID(int=chance.randint(low, high) << 80)
            shipment = Shipment.objects.filter(id__gte=at).order_by("id").first()
            if shipment is not None and shipment.number.startswith("B"):
                number = generate()
                Shipment.objects.filter(id=shipment.id).update(number=number)
                found.append(number)
    return found


def _measure_lists(report: Report, merchant: Merchant, count: int) -> None:
    """The lists of the merchant who has half of all shipments: fifty rows, the newest and from anywhere deep."""
    from django_scopes import scope

    from tracking.api.pagination import page_of
    from tracking.portal.console import counts, filters
    from tracking.shipments.models import Shipment

    chance = random.Random(8)
    with scope(merchant=merchant):
        ids = Shipment.objects.live().order_by("id").values_list("id", flat=True)
        many = ids.count()
        deep = [ids[chance.randrange(many // 10, many // 2)] for _ in range(min(count, 20))]
        deep *= -(-count // len(deep))

        def api(after: UUID | None) -> None:
            cursor = _cursor(after) if after else ""
            if len(page_of(Shipment.objects.live().with_legs(), cursor=cursor, limit=50).rows) < 10:
                raise Wrong("a page of the API's list is short")

        def console(after: UUID | None, status: str = "") -> None:
            asked = {"status": status} | ({"after": str(after)} if after else {})
            if len(filters.page(filters.read_listing(asked))[0]) < 10:
                raise Wrong("a page of the console's list is short")

        lists: dict[str, Callable[[UUID | None], None]] = {
            "API: list": api,
            "console: list": console,
            "console: list of one status": lambda after: console(after, "out_for_delivery"),
        }
        for name, work in lists.items():
            first, later = Times(), Times()
            ratio = []
            for at in deep:
                begin = first.take(work, [None])
                ratio.append(later.take(work, [at]) / begin)
            newest = _tell(report, f"{name}, the newest fifty", first)
            _tell(report, f"{name}, fifty from deep down", later, newest, statistics.median(ratio), of=many)
        tabs = Times()
        tabs.take(lambda _: counts.count_shipments(), [None] * 3)
        _tell(report, "console: the figures on the tabs", tabs, of=many)


def _cursor(after: UUID) -> str:
    import base64

    return base64.urlsafe_b64encode(after.bytes).decode().rstrip("=")


def _measure_recorder(report: Report, turns: int, parcels: int) -> None:
    """New parcels' first answers, in turns into the full and the empty database."""
    rates: dict[str, list[float]] = {EMPTY: [], "full": []}
    for turn in range(turns):
        with _on(EMPTY):
            rates[EMPTY].append(_record(f"E{turn}", parcels, settles=True))
        rates["full"].append(_record(f"F{turn}", parcels, settles=False))
    empty = report.add("recorder, an empty table", statistics.median(rates[EMPTY]), "events/s")
    pairs = zip(rates["full"], rates[EMPTY], strict=True)
    report.add(
        "recorder, the full table", statistics.median(rates["full"]), "events/s", versus=empty,
        ratio=statistics.median(full / other for full, other in pairs), turns=float(turns),
    )  # fmt: skip


def _record(name: str, count: int, *, settles: bool) -> float:
    """Events per second of this process's wall time; parcels are registered, and told of, before."""
    from benchmarks.parcels import register
    from tracking.shipments.recording.door import record_results

    parcels = register("yanwen", [f"{name}{number:09}" for number in range(count)], settles=settles)
    told = answers(parcels)
    began = time.perf_counter()
    recorded = record_results(told)
    took = time.perf_counter() - began
    if recorded.events != count * len(JOURNEY):
        raise Wrong(f"{recorded.events} events were recorded of {count} parcels")
    return recorded.events / took


def _measure_detaching(report: Report, reads: int) -> None:
    """The oldest month leaves while a reader opens pages of it, one after the other, in a session of its own."""
    from django_scopes import scopes_disabled

    from tracking.shipments import partitions
    from tracking.shipments.models import Shipment

    part = next(each for each in partitions.partitions("shipments_event") if each.first is not None)
    with scopes_disabled():
        first = partitions.bound(part.first) if part.first else UUID(int=0)
        ids = list(Shipment.objects.filter(id__gte=first).order_by("id").values_list("id", flat=True)[:reads])
    waits: list[float] = []
    done, begun = threading.Event(), threading.Event()

    def read() -> None:
        from django.db import connection

        from tracking.shipments.recording.reading import event_facts

        while not done.is_set():
            for shipment_id in ids:
                waits.append(_ms(lambda at=shipment_id: event_facts([at])))
                begun.set()
        connection.close()

    reader = threading.Thread(target=_unscoped, args=(read,))
    reader.start()
    begun.wait(10)
    before = len(waits)
    took = _ms(lambda: partitions.detach(part))
    during = waits[before:]
    done.set()
    reader.join()
    if partitions.problems(datetime.now(UTC)):
        raise Wrong("the month left a gap")
    report.add(
        "a month detached while it is read", took, "ms", rows=float(part.rows), MB=part.size / 1e6,
        reads_meanwhile=float(len(during)), longest_read_ms=max(during, default=0.0),
        p50_read_before_ms=statistics.median(waits[:before]),
    )  # fmt: skip


def _unscoped(work: Callable[[], None]) -> None:
    from django_scopes import scopes_disabled

    with scopes_disabled():
        work()


@dataclass(slots=True)
class Times:
    """What pieces of work took: wall milliseconds each, and CPU milliseconds of ours and of PostgreSQL's together."""

    wall: list[float] = field(default_factory=list)
    ours: float = 0.0
    server: float = 0.0

    def take(self, work: Callable[[Any], object], pieces: Sequence[Any]) -> float:
        """Does the work with each piece; the median of what these took."""
        from django.db import connection

        connection.ensure_connection()
        pid = connection.connection.get_backend_pid()
        server, ours, begin = cpu_s(pid), time.thread_time(), len(self.wall)
        for piece in pieces:
            began = time.perf_counter()
            work(piece)
            self.wall.append((time.perf_counter() - began) * 1e3)
        self.ours += (time.thread_time() - ours) * 1e3
        self.server += (cpu_s(pid) - server) * 1e3
        return statistics.median(self.wall[begin:])


def _ms(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1e3


def _tell(
    report: Report, case: str, times: Times, versus: Figure | None = None, ratio: float | None = None, **details: float
) -> Figure:
    ordered, count = sorted(times.wall), len(times.wall)
    return report.add(
        case, statistics.median(ordered), "ms", versus=versus, ratio=ratio,
        p99_ms=ordered[int(count * 0.99)], slowest_ms=ordered[-1], our_CPU_ms=times.ours / count,
        PostgreSQLs_CPU_ms=times.server / count, times=float(count), **details,
    )  # fmt: skip


if __name__ == "__main__":
    main()
