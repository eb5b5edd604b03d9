"""Takes in what partners send, and goes through it: kept first, then read, then told, item by item.

A file is claimed with a lease. Whoever dies lets it run out; the next one goes on behind the cursor, and what was told
but not yet counted is told again, which adds nothing.
"""

from __future__ import annotations

import hashlib
import logging
import time
import zlib
from dataclasses import asdict
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django_scopes import scope, scopes_disabled

from carriers import bounds, messages, registry
from carriers.messages import Estimate, Format, MessageEvent, Problem, Reading
from tracking.accounts.models import Merchant
from tracking.inbound.models import InboundFile, InboundItem
from tracking.inbound.telling import tell_items
from tracking.inbound.wire import keys_of, to_json
from tracking.shipments.errors import Invalid

logger = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 5
# Items between two steps of the cursor; a flight's items are told together, and its shipments locked once.
CHUNK = 100
MOST_PROBLEMS = 1_000
# What the API took as JSON: kept as CSV's reader takes it, row by row.
JSON_EVENTS = "json"


def receive(
    merchant: Merchant,
    file_format: str,
    body: bytes,
    *,
    name: str = "",
    carrier: str = "",
    sent_by: str = "",
    is_draft: bool = False,
) -> tuple[InboundFile, bool]:
    """Keeps a file; True where it is new. The same bytes again are the file that was sent before. Raises Invalid.

    `is_draft`: to be looked at; `tell_draft` sends it on, and so does the same file sent in earnest.
    """
    check(file_format, body, carrier)
    digest = hashlib.sha256(body).hexdigest()
    carrier = sheet.slug if (sheet := registry.find(carrier)) is not None else carrier.strip()[:80]
    with scope(merchant=merchant):
        try:
            with transaction.atomic():
                file = InboundFile.objects.create(
                    merchant=merchant,
                    format=file_format,
                    name=name.strip()[:120],
                    sent_by=sent_by[:120],
                    carrier=carrier,
                    digest=digest,
                    body=zlib.compress(body, 6),
                    size=len(body),
                    state=InboundFile.State.DRAFT if is_draft else InboundFile.State.WAITING,
                )
                return file, True
        except IntegrityError:
            file = InboundFile.objects.get(format=file_format, carrier=carrier, digest=digest)
            if not is_draft:
                tell_draft(file)
            return file, False


def tell_draft(file: InboundFile) -> bool:
    """Sends a looked-at file on; False for one that was sent already."""
    drafts = InboundFile.objects.filter(pk=file.pk, state=InboundFile.State.DRAFT)
    is_sent = bool(drafts.update(state=InboundFile.State.WAITING))
    file.refresh_from_db(fields=["state"])
    return is_sent


def discard_draft(file: InboundFile) -> None:
    """Forgets a file that was only looked at."""
    InboundFile.objects.filter(pk=file.pk, state=InboundFile.State.DRAFT).delete()


def check(file_format: str, body: bytes, carrier: str) -> None:
    """Raises Invalid for what nobody could read."""
    if file_format not in (*Format, JSON_EVENTS):
        raise Invalid("format", f"“{file_format[:20]}” is no format", f"Send one of {', '.join(Format)}.")
    if not body.strip():
        raise Invalid("body", "is empty", "Send the file itself as the body.")
    if len(body) > bounds.MAX_BYTES:
        raise Invalid("body", f"has {len(body):,} bytes", f"Send {bounds.MAX_BYTES:,} at the most; split it.")
    if "\0" in carrier or len(carrier) > 80:
        raise Invalid("carrier", "is no name", "Send a slug of GET /api/v1/carriers, or a name of up to 80 letters.")


def reading_of(file: InboundFile) -> Reading:
    """What the file tells: pure, and the same at every time."""
    body = zlib.decompress(bytes(file.body))
    sheet = registry.find(file.carrier)
    if file.format == JSON_EVENTS:
        from tracking.inbound.json_events import read

        return read(body, file.received_at, sheet)
    return messages.read(Format(file.format), body, file.received_at, sheet)


