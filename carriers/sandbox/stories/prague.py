"""Journeys over Prague: a full locker, and a packet that another carrier brings abroad."""

from __future__ import annotations

from carriers.sandbox.stories.smooth import YANWEN, last
from carriers.sandbox.stories.stretches import announced, export_by_air, import_by_air
from carriers.sandbox.story import Leg, Story, on, scan
from carriers.vocabulary import EventCode as E
from carriers.vocabulary import Status

STORIES = (
    Story(
        name="full_locker_prague",
        title="Shenzhen to Prague: Packeta finds the Z-BOX full, a shop has the packet instead",
        origin="shenzhen", destination="prague",
        legs=(YANWEN, last("packeta", "packeta", told_h=92)),
        scans=(
            *on(0, export_by_air("shenzhen", "shenzhen", "hong_kong", "CX291")),
            *on(0, import_by_air("liege", "CX291"), start_h=62),
            *on(1, announced("prague"), start_h=86),
            *on(
                1,
                scan(108, E.LAST_MILE_ARRIVED_HUB, "prague"),
                scan(118, E.LAST_MILE_DEPARTED_HUB, "prague"),
                scan(126, E.LAST_MILE_ATTEMPT_FAILED_OTHER, "prague"),
                scan(127, E.LAST_MILE_REDIRECTED, "prague"),
                scan(140, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "prague"),
                scan(166, E.LAST_MILE_DELIVERED_COLLECTED, "prague"),
            ),
        ),
        ends=Status.DELIVERED, delivered_h=166,
    ),
    Story(
        name="prague_warsaw_not_collected",
        title="Prague to Warsaw: Packeta hands over to InPost, nobody empties the locker, and it goes back",
        origin="prague", destination="warsaw",
        legs=(Leg(carrier="packeta", role="linehaul", number="packeta"), last("inpost", "inpost", told_h=31)),
        scans=(
            *on(
                0,
                scan(0, E.SELLER_LABEL_CREATED, "prague"),
                scan(9, E.FIRST_MILE_PICKED_UP, "prague"),
                scan(14, E.FIRST_MILE_ARRIVED_HUB, "prague"),
                scan(20, E.FIRST_MILE_DEPARTED_HUB, "prague"),
                scan(30, E.LAST_MILE_HANDED_OVER, "warsaw"),
                scan(31, E.ANY_NOTE, "warsaw"),
            ),
            *on(1, announced("warsaw"), start_h=29),
            *on(
                1,
                scan(40, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, "warsaw"),
                scan(46, E.LAST_MILE_OUT_FOR_DELIVERY, "warsaw"),
                scan(51, E.LAST_MILE_AVAILABLE_FOR_PICKUP, "warsaw"),
                scan(99, E.LAST_MILE_PICKUP_MISSED, "warsaw"),
                scan(101, E.RETURN_STARTED, "warsaw"),
            ),
            *on(0, scan(130, E.RETURN_COMPLETED, "prague")),
        ),
        ends=Status.RETURNED,
    ),
)  # fmt: skip
