"""A carrier that fails, hangs or turns us away: one incident, no parcel's alarm, nobody else's loss."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from queue import SimpleQueue
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from django_scopes import scopes_disabled

from tests.carriers.sandbox.conftest import Server
from tests.tracking.shipments.between import Between
from tests.tracking.shipments.test_polling import account, due
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.rules.facts import Evidence, LegRole
from tracking.shipments import services
from tracking.shipments.models import CarrierAccount, CarrierOutage, Leg, RawAnswer, Shipment
from tracking.shipments.polling import breaker, concurrency, outages, slow_lane
from tracking.shipments.polling.claims import Claim, claim_due
from tracking.shipments.polling.poll import poll_account
from tracking.shipments.recording.door import refold_shipments


@pytest.fixture(autouse=True)
def _fresh_windows() -> Iterator[None]:
    concurrency.forget()
    yield
    concurrency.forget()


@pytest.fixture
def fault(server: Server) -> Iterator[Any]:
    """Switches a carrier's fault on; all are off afterwards."""

    def switch(carrier: str, kind: str, **more: Any) -> None:
        server.ask("/sandbox/faults", {"carrier": carrier, "kind": kind, **more})

    yield switch
    server.ask("/sandbox/faults", method="DELETE")


def heal(server: Server) -> None:
    server.ask("/sandbox/faults", method="DELETE")


def straight(mine: CarrierAccount, server: Server) -> CarrierAccount:
    """Asked at the sandbox itself, with nobody between."""
    mine.base_url = f"{server.base}/{mine.carrier}"
    mine.save()
    return mine


def crowd(mine: CarrierAccount, count: int) -> None:
    """So many parcels under way, all due, the first one longest; their carrier does not know them."""
    now = clock.now()
    rows = [
        Shipment(merchant=mine.merchant, number=f"{index:05}{mine.pk.hex[-12:].upper()}", destination_country="DE")
        for index in range(count)
    ]
    Shipment.objects.bulk_create(rows)
    Leg.objects.bulk_create(
        Leg(
            merchant=mine.merchant, shipment=shipment, position=1, carrier=mine.carrier,
            number=f"YT26307{index:011}" if mine.carrier == "yunexpress" else f"UA{index:09}YP", account=mine,
            role=LegRole.DOOR_TO_DOOR.value, evidence=Evidence.OPS.value,
            next_poll_at=now - timedelta(seconds=count - index),
        )
        for index, shipment in enumerate(rows)
    )  # fmt: skip


def poll(most: int = 500) -> None:
    for account_id, claims in claim_due(most).items():
        poll_account(account_id, claims)


def rest_is_over() -> None:
    CarrierAccount.objects.exclude(rests_until=None).update(rests_until=timezone.now() - timedelta(seconds=1))


def state(mine: CarrierAccount) -> tuple[str, int, int]:
    mine.refresh_from_db()
    return mine.state, mine.rests_taken, mine.failed_calls


def in_order() -> list[UUID]:
    return list(Leg.objects.order_by("next_poll_at", "id").values_list("id", flat=True))


# The breaker.


@pytest.mark.django_db
def test_a_carrier_that_is_down_is_one_incident_and_no_parcels_alarm(
    halden: Merchant, road: Between, fault: Any
) -> None:
    mine = account(halden, "yunexpress", road)
    crowd(mine, 40)
    before = in_order()
    fault("yunexpress", "down")
    poll()
    assert len(road.asked) == concurrency.FIRST
    outage = CarrierOutage.objects.get()
    assert (outage.carrier, outage.kind, outage.calls_failed, outage.legs_waiting, outage.ended_at) == (
        "yunexpress", "try_later", concurrency.FIRST, 40, None,
    )  # fmt: skip
    # Nothing is held against a leg, and those that were not asked keep their places.
    kept = Leg.objects.filter(fail_count=0, last_failure_kind="", poll_token=None)
    assert kept.count() == 40
    unasked = before[int(concurrency.FIRST) :]
    assert in_order()[: len(unasked)] == unasked
    refold_shipments(Shipment.objects.values_list("id", flat=True))
    assert set(map(tuple, Shipment.objects.values_list("attention", flat=True))) == {()}
    # While it rests, nobody claims.
    assert claim_due(100) == {}


