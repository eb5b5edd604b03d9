"""In whatever order the news come, late, in parts and twice, the parcel ends where it is, and each change is told once.

The long run is benchmarks.orders.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from carriers.vocabulary import EventCode
from tests.tracking.shipments.order_model import check_any_order
from tests.tracking.shipments.orders import (
    CARRIERS,
    PARTS,
    STORIES,
    Part,
    Story,
    check_changes,
    entries,
    outcome,
)
from tests.tracking.shipments.telling import event, told
from tracking.accounts.models import Merchant
from tracking.shipments import services
from tracking.shipments.models import Event, Leg, Shipment, StatusChange
from tracking.shipments.recording.door import record_results
from tracking.shipments.recording.reading import event_facts
from tracking.shipments.services import LegSpec


@settings(max_examples=30, deadline=None)
@given(STORIES, PARTS, st.permutations(range(3)))
def test_any_order_of_telling_ends_in_the_same_status_and_the_same_news(
    story: Story, parts: list[Part], last: list[int]
) -> None:
    check_any_order(story, parts, last)


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=STORIES, parts=PARTS, last=st.permutations(range(3)), together=st.booleans())
def test_what_is_kept_and_told_is_the_same_in_the_database(
    halden: Merchant, story: Story, parts: list[Part], last: list[int], *, together: bool
) -> None:
    """Through the door itself: one telling after the other or all in one batch, and once more at the end."""
    whole = story.whole()
    mixed, at_once = registered(halden, story), registered(halden, story)
    news = [story.told(part, legs_of(mixed)) for part in [*parts, *(whole[place] for place in last)]]
    for batch in [news] if together else [[item] for item in news]:
        record_results(batch)
    pushes = sorted(part for part in set(parts) if part.channel == "push")
    record_results([story.told(part, legs_of(at_once)) for part in [*whole, *pushes]])
    mixed.refresh_from_db()
    at_once.refresh_from_db()
    assert comparable(mixed) == comparable(at_once)
    changes = list(StatusChange.objects.filter(shipment=mixed).order_by("sequence"))
    check_changes(changes, mixed)
    assert record_results(news).events == 0
    assert StatusChange.objects.filter(shipment=mixed).count() == len(changes)


def registered(halden: Merchant, story: Story) -> Shipment:
    """A parcel of three legs that began three days before the night."""
    shipment = services.register_shipment(
        halden,
        origin_country=story.origin,
        destination_country="DE",
        legs=[LegSpec(number=f"N77000{place}", carrier=carrier) for place, carrier in enumerate(CARRIERS)],
    )
    shipment.created_at = story.night - timedelta(days=3)
    shipment.save(update_fields=["created_at"])
    return shipment


def legs_of(shipment: Shipment) -> list[Leg]:
    return list(shipment.legs.order_by("position"))


def comparable(shipment: Shipment) -> list[object]:
    """What is known of it, without the ids that differ between two shipments."""
    places = {leg.id: place for place, leg in enumerate(legs_of(shipment))}
    facts = event_facts([shipment.id])[shipment.id]
    codes = [entry[:5] for entry in entries(shipment, legs_of(shipment), facts)]
    return [outcome(shipment) | {"holder_leg": places.get(shipment.holder_leg)}, codes]


def test_an_earlier_scan_that_comes_late_tells_where_the_parcel_came_from(parcel: Shipment) -> None:
    Shipment.objects.filter(pk=parcel.pk).update(origin_country="")
    leg = legs_of(parcel)[0]
    record_results([told(leg, event(EventCode.LINEHAUL_ARRIVED, 20, country="BE"))])
    parcel.refresh_from_db()
    assert (parcel.origin_country, parcel.origin_is_derived) == ("BE", True)
    record_results([told(leg, event(EventCode.FIRST_MILE_PICKED_UP, 90, country="CN"))])
    parcel.refresh_from_db()
    assert parcel.origin_country == "CN"
    services.change_shipment(parcel, origin_country="HK")
    record_results([told(leg, event(EventCode.SELLER_PACKED, 95, country="VN"))])
    parcel.refresh_from_db()
    assert (parcel.origin_country, parcel.origin_is_derived) == ("HK", False)


def test_an_answer_that_opens_the_next_post_tells_its_own_change_too(halden: Merchant) -> None:
    shipment = services.register_shipment(
        halden,
        origin_country="CN",
        destination_country="GB",
        legs=[LegSpec(number="RR123456785CN", carrier="china_post")],
    )
    record_results([told(legs_of(shipment)[0], event(EventCode.LINEHAUL_DEPARTED, 5))])
    assert [leg.carrier for leg in legs_of(shipment)] == ["china_post", "royalmail"]
    assert StatusChange.objects.get(shipment=shipment).status == "in_transit"


def test_a_longer_list_says_what_went_before(parcel: Shipment) -> None:
    leg = legs_of(parcel)[0]
    late, early = (event(code, 20) for code in (EventCode.LAST_MILE_DELIVERED, EventCode.LAST_MILE_OUT_FOR_DELIVERY))
    record_results([told(leg, late)])
    record_results([told(leg, early, replace(late, sequence=1))])
    assert list(Event.objects.order_by("sequence").values_list("code", flat=True)) == [early.code, late.code]
