"""The cards between status and journey: what to do, what is going on, silence, a carrier that does not answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from carriers.vocabulary import ActionBy, Reason, Status
from tracking.portal import dates, wording
from tracking.portal.buyer import sentences
from tracking.portal.buyer.checks import is_in_trouble, outage
from tracking.portal.buyer.words import Names, ago, carrier_page, holding_leg, leg_name, pickup_place
from tracking.shipments.recording.reading import Journey


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionCard:
    """One thing the buyer has to do. `url` is where, "" where we know no address; `where` is the pick-up place."""

    title: str
    text: str
    otherwise: str
    reason: str
    where: str
    link: str
    url: str
    safety: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """An explanation. `lines` are short facts under the text; `family` colours the icon."""

    title: str | SafeString
    text: str
    icon: str
    family: str
    lines: tuple[str | SafeString, ...] = ()


def action_card(journey: Journey, names: Names) -> ActionCard | None:
    """What the buyer has to do now; None where nothing is asked of them."""
    timeline, shipment = journey.timeline, journey.shipment
    reason = current_reason(journey)
    where = ""
    if timeline.status is Status.AVAILABLE_FOR_PICKUP:
        ask = sentences.COLLECT
        lead = next((entry.lead for entry in reversed(timeline.entries) if entry.code == timeline.code), None)
        where = pickup_place(lead, shipment.destination_country) if lead else ""
    elif reason in sentences.ASKS and timeline.status in (Status.EXCEPTION, Status.ATTEMPT_FAILED):
        ask = sentences.ASKS[reason]
    else:
        return None
    leg = holding_leg(journey)
    url = carrier_page(leg) if leg and ask.by_carrier else support(journey)
    link = _("Open {carrier}’s page") if ask.by_carrier else _("Ask {shop}")
    pays = reason in (Reason.CUSTOMS_DUTIES_UNPAID, Reason.CONSIGNEE_PAYMENT)
    return ActionCard(
        title=names.fill(ask.title),
        text=names.fill(ask.text),
        otherwise=names.fill(ask.otherwise),
        reason=wording.label(reason) if reason and timeline.reason else "",
        where=where,
        link=link.format(carrier=names.carrier, shop=names.shop),
        url=url,
        safety=_(
            "This page never asks for money or card details. {carrier} asks on its own site or at your door."
        ).format(carrier=names.carrier)
        if pays
        else "",
    )


def explanation(journey: Journey, names: Names) -> Card | None:
    """What the state means and who acts; None where the headline says it all."""
    timeline = journey.timeline
    status, code, reason = timeline.status, timeline.code, current_reason(journey)
    told = sentences.EXPLANATION_OF_CODE.get(code) if code else None
    told = told or sentences.EXPLANATION_OF_STATUS.get(status)
    if told is None or (status is Status.EXPIRED and code is None):
        return None
    look = look_of(journey)
    lines: list[str] = []
    if timeline.reason is not None and status in (Status.EXCEPTION, Status.ATTEMPT_FAILED, Status.RETURNING):
        lines.append(_("Reason: {reason}").format(reason=wording.label(timeline.reason)))
    lines += _who_acts(journey, names, reason)
    return Card(
        title=names.fill(told.title), text=names.fill(told.text), icon=look.icon, family=look.family, lines=tuple(lines)
    )


def silence_card(journey: Journey, names: Names) -> Card | None:
    """Nothing scanned for longer than usual, told as it is. A carrier that does not answer us is not silence."""
    silence = journey.silence
    if silence is None or not silence.is_unusual or journey.timeline.status in (Status.EXPIRED, Status.PENDING):
        return None
    if trouble_card(journey) is not None:
        return None
    length, norm = dates.span(timedelta(hours=silence.hours)), dates.span(timedelta(hours=silence.norm_h))
    return Card(
        title=_("Longer than usual"),
        text=_(
            "No scan for {length}; usual on this stretch: up to {norm}. A parcel between two scans is rarely lost, "
            "but this is longer than it should be."
        ).format(length=length, norm=norm),
        icon="dots",
        family="silent",
        lines=(
            _("We keep asking {carrier}, and {shop} sees this too.").format(carrier=names.carrier, shop=names.shop),
            _("If it stays silent, ask {shop} and give the number of this page.").format(shop=names.shop),
        ),
    )  # fmt: skip


def trouble_card(journey: Journey) -> Card | None:
    """The carrier that has the parcel does not answer us: what we know is old; of the parcel it says nothing."""
    leg = holding_leg(journey)
    if leg is None or journey.timeline.status.is_final or not is_in_trouble(leg):
        return None
    lines: tuple[str | SafeString, ...] = ()
    if leg.last_checked_at is not None:
        lines = (format_html(_("Last good answer: {ago}"), ago=ago(leg.last_checked_at, journey.now)),)
    told = outage(journey, leg)
    return Card(
        title=told or _("{carrier} does not answer us at the moment").format(carrier=leg_name(leg)),
        text=_(
            "What you see is the last we were told. The parcel travels on meanwhile; we ask again every few minutes."
        ),
        icon="sync",
        family="silent",
        lines=lines,
    )


def look_of(journey: Journey) -> sentences.Look:
    """The tag: what the buyer must do comes first, then unusual silence, then the state itself."""
    timeline = journey.timeline
    reason = current_reason(journey)
    held = timeline.status in (Status.EXCEPTION, Status.ATTEMPT_FAILED)
    if held and reason in sentences.ASKS:
        return sentences.ACTION_NEEDED
    if timeline.status is Status.EXCEPTION and timeline.code in sentences.LOOK_OF_CODE:
        return sentences.LOOK_OF_CODE[timeline.code]
    unusual = journey.silence is not None and journey.silence.is_unusual
    leg = holding_leg(journey)
    if unusual and timeline.status is Status.IN_TRANSIT and not (leg and is_in_trouble(leg)):
        return sentences.NO_SIGNAL
    return sentences.LOOKS[timeline.status]


def current_reason(journey: Journey) -> Reason | None:
    """Why it stands still: as told, else as the event's code implies."""
    timeline = journey.timeline
    if timeline.reason is not None:
        return timeline.reason
    return sentences.REASON_OF_CODE.get(timeline.code) if timeline.code else None


def support(journey: Journey) -> str:
    """Where the shop helps: its page, else its mail address; "" where it gave none."""
    merchant = journey.shipment.merchant
    if merchant.support_url:
        return str(merchant.support_url)
    return f"mailto:{merchant.support_email}" if merchant.support_email else ""


def _who_acts(journey: Journey, names: Names, reason: Reason | None) -> list[str]:
    if reason is None or journey.timeline.status not in (Status.EXCEPTION, Status.ATTEMPT_FAILED):
        return []
    if reason.action_by is ActionBy.MERCHANT and reason.is_action_required:
        return [
            names.fill(sentences.SHOP_ACTS.get(reason, sentences.SHOP_ACTS_OTHERWISE)),
            _("You don’t need to do anything."),
        ]
    if reason.action_by in (ActionBy.CARRIER, ActionBy.BROKER, ActionBy.CUSTOMS):
        return [
            _("{who} acts next. You don’t need to do anything.").format(
                who=names.carrier if reason.action_by is ActionBy.CARRIER else wording.actor(reason.action_by)
            )
        ]
    return []
