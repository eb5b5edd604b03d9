"""A merchant's access to carriers."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracking import clock
from tracking.accounts.models import Merchant
from tracking.accounts.scoping import scoped
from tracking.ids import uuid7
from tracking.shipments.querysets import AccountQuerySet

AccountManager = models.Manager.from_queryset(AccountQuerySet)


def new_push_token() -> str:
    """192 random bits: the unguessable part of an account's push address."""
    return secrets.token_urlsafe(24)


class CarrierAccount(models.Model):
    """One row is a merchant's access to one carrier: sealed credentials, its limits, its last failure."""

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
    limits = models.JSONField(default=list, blank=True)  # own limits in the sheet's places; see shipments.limits
    # The limits that the carrier's 429s have taught, by length of window; the same in all accounts of a budget.
    learned_limits = models.JSONField(default=dict, editable=False)
    # Keyed fingerprint of address and credentials: accounts with equal ones share a budget. From `save_account`.
    budget_key = models.CharField(max_length=64, default="", db_index=True, editable=False)
    spent_until = models.DateTimeField(null=True, editable=False)  # machine time: no call is left before, but urgent
    push_token = models.CharField(max_length=40, default=new_push_token, unique=True, editable=False)
    state = models.CharField(max_length=8, choices=State.choices, default=State.ACTIVE)
    last_success_at = models.DateTimeField(null=True, editable=False)
    last_failure_kind = models.CharField(
        max_length=20, blank=True, editable=False
    )  # CarrierError.kind; "" once it works again
    last_failure_detail = models.CharField(max_length=200, blank=True, editable=False)
    last_failure_at = models.DateTimeField(null=True, editable=False)
    failing_since = models.DateTimeField(null=True, editable=False)  # first of the failed calls in a row, domain time
    failed_calls = models.PositiveIntegerField(default=0, editable=False)  # in a row, all of the account
    rests_until = models.DateTimeField(null=True, editable=False)  # machine time: not asked before, but for a probe
    rests_taken = models.PositiveSmallIntegerField(default=0, editable=False)  # in a row; above 0: the breaker is open
    call_s = models.FloatField(null=True, editable=False)  # what a call takes, learned; None: not known yet
    slow_until = models.DateTimeField(null=True, editable=False)  # machine time: lease of the one task that asks it
    call_price = models.FloatField(null=True, editable=False)  # from `shipments.pricing`; None: the default
    priced_at = models.DateTimeField(null=True, editable=False)  # machine time: when that last looked
    created_at = models.DateTimeField(default=clock.now, editable=False)

    objects: ClassVar[AccountManager[CarrierAccount]] = scoped(AccountManager)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["merchant", "carrier"], name="account_once_per_carrier")]

    def __str__(self) -> str:
        return f"{self.carrier} ({self.label})" if self.label else self.carrier

    @property
    def outage_since(self) -> datetime | None:
        """Since when (domain time) the carrier fails the whole account; None while it does not."""
        is_out = self.rests_taken > 0 or self.state == self.State.REFUSED
        return self.failing_since if is_out else None


class Budget(models.Model):
    """One row is what has been granted of one key's calls to one carrier, by whichever accounts hold that key.

    It belongs to no merchant and names none: `key` is a fingerprint. Who takes calls locks the row.
    """

    key = models.CharField(max_length=64, primary_key=True)
    used = models.JSONField(default=dict)  # rules.windows.Used
    sharers = models.JSONField(default=dict)  # rules.sharing.Sharers, by account
    taken_at = models.DateTimeField(null=True)  # machine time of the last grant

    def __str__(self) -> str:
        return self.key[:8]
