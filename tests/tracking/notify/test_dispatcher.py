"""Real dispatchers: processes of their own, killed in the middle, two at a time, without Redis."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils import timezone
from django_scopes import scopes_disabled

from tests.tracking.notify.conftest import WAY, Answer, Receiver, endpoint_at, news, parcel
from tracking.accounts.models import Merchant
from tracking.jobs.models import Heartbeat
from tracking.notify.dispatch import Dispatcher
from tracking.notify.fan_out import fan_out
from tracking.notify.models import Delivery
from tracking.shipments.models import StatusChange

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.faults]

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _across_tenants() -> Iterator[None]:
    with scopes_disabled():
        yield


@pytest.fixture
def process() -> Iterator[subprocess.Popen[bytes]]:
    """`manage.py dispatcher` on the test's database, with a Redis that is not there."""
    named = connection.settings_dict
    place = f"host={quote(named['HOST'], safe='')}" + (f"&port={named['PORT']}" if named["PORT"] else "")
    login = f"{quote(named['USER'])}:{quote(named['PASSWORD'])}"
    environment = os.environ | {
        "DATABASE_URL": f"postgresql://{login}@/{named['NAME']}?{place}",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }
    running = subprocess.Popen([sys.executable, "manage.py", "dispatcher"], cwd=ROOT, env=environment)
    yield running
    running.kill()
    running.wait()


@pytest.fixture
def beside() -> Iterator[Callable[[], None]]:
    """A second dispatcher, in this process; stopped by calling it."""
    made: list[tuple[asyncio.AbstractEventLoop, Dispatcher]] = []

    async def run() -> None:
        made.append((asyncio.get_running_loop(), Dispatcher()))
        await made[0][1].run()

    thread = threading.Thread(target=asyncio.run, args=(run(),))
    thread.start()

    def stop() -> None:
        if thread.is_alive():
            made[0][0].call_soon_threadsafe(made[0][1].stop)
        thread.join()

    yield stop
    stop()


def wait_until(is_so: Callable[[], Any], within_s: float = 40.0) -> None:
    deadline = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.02)


def is_all_done() -> bool:
    return (
        not Delivery.objects.exclude(state="done").exists() and not StatusChange.objects.filter(told_at=None).exists()
    )


def test_of_two_dispatchers_one_is_killed_and_nothing_is_lost_or_has_two_ids(
    receiver: Receiver, merchant: Merchant, process: subprocess.Popen[bytes], beside: Callable[[], None]
) -> None:
    endpoints = [endpoint_at(merchant, f"{receiver.url}/{name}") for name in ("a", "b", "c")]
    receiver.answer = Answer(wait_s=0.05)
    wait_until(lambda: Heartbeat.objects.filter(role="dispatcher").count() == 2)
    for number in range(5):
        news(parcel(merchant, f"L-{number}"), *WAY, is_fanned_out=False)
    wait_until(lambda: len(receiver.received) >= 20)
    process.kill()
    process.wait()
    Delivery.objects.exclude(lease_until=None).update(lease_until=timezone.now())  # as if its minute had passed
    wait_until(is_all_done)

    rows = Delivery.objects.all()
    assert rows.count() == len(endpoints) * 5 * len(WAY) == 60
    assert set(receiver.ids()) == {str(row.id) for row in rows}
    # What was sent twice was on its way at that moment: at the most four for each endpoint.
    twice = {message: count for message, count in Counter(receiver.ids()).items() if count > 1}
    assert len(twice) <= 4 * len(endpoints)
    assert set(twice.values()) <= {2}
    assert set(twice) <= {str(row.id) for row in rows if row.attempts > 1}

    # Told to stop, a dispatcher finishes what is on its way, and records it.
    receiver.answer = Answer(wait_s=0.5)
    before = len(receiver.received)
    news(parcel(merchant, "L-last"), WAY[0], is_fanned_out=False)
    wait_until(lambda: len(receiver.received) > before)
    beside()
    assert not Delivery.objects.exclude(lease_until=None).exists()
    assert not Delivery.objects.filter(state="pending", attempts__gt=0).exists()


def test_two_transactions_that_fan_out_at_once_take_different_changes(merchant: Merchant, receiver: Receiver) -> None:
    endpoint_at(merchant, receiver.url)
    news(parcel(merchant), *WAY, is_fanned_out=False)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("SELECT id FROM shipments_statuschange WHERE number <= 2 FOR UPDATE")
        assert fan_out() == 2
        cursor.execute("ROLLBACK")
    other.close()
    assert fan_out() == 2
    assert sorted(Delivery.objects.values_list("sequence", flat=True)) == [1, 2, 3, 4]
