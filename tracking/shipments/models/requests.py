"""What merchants' people and programs asked before."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped


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
