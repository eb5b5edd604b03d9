"""Learns every night how long parcels stay as they are, from the events of the last half year: SQL fills the counts of
`rules.dwell_counts`.

The tables cross merchants (a lane's customs are as slow for one as for another) and hold numbers only. Nothing needs
them: a fresh site runs on the built-in priors. Shipments are taken in ranges of their time-ordered ids, so a run needs
the memory of one range and of the cells, whatever the site's size.
"""

from __future__ import annotations

import time
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from carriers.vocabulary import Phase
from tracking import clock
from tracking.jobs.daily import Job
from tracking.rules.dwell_counts import AGE_BINS_H, BINS, Cell, Counts, Level, Situation, cells_of
from tracking.rules.merging import MERGE_WITHIN
from tracking.rules.reuse import BEFORE_REGISTRATION
from tracking.rules.timeline import HUBS
from tracking.shipments.models import DwellCell, DwellVersion
from tracking.shipments.recording.reading import known_code
from tracking.shipments.scheduling.reporting_lags import Delays

WINDOW = timedelta(days=180)
SHIPMENTS_PER_RANGE = 1_000
RANGE_TIMEOUT = "120s"  # longer than pages may take: after a big import the planner knows too little
# More shipments than this are sampled, every n-th range, so that a run stays within minutes.
MOST_SHIPMENTS = 400_000
# Fine cells seen seldom are dropped while counting and before storing; their dwells stay in the coarse ones. A process
# that plans calls solves a table for each law that it meets, which takes more memory and time than the counts.
MOST_HELD = 60_000
MOST_KEPT = 2_000
FEWEST_DWELLS = 3
VERSIONS_KEPT = 5

_COARSE = frozenset({Level.GLOBAL, Level.PHASE, Level.CODE})
_NAMES = tuple(Counts().as_json())
_SIZES = tuple(len(numbers) for numbers in Counts().as_json().values())
_WIDTH = sum(_SIZES)

