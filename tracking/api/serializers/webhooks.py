"""What requests and answers about webhooks look like."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tracking.api.serializers.answers import Answer
from tracking.api.serializers.fields import (
    ManyField,
    MomentField,
    StrictSerializer,
    ValueField,
    count_field,
    moment_field,
    text_field,
    value_field,
)
from tracking.api.serializers.filters import PageFilter
from tracking.notify.address_guard import MOST_URL
from tracking.notify.event_types import SHIPMENT_TYPES, TEST
from tracking.notify.models import Delivery, WebhookEndpoint

ENDPOINT_STATES = [str(state) for state in WebhookEndpoint.State.values]
DISABLED_WHY = [str(why) for why in WebhookEndpoint.Why.values if why]
DELIVERY_STATES = [str(state) for state in Delivery.State.values]
WANTED_TYPES = list(SHIPMENT_TYPES)
ALL_TYPES = [*SHIPMENT_TYPES, TEST]

_ORDERED = (
    "Of one shipment, each message waits until the one before it was received, 15 minutes at the most. "
    "Otherwise they may overtake each other."
)


class EndpointRequest(StrictSerializer):
    """An address of your program."""

    url = serializers.CharField(
        max_length=MOST_URL, help_text="Public, https, port 443 or 8443. Redirects are not followed."
    )
    description = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=120, help_text="For people."
    )
    event_types = serializers.ListField(
        child=ValueField(choices=WANTED_TYPES),
        required=False,
        default=list,
        max_length=50,
        help_text="What it is told of; empty for everything, also what will be added one day.",
    )
    is_ordered = serializers.BooleanField(required=False, default=False, help_text=_ORDERED)


class EndpointChange(StrictSerializer):
    """What changes; what is left out stays as it is."""

    url = serializers.CharField(required=False, max_length=MOST_URL, help_text="What waits goes there, too.")
    description = serializers.CharField(required=False, allow_blank=True, max_length=120, help_text="For people.")
    event_types = serializers.ListField(
        child=ValueField(choices=WANTED_TYPES), required=False, max_length=50, help_text="Empty for everything."
    )
    is_ordered = serializers.BooleanField(required=False, help_text=_ORDERED)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError("nothing is to be changed\nSend at least one field.")
        return attrs


class ReplayFailedRequest(StrictSerializer):
    """Which deliveries are sent again."""

    since = MomentField(help_text="Those created then or later that were given up, or came while it was disabled.")
    is_dry = serializers.BooleanField(
        required=False, default=True, help_text="Only count them. Send false to send them again."
    )


class DeliveryFilter(PageFilter):
    """Which deliveries."""

    state = ManyField(
        child=ValueField(choices=DELIVERY_STATES), required=False, help_text="States, separated by commas."
    )
    since = MomentField(required=False, help_text="Created then or later.")


class EndpointAnswer(Answer):
    """An address that news is sent to."""

    id = serializers.UUIDField(help_text="Names it in addresses.")
    url = text_field("Where messages are posted.")
    description = text_field("For people.")
    event_types = serializers.ListField(
        child=value_field("A type.", WANTED_TYPES), help_text="What it is told of; empty for everything."
    )
    is_ordered = serializers.BooleanField(help_text=_ORDERED)
    state = value_field("`probing`: one test message decides whether it is active again.", ENDPOINT_STATES)
    disabled_why = value_field("Why nothing is sent; null while something is.", DISABLED_WHY, allow_null=True)
    disabled_at = moment_field("Since when.", allow_null=True)
    failing_since = moment_field(
        "The first of the failed attempts in a row; null: the last one worked.", allow_null=True
    )
    failed_attempts = count_field("Failed attempts in a row.")
    rests_until = moment_field("It said that it is overloaded, and is left alone until then.", allow_null=True)
    last_success_at = moment_field("To the minute.", allow_null=True)
    last_failure_at = moment_field("When an attempt failed last.", allow_null=True)
    created_at = moment_field("When it was made.")


class NewEndpointAnswer(EndpointAnswer):
    """An endpoint with its secret, which is shown this once."""

    secret = text_field("Signs the messages: `whsec_` and 32 bytes in base64. Keep it; it is never shown again.")


class DeliveryAnswer(Answer):
    """A message to an endpoint."""

    id = serializers.UUIDField(help_text="The message's `webhook-id`, the same at every attempt and replay.")
    event_type = value_field("What it tells of.", ALL_TYPES)
    shipment = text_field("Our number; null in a test.", allow_null=True)
    sequence = serializers.IntegerField(allow_null=True, help_text="The shipment's how-manieth change it is, from 1.")
    state = value_field(
        "`failed`: given up after ten attempts; `cancelled`: the endpoint was disabled.", DELIVERY_STATES
    )
    attempts = count_field("Made so far.")
    http_status = serializers.IntegerField(allow_null=True, help_text="Of the last attempt; null: no answer.")
    next_attempt_at = moment_field("Not before then; null where none follows.", allow_null=True)
    created_at = moment_field("When it was to be sent first.")
    finished_at = moment_field("When it was received or given up.", allow_null=True)


class AttemptAnswer(Answer):
    """One attempt."""

    number = count_field("From 1.")
    started_at = moment_field("When.")
    latency_ms = count_field("Until the answer, or until we gave up waiting.")
    http_status = serializers.IntegerField(allow_null=True, help_text="Null: no answer.")
    response = text_field("The first 4 kB of the answer's body.")
    error = text_field("Why there was no answer; else empty.")


class DeliveryDetail(DeliveryAnswer):
    """A message with what it tells, and every attempt."""

    payload = serializers.DictField(help_text="`data` of the message.")
    tried = AttemptAnswer(many=True, help_text="The attempts of the last 30 days, the first one first.")


class EndpointList(Answer):
    """All endpoints."""

    results = EndpointAnswer(many=True, help_text="The newest first; there are never many.")


class ReplayFailedAnswer(Answer):
    """What a replay sends again."""

    is_dry = serializers.BooleanField(help_text="Nothing is sent.")
    count = count_field("Deliveries that are sent again, or would be; 10,000 at a time.")
