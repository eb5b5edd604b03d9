"""A budget is never exceeded: the carrier counts, four workers ask as fast as they may, and worker, Redis and
PostgreSQL die in the middle. Two merchants have been given the same key."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest

from tests.stack import TestStack, running_stack
from tracking.env import BASE_DIR

pytestmark = pytest.mark.faults

SECOND, MINUTE, PARCELS = 8, 48, 90
LIMITS = [{"calls": SECOND, "per": "second"}, {"calls": MINUTE, "per": "minute"}]

_SEED = """
import json
from carriers import registry
from django_scopes import scope
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.shipments import services
from tracking.shipments.services import LegSpec
numbers = json.loads({numbers!r})
secret = dict.fromkeys(registry.adapter("yanwen").credentials, "sandbox")
for name in ("halden", "moss"):
    merchant = Merchant.objects.create(slug=name, name=name)
    services.save_account(merchant, "yanwen", credentials=secret, limits={limits!r})
    for number in numbers[name]:
        services.register_shipment(merchant, destination_country="DE", origin_country="CN",
                                   legs=[LegSpec(number=number, carrier="yanwen")])
"""

# A worker for every line that it reads; one number a call, so that there are calls enough; due again at once.
_WORK = """
import os, sys, time
import django
django.setup()
from dataclasses import replace
from django.db import DatabaseError, InterfaceError, close_old_connections, connection
from carriers import registry
from tracking.shipments.polling import claims, poll

adapter = registry.adapter("yanwen")
adapter.facts = replace(adapter.facts, api=replace(adapter.facts.api, batch=1))

def work():
    while True:
        found = {}
        try:
            found = claims.claim_due(20)
            for account, mine in found.items():
                poll.poll_account(account, mine)
            with connection.cursor() as cursor:
                cursor.execute("UPDATE shipments_leg SET next_poll_at = now() - interval '1 minute'"
                               " WHERE next_poll_at > now() AND lease_until IS NULL")
        except (DatabaseError, InterfaceError):
            close_old_connections()
        if not found:
            time.sleep(0.1)

for _ in sys.stdin:
    if not (pid := os.fork()):
        work()
    print(pid, flush=True)
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestStack]:
    with running_stack(
        tmp_path_factory.mktemp("budget"), processes=("sandbox",), settings={"POLL_LEASE_S": "5"}
    ) as stack:
        yield stack


@pytest.fixture
def hire(stack: TestStack) -> Iterator[Callable[[], int]]:
    """Starts a worker process; its id."""
    foreman = subprocess.Popen(
        [sys.executable, "-c", _WORK], cwd=BASE_DIR, env=stack.environment, stdin=subprocess.PIPE,
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    pids: list[int] = []

    def start() -> int:
        assert foreman.stdin is not None
        assert foreman.stdout is not None
        foreman.stdin.write("another\n")
        foreman.stdin.flush()
        pids.append(int(foreman.stdout.readline()))
        return pids[-1]

    yield start
    for pid in pids:
        os.kill(pid, signal.SIGKILL)  # those that died are the foreman's zombies
    foreman.kill()
    foreman.wait(10)


def sandbox(stack: TestStack, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(f"{stack.sandbox_url}/sandbox/{path}", data=data, timeout=20) as answer:  # noqa: S310  the sandbox
        return json.load(answer)


def asked(stack: TestStack) -> list[float]:
    """When the carrier was asked, by its own clock."""
    return sorted(sandbox(stack, "asked_at").get("yanwen", []))


def most_in(moments: list[float], seconds: float) -> int:
    """Of any stretch of so many seconds, and so of the calendar's too."""
    return max(sum(begin <= moment < begin + seconds for moment in moments) for begin in moments)


def test_the_carrier_never_sees_more_than_its_limit_whatever_dies(
    stack: TestStack, hire: Callable[[], int], capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = [leg["number"] for leg in sandbox(stack, "bench", {"carrier": "yanwen", "count": PARCELS})]
    halves = json.dumps({"halden": numbers[::2], "moss": numbers[1::2]})
    stack.manage("shell", "-v", "0", "-c", _SEED.format(numbers=halves, limits=LIMITS))
    workers = [hire() for _ in range(4)]
    stack.wait_until(lambda: len(asked(stack)) >= SECOND, what="the first calls")
    os.kill(workers[0], signal.SIGKILL)
    flush(stack)
    hire()
    stack.wait_until(lambda: len(asked(stack)) >= 2 * SECOND, what="calls after a worker died and Redis was flushed")
    stack.kill("redis")
    stack.wait_until(lambda: len(asked(stack)) >= 3 * SECOND, what="calls after Redis was killed")
    stack.kill("postgres", signal.SIGQUIT)
    os.kill(workers[1], signal.SIGKILL)
    hire()
    stack.wait_until(lambda: len(asked(stack)) >= 0.7 * MINUTE, what="the minute's calls")
    time.sleep(3)  # whoever would go on, does so now
    moments = asked(stack)
    figures = {
        "calls": len(moments), "most in a second": most_in(moments, 1), "most in a minute": most_in(moments, 60),
        "seconds": moments[-1] - moments[0], "longest pause": max(b - a for a, b in pairwise(moments)),
    }  # fmt: skip
    with capsys.disabled():
        pass
    assert figures["most in a second"] <= SECOND, figures
    assert figures["most in a minute"] <= MINUTE, figures
    by_merchant = stack.query(
        "SELECT merchant_id, count(*) FROM shipments_leg WHERE last_checked_at IS NOT NULL GROUP BY 1"
    )
    assert len(by_merchant) == 2, by_merchant


def flush(stack: TestStack) -> None:
    import redis

    with redis.Redis.from_url(stack.environment["REDIS_URL"]) as client:
        client.flushall()


def test_the_accounts_share_one_row_that_counts_what_was_granted(stack: TestStack) -> None:
    [(key, used)] = stack.query("SELECT key, used FROM shipments_budget")
    [(accounts, keys)] = stack.query("SELECT count(*), count(DISTINCT budget_key) FROM shipments_carrieraccount")
    assert (accounts, keys, set(used)) == (2, 1, {"second", "minute"})
    assert stack.query("SELECT DISTINCT budget_key FROM shipments_carrieraccount") == [(key,)]
