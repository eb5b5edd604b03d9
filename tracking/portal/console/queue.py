"""What needs attention, grouped by reason: what it means, who acts, since when, and the next step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, F, OuterRef, Q, Subquery, Window
from django.db.models.functions import RowNumber
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from carriers.vocabulary import ActionBy, EventCode, Reason
from tracking.portal.buyer.sentences import REASON_OF_CODE
from tracking.portal.console import words
from tracking.portal.console.counts import EVERY_REASON
from tracking.portal.console.rows import Row, row
from tracking.rules.attention import Attention
from tracking.shipments.models import Shipment, StatusChange
from tracking.shipments.recording.reading import known_code

FIRST_OF_EACH = 8
MOST_OF_ONE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a reason to look means, and what to do where nothing finer is known."""

    family: str
    icon: str
    text: str
    next_step: str


MEANINGS: dict[Attention, Meaning] = {
    Attention.ACTION_NEEDED: Meaning(
        family="action", icon="bang",
        text=gettext_noop("The parcel waits until the buyer or you do something."),
        next_step=gettext_noop("Tell whoever has to act, with the carrier's words."),
    ),
    Attention.HELD: Meaning(
        family="problem", icon="tri",
        text=gettext_noop("A carrier or customs holds the parcel. Often it resolves by itself."),
        next_step=gettext_noop("Ask the carrier if it lasts longer than three days."),
    ),
    Attention.FAILED: Meaning(
        family="problem", icon="tri",
        text=gettext_noop("The courier could not deliver."),
        next_step=gettext_noop("Check the address with the buyer before the next attempt."),
    ),
    Attention.RETURNING: Meaning(
        family="returning", icon="back",
        text=gettext_noop("The parcel goes back to the sender."),
        next_step=gettext_noop("Decide on a refund or a second parcel, and tell the buyer."),
    ),
    Attention.LATE: Meaning(
        family="action", icon="clock",
        text=gettext_noop("The promised day has passed without delivery."),
        next_step=gettext_noop("Tell the buyer a new date, or that there is none yet."),
    ),
    Attention.SILENT: Meaning(
        family="silent", icon="dots",
        text=gettext_noop("No scan for longer than usual on this stretch. The carrier itself answers."),
        next_step=gettext_noop("Ask the carrier that had it last."),
    ),
    Attention.UNKNOWN_CODE: Meaning(
        family="waiting", icon="chat",
        text=gettext_noop("A carrier wrote something that no table knows. The parcel may be fine."),
        next_step=gettext_noop("Read the carrier's own words in its timeline."),
    ),
    Attention.CARRIER_TROUBLE: Meaning(
        family="problem", icon="pulse",
        text=gettext_noop("The carrier does not answer us. It says nothing about the parcel."),
        next_step=gettext_noop("Look at the carrier's account."),
    ),
}  # fmt: skip

ACTORS: dict[ActionBy, str] = {
    ActionBy.NONE: gettext_noop("Nobody; it passes"),
    ActionBy.BUYER: gettext_noop("The buyer"),
    ActionBy.MERCHANT: gettext_noop("You, the merchant"),
    ActionBy.CARRIER: gettext_noop("The carrier"),
    ActionBy.BROKER: gettext_noop("The customs broker"),
    ActionBy.CUSTOMS: gettext_noop("Customs"),
}

