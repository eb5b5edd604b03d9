"""Processes that are told to end, as a deployment does it, and a site whose Redis is gone: nothing waits for a lease
to run out, nothing that a carrier answered is lost, and no log tells of a parcel."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from tests.e2e.site import Site, ask, registration, running_site
from tracking.env import BASE_DIR

pytestmark = pytest.mark.e2e

LEASE_S = 140  # far more than any wait here: whoever waited for a lease to end would fail the test
JOURNEYS = 25
ROUNDS = int(os.environ.get("SHUTDOWN_ROUNDS", "1"))
SLOW_S = 0.4


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    settings = {
        "POLL_LEASE_S": str(LEASE_S), "WORKER_SHUTDOWN_S": "8", "LOG_FORMAT": "JSON", "LOG_LEVEL": "INFO",
        "METRICS_TOKEN": "a-token-for-the-shutdown-test",
    }  # fmt: skip
    with running_site(tmp_path_factory.mktemp("shutdown"), speed=20_000.0, settings=settings) as site:
        yield site


@pytest.fixture(scope="module")
def journeys(site: Site) -> dict[str, dict[str, Any]]:
    """Our number -> a parcel of YunExpress, whose answers take their time."""
    site.sandbox("/faults", {"carrier": "yunexpress", "kind": "slow", "seconds": SLOW_S})
    begun = {}
    for _ in range(JOURNEYS):
        journey = site.sandbox("/journeys", {"story": "lost"})
        said = site.api("POST", "/shipments", registration(journey))
        assert said.status == 201, said.text
        begun[said.json()["number"]] = journey
    return begun


def leased(site: Site) -> int:
    return int(site.stack.query("SELECT count(*) FROM shipments_leg WHERE lease_until > now()")[0][0])


def counted(site: Site) -> dict[tuple[str, ...], float]:
    """(figure, labels) -> count, of all processes that have ended or ended their task."""
    with redis.Redis.from_url(site.stack.environment["REDIS_URL"]) as client:
        rows = {tuple(json.loads(field)): float(amount) for field, amount in client.hgetall("metrics").items()}  # type: ignore[union-attr]
    return {key[:-1]: amount for key, amount in rows.items() if key[-1] == ""}


def calls(site: Site) -> int:
    """Numbers that the carriers were asked for so far."""
    return sum(sum(numbers.values()) for numbers in site.sandbox("/calls").values())


def test_a_worker_that_is_told_to_end_loses_no_answer_and_keeps_no_claim(
    site: Site, journeys: dict[str, dict[str, Any]]
) -> None:
    stack = site.stack
    for _ in range(ROUNDS):
        stack.wait_until(lambda: leased(site) > 5, what="legs that are being asked")
        stack.supervisor.stop("ticker")
        stack.supervisor.stop("worker")  # in the midst of its calls
        assert stack.supervisor.jobs["worker"].child.process is None
        asked, numbers = calls(site), counted(site)
        told = sum(amount for key, amount in numbers.items() if key[0] == "carrier_numbers")
        assert told == asked, "an answer was lost"
        stack.supervisor.start("worker")
        # Messages that nobody had taken are taken now; what was taken had been given back.
        stack.wait_until(lambda: leased(site) == 0, within_s=30, what="the end of all claims")
        stack.supervisor.start("ticker")
    assert counted(site).get(("fenced_answers",), 0) == 0


def test_the_page_of_figures_is_served_by_every_web_process(site: Site) -> None:
    token = {"Authorization": "Bearer a-token-for-the-shutdown-test"}
    pages = [ask(f"{site.stack.site_url}/metrics", headers=token) for _ in range(4)]
    totals = [re.findall(r"^throughline_carrier_calls_total\{.*\} (\S+)$", page.text, re.MULTILINE) for page in pages]
    assert all(page.status == 200 and found for page, found in zip(pages, totals, strict=True))
    ready = ask(f"{site.stack.site_url}/readyz").json()
    assert ready["ready"]
    assert ready["checks"]["worker"] == ready["checks"]["ticker"] == "ok"


def test_with_redis_gone_one_process_does_the_work_and_pages_are_read(
    site: Site, journeys: dict[str, dict[str, Any]]
) -> None:
    stack = site.stack
    stack.supervisor.stop("ticker", "worker", "redis")
    stack.query("UPDATE shipments_leg SET lease_until = NULL, poll_token = NULL")  # as after their leases' end
    before = stack.query("SELECT max(last_checked_at) FROM shipments_leg")[0][0]
    stack.supervisor.add_command(
        "rundue",
        [sys.executable, "manage.py", "rundue", "--loop"],
        folder=BASE_DIR,
        log=stack.folder / "logs" / "rundue.log",
        environment=stack.environment,
    )
    stack.supervisor.start("rundue")
    checked = "SELECT count(*) FROM shipments_leg WHERE last_checked_at > %s"
    stack.wait_until(
        lambda: stack.query(checked, [before])[0][0] >= JOURNEYS, within_s=60, what="answers without Redis"
    )
    number = next(iter(journeys))
    assert site.page(number, "en").status == 200
    ready = ask(f"{stack.site_url}/readyz")
    assert (ready.status, ready.json()["checks"]["redis"]) == (200, "away")
    stack.kill("rundue", signal.SIGTERM)
    child = stack.supervisor.jobs["rundue"].child
    assert child.process is not None
    assert child.process.wait(25) == 0
    child.end()
    assert leased(site) == 0
    stack.supervisor.start("redis")


def test_what_is_kept_is_what_follows_after_all_that(site: Site, journeys: dict[str, dict[str, Any]]) -> None:
    # Raises where the command ends with 1.
    assert f"{JOURNEYS} shipments, 0 differences" in site.stack.manage("reconcile")


def test_no_log_tells_of_a_parcel(site: Site, journeys: dict[str, dict[str, Any]]) -> None:
    site.api("GET", f"/shipments/{next(iter(journeys))}x")
    ask(f"{site.stack.site_url}/t/{next(iter(journeys))}0")
    secrets = set(journeys) | {site.key, "a-token-for-the-shutdown-test"}
    secrets |= {leg["number"] for journey in journeys.values() for leg in journey["registered_legs"]}
    secrets |= {row[0] for row in site.stack.query("SELECT number FROM shipments_leg")}
    secrets |= {row[0] for row in site.stack.query("SELECT push_token FROM shipments_carrieraccount")}
    logs = {path.name: path.read_text() for path in (site.stack.folder / "logs").glob("*.log")}
    assert {"web.log", "worker.log", "ticker.log", "rundue.log"} <= set(logs)
    ours = {name: text for name, text in logs.items() if name not in ("sandbox.log", "seed_demo.log")}
    assert {name: secret for name, text in ours.items() for secret in secrets if secret in text} == {}
    assert [name for name, text in ours.items() if re.search(r"[\w.]+@[\w-]+\.(?:com|example)", text)] == []
    lines = [json.loads(line) for line in logs["web.log"].splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["logger"] == "tracking.operations.requests"]
    assert {"api:shipments", "shipment-page"} <= {line["route"] for line in requests}
    assert all({"request_id", "method", "status", "ms"} <= set(line) for line in requests)
    tasks = [json.loads(line) for line in logs["worker.log"].splitlines() if '"shipments.poll_account"' in line]
    assert all({"task_id", "account_id", "result", "ms"} <= set(line) for line in tasks if "ms" in line)
    assert tasks