def read_files(*, for_s: float = 20.0) -> bool:
    """Goes through waiting files, the oldest first, for a while; True where some are left. Safe to run side by side."""
    until = time.monotonic() + for_s
    while (file_id := _claim()) is not None:
        try:
            with scopes_disabled():
                is_done = _work(file_id, until)
        except Exception as error:  # one file that cannot be told must not keep the others waiting
            logger.exception("inbound file %s was not told", file_id)
            _note_failure(file_id, error)
            continue
        if not is_done or time.monotonic() > until:
            return has_waiting()
    return False


def has_waiting() -> bool:
    """True where a file waits that nobody holds."""
    with scopes_disabled():
        return _claimable().exists()


def _claimable() -> models.QuerySet[InboundFile]:
    free = Q(lease_until=None) | Q(lease_until__lt=timezone.now())
    return InboundFile.objects.filter(free, state=InboundFile.State.WAITING)


def _claim() -> UUID | None:
    with scopes_disabled(), transaction.atomic():
        file_id = _claimable().select_for_update(skip_locked=True).order_by("id").values_list("id", flat=True).first()
        if file_id is not None:
            # Counted before the work: a file that kills its reader is not read for ever.
            InboundFile.objects.filter(id=file_id).update(
                lease_until=timezone.now() + LEASE, attempts=F("attempts") + 1
            )
            InboundFile.objects.filter(id=file_id, attempts__gt=MOST_ATTEMPTS).update(state=InboundFile.State.FAILED)
    return file_id


def _work(file_id: UUID, until: float) -> bool:
    """Reads the file, if nobody has yet, and tells it chunk by chunk; False where the time ran out first."""
    file = InboundFile.objects.get(pk=file_id)
    if file.state != InboundFile.State.WAITING:
        return True
    if not file.is_parsed:
        _parse(file)
    while True:
        items = list(
            InboundItem.objects.filter(file=file, position__gt=file.cursor)
            .select_related("unit")
            .order_by("position")[:CHUNK]
        )
        if not items:
            InboundFile.objects.filter(pk=file.pk).update(
                state=InboundFile.State.DONE, lease_until=None, failure="", attempts=0
            )
            return True
        tell_items(file.received_at, items, file.carrier, lambda: _beat(file_id))
        file.cursor = items[-1].position
        is_late = time.monotonic() > until
        lease = None if is_late else timezone.now() + LEASE
        InboundFile.objects.filter(pk=file.pk).update(cursor=file.cursor, lease_until=lease, attempts=0, failure="")
        if is_late:
            return False


def _beat(file_id: UUID) -> None:
    """Still at it: the lease runs on, and what is being told is no failed attempt."""
    InboundFile.objects.filter(pk=file_id).update(lease_until=timezone.now() + LEASE, attempts=0)


def _parse(file: InboundFile) -> None:
    """All items in one transaction, with the mark that they are there."""
    reading = reading_of(file)
    with transaction.atomic():
        InboundItem.objects.bulk_create(
            [
                InboundItem(
                    merchant_id=file.merchant_id,
                    file=file,
                    position=position,
                    told=to_json(told),
                    keys=keys_of(told),
                    received_at=file.received_at,
                )
                for position, told in enumerate(items_of(reading))
            ],
            batch_size=1_000,
            ignore_conflicts=True,
        )
        file.is_parsed, file.events, file.problem_count = True, len(reading.events), len(reading.problems)
        file.problems = [problem_to_json(problem) for problem in reading.problems[:MOST_PROBLEMS]]
        file.save(update_fields=["is_parsed", "events", "problem_count", "problems"])


def items_of(reading: Reading) -> list[MessageEvent | Estimate]:
    """What is told: events, the day at the door, and a unit's arrival. When something was to leave helps nobody."""
    return [*reading.events, *(each for each in reading.estimates if each.what in ("delivery", "arrival"))]


def problem_to_json(problem: Problem) -> dict[str, str]:
    """A problem as it is kept and shown."""
    return asdict(problem)


def _note_failure(file_id: UUID, error: Exception) -> None:
    """Our own failure: the file waits until its lease has run out, and is tried again."""
    with scopes_disabled():
        InboundFile.objects.filter(pk=file_id).update(failure=f"internal: {type(error).__name__}")
