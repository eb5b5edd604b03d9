"""What is kept is what follows: nothing is found in what the platform wrote, and whatever is planted is found."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from carriers.vocabulary import EventCode
from tests.tracking.shipments.telling import event, told
from tracking.jobs import counters
from tracking.jobs.models import Bookmark
from tracking.notify.fan_out import fan_out
from tracking.notify.models import Delivery, WebhookEndpoint
from tracking.operations import reconcile
from tracking.shipments.models import Leg, Shipment, StatusChange
from tracking.shipments.recording.door import record_result

pytestmark = pytest.mark.django_db

NIGHT = datetime(2026, 11, 24, tzinfo=UTC)


@pytest.fixture
def journey(parcel: Shipment) -> Shipment:
    """HL-1 on its way: picked up, handed to the airline, out for delivery; every step is told to one endpoint."""
    WebhookEndpoint.objects.create(merchant=parcel.merchant, url="https://shop.example/hook")
    leg = Leg.objects.get()
    picked_up, on_its_way = EventCode.FIRST_MILE_PICKED_UP, EventCode.LINEHAUL_DEPARTED
    steps = ((picked_up, 30), (on_its_way, 20), (EventCode.LAST_MILE_OUT_FOR_DELIVERY, 1))
    for code, hours_ago in steps:
        record_result(told(leg, event(code, hours_ago)))
    fan_out()
    parcel.refresh_from_db()
    return parcel


def found(shipment_id: UUID, *, repair: bool = False) -> list[tuple[str, str]]:
    differences = reconcile.differences([shipment_id], reconcile.wanted(), repair=repair)
    return [(difference.kind, difference.detail) for difference in differences]


def test_nothing_differs_in_what_the_recorder_wrote(journey: Shipment) -> None:
    assert StatusChange.objects.count() == Delivery.objects.count() == 3
    assert found(journey.id) == []


def test_a_parcel_of_which_nothing_is_known_is_in_order(parcel: Shipment) -> None:
    assert found(parcel.id) == []


def test_a_column_that_does_not_follow_is_named_and_repaired_without_telling_anybody(journey: Shipment) -> None:
    Shipment.objects.update(last_event_place="Atlantis", delivered_at=timezone.now())
    assert found(journey.id, repair=True) == [("derived", "last_event_place, delivered_at")]
    assert found(journey.id) == []
    assert StatusChange.objects.filter(told_at=None).exclude(cause=StatusChange.Cause.REPLAY).count() == 0


def test_looking_alone_changes_nothing(journey: Shipment) -> None:
    Shipment.objects.update(holder="buyer", version=70)
    assert found(journey.id) == [("derived", "holder")]
    journey.refresh_from_db()
    assert (journey.holder, journey.version) == ("buyer", 70)


def test_a_status_that_nobody_was_told_of_is_found(journey: Shipment) -> None:
    StatusChange.objects.order_by("-sequence")[0].delete()
    kinds = dict(found(journey.id))
    assert kinds["last_change"].endswith("says otherwise")
    assert kinds["gap"] == "2 of 3 changes, without 3"


def test_a_change_that_vanished_leaves_a_gap(journey: Shipment) -> None:
    StatusChange.objects.filter(number=2).delete()
    assert ("gap", "2 of 3 changes, without 2") in found(journey.id)


def test_a_change_that_did_not_reach_the_outbox_is_found(journey: Shipment) -> None:
    # Three more parcels' news of the same kind, of which the middle one is lost on its way.
    endpoint = WebhookEndpoint.objects.get()
    middle = StatusChange.objects.get(number=2)
    Delivery.objects.update(event_type="shipment.in_transit")
    StatusChange.objects.update(old_status="info_received", status="in_transit")
    Delivery.objects.filter(change=middle).delete()
    differences = reconcile.differences([journey.id], reconcile.wanted())
    assert [each.detail for each in differences if each.kind == "delivery"] == [
        f"change {middle.sequence} is not in the outbox of endpoint {endpoint.id}"
    ]


def test_an_endpoint_that_came_later_owes_nothing(journey: Shipment) -> None:
    WebhookEndpoint.objects.create(merchant=journey.merchant, url="https://shop.example/another")
    assert found(journey.id) == []


def test_the_night_goes_on_where_the_last_one_ended(journey: Shipment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "PAGE", 2)
    assert reconcile.run_daily(NIGHT).endswith("no difference")
    marks = dict(Bookmark.objects.values_list("name", "position"))
    last = StatusChange.objects.order_by("-id")[0]
    assert marks == {reconcile.CHANGES: str(last.id), reconcile.SHIPMENTS: str(journey.id)}
    Shipment.objects.update(holder="buyer")
    # Nothing changed since, but the walk through all shipments begins anew.
    assert reconcile.run_daily(NIGHT) == "1 shipments: 1 derived"


def test_a_night_is_cut_short_and_keeps_its_place(journey: Shipment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconcile, "PAGE", 1)
    monkeypatch.setattr(reconcile, "TIME_BOX_S", -1.0)
    reconcile.run_daily(NIGHT)
    first = StatusChange.objects.order_by("id")[0]
    assert Bookmark.objects.get(name=reconcile.CHANGES).position == str(first.id)


def test_differences_are_counted_and_logged_without_the_parcels_words(
    journey: Shipment, caplog: pytest.LogCaptureFixture
) -> None:
    counters.flush()
    before = counters.read()["reconcile_differences"].get(("derived",), {"": 0})[""]
    Shipment.objects.update(last_event_place="Anna Lehmann, Torstr. 1")
    found(journey.id)
    counters.flush()
    assert counters.read()["reconcile_differences"]["derived",][""] == before + 1
    [line] = [message for message in caplog.messages if str(journey.id) in message]
    assert "Anna" not in line
    assert journey.number not in line


def test_the_command_ends_with_one_where_something_is_left(
    journey: Shipment, capsys: pytest.CaptureFixture[str]
) -> None:
    call_command("reconcile")
    assert "1 shipments, 0 differences" in capsys.readouterr().out
    Shipment.objects.update(holder="buyer")
    with pytest.raises(CommandError):
        call_command("reconcile", journey.number)
    call_command("reconcile", journey.number, "--repair")
    call_command("reconcile")
