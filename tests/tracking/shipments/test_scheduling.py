"""What the schedule's rule is told of a leg, and the promises that hold whatever it answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django_scopes import scopes_disabled

from carriers.errors import NotFound
from carriers.vocabulary import EventCode as Code
from carriers.vocabulary import Phase, Status
from tests.tracking.shipments.telling import event, told
from tracking import clock
from tracking.rules.schedule import WATCH_AFTER_END
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.recording.door import record_result
from tracking.shipments.scheduling import call_prices, next_poll
from tracking.shipments.scheduling.next_poll import after_answer, after_unchanged, state_of

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
TAIL = timedelta(hours=settings.POLL_MAX_WAIT_H)


def row(**columns: Any) -> dict[str, Any]:
    """A leg over the sea, Shenzhen to Berlin, its last scan six hours ago."""
    told = {
        "id": uuid4(), "opened_at": NOW - timedelta(days=6), "carrier": "yunexpress", "subscription": "",
        "watched_until": None, "account_id": None, "shipment__status": "in_transit",
        "shipment__phase": "linehaul", "shipment__last_event_code": Code.LINEHAUL_DEPARTED.value,
        "shipment__last_event_at": NOW - timedelta(hours=6), "shipment__last_event_zone": "Asia/Shanghai",
        "shipment__holder_leg": None, "shipment__origin_country": "CN", "shipment__destination_country": "DE",
        "shipment__destination_zone": "Europe/Berlin", "shipment__promised_on": None,
    }  # fmt: skip
    return told | columns


def wait(**columns: Any) -> timedelta:
    due = after_unchanged(row(**columns), NOW)
    assert due is not None
    return due - NOW


class TestTheState:
    def test_is_read_from_the_leg_and_its_shipment(self) -> None:
        state = state_of(row(watched_until=NOW + timedelta(minutes=1)), NOW)
        assert (state.status, state.phase, state.event_code) == (
            Status.IN_TRANSIT, Phase.LINEHAUL, Code.LINEHAUL_DEPARTED,
        )  # fmt: skip
        assert (state.carrier, state.lane, state.zone) == ("yunexpress", "CN-DE", "Asia/Shanghai")
        assert state.is_watched

    def test_is_no_longer_watched_after_its_hour(self) -> None:
        assert not state_of(row(watched_until=NOW), NOW).is_watched

    def test_has_no_lane_where_an_end_is_unknown(self) -> None:
        assert state_of(row(shipment__origin_country=""), NOW).lane == ""

    @pytest.mark.parametrize(
        ("phase", "zone"), [("first_mile", "Asia/Shanghai"), ("last_mile", "Europe/Berlin"), ("", "Asia/Shanghai")]
    )
    def test_lies_at_home_or_at_its_destination_where_no_scan_says_where(self, phase: str, zone: str) -> None:
        assert state_of(row(shipment__last_event_zone="", shipment__phase=phase), NOW).zone == zone

    def test_of_a_code_that_this_release_does_not_know_is_unknown(self) -> None:
        assert state_of(row(shipment__last_event_code="any.teleported"), NOW).event_code is Code.UNKNOWN

    @pytest.mark.parametrize("status", ["delivered", "returned", "cancelled"])
    def test_has_ended_with_the_last_event_and_with_nothing_else(self, status: str) -> None:
        state = state_of(row(shipment__status=status), NOW)
        assert state.ended_at == NOW - timedelta(hours=6)


class TestTheTail:
    @pytest.mark.parametrize("phase", ["", *(phase.value for phase in Phase)])
    @pytest.mark.parametrize("days", [0.1, 3, 30, 80])
    @pytest.mark.parametrize("columns", [{}, {"subscription": "active"}, {"shipment__holder_leg": UUID(int=1)}])
    def test_no_leg_under_way_waits_longer_than_the_maximum(
        self, phase: str, days: float, columns: dict[str, Any]
    ) -> None:
        age = {"shipment__last_event_at": NOW - timedelta(days=days), "opened_at": NOW - timedelta(days=days)}
        assert timedelta(0) < wait(shipment__phase=phase, **age, **columns) <= TAIL

    def test_the_maximum_holds_at_any_price(self, yunexpress: CarrierAccount) -> None:
        with scopes_disabled():
            CarrierAccount.objects.update(call_price=1e9)
        call_prices._known.clear()
        assert wait(account_id=yunexpress.pk) <= TAIL

    def test_a_silent_leg_is_asked_slowly_and_never_given_up(self) -> None:
        long_ago = NOW - timedelta(days=2000)
        assert TAIL < wait(shipment__last_event_at=long_ago, opened_at=long_ago) <= 2 * TAIL

    def test_a_delivered_leg_is_looked_at_again_for_two_weeks(self) -> None:
        ended = {"shipment__status": "delivered", "shipment__last_event_code": Code.LAST_MILE_DELIVERED.value}
        assert wait(**ended) <= 2 * TAIL
        late = row(**ended, shipment__last_event_at=NOW - WATCH_AFTER_END - timedelta(hours=1))
        assert after_unchanged(late, NOW) is None


class TestPrices:
    def test_a_dearer_call_is_made_later(self, yunexpress: CarrierAccount) -> None:
        cheap = wait(account_id=yunexpress.pk)
        with scopes_disabled():
            CarrierAccount.objects.update(call_price=40.0)
        call_prices._known.clear()
        assert wait(account_id=yunexpress.pk) > 1.5 * cheap

    def test_are_looked_up_once_a_minute(self, yunexpress: CarrierAccount, django_assert_num_queries: Any) -> None:
        call_prices._known.clear()
        with django_assert_num_queries(1):
            for _ in range(10):
                wait(account_id=yunexpress.pk)

    @pytest.mark.django_db
    def test_of_very_many_accounts_the_first_are_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        call_prices._known.clear()
        monkeypatch.setattr(call_prices, "MOST_KNOWN", 3)
        for _ in range(5):
            assert call_prices.price_of(uuid4()) == call_prices.DEFAULT_PRICE
        assert len(call_prices._known) == 3


@pytest.mark.django_db
class TestRecorded:
    def test_an_answer_and_the_same_answer_again_plan_alike(self, parcel: Shipment) -> None:
        with scopes_disabled():
            leg = Leg.objects.get(shipment=parcel)
            record_result(told(leg, event(Code.LINEHAUL_DEPARTED, 5)))
            leg.refresh_from_db()
            parcel.refresh_from_db()
            stored = Leg.objects.filter(pk=leg.pk).values(*next_poll.COLUMNS).get()
        now = clock.now()
        assert after_answer(parcel, leg, now) == after_unchanged(stored, now)

    def test_the_zone_of_the_last_place_that_has_one_is_kept(self, parcel: Shipment) -> None:
        with scopes_disabled():
            leg = Leg.objects.get(shipment=parcel)
            scan = event(Code.FIRST_MILE_PICKED_UP, 9, city="Shenzhen")
            placed = scan.place and type(scan.place)(text="Shenzhen", country="CN", zone="Asia/Shanghai")
            record_result(told(leg, type(scan)(**{**_fields(scan), "place": placed}), event(Code.ANY_NOTE, 2)))
            parcel.refresh_from_db()
        assert parcel.last_event_zone == "Asia/Shanghai"

    def test_who_waited_has_an_answer(self, parcel: Shipment) -> None:
        for answer in ({"failure": NotFound("unknown")}, {}):
            with scopes_disabled():
                Leg.objects.filter(shipment=parcel).update(wanted_at=NOW)
                leg = Leg.objects.get(shipment=parcel)
                record_result(told(leg, **answer))  # type: ignore[arg-type]
                leg.refresh_from_db()
            assert leg.wanted_at is None


def _fields(scan: Any) -> dict[str, Any]:
    return {name: getattr(scan, name) for name in scan.__dataclass_fields__}
