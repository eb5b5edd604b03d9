"""The controller that keeps an account's plan within its limits: it gets there, stays there, and does not swing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from carriers.facts import Limit, Per
from carriers.vocabulary import EventCode, Phase, Status
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.rules.dwell import DwellTables
from tracking.rules.schedule import DEFAULT_PRICE, PollState, Schedule
from tracking.shipments import chores
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.polling.limits import as_rows
from tracking.shipments.scheduling import pricing
from tracking.shipments.scheduling.pricing import DEADBAND, HIGHEST, LOWEST, SHARE, calls_a_day, next_price

START = datetime(2026, 11, 16, 0, 0, tzinfo=UTC)
Stage = tuple[Phase, EventCode, int, str]
STAGES: tuple[Stage, ...] = (
    (Phase.LINEHAUL, EventCode.LINEHAUL_DEPARTED, 120, "Asia/Shanghai"),
    (Phase.LAST_MILE, EventCode.LAST_MILE_ARRIVED_HUB, 15, "Europe/Berlin"),
)


def legs(count: int, now: datetime, seed: int = 7, stages: Sequence[Stage] = STAGES) -> list[PollState]:
    """So many parcels, somewhere between Shenzhen and Berlin."""
    chance, states = Random(seed), []
    for _ in range(count):
        phase, code, usual_h, zone = chance.choice(stages)
        heard_at = now - timedelta(hours=chance.random() * 2 * usual_h)
        states.append(
            PollState(
                status=Status.IN_TRANSIT, holds_parcel=True, ended_at=None, last_event_at=heard_at, zone=zone,
                phase=phase, event_code=code, opened_at=heard_at - timedelta(days=1), carrier="yunexpress",
            )
        )  # fmt: skip
    return states


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    return Schedule(DwellTables())


def run(
    schedule: Schedule, count_at: Callable[[int], int], *, target: float, rounds: int, minutes: int, samples: int
) -> tuple[list[float], list[float]]:
    """Prices and planned calls a day, round by round; of `samples` samples of 20 legs each round takes the next."""
    price, prices, planned = DEFAULT_PRICE, [], []
    for turn in range(rounds):
        now = START + timedelta(minutes=minutes * turn)
        states = legs(20, now, seed=turn % samples, stages=STAGES[1:])
        calls = calls_a_day(schedule.at_price(price), states, now) / len(states) * count_at(turn)
        price = next_price(price, calls, target)
        prices.append(price)
        planned.append(calls)
    return prices, planned


class TestTheController:
    def test_comes_to_its_share_of_the_limit_and_stays_whatever_sample_it_takes(self, schedule: Schedule) -> None:
        _, planned = run(schedule, lambda _: 100, target=SHARE * 500, rounds=30, minutes=10, samples=5)
        settled = planned[12:]
        assert max(settled) < 1.15 * 500  # twenty legs tell the plan to 15 %; in life they are three hundred
        assert sum(settled) / len(settled) == pytest.approx(SHARE * 500, rel=0.1)

    def test_follows_legs_that_come_and_go_over_days_without_swinging(self, schedule: Schedule) -> None:
        """Three days: 80 legs, then 160 at once, then 80 again."""

        def count_at(turn: int) -> int:
            return 160 if 32 <= turn < 64 else 80

        prices, planned = run(schedule, count_at, target=SHARE * 400, rounds=96, minutes=45, samples=1)
        for start in (32, 64):
            steps = [later - price for price, later in pairwise(prices[start : start + 14])]
            up, down = sum(step for step in steps if step > 0), -sum(step for step in steps if step < 0)
            assert min(up, down) < 0.1 * max(up, down), start  # one way
        for start in (0, 32, 64):
            rest = slice(start + 16, start + 32)
            assert max(planned[rest]) < 400, start
            assert max(prices[rest]) / min(prices[rest]) < 1.5, start  # it rests through day and night

    @pytest.mark.parametrize("elasticity", [0.05, 0.5, 1.0, 1.9])
    def test_approaches_from_one_side_whatever_the_elasticity(self, elasticity: float) -> None:
        price, target = DEFAULT_PRICE, 100.0
        errors = []
        for _ in range(400):
            planned = 120.0 * (price / DEFAULT_PRICE) ** -elasticity
            errors.append(planned / target - 1)
            price = next_price(price, planned, target)
        assert all(error > -DEADBAND for error in errors)
        assert errors[-1] <= DEADBAND * 1.1

    def test_rests_near_its_target_and_takes_bounded_steps(self) -> None:
        assert next_price(3.0, 104.0, 100.0) == 3.0
        assert next_price(3.0, 1e9, 100.0) == pytest.approx(6.0)
        assert next_price(3.0, 0.0, 100.0) == pytest.approx(1.5)

    def test_is_bounded_below_out_of_courtesy_and_above(self) -> None:
        assert next_price(LOWEST, 1.0, 1e6) == LOWEST
        assert next_price(HIGHEST, 1e6, 1.0) == HIGHEST
        assert next_price(3.0, 5.0, 0.0) == HIGHEST

    def test_an_empty_account_is_not_asked_faster_than_courtesy_allows(self, schedule: Schedule) -> None:
        states = legs(40, START)
        a_day = calls_a_day(schedule.at_price(LOWEST), states, START) / len(states)
        assert a_day < 40

    def test_the_default_price_comes_to_a_few_calls_a_day(self, schedule: Schedule) -> None:
        states = legs(60, START)
        assert 2 < calls_a_day(schedule, states, START) / len(states) < 12


@pytest.mark.django_db
class TestAccounts:
    @pytest.fixture
    def busy(self, halden: Merchant, yunexpress: CarrierAccount) -> CarrierAccount:
        """Forty parcels of one account that may make eighty calls a day."""
        yunexpress.limits = as_rows([Limit(calls=80, per=Per.DAY)])
        yunexpress.save()
        now = clock.now()
        with scope(merchant=halden):
            for index in range(40):
                shipment = Shipment.objects.create(
                    merchant=halden, destination_country="DE", origin_country="CN", status="in_transit",
                    phase="last_mile", last_event_code=EventCode.LAST_MILE_ARRIVED_HUB.value,
                    last_event_at=now - timedelta(hours=index), created_at=now - timedelta(days=5),
                )  # fmt: skip
                Leg.objects.create(
                    merchant=halden, shipment=shipment, position=1, carrier="yunexpress", number=f"YT{index:016}",
                    evidence="registered", account=yunexpress, next_poll_at=now, opened_at=shipment.created_at,
                )  # fmt: skip
        return yunexpress

    def test_a_plan_that_exceeds_the_limit_gets_dearer(self, busy: CarrierAccount) -> None:
        with scopes_disabled():
            assert pricing.reprice([busy.pk]) == 1
            busy.refresh_from_db()
        assert busy.call_price is not None
        assert busy.call_price > DEFAULT_PRICE

    def test_of_very_many_legs_a_part_of_the_table_is_looked_at(
        self, busy: CarrierAccount, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with scopes_disabled():
            whole = pricing.price_for(busy)
            monkeypatch.setattr(pricing, "COUNTED_WHOLE", 39)
            assert pricing.price_for(busy) == pytest.approx(whole, rel=0.2)

    def test_without_a_limit_the_default_holds(self, busy: CarrierAccount, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pricing.limits, "calls_a_day", lambda _: None)
        with scopes_disabled():
            CarrierAccount.objects.update(call_price=9.0)
            pricing.reprice([busy.pk])
            busy.refresh_from_db()
        assert busy.call_price is None

    @pytest.mark.parametrize(("per", "is_cheaper"), [(Per.SECOND, False), (Per.DAY, True)])
    def test_a_quota_is_used_and_a_rate_is_not(self, busy: CarrierAccount, per: Per, is_cheaper: bool) -> None:
        busy.limits = as_rows([Limit(calls=1_000, per=per)])
        with scopes_disabled():
            busy.save()
            pricing.reprice([busy.pk])
            busy.refresh_from_db()
        assert busy.call_price is not None
        assert (busy.call_price < DEFAULT_PRICE) is is_cheaper

    def test_each_account_is_looked_at_every_few_minutes_by_one(self, busy: CarrierAccount) -> None:
        assert pricing.claim_due(10) == [busy.pk]
        assert pricing.claim_due(10) == []
        CarrierAccount.objects.update(priced_at=timezone.now() - pricing.REPRICED_EVERY - timedelta(seconds=1))
        assert pricing.claim_due(10) == [busy.pk]

    def test_the_ticker_wakes_a_worker_for_it(self, busy: CarrierAccount, settings: object) -> None:
        settings.CELERY_TASK_ALWAYS_EAGER = True  # type: ignore[attr-defined]
        chores._Last.priced = float("-inf")
        chores.look()
        with scopes_disabled():
            busy.refresh_from_db()
        assert busy.priced_at is not None
