"""A merchant presses refresh: who is asked now, and who is not, with the reason and the moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import DateTimeField, DurationField, Expression, ExpressionWrapper, Value
from django.db.models.functions import Random
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from carriers import registry
from carriers.facts import Per
from tracking import clock
from tracking.shipments.models import CarrierAccount, Leg, Shipment
from tracking.shipments.polling import budget
from tracking.shipments.polling.limits import calls_a_day
from tracking.shipments.scheduling import watching

# Machine seconds in which an answer usually is here: the ticker's second, the call, the record.
ANSWER_WITHIN_S = 15.0
# Legs of an account that come back together are asked in their order; more than this are spread over a while.
AT_ONCE = 50
LONGEST_SPREAD_S = 6 * 3600.0
SPREAD_PER_CALL_S = 0.05  # where nothing limits the calls
_LONG = (Per.HOUR, Per.DAY)  # windows whose end is worth a word


class Hold(StrEnum):
    """Why a leg is not asked at this moment."""

    FRESH = "fresh"  # its carrier has just been asked
    RESTS = "account_rests"  # the carrier does not answer, or has asked us to wait
    SPENT = "budget_spent"  # no call is left, not even of the reserve
    OFTEN = "asked_often"  # this shipment has had its urgent calls for today


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """One leg that is not asked now. `until` is domain time; `carrier` the slug of whoever is asked for it."""

    leg: Leg
    carrier: str
    why: Hold
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Refresh:
    """What a refresh came to. `expected_at` (domain time) is when the answers should be here; None: nobody is asked."""

    legs_due: int
    expected_at: datetime | None
    waits: tuple[Wait, ...]


NOBODY = Refresh(legs_due=0, expected_at=None, waits=())


def request_refresh(shipment: Shipment) -> Refresh:
    """Makes every leg that can be asked due now, paid from the reserve; those asked minutes ago are left alone."""
    with scope(merchant=shipment.merchant):
        asked = Leg.objects.standing().filter(shipment=shipment, account__state=CarrierAccount.State.ACTIVE)
        legs = list(asked.select_related("account").order_by("position"))
    under_way = [leg for leg in legs if leg.lease_until is not None and leg.lease_until > timezone.now()]
    waits = {wait.leg.id: wait for wait in _waits([leg for leg in legs if leg not in under_way])}
    free = [leg for leg in legs if leg not in under_way and leg.id not in waits]
    if free and not watching.within_allowance([shipment.id]):
        tomorrow = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        waits |= {leg.id: _wait(leg, Hold.OFTEN, tomorrow) for leg in free}
        free = []
    # Who waits for the account or its budget is the first that it asks again.
    later = [leg.id for leg in legs if leg.id in waits and waits[leg.id].why in (Hold.RESTS, Hold.SPENT)]
    watching.want([*(leg.id for leg in free), *later])
    due = len(free) + len(under_way)
    return Refresh(
        legs_due=due,
        expected_at=clock.after(ANSWER_WITHIN_S) if due else None,
        waits=tuple(waits[leg.id] for leg in legs if leg.id in waits),
    )


def make_due(shipment: Shipment) -> int:
    """Every leg that can be asked is due, without haste: the shipment is back in the lists."""
    with scope(merchant=shipment.merchant):
        asked = Leg.objects.standing().filter(shipment=shipment, account__state=CarrierAccount.State.ACTIVE)
        return asked.update(next_poll_at=clock.now(), lease_until=None, poll_token=None)


def due_again(legs: int, account: CarrierAccount) -> Expression:
    """When the legs of an account that is asked again are due: now, or each at some moment of as long a while as its
    limits need for so many."""
    if legs <= AT_ONCE:
        return Value(clock.now())
    with scopes_disabled():
        a_day = calls_a_day(account)
    api = registry.sheet(account.carrier).api
    calls = legs / (api.batch if api else 1)
    machine_s = calls * 86_400 / a_day if a_day else calls * SPREAD_PER_CALL_S
    spread = timedelta(seconds=min(machine_s, LONGEST_SPREAD_S) * clock.speed())
    moment = Value(clock.now()) + ExpressionWrapper(Random() * Value(spread), output_field=DurationField())
    return ExpressionWrapper(moment, output_field=DateTimeField())


def _waits(legs: Sequence[Leg]) -> list[Wait]:
    accounts = {leg.account.pk: leg.account for leg in legs if leg.account is not None}
    standings = budget.standings(accounts.values())
    found = []
    for leg in legs:
        account = leg.account
        if account is None:
            continue
        windows = standings[str(account.pk)]
        spent = [window.resets_at for window in windows if not window.left and window.limit.per in _LONG]
        if account.rests_until is not None and account.rests_until > timezone.now():
            found.append(_wait(leg, Hold.RESTS, account.rests_until))
        elif spent:
            found.append(_wait(leg, Hold.SPENT, max(filter(None, spent), default=timezone.now())))
        elif _is_fresh(leg):
            found.append(_wait(leg, Hold.FRESH, None))
    return found


def _is_fresh(leg: Leg) -> bool:
    checked = leg.last_checked_at
    return checked is not None and not leg.fail_count and clock.now() - checked < watching.FRESH_FOR


def _wait(leg: Leg, why: Hold, until: datetime | None) -> Wait:
    """`until` in machine time; None: when the last answer is no longer fresh."""
    carrier = leg.account.carrier if leg.account is not None else leg.carrier
    if until is None:
        return Wait(leg=leg, carrier=carrier, why=why, until=(leg.last_checked_at or clock.now()) + watching.FRESH_FOR)
    return Wait(leg=leg, carrier=carrier, why=why, until=clock.after((until - timezone.now()).total_seconds()))
