"""A carrier's fact sheet (`adapters/<slug>.toml`): read once, checked, and frozen.

docs/adding_a_carrier.md describes every key. A sheet that breaks a rule raises `FactSheetError`, which names the file
and the key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from carriers.vocabulary import EventCode, Reason

SHEETS = Path(__file__).parent / "adapters"
# A wording is a sentence or two; patterns with several gaps must not meet megabytes.
_MOST_WORDING = 500


class FactSheetError(ValueError):
    """A fact sheet says something that it may not; the message names the sheet and the key."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiFacts:
    """How the carrier's API is called and what it allows. Rates are the carrier's published or customary ones."""

    base_url: str
    version: str
    document: str
    read_on: date
    batch: int = 1
    rate_per_s: float | None = None
    daily_budget: int | None = None
    has_push: bool = False
    volatile: tuple[str, ...] = ()  # top-level JSON keys that change on every call and say nothing
    unverified: tuple[str, ...] = ()  # what could not be checked against a document or a live account


@dataclass(frozen=True, slots=True, kw_only=True)
class FactSheet:
    """All that we know of a carrier without running code."""

    slug: str
    name: str
    kind: str
    countries: tuple[str, ...]
    evidence: Evidence
    tracking_url: str
    website: str
    language: str
    zone: str | None  # IANA: the zone of all local times this carrier prints, where it is documented so
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

    def meaning(self, raw_code: str, raw_text: str = "") -> Meaning:
        """What the carrier's code and wording mean: a phrase first (it is finer), then the code, else UNKNOWN."""
        wording = raw_text[:_MOST_WORDING]
        if wording:
            for phrase in self.phrases:
                if phrase.when_code in (None, raw_code) and phrase.pattern.search(wording):
                    return phrase.meaning
        return self.codes.get(raw_code, UNKNOWN)


class _Reader:
    """Takes keys out of a table, so that what is left over is a misspelling."""

    def __init__(self, where: str, table: dict[str, Any]) -> None:
        self.where, self.table = where, dict(table)

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        if key not in self.table:
            if default is ...:
                raise FactSheetError(f"{self.where}: `{key}` is missing")
            return default
        value = self.table.pop(key)
        if not isinstance(value, kind):
            raise FactSheetError(f"{self.where}: `{key}` is {value!r}, not of type {kind}")
        return value

    def done(self) -> None:
        if self.table:
            raise FactSheetError(f"{self.where}: unknown key `{next(iter(self.table))}`")


def _pattern(where: str, text: str, *, anchored: bool) -> re.Pattern[str]:
    try:
        return re.compile(rf"(?:{text})\Z" if anchored else text, re.ASCII if anchored else re.IGNORECASE)
    except re.error as error:
        raise FactSheetError(f"{where}: pattern {text!r} does not compile: {error}") from error


def _meaning(where: str, value: Any) -> Meaning:
    table = {"code": value} if isinstance(value, str) else dict(value)
    try:
        code = EventCode(table.pop("code"))
        reason = Reason(table.pop("reason")) if "reason" in table else None
    except (KeyError, ValueError) as error:
        raise FactSheetError(f"{where}: {error}; see carriers/vocabulary.py for the words") from error
    if table:
        raise FactSheetError(f"{where}: unknown key `{next(iter(table))}`")
    return Meaning(code, reason)


def _number(where: str, table: dict[str, Any]) -> NumberFormat:
    read = _Reader(where, table)
    fact = NumberFormat(
        name=read.take("name", str),
        pattern=_pattern(where, read.take("pattern", str), anchored=True),
        check=read.take("check", str, None),
        valid=tuple(read.take("valid", list)),
        invalid=tuple(read.take("invalid", list, [])),
        confidence=float(read.take("confidence", (int, float))),
        countries=tuple(read.take("countries", list, [])),
        note=read.take("note", str, ""),
    )
    read.done()
    return fact


def _api(where: str, table: dict[str, Any]) -> ApiFacts:
    read = _Reader(where, table)
    rate = read.take("rate_per_s", (int, float), None)
    fact = ApiFacts(
        base_url=read.take("base_url", str),
        version=read.take("version", str),
        document=read.take("document", str),
        read_on=read.take("read_on", date),
        batch=read.take("batch", int, 1),
        rate_per_s=None if rate is None else float(rate),
        daily_budget=read.take("daily_budget", int, None),
        has_push=read.take("push", bool, False),
        volatile=tuple(read.take("volatile", list, [])),
        unverified=tuple(read.take("unverified", list, [])),
    )
    read.done()
    return fact


def _phrase(where: str, table: dict[str, Any]) -> Phrase:
    table = dict(table)
    pattern = _pattern(where, table.pop("pattern"), anchored=False)
    when_code = table.pop("when_code", None)
    return Phrase(pattern, _meaning(where, table), when_code)


def _credential(where: str, table: dict[str, Any]) -> CredentialFact:
    read = _Reader(where, table)
    fact = CredentialFact(
        name=read.take("name", str), label=read.take("label", str), is_secret=read.take("secret", bool, True)
    )
    read.done()
    return fact


def _field(where: str, table: dict[str, Any]) -> FieldFact:
    read = _Reader(where, table)
    fact = FieldFact(
        name=read.take("name", str),
        label=read.take("label", str),
        pattern=_pattern(where, read.take("pattern", str), anchored=True),
        is_required=read.take("required", bool),
    )
    read.done()
    return fact


def read_sheet(path: Path) -> FactSheet:
    """The checked fact sheet in `path`; its slug is the file's name."""
    slug = path.stem
    where = path.name
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise FactSheetError(f"{where}: {error}") from error
    read = _Reader(where, table)
    api = read.take("api", dict, None)
    source = _Reader(f"{where} [status_source]", read.take("status_source", dict, {}))
    sheet = FactSheet(
        slug=slug,
        name=read.take("name", str),
        kind=read.take("kind", str),
        countries=tuple(read.take("countries", list)),
        evidence=Evidence(read.take("evidence", str)),
        tracking_url=read.take("tracking_url", str, ""),
        website=read.take("website", str, ""),
        language=read.take("language", str, "en"),
        zone=read.take("zone", str, None),
        post_of=tuple(read.take("post_of", list, [])),
        aliases=tuple(read.take("aliases", list, [])),
        api=None if api is None else _api(f"{where} [api]", api),
        credentials=tuple(_credential(f"{where} [[credential]]", row) for row in read.take("credential", list, [])),
        fields=tuple(_field(f"{where} [[field]]", row) for row in read.take("field", list, [])),
        numbers=tuple(_number(f"{where} [[number]]", row) for row in read.take("number", list, [])),
        codes={
            str(code): _meaning(f"{where} [status] {code}", value)
            for code, value in read.take("status", dict, {}).items()
        },
        phrases=tuple(_phrase(f"{where} [[phrase]]", row) for row in read.take("phrase", list, [])),
        status_source=source.take("document", str, ""),
        status_read_on=source.take("read_on", date, None),
    )
    source.done()
    read.done()
    if (sheet.codes or sheet.phrases) and not (sheet.status_source and sheet.status_read_on):
        raise FactSheetError(f"{where}: a status table needs [status_source] with `document` and `read_on`")
    return sheet
