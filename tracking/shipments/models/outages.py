"""Times in which a carrier does not serve an account."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.shipments.models.accounts import CarrierAccount


class CarrierOutage(models.Model):
    """One row is one incident: a carrier that fails an account as a whole, whatever number it is asked for.

    Written by the account's circuit breaker (tracking.shipments.polling.breaker) alone; instants are domain time.
    """

    id = models.BigAutoField(primary_key=True)
    merchant = models.ForeignKey(Merchant, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(CarrierAccount, on_delete=models.CASCADE, related_name="outages")
    carrier = models.CharField(max_length=30)  # slug of the account
    kind = models.CharField(max_length=20)  # CarrierError.kind of the last failed call
    detail = models.CharField(max_length=200, blank=True)
    began_at = models.DateTimeField()  # the first of the failed calls
    last_failure_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # None: it goes on
    calls_failed = models.PositiveIntegerField(default=0)
    legs_waiting = models.PositiveIntegerField(default=0)  # due and not asked for, at the last failed call

    objects: ClassVar[models.Manager[CarrierOutage]] = scoped(models.Manager)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account"], condition=Q(ended_at=None), name="outage_once_per_account"),
        ]
        indexes = [models.Index(fields=["carrier", "began_at"], name="outage_open", condition=Q(ended_at=None))]

    def __str__(self) -> str:
        return f"{self.carrier} since {self.began_at:%Y-%m-%d %H:%M}"
