"""The list: views, filters, search, pages, and what it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django_scopes import scope, scopes_disabled
from pytest_django import DjangoAssertNumQueries

from carriers.vocabulary import EventCode
from tests.tracking.portal.console.conftest import first_leg, register
from tests.tracking.shipments.telling import event, told
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.portal.console.rows import due, stops
from tracking.shipments import services
from tracking.shipments.models import CarrierAccount, Shipment
from tracking.shipments.recording.door import record_result

pytestmark = pytest.mark.django_db


def tell(shipment: Shipment, *events: object) -> Shipment:
    with scope(merchant=shipment.merchant):
        record_result(told(first_leg(shipment), *events))  # type: ignore[arg-type]
        return Shipment.objects.select_related("merchant").get(pk=shipment.pk)


def body(client: Client, **query: str) -> str:
    response = client.get("/console/shipments", query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.fixture
def crowd(halden: Merchant, yunexpress: CarrierAccount) -> dict[str, Shipment]:
    """One of each kind, named for it."""
    found = {}
    codes = {
        "MOVING": (EventCode.FIRST_MILE_PICKED_UP,),
        "OUT": (EventCode.LAST_MILE_OUT_FOR_DELIVERY,),
        "DONE": (EventCode.LAST_MILE_DELIVERED,),
        "HELD": (EventCode.IMPORT_CUSTOMS_HELD,),
        "CLEARING": (EventCode.IMPORT_CUSTOMS_PRESENTED,),
        "FAILED": (EventCode.LAST_MILE_ATTEMPT_FAILED_ABSENT,),
        "BACK": (EventCode.RETURN_STARTED,),
        "ODD": (EventCode.FIRST_MILE_PICKED_UP, EventCode.UNKNOWN),
    }
    for index, (name, told_codes) in enumerate(codes.items()):
        shipment = register(halden, f"HL-{name}", f"YT26306000000001{index:02d}")
        found[name] = tell(shipment, *(event(code, 5 - n) for n, code in enumerate(told_codes)))
    return found


@pytest.mark.parametrize(
    ("view", "shown"),
    [
        ("all", {"MOVING", "OUT", "DONE", "HELD", "CLEARING", "FAILED", "BACK", "ODD"}),
        ("attention", {"HELD", "FAILED", "BACK", "ODD"}),
        ("transit", {"MOVING", "CLEARING", "ODD"}),
        ("out", {"OUT"}),
        ("held", {"HELD", "CLEARING"}),
        ("failed", {"FAILED", "BACK"}),
        ("delivered", {"DONE"}),
        ("archived", set()),
        ("no-such-view", {"MOVING", "OUT", "DONE", "HELD", "CLEARING", "FAILED", "BACK", "ODD"}),
    ],
)
def test_a_view_shows_its_own_and_counts_them(
    crowd: dict[str, Shipment], owner: Client, view: str, shown: set[str]
) -> None:
    response = owner.get("/console/shipments", {"view": view})
    page = response.content.decode()
    assert {name for name in crowd if f"HL-{name}<" in page} == shown
    counts = {tab.key: count for tab, _current, _query, count in response.context["tabs"]}
    if counts.get(view) is not None:
        assert counts[view] == len(shown)


def test_filters_narrow_the_view(crowd: dict[str, Shipment], owner: Client) -> None:
    assert "HL-HELD<" in body(owner, attention="held")
    assert "HL-MOVING<" not in body(owner, attention="held")
    assert "HL-OUT<" not in body(owner, status="delivered")
    assert "HL-DONE<" in body(owner, status="delivered", carrier="yunexpress", to="de")
    assert "Nothing matches these filters" in body(owner, status="delivered", to="FR")


@pytest.mark.parametrize(
    "bad", [{"status": "x"}, {"carrier": "'; drop"}, {"to": "DEU"}, {"after": "1"}, {"attention": "?"}]
)
def test_a_filter_that_means_nothing_is_left_out(
    crowd: dict[str, Shipment], owner: Client, bad: dict[str, str]
) -> None:
    assert "HL-MOVING<" in body(owner, **bad)


def test_search_knows_our_number_the_carriers_and_the_orders(crowd: dict[str, Shipment], owner: Client) -> None:
    wanted = crowd["HELD"]
    leg_number = first_leg(wanted).number
    grouped = (
        f"{wanted.number[:4]}-{wanted.number[4:8]}-{wanted.number[8:12]}-{wanted.number[12:16]}-{wanted.number[16:]}"
    )
    for text in (wanted.number, grouped.lower(), leg_number, f"{leg_number[:4]} {leg_number[4:]}", "hl-hel"):
        page = body(owner, q=text)
        assert "HL-HELD<" in page, text
        assert "HL-MOVING<" not in page, text


@pytest.mark.parametrize("text", ["\0", "%", "_", "'", "<script>alert(1)</script>", "x" * 5000, "𝕏", "\\"])
def test_a_strange_search_finds_nothing_and_breaks_nothing(
    crowd: dict[str, Shipment], owner: Client, text: str
) -> None:
    page = body(owner, q=text)
    assert "<script>alert" not in page
    if text != "\0":
        assert "Nothing matches" in page


def test_nothing_yet_differs_from_nothing_found(owner: Client) -> None:
    assert "No shipments yet" in body(owner)
    assert "Nothing matches “HL-1”" in body(owner, q="HL-1")
    assert "No shipments yet" in body(owner, view="delivered")


def test_a_hundred_and_twenty_are_three_pages_and_none_is_shown_twice(halden: Merchant, owner: Client) -> None:
    with scopes_disabled():
        Shipment.objects.bulk_create(
            Shipment(merchant=halden, destination_country="DE", order_number=f"P-{n:03d}") for n in range(120)
        )
    seen: list[str] = []
    address = "/console/shipments"
    for size in (50, 50, 20):
        response = owner.get(address)
        rows = [row.order for row in response.context["rows"]]
        assert len(rows) == size
        seen += rows
        address = f"/console/shipments{response.context['next']}"
    assert not response.context["next"]
    assert len(set(seen)) == 120


def test_fifty_rows_cost_seven_queries(
    halden: Merchant, yunexpress: CarrierAccount, owner: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(6):
        register(halden, f"HL-{n}", f"YT263060000000{n:04d}")
    with scopes_disabled():
        Shipment.objects.bulk_create(Shipment(merchant=halden, destination_country="DE") for _ in range(60))
    owner.get("/console/shipments")
    with django_assert_num_queries(7):  # session, person, memberships, rows, legs, counts, connected carriers
        owner.get("/console/shipments")


def test_the_part_that_is_read_again_is_304_while_nothing_changes(
    crowd: dict[str, Shipment], owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now)
    first = owner.get("/console/shipments", {"fragment": "1"})
    assert first.status_code == 200
    assert first.content.startswith(b'\n<div id="rows">') or b'<div id="rows">' in first.content
    assert b"<html" not in first.content
    again = owner.get("/console/shipments", {"fragment": "1"}, headers={"if-none-match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    services.archive_shipment(crowd["MOVING"])
    assert (
        owner.get("/console/shipments", {"fragment": "1"}, headers={"if-none-match": first["ETag"]}).status_code == 200
    )


def test_the_promise_is_told_against_what_is_known(parcel: Shipment) -> None:
    now = clock.now()
    today = now.date()
    parcel.promised_on, parcel.estimated_latest = today + timedelta(days=2), today + timedelta(days=4)
    assert (due(parcel, now).fact, due(parcel, now).family) == ("+2 d late", "risk")
    parcel.promised_on = today - timedelta(days=1)
    assert (due(parcel, now).fact, due(parcel, now).family) == ("+5 d late", "late")
    parcel.estimated_latest = None
    assert due(parcel, now + timedelta(days=2)).fact in ("+3 d late", "+2 d late", "+4 d late")
    parcel.promised_on = None
    assert due(parcel, now).fact == "No date"
    parcel.promised_on, parcel.delivered_at = today + timedelta(days=1), now
    assert due(parcel, now).fact == "On time"


def test_the_mini_line_stands_where_the_parcel_is(crowd: dict[str, Shipment]) -> None:
    def here(name: str) -> int:
        return stops(crowd[name]).index("here")

    assert [here(name) for name in ("MOVING", "HELD", "OUT", "DONE")] == [0, 2, 4, 4]
    assert stops(crowd["DONE"]) == ("past", "past", "past", "past", "here")
