"""Which legs are claimed when there are more than can be asked: fairly, and none that could not be asked soon."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from carriers import registry
from carriers.facts import Limit
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.rules.facts import Evidence
from tracking.shipments import services
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.polling import claims, rotation
from tracking.shipments.polling.claims import claim_due, give_back
from tracking.shipments.polling.rotation import Rotation

pytestmark = pytest.mark.django_db


def shop(name: str, **columns: object) -> Merchant:
    return Merchant.objects.create(name=name, slug=name.lower(), **columns)


def connect(merchant: Merchant, carrier: str = "yunexpress", *limits: Limit) -> CarrierAccount:
    names = registry.adapter(carrier).credentials
    secret = f"{merchant.slug} {carrier}"
    with scope(merchant=merchant):
        return services.save_account(merchant, carrier, credentials=dict.fromkeys(names, secret), limits=limits)


def add_legs(account: CarrierAccount, count: int, **columns: object) -> list[Leg]:
    """Legs that are all due since a minute, one after another, unless told."""
    with scope(merchant=account.merchant):
        shipments = Shipment.objects.bulk_create(
            Shipment(merchant=account.merchant, destination_country="DE") for _ in range(count)
        )
        return Leg.objects.bulk_create(
            Leg(
                **{
                    "merchant": account.merchant, "shipment": shipment, "position": 0, "carrier": account.carrier,
                    "number": f"N{index:06}", "account": account, "evidence": Evidence.OPS.value,
                    "next_poll_at": clock.now() - timedelta(seconds=60) + timedelta(milliseconds=index),
                } | columns
            )
            for index, shipment in enumerate(shipments)
        )  # fmt: skip


def claimed(most: int) -> dict[str, int]:
    """How many legs of each merchant's accounts."""
    with scopes_disabled():
        names = dict(CarrierAccount.objects.values_list("pk", "merchant__name"))
    counts: dict[str, int] = {}
    for account, found in claim_due(most).items():
        counts[names[account]] = counts.get(names[account], 0) + len(found)
    return counts


def test_a_merchant_with_a_mountain_starves_nobody() -> None:
    big, small, tiny = (connect(shop(name)) for name in ("Big", "Small", "Tiny"))
    add_legs(big, 300, next_poll_at=clock.now() - timedelta(days=3))
    add_legs(small, 20)
    add_legs(tiny, 3)
    assert claimed(60) == {"Big": 37, "Small": 20, "Tiny": 3}


def test_a_merchant_with_many_accounts_gets_no_more_than_one_with_one() -> None:
    many, one = shop("Many"), shop("One")
    for carrier in ("yunexpress", "dpd", "sf_express"):
        add_legs(connect(many, carrier), 50)
    add_legs(connect(one), 100)
    assert claimed(60) == {"Many": 30, "One": 30}


def test_where_there_are_fewer_legs_than_accounts_the_longest_due_come_first() -> None:
    accounts = [connect(shop(f"Shop {index}")) for index in range(5)]
    for age, account in enumerate(accounts):
        add_legs(account, 4, next_poll_at=clock.now() - timedelta(hours=age))
    assert claimed(2) == {"Shop 4": 1, "Shop 3": 1}


def test_no_more_is_claimed_than_the_limits_let_pass_soon() -> None:
    add_legs(connect(shop("DHL"), "dhl_unified"), 30)
    add_legs(connect(shop("USPS"), "usps"), 90)
    assert claimed(500) == {"DHL": 1, "USPS": 60}


def test_an_account_whose_calls_are_spent_or_which_rests_is_not_claimed_for() -> None:
    spent, resting, free = (connect(shop(name)) for name in ("Spent", "Resting", "Free"))
    for account in (spent, resting, free):
        add_legs(account, 5)
    with scopes_disabled():
        soon = timezone.now() + timedelta(minutes=5)
        CarrierAccount.objects.filter(pk=spent.pk).update(spent_until=soon)
        CarrierAccount.objects.filter(pk=resting.pk).update(rests_until=soon)
    assert claimed(500) == {"Free": 5}


def test_who_waits_is_claimed_first_and_for_the_reserve_of_a_spent_budget() -> None:
    spent, resting, free = (connect(shop(name)) for name in ("Spent", "Resting", "Free"))
    add_legs(free, 50)
    add_legs(spent, 5)
    with scopes_disabled():
        CarrierAccount.objects.filter(pk=spent.pk).update(spent_until=timezone.now() + timedelta(minutes=5))
        CarrierAccount.objects.filter(pk=resting.pk).update(rests_until=timezone.now() + timedelta(minutes=5))
    wanted = {
        leg.id for account in (spent, resting) for leg in add_legs(account, 1, number="W", wanted_at=timezone.now())
    }
    found = claim_due(1)
    assert set(found) == {spent.pk}
    assert {claim.leg_id for claim in found[spent.pk]} < wanted


