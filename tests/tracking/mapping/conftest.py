from __future__ import annotations

from collections.abc import Iterator

import pytest
from django_scopes import scope

from tests.tracking.mapping.yanwen_words import NUMBERS, ODD, PICKED_UP, parcel, tell
from tracking.accounts.models import Merchant
from tracking.mapping.rows import Author, Mapping, map_wording
from tracking.phrasebook.models import PhrasebookRow
from tracking.shipments.models import Shipment

MARA = Author(name="Mara Klein")


@pytest.fixture
def halden(db: None) -> Iterator[Merchant]:
    """A lamp shop in Berlin, in whose scope the test runs."""
    merchant = Merchant.objects.create(name="Halden", slug="halden", zone="Europe/Berlin")
    with scope(merchant=merchant):
        yield merchant


@pytest.fixture
def kestrel(db: None) -> Merchant:
    """A tent shop, whose wordings nobody else may see or change."""
    return Merchant.objects.create(name="Kestrel Outdoor", slug="kestrel")


@pytest.fixture
def lamp(halden: Merchant) -> Shipment:
    """Halden's parcel, picked up, then told of in words that no table knows."""
    shipment = parcel(halden, "HL-1", NUMBERS[0])
    tell(shipment, PICKED_UP, ODD)
    return shipment


@pytest.fixture
def tent(kestrel: Merchant) -> Shipment:
    """Kestrel's parcel, told of in the very same words."""
    with scope(merchant=kestrel):
        shipment = parcel(kestrel, "KO-1", NUMBERS[1])
        tell(shipment, PICKED_UP, ODD)
    return shipment


def say(merchant: Merchant, event_code: str = "linehaul.departed", **told: str) -> PhrasebookRow:
    """Mara maps Yanwen's words."""
    return map_wording(merchant, Mapping(carrier="yanwen", event_code=event_code, **told), MARA)
