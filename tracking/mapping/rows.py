"""Writing in the phrasebook: a row is made, superseded and ended, never edited. All raise `Invalid`."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django_scopes import scope

from carriers import registry
from carriers.vocabulary import EventCode, Reason
from tracking import clock
from tracking.accounts.models import Merchant, User
from tracking.phrasebook.folding import fold
from tracking.phrasebook.models import PhrasebookRow
from tracking.phrasebook.patterns import PatternError, compile_pattern
from tracking.shipments.errors import Invalid

MOST_ROWS = 500  # standing, of one merchant and carrier: the recorder reads them all


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """What somebody decided. `text` is a whole wording (folded by us), `pattern` is searched; both "" with a code:
    whatever the text."""

    carrier: str
    event_code: str
    raw_code: str = ""
    text: str = ""
    pattern: str = ""
    reason: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who says so: a person, or the API key of a program."""

    name: str
    user: User | None = None


def draft(merchant: Merchant, told: Mapping) -> PhrasebookRow:
    """The unsaved row. Raises Invalid, naming the field and the cure."""
    if not registry.has_adapter(told.carrier):
        raise Invalid(
            "carrier", f"“{told.carrier[:40]}” is no carrier that we read", "GET /api/v1/carriers lists them."
        )
    for field, value, most in (("raw_code", told.raw_code, 60), ("note", told.note, 200)):
        if len(value) > most:
            raise Invalid(field, f"has {len(value)} characters", f"At most {most} are kept.")
    if any("\0" in value for value in (told.raw_code, told.text, told.pattern, told.note)):
        raise Invalid("", "holds a NUL character", "Send plain text.")
    wording = fold(told.text)
    if wording and told.pattern:
        raise Invalid("pattern", "is given beside a whole wording", "Send one of the two.")
    if not (wording or told.pattern or told.raw_code):
        raise Invalid("text", "is missing, and so are a pattern and a code", "Say which code or wording is meant.")
    if told.pattern:
        try:
            compile_pattern(told.pattern)
        except PatternError as error:
            raise Invalid("pattern", error.detail, error.cure) from None
    return PhrasebookRow(
        merchant=merchant,
        carrier=told.carrier,
        raw_code=told.raw_code,
        wording=wording,
        pattern=told.pattern,
        event_code=_event_code(told.event_code),
        reason=_reason(told.reason),
        note=told.note.strip(),
        created_at=clock.now(),
    )


def map_wording(merchant: Merchant, told: Mapping, author: Author) -> PhrasebookRow:
    """A new row; one that says something else of the same code and wording ends, and is named by the new one.

    Saying the same again changes nothing.
    """
    row = draft(merchant, told)
    row.author, row.author_name = author.user, author.name[:120]
    try:
        with transaction.atomic(), scope(merchant=merchant):
            standing = PhrasebookRow.objects.standing().filter(merchant=merchant, carrier=row.carrier)
            old: PhrasebookRow | None = (
                standing.select_for_update()
                .filter(raw_code=row.raw_code, wording=row.wording, pattern=row.pattern)
                .first()
            )
            if old is not None:
                if (old.event_code, old.reason, old.note) == (row.event_code, row.reason, row.note):
                    return old
                row.version, row.replaces = old.version + 1, old
                _end(old, author)
            elif standing.count() >= MOST_ROWS:
                raise Invalid("carrier", f"has {MOST_ROWS} rows already", "Write patterns, or send rows upstream.")
            row.save(force_insert=True)
    except IntegrityError:
        raise Invalid("", "somebody mapped the same wording just now", "Look at what they chose.") from None
    return row


def end_row(row: PhrasebookRow, author: Author) -> None:
    """Ends a row: from now on the fact sheet decides again. Doing it twice changes nothing."""
    with transaction.atomic(), scope(merchant=row.merchant):
        locked = PhrasebookRow.objects.select_for_update().get(pk=row.pk)
        if locked.ended_at is None:
            _end(locked, author)
    row.refresh_from_db()


def _end(row: PhrasebookRow, author: Author) -> None:
    row.ended_at, row.ended_by_name = clock.now(), author.name[:120]
    row.save(update_fields=["ended_at", "ended_by_name"])


def _event_code(text: str) -> str:
    if text not in EventCode._value2member_map_ or text == EventCode.UNKNOWN:
        raise Invalid("event_code", f"“{text[:40]}” is none of the event codes", "docs/statuses.md lists them.")
    return text


def _reason(text: str) -> str:
    if text and text not in Reason._value2member_map_:
        raise Invalid("reason", f"“{text[:40]}” is none of the reasons", "docs/statuses.md lists them.")
    return text
