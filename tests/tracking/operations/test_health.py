"""What an orchestrator is told: who lives, who can work, and what else an operator sees there."""

from __future__ import annotations

from datetime import timedelta

import pytest
import redis
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from tracking import health
from tracking.jobs import heartbeats
from tracking.jobs.models import Heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "KEPT_S", 0.0)
    monkeypatch.setattr(health._Migrations, "are_applied", False)


def test_a_process_is_alive_without_asking_anybody(client: Client, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200


def test_a_process_is_ready_when_the_database_answers_and_is_migrated(client: Client) -> None:
    Heartbeat.objects.create(name="ticker@a:1", role="ticker")
    Heartbeat.objects.create(name="worker@a", role="worker", beat_at=timezone.now() - timedelta(minutes=3))
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "checks": {"database": "ok", "migrations": "ok", "redis": "ok", "ticker": "ok", "worker": "late"},
    }


def test_one_process_that_does_all_the_work_counts_as_ticker_and_worker(client: Client) -> None:
    heartbeats.beat("rundue", "here")
    checks = client.get("/readyz").json()["checks"]
    assert (checks["ticker"], checks["worker"]) == ("ok", "ok")


def test_without_the_tables_of_this_release_it_is_not_ready(client: Client) -> None:
    MigrationRecorder.Migration.objects.filter(app="shipments").delete()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "not applied"


def test_without_a_database_it_lives_and_is_not_ready(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise health.DatabaseError("away")

    monkeypatch.setattr(connection, "cursor", refuse)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["database"] == "away"
    assert client.get("/healthz").status_code == 200


def test_redis_that_is_away_is_told_and_forgiven(
    nowhere: redis.Redis, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "redis_client", lambda: nowhere)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["redis"]) == (200, "away")


def test_asking_often_costs_one_look(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "KEPT_S", 60.0)
    monkeypatch.setattr(health._Kept, "until", float("-inf"))
    looked = []
    monkeypatch.setattr(health, "look", lambda: looked.append(1) or (True, {}))
    for _ in range(5):
        client.get("/readyz")
    assert len(looked) == 1
    monkeypatch.setattr(health._Kept, "until", float("-inf"))
