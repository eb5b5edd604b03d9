"""Whether a carrier serves an account: what its calls brought, and when it is asked no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django_scopes import scopes_disabled

from carriers.client import Outcome
from carriers.errors import AccountRefused, Refused
from tracking import clock
from tracking.shipments.models import CarrierAccount


def note_outcomes(account: CarrierAccount, outcomes: Sequence[Outcome]) -> bool:
    """The account's health, and whether it is refused: in the carrier's words, by 401 or 403 for every number asked, or
    by no token at all."""
    failures = [outcome.result.failure for outcome in outcomes if outcome.result is not None and outcome.result.failure]
    now: datetime = clock.now()
    changes: dict[str, object] = {}
    if len(failures) < len(outcomes):
        changes = {"last_success_at": now, "last_failure_kind": "", "last_failure_detail": ""}
    refusals = [
        outcome
        for outcome in outcomes
        if outcome.result is not None
        and isinstance(outcome.result.failure, Refused)
        and (outcome.http_status in (0, 401, 403) or isinstance(outcome.result.failure, AccountRefused))
    ]
    is_refused = bool(refusals) and len(refusals) == len(outcomes)
    if is_refused:
        changes["state"] = CarrierAccount.State.REFUSED
    worst = next((failure for failure in failures if failure.kind in ("refused", "bad_answer", "try_later")), None)
    if worst is not None and len(failures) == len(outcomes):
        changes |= {
            "last_failure_kind": worst.kind,
            "last_failure_detail": worst.detail[:200],
            "last_failure_at": now,
        }
    if changes:
        with scopes_disabled():
            # Not where the credentials were changed meanwhile: the carrier has not seen the new ones.
            asked_as = CarrierAccount.objects.filter(pk=account.pk, sealed_credentials=account.sealed_credentials)
            asked_as.update(**changes)
    return is_refused
