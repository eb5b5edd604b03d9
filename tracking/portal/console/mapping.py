"""What the mapping pages print: rates, unknown wordings, rows of the phrasebook, replays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from carriers import registry
from carriers.vocabulary import EventCode
from tracking.accounts.models import Merchant
from tracking.mapping.models import Replay
from tracking.mapping.understood import Rate, percent
from tracking.mapping.unknown import Group
from tracking.phrasebook.models import PhrasebookRow
from tracking.portal import dates, wording
from tracking.portal.buyer.legs import script_of
from tracking.portal.console import words
from tracking.shipments.carrier_facts import carrier_name
from tracking.shipments.recording.reading import known_code

# From which share of understood events on a carrier counts as good, and as fair.
GOOD, FAIR = 0.99, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRow:
    """One carrier's understood rate. `family` colours it, beside the figure."""

    slug: str
    name: str
    recent: str
    recent_events: int
    ever: str
    events: int
    unknown: int
    family: str
    icon: str


def rate_rows(rates: list[Rate]) -> list[RateRow]:
    """In their order."""
    return [
        RateRow(
            slug=rate.carrier,
            name=carrier_name(rate.carrier),
            recent=percent(rate.recent_rate),
            recent_events=rate.recent_events,
            ever=percent(rate.rate),
            events=rate.events,
            unknown=rate.unknown,
            family=_look(rate)[0],
            icon=_look(rate)[1],
        )
        for rate in rates
    ]


def _look(rate: Rate) -> tuple[str, str]:
    share = rate.recent_rate if rate.recent_rate is not None else rate.rate
    if share is None:
        return "waiting", "dots"
    return ("done", "check") if share >= GOOD else ("action", "bang") if share >= FAIR else ("problem", "tri")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A shipment on which a wording stands."""

    number: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WordingRow:
    """A group of the queue. `mapped` is what it will be once it is replayed, "" where nobody has mapped it."""

    carrier: str
    carrier_name: str
    code: str
    text: str
    wording: str
    language: str
    count: int
    shipments: int
    first: str
    last: str
    seen: tuple[Seen, ...]
    mapped: str


def wording_rows(groups: tuple[Group, ...], now: datetime) -> list[WordingRow]:
    """In their order."""
    return [
        WordingRow(
            carrier=group.carrier,
            carrier_name=carrier_name(group.carrier),
            code=group.raw_code,
            text=group.text,
            wording=group.wording,
            language=script_of(group.text),
            count=group.count,
            shipments=group.shipments,
            first=words.age(now - group.first_at),
            last=words.age(now - group.last_at),
            seen=tuple(Seen(number=example.number, text=example.text) for example in group.examples),
            mapped=wording.label(known_code(group.row.event_code)) if group.row is not None else "",
        )
        for group in groups
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseRow:
    """A row of the phrasebook."""

    id: UUID
    carrier: str
    code: str
    words: str
    kind: str
    language: str
    means: str
    event_code: str
    reason: str
    note: str
    author: str
    made: str
    version: int
    ended: str


KINDS = {
    "wording": gettext_noop("whole wording"),
    "pattern": gettext_noop("pattern"),
    "code": gettext_noop("code alone"),
}


def phrase_row(row: PhrasebookRow, merchant: Merchant) -> PhraseRow:
    """For the list."""
    kind = "wording" if row.wording else "pattern" if row.pattern else "code"
    return PhraseRow(
        id=row.pk,
        carrier=carrier_name(row.carrier),
        code=row.raw_code,
        words=row.wording or row.pattern,
        kind=_(KINDS[kind]),
        language=script_of(row.wording or row.pattern),
        means=wording.label(known_code(row.event_code)),
        event_code=row.event_code,
        reason=words.reason_label(row.reason),
        note=row.note,
        author=row.author_name,
        made=_day(row.created_at, merchant),
        version=row.version,
        ended=_day(row.ended_at, merchant) if row.ended_at else "",
    )


STATES: dict[str, tuple[str, str, str]] = {  # family, icon, word
    Replay.State.WAITING: ("waiting", "clock", gettext_noop("Waiting")),
    Replay.State.RUNNING: ("moving", "sync", gettext_noop("Running")),
    Replay.State.DONE: ("done", "check", gettext_noop("Done")),
    Replay.State.CANCELLED: ("waiting", "x", gettext_noop("Cancelled")),
    Replay.State.FAILED: ("problem", "tri", gettext_noop("Failed")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A line of a replay's sample: what changed from what to what, in words."""

    number: str
    at: str
    old: str
    new: str
    code: str
    text: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRow:
    """A replay as pages print it. `facts`: (name, figure)."""

    row: Replay
    name: str
    family: str
    icon: str
    word: str
    when: str
    percent: int
    is_finished: bool
    changes: int
    facts: tuple[tuple[str, int], ...]
    events: tuple[Changed, ...]
    statuses: tuple[Changed, ...]


def replay_row(row: Replay, merchant: Merchant) -> ReplayRow:
    """`row` was read with its shipment."""
    family, icon, word = STATES[row.state]
    total = max(row.shipments_total, row.shipments_seen, 1)
    return ReplayRow(
        row=row,
        name=carrier_name(row.carrier) if row.shipment is None else row.shipment.order_number or row.shipment.number,
        family=family,
        icon=icon,
        word=_(word),
        when=words.moment(row.created_at, merchant.zone),
        percent=100 if row.state == Replay.State.DONE else row.shipments_seen * 100 // total,
        is_finished=row.is_finished,
        changes=row.events_changed + row.events_new + row.events_gone,
        facts=_facts(row),
        events=tuple(_event(item) for item in row.event_sample),
        statuses=tuple(_status(item) for item in row.status_sample),
    )


def _facts(row: Replay) -> tuple[tuple[str, int], ...]:
    told = (
        (_("Events that read otherwise"), row.events_changed),
        (_("Events that are new"), row.events_new),
        (_("Events that no answer tells any more"), row.events_gone),
        (_("Events as before"), row.events_unchanged),
        (_("Statuses that change"), row.statuses_changed),
        (_("Shipments that look different"), row.shipments_changed),
        (_("Answers read"), row.answers_read),
    )
    odd = (
        (_("Answers that nobody can read"), row.answers_unreadable),
        (_("Shipments left as they were by a failure"), row.shipments_broken),
    )
    return told + tuple(fact for fact in odd if fact[1])


def _event(item: dict[str, Any]) -> Changed:
    return Changed(
        number=item["shipment"],
        at=item["at"],
        old=_meaning(item["old"]) or _("not there"),
        new=_meaning(item["new"]) or _("gone"),
        code=item["raw_code"],
        text=item["text"],
        language=script_of(item["text"]),
    )


def _meaning(code: str) -> str:
    return _("Unknown wording") if code == EventCode.UNKNOWN else words.event_label(code)


def _status(item: dict[str, Any]) -> Changed:
    old, new = (words.status_label(item[name]) for name in ("old", "new"))
    return Changed(number=item["shipment"], at="", old=old, new=new, code="", text="", language="")


def replayable(rates: list[Rate]) -> list[tuple[str, str]]:
    """Carriers whose answers can be read again, by name."""
    told = {rate.carrier for rate in rates if registry.has_adapter(rate.carrier)}
    return sorted(((slug, carrier_name(slug)) for slug in told), key=lambda pair: pair[1].casefold())


def _day(moment: datetime, merchant: Merchant) -> str:
    return dates.day(dates.at(moment, merchant.zone).date())
