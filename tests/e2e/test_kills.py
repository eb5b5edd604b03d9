"""Nothing is lost and nothing doubled, whatever dies: processes are killed while they poll, take pushes and write.

FAULT_ROUNDS (6) is how often each process dies; FAULT_SEED (1) chooses when and in which order. Truth is told by
the sandbox, by what the drivers were acknowledged, and by a second run of the same parcels without faults.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest

from carriers.sandbox.stories import STORIES
from tests.e2e.drivers import Driver, PushingCarrier, WritingMerchant
from tests.e2e.site import NO_ANSWER, VARIES, Site, registration, running_site

pytestmark = pytest.mark.faults

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "6"))
SEED = int(os.environ.get("FAULT_SEED", "1"))
SPEED = 50_000.0  # every leg is due again within half a second
LEASE_S = 5
SAME = sorted(set(STORIES) - VARIES)[::2]  # every second story: the faults are the point here
SHORT = [name for name in SAME if STORIES[name].hours < 180]


@dataclass(kw_only=True)
class Run:
    """One run with faults: what was done to the platform, and what it told afterwards."""

    site: Site
    random: Random
    drivers: tuple[Driver, ...] = ()
    journeys: dict[str, dict[str, Any]] = field(default_factory=dict)  # our number -> journey
    faults: Counter[str] = field(default_factory=Counter)
    mid_poll: int = 0  # kills of a worker that had calls under way

    def strike(self, what: str) -> None:
        """One fault; what died is started again at once, as a supervisor of any kind would."""
        if what == "worker":
            self.mid_poll += self.are_legs_leased()
        if what == "flush":
            self._flush()
        elif what == "postgres":
            self._kill("postgres", signal.SIGQUIT)  # an immediate restart, with recovery from the log
        else:
            self._kill(what, signal.SIGKILL)
        self.site.stack.watch()
        self.faults[what] += 1

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


KINDS = ("worker", "ticker", "web", "redis", "flush", "postgres")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"POLL_LEASE_S": str(LEASE_S)}
    with running_site(tmp_path_factory.mktemp("kills"), speed=SPEED, settings=settings) as site:
        yield site


def test_whatever_dies_nothing_is_lost_and_nothing_told_twice(
    site: Site, capsys: pytest.CaptureFixture[str], record_property: Callable[[str, object], None]
) -> None:
    began = time.monotonic()
    run = Run(site=site, random=Random(f"faults/{SEED}"))
    for name in SAME:
        run.begin(name)
    pushing, writing = _drivers(run)
    # Some answers take their time, so that there is always one on its way.
    site.sandbox("/faults", {"carrier": "yunexpress", "kind": "slow", "seconds": 0.3})
    run.drivers = (pushing, writing)
    for driver in run.drivers:
        driver.start()
    for _ in range(ROUNDS):
        _strike_all(run)
    under_faults_s = time.monotonic() - began
    for driver in run.drivers:
        _bring_home(site, driver)
    site.sandbox("/faults", method="DELETE")
    _wait_for_rest(run, pushing)
    twins = _same_without_faults(run)

    lost, doubled = _compare_with_the_sandbox(run)
    figures = {
        "seed": SEED,
        "faults": sum(run.faults.values()),
        **run.faults,
        "workers killed with polls under way": run.mid_poll,
        "polls": run.polls(),
        "events": site.stack.query("SELECT count(*) FROM shipments_event")[0][0],
        "pushes": len(pushing.acknowledged),
        "pushes repeated": pushing.repeated + pushing.sent - len(pushing.acknowledged),
        "writes": writing.sent,
        "writes repeated": writing.repeated,
        "lost": len(lost),
        "doubled": len(doubled),
        "parcels": len(run.journeys),
        "seconds under faults": round(under_faults_s),
        "seconds": round(time.monotonic() - began),
    }
    with capsys.disabled():
        print("\n" + ", ".join(f"{name} {value}" for name, value in figures.items()))  # noqa: T201
    for name, value in figures.items():
        record_property(name, value)

    assert run.faults == Counter(dict.fromkeys(KINDS, ROUNDS))
    assert run.mid_poll > ROUNDS / 2, "the faults must meet polls under way to prove anything"
    assert not lost
    assert not doubled
    _assert_pushes_are_kept_and_read(site, pushing)
    _assert_writes_were_done_once(site, writing)
    for number, twin in twins.items():
        shown = _patiently(lambda number=number: site.shipment(number))
        assert _essence(shown) == _essence(twin), run.journeys[number]["story"]
    assert site.stack.query("SELECT count(*) FROM shipments_leg WHERE lease_until < now() - interval '1 minute'") == [
        (0,)
    ]


def _drivers(run: Run) -> tuple[PushingCarrier, WritingMerchant]:
    numbers = tuple(f"TL17000000{index:02}" for index in range(8))
    for number in numbers:
        body = {"destination_country": "DE", "legs": [{"carrier": "track17", "number": number}]}
        assert run.site.api("POST", "/shipments", body).status == 201
    [(token,)] = run.site.stack.query(
        "SELECT DISTINCT a.push_token FROM shipments_carrieraccount AS a JOIN shipments_leg AS l ON l.account_id = a.id"
        " WHERE a.carrier = 'track17'"
    )
    pushing = PushingCarrier(
        site=run.site, random=Random(f"pushes/{SEED}"), numbers=numbers, token=token, secret="sandbox"
    )
    return pushing, WritingMerchant(site=run.site, random=Random(f"writes/{SEED}"))


def _strike_all(run: Run) -> None:
    """Every fault once, in any order; the worker and the web process not before they are at work again."""
    stack = run.site.stack
    polls, acknowledged = run.polls(), run.acknowledged()
    for name in run.random.sample(SHORT, 3):
        run.begin(name)
    is_at_work: dict[str, Callable[[], bool]] = {
        "worker": lambda: run.polls() > polls and run.are_legs_leased(),
        "web": lambda: run.acknowledged() > acknowledged,
    }
    for what in run.random.sample(KINDS, len(KINDS)):
        pause = time.monotonic() + run.random.uniform(0.05, 0.8)
        stack.wait_until(lambda until=pause: time.monotonic() > until)
        if what in is_at_work:
            stack.wait_until(is_at_work[what], within_s=60, what=f"{what} at work")
        run.strike(what)


def _bring_home(site: Site, driver: Driver) -> None:
    driver.halt.set()
    site.stack.wait_until(lambda: not driver.is_alive(), within_s=60, what="the last acknowledgement")
    assert driver.refused == []


def _wait_for_rest(run: Run, pushing: PushingCarrier) -> None:
    """All stories told, all pushes read, every leg asked after the last scan."""
    site, stack = run.site, run.site.stack
    ends = max(datetime.fromisoformat(journey["expected"]["ends_at"]) for journey in run.journeys.values())

    def now() -> datetime:
        return datetime.fromisoformat(site.sandbox("/clock")["now"])

    stack.wait_until(lambda: now() > ends + timedelta(hours=1), within_s=240, what="the last story's end")
    _wait_for_answers(run, list(run.journeys), ends)
    stack.wait_until(
        lambda: stack.query("SELECT count(*) FROM shipments_inboundpush WHERE read_at IS NULL") == [(0,)],
        within_s=90,  # a push whose reader died is read again when its lease of a minute is over
        what="every push read",
    )


def _wait_for_answers(run: Run, numbers: list[str], since: datetime) -> None:
    waiting = (
        "SELECT l.carrier, l.number, l.last_checked_at FROM shipments_leg AS l JOIN shipments_shipment AS s"
        " ON s.id = l.shipment_id WHERE s.number = ANY(%s) AND l.next_poll_at IS NOT NULL"
        " AND (l.last_checked_at IS NULL OR l.last_checked_at < %s)"
    )
    query = run.site.stack.query
    run.site.stack.wait_until(lambda: not query(waiting, [numbers, since]), within_s=90, what="an answer for every leg")


# The API registers what is sent now; these parcels began when their twins did.
_REGISTER_AGAIN = """
import json, pathlib
from datetime import datetime
from tracking.accounts.models import Merchant
from tracking.shipments.services import LegSpec, register_shipment
merchant = Merchant.objects.get(slug="halden")
for number, journey in json.loads(pathlib.Path({path!r}).read_text()).items():
    twin = register_shipment(
        merchant, order_number=journey["story"], created_at=datetime.fromisoformat(journey["start_at"]),
        legs=[LegSpec(**leg) for leg in journey["registered_legs"]],
        **{{name: journey[name] for name in ("origin_country", "destination_country", "destination_city")}},
    )
    print(number, twin.number)
