"""What is kept how long.

Raw answers go when nothing was heard of their shipment for RAW_ANSWERS_KEPT_DAYS: a month at a time where all of it is
old, else in small batches. Events and shipments stay until somebody puts a month away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone
from django_scopes import scopes_disabled

from carriers.vocabulary import FINAL_STATUSES
from tracking import clock
from tracking.jobs.daily import Job
from tracking.shipments import partitions
from tracking.shipments.models import Shipment
from tracking.shipments.partitions import Partition, bound
from tracking.shipments.querysets import ShipmentQuerySet

EVENTS, RAW_ANSWERS = partitions.TABLES
# A shipment that ended so long ago may be put away with its month.
ENDED_FOR = timedelta(days=90)
BATCH = 500
_MOST_DELETED = 1_000_000  # raw answers a day, beside whole months
_FIRST_ID = UUID(int=0)


class StillAlive(Exception):
    """The month holds shipments that have not ended, or not long enough ago; says how many, and names some."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """The partitions of one range of months: of events, of raw answers, or of both."""

    first: date | None
    until: date | None
    parts: tuple[Partition, ...]

    def shipments(self) -> ShipmentQuerySet:
        """All shipments made in it, whoever's they are."""
        low = _FIRST_ID if self.first is None else bound(self.first)
        rows: ShipmentQuerySet = Shipment.objects.filter(id__gte=low)
        return rows if self.until is None else rows.filter(id__lt=bound(self.until))

    def alive(self, ended_by: datetime) -> ShipmentQuerySet:
        """Those of them that had not ended by then."""
        final = [status.value for status in FINAL_STATUSES]
        ended = Q(archived_at__lte=ended_by) | Q(status__in=final, updated_at__lte=ended_by)
        return self.shipments().exclude(ended)


def month_of(day: date) -> Month:
    """The partitions in which this month's shipments lie. Raises LookupError where there is no range of its own."""
    for table in partitions.TABLES:
        for part in partitions.partitions(table):
            if part.first is not None and part.until is not None and part.first <= day < part.until:
                return _month(part.first, part.until)
    raise LookupError(f"no partition of its own holds {day:%Y-%m}; `manage.py partitions list` shows them")


def _month(first: date, until: date) -> Month:
    parts = [part for table in partitions.TABLES for part in partitions.partitions(table)]
    return Month(first=first, until=until, parts=tuple(p for p in parts if (p.first, p.until) == (first, until)))


def put_away(month: Month, ended_by: datetime, *, drops: bool) -> list[str]:
    """Detaches the month's events and raw answers; under which names these stand, or stood, alone.

    Its shipments are archived, so that nobody derives them anew from events that are gone; with `drops` they are
    deleted with the tables. Raises StillAlive, with nothing done, where a shipment of it may yet go on.
    """
    with scopes_disabled():
        check_ended(month, ended_by)
        month.shipments().live().update(archived_at=clock.now())
        names = [partitions.detach(part) for part in month.parts]
        if drops:
            for name in names:
                partitions.drop(name)
            _delete_shipments(month)
    return names


def check_ended(month: Month, ended_by: datetime) -> None:
    """Raises StillAlive where a shipment of the month had not ended by then."""
    with scopes_disabled():
        alive = month.alive(ended_by)
        if count := alive.count():
            some = ", ".join(alive.order_by("id").values_list("number", flat=True)[:5])
            raise StillAlive(f"{count} shipments have not ended before {ended_by:%Y-%m-%d}: {some}")


def _delete_shipments(month: Month) -> None:
    while ids := list(month.shipments().order_by("id").values_list("id", flat=True)[:BATCH]):
        Shipment.objects.filter(id__in=ids).delete()


def forget_raw_answers(heard_by: datetime) -> str:
    """Deletes the raw answers of shipments of which nothing was heard since; what was done, in a line."""
    months = rows = 0
    with scopes_disabled():
        for part in partitions.partitions(RAW_ANSWERS):
            if part.until is None or (part.first is not None and _start(part.first) > heard_by):
                continue  # too young as a whole
            month = Month(first=part.first, until=part.until, parts=(part,))
            is_old = part.first is not None and not month.shipments().filter(updated_at__gt=heard_by).exists()
            if is_old and partitions.has_rows(part.name):
                partitions.drop(partitions.detach(part))
                months += 1
            elif not is_old:
                rows += _delete_old(part, heard_by, _MOST_DELETED - rows)
    return f"{months} months and {rows} rows of raw answers deleted"


def _start(month: date) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=UTC)


_OLD = """
SELECT raw.shipment_id, raw.id FROM {table} AS raw JOIN shipments_shipment AS shipment ON shipment.id = raw.shipment_id
 WHERE (raw.shipment_id, raw.id) > (%s, %s) AND shipment.updated_at <= %s
 ORDER BY raw.shipment_id, raw.id LIMIT %s
"""


def _delete_old(part: Partition, heard_by: datetime, most: int) -> int:
    deleted = 0
    for keys in _old_keys(part, heard_by):
        with connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {part.name} WHERE (shipment_id, id) IN %s", [keys])  # noqa: S608  our own name
            deleted += cursor.rowcount
        if deleted >= most:
            break
    return deleted


def _old_keys(part: Partition, heard_by: datetime) -> Iterator[tuple[tuple[UUID, UUID], ...]]:
    """A page of keys at a time, in their order, so that no row is looked at twice."""
    last = (_FIRST_ID, _FIRST_ID)
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_OLD.format(table=part.name), [*last, heard_by, BATCH])
            keys = tuple((shipment_id, answer_id) for shipment_id, answer_id in cursor.fetchall())
        if not keys:
            return
        yield keys
        last = keys[-1]


def _forget(_: datetime) -> str:
    if not settings.RAW_ANSWERS_KEPT_DAYS:
        return "raw answers are kept for ever"
    return forget_raw_answers(clock.now() - timedelta(days=settings.RAW_ANSWERS_KEPT_DAYS))


def _make_months_ready(_: datetime) -> str:
    return "; ".join(partitions.ensure(timezone.now())) or "enough months stand ready"


# Hours of UTC; the months first, for they are needed more.
JOBS = (
    Job(name="shipments.partitions", hour=1, run=_make_months_ready),
    Job(name="shipments.raw_answers", hour=3, run=_forget),
)