_SQL = """
WITH parcel AS (
    SELECT id, created_at, origin_country AS origin, destination_country AS destination
      FROM shipments_shipment
     WHERE id > %(after)s AND id <= %(upto)s AND created_at >= %(since)s
), told AS (
    SELECT event.shipment_id, event.leg_id, event.id, event.sequence, event.occurred_at, event.zone,
           event.precision <> 'day' AS is_exact, leg.carrier, leg.last_checked_at, parcel.origin, parcel.destination,
           COALESCE(hub.placed, event.code) AS code
      FROM parcel
      JOIN shipments_event AS event ON event.shipment_id = parcel.id
      JOIN shipments_leg AS leg ON leg.id = event.leg_id AND leg.state <> 'replaced'
      LEFT JOIN (VALUES {hubs}) AS hub (code, side, placed)
        ON hub.code = event.code AND parcel.origin <> '' AND parcel.origin <> parcel.destination
       AND hub.side = CASE event.country WHEN '' THEN NULL WHEN parcel.origin THEN 'origin'
                                         WHEN parcel.destination THEN 'destination' ELSE 'between' END
     WHERE event.shipment_id > %(after)s AND event.shipment_id <= %(upto)s
       AND event.channel IN ('poll', 'push') AND NOT event.is_correction
       AND event.code NOT IN ('tracking.not_found', 'tracking.invalid')
       AND event.occurred_at <= %(now)s AND event.occurred_at >= parcel.created_at - %(before)s
    UNION ALL -- until a shipment's first event, its first leg waits for it since it was opened
    SELECT leg.shipment_id, leg.id, NULL, -1, leg.opened_at, '', true, leg.carrier, leg.last_checked_at,
           parcel.origin, parcel.destination, ''
      FROM parcel JOIN shipments_leg AS leg ON leg.shipment_id = parcel.id
     WHERE leg.position = 1 AND leg.state <> 'replaced' AND leg.carrier <> '' AND leg.opened_at <= %(now)s
), marked AS (
    SELECT *, lag(code) OVER way AS code_before, lag(occurred_at) OVER way AS before_at
      FROM told WINDOW way AS (PARTITION BY shipment_id, leg_id ORDER BY occurred_at, sequence, id)
), ordered AS ( -- a poll and a push of one scan are one event; a leg opened late did not wait for its first
    SELECT *, lead(occurred_at) OVER way AS next_at, lead(is_exact) OVER way AS next_is_exact,
           CASE WHEN split_part(code, '.', 1) = ANY(%(phases)s) THEN split_part(code, '.', 1) END AS own_phase,
           count(CASE WHEN split_part(code, '.', 1) = ANY(%(phases)s) THEN 1 END) OVER way AS stretch
      FROM marked
     WHERE (code_before IS DISTINCT FROM code OR occurred_at - before_at > %(merged)s)
       AND NOT (code = '' AND code_before IS NOT NULL)
    WINDOW way AS (PARTITION BY shipment_id, leg_id ORDER BY occurred_at, sequence, id)
), dwell AS (
    SELECT carrier, CASE WHEN origin <> '' AND destination <> '' THEN origin || '-' || destination ELSE '' END AS lane,
           COALESCE(max(own_phase) OVER (PARTITION BY shipment_id, leg_id, stretch), 'seller') AS phase, code,
           next_at IS NULL AS is_open,
           extract(epoch FROM greatest(COALESCE(next_at, last_checked_at, %(now)s), occurred_at) - occurred_at) / 3600
               AS age_h,
           CASE WHEN zone = ANY(%(zones)s) THEN occurred_at AT TIME ZONE zone END AS started,
           CASE WHEN zone = ANY(%(zones)s) THEN next_at AT TIME ZONE zone END AS ended,
           is_exact AND COALESCE(next_is_exact, true) AS is_exact
      FROM ordered
)
SELECT carrier, lane, phase, code, slot, count(*)
  FROM dwell CROSS JOIN LATERAL unnest(ARRAY[
           width_bucket(age_h::double precision, %(edges)s::double precision[]) - 1
               + CASE WHEN is_open THEN %(bins)s ELSE 0 END,
           {started} + extract(hour FROM started)::int, {started} + 24 + extract(isodow FROM started)::int - 1,
           {ended} + extract(hour FROM ended)::int, {ended} + 24 + extract(isodow FROM ended)::int - 1
       ]) AS slot
 WHERE is_exact AND slot IS NOT NULL
 GROUP BY carrier, lane, phase, code, slot
""".format(  # noqa: S608  the vocabulary's own words
    hubs=", ".join(
        f"('{code.value}', '{side}', '{placed.value}')"
        for code, sides in HUBS.items()
        for side, placed in sides.items()
    ),
    started=2 * BINS,
    ended=2 * BINS + 31,
)


@dataclass(slots=True)
class Learned:
    """What a run found: dwells by cell, in the layout of `DwellCell.counts`."""

    since: datetime
    cells: dict[Cell, array[int]] = field(default_factory=dict)
    delays: Delays = field(default_factory=Delays)
    shipments: int = 0
    took_s: float = 0.0

    @property
    def dwells(self) -> int:
        """All that were counted, ended and open."""
        return self.dwells_of((Level.GLOBAL, ""))

    def dwells_of(self, cell: Cell) -> int:
        """Of one cell."""
        counts = self.cells.get(cell)
        return sum(counts[: 2 * BINS]) if counts is not None else 0

    def counts(self) -> dict[Cell, Counts]:
        """As the rules read them."""
        return {cell: counts_of(numbers) for cell, numbers in self.cells.items()}


