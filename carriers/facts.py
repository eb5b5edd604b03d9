"""What we know of a carrier without running code: its fact sheet (`adapters/<slug>.toml`) as frozen records.

`carriers.sheets` reads the files; docs/adding_a_carrier.md describes every key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from enum import StrEnum

from carriers.vocabulary import EventCode, Reason

# A wording is a sentence or two; patterns with several gaps must not meet megabytes.
_MOST_WORDING = 500
# Carriers say the same few things all day; phrases are searched once for each. Of a sheet, so many are kept.
_MOST_KNOWN = 256


class Kind(StrEnum):
    """What sort of carrier it is. An aggregator asks other carriers, and has no numbers of its own."""

    POST = "post"  # a country's designated operator
    EXPRESS = "express"  # door to door across borders or overnight, under one waybill
    PARCEL = "parcel"  # a parcel network within a country or a few
    CROSS_BORDER = "cross_border"  # a line-haul that hands over to others for the last mile
    FREIGHT = "freight"
    AGGREGATOR = "aggregator"


class Evidence(StrEnum):
    """How well a carrier's sheet is founded."""

    VERIFIED = "verified"  # against live answers of an account
    DOCUMENTED = "documented"  # from the carrier's own document or samples
    THIN = "thin"  # from one or two recorded answers
    EXPERIMENTAL = "experimental"  # inferred
    RECOGNISED = "recognised"  # numbers and link only, no API of ours


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a carrier's code or wording means."""

    code: EventCode
    reason: Reason | None = None


UNKNOWN = Meaning(EventCode.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Phrase:
    """A wording of the carrier: `pattern` is searched, ignoring case, in the event's text (and `code`, where given)."""

    pattern: re.Pattern[str]
    meaning: Meaning
    when_code: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberFormat:
    """One shape of a carrier's numbers. `check` names a function of `carriers.check_digits`.

    `pattern` is anchored by us, ASCII, matched against the upper-cased number without spaces and dashes.
    """

    name: str
    pattern: re.Pattern[str]
    check: str | None
    valid: tuple[str, ...]
    invalid: tuple[str, ...]
    confidence: float  # 0..1 when pattern (and check) hold and nothing else is known
    countries: tuple[str, ...] = ()  # destination countries that make it more likely
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialFact:
    """A secret or id that an account with the carrier has."""

    name: str
    label: str
    is_secret: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFact:
    """Something the carrier needs beside the number, per shipment."""

    name: str
    label: str
    pattern: re.Pattern[str]
    is_required: bool


class Per(StrEnum):
    """The length of a window in which a carrier counts calls."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"

    @property
    def seconds(self) -> int:
        """How long it is; a day that a clock change shortens or lengthens counts as 24 hours."""
        return _SECONDS[self]


_SECONDS = {Per.SECOND: 1, Per.MINUTE: 60, Per.HOUR: 3600, Per.DAY: 86_400}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `calls` per window. A day that begins at `resets_at` on the clocks of `zone` is a carrier's own calendar
    day; every other window counts from any moment on."""

    calls: int
    per: Per
    zone: str = ""  # IANA; "" where the reset is not known
    resets_at: time = time(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFacts:
    """How the carrier's API is called and what it allows. Rates are the carrier's published or customary ones."""

    base_url: str
    version: str
    document: str
    read_on: date
    times: str = ""  # how the carrier prints times, for people
    batch: int = 1
    requests: int = 1  # that a question may take, where the first answer calls for a second look
    limits: tuple[Limit, ...] = ()  # at most one per length, the shortest first
    has_push: bool = False
    volatile: tuple[str, ...] = ()  # JSON keys (`a.b`) or XML elements that change on every call and say nothing
    unverified: tuple[str, ...] = ()  # what could not be checked against a document or a live account
    reaches: tuple[str, ...] = ()  # slugs of other carriers whose numbers this API answers for; "*" is all
    carrier_keys: Mapping[str, str] = field(default_factory=dict)  # our slug -> this API's own key of that carrier

    def can_reach(self, carrier: str) -> bool:
        """True where this API answers for another carrier's numbers."""
        return carrier in self.reaches or carrier in self.carrier_keys or "*" in self.reaches


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSheet:
    """All that we know of a carrier without running code."""

    slug: str
    name: str
    kind: Kind
    countries: tuple[str, ...]
    evidence: Evidence
    tracking_url: str
    website: str
    language: str
    zone: str | None  # IANA: the one clock of all local times this carrier prints, wherever the scan was
    post_of: tuple[str, ...]  # countries whose S10 numbers this post issues and delivers
    aliases: tuple[str, ...]
    api: ApiFacts | None
    credentials: tuple[CredentialFact, ...]
    fields: tuple[FieldFact, ...]
    numbers: tuple[NumberFormat, ...]
    codes: Mapping[str, Meaning] = field(default_factory=dict)
    phrases: tuple[Phrase, ...] = ()
    status_source: str = ""
    status_read_on: date | None = None
    _known: dict[tuple[str, str], Meaning] = field(default_factory=dict, init=False, repr=False, compare=False)

    def meaning(self, raw_code: str, raw_text: str = "") -> Meaning:
        """What the carrier's code and wording mean: a phrase first (it is finer), then the code, else UNKNOWN."""
        told = raw_code[:_MOST_WORDING], raw_text[:_MOST_WORDING]
        meaning = self._known.get(told)
        if meaning is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            meaning = self._known[told] = self._meaning(*told)
        return meaning

    def _meaning(self, raw_code: str, wording: str) -> Meaning:
        if wording:
            for phrase in self.phrases:
                if phrase.when_code in (None, raw_code) and phrase.pattern.search(wording):
                    return phrase.meaning
        return self.codes.get(raw_code, UNKNOWN)
