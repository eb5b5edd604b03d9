"""The five-step bar: Ordered, Shipped, Customs, Out for delivery, Delivered, and what the way back makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from carriers.vocabulary import EventCode, Phase, Status
from tracking.portal import dates
from tracking.rules.milestones import Milestone
from tracking.rules.timeline import Timeline
from tracking.shipments.models import Shipment

DONE, HERE, STOP, TODO = "done", "here", "stop", "todo"

# One customs territory: the EU's members and Monaco (Regulation 952/2013, article 4).
_UNION = frozenset(
    ("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV",
     "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK")
)  # fmt: skip
_CLEARED = frozenset({EventCode.IMPORT_CUSTOMS_RELEASED, EventCode.IMPORT_CUSTOMS_DEPARTED_IMPORT_OFFICE})
_STOPPED = frozenset({Status.EXCEPTION, Status.ATTEMPT_FAILED, Status.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`state` is done, here, stop or todo; `detail` a day, "" where none is known."""

    label: str
    state: str
    detail: str = ""


def has_customs(shipment: Shipment, timeline: Timeline) -> bool:
    """Whether the way crosses a customs border; yes where we do not know, because most parcels here do."""
    origin = shipment.origin_country or next(
        (entry.lead.country for entry in timeline.entries if entry.lead.country and entry.code.is_physical), None
    )
    home = shipment.destination_country
    if any(entry.code.phase is Phase.IMPORT_CUSTOMS for entry in timeline.entries):
        return True
    if origin is None:
        return True
    return origin != home and not {origin, home} <= _UNION


def steps(shipment: Shipment, timeline: Timeline, zone: str) -> tuple[Step, ...]:
    """In order. The last one reached is `here`, or `stop` where somebody has to do something."""
    if timeline.status in (Status.RETURNING, Status.RETURNED):
        return _way_back(timeline, zone)
    reached = _reached(shipment, timeline)
    found = []
    for index, (key, label) in enumerate(_labels(shipment, timeline)):
        last = index == reached
        state = DONE if index < reached else TODO
        if last:
            state = STOP if timeline.status in _STOPPED else HERE
            state = DONE if timeline.status is Status.DELIVERED else state
        found.append(Step(label=label, state=state, detail=_day(dict(timeline.milestones), key, zone)))
    return tuple(found)


def _labels(shipment: Shipment, timeline: Timeline) -> list[tuple[str, str]]:
    status, code = timeline.status, timeline.code
    customs = _("Customs")
    if code in _CLEARED or any(stage is Milestone.CUSTOMS_CLEARED for stage, _at in timeline.milestones):
        customs = _("Customs cleared")
    elif timeline.phase is Phase.IMPORT_CUSTOMS and status is Status.EXCEPTION:
        customs = _("Customs waiting")
    delivery = _("Out for delivery")
    if status is Status.AVAILABLE_FOR_PICKUP:
        delivery = _("Ready for pick-up")
    elif status is Status.ATTEMPT_FAILED:
        delivery = _("Not delivered")
    labels = [("ordered", _("Ordered")), ("shipped", _("Shipped"))]
    if status is Status.CANCELLED:
        return [labels[0], ("cancelled", _("Cancelled"))]
    if has_customs(shipment, timeline):
        labels.append(("customs", customs))
    return [*labels, ("delivery", delivery), ("delivered", _("Delivered"))]


def _reached(shipment: Shipment, timeline: Timeline) -> int:
    status = timeline.status
    with_customs = has_customs(shipment, timeline)
    if status is Status.CANCELLED:
        return 1
    if status is Status.DELIVERED:
        return 4 if with_customs else 3
    tried = {Milestone.OUT_FOR_DELIVERY, Milestone.READY_FOR_PICKUP} & {stage for stage, _at in timeline.milestones}
    if status in (Status.OUT_FOR_DELIVERY, Status.AVAILABLE_FOR_PICKUP, Status.ATTEMPT_FAILED) or tried:
        return 3 if with_customs else 2
    if with_customs and timeline.phase in (Phase.IMPORT_CUSTOMS, Phase.LAST_MILE):
        return 2
    return 1 if timeline.last_moved_at or any(entry.code.is_physical for entry in timeline.entries) else 0


def _way_back(timeline: Timeline, zone: str) -> tuple[Step, ...]:
    is_back = timeline.status is Status.RETURNED
    stages = dict(timeline.milestones)
    return (
        Step(label=_("Ordered"), state=DONE, detail=_day(stages, "ordered", zone)),
        Step(label=_("Shipped"), state=DONE, detail=_day(stages, "shipped", zone)),
        Step(label=_("Going back"), state=DONE if is_back else HERE, detail=_day(stages, "back", zone)),
        Step(label=_("With the sender"), state=DONE if is_back else TODO, detail=_day(stages, "returned", zone)),
    )


_STAGES: dict[str, tuple[Milestone, ...]] = {
    "ordered": (Milestone.ANNOUNCED,),
    "shipped": (Milestone.PICKED_UP, Milestone.LEFT_ORIGIN),
    "customs": (Milestone.CUSTOMS_CLEARED,),
    "delivery": (Milestone.OUT_FOR_DELIVERY, Milestone.READY_FOR_PICKUP),
    "delivered": (Milestone.DELIVERED,),
    "back": (Milestone.RETURN_STARTED,),
    "returned": (Milestone.RETURNED,),
}


def _day(stages: Mapping[Milestone, datetime], key: str, zone: str) -> str:
    for stage in _STAGES.get(key, ()):
        if stage in stages:
            return dates.day(dates.at(stages[stage], zone).date())
    return ""
