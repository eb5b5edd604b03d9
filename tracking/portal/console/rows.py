"""A shipment as a row: what the list, the home page and the queue print of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from carriers.vocabulary import FINAL_STATUSES, Phase, Status
from tracking.portal import dates, wording
from tracking.portal.buyer.scrubbing import place_words
from tracking.portal.buyer.sentences import Look
from tracking.portal.console import words
from tracking.rules.shipment_number import group
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import Leg, Shipment


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The promise against what is known now. `family` is late, risk or "" and colours the fact."""

    fact: str
    meta: str
    family: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a list. `stops` are the classes of the mini line's dots: past, here, ahead."""

    number: str
    grouped: str
    order: str
    title: str
    leg_numbers: tuple[str, ...]
    look: Look
    happened: str
    age: str
    at: str  # ISO 8601, "" before the first event
    due: Due
    origin: str
    destination: str
    route: str  # the route in words, for those who do not see the line
    stops: tuple[str, ...]
    stage: str
    carriers: tuple[str, ...]
    reasons: tuple[str, ...]
    is_archived: bool


def row(shipment: Shipment, legs: Sequence[Leg], now: datetime) -> Row:
    """From the shipment's own columns and its standing legs: no timeline is folded for a list."""
    at = shipment.last_event_at
    origin, destination = shipment.origin_country, shipment.destination_country
    return Row(
        number=shipment.number,
        grouped=group(shipment.number),
        order=shipment.order_number or group(shipment.number),
        title=shipment.title,
        leg_numbers=tuple(dict.fromkeys(leg.number for leg in legs)),
        look=words.look_of(shipment),
        happened=words.event_label(shipment.last_event_code or shipment.event_code) or _("No scan yet"),
        age=words.age(now - at) if at else "",
        at=at.isoformat(timespec="seconds") if at else "",
        due=due(shipment, now),
        origin=origin or "–",
        destination=destination,
        route=_("{origin} to {destination}").format(
            origin=dates.country_name(origin) or _("unknown"), destination=dates.country_name(destination)
        ),
        stops=stops(shipment),
        stage=stage(shipment),
        carriers=tuple(dict.fromkeys(carrier_name(leg.carrier, leg.carrier_name) or _("Not known") for leg in legs)),
        reasons=tuple(_(words.REASONS[reason]) for reason in words.REASONS if reason in shipment.attention),
        is_archived=shipment.archived_at is not None,
    )


def rows(shipments: Sequence[Shipment], now: datetime) -> list[Row]:
    """Of shipments that were read `with_legs()`."""
    return [row(shipment, shipment.ordered_legs, now) for shipment in shipments]  # type: ignore[attr-defined]


def due(shipment: Shipment, now: datetime) -> Due:
    """“+2 d late” over “25 → 27 Nov”, or the day that somebody has told."""
    promised, expected = shipment.promised_on, shipment.estimated_latest
    today = dates.at(now, shipment.destination_zone).date()
    if shipment.delivered_at is not None:
        return _arrived(promised, dates.at(shipment.delivered_at, shipment.destination_zone).date())
    if Status(shipment.status) in FINAL_STATUSES:
        return Due(fact="–", meta=_("will not be delivered"))
    if expected is not None and expected < today:
        expected = None  # a date that has passed tells nothing about the days to come
    if promised is None:
        if expected is None:
            return Due(fact=_("No date"), meta=_("nobody has told one"))
        return Due(fact=words.short_day(expected), meta=_("the carrier says"))
    if expected is not None:
        late = (expected - promised).days
        if late <= 0:
            return Due(fact=_("On time"), meta=words.short_day(expected))
        return Due(
            fact=words.days_late(late), meta=_arrow(promised, expected), family="late" if today > promised else "risk"
        )
    if today > promised:
        meta = _("promised {day}, no new date").format(day=words.short_day(promised))
        return Due(fact=words.days_late((today - promised).days), meta=meta, family="late")
    return Due(fact=words.short_day(promised), meta=_("promised"))


def _arrived(promised: date | None, on: date) -> Due:
    if promised is None:
        return Due(fact=words.short_day(on), meta=_("delivered"))
    late = (on - promised).days
    if late > 0:
        return Due(fact=words.days_late(late), meta=_arrow(promised, on), family="late")
    return Due(fact=_("On time"), meta=words.short_day(on))


def _arrow(earlier: date, later: date) -> str:
    if (earlier.year, earlier.month) == (later.year, later.month) and dates.locale() == "en_GB":
        return f"{earlier.day} → {words.short_day(later)}"
    return f"{words.short_day(earlier)} → {words.short_day(later)}"


# Pick-up, line-haul, customs, last mile, the door.
_ABROAD = {
    Phase.SELLER: 0, Phase.FIRST_MILE: 0, Phase.EXPORT_CUSTOMS: 1, Phase.LINEHAUL: 1, Phase.TRANSIT_COUNTRY: 1,
    Phase.IMPORT_CUSTOMS: 2, Phase.LAST_MILE: 3, Phase.RETURN: 3,
}  # fmt: skip
_AT_HOME = {Phase.LAST_MILE: 1, Phase.RETURN: 1}


def stops(shipment: Shipment) -> tuple[str, ...]:
    """The dots of the mini line: five across a border, three within a country."""
    is_domestic = shipment.origin_country == shipment.destination_country
    size, places = (3, _AT_HOME) if is_domestic else (5, _ABROAD)
    if shipment.status == Status.DELIVERED:
        here = size - 1
    elif shipment.status in (Status.PENDING, Status.INFO_RECEIVED) and not shipment.holder_leg:
        here = 0
    else:
        here = places.get(Phase(shipment.phase), 0) if shipment.phase else 0
        here += shipment.status in (Status.OUT_FOR_DELIVERY, Status.AVAILABLE_FOR_PICKUP, Status.ATTEMPT_FAILED)
    here = min(here, size - 1)
    return tuple("past" if index < here else "here" if index == here else "ahead" for index in range(size))


def stage(shipment: Shipment) -> str:
    """“Import customs, Frankfurt”."""
    phase = wording.label(Phase(shipment.phase)) if shipment.phase else ""
    place = place_words(shipment.last_event_place)
    if phase and place:
        return _("{phase}, {place}").format(phase=phase, place=place)
    return phase or place
