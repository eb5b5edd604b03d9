"""When it comes, who says so, or honestly that nobody has said."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from carriers.vocabulary import Status
from tracking.portal import dates
from tracking.portal.buyer.words import Names
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.recording.reading import Journey


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """`label` over `when`; `why` names the source; `note` what changed or is late. `when` is dates, or words."""

    label: str
    when: str
    why: str
    note: str = ""


def promise(journey: Journey, names: Names) -> Promise:
    """The line under the headline."""
    status = journey.timeline.status
    if status is Status.DELIVERED:
        return _delivered(journey)
    if status is Status.AVAILABLE_FOR_PICKUP:
        return _waiting(journey, names)
    if status in _ENDS:
        label, when = _ENDS[status]()
        return Promise(label=label, when=when, why="")
    if status in (Status.EXCEPTION, Status.ATTEMPT_FAILED) and not _is_still_good(journey):
        return Promise(
            label=_("New date"),
            when=_("No date for now"),
            why=_("A date can be told again once it goes on."),
            note=_before(journey, names),
        )
    return _expected(journey, names)


def _expected(journey: Journey, names: Names) -> Promise:
    shipment = journey.shipment
    today = dates.at(journey.now, shipment.destination_zone).date()
    latest, promised = shipment.estimated_latest, shipment.promised_on
    if latest is not None and latest >= today:
        source = carrier_name(shipment.estimated_by) or names.carrier
        return Promise(
            label=_("Arrives"),
            when=dates.days(shipment.estimated_earliest or latest, latest),
            why=_("{carrier} says so.").format(carrier=source),
            note=_against(promised, latest, names),
        )
    if promised is not None and promised >= today:
        return Promise(
            label=_("Promised"),
            when=dates.day(promised),
            why=_("{shop} promised this day. No carrier has confirmed it yet.").format(shop=names.shop),
        )
    due = max((day for day in (latest, promised) if day is not None), default=None)
    if due is None:
        return Promise(
            label=_("Arrives"),
            when=_("No date yet"),
            why=_("No carrier has told one. It appears here as soon as one does."),
        )
    late = (today - due).days
    return Promise(
        label=_("Arrives"),
        when=_("Late, no new date yet"),
        why=ngettext("It was due on {day}, {count} day ago.", "It was due on {day}, {count} days ago.", late).format(
            day=dates.day(due), count=late
        ),
        note=_("No carrier has told a new date. It appears here as soon as one does."),
    )


def _delivered(journey: Journey) -> Promise:
    at, zone = journey.timeline.delivered_at, journey.shipment.destination_zone
    if at is None:
        return Promise(label=_("Delivered"), when=_("Day not told"), why="")
    local = dates.at(at, zone)
    lead = next((entry.lead for entry in reversed(journey.timeline.entries) if entry.code.is_delivery), None)
    who = carrier_name(lead.carrier) if lead else ""
    promised = journey.shipment.promised_on
    note = ""
    if promised is not None and local.date() <= promised:
        note = _("On time: promised for {day}.").format(day=dates.day(promised))
    return Promise(
        label=_("Delivered"),
        when=dates.day(local.date()),
        why=_("{carrier} says so.").format(carrier=who) if who else "",
        note=note,
    )


def _waiting(journey: Journey, names: Names) -> Promise:
    timeline = journey.timeline
    since = next((entry.lead.occurred_at for entry in reversed(timeline.entries) if entry.code == timeline.code), None)
    zone = journey.shipment.destination_zone
    return Promise(
        label=_("Waits for you since"),
        when=dates.day(dates.at(since, zone).date()) if since else _("Day not told"),
        why=_("{carrier} tells how long it is kept.").format(carrier=names.carrier),
    )


def _is_still_good(journey: Journey) -> bool:
    """A carrier's date for a day to come still counts in a delay, as long as nothing waits for people."""
    reason = journey.timeline.reason
    latest = journey.shipment.estimated_latest
    today = dates.at(journey.now, journey.shipment.destination_zone).date()
    return latest is not None and latest >= today and not (reason is not None and reason.is_action_required)


def _before(journey: Journey, names: Names) -> str:
    shipment = journey.shipment
    if shipment.estimated_latest is not None:
        source = carrier_name(shipment.estimated_by) or names.carrier
        return _("Before, {carrier} said {days}.").format(
            carrier=source,
            days=dates.days(shipment.estimated_earliest or shipment.estimated_latest, shipment.estimated_latest),
        )
    if shipment.promised_on is not None:
        return _("{shop} had promised {day}.").format(shop=names.shop, day=dates.day(shipment.promised_on))
    return ""


def _against(promised: date | None, latest: date, names: Names) -> str:
    if promised is None or promised == latest:
        return ""
    days = (latest - promised).days
    if days > 0:
        return ngettext(
            "{count} day later than {shop} promised ({day}).", "{count} days later than {shop} promised ({day}).", days
        ).format(count=days, shop=names.shop, day=dates.day(promised))
    return _("{shop} promised {day}.").format(shop=names.shop, day=dates.day(promised))


_ENDS = {
    Status.RETURNING: lambda: (_("Arrives"), _("It will not be delivered")),
    Status.RETURNED: lambda: (_("Arrives"), _("It was not delivered")),
    Status.CANCELLED: lambda: (_("Arrives"), _("It will not come")),
    Status.EXPIRED: lambda: (_("Arrives"), _("Nobody can say")),
}
