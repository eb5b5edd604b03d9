"""A circuit breaker per account: a carrier that fails is left alone for a while, then asked by one probe.

Closed: calls go on. After CALLS_IN_A_ROW failed calls without a success between them, or where most of the last calls
of a task failed, it opens: the account rests, twice as long each time, and its legs are neither claimed nor do they
change their order. When the rest ends, whoever comes first takes the turn (one conditional UPDATE, so ten workers probe
once) and asks one batch: a success closes the breaker and spreads the legs that waited, a failure begins the next rest.

The state is the account's row: `rests_taken` > 0 is open; `rests_until` (machine time) also holds shorter rests, such
as a Retry-After, which need no probe. M. Nygard, Release It! (2007), chapter 5, has the pattern.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from enum import Enum, auto

from django.db import connection, transaction
from django.utils import timezone
from django_scopes import scopes_disabled

from tracking import clock
from tracking.shipments.models import CarrierAccount, Leg
from tracking.shipments.polling import outages
from tracking.shipments.polling.account_health import Seen
from tracking.shipments.polling.slow_lane import SLOW_S

CALLS_IN_A_ROW = 5
FIRST_REST_S, LONGEST_REST_S = 30.0, 900.0
# A probe that brings nothing, because its worker died: another may be sent.
PROBE_LEASE = timedelta(seconds=60)
# A 429 without Retry-After; and the bounds of what a carrier may ask for.
BUSY_REST_S, LONGEST_BUSY_S = 30.0, 3_600.0
# Legs that waited for a carrier come back over so long, in their order.
SPREAD_S = 180.0
SPREAD_FROM = 100  # legs; fewer need no spreading
_SPREAD_AT_ONCE = 5_000
# An account that works is written down as working so often, in machine seconds.
_NOTED_EVERY_S = 10.0


class Turn(Enum):
    """What a task may do with an account."""

    ASK = auto()
    PROBE = auto()
    REST = auto()


class Verdict(Enum):
    """What becomes of an account after a task's calls."""

    GOES_ON = auto()
    RESTS = auto()
    REFUSED = auto()


def turn(account: CarrierAccount) -> Turn:
    """Whether this task may ask, and how much. To probe is decided by one conditional UPDATE."""
    now = timezone.now()
    if account.rests_until is not None and account.rests_until > now:
        return Turn.REST
    if not account.rests_taken:
        return Turn.ASK
    with scopes_disabled():
        resting = CarrierAccount.objects.filter(pk=account.pk, rests_taken__gt=0, rests_until__lte=now)
        return Turn.PROBE if resting.update(rests_until=now + PROBE_LEASE) else Turn.REST


def conclude(account: CarrierAccount, seen: Seen, *, is_probe: bool) -> Verdict:
    """Writes what a task's calls say of the account. One conditional write a task; none where all is as it was."""
    if not is_probe and _is_nothing_new(account, seen):
        return Verdict.GOES_ON
    if is_probe and seen.good:
        _spread(account)  # while it still rests
    with scopes_disabled():
        with transaction.atomic():
            # Not where the credentials were changed meanwhile: the carrier has not seen the new ones.
            asked_as = CarrierAccount.objects.select_for_update(no_key=True).filter(
                pk=account.pk, sealed_credentials=account.sealed_credentials
            )
            row = asked_as.first()
            if row is None:
                return Verdict.GOES_ON
            verdict, is_turned = _decide(row, seen, is_probe=is_probe)
            row.save(update_fields=_COLUMNS)
        if is_turned:
            outages.tell_readers(row)
    return verdict


_COLUMNS = (
    "state", "last_success_at", "last_failure_kind", "last_failure_detail", "last_failure_at", "failing_since",
    "failed_calls", "rests_until", "rests_taken", "call_s",
)  # fmt: skip


def close(account: CarrierAccount) -> bool:
    """Closes the breaker (not saved) of an account that works again, or that people have mended, and ends its outage;
    whether there was one."""
    account.failing_since = account.rests_until = None
    account.failed_calls = account.rests_taken = 0
    return outages.end(account)


def _is_nothing_new(account: CarrierAccount, seen: Seen) -> bool:
    if seen.is_stalled:
        return False
    if not (seen.good or seen.busy or seen.failed or seen.refused):
        return True
    is_sound = account.failed_calls == 0 and account.rests_taken == 0 and not account.last_failure_kind
    is_noted = account.last_success_at is not None and clock.after(-_NOTED_EVERY_S) < account.last_success_at
    all_good = seen.good and not seen.busy and not seen.failed
    return bool(is_sound and is_noted and all_good and not _is_other_speed(account, seen.call_s))


def _is_other_speed(account: CarrierAccount, call_s: float | None) -> bool:
    """Whether the calls took so much more or less than known that others should know it."""
    if call_s is None:
        return False
    known = account.call_s
    return known is None or (known >= SLOW_S) != (call_s >= SLOW_S) or not 0.5 < (call_s + 0.1) / (known + 0.1) < 2


