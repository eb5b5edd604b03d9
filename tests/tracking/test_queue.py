"""How many wake-ups wait is asked of the broker through kombu, so that it need not be Redis."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from tracking.celery import app as ours
from tracking.jobs import queue


def app_on(broker: str, **options: object) -> Celery:
    app = Celery(broker=broker, set_as_current=False)
    app.conf.update(task_default_queue="waiting", broker_transport_options=options)
    return app


@pytest.fixture(params=["memory", "filesystem"])
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Celery]:
    """Two brokers that need no server."""
    folders = {name: str(tmp_path) for name in ("data_folder_in", "data_folder_out", "control_folder")}
    made = app_on("memory://") if request.param == "memory" else app_on("filesystem://", **folders)
    yield made
    with made.connection_for_write() as connection:
        connection.default_channel.queue_delete("waiting")


def test_a_queue_that_nobody_has_used_is_empty(app: Celery) -> None:
    assert queue.waiting(app) == 0


def test_messages_are_counted_whatever_the_broker(app: Celery) -> None:
    for number in range(3):
        app.send_task("shipments.read_pushes", [number])
    assert queue.waiting(app) == 3


def test_our_own_broker_is_asked_the_same_way() -> None:
    with ours.connection_for_write() as connection:
        connection.default_channel.queue_purge(ours.conf.task_default_queue)
    assert queue.waiting(ours) == 0
    ours.send_task("nobody.takes_this")
    assert queue.waiting(ours) == 1
    with ours.connection_for_write() as connection:
        connection.default_channel.queue_purge(ours.conf.task_default_queue)


@pytest.mark.parametrize(
    "broker", ["redis+socket:///nonexistent/redis.sock", "amqp://guest@127.0.0.1:9/"], ids=["redis", "rabbitmq"]
)
def test_a_broker_that_is_away_is_no_number_and_no_error(broker: str) -> None:
    away = app_on(broker)
    assert queue.waiting(away) is None
    assert queue.waiting(away) is None


def test_nobody_who_sends_waits_for_a_connection_after_many_looks_at_a_broker_that_is_away() -> None:
    away = app_on("redis+socket:///nonexistent/redis.sock", max_retries=0)
    away.conf.broker_pool_limit = 2
    for _ in range(3):
        assert queue.waiting(away) is None
    refused: list[Exception] = []

    def send() -> None:
        try:
            away.send_task("nobody.takes_this", retry=False)
        except OperationalError as error:
            refused.append(error)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    sender.join(20)
    assert len(refused) == 1
