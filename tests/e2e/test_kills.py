"""Nothing is lost and nothing doubled, whatever dies: processes are killed while they poll, take pushes and write.

FAULT_ROUNDS (3) is how often each process dies; FAULT_SEED (1) chooses when and in which order. FAULT_EVENTS (0) is how
many messages are pushed at least, FAULT_AWAY_S (5) how long Redis is absent altogether at the end. Truth is told by the
sandbox, by what the drivers were acknowledged, by what a merchant's receiver wrote down, and by a second run of the
same parcels without faults. `python -m benchmarks chaos` runs it at length.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.e2e.drivers import WritingMerchant
from tests.e2e.faults import (
    AWAY_S,
    EVENTS,
    FROZEN,
    KINDS,
    LEASE_S,
    ROUNDS,
    SAME,
    SEED,
    SPEED,
    Run,
    add_second_worker,
    bring_home,
    make_drivers,
    strike_all,
    take_redis_away,
)
from tests.e2e.receiver import received
from tests.e2e.site import NO_ANSWER, Site, running_site
from tracking.env import BASE_DIR

pytestmark = pytest.mark.faults

FIGURES = os.environ.get("FAULT_FIGURES")  # a file for them, as JSON


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {"POLL_LEASE_S": str(LEASE_S)}
    with running_site(tmp_path_factory.mktemp("kills"), speed=SPEED, settings=settings) as site:
        yield site


@pytest.fixture(scope="module")
def webhooks(site: Site) -> Iterator[Webhooks]:
    """A merchant's receiver, and an endpoint that names it."""
    path = site.stack.folder / "webhooks.jsonl"
    command = [sys.executable, "-m", "tests.e2e.receiver", str(path)]
    with subprocess.Popen(command, cwd=BASE_DIR, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = f"http://127.0.0.1:{int(process.stdout.readline())}/throughline"
            said = site.api("POST", "/webhooks", {"url": url})
            assert said.status == 201, said.text
            yield Webhooks(path=path, secret=said.json()["secret"])
        finally:
            process.kill()


@dataclass(frozen=True, kw_only=True)
class Webhooks:
    """What a merchant's program was told."""

    path: Path
    secret: str


def test_whatever_dies_nothing_is_lost_and_nothing_told_twice(
    site: Site,
    webhooks: Webhooks,
    capsys: pytest.CaptureFixture[str],
    record_property: Callable[[str, object], None],
) -> None:
    began = time.monotonic()
    run = Run(site=site, random=Random(f"faults/{SEED}"))
    add_second_worker(site)
    for name in SAME:
        run.begin(name)
    run.number = next(iter(run.journeys))
    pushing, writing = make_drivers(run)
    # Some answers take their time, so that there is always one on its way.
    site.sandbox("/faults", {"carrier": "yunexpress", "kind": "slow", "seconds": 0.3})
    run.drivers = (*pushing, writing)
    for driver in run.drivers:
        driver.start()
    for number in range(ROUNDS):
        strike_all(run, with_frozen=number < FROZEN)
    under_faults_s = time.monotonic() - began
    pages = take_redis_away(run)
    if EVENTS:
        site.stack.wait_until(lambda: all(each.halt.is_set() for each in pushing), within_s=3600, what="the last push")
    for driver in run.drivers:
        bring_home(site, driver)
    site.sandbox("/faults", method="DELETE")
    _wait_for_rest(run)
    twins = _same_without_faults(run)
    _wait_for_deliveries(site)

    lost, doubled = _compare_with_the_sandbox(run)
    told = list(received(webhooks.path))
    ids = {each.id for each in told}
    acknowledged = {id_: text for each in pushing for id_, text in each.acknowledged.items()}
    figures = {
        "seed": SEED,
        "faults": sum(run.faults.values()),
        **run.faults,
        "workers killed with polls under way": run.mid_poll,
        "seconds without Redis": AWAY_S,
        "pages asked meanwhile": len(pages),
        "polls": run.polls(),
        "events": site.stack.query("SELECT count(*) FROM shipments_event")[0][0],
        "pushes": len(acknowledged),
        "pushes repeated": sum(each.repeated + each.sent - len(each.acknowledged) for each in pushing),
        "writes": writing.sent,
        "writes repeated": writing.repeated,
        "lost": len(lost),
        "doubled": len(doubled),
        "webhooks": len(ids),
        "webhooks sent again": len(told) - len(ids),
        "parcels": len(run.journeys),
        "seconds under faults": round(under_faults_s),
        "seconds": round(time.monotonic() - began),
    }
    with capsys.disabled():
        print("\n" + ", ".join(f"{name} {value}" for name, value in figures.items()))  # noqa: T201
    for name, value in figures.items():
        record_property(name, value)
    if FIGURES:
        Path(FIGURES).write_text(json.dumps(figures, indent=1) + "\n")

    assert run.faults == Counter(dict.fromkeys(KINDS, ROUNDS) | {"frozen": FROZEN})
    assert run.mid_poll > ROUNDS / 2, "the faults must meet polls under way to prove anything"
    assert set(pages) == {200}
    assert not lost
    assert not doubled
    _assert_pushes_are_kept_and_read(site, acknowledged)
    _assert_writes_were_done_once(site, writing)
    _assert_every_change_was_told_once(site, webhooks)
    for number, twin in twins.items():
        shown = _patiently(lambda number=number: site.shipment(number))
        assert _essence(shown) == _essence(twin), run.journeys[number]["story"]
    assert site.stack.query("SELECT count(*) FROM shipments_leg WHERE lease_until < now() - interval '1 minute'") == [
        (0,)
    ]


def _wait_for_deliveries(site: Site) -> None:
    """All changes told. What a killed dispatcher had under way is sent again when its lease of a minute is over."""
    waiting = (
        "SELECT (SELECT count(*) FROM shipments_statuschange WHERE told_at IS NULL)"
        " + (SELECT count(*) FROM notify_delivery WHERE state = 'pending')"
    )
    site.stack.wait_until(lambda: site.stack.query(waiting) == [(0,)], within_s=150, what="every change told")


def _wait_for_rest(run: Run) -> None:
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


def _assert_pushes_are_kept_and_read(site: Site, acknowledged: dict[str, str]) -> None:
    assert len(acknowledged) > max(ROUNDS, EVENTS - 1)
    kept = dict(site.stack.query("SELECT message_id, failure FROM shipments_inboundpush WHERE read_at IS NOT NULL"))
    assert kept == dict.fromkeys(acknowledged, "")
    texts = site.stack.query("SELECT raw_text FROM shipments_event WHERE channel = 'push'")
    assert sorted(text for (text,) in texts) == sorted(acknowledged.values())


def _assert_every_change_was_told_once(site: Site, webhooks: Webhooks) -> None:
    """After the duplicates are taken out by their id, as a receiver does: one message for each change, signed, and of
    each shipment 1, 2, 3 and so on."""
    told = {each.id: each for each in received(webhooks.path)}
    changes = site.stack.query(
        "SELECT s.number, c.number, c.status, c.reason FROM shipments_statuschange AS c"
        " JOIN shipments_shipment AS s ON s.id = c.shipment_id"
        " WHERE c.merchant_id = (SELECT merchant_id FROM notify_webhookendpoint)"
    )
    assert len(changes) > ROUNDS
    said = [each.told["data"] for each in told.values()]
    assert sorted((one["shipment"], one["sequence"], one["status"], one["reason"] or "") for one in said) == sorted(
        changes
    )
    last: dict[str, int] = Counter(number for number, *_ in changes)
    assert {(number, sequence) for number, sequence, *_ in changes} == {
        (number, place) for number, count in last.items() for place in range(1, count + 1)
    }
    assert all(each.is_signed_with(webhooks.secret) for each in told.values())


def _assert_writes_were_done_once(site: Site, writing: WritingMerchant) -> None:
    assert len(writing.registered) > ROUNDS
    rows = site.stack.query("SELECT order_number, number FROM shipments_shipment WHERE order_number LIKE 'FAULT-%%'")
    assert sorted(rows) == sorted(writing.registered.items())
    told = site.stack.query(
        "SELECT e.raw_text, s.number FROM shipments_event AS e JOIN shipments_shipment AS s ON s.id = e.shipment_id"
        " WHERE e.channel = 'merchant'"
    )
    assert sorted(told) == sorted(writing.told.items())