def _decide(row: CarrierAccount, seen: Seen, *, is_probe: bool) -> tuple[Verdict, bool]:
    """Changes the locked row; the verdict, and whether an outage began or ended."""
    now, is_open = clock.now(), row.rests_taken > 0
    _note(row, seen, now)
    if seen.is_refused:
        row.state = CarrierAccount.State.REFUSED
        row.failing_since = row.failing_since or now
        row.failed_calls += seen.refused
        return Verdict.REFUSED, outages.note_failing(row, calls=seen.refused)
    if is_probe:
        return _after_probe(row, seen)
    if is_open:  # calls that were under way when it opened say no more than is known
        if seen.failed:
            row.failed_calls += seen.failed
            outages.note_failing(row, calls=seen.failed)
        return Verdict.RESTS, False
    if seen.good and not seen.is_down:
        row.failing_since, row.failed_calls = None, 0
    elif seen.failed:
        _count_failures(row, seen, now)
    if seen.is_down or row.failed_calls >= CALLS_IN_A_ROW or (seen.failed >= CALLS_IN_A_ROW and not seen.good):
        _rest(row, seen)
        _take_back_failures(row)
        return Verdict.RESTS, outages.note_failing(row, calls=seen.failed)
    if seen.busy:
        wait_s = min(max(seen.after_s or BUSY_REST_S, 1.0), LONGEST_BUSY_S)
        row.rests_until = max(row.rests_until or timezone.now(), _after(wait_s * random.uniform(1.0, 1.1)))  # noqa: S311
    return Verdict.GOES_ON, False


def _note(row: CarrierAccount, seen: Seen, now: datetime) -> None:
    if seen.good:
        row.last_success_at = now
        row.last_failure_kind = row.last_failure_detail = ""
    if seen.failure is not None and (not seen.good or seen.is_down):
        row.last_failure_kind, row.last_failure_detail = seen.failure.kind, seen.failure.detail[:200]
        row.last_failure_at = now
    if seen.call_s is not None:
        row.call_s = seen.call_s if row.call_s is None else (row.call_s + seen.call_s) / 2
    if seen.is_stalled:
        row.call_s = max(row.call_s or 0.0, SLOW_S)


def _count_failures(row: CarrierAccount, seen: Seen, now: datetime) -> None:
    """In a row: a success that another task has noted meanwhile begins the count anew.

    One parcel that nobody can read after the other is no carrier that is down: of unreadable answers only those of one
    task tell of it.
    """
    if row.failing_since is None or (row.last_success_at is not None and row.last_success_at > row.failing_since):
        row.failing_since, row.failed_calls = now, 0
    row.failed_calls += seen.failed - seen.unreadable


def _after_probe(row: CarrierAccount, seen: Seen) -> tuple[Verdict, bool]:
    if seen.good:
        return Verdict.GOES_ON, close(row)
    if seen.failed:
        row.failed_calls += seen.failed
        _rest(row, seen)
        outages.note_failing(row, calls=seen.failed)
    else:  # turned away, cut short or without a call left in the budget: nothing is known
        row.rests_until = _after(seen.after_s or FIRST_REST_S / 2)
    return Verdict.RESTS, False


def _rest(row: CarrierAccount, seen: Seen) -> None:
    row.failing_since = row.failing_since or clock.now()
    row.failed_calls = max(row.failed_calls, seen.failed)
    row.rests_until = _after(max(rest_s(row.rests_taken, random.random()), seen.after_s or 0.0))  # noqa: S311
    row.rests_taken = min(row.rests_taken + 1, 1_000)


def rest_s(rests_taken: int, chance: float) -> float:
    """Machine seconds of the next rest, give or take a fifth; `chance` in 0..1."""
    return min(FIRST_REST_S * 2.0 ** min(rests_taken, 10), LONGEST_REST_S) * (0.8 + 0.4 * chance)


def _take_back_failures(row: CarrierAccount) -> None:
    """What was held against single legs before it was known to be the carrier's: they wait with the others."""
    blamed = Leg.objects.filter(
        account=row, last_failure_kind__in=("try_later", "bad_answer"), last_failure_at__gte=row.failing_since
    )  # fmt: skip
    blamed.update(fail_count=0, last_failure_kind="", last_failure_detail="", next_poll_at=clock.now())


_SPREAD_SQL = """
WITH waiting AS (
    SELECT id, row_number() OVER (ORDER BY next_poll_at, id) AS place
      FROM shipments_leg
     WHERE account_id = %(account)s AND next_poll_at <= %(due)s AND wanted_at IS NULL
       AND (lease_until IS NULL OR lease_until < %(now)s)
     ORDER BY next_poll_at, id
     LIMIT %(most)s)
UPDATE shipments_leg AS leg
   SET next_poll_at = %(due)s + make_interval(secs => %(step)s * (%(before)s + waiting.place))
  FROM waiting WHERE leg.id = waiting.id
"""


def _spread(account: CarrierAccount) -> int:
    """Sets the legs that waited due one after another; how many. Some thousands in a statement."""
    with scopes_disabled():
        count, due = outages.waiting(account), clock.now()
    if count < SPREAD_FROM:
        return 0
    step, before = SPREAD_S * clock.speed() / count, 0
    while before < count:
        with connection.cursor() as cursor:
            cursor.execute(
                _SPREAD_SQL,
                {
                    "account": account.pk, "due": due, "now": timezone.now(), "most": _SPREAD_AT_ONCE, "step": step,
                    "before": before,
                },
            )  # fmt: skip
            if not cursor.rowcount:
                break
            before += cursor.rowcount
    return before


def _after(seconds: float) -> datetime:
    return timezone.now() + timedelta(seconds=seconds)
