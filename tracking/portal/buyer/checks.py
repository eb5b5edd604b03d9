"""When each carrier last answered us, and what to say where it does not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tracking.portal.buyer.words import ago, leg_name, since
from tracking.shipments.models import CarrierAccount, Leg
from tracking.shipments.recording.reading import Journey

_TROUBLES = frozenset({"try_later", "refused", "bad_answer", "carrier_error", "missing_field"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line under a leg; `family` colours its dot."""

    text: str | SafeString
    family: str


def is_in_trouble(leg: Leg) -> bool:
    """The last call failed for a reason that says nothing about the parcel, or nobody can ask."""
    return leg.last_failure_kind in _TROUBLES or outage_since(leg) is not None


def outage_since(leg: Leg) -> datetime | None:
    """Since when the carrier fails whoever asks for this leg (read with its account); None while it does not."""
    return leg.account.outage_since if leg.account is not None else None


def outage(journey: Journey, leg: Leg) -> SafeString | None:
    """“DHL has not answered since 09:12”."""
    began_at = outage_since(leg)
    if began_at is None or leg.account is None:
        return None
    is_silent = leg.account.carrier == leg.carrier and leg.account.state == CarrierAccount.State.ACTIVE
    # Whoever answers in its place, or refuses us: the reader cares for the parcel's carrier.
    message = _("{carrier} has not answered since {time}") if is_silent else _("No answer about {carrier} since {time}")
    return format_html(
        message, carrier=leg_name(leg), time=since(began_at, journey.now, journey.shipment.destination_zone)
    )


def check(journey: Journey, leg: Leg) -> Check | None:
    """None once nobody needs to be asked any more."""
    if journey.timeline.status.is_final or leg.state != Leg.State.OPEN:
        return None
    carrier, checked, now = leg_name(leg), leg.last_checked_at, journey.now
    if (told := outage(journey, leg)) is not None:
        return Check(text=told, family="action")
    if is_in_trouble(leg):
        if checked is None:
            return Check(text=_("{carrier} has not answered us yet.").format(carrier=carrier), family="silent")
        message = _("{carrier} does not answer us at the moment. Last good answer: {ago}.")
        return Check(text=format_html(message, carrier=carrier, ago=ago(checked, now)), family="action")
    if leg.last_failure_kind == "not_found":
        asked = leg.last_failure_at or checked
        if asked is None:
            return Check(text=_("{carrier} does not know this number yet.").format(carrier=carrier), family="waiting")
        message = _("{carrier} does not know this number yet. Last asked {ago}.")
        return Check(text=format_html(message, carrier=carrier, ago=ago(asked, now)), family="waiting")
    if checked is not None:
        return Check(
            text=format_html(_("{carrier} checked {ago}"), carrier=carrier, ago=ago(checked, now)), family="done"
        )
    if leg.next_poll_at is None:
        return Check(
            text=_("We cannot ask {carrier} ourselves; its news comes through others.").format(carrier=carrier),
            family="waiting",
        )
    return Check(text=_("{carrier} is being asked for the first time.").format(carrier=carrier), family="waiting")
