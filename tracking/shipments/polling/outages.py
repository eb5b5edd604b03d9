"""Incidents: carriers that fail an account as a whole. One row an account, however many parcels wait."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, F, Min, Sum
from django.utils import timezone
from django_scopes import scopes_disabled

from tracking import clock
from tracking.shipments import live
from tracking.shipments.models import CarrierAccount, CarrierOutage, Leg

MOST_TOLD = 5_000  # readers' pages, at a beginning or end
_TOLD_AT_ONCE = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Disruption:
    """A carrier that fails several accounts at once, or one."""

    carrier: str
    accounts: int
    merchants: int
    since: datetime
    calls_failed: int
    legs_waiting: int


def open_outages(account_ids: Iterable[UUID | None]) -> dict[UUID, CarrierOutage]:
    """The outages that go on, by account; one query."""
    ids = {account_id for account_id in account_ids if account_id is not None}
    if not ids:
        return {}
    with scopes_disabled():
        return {outage.account_id: outage for outage in CarrierOutage.objects.filter(account__in=ids, ended_at=None)}


def asked_again_at(account: CarrierAccount) -> datetime | None:
    """When the next call tries whether the carrier serves the account again (domain time); None where people must act
    first."""
    if account.state != CarrierAccount.State.ACTIVE or account.rests_until is None:
        return None
    return clock.after(max((account.rests_until - timezone.now()).total_seconds(), 0.0))


def disruptions() -> list[Disruption]:
    """What goes on at the whole site, by carrier, the widest first: for operations, across merchants."""
    with scopes_disabled():
        found = (
            CarrierOutage.objects.filter(ended_at=None)
            .values("carrier")
            .annotate(
                accounts=Count("id"), merchants=Count("merchant", distinct=True), since=Min("began_at"),
                calls=Sum("calls_failed"), waiting=Sum("legs_waiting"),
            )
            .order_by("-accounts", "since")
        )  # fmt: skip
        return [
            Disruption(
                carrier=row["carrier"], accounts=row["accounts"], merchants=row["merchants"], since=row["since"],
                calls_failed=row["calls"], legs_waiting=row["waiting"],
            )
            for row in found
        ]  # fmt: skip


def waiting(account: CarrierAccount) -> int:
    """Legs of the account that are due and that nobody asks for."""
    return Leg.objects.filter(account=account, next_poll_at__lte=clock.now()).count()


def note_failing(account: CarrierAccount, *, calls: int) -> bool:
    """The account's carrier failed so many calls more; whether this opens the outage. In the account's row lock."""
    now = clock.now()
    latest = {
        "kind": account.last_failure_kind,
        "detail": account.last_failure_detail,
        "last_failure_at": now,
        "legs_waiting": waiting(account),
    }
    goes_on = CarrierOutage.objects.filter(account=account, ended_at=None)
    if goes_on.update(**latest, calls_failed=F("calls_failed") + calls):
        return False
    CarrierOutage.objects.create(
        merchant_id=account.merchant_id,
        account=account,
        carrier=account.carrier,
        began_at=account.failing_since or now,
        calls_failed=account.failed_calls,
        **latest,
    )
    return True


def end(account: CarrierAccount) -> bool:
    """The carrier serves the account again; whether there was an outage."""
    ended = CarrierOutage.objects.filter(account=account, ended_at=None).update(ended_at=clock.now())
    return bool(ended)


# Who holds a shipment's row at this moment has news of its own for its readers.
_BUMP_SQL = """
WITH watched AS (SELECT id FROM shipments_shipment WHERE id = ANY(%s) ORDER BY id FOR UPDATE SKIP LOCKED)
UPDATE shipments_shipment AS shipment SET version = version + 1, updated_at = %s
  FROM watched WHERE shipment.id = watched.id
RETURNING number, version, status
"""


def tell_readers(account: CarrierAccount) -> int:
    """Has the pages of this account's open parcels that somebody watches drawn anew; how many.

    A page in the cache lives a minute, so whoever opens one later reads of the outage without any of this; only the
    readers who have one open need to be told.
    """
    watched = Leg.objects.filter(account=account, watched_until__gt=clock.now(), state=Leg.State.OPEN)
    ids = sorted(set(watched.values_list("shipment_id", flat=True)[:MOST_TOLD]))
    for start in range(0, len(ids), _TOLD_AT_ONCE):
        part = ids[start : start + _TOLD_AT_ONCE]
        with connection.cursor() as cursor:
            cursor.execute(_BUMP_SQL, [part, clock.now()])
            news = [live.News(number=number, version=version, status=status) for number, version, status in cursor]
        live.publish(news)
    return len(ids)
