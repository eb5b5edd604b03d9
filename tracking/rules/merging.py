"""From reports to events: in order of time, and what two carriers (or poll and push) told of one scan taken together.

Both depend on the set of reports alone, never on the order in which they came.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import takewhile, zip_longest
from operator import itemgetter
from uuid import UUID

from carriers.events import TimePrecision, TimeSource
from carriers.vocabulary import EventCode
from tracking.rules.facts import Channel, EventFact

# Two reports of one scan differ by rounding and by the minute the partner's system took it over.
MERGE_WITHIN = timedelta(minutes=10)

Reports = tuple[EventFact, ...]  # of one scan, by one carrier
Dated = tuple[datetime, Reports]
Merged = tuple[datetime, tuple[EventFact, ...]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)

# How far a derived instant is to be trusted: of two reports of one event, the better dated one leads.
_TRUST = {
    TimeSource.CARRIER_OFFSET: 0,
    TimeSource.PLACE: 1,
    TimeSource.COUNTRY: 2,
    TimeSource.CARRIER_DEFAULT: 3,
    TimeSource.UNKNOWN: 4,
}
_RANK = {code: -1 if code.phase is None else code.phase.rank for code in EventCode}
# One code can be a finer word of another only where both begin with the same two words.
_STEM = {code: ".".join(code.split(".")[:2]) for code in EventCode}

_CARRIERS_OWN = (Channel.POLL, Channel.PUSH)
_NEVER_MERGED = frozenset(
    {
        EventCode.UNKNOWN,
        EventCode.ANY_NOTE,
        EventCode.ANY_IN_TRANSIT,
        EventCode.TRACKING_NOT_FOUND,
        EventCode.TRACKING_INVALID,
    }
)


def merged(events: Iterable[EventFact], positions: Mapping[UUID, int]) -> list[Merged]:
    """Each physical event with its reports, the lead first, and where it stands in the order; from the oldest.

    `positions` are the legs', by id. Two facts of one identity are the same fact.
    """
    unique: dict[str, EventFact] = {}
    for event in events:
        unique.setdefault(event.identity, event)
    if len({(event.carrier, event.channel) for event in unique.values()}) < 2:
        # One carrier telling it twice in one answer means it twice.
        return [(at, (event,)) for at, (event,) in _in_order([(event,) for event in unique.values()], positions)]
    result = []
    for start, group in _groups(_in_order(_told_again(unique.values()), positions)):
        # Of two as well dated, the earlier leg's leads; of a carrier's answer and its push, the answer.
        group.sort(
            key=lambda event: (
                _TRUST[event.time_source],
                positions.get(event.leg_id, 0),
                event.channel is Channel.PUSH,
                event.identity,
            )
        )
        result.append((group[0].occurred_at or start, tuple(group)))
    return sorted(result, key=itemgetter(0))


def _told_again(events: Iterable[EventFact]) -> list[Reports]:
    """A carrier's push and its answer tell one scan, whatever its code; only what was told twice by both is two.

    The answer's report comes first: its list says what went before, a message of one scan does not.
    """
    alike: dict[tuple[object, ...], tuple[list[EventFact], list[EventFact]]] = defaultdict(lambda: ([], []))
    told: list[Reports] = []
    for event in events:
        if event.channel in _CARRIERS_OWN:
            key = (
                event.leg_id, event.carrier, event.code, event.occurred_at, event.local_time, event.is_correction,
            )  # fmt: skip
            alike[key][event.channel is Channel.PUSH].append(event)
        else:
            told.append((event,))
    for polled, pushed in alike.values():
        for reports in (polled, pushed):
            reports.sort(key=lambda event: (event.sequence, event.identity))
        told += [tuple(filter(None, pair)) for pair in zip_longest(polled, pushed)]
    return told


def _in_order(events: Iterable[Reports], positions: Mapping[UUID, int]) -> list[Dated]:
    """Every event with the instant it is ordered by, in order: instant, phase, the carrier's own order, leg."""
    by_leg: dict[UUID, list[Reports]] = defaultdict(list)
    for reports in events:
        by_leg[reports[0].leg_id].append(reports)
    keyed = []
    for leg_id, mine in by_leg.items():
        place = positions.get(leg_id, 0)
        keyed += [
            ((at, _RANK[reports[0].code], reports[0].sequence, place, reports[0].identity), reports)
            for at, reports in _dated(mine)
        ]
    keyed.sort(key=itemgetter(0))
    return [(key[0], reports) for key, reports in keyed]


def _dated(events: list[Reports]) -> list[Dated]:
    """An event without an instant is ordered by its wall clock at its nearest neighbour's offset, or by that
    neighbour's instant."""
    known = [reports[0] for reports in events if reports[0].occurred_at is not None]
    if len(known) < len(events):
        known.sort(key=lambda event: (event.sequence, event.identity))
    sequences = [event.sequence for event in known]
    dated = []
    for reports in events:
        event = reports[0]
        if event.occurred_at is not None:
            dated.append((event.occurred_at, reports))
            continue
        near = _nearest(known, sequences, event.sequence)
        if event.local_time is not None:
            offset = near.offset_min if near is not None and near.offset_min is not None else 0
            dated.append((event.local_time.replace(tzinfo=UTC) - timedelta(minutes=offset), reports))
        else:
            dated.append((_EPOCH if near is None or near.occurred_at is None else near.occurred_at, reports))
    return dated


def _nearest(known: Sequence[EventFact], sequences: Sequence[int], sequence: int) -> EventFact | None:
    """The one nearest in the carrier's order; of two as near the earlier; of several at one place the first."""
    after = bisect_left(sequences, sequence)
    if after == 0:
        return known[0] if known else None
    before = bisect_left(sequences, sequences[after - 1])
    if after < len(known) and sequences[after] - sequence < sequence - sequences[before]:
        return known[after]
    return known[before]


def _groups(dated: Iterable[Dated]) -> Iterable[tuple[datetime, list[EventFact]]]:
    """The reports of each physical event, and the instant of the first."""
    groups: list[tuple[datetime, list[EventFact]]] = []
    by_stem: dict[str, list[tuple[datetime, list[EventFact]]]] = defaultdict(list)
    for at, reports in dated:
        alike = by_stem[_STEM[reports[0].code]]
        recent = takewhile(lambda known, at=at: at - known[0] <= _DAY, reversed(alike))  # type: ignore[misc]
        mine = next((group for start, group in recent if _is_same_event(start, group, at, reports)), None)
        if mine is None:
            groups.append((at, list(reports)))
            alike.append(groups[-1])
        else:
            mine += reports
    return groups


def _is_same_event(start: datetime, group: list[EventFact], at: datetime, reports: Reports) -> bool:
    first, event = group[0], reports[0]
    if event.code in _NEVER_MERGED or first.occurred_at is None or event.occurred_at is None:
        return False
    by_day = TimePrecision.DAY in (first.precision, event.precision)
    if not by_day and at - start > MERGE_WITHIN:
        return False
    sources = {(told.carrier, told.channel) for told in reports}
    if any((told.carrier, told.channel) in sources for told in group):
        return False  # one carrier telling it twice in one answer means it twice
    if not _is_same_or_finer(first.code, event.code):
        return False
    if first.country and event.country and first.country != event.country:
        return False
    return not by_day or (
        first.local_time is not None
        and event.local_time is not None
        and first.local_time.date() == event.local_time.date()
    )


def _is_same_or_finer(one: EventCode, other: EventCode) -> bool:
    return one == other or one.startswith(other + ".") or other.startswith(one + ".")
