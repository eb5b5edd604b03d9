"""What people and programs read while a carrier does not answer: once, since when, and nothing against the parcel."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django_scopes import scope

from carriers.errors import TryLater
from tests.tracking.api.conftest import Program, issue
from tests.tracking.portal.console.conftest import hire, logged_in
from tracking import clock
from tracking.accounts.models import Merchant, Role, Scope
from tracking.shipments import services
from tracking.shipments.live import PAGE_KEY, redis_client
from tracking.shipments.models import CarrierAccount, CarrierOutage, Leg, Shipment
from tracking.shipments.polling import breaker, outages
from tracking.shipments.polling.account_health import Seen

pytestmark = pytest.mark.django_db


@pytest.fixture
def twelve_past_nine() -> datetime:
    """In Berlin, today or yesterday; in UTC an hour or two earlier."""
    return (clock.now() - timedelta(days=2)).replace(hour=8, minute=12, second=0, microsecond=0)


@pytest.fixture
def outage(halden: Merchant, yunexpress: CarrierAccount, parcel: Shipment, twelve_past_nine: datetime) -> CarrierOutage:
    """YunExpress has failed since then; the parcel waits, and the next try is in two minutes."""
    CarrierAccount.objects.update(failing_since=twelve_past_nine, failed_calls=breaker.CALLS_IN_A_ROW - 1)
    yunexpress.refresh_from_db()
    breaker.conclude(yunexpress, Seen(failed=1, failure=TryLater("HTTP 503")), is_probe=False)
    CarrierAccount.objects.update(rests_until=timezone.now() + timedelta(seconds=130))
    return CarrierOutage.objects.get()


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_buyers_page_says_since_when_by_the_recipients_clock(parcel: Shipment, outage: CarrierOutage) -> None:
    page = text_of(Client(headers={"accept-language": "en"}), f"/t/{parcel.number}")
    told = f'<time datetime="{outage.began_at.isoformat(timespec="seconds")}" data-since>'
    assert page.count(f"YunExpress has not answered since {told}") == 3  # freshness, card, leg
    day = outage.began_at.astimezone(UTC).day
    assert f"{day} " in page.partition(told)[2][:20]
    assert "No signal" not in page


def test_the_console_tells_it_once_with_what_waits_and_what_comes_next(
    halden: Merchant, parcel: Shipment, outage: CarrierOutage
) -> None:
    for order in range(3):
        services.register_shipment(
            halden, order_number=f"HL-{order}", destination_country="DE",
            legs=[services.LegSpec(number=f"YT263060000000010{order}", carrier="yunexpress")],
        )  # fmt: skip
    client = logged_in(hire(halden, Role.OWNER))
    for path in ("/console", "/console/attention"):
        page = text_of(client, path)
        assert page.count("YunExpress has not answered since") == 1
        assert "4 parcels wait to be asked for." in page
        assert "We try with one call in 2 min" in page
        assert "HTTP 503" in page
        assert "it is not your account" not in page
    assert Shipment.objects.exclude(attention=[]).count() == 0
    page = text_of(client, f"/console/shipments/{parcel.number}")
    assert "YunExpress has not answered since" in page
    assert "once it answers; next try in 2 min" in page


def test_who_may_not_see_accounts_reads_of_the_incident_without_its_detail(
    halden: Merchant, outage: CarrierOutage
) -> None:
    page = text_of(logged_in(hire(halden, Role.ANALYST)), "/console")
    assert "YunExpress has not answered since" in page
    assert "HTTP 503" not in page


def test_another_merchants_outage_shows_only_that_it_is_the_carrier(halden: Merchant, outage: CarrierOutage) -> None:
    other = Merchant.objects.create(name="Other", slug="other")
    with scope(merchant=other):
        theirs = services.save_account(other, "yunexpress", credentials={"customer_code": "C2", "api_secret": "t"})
        assert "YunExpress" not in text_of(logged_in(hire(other, Role.OWNER)), "/console")
        breaker.conclude(theirs, Seen(failed=9, failure=TryLater("HTTP 500")), is_probe=False)
    page = text_of(logged_in(hire(halden, Role.OWNER)), "/console")
    assert page.count("YunExpress has not answered since") == 1
    assert "It fails others here too: it is not your account." in page
    assert "HTTP 500" not in page


def test_programs_read_it_at_the_leg_and_at_the_carrier(
    halden: Merchant, parcel: Shipment, outage: CarrierOutage, twelve_past_nine: datetime
) -> None:
    program = Program(issue(halden, Scope.READ))
    [leg] = program.get(f"/shipments/{parcel.number}").json()["legs"]
    told = leg["carrier_outage"]
    assert (told["since"], told["kind"]) == (twelve_past_nine.strftime("%Y-%m-%dT%H:%M:%SZ"), "try_later")
    assert datetime.fromisoformat(told["asked_again_at"]) > clock.now()
    assert leg["last_failure"] is None
    carriers = {row["slug"]: row for row in program.get("/carriers").json()["results"]}
    assert carriers["yunexpress"]["outage"]["since"] == told["since"]
    assert carriers["yanwen"]["outage"] is None


@pytest.fixture
def cached(parcel: Shipment) -> Iterator[Any]:
    """Whether the parcel's page is in the cache."""
    key = PAGE_KEY.format(number=parcel.number, language="en")
    redis_client().set(key, b"an old page")
    yield lambda: redis_client().exists(key) == 1
    redis_client().delete(key)


def test_who_has_a_page_open_is_told_when_it_begins_and_when_it_ends(
    parcel: Shipment, yunexpress: CarrierAccount, cached: Any
) -> None:
    assert outages.tell_readers(yunexpress) == 0
    assert cached()
    Leg.objects.update(watched_until=clock.now() + timedelta(minutes=30))
    parcel.refresh_from_db()
    version = parcel.version
    breaker.conclude(yunexpress, Seen(failed=9, failure=TryLater("HTTP 500")), is_probe=False)
    parcel.refresh_from_db()
    assert (parcel.version, cached()) == (version + 1, False)
    yunexpress.refresh_from_db()
    breaker.conclude(yunexpress, Seen(good=1), is_probe=True)
    parcel.refresh_from_db()
    assert parcel.version == version + 2
