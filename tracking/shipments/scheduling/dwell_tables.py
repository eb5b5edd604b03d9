"""The dwell statistics and the schedule that this process works with: the newest learned, or the built-in priors."""

from __future__ import annotations

import logging
import time
import zlib
from array import array
from collections.abc import Iterator, Mapping

from django.conf import settings

from tracking.rules.dwell import DwellTables
from tracking.rules.dwell_counts import Cell, Counts, Level
from tracking.rules.schedule import Limits, Schedule
from tracking.shipments.models import DwellCell, DwellVersion
from tracking.shipments.scheduling.dwell_learning import counts_of

logger = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0


class PackedCounts(Mapping[Cell, Counts]):
    """A night's cells, packed: mostly zeros, and each is opened once or twice until the next night."""

    def __init__(self, version_id: int) -> None:
        rows = DwellCell.objects.filter(version_id=version_id).values_list("level", "key", "counts")
        self._packed: dict[Cell, bytes] = {}
        for level, key, counts in rows.iterator(chunk_size=500):
            counts_of(counts)  # before anything relies on it
            self._packed[Level(level), key] = zlib.compress(array("Q", counts).tobytes(), 1)

    def __getitem__(self, cell: Cell) -> Counts:
        return counts_of(array("Q", zlib.decompress(self._packed[cell])))

    def __contains__(self, cell: object) -> bool:
        return cell in self._packed

    def __iter__(self) -> Iterator[Cell]:
        return iter(self._packed)

    def __len__(self) -> int:
        return len(self._packed)


class Source:
    """Holds one schedule until newer tables are learned."""

    def __init__(self) -> None:
        self.version_id: int | None = None
        self._schedule: Schedule | None = None
        self._lags_h: Mapping[str, float] = {}
        self._look_at = float("-inf")

    def refresh(self) -> None:
        """Looks, once a minute at most, whether newer tables were learned; takes them if so. One short query."""
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + LOOK_EVERY_S
        newest = DwellVersion.objects.order_by("-id").values_list("id", "lags_h").first()
        version_id, lags_h = newest or (None, {})
        if self._schedule is None or version_id != self.version_id:
            self._schedule, self._lags_h, self.version_id = _schedule(version_id), lags_h, version_id

    def lag_h(self, carrier: str) -> float:
        """How long after an event this carrier's answers tell it; 0 where too little was seen."""
        return self._lags_h.get(carrier, 0.0)

    @property
    def schedule(self) -> Schedule:
        """At the default price; the built-in priors until the first `refresh`."""
        if self._schedule is None:
            self._schedule = _schedule(None)
        return self._schedule


def _schedule(version_id: int | None) -> Schedule:
    limits = Limits(ceiling_h=settings.POLL_MAX_WAIT_H, silent_ceiling_h=2.0 * settings.POLL_MAX_WAIT_H)
    counts = None
    if version_id is not None:
        try:
            counts = PackedCounts(version_id)
        except ValueError as error:
            logger.warning("the learned tables are of another release (%s); the built-in priors hold", error)
    return Schedule(DwellTables(counts), limits=limits)


source = Source()


def tables() -> DwellTables:
    """What is known of how long parcels stay as they are."""
    return source.schedule.tables