"""


def _same_without_faults(run: Run) -> dict[str, dict[str, Any]]:
    """The same parcels registered again, now that all has been told and nothing dies."""
    site = run.site
    path = site.stack.folder / "journeys.json"
    path.write_text(json.dumps(run.journeys))
    now = datetime.fromisoformat(site.sandbox("/clock")["now"])
    told = site.stack.manage("shell", "-v", "0", "-c", _REGISTER_AGAIN.format(path=str(path)))
    twins = dict(line.split() for line in told.splitlines() if len(line.split()) == 2)
    legs = sum(len(journey["legs"]) for journey in run.journeys.values())
    count = (
        "SELECT count(*) FROM shipments_leg AS l JOIN shipments_shipment AS s ON s.id = l.shipment_id"
        " WHERE s.number = ANY(%s) AND l.last_checked_at > %s"
    )
    site.stack.wait_until(
        lambda: site.stack.query(count, [list(twins.values()), now]) == [(legs,)],
        within_s=60,
        what="every leg of the second run",
    )
    return {number: _patiently(lambda twin=twin: site.shipment(twin)) for number, twin in twins.items()}


def _patiently(read: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    for _ in range(20):
        try:
            return read()
        except (AssertionError, *NO_ANSWER):  # the key may ask six hundred times a minute
            time.sleep(1)
    return read()


def _essence(shown: dict[str, Any]) -> dict[str, Any]:
    """What a reader sees of a shipment, without the ids and the moments of asking."""
    leg_of = {leg["id"]: (leg["carrier"], leg["number"]) for leg in shown["legs"]}
    names = ("order_number", "status", "phase", "event_code", "reason", "delivered_at", "milestones", "last_event_at")
    events = [
        {**event, "sources": [{**source, "leg": leg_of[source["leg"]]} for source in event["sources"]]}
        for event in shown["events"]
    ]
    legs = [(*leg_of[leg["id"]], leg["evidence"], leg["told_by"], leg["last_failure"]) for leg in shown["legs"]]
    return {name: shown[name] for name in names} | {"events": events, "legs": legs}


def _compare_with_the_sandbox(run: Run) -> tuple[list[Any], list[Any]]:
    """(lost, doubled): every scan of every story, by parcel, leg, instant and code."""
    truth: Counter[tuple[str, str, str, datetime, str]] = Counter()
    for number, journey in run.journeys.items():
        for row in journey["expected"]["timeline"]:
            leg = journey["legs"][row["leg"]]
            truth[number, leg["carrier"], leg["number"], datetime.fromisoformat(row["at"]), row["code"]] += 1
    rows = run.site.stack.query(
        "SELECT s.number, l.carrier, l.number, e.occurred_at, e.code FROM shipments_event AS e"
        " JOIN shipments_leg AS l ON l.id = e.leg_id JOIN shipments_shipment AS s ON s.id = e.shipment_id"
        " WHERE e.channel = 'poll' AND s.number = ANY(%s)",
        [list(run.journeys)],
    )
    kept = Counter(rows)
    return list((truth - kept).elements()), list((kept - truth).elements())


def _assert_pushes_are_kept_and_read(site: Site, pushing: PushingCarrier) -> None:
    assert len(pushing.acknowledged) > ROUNDS
    kept = dict(site.stack.query("SELECT message_id, failure FROM shipments_inboundpush WHERE read_at IS NOT NULL"))
    assert kept == dict.fromkeys(pushing.acknowledged, "")
    texts = site.stack.query("SELECT raw_text FROM shipments_event WHERE channel = 'push' ORDER BY raw_text")
    assert [text for (text,) in texts] == sorted(pushing.acknowledged.values())


def _assert_writes_were_done_once(site: Site, writing: WritingMerchant) -> None:
    assert len(writing.registered) > ROUNDS
    rows = site.stack.query("SELECT order_number, number FROM shipments_shipment WHERE order_number LIKE 'FAULT-%%'")
    assert sorted(rows) == sorted(writing.registered.items())
    told = site.stack.query(
        "SELECT e.raw_text, s.number FROM shipments_event AS e JOIN shipments_shipment AS s ON s.id = e.shipment_id"
        " WHERE e.channel = 'merchant'"
    )
    assert sorted(told) == sorted(writing.told.items())
