"""Reads fact sheets (`adapters/<slug>.toml`) into `carriers.facts`.

A sheet that breaks a rule raises `FactSheetError`, which names the file and the key.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import available_timezones

from carriers.facts import (
    ApiFacts,
    CredentialFact,
    Evidence,
    FactSheet,
    FieldFact,
    Kind,
    Limit,
    Meaning,
    NumberFormat,
    Per,
    Phrase,
)
from carriers.vocabulary import EventCode, Reason

FOLDER = Path(__file__).parent / "adapters"
TABLES = Path(__file__).parent / "tables"
_Word = TypeVar("_Word", bound=StrEnum)


class FactSheetError(ValueError):
    """A fact sheet says something that it may not; the message names the sheet and the key."""


class _Reader:
    """Takes keys out of a table, so that what is left over is a misspelling."""

    def __init__(self, where: str, table: Any) -> None:
        if not isinstance(table, dict):
            raise FactSheetError(f"{where}: {table!r} is no table")
        self.where, self.table = where, dict(table)

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = ...) -> Any:
        if key not in self.table:
            if default is ...:
                raise FactSheetError(f"{self.where}: `{key}` is missing")
            return default
        value = self.table.pop(key)
        # TOML's true is no number.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise FactSheetError(f"{self.where}: `{key}` is {value!r}, not {_name(kind)}")
        return value

    def texts(self, key: str, default: Any = ...) -> tuple[str, ...]:
        values = self.take(key, list, default)
        for value in values:
            if not isinstance(value, str):
                raise FactSheetError(f"{self.where}: `{key}` holds {value!r}, not a text")
        return tuple(values)

    def word(self, key: str, words: type[_Word]) -> _Word:
        text = self.take(key, str)
        try:
            return words(text)
        except ValueError:
            raise FactSheetError(f"{self.where}: `{key}` is {text!r}, {_instead(text, words)}") from None

    def rows(self, key: str) -> list[_Reader]:
        return [_Reader(f"{self.where} [[{key}]]", row) for row in self.take(key, list, [])]

    def done(self) -> None:
        if self.table:
            raise FactSheetError(f"{self.where}: unknown key `{next(iter(self.table))}`")


def _instead(text: str, words: type[StrEnum]) -> str:
    """What there is instead: all words of a short list, the nearest of a long one."""
    if len(words) <= 12:
        return f"none of {', '.join(words)}"
    near = get_close_matches(text, list(words), n=3, cutoff=0.5)
    told = f"near it are {', '.join(near)}; " if near else ""
    return f"which there is not; {told}docs/statuses.md lists all"


def _name(kind: type | tuple[type, ...]) -> str:
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false", list: "a list",
             dict: "a table", date: "a date (2026-11-23, without quotes)"}  # fmt: skip
    return " or ".join(names[each] for each in (kind if isinstance(kind, tuple) else (kind,)))


def _pattern(read: _Reader, *, is_anchored: bool) -> re.Pattern[str]:
    text = read.take("pattern", str)
    try:
        return re.compile(rf"(?:{text})\Z" if is_anchored else text, re.ASCII if is_anchored else re.IGNORECASE)
    except re.error as error:
        raise FactSheetError(f"{read.where}: pattern {text!r} does not compile: {error}") from error


def _meaning(read: _Reader) -> Meaning:
    code = read.word("code", EventCode)
    reason = read.word("reason", Reason) if "reason" in read.table else None
    read.done()
    return Meaning(code, reason)


def _codes(where: str, table: Mapping[str, Any]) -> dict[str, Meaning]:
    """The table of codes; a value is an event code, or `{ code = …, reason = … }`."""
    return {
        code: _meaning(_Reader(f"{where} [status] {code}", {"code": value} if isinstance(value, str) else value))
        for code, value in table.items()
    }


def _phrase(read: _Reader) -> Phrase:
    pattern, when_code = _pattern(read, is_anchored=False), read.take("when_code", str, None)
    return Phrase(pattern, _meaning(read), when_code)


def _number(read: _Reader) -> NumberFormat:
    fact = NumberFormat(
        name=read.take("name", str),
        pattern=_pattern(read, is_anchored=True),
        check=read.take("check", str, None),
        valid=read.texts("valid"),
        invalid=read.texts("invalid", []),
        confidence=float(read.take("confidence", (int, float))),
        countries=read.texts("countries", []),
        note=read.take("note", str, ""),
    )
    read.done()
    return fact


def _api(read: _Reader) -> ApiFacts:
    fact = ApiFacts(
        base_url=read.take("base_url", str),
        version=read.take("version", str),
        document=read.take("document", str),
        read_on=read.take("read_on", date),
        times=read.take("times", str),
        batch=read.take("batch", int, 1),
        requests=read.take("requests", int, 1),
        limits=_limits(read),
        has_push=read.take("push", bool, False),
        volatile=read.texts("volatile", []),
        unverified=read.texts("unverified", []),
        reaches=read.texts("reaches", []),
        carrier_keys=_carrier_keys(read),
    )
    read.done()
    return fact


def _limits(read: _Reader) -> tuple[Limit, ...]:
    limits = [_limit(row) for row in read.rows("limit")]
    if len({limit.per for limit in limits}) < len(limits):
        raise FactSheetError(f"{read.where}: two [[limit]] of the same `per`")
    return tuple(sorted(limits, key=lambda limit: limit.per.seconds))


def _limit(read: _Reader) -> Limit:
    limit = Limit(
        calls=read.take("calls", int),
        per=read.word("per", Per),
        zone=_zone(read) or "",
        resets_at=_time_of_day(read),
    )
    read.done()
    if limit.calls < 1:
        raise FactSheetError(f"{read.where}: `calls` is {limit.calls}, and must be 1 or more")
    if limit.per is not Per.DAY and limit.zone:
        raise FactSheetError(f"{read.where}: only a day has a `zone`; other windows count from any moment on")
    if limit.resets_at != time(0, 0) and not limit.zone:
        raise FactSheetError(f"{read.where}: `resets_at` needs a `zone`")
    return limit


def _time_of_day(read: _Reader) -> time:
    text = read.take("resets_at", str, "00:00")
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise FactSheetError(f"{read.where}: `resets_at` is {text!r}, no time such as 00:00")
    return time.fromisoformat(text)


def _carrier_keys(read: _Reader) -> dict[str, str]:
    keys = read.take("carrier_keys", dict, {})
    for slug, key in keys.items():
        if not isinstance(key, str):
            raise FactSheetError(f"{read.where}: `carrier_keys.{slug}` is {key!r}, not a text")
    return dict(keys)


def _credential(read: _Reader) -> CredentialFact:
    fact = CredentialFact(
        name=read.take("name", str), label=read.take("label", str), is_secret=read.take("secret", bool, True)
    )
    read.done()
    return fact


def _field(read: _Reader) -> FieldFact:
    fact = FieldFact(
        name=read.take("name", str),
        label=read.take("label", str),
        pattern=_pattern(read, is_anchored=True),
        is_required=read.take("required", bool),
    )
    read.done()
    return fact


def _zone(read: _Reader) -> str | None:
    name: str | None = read.take("zone", str, None)
    if name is not None and name not in available_timezones():
        raise FactSheetError(f"{read.where}: `zone` is {name!r}, no IANA time zone such as Asia/Shanghai")
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusTable:
    """Codes and wordings with their source: a carrier's own, or one that several share (`tables/<name>.toml`)."""

    codes: Mapping[str, Meaning]
    phrases: tuple[Phrase, ...]
    source: str
    read_on: date | None


