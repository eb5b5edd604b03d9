"""One table: what a merchant decided that a carrier's code or wording means."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from carriers.vocabulary import EventCode, Reason
from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.ids import uuid7


def event_code_choices() -> list[tuple[str, str]]:
    """Choices are callables: a new code needs no migration."""
    return [(code.value, code.value) for code in EventCode]


def reason_choices() -> list[tuple[str, str]]:
    return [(reason.value, reason.value) for reason in Reason]


class RowQuerySet(models.QuerySet["PhrasebookRow"]):
    """Rows of the phrasebook."""

    def standing(self) -> RowQuerySet:
        """Neither ended nor superseded."""
        return self.filter(ended_at=None)


RowManager = models.Manager.from_queryset(RowQuerySet)


class PhrasebookRow(models.Model):
    """One row says what a carrier means. It is never edited: a change is another row, which names the one it replaces.

    `raw_code` "" fits any code. Of `wording` (folded, whole) and `pattern` (searched) at most one is set; neither fits
    any text.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+", db_index=False)
    carrier = models.CharField(max_length=30)  # slug of the adapter whose words they are
    raw_code = models.CharField(max_length=60, blank=True)
    wording = models.CharField(max_length=300, blank=True)
    pattern = models.CharField(max_length=200, blank=True)
    event_code = models.CharField(max_length=48, choices=event_code_choices)
    reason = models.CharField(max_length=40, choices=reason_choices, blank=True)
    note = models.CharField(max_length=200, blank=True)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=120)  # outlives the person, or names the API key
    created_at = models.DateTimeField(editable=False)  # domain time, as all that follows from it
    version = models.PositiveIntegerField(default=1)
    replaces = models.OneToOneField("self", null=True, on_delete=models.SET_NULL, related_name="superseded_by")
    ended_at = models.DateTimeField(null=True)
    ended_by_name = models.CharField(max_length=120, blank=True)

    objects: ClassVar[RowManager[PhrasebookRow]] = scoped(RowManager)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "carrier", "raw_code", "wording", "pattern"],
                condition=Q(ended_at=None),
                name="phrasebook_one_meaning",
            ),
            models.CheckConstraint(condition=Q(wording="") | Q(pattern=""), name="phrasebook_wording_or_pattern"),
            models.CheckConstraint(
                condition=~Q(raw_code="", wording="", pattern=""), name="phrasebook_names_something"
            ),
        ]
        indexes = [models.Index(fields=["merchant", "-id"], name="phrasebook_by_merchant")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.raw_code or '*'} {self.wording or self.pattern or '*'} = {self.event_code}"
