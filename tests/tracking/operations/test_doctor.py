"""What an operator can have wrong, planted one by one, and found with its cure."""

from __future__ import annotations

import json
import shutil
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
import redis
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from tracking import clock
from tracking.jobs import heartbeats
from tracking.jobs.models import Heartbeat, JobRun
from tracking.operations import doctor, state
from tracking.operations.doctor import database, servers, site
from tracking.operations.doctor.finding import age
from tracking.shipments.live import LISTENER
from tracking.shipments.models import CarrierAccount, InboundPush, Leg, Shipment

pytestmark = pytest.mark.django_db


def found() -> dict[str, tuple[str, str]]:
    """Name -> state and what is said, with the cure."""
    return {each.name: (each.state.value, f"{each.told} -> {each.cure}") for each in doctor.findings()}


def test_a_site_at_work_has_nothing_that_fails(parcel: Shipment) -> None:
    for role in ("ticker", "worker", "dispatcher"):
        heartbeats.beat(role, "doctor")
        Heartbeat.objects.update(beat_at=timezone.now())
    states = found()
    assert {name for name, (each, _) in states.items() if each == "fail"} == set()
    assert states["migrations"][0] == states["partitions"][0] == states["credentials"][0] == "ok"
    # The tests' own PostgreSQL forgets in a crash, and says so.
    assert states["durability"][0] == "warn"


def test_processes_that_are_gone_are_missed(parcel: Shipment) -> None:
    Heartbeat.objects.create(name="ticker@a", role="ticker", beat_at=timezone.now() - timedelta(seconds=90))
    Heartbeat.objects.create(name="worker@a", role="worker", beat_at=timezone.now() - timedelta(minutes=20))
    states = found()
    assert (states["ticker"][0], states["worker"][0], states["dispatcher"][0]) == ("warn", "fail", "fail")
    assert "manage.py dispatcher" in states["dispatcher"][1]
    Heartbeat.objects.create(name="rundue@a", role="rundue")
    assert "worker" not in found()


def test_work_that_waits_too_long_is_told(parcel: Shipment, yunexpress: CarrierAccount) -> None:
    Leg.objects.update(next_poll_at=clock.now() - timedelta(minutes=20))
    InboundPush.objects.create(
        merchant=parcel.merchant, account=yunexpress, message_id="old", body=b"",
        received_at=clock.now() - timedelta(hours=2),
    )  # fmt: skip
    InboundPush.objects.create(merchant=parcel.merchant, account=yunexpress, message_id="bad", body=b"", attempts=5)
    states = found()
    assert states["due legs"][0] == "warn"
    assert states["pushes"][0] == "fail"
    assert states["unreadable pushes"][0] == "warn"


def test_an_account_that_does_not_open_or_is_refused_is_named_by_its_carrier(yunexpress: CarrierAccount) -> None:
    CarrierAccount.objects.update(state="refused", sealed_credentials=bytes([1, 2]) + b"zz" + bytes(40))
    states = found()
    assert states["credentials"][0] == "fail"
    assert "no longer in CREDENTIAL_KEYS" in states["credentials"][1]
    assert "yunexpress (1)" in states["refused accounts"][1]


