"""A lamp shop with its people, and a tent shop that must never be seen from it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.cache import cache
from django.test import Client
from django_scopes import scope

from tracking.accounts.models import Member, Merchant, Role, User
from tracking.shipments import services
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.services import LegSpec

PASSWORD = "a long enough password"

LogIn = Callable[[str], Client]


@pytest.fixture
def halden(db: None) -> Merchant:
    cache.clear()
    return Merchant.objects.create(name="Halden", slug="halden", zone="Europe/Berlin")


@pytest.fixture
def kestrel(db: None) -> Merchant:
    return Merchant.objects.create(name="Kestrel Outdoor", slug="kestrel", zone="America/Los_Angeles")


def hire(merchant: Merchant, role: str) -> User:
    """A person of this merchant, with an address of their own."""
    user = User.objects.create_user(f"{role}@{merchant.slug}.example", PASSWORD, name=f"{role} of {merchant}")
    Member.objects.create(merchant=merchant, user=user, role=role)
    return user


def logged_in(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, "django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def owner(halden: Merchant) -> Client:
    """Halden's owner."""
    return logged_in(hire(halden, Role.OWNER))


@pytest.fixture
def ops(halden: Merchant) -> Client:
    """Halden's operator."""
    return logged_in(hire(halden, Role.OPS))


@pytest.fixture
def analyst(halden: Merchant) -> Client:
    """Halden's analyst, who may only read."""
    return logged_in(hire(halden, Role.ANALYST))


@pytest.fixture
def stranger(kestrel: Merchant) -> Client:
    """The owner of the other shop."""
    return logged_in(hire(kestrel, Role.OWNER))


def register(merchant: Merchant, order: str, number: str = "", **more: object) -> Shipment:
    legs = [LegSpec(number=number, carrier="yunexpress")] if number else []
    facts = {"origin_country": "CN", "destination_country": "DE", "destination_city": "Berlin"} | more
    return services.register_shipment(merchant, order_number=order, legs=legs, **facts)  # type: ignore[arg-type]


@pytest.fixture
def yunexpress(halden: Merchant) -> CarrierAccount:
    return services.save_account(halden, "yunexpress", credentials={"customer_code": "C1", "api_secret": "topsecret"})


@pytest.fixture
def parcel(halden: Merchant, yunexpress: CarrierAccount) -> Shipment:
    """Order HL-1, Shenzhen to Berlin, with YunExpress."""
    return register(halden, "HL-1", "YT2630600000000001", title="Arc desk lamp")


def first_leg(shipment: Shipment) -> Leg:
    with scope(merchant=shipment.merchant):
        leg: Leg = shipment.legs.order_by("position").first()
    return leg
