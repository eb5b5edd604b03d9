"""Who is told: a merchant's webhook endpoints, what is owed to each of them, and every attempt to send it.

All instants here are machine time, but for those within a payload: waiting for a receiver concerns machines.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.ids import uuid7
from tracking.shipments.models import Shipment, StatusChange


class WebhookEndpoint(models.Model):
    """One row is an address of a merchant's program that news is sent to."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        PROBING = "probing", _("Being tried")  # enabled again: one test message decides
        DISABLED = "disabled", _("Disabled")

    class Why(models.TextChoices):
        """Why it is disabled."""

        NONE = "", "—"
        MERCHANT = "merchant", _("Disabled by you")
        GONE = "gone", _("It answered 410 Gone")
        FAILING = "failing", _("It failed for five days")
        PROBE = "probe", _("It failed when it was tried again")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="webhook_endpoints")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=120, blank=True)
    event_types = ArrayField(models.CharField(max_length=48), default=list, blank=True)  # [] for all of them
    is_ordered = models.BooleanField(default=False)  # of one shipment, a message waits for the one before it
    sealed_secrets = models.BinaryField(editable=False, default=b"")  # see tracking.notify.secrets
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    disabled_why = models.CharField(max_length=8, choices=Why.choices, default=Why.NONE, blank=True)
    disabled_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)  # first of the failed attempts in a row
    failed_attempts = models.PositiveIntegerField(default=0, editable=False)  # in a row
    rests_until = models.DateTimeField(null=True, editable=False)  # it is overloaded: nothing is sent before
    last_success_at = models.DateTimeField(null=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)  # the row goes when its last delivery has gone

    objects: ClassVar[models.Manager[WebhookEndpoint]] = scoped(models.Manager)

    def __str__(self) -> str:
        return self.url


class Subscriber(models.Model):
    """One row is a buyer who wants to be told of one shipment, on one channel.

    Nothing but the question whether they asked for it is sent before they have said yes (`state` pending). Links in
    messages carry a signed form of the id (`tracking.notify.subscribing`), which is never stored.
    """

    class Channel(models.TextChoices):
        EMAIL = "email", _("E-mail")
        PUSH = "push", _("Browser notification")

    class State(models.TextChoices):
        PENDING = "pending", _("Not confirmed yet")
        ACTIVE = "active", _("Active")
        STOPPED = "stopped", _("Unsubscribed")
        GONE = "gone", _("The address does not exist any more")

    class Want(models.TextChoices):
        """What to be told of; a table in `tracking.notify.wants` says which changes count as which."""

        MILESTONES = "milestones", _("Every important step")
        ACTION = "action", _("When I have to do something")
        DELAY = "delay", _("Delays and new dates")
        DELIVERY = "delivery", _("Out for delivery and delivered")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="subscribers", db_index=False)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    address = models.TextField()  # the mail address, or the push service's URL of this browser
    keys = models.JSONField(default=dict, blank=True)  # of a push subscription: {"p256dh": ..., "auth": ...}
    language = models.CharField(max_length=12)
    zone = models.CharField(max_length=40, default="UTC")  # IANA; quiet hours are on this clock
    wants = ArrayField(models.CharField(max_length=10, choices=Want.choices), default=list)
    quiet_from_h = models.PositiveSmallIntegerField(default=21)  # local hour; equal to `quiet_to_h`: no quiet hours
    quiet_to_h = models.PositiveSmallIntegerField(default=8)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    stopped_at = models.DateTimeField(null=True, editable=False)
    failed_attempts = models.PositiveSmallIntegerField(default=0, editable=False)  # in a row

    objects: ClassVar[models.Manager[Subscriber]] = scoped(models.Manager)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shipment", "channel", "address"], name="subscriber_once_per_address"),
        ]

    def __str__(self) -> str:
        return f"{self.channel} subscriber {self.id}"  # never the address: this ends up in logs


