"""What was told: answers as they came, events read from them, and the changes that followed.

`Event` and `RawAnswer` are keyed by (shipment, id) with time-ordered ids, so that they lie in partitions by ranges of
shipments (`tracking.shipments.partitions`, which also says why no foreign key leaves these two).
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tracking import clock
from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.ids import uuid7
from tracking.shipments.models.accounts import CarrierAccount
from tracking.shipments.models.choices import (
    channel_choices,
    event_code_choices,
    phase_choices,
    reason_choices,
    status_choices,
)
from tracking.shipments.models.shipment import Shipment
from tracking.shipments.querysets import EventQuerySet

EventManager = models.Manager.from_queryset(EventQuerySet)


class RawAnswer(models.Model):
    """One row is what a carrier sent for a leg, verbatim and compressed: immutable, so that any mapping can be
    replayed.

    Of a batch's answer each leg keeps its own part, so that no parcel's answer shows another's.
    """

    pk = models.CompositePrimaryKey("shipment_id", "id")
    id = models.UUIDField(default=uuid7, editable=False)
    merchant = models.ForeignKey(
        Merchant, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    shipment = models.ForeignKey(
        Shipment, on_delete=models.CASCADE, related_name="raw_answers", db_index=False, db_constraint=False
    )
    leg_id = models.UUIDField()
    carrier = models.CharField(max_length=30)  # slug of the adapter that reads it: an aggregator's, where one was asked
    channel = models.CharField(max_length=8, choices=channel_choices)
    received_at = models.DateTimeField()
    http_status = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=220, blank=True)  # "kind: detail" where it could not be read
    body = models.BinaryField()  # zlib
    size = models.PositiveIntegerField()  # bytes before compression

    objects: ClassVar[models.Manager[RawAnswer]] = scoped(models.Manager)

    class Meta:
        indexes = [models.Index(fields=["leg_id", "-id"], name="raw_answer_by_leg")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.received_at:%Y-%m-%d %H:%M}"


class Event(models.Model):
    """One row is one event as one carrier told it once. Append-only; only a replay may change `code` and `reason`,
    and `sequence` grows when a longer list of the carrier's tells what went before.

    `identity` never comes from free text: the carrier's own id of the scan, else carrier, channel, raw time, raw
    code and place code.
    """

    pk = models.CompositePrimaryKey("shipment_id", "id")
    id = models.UUIDField(default=uuid7, editable=False)
    merchant = models.ForeignKey(
        Merchant, on_delete=models.CASCADE, related_name="+", db_index=False, db_constraint=False
    )
    shipment = models.ForeignKey(
        Shipment, on_delete=models.CASCADE, related_name="events", db_index=False, db_constraint=False
    )
    leg_id = models.UUIDField()
    identity = models.CharField(max_length=32)
    carrier = models.CharField(max_length=30)  # slug of who says so
    read_by = models.CharField(max_length=30, blank=True)  # slug whose tables gave the code: an aggregator's, perhaps
    channel = models.CharField(max_length=8, choices=channel_choices)
    code = models.CharField(max_length=48, choices=event_code_choices)
    reason = models.CharField(max_length=40, choices=reason_choices, blank=True)
    raw_time = models.CharField(max_length=60, blank=True)
    local_time = models.DateTimeField(null=True)  # wall clock, stored as if UTC; naive to readers
    offset_min = models.SmallIntegerField(null=True)
    occurred_at = models.DateTimeField(null=True)
    time_source = models.CharField(max_length=16)
    precision = models.CharField(max_length=8)
    sequence = models.IntegerField(default=0)
    place = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, blank=True)
    zone = models.CharField(max_length=40, blank=True)
    latitude = models.FloatField(null=True)
    longitude = models.FloatField(null=True)
    raw_code = models.CharField(max_length=60, blank=True)
    raw_text = models.TextField(blank=True)
    language = models.CharField(max_length=12, blank=True)
    is_correction = models.BooleanField(default=False)
    details = models.JSONField(default=dict)
    raw_answer = models.UUIDField(null=True)
    received_at = models.DateTimeField()

    objects: ClassVar[EventManager[Event]] = scoped(EventManager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "identity"], name="event_once_per_shipment")]
        indexes = [
            models.Index(fields=["merchant", "read_by", "raw_code"], name="event_unknown", condition=Q(code="unknown")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.raw_time}"


class StatusChange(models.Model):
    """One row says that something a reader cares about changed; written in the transaction of the event that changed
    it.

    `notify` and `cases` follow these rows, each by a mark of its own; `sequence` is the shipment's version, without
    gaps of meaning. A change that is no news to the parcel says so in `cause`: nobody is woken for words read anew.
    """

    class Cause(models.TextChoices):
        """What brought the change about."""

        NEWS = "news", _("Something was told")
        PEOPLE = "people", _("Somebody corrected the shipment")
        REPLAY = "replay", _("Old answers were read with newer tables")

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="status_changes")
    sequence = models.PositiveIntegerField()
    old_status = models.CharField(max_length=24, choices=status_choices)
    status = models.CharField(max_length=24, choices=status_choices)
    phase = models.CharField(max_length=16, choices=phase_choices, blank=True)
    event_code = models.CharField(max_length=48, choices=event_code_choices, blank=True)
    reason = models.CharField(max_length=40, choices=reason_choices, blank=True)
    cause = models.CharField(max_length=8, choices=Cause.choices, default=Cause.NEWS)
    occurred_at = models.DateTimeField(null=True)
    recorded_at = models.DateTimeField(default=clock.now)
    number = models.PositiveIntegerField(null=True)  # 1, 2, 3 … of what the shipment's readers are told; None: a replay
    told_at = models.DateTimeField(null=True)  # when `notify` turned it into deliveries; None: it waits

    objects: ClassVar[models.Manager[StatusChange]] = scoped(models.Manager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "sequence"], name="status_change_once_per_version")]
        indexes = [models.Index(fields=["id"], name="status_change_untold", condition=Q(told_at=None))]

    def __str__(self) -> str:
        return f"{self.old_status} → {self.status}"


class InboundPush(models.Model):
    """One row is a message a carrier pushed to us, kept before it is answered with 200, read afterwards."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(CarrierAccount, on_delete=models.CASCADE, related_name="pushes")
    message_id = models.CharField(max_length=64)  # the carrier's own id, else the body's SHA-256
    body = models.BinaryField()  # zlib
    received_at = models.DateTimeField(default=clock.now)
    read_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    failure = models.CharField(max_length=220, blank=True)

    objects: ClassVar[models.Manager[InboundPush]] = scoped(models.Manager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["account", "message_id"], name="push_once_per_account")]
        indexes = [models.Index(fields=["id"], name="push_unread", condition=Q(read_at=None))]

    def __str__(self) -> str:
        return f"{self.account} {self.received_at:%Y-%m-%d %H:%M}"