@pytest.mark.django_db
def test_each_rest_ends_with_one_call_and_a_success_brings_the_parcels_back_one_after_another(
    halden: Merchant, server: Server, road: Between, fault: Any
) -> None:
    mine = account(halden, "yunexpress", road)
    crowd(mine, 150)
    fault("yunexpress", "down")
    poll()
    rests = []
    for probe in range(1, 4):
        mine.refresh_from_db()
        assert mine.rests_until is not None
        rests.append((mine.rests_until - timezone.now()).total_seconds())
        rest_is_over()
        asked = len(road.asked)
        poll()
        assert len(road.asked) == asked + 1, f"probe {probe}"
    assert [round(rest / 30) for rest in rests] in ([1, 2, 4], [1, 2, 3], [1, 2, 5], [1, 1, 3], [1, 1, 4], [1, 1, 5])
    assert CarrierOutage.objects.get().calls_failed == concurrency.FIRST + 3
    order = in_order()
    heal(server)
    rest_is_over()
    poll()
    assert CarrierOutage.objects.exclude(ended_at=None).count() == 1
    assert state(mine) == ("active", 0, 0)
    assert mine.failing_since is None
    waiting = Leg.objects.filter(last_checked_at=None, last_failure_kind="").order_by("next_poll_at")
    assert [leg.id for leg in waiting] == [leg for leg in order if leg in {each.id for each in waiting}]
    spread = [(leg.next_poll_at - clock.now()).total_seconds() for leg in waiting if leg.next_poll_at]
    assert len(spread) == 149
    assert -10 < min(spread) < 10
    assert breaker.SPREAD_S * 0.8 < max(spread) <= breaker.SPREAD_S


@pytest.mark.django_db
def test_no_more_is_claimed_than_a_probe_or_a_slow_carriers_task_asks_for(halden: Merchant, road: Between) -> None:
    mine = account(halden, "yunexpress", road)
    crowd(mine, 80)
    for columns, most in (({"rests_taken": 2}, 1), ({"rests_taken": 0, "call_s": 4.0}, slow_lane.SLOW_CALLS)):
        CarrierAccount.objects.update(**columns)
        due()
        [claims] = claim_due(500).values()
        assert len(claims) == most


@pytest.mark.django_db(transaction=True)
def test_of_ten_workers_one_probes(halden: Merchant, road: Between, fault: Any) -> None:
    mine = account(halden, "yunexpress", road)
    crowd(mine, 12)
    fault("yunexpress", "down")
    poll()
    rest_is_over()
    mine.refresh_from_db()
    begin, turns = threading.Barrier(10), []

    def take() -> None:
        begin.wait()
        try:
            turns.append(breaker.turn(mine))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=take) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(turn.name for turn in turns) == ["PROBE"] + ["REST"] * 9


@pytest.mark.django_db
def test_a_parcel_that_the_carrier_always_fails_on_is_not_the_carriers_outage(
    halden: Merchant, road: Between, fault: Any
) -> None:
    mine = account(halden, "yunexpress", road)
    crowd(mine, 30)
    poison = Leg.objects.order_by("next_poll_at").first()
    assert poison is not None
    fault("yunexpress", "down", number=poison.number)
    for _ in range(3):
        poll()
        due()
    poison.refresh_from_db()
    assert (poison.last_failure_kind, poison.fail_count) == ("try_later", 3)
    assert state(mine) == ("active", 0, 0)
    assert not CarrierOutage.objects.exists()
    assert list(Shipment.objects.exclude(attention=[]).values_list("id", "attention")) == [
        (poison.shipment_id, ["carrier_trouble"])
    ]


@pytest.mark.django_db
def test_few_parcels_are_enough_to_see_that_a_carrier_is_down_and_none_is_blamed(
    halden: Merchant, road: Between, fault: Any
) -> None:
    mine = account(halden, "yunexpress", road)
    crowd(mine, 1)
    fault("yunexpress", "down")
    for calls in range(1, breaker.CALLS_IN_A_ROW + 1):
        assert CarrierOutage.objects.count() == 0
        due()
        poll()
        assert state(mine)[2] == calls
    outage, leg = CarrierOutage.objects.get(), Leg.objects.get()
    assert (outage.calls_failed, outage.began_at < outage.last_failure_at) == (breaker.CALLS_IN_A_ROW, True)
    assert (leg.fail_count, leg.last_failure_kind) == (0, "")
    assert Shipment.objects.get().attention == []


@pytest.mark.django_db
def test_a_carrier_that_asks_us_to_wait_rests_and_is_no_incident(
    halden: Merchant, server: Server, road: Between, fault: Any
) -> None:
    mine = straight(account(halden, "yunexpress", road), server)
    crowd(mine, 30)
    fault("yunexpress", "rate_limit")
    poll()
    assert not CarrierOutage.objects.exists()
    assert state(mine) == ("active", 0, 0)
    assert mine.rests_until is not None
    assert 0 < (mine.rests_until - timezone.now()).total_seconds() <= 6  # the sandbox's Retry-After is 5
    assert Leg.objects.filter(fail_count=0, last_failure_kind="").count() == 30
    assert claim_due(10) == {}