NEXT_STEPS: dict[Reason, str] = {
    Reason.CUSTOMS_INVOICE_MISSING: gettext_noop("Send the commercial invoice to the carrier today."),
    Reason.CUSTOMS_DECLARATION_MISSING: gettext_noop("Send the customs declaration to the carrier today."),
    Reason.CUSTOMS_DOCUMENTS_INCORRECT: gettext_noop("Correct the papers and send them to the carrier."),
    Reason.CUSTOMS_ORIGIN_CERTIFICATE_MISSING: gettext_noop("Send the certificate of origin to the carrier."),
    Reason.CUSTOMS_DUTIES_UNPAID: gettext_noop("Tell the buyer how to pay the charges, or pay them yourself."),
    Reason.CUSTOMS_RECIPIENT_ID_REQUIRED: gettext_noop("Ask the buyer to give their identity number to the carrier."),
    Reason.CUSTOMS_CANNOT_CONTACT: gettext_noop("Ask the buyer to call the carrier; check their telephone number."),
    Reason.CUSTOMS_PROHIBITED: gettext_noop("Ask the carrier whether it comes back or is destroyed."),
    Reason.CUSTOMS_INSPECTION: gettext_noop("Wait. Inspections usually end within a few days."),
    Reason.CUSTOMS_QUARANTINE: gettext_noop("Wait. Ask the carrier after a week."),
    Reason.TRANSPORT_FLIGHT_CANCELLED: gettext_noop("Wait for the next flight; tell the buyer the new date."),
    Reason.CONSIGNEE_ABSENT: gettext_noop("The carrier usually tries again. Check the telephone number it has."),
    Reason.CONSIGNEE_WRONG_ADDRESS: gettext_noop("Get the right address from the buyer and give it to the carrier."),
    Reason.CONSIGNEE_REFUSED: gettext_noop("Ask the buyer why, and tell the carrier what to do with it."),
    Reason.CONSIGNEE_MOVED: gettext_noop("Get the new address from the buyer and give it to the carrier."),
    Reason.CARRIER_DAMAGED: gettext_noop("Open a claim with the carrier and tell the buyer."),
    Reason.CARRIER_LOST: gettext_noop("Open a claim with the carrier and send a second parcel."),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A shipment in the queue."""

    row: Row
    why: str
    actor: str
    age: str
    since: str  # ISO 8601
    next_step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """All cases of one reason: the first ones, and how many there are."""

    key: str
    name: str
    meaning: Meaning
    count: int
    cases: tuple[Case, ...]


def reason_counts() -> dict[str, int]:
    """How many live shipments have each reason (a shipment may have several); one query."""
    each = {reason: Count("id", filter=Q(attention__contains=[reason])) for reason in EVERY_REASON}
    counts: dict[str, int] = Shipment.objects.live().filter(attention__overlap=EVERY_REASON).aggregate(**each)
    return counts


def groups(now: datetime, counts: dict[str, int]) -> list[Group]:
    """Every shipment under its most urgent reason, the longest in its state first; two queries."""
    waiting = Shipment.objects.live().filter(attention__overlap=EVERY_REASON).annotate(first=F("attention__0"))
    ranked = _with_since(waiting).annotate(
        rank=Window(RowNumber(), partition_by=[F("first")], order_by=F("last_event_at").asc())
    )
    found = list(ranked.filter(rank__lte=FIRST_OF_EACH).order_by("rank").with_legs())
    by_reason: dict[str, list[Shipment]] = {}
    for shipment in found:
        by_reason.setdefault(shipment.attention[0], []).append(shipment)
    return [
        _group(reason, counts[reason.value], by_reason.get(reason.value, []), now)
        for reason in Attention
        if by_reason.get(reason.value)
    ]


def group_of(reason: Attention, now: datetime, counts: dict[str, int]) -> Group:
    """Every shipment that has this reason, also beside a more urgent one; two queries."""
    found = _with_since(Shipment.objects.live().filter(attention__contains=[reason.value]))
    return _group(reason, counts[reason.value], found.order_by("last_event_at").with_legs()[:MOST_OF_ONE], now)


def _with_since(shipments: Any) -> Any:
    changes = StatusChange.objects.filter(shipment=OuterRef("pk")).order_by("-sequence")
    return shipments.annotate(since=Subquery(changes.values("occurred_at")[:1]))


def _group(reason: Attention, count: int, shipments: Iterable[Shipment], now: datetime) -> Group:
    return Group(
        key=reason.value,
        name=_(words.REASONS[reason]),
        meaning=MEANINGS[reason],
        count=count,
        cases=tuple(case(shipment, reason, now) for shipment in shipments),
    )


def case(shipment: Shipment, attention: Attention, now: datetime) -> Case:
    """Why this one is here. `shipment` was read with its legs."""
    reason = _reason(shipment)
    since = getattr(shipment, "since", None) or shipment.last_event_at or shipment.created_at
    is_held = attention in (Attention.ACTION_NEEDED, Attention.HELD, Attention.FAILED, Attention.RETURNING)
    step = NEXT_STEPS.get(reason) if reason and is_held else None
    return Case(
        row=row(shipment, shipment.ordered_legs, now),  # type: ignore[attr-defined]
        why=_why(shipment, attention, reason if is_held else None),
        actor=_(ACTORS[reason.action_by if reason and is_held else _ACTOR_OF[attention]]),
        age=words.age(max(now - since, timedelta(0))),
        since=since.isoformat(timespec="seconds"),
        next_step=_(step or MEANINGS[attention].next_step),
    )


_ACTOR_OF: dict[Attention, ActionBy] = {
    Attention.ACTION_NEEDED: ActionBy.MERCHANT,
    Attention.HELD: ActionBy.CARRIER,
    Attention.FAILED: ActionBy.CARRIER,
    Attention.RETURNING: ActionBy.MERCHANT,
    Attention.LATE: ActionBy.MERCHANT,
    Attention.SILENT: ActionBy.CARRIER,
    Attention.UNKNOWN_CODE: ActionBy.MERCHANT,
    Attention.CARRIER_TROUBLE: ActionBy.CARRIER,
}


def _reason(shipment: Shipment) -> Reason | None:
    if shipment.reason in Reason._value2member_map_:
        return Reason(shipment.reason)
    code = known_code(shipment.event_code) if shipment.event_code else EventCode.UNKNOWN
    return REASON_OF_CODE.get(code)


def _why(shipment: Shipment, attention: Attention, reason: Reason | None) -> str:
    if reason is not None:
        return words.reason_label(reason.value)
    if attention in (Attention.LATE, Attention.SILENT, Attention.CARRIER_TROUBLE):
        return _(words.REASONS[attention])
    return words.event_label(shipment.last_event_code or shipment.event_code)
