"""A merchant's standing rows for one carrier, ready to read events with: the recorder, the queue and the replay use
the same."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from carriers.events import TrackingEvent
from carriers.facts import Meaning
from carriers.vocabulary import EventCode, Reason
from tracking.phrasebook.folding import MOST, fold
from tracking.phrasebook.models import PhrasebookRow
from tracking.phrasebook.patterns import Pattern, PatternError, compile_pattern

logger = logging.getLogger(__name__)

Pair = tuple[UUID, str]  # a merchant and a carrier's slug


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A pattern row: the pattern, the code that it wants ("" for any), and what it means."""

    pattern: Pattern
    raw_code: str
    row: PhrasebookRow


class Book:
    """What the rows of one merchant and carrier say. The finer row wins: a whole wording before a pattern, one that
    names the code before one that fits any, a newer pattern before an older, and a code alone last."""

    def __init__(self, rows: Iterable[PhrasebookRow]) -> None:
        self._exact: dict[tuple[str, str], PhrasebookRow] = {}
        self._codes: dict[str, PhrasebookRow] = {}
        patterns = []
        for row in sorted(rows, key=lambda row: row.id, reverse=True):
            if row.wording:
                self._exact[row.raw_code, row.wording] = row
            elif row.pattern:
                patterns += _wanted(row)
            else:
                self._codes[row.raw_code] = row
        self._patterns = sorted(patterns, key=lambda wanted: not wanted.raw_code)

    def row_for(self, raw_code: str, raw_text: str) -> PhrasebookRow | None:
        """The row that tells what this code and text mean, None where no row does."""
        raw_code = raw_code[:60]
        if raw_text and self._exact:
            folded = fold(raw_text)
            row = self._exact.get((raw_code, folded)) or self._exact.get(("", folded))
            if row is not None:
                return row
        if raw_text:
            start = raw_text[:MOST]
            for wanted in self._patterns:
                if wanted.raw_code in ("", raw_code) and wanted.pattern.matches(start):
                    return wanted.row
        return self._codes.get(raw_code)

    def read(self, event: TrackingEvent) -> TrackingEvent:
        """The event, with what the rows make of it."""
        row = self.row_for(event.raw_code, event.raw_text)
        if row is None:
            return event
        meaning = meaning_of(row)
        return replace(event, code=meaning.code, reason=meaning.reason)

    def read_all(self, events: Sequence[TrackingEvent]) -> tuple[TrackingEvent, ...]:
        """Each event, with what the rows make of it."""
        return tuple(self.read(event) for event in events)


def _wanted(row: PhrasebookRow) -> list[_Wanted]:
    """None for a pattern that another release took and this one does not: recording must go on."""
    try:
        return [_Wanted(compile_pattern(row.pattern), row.raw_code, row)]
    except PatternError as error:
        logger.warning("row %s of the phrasebook is passed over: its pattern %s", row.pk, error)
        return []


def meaning_of(row: PhrasebookRow) -> Meaning:
    """What a row says; UNKNOWN where a later release wrote a word that this one does not know."""
    code = EventCode(row.event_code) if row.event_code in EventCode._value2member_map_ else EventCode.UNKNOWN
    return Meaning(code, Reason(row.reason) if row.reason in Reason._value2member_map_ else None)


def books(pairs: Collection[Pair]) -> dict[Pair, Book]:
    """The books of these merchants and carriers; pairs without rows are left out. One query. Crosses tenants: the
    caller names every pair, in `scopes_disabled()`."""
    if not pairs:
        return {}
    merchants, carriers = {merchant for merchant, _ in pairs}, {carrier for _, carrier in pairs}
    found: dict[Pair, list[PhrasebookRow]] = defaultdict(list)
    for row in PhrasebookRow.objects.standing().filter(merchant_id__in=merchants, carrier__in=carriers):
        found[row.merchant_id, row.carrier].append(row)
    return {pair: Book(rows) for pair, rows in found.items() if pair in pairs}


def book_of(merchant_id: UUID, carrier: str) -> Book:
    """The book of one merchant and carrier, which may be empty."""
    return books({(merchant_id, carrier)}).get((merchant_id, carrier), Book(()))
