"""The bodies that the API takes."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from carriers.vocabulary import EventCode, Reason, Status
from tracking.api.serializers.fields import CountryField, DayField, MomentField, StrictSerializer, ValueField
from tracking.rules.facts import LegRole
from tracking.shipments.opening import LegSpec
from tracking.shipments.services import MAX_LEGS

# What a status alone is told as, where the program does not know our event codes. `pending` is no event.
CODE_OF_STATUS: dict[Status, EventCode] = {
    Status.INFO_RECEIVED: EventCode.SELLER_ORDER_CREATED,
    Status.IN_TRANSIT: EventCode.ANY_IN_TRANSIT,
    Status.OUT_FOR_DELIVERY: EventCode.LAST_MILE_OUT_FOR_DELIVERY,
    Status.AVAILABLE_FOR_PICKUP: EventCode.LAST_MILE_AVAILABLE_FOR_PICKUP,
    Status.ATTEMPT_FAILED: EventCode.LAST_MILE_ATTEMPT_FAILED_OTHER,
    Status.DELIVERED: EventCode.LAST_MILE_DELIVERED,
    Status.EXCEPTION: EventCode.ANY_DELAYED,
    Status.RETURNING: EventCode.RETURN_STARTED,
    Status.RETURNED: EventCode.RETURN_COMPLETED,
    Status.CANCELLED: EventCode.SELLER_CANCELLED,
    Status.EXPIRED: EventCode.TRACKING_EXPIRED,
}

_ROLES = [role.value for role in LegRole]
TELLABLE_CODES = [code.value for code in EventCode if code is not EventCode.UNKNOWN]
TELLABLE_STATUSES = [status.value for status in CODE_OF_STATUS]


class LegRequest(StrictSerializer):
    """One carrier's part of the journey. Leave `carrier` out, and it is detected from the number."""

    carrier = serializers.CharField(
        required=False, allow_blank=True, max_length=60, help_text="Slug or alias from GET /carriers."
    )
    carrier_name = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=80,
        help_text="Name of a carrier that is not in GET /carriers; then nothing is detected or asked.",
    )
    number = serializers.CharField(
        max_length=2000, help_text="The carrier's tracking number, or a link to its tracking page."
    )
    role = ValueField(choices=_ROLES, required=False, help_text="What the leg is for.")
    fields_ = serializers.DictField(
        child=serializers.CharField(max_length=100, allow_blank=True),
        required=False,
        help_text="What the carrier needs beside the number; GET /carriers lists the names.",
    )

    def get_fields(self) -> dict[str, Any]:
        """`fields` is the API's word, and the name of DRF's own attribute."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class LegChange(LegRequest):
    """What is wrong with a leg; what is left out stays as it is."""

    number = serializers.CharField(max_length=2000, required=False, help_text="The right number.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return _not_empty(attrs)


def leg_spec(body: dict[str, Any]) -> LegSpec:
    """A checked leg as the service takes it."""
    return LegSpec(
        number=body["number"],
        carrier=body.get("carrier") or None,
        carrier_name=body.get("carrier_name", ""),
        role=LegRole(body["role"]) if "role" in body else None,
        fields=body.get("fields", {}),
    )


class ShipmentRequest(StrictSerializer):
    """A shipment to be followed."""

    order_number = serializers.CharField(required=False, allow_blank=True, max_length=80, help_text="Yours.")
    title = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=120,
        help_text="What is in it, for people. Nothing personal: the buyer's page shows it.",
    )
    origin_country = CountryField(
        required=False, allow_blank=True, help_text="Where it is sent from, ISO 3166-1 alpha-2."
    )
    destination_country = CountryField(help_text="Where the buyer is, ISO 3166-1 alpha-2.")
    destination_city = serializers.CharField(
        required=False, allow_blank=True, max_length=80, help_text="Tells the time zone of the dates."
    )
    promised_on = DayField(
        required=False, allow_null=True, help_text="The date promised to the buyer; after it the shipment is late."
    )
    legs = LegRequest(  # type: ignore[call-arg]  # of the list
        many=True,
        required=False,
        max_length=MAX_LEGS,
        help_text="The legs known so far, in order. Later ones are found at the hand-over, or added.",
    )


class ShipmentChange(StrictSerializer):
    """What changes; what is left out stays as it is."""

    order_number = serializers.CharField(required=False, allow_blank=True, max_length=80, help_text="Yours.")
    title = serializers.CharField(
        required=False, allow_blank=True, max_length=120, help_text="What is in it, for people."
    )
    origin_country = CountryField(
        required=False, allow_blank=True, help_text="Where it is sent from, ISO 3166-1 alpha-2."
    )
    destination_country = CountryField(required=False, help_text="Where the buyer is, ISO 3166-1 alpha-2.")
    destination_city = serializers.CharField(
        required=False, allow_blank=True, max_length=80, help_text="Tells the time zone."
    )
    promised_on = DayField(required=False, allow_null=True, help_text="The promised date; null takes it back.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return _not_empty(attrs)


class EventRequest(StrictSerializer):
    """An event that no carrier of ours reports: a forwarder's, a broker's, your own."""

    code = ValueField(
        choices=TELLABLE_CODES, required=False, help_text="What happened, from the closed list of event codes."
    )
    status = ValueField(
        choices=TELLABLE_STATUSES,
        required=False,
        help_text="Instead of `code`, where no finer word is known.",
    )
    occurred_at = MomentField(help_text="When, with the UTC offset of the place: 2026-05-01T14:30:00+08:00.")
    place = serializers.CharField(required=False, allow_blank=True, max_length=120, help_text="Where, as you write it.")
    country = CountryField(required=False, allow_blank=True, help_text="Where, ISO 3166-1 alpha-2.")
    text = serializers.CharField(
        required=False, allow_blank=True, max_length=2000, help_text="In your own words; shown as such."
    )
    reason = ValueField(
        choices=[reason.value for reason in Reason], required=False, help_text="Why, for delays, holds and failures."
    )
    leg = serializers.UUIDField(required=False, help_text="The leg it belongs to.")
    carrier_name = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=80,
        help_text="Instead of `leg`: who did it. One leg is kept for each name.",
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("code" in attrs) == ("status" in attrs):
            problem = "is given beside `status`" if "code" in attrs else "is missing"
            raise serializers.ValidationError({"code": [f"{problem}\nSend either `code` or `status`."]})
        if "leg" in attrs and attrs.get("carrier_name"):
            raise serializers.ValidationError({"carrier_name": ["is given beside `leg`\nSend one of the two."]})
        return attrs


class DetectRequest(StrictSerializer):
    """A number whose carrier is to be found."""

    number = serializers.CharField(max_length=2000, help_text="A tracking number, or a link to a tracking page.")
    origin_country = CountryField(required=False, allow_blank=True, help_text="Makes its carriers likelier.")
    destination_country = CountryField(required=False, allow_blank=True, help_text="Makes its carriers likelier.")


def _not_empty(attrs: dict[str, Any]) -> dict[str, Any]:
    if not attrs:
        raise serializers.ValidationError("nothing to change\nSend at least one field.")
    return attrs
