"""What people decided wins over the fact sheet, at once and for their own merchant alone."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from tests.tracking.mapping.conftest import say
from tests.tracking.mapping.yanwen_words import NUMBERS, ODD, PICKED_UP, parcel, tell
from tracking.accounts.models import Merchant
from tracking.mapping.rows import Author, end_row
from tracking.shipments.models import Event, Shipment

pytestmark = pytest.mark.django_db


def codes(shipment: Shipment) -> list[str]:
    return list(Event.objects.filter(shipment=shipment).order_by("occurred_at").values_list("code", flat=True))


def test_a_mapped_wording_is_understood_when_it_comes_next(halden: Merchant) -> None:
    say(halden, "import_customs.held", pattern="feeder", reason="customs.inspection")
    shipment = parcel(halden, "HL-1")
    tell(shipment, PICKED_UP, ODD)
    shipment.refresh_from_db()
    assert codes(shipment) == ["first_mile.picked_up", "import_customs.held"]
    assert (shipment.status, shipment.reason, shipment.attention) == ("exception", "customs.inspection", ["held"])


def test_a_row_wins_over_the_sheet_until_it_ends(halden: Merchant) -> None:
    row = say(halden, "first_mile.arrived_hub", raw_code="PU10")
    first = parcel(halden, "HL-1")
    tell(first, PICKED_UP)
    end_row(row, Author(name="Jo"))
    second = parcel(halden, "HL-2", NUMBERS[1])
    tell(second, PICKED_UP)
    assert codes(first) == ["first_mile.arrived_hub"]
    assert codes(second) == ["first_mile.picked_up"]


def test_another_merchants_rows_are_not_asked(halden: Merchant, kestrel: Merchant) -> None:
    with scope(merchant=kestrel):
        say(kestrel, raw_code="ZZ77")
    shipment = parcel(halden, "HL-1")
    tell(shipment, ODD)
    assert codes(shipment) == ["unknown"]


def test_the_phrasebook_costs_one_query_a_batch(halden: Merchant) -> None:
    shipment = parcel(halden, "HL-1")
    with CaptureQueriesContext(connection) as queries:
        tell(shipment, PICKED_UP, ODD)
    assert sum("phrasebook" in query["sql"] for query in queries.captured_queries) == 1
