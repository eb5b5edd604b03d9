"""The way as a line of places: where it was, where it is, where it goes."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carriers.vocabulary import Status
from tracking.portal import dates
from tracking.portal.buyer.words import leg_name, names_itself
from tracking.rules.timeline import Entry, Holder
from tracking.shipments.recording.reading import Journey

_MOST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """`state` is past, here or ahead; start where nobody has scanned it yet."""

    name: str
    country: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """`stops` in order, two to four; `holder` and `carriers` are sentences."""

    stops: tuple[Stop, ...]
    holder: str
    carriers: str


def route(journey: Journey) -> Route:
    """From the scans that somebody made with the parcel in hand."""
    return Route(stops=_stops(journey), holder=_holder(journey), carriers=_carriers(journey))


def _stops(journey: Journey) -> tuple[Stop, ...]:
    shipment, status = journey.shipment, journey.timeline.status
    passed: list[tuple[str, str]] = []
    for entry in journey.timeline.entries:
        place = _place(entry)
        if place is not None and (not passed or passed[-1] != place):
            passed.append(place)
    home = (shipment.destination_city, shipment.destination_country)
    if not passed and shipment.origin_country:
        passed = [("", shipment.origin_country)]
        here = -1
    else:
        here = len(passed) - 1
    is_there = status is Status.DELIVERED
    if is_there and passed and passed[-1][1] == home[1]:
        passed[-1] = (home[0] or passed[-1][0], home[1])
    ahead = [] if is_there or (passed and _is_same(passed[-1], home)) else [home]
    if status in (Status.RETURNING, Status.RETURNED, Status.CANCELLED):
        ahead = []
    kept = _thinned(passed, here, _MOST - len(ahead))
    stops = [_stop(place, _state(index, here)) for index, place in kept]
    return (*stops, *(_stop(place, "ahead") for place in ahead))


def _state(index: int, here: int) -> str:
    if here < 0:
        return "start"
    return "here" if index == here else "past"


def _stop(place: tuple[str, str], state: str) -> Stop:
    city, country = place[0], dates.country_name(place[1])
    is_country = not city or names_itself(city, country)
    return Stop(name=city or country, country="" if is_country else country, state=state)


def _thinned(passed: list[tuple[str, str]], here: int, most: int) -> list[tuple[int, tuple[str, str]]]:
    """The first place, the first one of each further country, and where it is; at most `most` of them."""
    seen: set[str] = set()
    kept = []
    for index, place in enumerate(passed):
        if index in (0, here) or place[1] not in seen:
            kept.append((index, place))
        seen.add(place[1])
    names: dict[tuple[str, str], int] = {}
    unique = []
    for index, place in kept:
        if place in names and index != here:
            continue
        names[place] = index
        unique.append((index, place))
    return unique if len(unique) <= most else [unique[0], *unique[1 - most :]]


def _place(entry: Entry) -> tuple[str, str] | None:
    lead = entry.lead
    if not entry.code.is_physical or not lead.country:
        return None
    return (lead.city or "", lead.country)


def _is_same(one: tuple[str, str], other: tuple[str, str]) -> bool:
    return one[1] == other[1] and one[0].casefold() == other[0].casefold()


def _holder(journey: Journey) -> str:
    holder, leg = journey.timeline.holder, journey.leg(journey.timeline.holder_leg)
    if holder == Holder.BUYER:
        return _("It has been delivered.")
    if holder == Holder.CUSTOMS:
        return _("Customs has it now.")
    if holder == Holder.CARRIER and leg is not None:
        return _("{carrier} has it now.").format(carrier=leg_name(leg))
    return _("The sender has it.")


def _carriers(journey: Journey) -> str:
    count = len({(leg.carrier, leg.carrier_name) for leg in journey.legs})
    if count == 0:
        return _("No carrier is known yet.")
    return ngettext("{count} carrier, one number.", "{count} carriers, one number.", count).format(count=count)