@pytest.mark.django_db
def test_garbage_for_every_number_is_an_outage_and_one_of_it_is_kept(
    halden: Merchant, road: Between, fault: Any
) -> None:
    mine = account(halden, "yunexpress", road)
    crowd(mine, 30)
    fault("yunexpress", "garbage")
    poll()
    assert CarrierOutage.objects.get().kind == "bad_answer"
    assert RawAnswer.objects.get().failure.startswith("bad_answer: ")
    assert Leg.objects.filter(fail_count=0, last_failure_kind="").count() == 30


@pytest.mark.django_db
def test_single_parcels_that_nobody_can_read_are_no_outage(halden: Merchant, road: Between, fault: Any) -> None:
    mine = account(halden, "yunexpress", road)
    crowd(mine, 8)
    fault("yunexpress", "garbage")
    for leg in Leg.objects.order_by("next_poll_at"):
        Leg.objects.exclude(pk=leg.pk).update(next_poll_at=clock.now() + timedelta(hours=1))
        due_now = Leg.objects.filter(pk=leg.pk)
        due_now.update(next_poll_at=clock.now())
        poll()
        assert due_now.get().last_failure_kind == "bad_answer"
    assert not CarrierOutage.objects.exists()
    assert state(mine)[:2] == ("active", 0)
    assert mine.last_failure_kind == "bad_answer"


@pytest.mark.django_db
def test_a_refused_account_is_one_incident_until_people_mend_it(
    halden: Merchant, server: Server, road: Between
) -> None:
    mine = account(halden, "yunexpress", road)
    crowd(mine, 30)
    services.save_account(halden, "yunexpress", credentials={"api_secret": "wrong"}, base_url=mine.base_url)
    poll()
    assert state(mine)[0] == "refused"
    assert CarrierOutage.objects.get(ended_at=None).kind == "refused"
    assert Leg.objects.exclude(next_poll_at=None).filter(fail_count=0, last_failure_kind="").count() == 30
    services.save_account(halden, "yunexpress", credentials={"api_secret": "sandbox"}, base_url=mine.base_url)
    assert not CarrierOutage.objects.filter(ended_at=None).exists()
    poll()
    assert state(mine) == ("active", 0, 0)


@pytest.mark.django_db
def test_accounts_of_several_merchants_are_one_disruption_of_the_carrier(
    halden: Merchant, road: Between, fault: Any
) -> None:
    other = Merchant.objects.create(name="Other", slug="other")
    fault("yunexpress", "down")
    with scopes_disabled():
        for merchant in (halden, other):
            crowd(account(merchant, "yunexpress", road), 6 if merchant == halden else 8)
            poll()
        [found] = outages.disruptions()
    assert (found.carrier, found.accounts, found.merchants, found.legs_waiting) == ("yunexpress", 2, 2, 14)
    told = StringIO()
    call_command("outages", stdout=told)
    assert re.fullmatch(
        r"YunExpress: no answer since \S+ \S+ UTC, accounts 2, merchants 2, failed calls 14, legs waiting 14\n",
        told.getvalue(),
    )


def test_rests_double_up_to_a_quarter_of_an_hour_give_or_take_a_fifth() -> None:
    assert [breaker.rest_s(taken, 0.5) for taken in range(7)] == [30, 60, 120, 240, 480, 900, 900]
    assert breaker.rest_s(0, 0.0) == pytest.approx(24)
    assert breaker.rest_s(0, 1.0) == pytest.approx(36)


# Bulkheads.


@pytest.mark.django_db
def test_slow_accounts_share_one_place_and_who_gets_none_is_not_claimed_for_a_while(
    halden: Merchant, road: Between
) -> None:
    one, two = account(halden, "yunexpress", road), account(halden, "yanwen", road)
    lease = slow_lane.take_place(one)
    assert lease is not None
    assert slow_lane.take_place(one) is None
    assert slow_lane.take_place(two) is None
    crowd(two, 3)
    assert claim_due(10) == {}
    slow_lane.leave_place(one, lease)
    one.refresh_from_db()
    assert (one.slow_until, one.rests_until) == (None, None)
    assert slow_lane.take_place(two) is not None


