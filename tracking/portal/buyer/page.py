"""The buyer's page as data: everything the template prints, already in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from carriers.vocabulary import EventCode, Phase, Status
from tracking.portal import dates
from tracking.portal.buyer import cards, sentences, steps
from tracking.portal.buyer.cards import ActionCard, Card
from tracking.portal.buyer.checks import outage, outage_since
from tracking.portal.buyer.legs import Way, way
from tracking.portal.buyer.promise import Promise, promise
from tracking.portal.buyer.route import Route, route
from tracking.portal.buyer.words import Names, ago, holding_leg, names
from tracking.rules.shipment_number import group
from tracking.shipments.recording.reading import Journey


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a reader of one shipment's page sees."""

    number: str  # grouped
    version: int
    shop: str
    order: str
    family: str
    icon: str
    state: str  # the tag's word
    headline: str
    promise: Promise
    steps: tuple[steps.Step, ...]
    fresh: SafeString | str
    is_fresh: bool
    action: ActionCard | None
    cards: tuple[Card, ...]
    route: Route
    way: Way
    next_steps: tuple[tuple[str, str], ...]
    support: str
    now: datetime
    is_verified: bool = False


def page(journey: Journey, *, is_verified: bool = False) -> Page:
    """The whole page of a journey, in the active language. Verified: its reader has told what the recipient knows."""
    shipment, timeline = journey.shipment, journey.timeline
    words = names(journey)
    look = cards.look_of(journey)
    action = cards.action_card(journey, words)
    told = [
        cards.trouble_card(journey),
        cards.silence_card(journey, words),
        None if action is not None else cards.explanation(journey, words),
    ]
    return Page(
        number=group(shipment.number),
        version=shipment.version,
        shop=shipment.merchant.name,
        order=shipment.order_number,
        family=look.family,
        icon=look.icon,
        state=_(look.word),
        headline=headline(journey, words),
        promise=promise(journey, words),
        steps=steps.steps(shipment, timeline, shipment.destination_zone),
        fresh=_fresh(journey),
        is_fresh=_is_fresh(journey),
        action=action,
        cards=tuple(card for card in told if card is not None),
        route=route(journey),
        way=way(journey),
        next_steps=tuple(
            (words.fill(title), words.fill(text)) for title, text in sentences.NEXT_STEPS.get(_ahead(journey), ())
        ),
        support=cards.support(journey),
        now=journey.now,
        is_verified=is_verified,
    )


def headline(journey: Journey, words: Names) -> str:
    """The milestone as a sentence; unusual silence is one too."""
    timeline = journey.timeline
    look = cards.look_of(journey)
    if look is sentences.NO_SIGNAL and journey.silence is not None:
        return _("No news for {length}").format(length=dates.span(timedelta(hours=journey.silence.hours)))
    own = (
        sentences.HEADLINE_OF_CODE.get(timeline.code)
        if timeline.code and timeline.code.status is timeline.status
        else None
    )
    return words.fill(own or sentences.HEADLINE_OF_STATUS[timeline.status])


def _fresh(journey: Journey) -> SafeString | str:
    """When any carrier last answered, or since when the one that has the parcel does not; "" after the end."""
    timeline = journey.timeline
    if timeline.status.is_final:
        return ""
    leg = holding_leg(journey)
    if leg is not None and (told := outage(journey, leg)) is not None:
        return told
    checked = max((leg.last_checked_at for leg in journey.legs if leg.last_checked_at), default=None)
    if checked is not None:
        return format_html(_("Checked {ago}"), ago=ago(checked, journey.now))
    if timeline.last_event_at is not None:
        return format_html(_("Last news {ago}"), ago=ago(timeline.last_event_at, journey.now))
    return format_html(_("Registered {ago}"), ago=ago(journey.shipment.created_at, journey.now))


def _is_fresh(journey: Journey) -> bool:
    leg = holding_leg(journey)
    if leg is not None and outage_since(leg) is not None:
        return False
    checked = max((leg.last_checked_at for leg in journey.legs if leg.last_checked_at), default=None)
    return checked is not None and journey.now - checked < timedelta(hours=24)


def _ahead(journey: Journey) -> str:
    """Which of the next steps apply; "" where nothing is to be expected."""
    timeline = journey.timeline
    status, code, phase = timeline.status, timeline.code, timeline.phase
    if status in _AHEAD_OF_STATUS:
        return _AHEAD_OF_STATUS[status]
    if status.is_final or status is Status.EXPIRED or code in _DEAD_ENDS:
        return ""
    if not steps.has_customs(journey.shipment, timeline):
        return "depot" if code is EventCode.LAST_MILE_ARRIVED_DELIVERY_OFFICE else "domestic"
    if phase is Phase.LAST_MILE or code in _THROUGH_CUSTOMS:
        return "depot" if code is EventCode.LAST_MILE_ARRIVED_DELIVERY_OFFICE else "domestic"
    if phase is Phase.IMPORT_CUSTOMS:
        return "customs"
    return "flying" if phase in (Phase.LINEHAUL, Phase.TRANSIT_COUNTRY) else "abroad"


_AHEAD_OF_STATUS = {
    Status.PENDING: "announced",
    Status.INFO_RECEIVED: "announced",
    Status.OUT_FOR_DELIVERY: "courier",
    Status.AVAILABLE_FOR_PICKUP: "",
    Status.ATTEMPT_FAILED: "again",
    Status.RETURNING: "back",
}
_DEAD_ENDS = frozenset(
    {
        EventCode.ANY_LOST,
        EventCode.ANY_DISPOSED,
        EventCode.IMPORT_CUSTOMS_REFUSED,
        EventCode.IMPORT_CUSTOMS_SEIZED,
        EventCode.LAST_MILE_PICKUP_MISSED,
    }
)
_THROUGH_CUSTOMS = frozenset({EventCode.IMPORT_CUSTOMS_RELEASED, EventCode.IMPORT_CUSTOMS_DEPARTED_IMPORT_OFFICE})
