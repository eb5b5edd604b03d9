"""Events per second through record_results, in batches and one by one; and what the fold of a timeline costs.

The answers are made here (twelve events, about 2 kB of body); asking and parsing are measured by benchmarks.polls."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from benchmarks.report import Figure, Report, options
from benchmarks.stage import Wrong, scores_of, stage
from carriers.events import EventTime, Place, TimeSource, TrackingEvent, TrackingResult
from carriers.vocabulary import EventCode as E
from tracking.rules.facts import Channel, EventFact, LegFact, LegRole
from tracking.rules.timeline import fold

if TYPE_CHECKING:  # models can be imported once the stage has set Django up
    from benchmarks.parcels import Parcels
    from tracking.shipments.recording.door import Told

JOURNEY = (
    (E.SELLER_LABEL_CREATED, "Shenzhen", "CN"),
    (E.FIRST_MILE_PICKED_UP, "Shenzhen", "CN"),
    (E.FIRST_MILE_ARRIVED_HUB, "Shenzhen", "CN"),
    (E.FIRST_MILE_DEPARTED_HUB, "Guangzhou", "CN"),
    (E.EXPORT_CUSTOMS_PRESENTED, "Guangzhou", "CN"),
    (E.EXPORT_CUSTOMS_RELEASED, "Guangzhou", "CN"),
    (E.LINEHAUL_DEPARTED, "Hong Kong", "HK"),
    (E.LINEHAUL_ARRIVED, "Frankfurt", "DE"),
    (E.IMPORT_CUSTOMS_PRESENTED, "Frankfurt", "DE"),
    (E.IMPORT_CUSTOMS_RELEASED, "Frankfurt", "DE"),
    (E.LAST_MILE_ARRIVED_HUB, "Berlin", "DE"),
    (E.LAST_MILE_OUT_FOR_DELIVERY, "Berlin", "DE"),
)


def main() -> None:
    """Measures the recorder, then the fold."""
    given = options(__doc__)
    many, few = (20, 4) if given.tiny else (2_000, 200)
    with stage(limit_s=300) as stack:
        report = Report("record", scores_of(stack), given.json)
        measure_recorder(report, many, few)
        measure_fold(report, 5 if given.tiny else 200)


def measure_recorder(report: Report, many: int, few: int) -> None:
    """The same answers through every way in."""
    from benchmarks.parcels import register
    from tracking.shipments.recording.door import record_result, record_results

    each = len(JOURNEY)
    parcels = register("yanwen", [f"G{number:09}" for number in range(few)])
    took = _timed(lambda: _get_or_create(parcels))
    _check(parcels, few * each)
    slowest = took.tell(report, "get_or_create of each event, nothing else", few * each, "events")

    parcels = register("yanwen", [f"S{number:09}" for number in range(few)])
    told = answers(parcels)
    took = _timed(lambda: [record_result(item) for item in told])
    _check(parcels, few * each)
    single = took.tell(report, "record_result, a parcel at a time", few * each, "events", slowest)

    parcels = register("yanwen", [f"B{number:09}" for number in range(many)])
    told = answers(parcels)
    took = _timed(lambda: record_results(told))
    _check(parcels, many * each)
    took.tell(report, "record_results, many at once", many * each, "events", single)
    took = _timed(lambda: record_results(told))
    took.tell(report, "the same answers again", many * each, "events", single)
    known = [replace(item, result=None, body=b"") for item in told]
    took = _timed(lambda: record_results(known))
    took.tell(report, "the same, known by their fingerprint", many * each, "events", single)
    _check(parcels, many * each)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of wall time and of this process's CPU time (PostgreSQL's is not in it)."""

    wall_s: float
    cpu_s: float

    def tell(self, report: Report, case: str, count: int, what: str, versus: Figure | None = None) -> Figure:
        """Reports so many of something, per second and per CPU second."""
        return report.add(
            case, count / self.wall_s, f"{what}/s", versus=versus, per_CPU_s=count / self.cpu_s, count=count
        )


