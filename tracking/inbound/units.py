"""Transport units: made, filled, emptied. Whoever joins late is told what happened before."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django_scopes import scope, scopes_disabled

from carriers import registry
from carriers.messages import ReferenceKind
from carriers.messages.records import Unreadable
from carriers.messages.references import checked
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.inbound import matching, waiting
from tracking.inbound.matching import UNIT_EVIDENCE
from tracking.inbound.models import InboundItem, TransportUnit, UnitMember
from tracking.inbound.telling import tell_unit
from tracking.inbound.wire import bare, from_json
from tracking.rules.shipment_number import clean
from tracking.shipments import services
from tracking.shipments.errors import Invalid
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.recording.door import BATCH

logger = logging.getLogger(__name__)

MOST_NUMBERS = 1_000


def create_unit(merchant: Merchant, kind: str, reference: str, *, carrier: str = "") -> tuple[TransportUnit, bool]:
    """A unit; True where it is new. Messages that named it before it was known are its own now. Raises Invalid."""
    if kind not in TransportUnit.Kind.values:
        raise Invalid(
            "kind", f"“{kind[:20]}” is no kind of unit", f"Send one of {', '.join(TransportUnit.Kind.values)}."
        )
    try:
        known = ReferenceKind(kind) if kind in set(ReferenceKind) else ReferenceKind.CONSIGNMENT
        found = checked(known, reference)
    except Unreadable as error:
        raise Invalid("reference", error.detail, error.cure) from None
    sheet = registry.find(carrier)
    with scope(merchant=merchant):
        unit, is_new = TransportUnit.objects.get_or_create(
            merchant=merchant,
            kind=kind,
            reference=found.value,
            defaults={
                "key": bare(found.value),
                "carrier": sheet.slug if sheet is not None else "",
                "carrier_name": "" if sheet is not None else carrier.strip()[:80],
            },
        )
        if is_new:
            _take_over(unit)
            waiting.retry(merchant.pk, [unit.key])
    return unit, is_new


def _take_over(unit: TransportUnit) -> None:
    """Items that found a leg or shipment of the same number are the unit's too: who joins is told of them."""
    items = InboundItem.objects.filter(merchant=unit.merchant, unit=None, keys__contains=[unit.key])
    for item in items.exclude(state=InboundItem.State.UNMATCHED):
        if any(matching.is_named(unit, reference) for reference in from_json(item.told).references):
            item.unit = unit
            item.save(update_fields=["unit"])


def add_members(unit: TransportUnit, numbers: Sequence[str]) -> tuple[list[UnitMember], list[dict[str, str]]]:
    """Puts shipments into a unit, each by our number or its order's, or another unit's reference (one level deep).

    Those that cannot be found are told, and the others are in it. A number that is in it already changes nothing.
    """
    if len(numbers) > MOST_NUMBERS:
        raise Invalid("shipments", f"{len(numbers):,} numbers", f"Send {MOST_NUMBERS:,} at a time.")
    problems: list[dict[str, str]] = []
    added: list[UnitMember] = []
    with transaction.atomic(), scope(merchant=unit.merchant):
        for number in dict.fromkeys(text.strip() for text in numbers):
            shipments, inner, problem = _find(unit, number)
            if problem:
                problems.append({"number": number[:80], "detail": problem})
                continue
            members = [UnitMember(merchant=unit.merchant, unit=unit, shipment=shipment) for shipment in shipments]
            members += [UnitMember(merchant=unit.merchant, unit=unit, inner=each) for each in inner]
            for member in members:
                kept, is_new = UnitMember.objects.get_or_create(
                    unit=unit, shipment=member.shipment, inner=member.inner, removed_at=None,
                    defaults={"merchant": unit.merchant},
                )  # fmt: skip
                if is_new:
                    added.append(kept)
    return added, problems


