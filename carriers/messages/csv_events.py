"""Events as rows: a CSV file with a header, or one mapping a row (the API's JSON). For partners without any standard.

Columns: `number` (or `reference`), `kind`, `occurred_at` (ISO 8601 with an offset; or `zone`, or a place that tells
it), `code` (ours, or the partner's where `carrier` has a fact sheet), `text`, `reason`, `place`, `country`, `carrier`,
`id` (the partner's own, of the event).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from carriers import places, registry, times
from carriers.events import Place, TimePrecision, TrackingEvent
from carriers.facts import FactSheet, Meaning
from carriers.messages import segments, telling
from carriers.messages.records import MessageEvent, Problem, Reading, Reference, ReferenceKind, Unreadable
from carriers.messages.references import checked
from carriers.vocabulary import EventCode, Reason

MAX_ROWS = 50_000
COLUMNS = ("number", "kind", "occurred_at", "zone", "code", "reason", "text", "place", "country", "carrier", "id")
_ALIASES = {
    "reference": "number",
    "tracking_number": "number",
    "time": "occurred_at",
    "event_id": "id",
}
_NEEDED = ("number", "occurred_at")
_CODES = {code.value: code for code in EventCode}
_REASONS = {reason.value: reason for reason in Reason}


def read(body: bytes, received_at: datetime, sheet: FactSheet | None = None) -> Reading:
    """Every row of the file. The separator is the header's comma, semicolon or tab."""
    try:
        rows = csv.reader(io.StringIO(_text(body), newline=""), delimiter=_delimiter(body), strict=True)
        header = _header(next(rows, []))
    except Unreadable as error:
        return Reading(problems=(error.at("file"),))
    except csv.Error as error:
        return Reading(problems=(_broken(error, 1),))
    return Reading.of(_read(rows, header, received_at, sheet))


def _text(body: bytes) -> str:
    text = segments.text_of(body)
    try:
        body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(f"byte {error.start} is not UTF-8", "Save the file as UTF-8 (in Excel: CSV UTF-8).") from None
    return text


def _delimiter(body: bytes) -> str:
    first = body.partition(b"\n")[0].decode("utf-8", "replace")
    return max(",;\t", key=first.count)


def _header(cells: list[str]) -> list[str]:
    names = [cell.strip().lower().replace(" ", "_") for cell in cells]
    header = [_ALIASES.get(name, name) for name in names]
    for name in _NEEDED:
        if name not in header:
            cure = f"The first row names the columns: {', '.join(COLUMNS)}."
            raise Unreadable(f"there is no column {name}", cure, name)
    if "code" not in header and "text" not in header:
        raise Unreadable("there is neither a column code nor a column text", "Send at least one of them.", "code")
    return header


def _read(
    rows: Iterator[list[str]], header: list[str], received_at: datetime, sheet: FactSheet | None
) -> Iterator[MessageEvent | Problem]:
    number = 1
    try:
        for number, cells in enumerate(rows, 2):
            where = f"row {number}"
            if number > MAX_ROWS + 1:
                yield Problem(where=where, detail=f"over {MAX_ROWS:,} rows", cure="Split the file.")
                return
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) > len(header):
                detail = f"{len(cells)} cells under {len(header)} columns"
                yield Problem(where=where, detail=detail, cure="Quote a text that holds the separator.")
                continue
            row = dict(zip(header, cells, strict=False))
            try:
                yield told(row, where, received_at, sheet)
            except Unreadable as error:
                yield error.at(where, ",".join(cells))
    except csv.Error as error:
        yield _broken(error, number + 1)


def _broken(error: csv.Error, row: int) -> Problem:
    return Problem(where=f"row {row}", detail=str(error)[:120], cure="Look at the quotation marks of this row.")


