"""A shipment, and the legs of its way."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from carriers.vocabulary import Status
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.ids import uuid7
from tracking.rules.facts import LegRole
from tracking.rules.shipment_number import generate
from tracking.shipments.models.accounts import CarrierAccount
from tracking.shipments.models.choices import (
    event_code_choices,
    evidence_choices,
    phase_choices,
    reason_choices,
    role_choices,
    status_choices,
)
from tracking.shipments.querysets import LegQuerySet, ShipmentQuerySet

ShipmentManager = models.Manager.from_queryset(ShipmentQuerySet)
LegManager = models.Manager.from_queryset(LegQuerySet)


class Shipment(models.Model):
    """One row is goods going from a merchant to a buyer under our one number.

    The columns below "derived" are written by `services.refold` alone, from the fold of all events.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="shipments")
    number = models.CharField(max_length=17, unique=True, default=generate, editable=False)
    order_number = models.CharField(max_length=80, blank=True)
    title = models.CharField(max_length=120, blank=True)
    origin_country = models.CharField(max_length=2, blank=True)
    destination_country = models.CharField(max_length=2)
    destination_city = models.CharField(max_length=80, blank=True)
    destination_zone = models.CharField(max_length=40, blank=True)  # IANA, from country and city
    promised_on = models.DateField(null=True, blank=True)  # the merchant's date to the buyer
    return_of = models.ForeignKey(  # the parcel whose goods this one brings back
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="returns", db_index=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)  # deleted by the merchant; kept for undo

    # derived
    origin_is_derived = models.BooleanField(default=False, editable=False)  # the origin: told by carriers or scans
    updated_at = models.DateTimeField(default=clock.now, editable=False)  # of the last version
    version = models.PositiveIntegerField(default=0, editable=False)  # one up with every change a reader can see
    change_count = models.PositiveIntegerField(default=0, editable=False)  # the last StatusChange.number
    status = models.CharField(max_length=24, choices=status_choices, default=Status.PENDING.value, editable=False)
    phase = models.CharField(max_length=16, choices=phase_choices, blank=True, editable=False)
    event_code = models.CharField(max_length=48, choices=event_code_choices, blank=True, editable=False)
    reason = models.CharField(max_length=40, choices=reason_choices, blank=True, editable=False)
    attention = ArrayField(
        models.CharField(max_length=16), default=list, editable=False
    )  # rules.attention, most urgent first
    attention_due_at = models.DateTimeField(null=True, editable=False)  # when it may change without an event
    last_event_at = models.DateTimeField(null=True, editable=False)
    last_event_code = models.CharField(max_length=48, blank=True, editable=False)
    last_event_place = models.CharField(max_length=120, blank=True, editable=False)
    last_event_zone = models.CharField(max_length=40, blank=True, editable=False)  # IANA, of the last place with one
    delivered_at = models.DateTimeField(null=True, editable=False)
    estimated_earliest = models.DateField(null=True, editable=False)  # in the recipient's zone
    estimated_latest = models.DateField(null=True, editable=False)
    estimated_by = models.CharField(max_length=30, blank=True, editable=False)  # slug of the carrier that says so
    holder = models.CharField(max_length=8, blank=True, editable=False)  # rules.timeline.Holder
    holder_leg = models.UUIDField(null=True, editable=False)
    milestones = models.JSONField(default=dict, editable=False)  # name -> ISO instant

    objects: ClassVar[ShipmentManager[Shipment]] = scoped(ShipmentManager)

    class Meta:
        indexes = [
            models.Index(fields=["merchant", "-id"], name="shipment_by_merchant", condition=Q(archived_at=None)),
            models.Index(
                fields=["merchant", "status", "-id"], name="shipment_by_status", condition=Q(archived_at=None)
            ),
            models.Index(fields=["merchant", "order_number"], name="shipment_by_order"),
            models.Index(fields=["merchant", "updated_at"], name="shipment_by_update"),
            models.Index(fields=["return_of"], name="shipment_returns", condition=Q(return_of__isnull=False)),
            models.Index(
                fields=["attention_due_at"], name="shipment_attention_due", condition=Q(attention_due_at__isnull=False)
            ),
            GinIndex(fields=["attention"], name="shipment_attention"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class Leg(models.Model):
    """One row is one carrier's part of a shipment, under that carrier's own number.

    The polling columns: `next_poll_at` (domain time) is when it is due, None when it is not polled; `lease_until`
    (machine time) and `poll_token` belong to the worker that has claimed it; a result with another token is refused.
    """

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")
        REPLACED = "replaced", _("Replaced")  # corrected: another leg took its place; its events no longer count

    class Subscription(models.TextChoices):
        """Whether the carrier pushes this number to us."""

        NONE = "", _("Not offered")
        WANTED = "wanted", _("To be asked for")
        ACTIVE = "active", _("Pushed")
        REFUSED = "refused", _("Refused")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="legs")
    position = models.PositiveSmallIntegerField()
    carrier = models.CharField(max_length=30)  # slug of the registry, or "" where detection found none
    carrier_name = models.CharField(max_length=80, blank=True)  # as told, for a carrier that we do not know
    number = models.CharField(max_length=50)
    role = models.CharField(max_length=12, choices=role_choices, default=LegRole.DOOR_TO_DOOR.value)
    fields = models.JSONField(default=dict, blank=True)  # what the carrier needs beside the number
    candidates = models.JSONField(default=list, blank=True)  # detection's ranking, when the carrier was not told
    evidence = models.CharField(max_length=16, choices=evidence_choices)
    evidence_detail = models.CharField(max_length=120, blank=True)
    told_by = models.CharField(max_length=30, blank=True)  # slug of the carrier whose answer told of this leg
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField(default=clock.now, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    account = models.ForeignKey(CarrierAccount, null=True, on_delete=models.SET_NULL, related_name="legs")
    next_poll_at = models.DateTimeField(null=True, editable=False)
    lease_until = models.DateTimeField(null=True, editable=False)
    poll_token = models.UUIDField(null=True, editable=False)
    wanted_at = models.DateTimeField(null=True, editable=False)  # machine time: somebody waits for the next answer
    watched_until = models.DateTimeField(null=True, editable=False)  # domain time: a reader has the page open
    fail_count = models.PositiveSmallIntegerField(default=0, editable=False)
    last_checked_at = models.DateTimeField(null=True, editable=False)  # the carrier answered, new or not
    last_changed_at = models.DateTimeField(null=True, editable=False)  # the answer told something new
    last_digest = models.BinaryField(default=b"", editable=False)  # fingerprint of the last answer that was read
    last_failure_kind = models.CharField(max_length=20, blank=True, editable=False)
    last_failure_detail = models.CharField(max_length=200, blank=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, editable=False)
    estimated_earliest = models.DateField(null=True, editable=False)
    estimated_latest = models.DateField(null=True, editable=False)
    origin_country = models.CharField(max_length=2, blank=True, editable=False)  # as the carrier tells it
    subscription = models.CharField(max_length=8, choices=Subscription.choices, default=Subscription.NONE, blank=True)
    subscribe_at = models.DateTimeField(null=True, editable=False)  # machine time: when to ask for pushes; None: not

    objects: ClassVar[LegManager[Leg]] = scoped(LegManager)

    class Meta:
        constraints = [
            # A carrier's number is unique only within a window (numbers are reused): so it is unique in the shipment
            # alone. Companies that we know by name only may all go by our own number.
            models.UniqueConstraint(
                fields=["shipment", "carrier", "number", "carrier_name"],
                condition=~Q(state="replaced"),
                name="leg_once_per_shipment",
            ),
        ]
        indexes = [
            models.Index(fields=["account", "next_poll_at"], name="leg_due", condition=Q(next_poll_at__isnull=False)),
            models.Index(fields=["account", "next_poll_at"], name="leg_wanted", condition=Q(wanted_at__isnull=False)),
            models.Index(fields=["subscribe_at"], name="leg_to_subscribe", condition=Q(subscribe_at__isnull=False)),
            models.Index(fields=["number", "carrier"], name="leg_by_number"),
            models.Index(fields=["shipment", "position"], name="leg_by_shipment"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier or self.carrier_name} {self.number}"
