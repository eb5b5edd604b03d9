"""The buyer's page per second: rendered anew, out of Redis, out of the process's memory; beside a hello-world on the
same server. Cases take turns, and a ratio is the median over the turns: a neighbour's burst hits them alike."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import psycopg2

from benchmarks.load import Load, ask_each, drive
from benchmarks.processes import cpu_s, workers_pss_mb
from benchmarks.report import Figure, Report, options
from benchmarks.stage import Wrong, pid_of, scores_of, stage, wait_until
from tracking.demo.stack import Stack, free_port, is_answering
from tracking.env import BASE_DIR

GOAL = 0.8
BROWSER = {"Accept-Encoding": "gzip, br", "Accept-Language": "en"}
# Asked so, the page comes past the process's memory, out of Redis: as for a reader who has just heard news.
FRESH = BROWSER | {"Cache-Control": "no-cache"}


@dataclass(slots=True)
class Case:
    """A way to ask, and what came of it, turn by turn."""

    name: str
    server: str  # a job of the stack
    ask: Callable[[], Load]
    loads: list[Load] = field(default_factory=list)
    per_cpu_s: list[float] = field(default_factory=list)


def main() -> None:
    """Measures all cases in turns."""
    given = options(__doc__)
    turns, seconds, shipments = (1, 0.3, 6) if given.tiny else (3, 3.0, 120)
    now = datetime.now(UTC)
    with stage("sandbox", "web", limit_s=420, seed=True, demo_start=now, demo_count=shipments) as stack:
        stack.supervisor.stop("sandbox")
        hello_port = _start_hello(stack)
        numbers = _numbers(shipments)
        report = Report("pages", scores_of(stack), given.json)
        cases = _cases(stack, hello_port, numbers, seconds)
        for _ in range(turns):
            for case in cases:
                _take(stack, case)
        _tell(report, stack, cases)


def _cases(stack: Stack, hello_port: int, numbers: Sequence[str], seconds: float) -> list[Case]:
    """The page of one parcel, the longest; each of them once for the cold ones."""
    port, page = stack.ports.web, f"/t/{numbers[0]}"

    def cold() -> Load:
        flush(stack)
        return ask_each(port, iter([f"/t/{number}" for number in numbers]), FRESH, connections=2)

    def cached(headers: dict[str, str]) -> Callable[[], Load]:
        def ask() -> Load:
            ask_each(port, iter([page] * 20), FRESH, connections=4)  # both workers know it
            before = statements(stack)
            load = drive(port, page, headers, seconds=seconds)
            if statements(stack) != before:
                raise Wrong("a cached page asked the database")
            return load

        return ask

    def hello(path: str) -> Callable[[], Load]:
        return lambda: drive(hello_port, path, BROWSER, seconds=seconds)

    return [
        Case("hello-world, a view of Django's", "hello", hello("/hello")),
        Case("hello-world, without Django", "hello", hello("/")),
        Case("the page, cached in the process", "web", cached(BROWSER)),
        Case("the page, cached in Redis", "web", cached(FRESH)),
        Case("the page, rendered: each of them once", "web", cold),
    ]


def _take(stack: Stack, case: Case) -> None:
    pid = pid_of(stack, case.server)
    cpu, begin = cpu_s(pid), time.monotonic()
    load = case.ask()
    took = time.monotonic() - begin
    case.loads.append(load)
    case.per_cpu_s.append(load.per_s * took / max(cpu_s(pid) - cpu, 0.01))


def _tell(report: Report, stack: Stack, cases: Sequence[Case]) -> None:
    first: Figure | None = None
    hello = cases[0]
    for case in cases:
        rate = statistics.median(load.per_s for load in case.loads)
        pairs = zip(case.loads, hello.loads, strict=True)
        ratio = statistics.median(mine.per_s / theirs.per_s for mine, theirs in pairs)
        by_cpu = zip(case.per_cpu_s, hello.per_cpu_s, strict=True)
        figure = report.add(
            case.name,
            rate,
            "requests/s",
            versus=first,
            ratio=ratio if first else None,
            per_server_CPU_s=statistics.median(case.per_cpu_s),
            per_CPU_s_x_hello=statistics.median(mine / theirs for mine, theirs in by_cpu),
            p50_ms=statistics.median(load.p50_ms for load in case.loads),
            p99_ms=statistics.median(load.p99_ms for load in case.loads),
            generator_share_of_a_core=statistics.median(load.generator_cpu for load in case.loads),
            PSS_per_worker_MB=workers_pss_mb(pid_of(stack, case.server))[0],
            **({"SQL_statements": 0.0} if "cached" in case.name else {}),
        )
        first = first or figure


def flush(stack: Stack) -> None:
    """Forgets every page in Redis."""
    import redis

    with redis.Redis.from_url(stack.environment["REDIS_URL"]) as client:
        for key in client.scan_iter("page:*"):
            client.delete(key)


def statements(stack: Stack) -> list[tuple[object, ...]]:
    """When each session of the database began its last statement: equal before and after means that none was sent."""
    connection = psycopg2.connect(stack.environment["DATABASE_URL"])
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pid, query_start FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
                " ORDER BY pid"
            )
            return cursor.fetchall()
    finally:
        connection.close()


def _numbers(wanted: int) -> list[str]:
    """Our numbers of the demo's parcels, the one with the most events first."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM shipments_shipment AS shipment WHERE archived_at IS NULL ORDER BY"
            " (SELECT count(*) FROM shipments_event WHERE shipment_id = shipment.id) DESC, id LIMIT %s",
            [wanted],
        )
        found = [number for (number,) in cursor.fetchall()]
    if len(found) < wanted:
        raise Wrong(f"{len(found)} parcels instead of {wanted}")
    return found


def _start_hello(stack: Stack) -> int:
    """The hello-world on a server with the web process's own options; its port."""
    port = free_port(0, set())
    command = [sys.executable, "-m", "granian", "--host", "127.0.0.1", "--no-ws", "--log-level", "warning"]
    command += ["--interface", "wsgi", "--port", str(port), "--workers", "2", "--blocking-threads", "2"]
    command += ["--respawn-failed-workers", "benchmarks.hello:application"]
    log = stack.folder / "logs" / "hello.log"
    stack.supervisor.add_command("hello", command, folder=BASE_DIR, log=log, environment=stack.environment)
    stack.supervisor.start("hello")
    wait_until(lambda: is_answering(f"http://127.0.0.1:{port}/"), "the hello-world")
    return port


if __name__ == "__main__":
    main()