def learn(now: datetime) -> Learned:
    """Counts the dwells of the half year before `now` (domain time); stores nothing."""
    began = time.monotonic()
    learned = Learned(since=now - WINDOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_timezone_names")
        same: dict[str, Any] = {
            "now": now, "since": learned.since, "before": BEFORE_REGISTRATION, "merged": MERGE_WITHIN,
            "phases": [phase.value for phase in Phase], "zones": [name for (name,) in cursor.fetchall()],
            "edges": list(AGE_BINS_H), "bins": BINS,
        }  # fmt: skip
    for after, upto, shipments in _ranges(learned.since):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = %s", [RANGE_TIMEOUT])
            cursor.execute(_SQL, {**same, "after": after, "upto": upto})
            _add(learned, cursor.fetchall())
            learned.delays.count(after, upto, now)
        learned.shipments += shipments
    learned.took_s = time.monotonic() - began
    return learned


def _ranges(since: datetime) -> Iterator[tuple[UUID, UUID, int]]:
    """(after, up to and with, how many) over the ids of the shipments of the window; some left out of very many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM shipments_shipment WHERE created_at >= %s", [since])
        every = max(-(-cursor.fetchone()[0] // MOST_SHIPMENTS), 1)
    after, index = UUID(int=0), 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT id FROM shipments_shipment WHERE id > %s AND created_at >= %s ORDER BY id LIMIT %s",
                [after, since, SHIPMENTS_PER_RANGE],
            )
            ids = [shipment_id for (shipment_id,) in cursor.fetchall()]
        if not ids:
            return
        if index % every == 0:
            yield after, ids[-1], len(ids)
        after, index = ids[-1], index + 1


def _add(learned: Learned, rows: list[tuple[str, str, str, str, int, int]]) -> None:
    """Adds counted dwells to the cells of every level."""
    held: dict[tuple[str, str, str, str], list[array[int]]] = {}
    for carrier, lane, phase, code, slot, count in rows:
        key = (carrier, lane, phase, code)
        if key not in held:
            situation = Situation(
                phase=Phase(phase), event_code=known_code(code) if code else None, carrier=carrier, lane=lane
            )
            held[key] = [learned.cells.setdefault(cell, array("Q", bytes(8 * _WIDTH))) for cell in cells_of(situation)]
        for counts in held[key]:
            counts[slot] += count
    if len(learned.cells) > MOST_HELD:
        _drop_rarest(learned, MOST_HELD // 2)


def _drop_rarest(learned: Learned, kept: int) -> None:
    fine = sorted((cell for cell in learned.cells if cell[0] not in _COARSE), key=learned.dwells_of, reverse=True)
    for cell in fine[kept:]:
        del learned.cells[cell]


def store(learned: Learned) -> DwellVersion | None:
    """Puts the tables in force, all at once; None where there is nothing to store. Old versions are dropped."""
    if not learned.dwells:
        return None
    _drop_rarest(learned, MOST_KEPT)
    cells = {cell: dwells for cell in learned.cells if (dwells := learned.dwells_of(cell)) >= FEWEST_DWELLS}
    with transaction.atomic():
        version = DwellVersion.objects.create(
            since=learned.since, dwells=learned.dwells, took_s=learned.took_s, lags_h=learned.delays.lags_h()
        )
        rows = (
            DwellCell(
                version=version, level=cell[0].value, key=cell[1], dwells=dwells, counts=list(learned.cells[cell])
            )
            for cell, dwells in cells.items()
        )
        DwellCell.objects.bulk_create(rows, batch_size=500)
        kept = DwellVersion.objects.order_by("-id").values_list("id", flat=True)[:VERSIONS_KEPT]
        DwellVersion.objects.exclude(id__in=list(kept)).delete()
    return version


def counts_of(numbers: list[int] | array[int]) -> Counts:
    """A stored cell's counts. Raises ValueError where they were counted with other bins."""
    if len(numbers) != _WIDTH:
        raise ValueError("dwells counted with other bins")
    parts: dict[str, list[int]] = {}
    start = 0
    for name, size in zip(_NAMES, _SIZES, strict=True):
        parts[name] = list(numbers[start : start + size])
        start += size
    return Counts(**parts)


def _learn_nightly(_day: datetime) -> str:
    learned = learn(clock.now())
    version = store(learned)
    if version is None:
        return "no dwells yet; the built-in priors hold"
    return f"{learned.dwells} dwells of {learned.shipments} shipments in {version.cells.count()} cells"


JOB = Job(name="shipments.dwell", hour=2, run=_learn_nightly)
