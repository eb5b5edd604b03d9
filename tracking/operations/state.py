"""How the site stands, read for the metrics and for the doctor: ages in seconds, counts, states.

Each statement runs on a partial index or a statistics view: asking every ten seconds costs nothing at a million legs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count
from django.utils import timezone
from django_scopes import scopes_disabled

from tracking import clock
from tracking.jobs import daily, heartbeats, queue
from tracking.shipments import partitions
from tracking.shipments.models import CarrierAccount, CarrierOutage
from tracking.shipments.polling import budget
from tracking.shipments.pushes import MOST_ATTEMPTS

# A series each; a site with more has the scarcest in its figures.
MOST_BUDGETS = 1_000
# Tables whose rows are written again and again: dead rows there slow the claims down.
HOT_TABLES = (
    "shipments_leg", "shipments_shipment", "shipments_statuschange", "shipments_inboundpush", "notify_delivery",
    "jobs_heartbeat",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLegs:
    """`oldest_s` by the parcels' clock, `oldest_machine_s` by the machine's; 0 where nothing is due."""

    count: int
    claimed: int
    oldest_s: float
    oldest_machine_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreadPushes:
    """`oldest_s` by the machine's clock. `given_up`: those that nobody could read, and nobody tries any more."""

    count: int
    oldest_s: float
    given_up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetLeft:
    """One window of an account's budget: `left` calls of `of`. `per`: second, minute, hour, day."""

    carrier: str
    account_id: str
    per: str
    left: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """What is owed to receivers: changes that no delivery was made of, and deliveries that are not at their end."""

    untold: int
    untold_s: float
    by_state: tuple[tuple[str, int], ...]
    oldest_s: float


_DUE_SQL = """
SELECT count(*) FILTER (WHERE NOT is_claimed), count(*) FILTER (WHERE is_claimed),
       min(next_poll_at) FILTER (WHERE NOT is_claimed)
  FROM (SELECT leg.next_poll_at, coalesce(leg.lease_until >= %(now)s, false) AS is_claimed
          FROM shipments_leg AS leg JOIN shipments_carrieraccount AS account ON account.id = leg.account_id
         WHERE leg.next_poll_at <= %(due)s AND account.state = 'active'
           AND (account.rests_until IS NULL OR account.rests_until <= %(now)s)) AS due
"""


def due_legs() -> DueLegs:
    """Legs that are due now. Those of accounts that rest wait on purpose, and are not counted."""
    now = clock.now()
    count, claimed, oldest = _row(_DUE_SQL, {"due": now, "now": timezone.now()})
    age = now - oldest if oldest is not None else None
    return DueLegs(
        count=count,
        claimed=claimed,
        oldest_s=age.total_seconds() if age else 0.0,
        oldest_machine_s=clock.real_seconds(age) if age else 0.0,
    )


_PUSHES_SQL = """
SELECT count(*) FILTER (WHERE attempts < %(most)s), min(received_at) FILTER (WHERE attempts < %(most)s),
       count(*) FILTER (WHERE attempts >= %(most)s)
  FROM shipments_inboundpush WHERE read_at IS NULL
"""


def unread_pushes() -> UnreadPushes:
    """Messages that wait to be read."""
    count, oldest, given_up = _row(_PUSHES_SQL, {"most": MOST_ATTEMPTS})
    age = clock.real_seconds(clock.now() - oldest) if oldest else 0.0
    return UnreadPushes(count=count, oldest_s=max(age, 0.0), given_up=given_up)


_DELIVERIES_SQL = """
SELECT CASE WHEN lease_until >= %(now)s THEN 'sending' WHEN next_attempt_at <= %(now)s THEN 'due' ELSE 'waiting' END,
       count(*), min(next_attempt_at)
  FROM notify_delivery WHERE state = 'pending' GROUP BY 1
"""


def outbox() -> Outbox:
    """What is owed to receivers. States: due, sending, waiting (for its next attempt)."""
    untold, oldest = _row("SELECT count(*), min(recorded_at) FROM shipments_statuschange WHERE told_at IS NULL", {})
    found = {name: (count, at) for name, count, at in _rows(_DELIVERIES_SQL, {"now": timezone.now()})}
    due_since = found.get("due", (0, None))[1]
    return Outbox(
        untold=untold,
        untold_s=max(clock.real_seconds(clock.now() - oldest), 0.0) if oldest else 0.0,
        by_state=tuple((name, found.get(name, (0, None))[0]) for name in ("due", "sending", "waiting")),
        oldest_s=(timezone.now() - due_since).total_seconds() if due_since else 0.0,
    )


def accounts() -> list[tuple[str, str, int]]:
    """Carrier, state, and how many accounts; an active one that the breaker has open is "resting"."""
    now = timezone.now()
    with scopes_disabled():
        rows = CarrierAccount.objects.values_list("carrier", "state").annotate(Count("id")).order_by("carrier", "state")
        resting = dict(
            CarrierAccount.objects.filter(state="active", rests_until__gt=now)
            .values_list("carrier")
            .annotate(Count("id"))
        )
        found = []
        for carrier, state, count in rows:
            away = resting.get(carrier, 0) if state == "active" else 0
            found += [(carrier, state, count - away)] + ([(carrier, "resting", away)] if away else [])
    return found


def outages() -> list[str]:
    """Carriers that do not serve some account now."""
    with scopes_disabled():
        return sorted(CarrierOutage.objects.filter(ended_at=None).values_list("carrier", flat=True).distinct())


def budgets() -> list[BudgetLeft]:
    """What is left of every window of the active accounts, the scarcest first; MOST_BUDGETS at the most."""
    with scopes_disabled():
        active = {str(account.pk): account for account in CarrierAccount.objects.filter(state="active")}
        told = budget.standings(active.values())
    rows = [
        BudgetLeft(
            carrier=active[pk].carrier, account_id=pk, per=each.limit.per.value, left=each.left, of=each.limit.calls
        )
        for pk, standings in told.items()
        for each in standings
    ]
    return sorted(rows, key=lambda row: row.left / max(row.of, 1))[:MOST_BUDGETS]


def heartbeat_ages() -> dict[str, float]:
    """Role -> seconds since its latest heartbeat."""
    return heartbeats.ages(timezone.now())


def job_ages() -> dict[str, float]:
    """Daily job -> seconds since it was last finished; one that never was is left out."""
    now = timezone.now()
    last = {name: daily.last_success(name) for name in daily.names()}
    return {name: (now - at).total_seconds() for name, at in last.items() if at is not None}


def queues() -> list[tuple[str, int]]:
    """Queue and messages waiting in it; empty where the broker is away."""
    waiting = queue.waiting()
    return [] if waiting is None else [(settings.CELERY_TASK_DEFAULT_QUEUE, waiting)]


def hot_tables() -> list[Sequence[Any]]:
    """Table, dead rows, live rows: PostgreSQL's own estimate."""
    sql = "SELECT relname, n_dead_tup, n_live_tup FROM pg_stat_user_tables WHERE relname = ANY(%(names)s) ORDER BY 1"
    return _rows(sql, {"names": list(HOT_TABLES)})


def partition_problems() -> list[str]:
    """What is wrong with the partitions, a sentence each."""
    return partitions.problems(timezone.now())


def _row(sql: str, parameters: dict[str, Any]) -> Sequence[Any]:
    return _rows(sql, parameters)[0]


def _rows(sql: str, parameters: dict[str, Any]) -> list[Sequence[Any]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
