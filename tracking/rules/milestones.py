"""The stages that everyone asks for: the first time each was reached. Derived from the timeline, never stored by
hand."""

from __future__ import annotations

from enum import StrEnum

from carriers.vocabulary import EventCode, Status


class Milestone(StrEnum):
    """In the order of the way."""

    ANNOUNCED = "announced"
    PICKED_UP = "picked_up"
    LEFT_ORIGIN = "left_origin"
    ARRIVED_DESTINATION = "arrived_destination"
    CUSTOMS_CLEARED = "customs_cleared"
    WITH_DELIVERY_CARRIER = "with_delivery_carrier"
    OUT_FOR_DELIVERY = "out_for_delivery"
    READY_FOR_PICKUP = "ready_for_pickup"
    DELIVERED = "delivered"
    RETURN_STARTED = "return_started"
    RETURNED = "returned"


_BY_CODE: dict[EventCode, Milestone] = {
    EventCode.SELLER_ORDER_CREATED: Milestone.ANNOUNCED,
    EventCode.SELLER_LABEL_CREATED: Milestone.ANNOUNCED,
    EventCode.FIRST_MILE_PICKED_UP: Milestone.PICKED_UP,
    EventCode.FIRST_MILE_ARRIVED_HUB: Milestone.PICKED_UP,
    EventCode.FIRST_MILE_ARRIVED_EXPORT_OFFICE: Milestone.PICKED_UP,
    EventCode.LINEHAUL_DEPARTED_EXPORT_OFFICE: Milestone.LEFT_ORIGIN,
    EventCode.LINEHAUL_DEPARTED: Milestone.LEFT_ORIGIN,
    EventCode.LINEHAUL_ARRIVED: Milestone.ARRIVED_DESTINATION,
    EventCode.IMPORT_CUSTOMS_ARRIVED_IMPORT_OFFICE: Milestone.ARRIVED_DESTINATION,
    EventCode.IMPORT_CUSTOMS_RELEASED: Milestone.CUSTOMS_CLEARED,
    EventCode.LAST_MILE_HANDED_OVER: Milestone.WITH_DELIVERY_CARRIER,
    EventCode.LAST_MILE_ARRIVED_HUB: Milestone.WITH_DELIVERY_CARRIER,
    EventCode.LAST_MILE_ARRIVED_DELIVERY_OFFICE: Milestone.WITH_DELIVERY_CARRIER,
    EventCode.LAST_MILE_OUT_FOR_DELIVERY: Milestone.OUT_FOR_DELIVERY,
    EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP: Milestone.READY_FOR_PICKUP,
    EventCode.RETURN_STARTED: Milestone.RETURN_STARTED,
    EventCode.RETURN_COMPLETED: Milestone.RETURNED,
}


def milestone_of(code: EventCode) -> Milestone | None:
    """The stage that an event of this code reaches."""
    if code.status is Status.DELIVERED:
        return Milestone.DELIVERED
    return _BY_CODE.get(code)
