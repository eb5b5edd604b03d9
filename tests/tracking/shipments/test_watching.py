"""Somebody waits: hints of open pages, urgent legs, and what a refresh says."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from carriers.facts import Limit, Per
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.portal import pagecache
from tracking.portal.pagecache import CachedPages
from tracking.shipments import chores, services
from tracking.shipments.live import redis_client
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.polling import budget
from tracking.shipments.polling.limits import as_rows
from tracking.shipments.scheduling import watching
from tracking.shipments.scheduling.refreshing import AT_ONCE, Hold
from tracking.shipments.services import request_refresh

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def nobody_reads() -> None:
    redis_client().delete(watching.HINTS)


def leg_of(shipment: Shipment) -> Leg:
    with scopes_disabled():
        return Leg.objects.select_related("account").get(shipment=shipment)


def set_leg(shipment: Shipment, **columns: object) -> None:
    with scopes_disabled():
        Leg.objects.filter(shipment=shipment).update(**columns)


def asked(shipment: Shipment, minutes_ago: float) -> datetime:
    """The leg was asked then, and is due again tomorrow, as after an answer."""
    due = clock.now() + timedelta(days=1)
    checked = clock.now() - timedelta(minutes=minutes_ago)
    set_leg(shipment, last_checked_at=checked, next_poll_at=due, wanted_at=None, lease_until=None)
    return due


def is_wanted(shipment: Shipment) -> bool:
    leg = leg_of(shipment)
    assert leg.next_poll_at is not None
    return leg.wanted_at is not None and leg.next_poll_at <= clock.now()


class TestAReader:
    def test_opens_a_page_and_its_carrier_is_asked(self, parcel: Shipment) -> None:
        asked(parcel, 30)
        watching.note([parcel.number])
        chores.look()
        assert is_wanted(parcel)
        assert leg_of(parcel).watched_until > clock.now() + timedelta(minutes=55)  # type: ignore[operator]

    def test_of_a_page_that_is_fresh_only_makes_it_watched(self, parcel: Shipment) -> None:
        due = asked(parcel, 5)
        assert watching.watch([parcel.number]) == 0
        leg = leg_of(parcel)
        assert (leg.next_poll_at, leg.wanted_at) == (due, None)
        assert leg.watched_until is not None

    def test_who_reloads_all_day_buys_a_dozen_calls(self, parcel: Shipment) -> None:
        bought = 0
        for _ in range(40):
            asked(parcel, 30)
            bought += watching.watch([parcel.number])
        assert bought == watching.MOST_A_DAY

    def test_does_not_hurry_a_leg_that_is_being_asked(self, parcel: Shipment) -> None:
        asked(parcel, 30)
        token = UUID(int=7)
        set_leg(parcel, lease_until=timezone.now() + timedelta(minutes=1), poll_token=token)
        assert watching.watch([parcel.number]) == 0
        assert leg_of(parcel).poll_token == token

    @pytest.mark.parametrize(
        "columns",
        [{"next_poll_at": None}, {"fail_count": 2}, {"state": "replaced"}],
        ids=["no longer asked", "carrier in trouble", "replaced"],
    )
    def test_changes_nothing_where_a_call_would_bring_nothing(
        self, parcel: Shipment, columns: dict[str, object]
    ) -> None:
        asked(parcel, 30)
        set_leg(parcel, **columns)
        assert watching.watch([parcel.number]) == 0
        assert leg_of(parcel).wanted_at is None

    def test_of_a_delivered_parcel_waits_for_nothing(self, parcel: Shipment) -> None:
        asked(parcel, 30)
        with scopes_disabled():
            Shipment.objects.update(status="delivered")
        assert watching.watch([parcel.number]) == 0
        assert leg_of(parcel).watched_until is None

    def test_asks_only_the_carrier_that_has_the_parcel(self, parcel: Shipment) -> None:
        asked(parcel, 30)
        with scopes_disabled():
            Shipment.objects.update(holder_leg=UUID(int=1))
        assert watching.watch([parcel.number]) == 0

    def test_does_not_wake_a_carrier_that_rests(self, parcel: Shipment) -> None:
        asked(parcel, 30)
        CarrierAccount.objects.update(rests_until=timezone.now() + timedelta(minutes=5))
        assert watching.watch([parcel.number]) == 0

    def test_is_one_of_many_and_a_tick_takes_a_bounded_number(self) -> None:
        watching.note([f"TL{number:015}" for number in range(500)])
        watching.drain(most=200)
        assert redis_client().zcard(watching.HINTS) == 300


class TestAPageFromMemory:
    @staticmethod
    def page(number: str, pages: CachedPages) -> None:
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": f"/t/{number}", "QUERY_STRING": "", "wsgi.url_scheme": "http"}
        list(pages(environ, lambda *_: lambda _data: None))

    @staticmethod
    def rendered(_environ: object, start_response: object) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/html")])  # type: ignore[operator]
        return [b"a page"]

    @staticmethod
    def unknown(_environ: object, start_response: object) -> list[bytes]:
        start_response("404 Not Found", [])  # type: ignore[operator]
        return [b""]

    def test_leaves_a_hint_once_a_minute_and_costs_no_query(
        self, parcel: Shipment, django_assert_num_queries: object
    ) -> None:
        pages = CachedPages(self.rendered)
        with django_assert_num_queries(0):  # type: ignore[operator]
            self.page(parcel.number, pages)
            assert redis_client().zscore(watching.HINTS, parcel.number) is not None
            redis_client().delete(watching.HINTS)
            for _ in range(5):
                self.page(parcel.number, pages)
        assert redis_client().zcard(watching.HINTS) == 0

    def test_of_no_parcel_leaves_none(self, parcel: Shipment) -> None:
        self.page(parcel.number, CachedPages(self.unknown))
        assert redis_client().zcard(watching.HINTS) == 0

    def test_forgets_the_numbers_read_longest_ago(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pagecache, "_MOST_HINTED", 3)
        pages = CachedPages(self.rendered)
        for number in ("TAAAAAAAAAAAAAAA0", "TAAAAAAAAAAAAAAA1", "TAAAAAAAAAAAAAAA2", "TAAAAAAAAAAAAAAA3"):
            pages._hint(number, 1.0)
        assert len(pages._hinted) == 3


class TestARefresh:
    def test_makes_the_leg_due_and_says_when_the_answer_is_here(self, parcel: Shipment) -> None:
        asked(parcel, 30)
        told = request_refresh(parcel)
        assert (told.legs_due, told.waits) == (1, ())
        assert told.expected_at is not None
        assert told.expected_at > clock.now()
        assert is_wanted(parcel)

    def test_of_what_has_just_been_asked_says_from_when_on(self, parcel: Shipment) -> None:
        due = asked(parcel, 4)
        told = request_refresh(parcel)
        assert (told.legs_due, told.expected_at) == (0, None)
        assert [wait.why for wait in told.waits] == [Hold.FRESH]
        assert timedelta(minutes=5) < told.waits[0].until - clock.now() < timedelta(minutes=7)
        assert leg_of(parcel).next_poll_at == due

    def test_counts_a_leg_that_is_being_asked(self, parcel: Shipment) -> None:
        asked(parcel, 30)
        set_leg(parcel, lease_until=timezone.now() + timedelta(minutes=1))
        assert request_refresh(parcel).legs_due == 1

    def test_is_honest_about_an_account_that_rests_and_keeps_the_place_in_the_queue(self, parcel: Shipment) -> None:
        asked(parcel, 30)
        until = timezone.now() + timedelta(minutes=20)
        CarrierAccount.objects.update(rests_until=until)
        told = request_refresh(parcel)
        assert (told.legs_due, [wait.why for wait in told.waits]) == (0, [Hold.RESTS])
        assert abs(told.waits[0].until - until) < timedelta(minutes=1)
        assert is_wanted(parcel)

    def test_is_honest_about_a_budget_that_is_used_up(self, parcel: Shipment, yunexpress: CarrierAccount) -> None:
        asked(parcel, 30)
        yunexpress.limits = as_rows([Limit(calls=2, per=Per.DAY)])
        yunexpress.save()
        for _ in range(2):
            spend(yunexpress)
        told = request_refresh(parcel)
        assert (told.legs_due, [wait.why for wait in told.waits]) == (0, [Hold.SPENT])
        assert timedelta(hours=1) < told.waits[0].until - clock.now() <= timedelta(hours=25)

    def test_in_a_loop_buys_a_dozen_calls_a_day(self, parcel: Shipment) -> None:
        whys: list[Hold] = []
        bought = 0
        for _ in range(20):
            asked(parcel, 30)
            told = request_refresh(parcel)
            bought += told.legs_due
            whys += [wait.why for wait in told.waits]
        assert bought == watching.MOST_A_DAY
        assert set(whys) == {Hold.OFTEN}


def spend(account: CarrierAccount) -> None:
    """One call is made that is counted."""
    row, _ = budget.Budget.objects.get_or_create(pk=budget.key_of(account))
    now = timezone.now()
    budget.windows.spend(row.used, tuple(budget.limits_of(account)), now, 1)
    row.save()


def test_very_many_legs_that_come_back_are_spread(halden: Merchant, yunexpress: CarrierAccount) -> None:
    with scope(merchant=halden):
        for index in range(AT_ONCE + 10):
            shipment = Shipment.objects.create(merchant=halden, destination_country="DE")
            Leg.objects.create(
                merchant=halden, shipment=shipment, position=1, carrier="yunexpress", number=f"YT{index:016}",
                evidence="registered", account=yunexpress,
            )  # fmt: skip
        services.save_account(
            halden, "yunexpress", credentials={"api_secret": "new"}, limits=[Limit(calls=1000, per=Per.DAY)]
        )
        due = sorted(Leg.objects.values_list("next_poll_at", flat=True))
    spread = due[-1] - due[0]
    assert timedelta(minutes=30) < spread <= timedelta(seconds=60 * 86.4)  # sixty calls of a thousand a day
    assert len(set(due)) == len(due)