def told(row: Mapping[str, Any], where: str, received_at: datetime, sheet: FactSheet | None = None) -> MessageEvent:
    """The event of one row. Raises Unreadable, which names the column."""
    cells = {_ALIASES.get(name, name): text.strip() for name, text in row.items() if isinstance(text, str)}
    if any("\0" in text for text in cells.values()):
        raise Unreadable("a NUL character", "Send plain text.")
    sheet = registry.find(cells.get("carrier", "")) or sheet
    reference = _reference(cells)
    place = _place(cells)
    code, text = cells.get("code", ""), cells.get("text", "")
    if not code and not text:
        raise Unreadable("there is neither a code nor a text", "Send at least one of them.", "code")
    meaning = _meaning(code, text, sheet)
    given = cells.get("reason", "")
    if given and given not in _REASONS:
        raise Unreadable(f"“{given[:40]}” is no reason", "Reasons are such as customs.documents_incorrect.", "reason")
    local, precision = _local(cells)
    try:
        time = telling.when(cells["occurred_at"], local, received_at=received_at, place=place, precision=precision)
    except Unreadable as error:
        raise Unreadable(error.detail, error.cure, "occurred_at") from None
    if time.instant is None:
        raise Unreadable(
            "the time has no offset, and the place does not tell it",
            "Write it as 2026-07-10T18:00:00+08:00, or name a zone such as Asia/Shanghai.",
            "occurred_at",
        )
    event = TrackingEvent(
        code=meaning.code,
        reason=_REASONS[given] if given else meaning.reason,
        time=time,
        place=place,
        raw_code=code[:60],
        raw_text=text[:2_000],
        native_id=cells.get("id", "")[:120] or None,
    )
    carrier = sheet.slug if sheet is not None else cells.get("carrier", "")[:80]
    return MessageEvent(references=(reference,), event=event, where=where, carrier_name=carrier)


def _reference(cells: Mapping[str, str]) -> Reference:
    kind, number = cells.get("kind", "").lower() or "any", cells.get("number", "")
    if kind not in set(ReferenceKind):
        raise Unreadable(f"“{kind[:30]}” is no kind of number", f"Send one of {', '.join(ReferenceKind)}.", "kind")
    if not number:
        raise Unreadable("there is no number", "Send the number that the goods are known by.", "number")
    try:
        return checked(ReferenceKind(kind), number)
    except Unreadable as error:
        raise Unreadable(error.detail, error.cure, "number") from None


def _place(cells: Mapping[str, str]) -> Place | None:
    country = cells.get("country", "")
    if country and places.country_code(country) is None:
        cure = "Send its two letters of ISO 3166-1, such as DE."
        raise Unreadable(f"“{country[:40]}” is no country", cure, "country")
    text = cells.get("place", "")
    is_code = text.isascii() and text.isalpha() and text.isupper() and len(text) in (3, 5)
    return telling.place_of(text if is_code else "", "" if is_code else text[:160], country)


def _meaning(code: str, text: str, sheet: FactSheet | None) -> Meaning:
    """Ours, or the partner's by its sheet; a code of nobody's has a text that people may read."""
    if code in _CODES:
        return Meaning(_CODES[code])
    if sheet is not None:
        return sheet.meaning(code, text)
    if code:
        cure = "Send one of our event codes, or name the carrier whose fact sheet knows it."
        raise Unreadable(f"“{code[:40]}” is none of our event codes", cure, "code")
    return Meaning(EventCode.UNKNOWN)


def _local(cells: Mapping[str, str]) -> tuple[datetime, TimePrecision]:
    raw, zone = cells.get("occurred_at", ""), cells.get("zone", "")
    try:
        local = times.parse_iso(raw)
    except ValueError:
        cure = "Write it as 2026-07-10T18:00:00+08:00."
        raise Unreadable(f"“{raw[:30]}” is no date and time", cure, "occurred_at") from None
    if zone and zone not in available_timezones():
        raise Unreadable(f"“{zone[:40]}” is no time zone", "Write it as Asia/Shanghai.", "zone")
    if zone and local.tzinfo is None:
        local = local.replace(tzinfo=ZoneInfo(zone))
    precision = TimePrecision.DAY if len(raw) <= 10 else TimePrecision.SECOND
    return local, precision
