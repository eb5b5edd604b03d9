"""Work items. A plain record for now: who, what, state, answer; the queue of operations is built on it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tracking import clock
from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.ids import uuid7
from tracking.shipments.models import Shipment


class Case(models.Model):
    """One row is one thing that a buyer has reported or asked for about a shipment. Instants are domain time."""

    class Kind(models.TextChoices):
        NOT_RECEIVED = "not_received", _("Reported as not received")
        RETURN = "return", _("Return asked for")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ANSWERED = "answered", _("Answered")
        CLOSED = "closed", _("Closed")
        WITHDRAWN = "withdrawn", _("Withdrawn by the buyer")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="cases")
    shipment = models.ForeignKey(Shipment, on_delete=models.CASCADE, related_name="cases", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    answers = models.JSONField(default=dict)  # what the buyer said to each question: closed keys, see cases.questions
    words = models.TextField(blank=True)  # the buyer's own, at most 1,000 characters
    email = models.EmailField(blank=True)  # where the buyer wants the answer
    language = models.CharField(max_length=12)  # of the page it came from
    reply = models.TextField(blank=True)  # the merchant's, shown to the buyer
    opened_at = models.DateTimeField(default=clock.now, editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)
    closed_at = models.DateTimeField(null=True, editable=False)

    objects: ClassVar[models.Manager[Case]] = scoped(models.Manager)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["shipment", "kind"], condition=Q(state__in=["open", "answered"]), name="case_open_once"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "state", "-id"], name="case_by_state"),
            models.Index(fields=["shipment", "-id"], name="case_by_shipment"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}"