def _status_table(read: _Reader) -> StatusTable:
    source = _Reader(f"{read.where} [status_source]", read.take("status_source", dict, {}))
    table = StatusTable(
        codes=_codes(read.where, read.take("status", dict, {})),
        phrases=tuple(_phrase(row) for row in read.rows("phrase")),
        source=source.take("document", str, ""),
        read_on=source.take("read_on", date, None),
    )
    source.done()
    if (table.codes or table.phrases) and not (table.source and table.read_on):
        raise FactSheetError(f"{read.where}: a status table needs [status_source] with `document` and `read_on`")
    return table


@cache
def shared_table(name: str) -> StatusTable:
    """The table `tables/<name>.toml`. Raises FactSheetError."""
    path = TABLES / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(each.stem for each in TABLES.glob("*.toml")))
        raise FactSheetError(f"there is no shared table {name!r} in carriers/tables; there are {known}")
    read = _toml(path)
    table = _status_table(read)
    read.done()
    return table


def _toml(path: Path) -> _Reader:
    try:
        return _Reader(path.name, tomllib.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:  # not TOML, or not UTF-8
        raise FactSheetError(f"{path.name}: {error}") from error


def read_sheet(path: Path) -> FactSheet:
    """The fact sheet in `path`; its slug is the file's name. Raises FactSheetError."""
    read = _toml(path)
    api = read.take("api", dict, None)
    own = _status_table(read)
    shared = [shared_table(name) for name in read.texts("tables", [])]
    sheet = FactSheet(
        slug=path.stem,
        name=read.take("name", str),
        kind=read.word("kind", Kind),
        countries=read.texts("countries"),
        evidence=read.word("evidence", Evidence),
        tracking_url=read.take("tracking_url", str, ""),
        website=read.take("website", str, ""),
        language=read.take("language", str, "en"),
        zone=_zone(read),
        post_of=read.texts("post_of", []),
        aliases=read.texts("aliases", []),
        api=None if api is None else _api(_Reader(f"{path.name} [api]", api)),
        credentials=tuple(_credential(row) for row in read.rows("credential")),
        fields=tuple(_field(row) for row in read.rows("field")),
        numbers=tuple(_number(row) for row in read.rows("number")),
        codes={code: meaning for table in (*reversed(shared), own) for code, meaning in table.codes.items()},
        phrases=tuple(phrase for table in (own, *shared) for phrase in table.phrases),
        status_source=own.source or (shared[0].source if shared else ""),
        status_read_on=own.read_on or (shared[0].read_on if shared else None),
    )
    read.done()
    return sheet
