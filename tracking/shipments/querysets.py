"""The reads of the shipments' tables, by name."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import models
from django.db.models import Q

from carriers.vocabulary import FINAL_STATUSES
from tracking.rules.shipment_number import clean

if TYPE_CHECKING:
    from tracking.shipments.models import CarrierAccount, Event, Leg, Shipment  # noqa: F401


class AccountQuerySet(models.QuerySet["CarrierAccount"]):
    """Carrier accounts."""

    def in_trouble(self) -> AccountQuerySet:
        """Those whose last call failed for the whole account."""
        return self.exclude(last_failure_kind="")

    def failing(self) -> AccountQuerySet:
        """Those that their carrier fails whatever number it is asked for."""
        return self.filter(failing_since__isnull=False)

    def failing_since(self) -> dict[UUID, datetime]:
        """Since when they are failed so, by account; one query."""
        rows = self.failing().values_list("pk", "failing_since")
        return {pk: since for pk, since in rows if since is not None}


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    """Shipments."""

    def live(self) -> ShipmentQuerySet:
        """Not deleted by their merchant."""
        return self.filter(archived_at=None)

    def open(self) -> ShipmentQuerySet:
        """Not at their end yet."""
        return self.exclude(status__in=[status.value for status in FINAL_STATUSES])

    def attention_due(self, now: datetime) -> ShipmentQuerySet:
        """Whose silence or promise runs out by `now`, without any event."""
        return self.filter(attention_due_at__lte=now)

    def matching(self, text: str) -> ShipmentQuerySet:
        """By our number, a leg's number or the order number: whole numbers, or the beginning of an order number."""
        from tracking.shipments.models import Leg

        words = text.strip()
        number = "".join(words.split()).replace("-", "").upper()
        by_leg = Q(id__in=Leg.objects.filter(number__in={number, words}).values("shipment_id"))
        return self.filter(Q(number=clean(words)[:17]) | Q(order_number__istartswith=words) | by_leg)

    def with_legs(self) -> ShipmentQuerySet:
        """With their legs in order, replaced ones left out, in one further query."""
        from tracking.shipments.models import Leg

        legs = Leg.objects.exclude(state="replaced").order_by("position")
        return self.select_related("merchant").prefetch_related(
            models.Prefetch("legs", queryset=legs, to_attr="ordered_legs")
        )


class LegQuerySet(models.QuerySet["Leg"]):
    """Legs."""

    def standing(self) -> LegQuerySet:
        """Those that count: not replaced by a correction."""
        return self.exclude(state="replaced")

    def of_shipments(self, ids: Iterable[UUID]) -> LegQuerySet:
        """The standing legs of these shipments, in their order."""
        return self.standing().filter(shipment_id__in=list(ids)).order_by("shipment_id", "position")


class EventQuerySet(models.QuerySet["Event"]):
    """Events."""

    def of_shipments(self, ids: Iterable[UUID]) -> EventQuerySet:
        """Every event of these shipments, in the order they came."""
        return self.filter(shipment_id__in=list(ids)).order_by("shipment_id", "id")

    def unknown(self) -> EventQuerySet:
        """Wording that no table knows."""
        return self.filter(code="unknown")
