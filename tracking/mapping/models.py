"""How well each carrier is understood, and the replays that read old answers with today's tables."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.ids import uuid7
from tracking.shipments.models import Shipment


class Understood(models.Model):
    """One row counts the events that a carrier told a merchant, and those that no table knows.

    Counted anew by `understood.count`, once an hour and after a replay: the events' table has no index that could
    answer a page.
    """

    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    carrier = models.CharField(max_length=30)  # whose words they are
    events = models.PositiveBigIntegerField()
    unknown = models.PositiveBigIntegerField()
    recent_events = models.PositiveBigIntegerField()  # received in the last 30 days
    recent_unknown = models.PositiveBigIntegerField()
    counted_at = models.DateTimeField()  # domain time

    objects: ClassVar[models.Manager[Understood]] = scoped(models.Manager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "carrier"], name="understood_once_per_carrier")]

    def __str__(self) -> str:
        return f"{self.carrier}: {self.events - self.unknown} of {self.events}"


class Replay(models.Model):
    """One row reads a merchant's old raw answers again: those of a carrier, or all of one shipment.

    It goes through the shipments in the order of their ids. `cursor` is the last one done, and is saved in the
    transaction that did it: whoever dies in between has done nothing twice. The lease is machine time.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    UNFINISHED = (State.WAITING, State.RUNNING)

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    carrier = models.CharField(max_length=30, blank=True)  # "" where one shipment is named
    shipment = models.ForeignKey(Shipment, null=True, on_delete=models.CASCADE, related_name="+")
    is_dry = models.BooleanField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    started_by = models.CharField(max_length=120)
    created_at = models.DateTimeField(editable=False)  # this and the two below: domain time
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=200, blank=True)

    cursor = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    token = models.UUIDField(null=True)  # of the worker that holds the lease

    shipments_total = models.PositiveIntegerField(default=0)  # to look at, when it began
    shipments_seen = models.PositiveIntegerField(default=0)
    shipments_replayed = models.PositiveIntegerField(default=0)  # that have such answers
    shipments_changed = models.PositiveIntegerField(default=0)  # a reader sees a difference
    shipments_broken = models.PositiveIntegerField(default=0)  # our own failure; left as they were
    answers_read = models.PositiveIntegerField(default=0)
    answers_unreadable = models.PositiveIntegerField(default=0)
    events_unchanged = models.PositiveIntegerField(default=0)
    events_changed = models.PositiveIntegerField(default=0)
    events_new = models.PositiveIntegerField(default=0)
    events_gone = models.PositiveIntegerField(default=0)
    statuses_changed = models.PositiveIntegerField(default=0)
    event_sample = models.JSONField(default=list)  # the first 50 changes: shipment, at, old, new, code, text
    status_sample = models.JSONField(default=list)  # the first 50 changes: shipment, old, new

    objects: ClassVar[models.Manager[Replay]] = scoped(models.Manager)

    class Meta:
        constraints = [
            # Two at once would change what the other counts.
            models.UniqueConstraint(
                fields=["merchant"], condition=Q(state__in=["waiting", "running"]), name="replay_one_at_a_time"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "-id"], name="replay_by_merchant"),
            models.Index(fields=["id"], name="replay_unfinished", condition=Q(state__in=["waiting", "running"])),
        ]

    def __str__(self) -> str:
        return f"{self.carrier or self.shipment_id} {self.state}{' (dry run)' if self.is_dry else ''}"

    @property
    def is_finished(self) -> bool:
        """Done, cancelled or failed."""
        return self.state not in self.UNFINISHED
