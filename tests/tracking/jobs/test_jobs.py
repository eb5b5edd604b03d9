"""What runs by itself: heartbeats, wake-ups with and without a broker, daily jobs, and the end of a process."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.conf import settings
from django.utils import timezone

from tracking import logs
from tracking.jobs import daily, heartbeats, stopping, tasks, waking
from tracking.jobs.models import Heartbeat, JobRun
from tracking.shipments.tasks import poll_account

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _as_if_just_started(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(heartbeats, "_written", {})
    yield
    stopping.resume()


@pytest.fixture
def lines() -> Iterator[list[tuple[str, dict[str, object]]]]:
    """What tasks log, with the fields that are bound then."""
    found: list[tuple[str, dict[str, object]]] = []

    class Keeping(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append((record.getMessage(), logs.fields_of(record)))

    handler, logger = Keeping(), logging.getLogger("tracking.jobs.platform_task")
    logger.addHandler(handler)
    yield found
    logger.removeHandler(handler)


def test_a_heartbeat_is_written_once_in_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert heartbeats.beat("ticker")
    assert not heartbeats.beat("ticker")
    Heartbeat.objects.update(beat_at=timezone.now() - timedelta(seconds=30))
    monkeypatch.setattr(heartbeats, "_written", {})
    assert heartbeats.beat("ticker")
    assert Heartbeat.objects.count() == 1
    assert heartbeats.ages(timezone.now())["ticker"] < 20


def test_processes_that_are_long_gone_are_forgotten() -> None:
    heartbeats.beat("ticker", "here")
    Heartbeat.objects.create(name="ticker@gone", role="ticker", beat_at=timezone.now() - timedelta(hours=2))
    assert heartbeats.trim() == 1
    assert [beat.name for beat in Heartbeat.objects.all()] == ["ticker@here"]


def test_a_worker_lives_by_the_tasks_that_were_sent_to_it() -> None:
    tasks.beat()
    assert not Heartbeat.objects.exists()
    tasks.beat.apply()
    assert [beat.role for beat in Heartbeat.objects.all()] == ["worker"]


def test_a_task_names_itself_and_its_row_in_the_log(lines: list[tuple[str, dict[str, object]]]) -> None:
    account_id = str(uuid4())
    sent = poll_account.apply((account_id, []))
    [(message, fields)] = lines
    assert message.startswith("task shipments.poll_account done in ")
    assert fields.items() >= {
        "task": "shipments.poll_account", "task_id": sent.id, "account_id": account_id, "result": "done"
    }.items()  # fmt: skip
    assert logs.fields_of(logging.makeLogRecord({})) == {}


def test_a_task_that_fails_says_so(lines: list[tuple[str, dict[str, object]]]) -> None:
    tasks.run_daily.apply(("no such job",))
    [(message, _)] = lines
    assert message.startswith("task jobs.run_daily failed in ")


class Work:
    """Tasks that note in which order they ran."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def task(self, name: str, then: str = "") -> object:
        def run(*args: str) -> None:
            self.done.append(name + "".join(args))
            if name == "broken":
                raise ValueError(name)
            if then:
                waking.wake(self.task(then))

        run.name = name  # type: ignore[attr-defined]
        return run


def test_without_a_broker_the_work_is_done_here_in_turn() -> None:
    work = Work()

    def look() -> None:
        waking.wake(work.task("first", then="after all"))
        waking.wake(work.task("broken"))
        waking.wake(work.task("second"), "!", expires=3)

    assert waking.work_here(look) == 4
    assert work.done == ["first", "broken", "second!", "after all"]
    assert not waking.is_here()


def test_the_same_wake_up_waits_once() -> None:
    work = Work()
    task = work.task("once")

    def look() -> None:
        waking.wake(task)
        waking.wake(task)

    assert waking.work_here(look) == 1


def test_a_process_that_ends_takes_up_no_more() -> None:
    work = Work()

    def look() -> None:
        waking.wake(work.task("claimed", then="late"))
        stopping.stop()

    assert waking.work_here(look) == 1
    assert work.done == ["claimed"]


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The days on which the only job ran; it fails while the list of failures is not empty."""
    ran: list[datetime] = []

    def run(day: datetime) -> str:
        ran.append(day)
        if len(ran) == 1:
            raise ValueError("the first time")
        return "3 rows"

    monkeypatch.setattr(daily, "_jobs", {"test": daily.Job(name="test", hour=0, run=run)})
    return ran


def test_a_job_that_fails_is_tried_again_after_its_lease_and_then_done_for_the_day(job: list[datetime]) -> None:
    now = timezone.now()
    assert daily.due(now) == ["test"]
    assert not daily.run("test")
    assert daily.due(now) == []
    JobRun.objects.update(lease_until=now - timedelta(seconds=1))
    assert daily.due(now) == ["test"]
    assert daily.run("test")
    assert daily.due(now) == []
    row = JobRun.objects.get()
    assert (row.told, row.attempts, len(job)) == ("3 rows", 2, 2)
    assert daily.last_success("test") == row.finished_at


def test_a_worker_that_ends_begins_no_job(job: list[datetime]) -> None:
    stopping.stop()
    assert not daily.run("test")
    assert (job, JobRun.objects.count()) == ([], 0)


def test_runs_are_forgotten_after_three_months() -> None:
    now = timezone.now()
    for days in (89, 91):
        JobRun.objects.create(name="test", on=now.date() - timedelta(days=days), lease_until=now)
    assert daily.forget_old(now) == 1


def test_no_job_outlives_its_lease() -> None:
    assert daily.LEASE.total_seconds() > daily.TIME_LIMIT_S + 30
    assert settings.CELERY_TASK_TIME_LIMIT < settings.POLL_LEASE_S
