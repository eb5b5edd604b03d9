"""Polls per second through the whole path: carrier sandbox → HTTP → adapter → record_results → PostgreSQL, a fifth of
the answers changed. Two worker processes claim directly; then the ticker and a Celery worker do it, as in production;
then one task per shipment, for comparison. Every round is checked: nobody asked twice, nothing lost."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from django.utils import timezone

from benchmarks.processes import cpu_s, workers_pss_mb
from benchmarks.report import Figure, Report, options
from benchmarks.stage import Wrong, pid_of, scores_of, stage, wait_until
from tracking.demo.stack import Stack
from tracking.env import BASE_DIR

if TYPE_CHECKING:  # models can be imported once the stage has set Django up
    from benchmarks.parcels import Parcels

WORKERS = 2
CHANGED = 0.2
EVENTS_PER_ANSWER = 8
LEGS_PER_CLAIM = 600  # tracking.shipments.polling.claims.LEGS_PER_TASK
CARRIERS = {"yunexpress": "one number a call", "yanwen": "30 numbers a call"}
SERVERS = ("sandbox", "postgres", "redis")


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """What one round over all parcels took."""

    polls: int
    events: int
    wall_s: float
    workers_cpu_s: float
    pss_mb: float  # of a worker
    servers_cpu_s: dict[str, float]

    def details(self) -> dict[str, float | str]:
        """The numbers beside polls per second. `cores_had`: of the machine's, by all our processes together; the next
        is what two whole cores would do, servers and sandbox on them too."""
        total = self.workers_cpu_s + sum(self.servers_cpu_s.values())
        return {
            "polls_per_worker_CPU_s": self.polls / self.workers_cpu_s,
            "event_rows_per_s": self.events / self.wall_s,
            "PSS_per_worker_MB": self.pss_mb,
            "cores_had": total / self.wall_s,
            "polls_per_s_of_both_cores": self.polls / total * WORKERS,
            "polls": self.polls,
            "worker_CPU_s": self.workers_cpu_s,
            **{f"{name}_CPU_s": value for name, value in self.servers_cpu_s.items()},
        }


def main() -> None:
    """Measures both carriers in both ways, and the comparison."""
    given = options(__doc__, count=10_000)
    count, few = (60, 4) if given.tiny else (given.count, 400)
    with stage("sandbox", limit_s=1200, log_level="INFO") as stack:
        report = Report("polls", scores_of(stack), given.json)
        finish_daily_jobs()
        naive = measure_naive(stack, report, few)
        for carrier in list(CARRIERS)[given.tiny :]:
            measure(stack, report, carrier, count, naive)


def finish_daily_jobs() -> None:
    """On a new database the first tick wakes the workers for every job of the night; here they are done, as they are at
    nearly every second of a day."""
    from tracking.jobs import daily

    for name in daily.due(timezone.now()):
        daily.run(name)


def measure(stack: Stack, report: Report, carrier: str, count: int, naive: Figure) -> None:
    """The first answers of all parcels; then a fifth of them changed, without and with Celery."""
    from benchmarks.parcels import Sandbox, settle

    sandbox, name = Sandbox(stack.sandbox_url), f"{carrier} ({CARRIERS[carrier]})"
    parcels = sandbox.parcels(carrier, count, CHANGED)
    cases = (
        (f"{name}, first answers, direct", run_direct, count * EVENTS_PER_ANSWER),
        (f"{name}, a fifth changed, Celery", run_celery, parcels.moving),
        (f"{name}, a fifth changed, direct", run_direct, parcels.moving),
    )
    for case, run, new_events in cases[:2] if count < 100 else cases:
        settle()
        sandbox.forget_calls()
        parcels.make_due()
        before, servers = parcels.events(), _servers_cpu(stack)
        wall_s, workers_cpu, pss = run(stack, parcels)
        servers = {key: value - servers[key] for key, value in _servers_cpu(stack).items()}
        events = parcels.events() - before
        sandbox.check_calls(parcels)
        if parcels.due() or events != new_events:
            raise Wrong(f"{case}: {parcels.due()} parcels left, {events} new events instead of {new_events}")
        done = Round(
            polls=count, events=events, wall_s=wall_s, workers_cpu_s=workers_cpu, pss_mb=pss, servers_cpu_s=servers
        )
        per_cpu = done.polls / workers_cpu / float(naive.details["polls_per_worker_CPU_s"])
        report.add(case, count / wall_s, "polls/s", versus=naive, per_CPU_s_x_naive=per_cpu, **done.details())


def run_direct(stack: Stack, _parcels: Parcels) -> tuple[float, float, float]:
    """(wall seconds, CPU seconds of both workers, PSS of one in MB) of two processes that claim by themselves."""
    command = [sys.executable, "-m", "benchmarks.poll_worker"]
    workers = [
        subprocess.Popen(
            command, cwd=BASE_DIR, env=stack.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(WORKERS)
    ]
    try:
        for worker in workers:
            if worker.stdout is None or worker.stdout.readline() != "ready\n":
                raise Wrong("a worker did not start")
        begin = time.monotonic()
        for worker in workers:
            if worker.stdin is not None:
                worker.stdin.write("go\n")
                worker.stdin.flush()
        told = [json.loads(worker.communicate()[0]) for worker in workers]
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    polls = [each["polls"] for each in told]
    if sum(polls) > 10 * LEGS_PER_CLAIM and min(polls) < max(polls) / 4:
        raise Wrong(f"the work was not shared: {polls}")
    if any(each["fenced"] for each in told):
        raise Wrong("answers were refused although no lease ran out")
    wall_s = max(each["ended_at"] for each in told) - begin
    return wall_s, sum(each["cpu_s"] for each in told), max(each["pss_mb"] for each in told)


def run_celery(stack: Stack, parcels: Parcels) -> tuple[float, float, float]:
    """The same of the real ticker and the real worker (-c 2, its master counted): from the first claim to the last
    commit."""
    pid = _start_worker(stack, "worker")
    try:
        cpu = cpu_s(pid)
        stack.supervisor.start("ticker")
        begin = _first_claim()
        wait_until(parcels.is_done, "the end of the round", within_s=400, every_s=0.05)
        wall_s = time.time() - begin
        return wall_s, cpu_s(pid) - cpu, workers_pss_mb(pid)[0]
    finally:
        _end(stack, "ticker", "worker")


def measure_naive(stack: Stack, report: Report, count: int) -> Figure:
    """One Celery task per shipment, published one by one while two processes work them off."""
    from benchmarks.naive import poll
    from benchmarks.parcels import Sandbox

    sandbox = Sandbox(stack.sandbox_url)
    parcels = sandbox.parcels("yunexpress", count, CHANGED)
    command = [sys.executable, "-m", "celery", "-A", "benchmarks.naive", "worker", "--pool", "prefork"]
    command += ["-c", str(WORKERS), "--without-gossip", "--without-mingle"]
    log = stack.folder / "logs" / "naive.log"
    stack.supervisor.add_command("naive", command, folder=BASE_DIR, log=log, environment=stack.environment)
    pid = _start_worker(stack, "naive")
    try:
        for _ in range(2):  # the first answers; then a fifth changed, which is what counts
            sandbox.forget_calls()
            parcels.make_due()
            before, servers, cpu = parcels.events(), _servers_cpu(stack), cpu_s(pid)
            begin = time.monotonic()
            for leg in parcels.legs:
                poll.delay(str(leg.id))
            wait_until(parcels.is_done, "the end of the comparison", within_s=300, every_s=0.05)
            wall_s, workers_cpu = time.monotonic() - begin, cpu_s(pid) - cpu
            sandbox.check_calls(parcels)
        pss = workers_pss_mb(pid)[0]
    finally:
        _end(stack, "naive")
    servers = {key: value - servers[key] for key, value in _servers_cpu(stack).items()}
    done = Round(
        polls=count, events=parcels.events() - before, wall_s=wall_s, workers_cpu_s=workers_cpu, pss_mb=pss,
        servers_cpu_s=servers,
    )  # fmt: skip
    return report.add("naive: yunexpress, a task per shipment", count / wall_s, "polls/s", **done.details())


def _start_worker(stack: Stack, name: str) -> int:
    """Starts a Celery worker and waits until it takes tasks; its process id."""
    log = stack.folder / "logs" / f"{name}.log"
    heard = log.stat().st_size if log.exists() else 0
    stack.supervisor.start(name)
    wait_until(lambda: log.exists() and " ready." in log.read_bytes()[heard:].decode(errors="replace"), name)
    time.sleep(0.3)
    return pid_of(stack, name)


def _end(stack: Stack, *names: str) -> None:
    """Ends processes that have nothing left to do, at once."""
    for name in names:
        stack.kill(name)
        stack.supervisor.stop(name)


def _first_claim() -> float:
    """The machine time (seconds since 1970) at which the ticker claimed the first parcels."""
    from django.conf import settings
    from django.db.models import Min
    from django_scopes import scopes_disabled

    from tracking.shipments.models import Leg

    lease = timedelta(seconds=settings.POLL_LEASE_S)
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        with scopes_disabled():
            first = Leg.objects.aggregate(first=Min("lease_until"))["first"]
        if first is not None:
            return (first - lease).timestamp()
        time.sleep(0.02)
    raise Wrong("the ticker claimed nothing")


def _servers_cpu(stack: Stack) -> dict[str, float]:
    return {name: cpu_s(pid_of(stack, name)) for name in SERVERS}


if __name__ == "__main__":
    main()