def test_a_last_call_with_room_takes_along_what_would_be_due_soon() -> None:
    account = connect(shop("FedEx"), "fedex")  # thirty numbers a call
    due = add_legs(account, 32)
    soon = add_legs(account, 40, next_poll_at=clock.now() + timedelta(minutes=4))
    hours = {"last_checked_at": clock.now() - timedelta(hours=20), "next_poll_at": clock.now() + timedelta(hours=2)}
    tenth = add_legs(account, 3, **hours)
    later = add_legs(account, 40, next_poll_at=clock.now() + timedelta(hours=1))
    [found] = claim_due(500).values()
    ids = {claim.leg_id for claim in found}
    assert len(ids) == 60
    assert ids > {leg.id for leg in due}
    assert ids <= {leg.id for leg in (*due, *soon, *tenth)}
    assert not ids & {leg.id for leg in later}


def test_a_call_that_is_full_or_that_takes_one_number_takes_nothing_along() -> None:
    fedex, yun = connect(shop("FedEx"), "fedex"), connect(shop("Yun"))
    for account, count in ((fedex, 30), (yun, 1)):
        add_legs(account, count)
        add_legs(account, 10, next_poll_at=clock.now() + timedelta(minutes=1))
    assert claimed(500) == {"FedEx": 30, "Yun": 1}


def test_a_claim_asks_the_database_as_often_for_many_accounts_as_for_one() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert claim_due(50)
        return len(captured)

    add_legs(connect(shop("First")), 10)
    alone = queries()
    for index in range(20):
        add_legs(connect(shop(f"Shop {index}")), 10)
    assert queries() <= alone + 1  # one more round, where some want less than their part


def test_claims_are_given_back_in_one_statement() -> None:
    account = connect(shop("Yun"))
    add_legs(account, 40)
    claim_due(40)
    with scopes_disabled(), CaptureQueriesContext(connection) as captured:
        assert give_back(Leg.objects.all()) == 40
    assert len(captured) == 2  # they were read by one of them
    assert claimed(500) == {"Yun": 40}


def test_tasks_cut_no_call() -> None:
    sizes = {sheet.api.batch for sheet in registry.sheets().values() if sheet.api is not None}
    assert all(claims.LEGS_PER_TASK % size == 0 for size in sizes)


def test_a_large_site_is_looked_through_by_parts_and_everybody_has_a_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "FIRST_PART", 2)
    monkeypatch.setattr(claims, "rotation", Rotation())
    for index in range(5):
        add_legs(
            connect(shop(f"Shop {index}", id=UUID(int=index + 1))),
            10,
            next_poll_at=clock.now() - timedelta(hours=index),
        )
    assert [claimed(4) for _ in range(3)] == [
        {"Shop 0": 2, "Shop 1": 2}, {"Shop 2": 2, "Shop 3": 2}, {"Shop 4": 4}
    ]  # fmt: skip


def test_a_merchants_accounts_are_never_in_two_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "FIRST_PART", 2)
    monkeypatch.setattr(claims, "rotation", Rotation())
    many, one = shop("Many", id=UUID(int=1)), shop("One", id=UUID(int=2))
    for carrier in ("yunexpress", "dpd", "sf_express"):
        add_legs(connect(many, carrier), 5)
    add_legs(connect(one), 5)
    assert [claimed(4), claimed(4)] == [{"Many": 4}, {"One": 4}]


def test_a_look_goes_on_while_a_part_has_less_than_is_wanted_and_ends_where_it_began(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rotation, "FIRST_PART", 1)
    monkeypatch.setattr(claims, "rotation", Rotation())
    for index in range(4):
        add_legs(connect(shop(f"Shop {index}", id=UUID(int=index + 1))), index)
    assert claimed(1) == {"Shop 1": 1}
    assert claimed(50) == {"Shop 2": 2, "Shop 3": 3}
    assert claimed(50) == {}


def test_who_waits_is_found_in_whatever_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "FIRST_PART", 1)
    monkeypatch.setattr(claims, "rotation", Rotation())
    add_legs(connect(shop("First", id=UUID(int=1))), 10)
    add_legs(connect(shop("Last", id=UUID(int=2))), 1, wanted_at=timezone.now())
    assert claimed(1) == {"Last": 1}
