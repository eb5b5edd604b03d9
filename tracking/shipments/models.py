"""What we know. A shipment has legs; a leg has events, read from raw answers; a change of status is a row that
others follow.

Every table carries its merchant. `Event` and `RawAnswer` are keyed by (shipment, id) with time-ordered ids, so that
they can be partitioned by ranges of shipments without a rewrite.
"""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from carriers.vocabulary import EventCode, Phase, Reason, Status
from tracking import clock
from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.ids import uuid7
from tracking.rules.facts import Channel, Evidence, LegRole
from tracking.rules.shipment_number import generate
from tracking.shipments.querysets import AccountQuerySet, EventQuerySet, LegQuerySet, ShipmentQuerySet

AccountManager = models.Manager.from_queryset(AccountQuerySet)
ShipmentManager = models.Manager.from_queryset(ShipmentQuerySet)
LegManager = models.Manager.from_queryset(LegQuerySet)
EventManager = models.Manager.from_queryset(EventQuerySet)


def _values(enum: type[Status | Phase | EventCode | Reason | Channel | Evidence | LegRole]) -> list[tuple[str, str]]:
    return [(member.value, member.value) for member in enum]


def status_choices() -> list[tuple[str, str]]:
    """Choices are callables: a new status needs no migration."""
    return _values(Status)


def phase_choices() -> list[tuple[str, str]]:
    return _values(Phase)


def event_code_choices() -> list[tuple[str, str]]:
    return _values(EventCode)


def reason_choices() -> list[tuple[str, str]]:
    return _values(Reason)


def channel_choices() -> list[tuple[str, str]]:
    return _values(Channel)


def evidence_choices() -> list[tuple[str, str]]:
    return _values(Evidence)


def role_choices() -> list[tuple[str, str]]:
    return _values(LegRole)


def new_push_token() -> str:
    """192 random bits: the unguessable part of an account's push address."""
    return secrets.token_urlsafe(24)


class CarrierAccount(models.Model):
    """One row is a merchant's access to one carrier: sealed credentials, its rate, its last failure."""

    class State(models.TextChoices):
        ACTIVE = "active", _("Active")
        REFUSED = "refused", _("Refused by the carrier")
        PAUSED = "paused", _("Paused")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="carrier_accounts")
    carrier = models.CharField(max_length=30)  # slug of the registry
    label = models.CharField(max_length=60, blank=True)
    sealed_credentials = models.BinaryField(editable=False, default=b"")  # see tracking.shipments.sealing
    base_url = models.URLField(blank=True)
    rate_per_s = models.FloatField(null=True, blank=True)  # None: the fact sheet's
    daily_budget = models.PositiveIntegerField(null=True, blank=True)  # calls per UTC day; None: the fact sheet's
    push_token = models.CharField(max_length=40, default=new_push_token, unique=True, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    last_success_at = models.DateTimeField(null=True, editable=False)
    last_failure_kind = models.CharField(
        max_length=20, blank=True, editable=False
    )  # CarrierError.kind; "" once it works again
    last_failure_detail = models.CharField(max_length=200, blank=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[AccountManager[CarrierAccount]] = scoped(AccountManager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "carrier"], name="account_once_per_carrier")]

    def __str__(self) -> str:
        return f"{self.carrier} ({self.label})" if self.label else self.carrier


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
    created_at = models.DateTimeField(default=clock.now, editable=False)
    archived_at = models.DateTimeField(null=True, editable=False)  # deleted by the merchant; kept for undo

    # derived
    updated_at = models.DateTimeField(default=clock.now, editable=False)  # of the last version
    version = models.PositiveIntegerField(default=0, editable=False)  # one up with every change a reader can see
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
    fail_count = models.PositiveSmallIntegerField(default=0, editable=False)
    last_checked_at = models.DateTimeField(null=True, editable=False)  # the carrier answered, new or not
    last_changed_at = models.DateTimeField(null=True, editable=False)  # the answer told something new
    last_digest = models.BinaryField(default=b"", editable=False)  # fingerprint of the last answer that was read
    last_failure_kind = models.CharField(max_length=20, blank=True, editable=False)
    last_failure_detail = models.CharField(max_length=200, blank=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, editable=False)
    estimated_earliest = models.DateField(null=True, editable=False)
    estimated_latest = models.DateField(null=True, editable=False)
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
            models.Index(fields=["next_poll_at"], name="leg_due", condition=Q(next_poll_at__isnull=False)),
            models.Index(fields=["subscribe_at"], name="leg_to_subscribe", condition=Q(subscribe_at__isnull=False)),
            models.Index(fields=["number", "carrier"], name="leg_by_number"),
            models.Index(fields=["shipment", "position"], name="leg_by_shipment"),
        ]

    def __str__(self) -> str:
        return f"{self.carrier or self.carrier_name} {self.number}"


class RawAnswer(models.Model):
    """One row is what a carrier sent for a leg, verbatim and compressed: immutable, so that any mapping can be
    replayed.

    Of a batch's answer each leg keeps its own part, so that no parcel's answer shows another's.
    """

    pk = models.CompositePrimaryKey("shipment_id", "id")
    id = models.UUIDField(default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="raw_answers", db_index=False)
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
    """One row is one event as one carrier told it once. Append-only; only a replay may change `code` and `reason`.

    `identity` never comes from free text: the carrier's own id of the scan, else carrier, channel, raw time, raw
    code and place code.
    """

    pk = models.CompositePrimaryKey("shipment_id", "id")
    id = models.UUIDField(default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="events", db_index=False)
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

    `notify` and `cases` follow these rows in the order of `id`; `sequence` is the shipment's version, without gaps
    of meaning. A change that is no news to the parcel says so in `cause`: nobody is woken for words read anew.
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

    objects: ClassVar[models.Manager[StatusChange]] = scoped(models.Manager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["shipment", "sequence"], name="status_change_once_per_version")]

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


class NumberChoice(models.Model):
    """One row is how often a merchant's people named, or took back, a carrier for numbers of one shape."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    shape = models.CharField(max_length=20)  # carriers.number_text.shape_of
    carrier = models.CharField(max_length=30)
    chosen = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)

    objects: ClassVar[models.Manager[NumberChoice]] = scoped(models.Manager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "shape", "carrier"], name="number_choice_once")]

    def __str__(self) -> str:
        return f"{self.shape}: {self.carrier}"


class IdempotencyKey(models.Model):
    """One row is a request that a merchant's program may repeat safely: the same key gets the same answer for a day."""

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_digest = models.CharField(max_length=64)  # SHA-256 of method, path and body
    http_status = models.PositiveSmallIntegerField(null=True)  # None while the first request is under way
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager[IdempotencyKey]] = scoped(models.Manager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key