def answers(parcels: Parcels) -> list[Told]:
    """What was told of each parcel: twelve events and their body."""
    from tracking.shipments.recording.door import Told

    now = datetime.now(UTC).replace(microsecond=0)
    begin = now - timedelta(hours=20 * len(JOURNEY))
    body = json.dumps(
        [{"code": code.value, "city": city, "text": f"Parcel, {city}: {code}" * 2} for code, city, _ in JOURNEY]
    )
    told = []
    for leg in parcels.legs:
        events = tuple(_event(place, begin) for place in range(len(JOURNEY)))
        result = TrackingResult(number=leg.number, events=events)
        told.append(
            Told(
                leg_id=leg.id, channel=Channel.POLL, received_at=now, result=result,
                body=f"{leg.number} {body}".encode(), http_status=200, digest=leg.id.bytes,
            )
        )  # fmt: skip
    return told


def _event(place: int, begin: datetime) -> TrackingEvent:
    code, city, country = JOURNEY[place]
    instant = begin + timedelta(hours=20 * place)
    local = (instant + timedelta(hours=8)).replace(tzinfo=None)
    return TrackingEvent(
        code=code,
        time=EventTime(
            raw=local.isoformat(), local=local, offset_min=480, instant=instant, source=TimeSource.CARRIER_OFFSET
        ),
        place=Place(text=city, country=country, city=city),
        raw_code=code.value,
        raw_text=f"{code.value} in {city}",
        sequence=place,
        language="en",
    )


def _get_or_create(parcels: Parcels) -> None:
    """The way of most Django projects: a look-up and an insert per event, each in a transaction; nothing else done."""
    from django_scopes import scopes_disabled

    from tracking.shipments.models import Event
    from tracking.shipments.recording.identity import identified
    from tracking.shipments.recording.reading import event_row

    with scopes_disabled():
        for leg, told in zip(parcels.legs, answers(parcels), strict=True):
            for identity, event in identified(leg.id, Channel.POLL, told.result.events if told.result else ()):
                row = event_row(
                    event,
                    leg=leg,
                    identity=identity,
                    channel=Channel.POLL,
                    read_by=leg.carrier,
                    raw_answer=None,
                    received_at=told.received_at,
                )
                values = {field.attname: getattr(row, field.attname) for field in Event._meta.concrete_fields}
                Event.objects.get_or_create(shipment_id=leg.shipment_id, identity=identity, defaults=values)


def _check(parcels: Parcels, events: int) -> None:
    if parcels.events() != events:
        raise Wrong(f"{parcels.events()} events are stored instead of {events}")


def measure_fold(report: Report, rounds: int) -> None:
    """The fold of 12, 50 and 200 events, told by two carriers in turns."""
    for count in (12, 50, 200):
        legs, facts = _facts(count)
        timeline = fold(facts, legs, origin="CN", destination="DE")
        if sum(len(entry.facts) for entry in timeline.entries) != count:
            raise Wrong("the fold lost an event")
        begin = time.thread_time()
        for _ in range(rounds):
            fold(facts, legs, origin="CN", destination="DE")
        cpu_s = (time.thread_time() - begin) / rounds
        name = f"fold of {count} events"
        report.add(name, 1 / cpu_s, "folds/CPU s", ms=cpu_s * 1e3, us_per_event=cpu_s / count * 1e6)


def _facts(count: int) -> tuple[list[LegFact], list[EventFact]]:
    legs = [
        LegFact(id=uuid4(), position=position, carrier=carrier, number=f"N{position}", role=LegRole.DOOR_TO_DOOR)
        for position, carrier in enumerate(("yanwen", "dhl_unified"))
    ]
    begin = datetime(2026, 11, 1, tzinfo=UTC)
    facts = []
    for place in range(count):
        code, city, country = JOURNEY[place * len(JOURNEY) // count]
        at, leg = begin + timedelta(hours=400 / count * place), legs[place % 2]
        facts.append(
            EventFact(
                identity=f"{place:032x}", leg_id=leg.id, carrier=leg.carrier, channel=Channel.POLL, code=code,
                occurred_at=at, local_time=at.replace(tzinfo=None), offset_min=0, sequence=place, place=city, city=city,
                time_source=TimeSource.CARRIER_OFFSET, country=country, raw_code=code.value, raw_text=code.value,
                language="en",
            )
        )  # fmt: skip
    return legs, facts


def _timed(work: Callable[[], object]) -> Took:
    begin, cpu = time.perf_counter(), time.process_time()
    work()
    return Took(time.perf_counter() - begin, time.process_time() - cpu)


if __name__ == "__main__":
    main()