class Delivery(models.Model):
    """One row is one piece of news for one receiver: the outbox. Its id is the message's, over all attempts.

    Claimed as legs are: `lease_until` and `token` belong to the dispatcher that sends it, and a result with another
    token changes nothing. `attempts` counts claims: one more than there are attempts where a dispatcher died.
    """

    class Channel(models.TextChoices):
        WEBHOOK = "webhook", _("Webhook")
        EMAIL = "email", _("E-mail")
        PUSH = "push", _("Browser notification")

    class State(models.TextChoices):
        PENDING = "pending", _("To be sent")
        DONE = "done", _("Received")
        FAILED = "failed", _("Given up")
        CANCELLED = "cancelled", _("Not sent: the endpoint was disabled")

    REPLAYABLE = (State.FAILED, State.CANCELLED)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.WEBHOOK)
    endpoint = models.ForeignKey(
        WebhookEndpoint, null=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    subscriber = models.ForeignKey(
        Subscriber, null=True, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    change = models.ForeignKey(StatusChange, null=True, on_delete=models.CASCADE, related_name="+", db_index=False)
    shipment_id = models.UUIDField(null=True)  # this and the change: None for a test
    sequence = models.PositiveIntegerField(null=True)  # StatusChange.number
    event_type = models.CharField(max_length=48)
    payload = models.TextField()  # JSON, as it was when the news was fanned out: every attempt tells the same
    state = models.CharField(max_length=9, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    attempts_before = models.PositiveSmallIntegerField(default=0)  # made before the last replay, which starts anew
    next_attempt_at = models.DateTimeField(default=timezone.now)  # of a pending one
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)
    http_status = models.PositiveSmallIntegerField(null=True)  # of the last attempt; None: no answer
    created_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[Delivery]] = scoped(models.Manager)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["change", "endpoint"], name="delivery_once_per_endpoint"),
            models.UniqueConstraint(fields=["change", "subscriber"], name="delivery_once_per_subscriber"),
            models.CheckConstraint(
                condition=Q(channel="webhook") | Q(subscriber__isnull=False), name="delivery_message_has_subscriber"
            ),
            models.CheckConstraint(
                condition=~Q(channel="webhook") | Q(endpoint__isnull=False), name="delivery_webhook_has_endpoint"
            ),
        ]
        indexes = [
            models.Index(fields=["endpoint", "next_attempt_at"], name="delivery_due", condition=Q(state="pending")),
            models.Index(
                fields=["lease_until"],
                name="delivery_leased",
                condition=Q(state="pending", lease_until__isnull=False),
            ),
            models.Index(
                fields=["endpoint", "shipment_id", "sequence"], name="delivery_in_order", condition=Q(state="pending")
            ),
            models.Index(fields=["endpoint", "-id"], name="delivery_by_endpoint"),
            models.Index(
                fields=["channel", "next_attempt_at"],
                name="delivery_to_people_due",
                condition=Q(state="pending", subscriber__isnull=False),
            ),
            models.Index(
                fields=["subscriber", "-id"], name="delivery_by_subscriber", condition=Q(subscriber__isnull=False)
            ),
            models.Index(
                fields=["endpoint", "-id"], name="delivery_replayable", condition=Q(state__in=["failed", "cancelled"])
            ),
            models.Index(fields=["finished_at"], name="delivery_finished", condition=Q(finished_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.id}"


class DeliveryAttempt(models.Model):
    """One row is one attempt to send a delivery, and what came back; kept for 30 days."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tried", db_index=False)
    number = models.PositiveSmallIntegerField()  # 1 for the first
    started_at = models.DateTimeField()
    latency_ms = models.PositiveIntegerField()
    http_status = models.PositiveSmallIntegerField(null=True)  # None: no answer
    response = models.TextField(blank=True)  # the first 4 kB of the answer's body
    error = models.CharField(max_length=200, blank=True)  # why there was no answer

    objects: ClassVar[models.Manager[DeliveryAttempt]] = scoped(models.Manager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["delivery", "number"], name="attempt_once_per_number")]
        indexes = [BrinIndex(fields=["started_at"], name="attempt_by_time", autosummarize=True)]

    def __str__(self) -> str:
        return f"{self.number}: {self.http_status or self.error}"