def test_keys_that_wait_for_their_rotation_are_counted(yunexpress: CarrierAccount, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = {"new": bytes(32), **settings.CREDENTIAL_KEYS}
    assert found()["key rotation"][1].startswith("1 accounts are sealed with an older key")


def test_a_job_that_was_not_finished_for_a_day_says_what_it_said_last(db: None) -> None:
    now = timezone.now()
    JobRun.objects.create(name="reconcile", on=now.date() - timedelta(days=2), lease_until=now, told="ValueError: x")
    finished = now - timedelta(hours=30)
    JobRun.objects.create(name="notify.trim", on=finished.date(), lease_until=now, finished_at=finished)
    states = found()
    assert states["job reconcile"][0] == "warn"
    assert "ValueError: x" in states["job reconcile"][1]
    assert states["job notify.trim"] == ("warn", "age of its last run: 30 h -> see that ticker and workers run")


def test_tables_of_another_release_are_told(db: None) -> None:
    MigrationRecorder.Migration.objects.filter(app="jobs").delete()
    assert found()["migrations"][0] == "fail"


def test_whoever_else_listens_is_not_taken_for_the_live_process(settings: Any) -> None:
    for name, expected in (("a-worker", "warn"), (LISTENER, "ok")):
        with redis.Redis.from_url(settings.REDIS_URL, client_name=name) as client, client.pubsub() as subscription:
            subscription.psubscribe("news*")
            assert subscription.get_message(timeout=5)
            assert [each.state for each in servers.live_streams()] == [expected]


def test_redis_that_is_away_has_a_cure_that_works_without_it(
    nowhere: redis.Redis, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "redis_client", lambda: nowhere)
    states = found()
    assert states["Redis"][0] == "fail"
    assert "rundue --loop" in states["Redis"][1]
    assert states["live streams"][0] == "fail"


@pytest.mark.parametrize(
    ("told", "name", "expected"),
    [
        ({"redis_version": "6.0.16"}, "Redis", "fail"),
        ({"maxmemory_policy": "allkeys-lru"}, "Redis eviction", "fail"),
        ({"aof_enabled": 0}, "Redis persistence", "warn"),
        ({"maxmemory": 100, "used_memory": 90}, "Redis memory", "warn"),
    ],
)
def test_redis_that_is_set_wrong_is_told(
    told: dict[str, Any], name: str, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Server(NamedTuple):
        told: dict[str, Any]

        def info(self) -> dict[str, Any]:
            return {"redis_version": "7.2.0", "maxmemory_policy": "noeviction", "aof_enabled": 1} | self.told

    monkeypatch.setattr(servers, "redis_client", lambda: Server(told))
    states = {each.name: each.state for each in servers.redis_server()}
    assert states[name] == expected


@pytest.mark.parametrize(("skew_s", "expected"), [(0.4, "ok"), (-5, "warn"), (45, "fail")])
def test_clocks_that_differ_are_told(skew_s: float, expected: str) -> None:
    assert database._skew(skew_s).state == expected


@pytest.mark.parametrize(("free", "expected"), [(0.01, "fail"), (0.05, "warn"), (0.5, "ok")])
def test_a_disk_that_fills_is_told(free: float, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    size = 500 * 1024**3
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(size, 0, int(size * free)))
    assert [each.state for each in site.disk()] == [expected]


def test_a_demo_that_strangers_reach_fails(settings: Any) -> None:
    settings.SITE_URL = "https://track.example.com"
    states = {each.name: each.state for each in (*site.mode(), *site.embedded_servers())}
    assert states == {"mode": "fail", "servers": "warn"}


def test_partitions_that_are_missing_are_told(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    problem = "shipments_event has no place for 2027-03: run `manage.py partitions ensure`"
    monkeypatch.setattr(state, "partition_problems", lambda: [problem])
    assert found()["partitions"] == (
        "fail", "shipments_event has no place for 2027-03 -> run `manage.py partitions ensure`"
    )  # fmt: skip


def test_the_command_says_it_for_people_and_for_programs(parcel: Shipment, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("doctor")
    shown = capsys.readouterr().out
    assert ended.value.code == 1
    assert "fail  ticker: none was alive within the last hour" in shown
    assert "      -> start `manage.py ticker`" in shown
    assert "\x1b" not in shown
    heartbeats.beat("rundue", "doctor")
    Heartbeat.objects.update(beat_at=timezone.now())
    call_command("doctor", "--json")
    told = json.loads(capsys.readouterr().out)
    assert told["ok"]
    assert {"name", "state", "told", "cure"} == set(told["findings"][0])


def test_ages_are_told_in_one_unit() -> None:
    assert [age(seconds) for seconds in (5, 119, 600, 7300, 200_000)] == ["5 s", "119 s", "10 min", "2 h", "2 days"]
