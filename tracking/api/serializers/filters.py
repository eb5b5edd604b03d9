"""The query parameters of the lists."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from rest_framework import serializers

from carriers.vocabulary import Phase, Status
from tracking.api.pagination import DEFAULT_LIMIT, MOST
from tracking.api.serializers.fields import CountryField, ManyField, MomentField, StrictSerializer, ValueField
from tracking.rules.attention import Attention
from tracking.rules.shipment_number import clean
from tracking.shipments.carrier_facts import carrier_sheet
from tracking.shipments.models import Leg, Shipment
from tracking.shipments.querysets import ShipmentQuerySet


class PageFilter(StrictSerializer):
    """Which page of a list."""

    cursor = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=40, help_text="`next_cursor` of the page before."
    )
    limit = serializers.IntegerField(
        required=False, default=DEFAULT_LIMIT, min_value=1, max_value=MOST, help_text="Rows per page."
    )


class ShipmentFilter(PageFilter):
    """Which shipments. All that are given must hold; a parameter of several values holds for any of them."""

    status = ManyField(
        child=ValueField(choices=[status.value for status in Status]),
        required=False,
        help_text="Statuses, separated by commas.",
    )
    phase = ManyField(
        child=ValueField(choices=[phase.value for phase in Phase]),
        required=False,
        help_text="Phases, separated by commas.",
    )
    attention = ManyField(
        child=ValueField(choices=["any", *(word.value for word in Attention)]),
        required=False,
        help_text="Reasons to look, separated by commas; `any` for all that need attention.",
    )
    carrier = ManyField(
        child=serializers.CharField(max_length=60),
        required=False,
        help_text="Carriers of any leg, separated by commas.",
    )
    destination_country = CountryField(required=False, help_text="ISO 3166-1 alpha-2.")
    order_number = serializers.CharField(required=False, max_length=80, help_text="Yours, whole.")
    number = serializers.CharField(required=False, max_length=100, help_text="Our number, or a carrier's.")
    created_since = MomentField(required=False, help_text="Registered then or later.")
    updated_since = MomentField(required=False, help_text="Registered or changed in any way then or later.")
    archived = serializers.BooleanField(
        required=False, default=False, help_text="Those that were deleted, instead of the others."
    )
    q = serializers.CharField(
        required=False, max_length=100, help_text="Our number, a carrier's, or the beginning of an order number."
    )

    def shipments(self) -> ShipmentQuerySet:
        """The shipments that pass, in no order yet."""
        given: dict[str, Any] = self.validated_data
        is_archived: bool = given["archived"]
        rows: ShipmentQuerySet = Shipment.objects.filter(archived_at__isnull=not is_archived)
        if text := given.get("q"):
            rows = rows.filter(pk__in=Shipment.objects.matching(text).values("pk"))
        return rows.filter(*self._conditions(given))

    def _conditions(self, given: dict[str, Any]) -> list[Q | Exists]:
        found: list[Q | Exists] = [
            Q(**{lookup: given[name]})
            for name, lookup in (
                ("status", "status__in"),
                ("phase", "phase__in"),
                ("destination_country", "destination_country"),
                ("order_number", "order_number"),
                ("created_since", "created_at__gte"),
                ("updated_since", "updated_at__gte"),
            )
            if given.get(name)
        ]
        if words := given.get("attention"):
            found.append(~Q(attention=[]) if "any" in words else Q(attention__overlap=words))
        legs = Leg.objects.standing().filter(shipment=OuterRef("pk"))
        if carriers := given.get("carrier"):
            found.append(Exists(legs.filter(carrier__in=[carrier_sheet(slug).slug for slug in carriers])))
        if number := given.get("number"):
            found.append(Q(number=clean(number)[:17]) | Q(Exists(legs.filter(number=_carriers_number(number)))))
        return found


def query(parameters: QueryDict, kind: type[PageFilter] = ShipmentFilter) -> dict[str, Any]:
    """The parameters as a serializer takes them: the last of each, all of those that take several."""
    many = {name for name, field in kind().fields.items() if isinstance(field, ManyField)}
    return {name: parameters.getlist(name) if name in many else parameters[name] for name in parameters}


def _carriers_number(text: str) -> str:
    return "".join(text.split()).replace("-", "").upper()
