"""What is done to a running platform: processes are killed, frozen and robbed of Redis, while drivers go on."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from carriers.sandbox.stories import STORIES
from tests.e2e.drivers import Driver, PushingCarrier, WritingMerchant
from tests.e2e.site import NO_ANSWER, VARIES, Site, registration
from tracking.env import BASE_DIR

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "3"))
SEED = int(os.environ.get("FAULT_SEED", "1"))
EVENTS = int(os.environ.get("FAULT_EVENTS", "0"))
AWAY_S = float(os.environ.get("FAULT_AWAY_S", "5"))
SPEED = 50_000.0  # every leg is due again within half a second
LEASE_S = 5
SAME = sorted(set(STORIES) - VARIES)[::2]  # every second story: the faults are the point here
SHORT = [name for name in SAME if STORIES[name].hours < 180]
PUSHING = 4 if EVENTS else 1
PUSHED_NUMBERS = 25 if EVENTS else 8  # of each pushing carrier

KINDS = ("worker", "ticker", "web", "dispatcher", "redis", "flush", "postgres")
FROZEN = max(1, ROUNDS // 5)  # a worker is stopped past its leases


@dataclass(kw_only=True)
class Run:
    """One run with faults: what was done to the platform, and what it told afterwards."""

    site: Site
    random: Random
    drivers: tuple[Driver, ...] = ()
    number: str = ""  # of a parcel whose page is asked for
    journeys: dict[str, dict[str, Any]] = field(default_factory=dict)  # our number -> journey
    faults: Counter[str] = field(default_factory=Counter)
    mid_poll: int = 0  # kills of a worker that had calls under way

    def strike(self, what: str) -> None:
        """One fault; what died is started again at once, as a supervisor of any kind would."""
        if what == "worker":
            self.mid_poll += self.are_legs_leased()
        if what == "flush":
            self._flush()
        elif what == "frozen":
            self._freeze()
        elif what == "postgres":
            self._kill("postgres", signal.SIGQUIT)  # an immediate restart, with recovery from the log
        else:
            self._kill(what, signal.SIGKILL)
        self.site.stack.watch()
        self.faults[what] += 1

    def _freeze(self) -> None:
        """A worker sleeps past its leases while another takes its parcels, and wakes up with old answers in hand."""
        stack = self.site.stack
        stack.kill("worker", signal.SIGSTOP)
        until = time.monotonic() + LEASE_S + 2
        stack.wait_until(lambda: time.monotonic() > until, within_s=LEASE_S + 30)
        stack.kill("worker", signal.SIGCONT)

    def begin(self, name: str) -> None:
        """Another parcel on its way; registered under one Idempotency-Key, again and again until it is acknowledged."""
        site = self.site
        journey = site.sandbox("/journeys", {"story": name})
        key = f"journey {journey['id']}"

        def register() -> str | None:
            try:
                said = site.api("POST", "/shipments", registration(journey), Idempotency_Key=key)
            except NO_ANSWER:
                return None
            assert said.status in (201, 409, 429) or said.status >= 500, said.text
            return said.json()["number"] if said.status == 201 else None

        self.journeys[site.stack.wait_until(register, within_s=60, what="a registration")] = journey

    def polls(self) -> int:
        """Calls that the carriers have been asked so far."""
        return sum(sum(numbers.values()) for numbers in self.site.sandbox("/calls").values())

    def acknowledged(self) -> int:
        """Messages and writes that the web process has said yes to so far."""
        return sum(driver.sent for driver in self.drivers)

    def _kill(self, name: str, number: signal.Signals) -> None:
        stack = self.site.stack
        child = stack.supervisor.jobs[name].child
        stack.kill(name, number)
        if child.process is not None:
            child.process.wait(20)
        child.end()
        stack.supervisor.start(name)

    def are_legs_leased(self) -> bool:
        """Whether calls are claimed: on their way, or about to be."""
        leased = "SELECT EXISTS (SELECT FROM shipments_leg WHERE lease_until > now())"
        return self.site.stack.query(leased) == [(True,)]

    def _flush(self) -> None:
        import redis

        with redis.Redis.from_url(self.site.stack.environment["REDIS_URL"]) as client:
            client.flushall()


def add_second_worker(site: Site) -> None:
    """Beside the one that is killed and frozen."""
    supervisor = site.stack.supervisor
    command = [*site.stack.commands()["worker"], "-n", "second@%h"]
    log = site.stack.folder / "logs" / "second.log"
    supervisor.add_command("second", command, folder=BASE_DIR, log=log, environment=site.stack.environment)
    supervisor.start("second")


def make_drivers(run: Run) -> tuple[list[PushingCarrier], WritingMerchant]:
    numbers = [f"TL17{index:08}" for index in range(PUSHING * PUSHED_NUMBERS)]
    for number in numbers:
        body = {"destination_country": "DE", "legs": [{"carrier": "track17", "number": number}]}
        assert run.site.api("POST", "/shipments", body).status == 201
    [(token,)] = run.site.stack.query(
        "SELECT DISTINCT a.push_token FROM shipments_carrieraccount AS a JOIN shipments_leg AS l ON l.account_id = a.id"
        " WHERE a.carrier = 'track17'"
    )
    pushing = [
        PushingCarrier(
            site=run.site,
            random=Random(f"pushes/{SEED}/{index}"),
            between_s=0.01 if EVENTS else 0.1,
            line=f"line {index} of the pushing carrier",
            numbers=tuple(numbers[index::PUSHING]),
            token=token,
            secret="sandbox",
            begins_at=datetime.fromisoformat(run.site.sandbox("/clock")["now"]).replace(microsecond=0),
            most=-(-EVENTS // PUSHING) if EVENTS else None,
        )
        for index in range(PUSHING)
    ]
    return pushing, WritingMerchant(site=run.site, random=Random(f"writes/{SEED}"))


def strike_all(run: Run, *, with_frozen: bool) -> None:
    """Every fault once, in any order; the worker and the web process not before they are at work again."""
    stack = run.site.stack
    polls, acknowledged = run.polls(), run.acknowledged()
    for name in run.random.sample(SHORT, 3):
        run.begin(name)
    is_at_work: dict[str, Callable[[], bool]] = {
        "worker": lambda: run.polls() > polls and run.are_legs_leased(),
        "web": lambda: run.acknowledged() > acknowledged,
    }
    kinds = (*KINDS, "frozen") if with_frozen else KINDS
    for what in run.random.sample(kinds, len(kinds)):
        pause = time.monotonic() + run.random.uniform(0.05, 0.8)
        stack.wait_until(lambda until=pause: time.monotonic() > until)
        if what in is_at_work:
            stack.wait_until(is_at_work[what], within_s=60, what=f"{what} at work")
        run.strike(what)


def bring_home(site: Site, driver: Driver) -> None:
    driver.halt.set()
    site.stack.wait_until(lambda: not driver.is_alive(), within_s=60, what="the last acknowledgement")
    assert driver.refused == []


def take_redis_away(run: Run) -> list[int]:
    """Redis is absent: the answers to those who read pages meanwhile. Pushes and writes go on; polls wait."""
    stack, answers = run.site.stack, list[int]()
    stack.wait_until(lambda: _page(run) == 200, within_s=60, what="the page, after the last fault")
    stack.supervisor.stop("redis")
    ends = time.monotonic() + AWAY_S
    while time.monotonic() < ends:
        stack.watch()
        answers.append(_page(run))
        time.sleep(0.5)
    stack.supervisor.start("redis")
    return answers


def _page(run: Run) -> int:
    """The status of the answer to a reader; 0 where there is none."""
    try:
        return run.site.page(run.number, "en").status
    except NO_ANSWER:
        return 0
