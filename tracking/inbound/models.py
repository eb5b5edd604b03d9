"""Transport units (what many shipments travel in together), and the messages that partners send about them."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from tracking import clock
from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.ids import uuid7
from tracking.shipments.models import Shipment


class TransportUnit(models.Model):
    """One row is something that shipments travel in together: a consignment by air, a container, a lorry, a bag."""

    class Kind(models.TextChoices):
        AIR_WAYBILL = "air_waybill", _("Air waybill")
        CONTAINER = "container", _("Container")
        BILL_OF_LADING = "bill_of_lading", _("Bill of lading")
        BOOKING = "booking", _("Booking")
        TRUCK = "truck", _("Lorry")
        CONSIGNMENT = "consignment", _("Consignment")
        BAG = "bag", _("Bag")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=16, choices=Kind.choices)
    reference = models.CharField(max_length=80)  # normalised: "160-44556606", "CSQU3054383"
    key = models.CharField(max_length=80)  # the reference's letters and digits: what messages are matched by
    carrier = models.CharField(max_length=30, blank=True)  # slug of the registry, or ""
    carrier_name = models.CharField(max_length=80, blank=True)  # as told, for one that we do not know
    estimated_arrival_at = models.DateTimeField(null=True, editable=False)  # the last that a message told
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[models.Manager[TransportUnit]] = scoped(models.Manager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "kind", "reference"], name="unit_once_per_merchant")]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="unit_by_merchant"),
            models.Index(fields=["merchant", "key"], name="unit_by_key"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"


class UnitMember(models.Model):
    """One row says that a shipment, or another unit, travels in a unit. Nesting ends at the inner unit's shipments.

    `caught_up_at`: when the unit's earlier events had been told to it; until then a worker owes them.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    unit = models.ForeignKey(TransportUnit, on_delete=models.CASCADE, related_name="members")
    shipment = models.ForeignKey(Shipment, null=True, on_delete=models.CASCADE, related_name="unit_members")
    inner = models.ForeignKey(TransportUnit, null=True, on_delete=models.CASCADE, related_name="outer_members")
    added_at = models.DateTimeField(default=clock.now, editable=False)
    removed_at = models.DateTimeField(null=True)
    caught_up_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[UnitMember]] = scoped(models.Manager)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unit", "shipment"], condition=Q(removed_at=None), name="unit_member_shipment_once"
            ),
            models.UniqueConstraint(
                fields=["unit", "inner"], condition=Q(removed_at=None), name="unit_member_inner_once"
            ),
            models.CheckConstraint(
                condition=Q(shipment__isnull=False, inner=None) | Q(shipment=None, inner__isnull=False),
                name="unit_member_is_one_thing",
            ),
            models.CheckConstraint(condition=~Q(inner=F("unit")), name="unit_member_not_itself"),
        ]
        indexes = [models.Index(fields=["id"], name="unit_member_owed", condition=Q(caught_up_at=None))]

    def __str__(self) -> str:
        return f"{self.shipment or self.inner} in {self.unit}"


class InboundFile(models.Model):
    """One row is what a partner sent at once, verbatim: kept before anybody is told "yes", read afterwards.

    `cursor` is the position of the last item that was told; whoever dies after that starts there. The lease is machine
    time, the other instants are domain time.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Looked at")  # uploaded to be looked at: nothing is told before a person says so
        WAITING = "waiting", _("Waiting")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")  # our own failure, again and again: kept for people

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    format = models.CharField(max_length=10)  # carriers.messages.Format, or "json" for events that the API took
    name = models.CharField(max_length=120, blank=True)
    sent_by = models.CharField(max_length=120, blank=True)  # a person's address, or a key's name
    carrier = models.CharField(max_length=80, blank=True)  # slug whose fact sheet reads the codes, or a name
    digest = models.CharField(max_length=64)  # SHA-256 of the body
    body = models.BinaryField()  # zlib
    size = models.PositiveIntegerField()
    received_at = models.DateTimeField(default=clock.now)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    is_parsed = models.BooleanField(default=False)
    cursor = models.IntegerField(default=-1)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # since the cursor last moved
    failure = models.CharField(max_length=200, blank=True)
    events = models.PositiveIntegerField(default=0)
    problem_count = models.PositiveIntegerField(default=0)
    problems = models.JSONField(default=list)  # the first 1,000: where, column, detail, cure, extract

    objects: ClassVar[models.Manager[InboundFile]] = scoped(models.Manager)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "format", "carrier", "digest"], name="inbound_file_once")
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="inbound_file_by_merchant"),
            models.Index(fields=["id"], name="inbound_file_waiting", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return self.name or f"{self.format} {self.received_at:%Y-%m-%d %H:%M}"


class InboundItem(models.Model):
    """One row is one event (or estimate) of a file, under the numbers that its sender knows."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        MATCHED = "matched", _("Matched")
        UNMATCHED = "unmatched", _("Unmatched")  # tried again when something with its number appears
        EXPIRED = "expired", _("Expired")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    file = models.ForeignKey(InboundFile, on_delete=models.CASCADE, related_name="items", db_index=False)
    position = models.PositiveIntegerField()
    told = models.JSONField()  # inbound.wire: references, wholes, event or estimate
    keys = ArrayField(models.CharField(max_length=80))  # letters and digits of every number in `told`
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    unit = models.ForeignKey(TransportUnit, null=True, on_delete=models.SET_NULL, related_name="items")
    shipments = models.PositiveIntegerField(default=0)  # it was told to
    received_at = models.DateTimeField()

    objects: ClassVar[models.Manager[InboundItem]] = scoped(models.Manager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "position"], name="inbound_item_once")]
        indexes = [
            GinIndex(fields=["keys"], name="inbound_item_by_key"),
            models.Index(fields=["received_at"], name="inbound_item_expiring", condition=Q(state="unmatched")),
        ]

    def __str__(self) -> str:
        return f"{self.file} {self.position}"
