"""A merchant with a consignment by air, and another that must never hear of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django_scopes import scope

from tracking.accounts.models import Merchant
from tracking.inbound import files, units
from tracking.inbound.models import InboundFile, TransportUnit
from tracking.shipments import services
from tracking.shipments.models import Shipment

AWB = "160-44556606"
NOW = datetime(2026, 7, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _july() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def halden(db: None) -> Iterator[Merchant]:
    """A lamp shop, in whose scope the test runs."""
    merchant = Merchant.objects.create(name="Halden", slug="halden")
    with scope(merchant=merchant):
        yield merchant


@pytest.fixture
def moss(db: None) -> Merchant:
    return Merchant.objects.create(name="Moss & Fern", slug="moss")


def lamp(merchant: Merchant, order: str, **more: object) -> Shipment:
    fields = {"origin_country": "HK", "destination_country": "DE", "order_number": order} | more
    return services.register_shipment(merchant, **fields)  # type: ignore[arg-type]


@pytest.fixture
def flight(halden: Merchant) -> TransportUnit:
    """An air waybill from Hong Kong to Frankfurt, with nothing in it yet."""
    return units.create_unit(halden, "air_waybill", AWB)[0]


def fsu(*lines: str, awb: str = AWB) -> bytes:
    return "\n".join(["FSU/12", f"{awb}HKGFRA/T24K412.5", *lines, ""]).encode()


DEP = "DEP/CX289/10JUL/HKGFRA/T24K412.5/A0112/E0640"
RCF = "RCF/CX289/10JUL0735/FRA/T24K412.5"
DLV = "DLV/10JUL1620/FRA/T24K412.5"


def send(merchant: Merchant, body: bytes, file_format: str = "fsu", **more: str) -> InboundFile:
    """Takes a file in and goes through all that waits."""
    file, _ = files.receive(merchant, file_format, body, **more)
    files.read_files()
    file.refresh_from_db()
    return file
