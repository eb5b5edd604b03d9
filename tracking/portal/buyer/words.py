"""Small pieces of text that every part of the page is made of: filled sentences, relative times, places, carriers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from carriers import registry
from tracking.portal import dates
from tracking.portal.buyer.scrubbing import place_words
from tracking.rules.facts import EventFact
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.models import Leg
from tracking.shipments.recording.reading import Journey


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What the sentences' placeholders stand for."""

    to: str
    country: str
    carrier: str
    shop: str

    def fill(self, message: str) -> str:
        """The message in the reader's language, with its placeholders filled. "" stays ""."""
        if not message:
            return ""
        return gettext(message).format(to=self.to, country=self.country, carrier=self.carrier, shop=self.shop)


def names(journey: Journey) -> Names:
    """Of the shipment as it stands; "the carrier" where nobody has it yet."""
    shipment = journey.shipment
    country = dates.country_name(shipment.destination_country)
    leg = holding_leg(journey)
    return Names(
        to=shipment.destination_city or country,
        country=country,
        carrier=leg_name(leg) if leg else gettext("The carrier"),
        shop=shipment.merchant.name,
    )


def holding_leg(journey: Journey) -> Leg | None:
    """Whose hands it is in; the last leg where nobody has scanned it."""
    return journey.leg(journey.timeline.holder_leg) or (journey.legs[-1] if journey.legs else None)


def leg_name(leg: Leg) -> str:
    """The carrier of a leg, in words for people."""
    return carrier_name(leg.carrier, leg.carrier_name) or gettext("Carrier not known yet")


def carrier_page(leg: Leg) -> str:
    """The carrier's own page for this number, "" where we know none."""
    sheet = registry.sheets().get(leg.carrier)
    if sheet is None:
        return ""
    return sheet.tracking_url.replace("{number}", leg.number) or sheet.website


def ago(moment: datetime, now: datetime) -> SafeString:
    """`<time>` with words that are right when rendered; JavaScript keeps them so."""
    return format_html(
        '<time datetime="{}" data-ago>{}</time>', moment.isoformat(timespec="seconds"), dates.ago(moment, now)
    )


def since(moment: datetime, now: datetime, zone: str) -> SafeString:
    """`<time>` with the wall clock of the IANA zone, and the day where it is another; JavaScript puts the reader's
    own clock in its place."""
    local = dates.at(moment, zone)
    text = dates.clock_time(local)
    if local.date() != dates.at(now, zone).date():
        text = gettext("{day}, {time}").format(day=dates.day(local.date()), time=text)
    return format_html('<time datetime="{}" data-since>{}</time>', moment.isoformat(timespec="seconds"), text)


def pickup_place(fact: EventFact, home: str) -> str:
    """The shop or locker as the carrier names it, with its city; the city alone where the text may be an address."""
    named, city = place_words(fact.place), place_of(fact, home)
    if not named or named.casefold() in city.casefold():
        return city
    if not fact.city or fact.city.casefold() in named.casefold():
        return named
    return f"{named}, {fact.city}"


def grouped(number: str) -> str:
    """A long number of digits in fours, as people read it; any other as it is."""
    if not number.isdigit() or len(number) < 12:
        return number
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def names_itself(city: str, country: str) -> bool:
    """Hong Kong is in Hong Kong."""
    one, other = city.casefold(), country.casefold()
    return one in other or other in one


def place_of(fact: EventFact, home: str) -> str:
    """“Cologne”, “Liège, Belgium”: the country is told where it is not the destination's (`home`, alpha-2)."""
    city = fact.city or place_words(fact.place)
    country = dates.country_name(fact.country)
    if not city:
        return country
    if not country or fact.country == home or names_itself(city, country):
        return city
    return gettext("{city}, {country}").format(city=city, country=country)
