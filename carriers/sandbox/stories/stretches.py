"""Stretches that many stories share: hours from the stretch's own start."""

from __future__ import annotations

from carriers.sandbox.story import Scan, scan
from carriers.vocabulary import EventCode as E


def export_by_air(city: str, hub: str, airport: str, flight: str) -> tuple[Scan, ...]:
    """From the label to the take-off, 46 hours."""
    return (
        scan(0, E.SELLER_LABEL_CREATED, city),
        scan(9, E.FIRST_MILE_PICKED_UP, city),
        scan(14, E.FIRST_MILE_ARRIVED_HUB, hub),
        scan(20, E.FIRST_MILE_DEPARTED_HUB, hub),
        scan(28, E.EXPORT_CUSTOMS_PRESENTED, airport),
        scan(34, E.EXPORT_CUSTOMS_RELEASED, airport),
        scan(40, E.LINEHAUL_HANDED_TO_CARRIER, airport),
        scan(46, E.LINEHAUL_DEPARTED, airport, flight=flight),
    )


def import_by_air(airport: str, flight: str) -> tuple[Scan, ...]:
    """From the landing to the hand-over, 30 hours."""
    return (
        scan(0, E.LINEHAUL_ARRIVED, airport, flight=flight),
        scan(6, E.IMPORT_CUSTOMS_PRESENTED, airport),
        scan(20, E.IMPORT_CUSTOMS_RELEASED, airport),
        scan(30, E.LAST_MILE_HANDED_OVER, airport),
    )


def delivery(hub: str, city: str, how: E = E.LAST_MILE_DELIVERED) -> tuple[Scan, ...]:
    """From the sorting centre to the door, 40 hours."""
    return (
        scan(0, E.LAST_MILE_ARRIVED_HUB, hub),
        scan(12, E.LAST_MILE_DEPARTED_HUB, hub),
        scan(26, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, city),
        scan(33, E.LAST_MILE_OUT_FOR_DELIVERY, city),
        scan(40, how, city),
    )


def door(city: str, how: E = E.LAST_MILE_DELIVERED) -> tuple[Scan, ...]:
    """The last day, 14 hours."""
    return (
        scan(0, E.LAST_MILE_ARRIVED_DELIVERY_OFFICE, city),
        scan(7, E.LAST_MILE_OUT_FOR_DELIVERY, city),
        scan(14, how, city),
    )


def announced(city: str) -> tuple[Scan, ...]:
    """The delivery carrier has the data and not the goods."""
    return (scan(0, E.SELLER_LABEL_CREATED, city),)
