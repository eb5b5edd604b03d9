"""How long parcels stay as they are: the one set of dwell statistics that the poll schedule, delivery dates and "is
this silence normal?" read.

A dwell begins with an event and ends with the next one of the same leg. Its hazard (chance per hour to end now, given
that it has not) is

    h(a, t) = base[bin of the age a] * by_hour[local hour of t] * by_weekday[local weekday of t]

with factors around 1. Cells are counted from coarse to fine (`cells_of`); each is shrunk to the one before it by
pseudo-dwells, and the finest built-in prior (`tracking.rules.dwell_priors`) is where the chain begins. So nothing has
to be learned, and a hundred dwells already count.
"""

from __future__ import annotations

from collections.abc import Mapping

from tracking.rules.dwell_counts import AGE_BINS_H, Cell, Counts, Level, Situation, age_bin, cells_of
from tracking.rules.dwell_law import DwellLaw, fitted
from tracking.rules.dwell_priors import prior_of

__all__ = ["AGE_BINS_H", "Cell", "Counts", "DwellLaw", "DwellTables", "Level", "Situation", "age_bin", "cells_of"]

LAWS_KEPT = 4_000  # some 4 kB each
LEAST_DWELLS = 30  # fewer would hardly move the parent's law

_FINENESS = {level: number for number, level in enumerate(Level)}


class DwellTables:
    """The law of every situation: built-in priors, and counts where there are any.

    Laws are made when first asked for and LAWS_KEPT of them are kept; one instance is meant to live for as long as its
    counts do (a night). Reading from several threads is safe: at worst a law is made twice.
    """

    # `counts` is only asked for the cells that are needed, once each: it may unpack them on demand.
    def __init__(self, counts: Mapping[Cell, Counts] | None = None) -> None:
        self._counts = counts or {}
        self._situations: dict[Situation, DwellLaw] = {}
        self._laws: dict[tuple[DwellLaw, Cell], DwellLaw] = {}

    def law(self, situation: Situation) -> DwellLaw:
        """How long a parcel in this situation stays; situations of the same cells share one law."""
        law = self._situations.get(situation)
        if law is None:
            if len(self._situations) >= LAWS_KEPT:
                self._situations.clear()
                self._laws.clear()
            law = self._situations[situation] = self._made(situation)
        return law

    def _made(self, situation: Situation) -> DwellLaw:
        law, known = prior_of(situation)
        for cell in cells_of(situation):
            if _FINENESS[cell[0]] >= _FINENESS[known] and cell in self._counts:
                law = self._laws.get((law, cell)) or self._fitted(law, cell)
        return law

    def _fitted(self, parent: DwellLaw, cell: Cell) -> DwellLaw:
        counts = self._counts[cell]
        law = fitted(counts, parent) if counts.dwells >= LEAST_DWELLS else parent
        self._laws[parent, cell] = law
        return law

    def survival(self, situation: Situation, age_h: float, *, given_age_h: float = 0.0) -> float:
        """The chance that the next event takes longer than `age_h`, given that it took longer than `given_age_h`; the
        local time left out."""
        return self.law(situation).survival(age_h, given_age_h=given_age_h)

    def quantile(self, situation: Situation, q: float, *, given_age_h: float = 0.0) -> float:
        """The age in hours by which the share `q` of those that are `given_age_h` old now have had their next event;
        infinite where so many never have one. `quantile(s, 0.95) < age` says: this silence is not normal."""
        return self.law(situation).quantile(q, given_age_h=given_age_h)

    def hazard(self, situation: Situation, age_h: float, *, local_h: float | None = None) -> float:
        """Chance per hour for the next event at this age; at local hour of the week `local_h` (Monday 0:00 is 0) where
        it is known."""
        return self.law(situation).hazard(age_h, local_h=local_h)