def _find(unit: TransportUnit, number: str) -> tuple[list[Shipment], list[TransportUnit], str]:
    """What a number names, or why it names nothing."""
    live = Shipment.objects.live().filter(merchant=unit.merchant)
    shipments = list(live.filter(number=clean(number)[:17])) if number else []
    shipments = shipments or (list(live.filter(order_number=number)[:50]) if number else [])
    if shipments:
        return shipments, [], ""
    inner = list(TransportUnit.objects.filter(merchant=unit.merchant, key=bare(number)).exclude(pk=unit.pk)[:1])
    if not inner or not number:
        return [], [], "No shipment has this number or order number, and no unit this reference."
    if UnitMember.objects.filter(unit=inner[0], removed_at=None, inner__isnull=False).exists():
        return [], [], f"{inner[0].reference} holds a unit itself. Units are nested one level deep."
    if UnitMember.objects.filter(inner=unit, removed_at=None).exists():
        return [], [], f"{unit.reference} is inside a unit itself. Units are nested one level deep."
    return [], inner, ""


def remove_member(unit: TransportUnit, member_id: UUID, *, was_never_in: bool = False) -> UnitMember:
    """Takes a shipment or unit out: later events are not told to it any more. With `was_never_in` (it was a mistake)
    the earlier ones count no more either. Raises Invalid."""
    with scope(merchant=unit.merchant):
        member = UnitMember.objects.filter(unit=unit, pk=member_id, removed_at=None).select_related("shipment").first()
        if member is None:
            raise Invalid("member", "is not in this unit", "Take the id from the unit's `members`.")
        member.removed_at = clock.now()
        member.save(update_fields=["removed_at"])
        if was_never_in and member.shipment is not None:
            legs = Leg.objects.standing().filter(shipment=member.shipment, number=unit.reference[:50])
            for leg in legs.filter(evidence_detail=UNIT_EVIDENCE).select_related("merchant"):
                services.remove_leg(leg)
    return member


def owed() -> bool:
    """True where somebody joined and has not been told what happened before."""
    with scopes_disabled():
        return UnitMember.objects.filter(caught_up_at=None, removed_at=None).exists()


def catch_up(most: int = 500) -> int:
    """Tells who joined what happened before, by unit and fifty shipments at a time; how many members are done.

    Members are marked after they were told: whoever dies in between tells again, which adds nothing.
    """
    done = 0
    with scopes_disabled():
        rows = list(
            UnitMember.objects.filter(caught_up_at=None, removed_at=None).select_related("unit").order_by("id")[:most]
        )
        by_unit: dict[UUID, list[UnitMember]] = {}
        for member in rows:
            by_unit.setdefault(member.unit_id, []).append(member)
        for members in by_unit.values():
            for start in range(0, len(members), BATCH):
                try:
                    done += _catch_up(members[0].unit, members[start : start + BATCH])
                except Exception:  # one unit that cannot be told must not keep the others waiting
                    logger.exception("members of unit %s were not told", members[0].unit_id)
    return done


def _catch_up(unit: TransportUnit, members: Sequence[UnitMember]) -> int:
    shipments = {member.shipment_id for member in members if member.shipment_id is not None}
    inner = [member.inner_id for member in members if member.inner_id is not None]
    nested = UnitMember.objects.filter(unit_id__in=inner, removed_at=None, shipment_id__isnull=False)
    everyone = shipments | set(nested.values_list("shipment_id", flat=True))
    outer = TransportUnit.objects.filter(members__inner=unit, members__removed_at=None)
    for each, told_to in [(unit, everyone), *((holder, shipments) for holder in outer)]:
        items = list(InboundItem.objects.filter(unit=each).order_by("received_at", "position"))
        live = set(Shipment.objects.live().filter(id__in=told_to).values_list("id", flat=True))
        if items and live:
            tell_unit(each, items, live)
    ids = [member.pk for member in members]
    return UnitMember.objects.filter(Q(pk__in=ids)).update(caught_up_at=clock.now())