@pytest.mark.django_db
def test_a_place_of_a_worker_that_died_is_free_again_when_its_lease_ends(halden: Merchant, road: Between) -> None:
    one, two = account(halden, "yunexpress", road), account(halden, "yanwen", road)
    assert slow_lane.take_place(one) is not None
    CarrierAccount.objects.update(slow_until=timezone.now() - timedelta(seconds=1))
    assert slow_lane.take_place(two) is not None


class Workers:
    """Two workers and a queue between them and the claims, as Celery would have it: first come, first served."""

    def __init__(self) -> None:
        self.queue: list[tuple[UUID, list[Claim]]] = []
        self._lock = threading.Lock()
        self._ended: SimpleQueue[UUID] = SimpleQueue()

    def begin(self) -> SimpleQueue[UUID]:
        """The accounts of the tasks, as they end."""
        for _ in range(2):
            threading.Thread(target=self._work, daemon=True).start()
        return self._ended

    def _work(self) -> None:
        try:
            while True:
                with self._lock:
                    if not self.queue:
                        return
                    account_id, claims = self.queue.pop(0)
                poll_account(account_id, claims)
                self._ended.put(account_id)
        finally:
            connections.close_all()


@pytest.mark.django_db(transaction=True)
def test_a_hanging_carrier_holds_one_worker_and_the_others_parcels_go_on(
    halden: Merchant, server: Server, road: Between, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slow_lane, "SLOW_S", 1.0)
    hanging = account(halden, "yanwen", road)
    healthy = straight(account(halden, "yunexpress", road), server)
    crowd(hanging, 1_900)
    crowd(healthy, 100)
    let_go = threading.Event()

    def hang(_: str, _body: bytes) -> bytes:
        let_go.wait(30)
        return b"<html>"

    road.change = hang
    workers = Workers()
    for account_id, claims in sorted(claim_due(5_000).items(), key=lambda item: item[0] != hanging.pk):
        workers.queue += [(account_id, claims[at : at + 480]) for at in range(0, len(claims), 480)]
    assert [account_id == hanging.pk for account_id, _ in workers.queue] == [True] * 4 + [False]
    ended = workers.begin()
    # While the first worker is held, the second has given up the other three tasks of that carrier and done the last.
    assert ended.get(timeout=25) == hanging.pk
    for _ in range(2):
        assert ended.get(timeout=25) == hanging.pk
    assert ended.get(timeout=25) == healthy.pk
    assert Leg.objects.filter(account=healthy, last_checked_at=None).count() == 0
    assert CarrierAccount.objects.filter(slow_until__gt=timezone.now()).get() == hanging
    assert not CarrierOutage.objects.exists()
    let_go.set()
    assert ended.get(timeout=25) == hanging.pk
    # Of so many parcels a window was asked for, twice; none is blamed, and all wait.
    assert CarrierOutage.objects.get().account_id == hanging.pk
    assert len(road.asked) <= 2 * concurrency.FIRST
    assert Leg.objects.filter(account=hanging, fail_count=0, last_failure_kind="", poll_token=None).count() == 1_900
    assert claim_due(10) == {}


# Concurrency.


def test_the_window_doubles_until_the_first_trouble_and_then_grows_slowly() -> None:
    window = concurrency.Window()
    for _ in range(10):
        window.note(0.1, is_good=True)
    assert window.size == 20
    for _ in range(200):
        window.note(0.1, is_good=True)
    assert window.size == concurrency.MOST
    window.note(10.0, is_good=False)
    window.note(10.0, is_good=False)
    assert window.size == 50  # a window's calls fail together
    for _ in range(50):
        window.note(0.1, is_good=True)
    assert window.size == 50
    window.note(0.1, is_good=True)
    assert window.size == 51


def test_answers_that_take_several_times_as_long_as_the_best_make_the_window_smaller() -> None:
    window = concurrency.Window()
    for _ in range(10):
        window.note(0.2, is_good=True)
    window.note(10.0, is_good=True)
    assert window.size == 21  # one slow answer is no queue
    for _ in range(5):
        window.note(3.0, is_good=True)
    assert window.size == 12


def test_slowness_alone_leaves_some_calls_and_a_busy_machine_takes_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = 0.0
    monkeypatch.setattr(concurrency.time, "monotonic", lambda: clock)
    window = concurrency.Window()
    for seconds in (0.05, 1.5):
        for _ in range(100):
            window.note(seconds, is_good=True)
    assert window.size == concurrency.MOST  # answers that are late by little may be late because of ourselves
    for _ in range(100):
        clock += 10.0
        window.note(8.0, is_good=True)
    assert window.size == concurrency.SLOW_LEAST
    for _ in range(10):
        clock += 30.0
        window.note(20.0, is_good=False)
    assert window.size == 1
