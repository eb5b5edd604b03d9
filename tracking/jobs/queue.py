"""The queue of wake-ups, whatever broker carries it: Redis, RabbitMQ or another that Celery's kombu speaks to."""

from __future__ import annotations

from typing import Any

from celery import Celery, current_app
from kombu.exceptions import OperationalError

_SECONDS = 2
_NOT_FOUND = "404"


def waiting(app: Celery = current_app) -> int | None:
    """Messages that wait to be taken; None where the broker is away."""
    pool: Any = app.pool  # of connections, whatever the stubs say
    connection = pool.acquire(block=True, timeout=_SECONDS)
    try:
        connection.ensure_connection(max_retries=1, interval_start=0, timeout=_SECONDS)
        count: int | None = _count(connection, app.conf.task_default_queue)
    except (OperationalError, OSError, *connection.connection_errors):
        # A broken one would be handed out again; and without another in its place the next sender waits without end.
        pool.replace(connection)
        connection, count = pool.new(), None
    finally:
        pool.release(connection)
    return count


def _count(connection: Any, queue: str) -> int:
    # A channel of its own: RabbitMQ closes the one on which it is asked for a queue that is not there.
    channel = connection.channel()
    try:
        return int(channel.queue_declare(queue, passive=True).message_count)
    except connection.channel_errors as error:
        if str(getattr(error, "reply_code", "")) == _NOT_FOUND:
            return 0  # in Redis an empty list does not exist; in RabbitMQ no worker has been there yet
        raise
    finally:
        channel.close()
