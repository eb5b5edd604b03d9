"""When each carrier last answered us, and what to say where it does not."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tracking.portal.buyer.words import ago, leg_name
from tracking.shipments.models import Leg
from tracking.shipments.reading import Journey

_TROUBLES = frozenset({"try_later", "refused", "bad_answer", "carrier_error", "missing_field"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line under a leg; `family` colours its dot."""

    text: str | SafeString
    family: str


def is_in_trouble(leg: Leg) -> bool:
    """The last call failed for a reason that says nothing about the parcel."""
    return leg.last_failure_kind in _TROUBLES


def check(journey: Journey, leg: Leg) -> Check | None:
    """None once nobody needs to be asked any more."""
    if journey.timeline.status.is_final or leg.state != Leg.State.OPEN:
        return None
    carrier, checked, now = leg_name(leg), leg.last_checked_at, journey.now
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
