from __future__ import annotations

from collections.abc import Iterator

import pytest
from django_scopes import scope

from tests.carriers.sandbox.conftest import Server, server
from tests.tracking.shipments.between import Between, between
from tracking.accounts.models import Merchant
from tracking.shipments import services
from tracking.shipments.models import CarrierAccount, Shipment
from tracking.shipments.services import LegSpec

__all__ = ["Server", "server"]  # the carrier sandbox, over loopback HTTP


@pytest.fixture
def road(server: Server) -> Iterator[Between]:
    """The way to the sandbox, which counts the calls and may change the answers."""
    with between(server.base) as road:
        yield road


@pytest.fixture
def halden(db: None) -> Iterator[Merchant]:
    """A lamp shop in Berlin, in whose scope the test runs."""
    merchant = Merchant.objects.create(name="Halden", slug="halden", zone="Europe/Berlin")
    with scope(merchant=merchant):
        yield merchant


@pytest.fixture
def yunexpress(halden: Merchant) -> CarrierAccount:
    return services.save_account(halden, "yunexpress", credentials={"customer_code": "C1", "api_secret": "s"})


@pytest.fixture
def parcel(halden: Merchant, yunexpress: CarrierAccount) -> Shipment:
    """Order HL-1, Shenzhen to Berlin, with YunExpress."""
    return services.register_shipment(
        halden,
        order_number="HL-1",
        origin_country="CN",
        destination_country="DE",
        destination_city="Berlin",
        legs=[LegSpec(number="YT2630600000000001", carrier="yunexpress")],
    )
